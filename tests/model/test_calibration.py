"""The record of a calibration: what is fitted for which task, and that JSON keeps it."""

import json

import numpy as np
import pytest

from forpass import Head
from forpass.model.calibration import Calibration

SOFTMAX, SIGMOID = Head("softmax_cross_entropy"), Head("sigmoid_cross_entropy")


def fitted(head, n, k, seed=0):
    rng = np.random.default_rng(seed)
    Z = rng.standard_normal((n, k))
    if head is SOFTMAX:
        T = np.eye(k)[(Z + rng.gumbel(size=(n, k))).argmax(axis=1)]
    else:
        T = (Z + rng.logistic(size=(n, k)) > 0).astype(float)
    return Z, Calibration.fitted(head, Z, T, np.ones(n))


@pytest.mark.parametrize(
    ("head", "n", "k", "scales", "biases"),
    [
        (SIGMOID, 400, 1, 1, 0),
        (SIGMOID, 400, 3, 3, 0),
        (SOFTMAX, 999, 3, 1, 0),
        (SOFTMAX, 1000, 3, 1, 3),
        (SOFTMAX, 1000, 51, 1, 0),
    ],
)
def test_what_is_fitted_depends_on_task_and_rows(head, n, k, scales, biases):
    Z, found = fitted(head, n, k)
    assert (len(found.scale), len(found.bias), len(found.matrix)) == (scales, biases, biases)
    assert Calibration.from_json(json.loads(json.dumps(found.to_json()))) == found
    assert found.applied(Z).shape == Z.shape


def test_labels_have_scales_of_their_own():
    rng = np.random.default_rng(0)
    Z = rng.standard_normal((5000, 2))
    T = (np.array([1.0, 3.0]) * Z + rng.logistic(size=Z.shape) > 0).astype(float)
    found = Calibration.fitted(SIGMOID, Z, T, np.ones(5000))
    assert found.scale == pytest.approx((1.0, 3.0), rel=0.1)
    np.testing.assert_allclose(found.applied(Z), Z * np.array(found.scale))


@pytest.mark.parametrize(("head", "k"), [(SIGMOID, 1), (SOFTMAX, 3)])
def test_sharpened(head, k):
    Z, found = fitted(head, 1000, k)
    np.testing.assert_allclose(found.sharpened(2.0).applied(Z), 2.0 * found.applied(Z), rtol=1e-12)


@pytest.mark.parametrize(
    "plain",
    [
        {},
        {"scale": []},
        {"scale": [1.0], "bias": [0.0]},
        {"scale": [1.0], "bias": [0.0], "matrix": [[0.0, 1.0]]},
    ],
)
def test_what_is_no_calibration_is_refused(plain):
    with pytest.raises(ValueError, match="a calibration of"):
        Calibration.from_json(plain)


@pytest.mark.parametrize("classes", [3, 10, 26])
def test_a_row_has_the_bits_that_it_has_among_others(classes):
    rng = np.random.default_rng(classes)
    matrix = tuple(map(tuple, rng.normal(size=(classes, classes))))
    calibration, Z = (
        Calibration((0.9,), tuple(rng.normal(size=classes)), matrix),
        rng.normal(size=(300, classes)),
    )
    whole = calibration.applied(Z)
    assert np.array_equal(
        whole, np.concatenate([calibration.applied(Z[row : row + 1]) for row in range(300)])
    )
    assert np.array_equal(whole[7:90], calibration.applied(Z[7:90]))
