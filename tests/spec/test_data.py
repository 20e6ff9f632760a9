"""Data: what it refuses, and what it says of numbers that a narrower type cannot hold."""

import sys
import types

import numpy as np
import pytest
import scipy.sparse

import forpass as fp
from forpass.preprocessing import read_columns
from forpass.spec.data import FLOAT32_END


def test_complex_numbers_are_refused_dense_and_sparse():
    complex_numbers = np.array([[1.0 + 2.0j, 0.0], [0.0, 1.0]])
    for kind in (np.array, scipy.sparse.csr_array, scipy.sparse.coo_matrix):
        with pytest.raises(fp.DataError, match="complex"):
            fp.Data(kind(complex_numbers))


def test_a_sparse_matrix_of_anything_else_is_refused():
    matrix = scipy.sparse.csr_array(np.eye(2))
    matrix.data = np.array(["a", "b"], object)
    with pytest.raises(fp.DataError, match="numbers must be numbers; got a sparse matrix of object"):
        fp.Data(matrix)


@pytest.mark.parametrize("kind", ["bool", "int8", "uint64", "float32", "float64"])
def test_sparse_numbers_of_other_types_keep_their_values(kind):
    matrix = scipy.sparse.csr_array(np.array([[0, 1], [1, 0]], kind))
    numbers = fp.Data(matrix).numbers
    assert numbers.dtype == ("float32" if kind == "float32" else "float64")
    np.testing.assert_array_equal(numbers.toarray(), [[0, 1], [1, 0]])


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_what_is_not_finite_is_named_by_row_and_column(bad, kind):
    X = np.zeros((5, 4), kind)
    X[0, 1], X[3, 2], X[4, 0] = 1.0, bad, bad
    for given in (X, np.asfortranarray(X), scipy.sparse.csr_array(X), scipy.sparse.csc_array(X)):
        with pytest.raises(fp.DataError, match=rf"numbers\[3, 2\] is {bad}; every value must be finite"):
            fp.Data(given)


def test_numbers_that_float32_cannot_hold_are_known():
    below = np.nextafter(FLOAT32_END, 0.0)
    with np.errstate(over="ignore"):
        assert np.isfinite(np.float32(below)) and np.isinf(np.float32(FLOAT32_END))
    for value, beyond in ((below, ""), (-below, ""), (FLOAT32_END, "x"), (-FLOAT32_END, "x"), (1e300, "x")):
        X = np.array([[0.0, 1.0], [1.0, value]])
        for given in (X, scipy.sparse.csr_array(X)):
            data = fp.Data(given)
            assert data.beyond_float32 == (f"numbers[1, 1] is {value}" if beyond else "")
            assert data.rows(np.array([0])).beyond_float32 == ""
    assert fp.Data(X.astype("longdouble")).beyond_float32 == "numbers[1, 1] is 1e+300"
    assert fp.Data([[1.0]], targets=[-1e39]).beyond_float32 == "targets[0, 0] is -1e+39"
    assert fp.Data([[1.0]], targets=[1.0], weights=[1e39]).beyond_float32 == "weights[0] is 1e+39"


@pytest.mark.parametrize("module", ["numpy.ma", "scipy.sparse", "pandas"])
def test_another_thread_may_be_importing_a_library_just_now(monkeypatch, module):
    monkeypatch.setitem(sys.modules, module, types.ModuleType(module))  # as it is then: without its names
    assert fp.Data([[1.0, 2.0]]).numbers.tolist() == [[1.0, 2.0]]
    assert read_columns({"a": [1.0, 2.0]}).columns["a"].values.tolist() == [1.0, 2.0]
