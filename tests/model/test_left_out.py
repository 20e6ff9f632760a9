"""Rows that were learnt from are known again, and with them the members that have not seen them."""

import numpy as np
import pytest
import scipy.sparse

from forpass.errors import SpecError
from forpass.model.left_out import LeftOut
from forpass.spec.data import Data

RANDOM = np.random.default_rng(0)
N = 1000
ROWS = Data(RANDOM.normal(size=(N, 3)).astype(np.float32), targets=RANDOM.normal(size=N).astype(np.float32))
FOLDS = [np.flatnonzero(np.arange(N) % 5 == fold) for fold in range(4)]  # a fifth of the rows nobody left out


def test_rows_are_known_again_in_any_order_and_company():
    left_out = LeftOut.of(ROWS, FOLDS)
    order = RANDOM.permutation(N)[:300]
    other = Data(np.ones((2, 3), np.float32), targets=np.zeros(2))
    both = Data(
        np.concatenate([ROWS.numbers[order], other.numbers]),
        targets=np.concatenate([ROWS.targets[order], other.targets]),
    )
    members = left_out.members_of(both, [0, 1, 2, 3, 3, None])
    expected = order[:, None] % 5 == [0, 1, 2, 3, 3, 7]
    np.testing.assert_array_equal(members[:300], expected)
    assert members[300:].all()


def test_of_equal_rows_both_must_have_been_left_out():
    data = Data(np.zeros((4, 1)), targets=np.array([1.0, 1.0, 2.0, 2.0]))
    members = LeftOut.of(data, [[0, 2, 3], [1]]).members_of(data, [0, 1])
    assert members.tolist() == [[False, False], [False, False], [True, False], [True, False]]


def test_minus_zero_is_zero_and_targets_matter():
    left_out = LeftOut.of(Data([[0.0]], targets=[1.0]), [[]])
    assert not left_out.members_of(Data([[-0.0]], targets=[1.0]), [0]).any()
    assert left_out.members_of(Data([[0.0]], targets=[2.0]), [0]).all()


@pytest.mark.parametrize(("folds", "size"), [(8, 1), (9, 2), (33, 8)])
def test_a_row_takes_as_few_bytes_as_its_folds_need(folds, size):
    left_out = LeftOut.of(ROWS, [[fold] for fold in range(folds)])
    assert left_out.folds.itemsize == size
    assert left_out.members_of(ROWS.rows([folds - 1]), range(folds)).tolist()[0] == [False] * (folds - 1) + [
        True
    ]


def test_what_is_no_such_pair_is_refused():
    digests, folds = np.array([3, 5], np.uint32), np.array([1, 2], np.uint8)
    for wrong in ((digests[::-1], folds), (digests, folds[:1]), (digests.astype(float), folds)):
        with pytest.raises(SpecError, match="digests"):
            LeftOut(*wrong)


def test_a_sparse_matrix_has_the_digests_of_its_rows():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 6)) * (rng.random((40, 6)) < 0.3)
    X[3], y = -0.0, rng.normal(size=40)
    folds = np.arange(40).reshape(2, 20)
    dense, sparse = (LeftOut.of(Data(of, targets=y), folds) for of in (X, scipy.sparse.csr_array(X)))
    assert dense.digests.tolist() == sparse.digests.tolist()
    some = Data(scipy.sparse.csr_array(X[15:25]), targets=y[15:25])
    assert sparse.members_of(some, [0, 1]).tolist() == dense.members_of(some, [0, 1]).tolist()
