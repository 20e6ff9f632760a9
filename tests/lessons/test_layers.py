"""The lesson layers: each backward is the derivative of its forward, and the check finds what is wrong."""

import numpy as np
import pytest

from forpass.checks.numerical import numerical_gradient
from forpass.lessons import layers


@pytest.mark.slow
def test_the_graph_multiplies_to_y_by_one_minus_y(figures):
    found = figures("layers")
    # four rounded products, in units of 2^-53 of numbers below 1
    assert found["graph"][0] == pytest.approx(found["derivative"], abs=1e-15)
    for x in (-3.0, 0.0, 2.5):
        numerical = numerical_gradient(lambda z: layers.Sigmoid().forward(z), x)
        assert layers.sigmoid_graph(x)[0][4] == pytest.approx(numerical, abs=1e-11)


@pytest.mark.parametrize("layer", [layers.ReLU(), layers.Sigmoid()], ids=lambda layer: type(layer).__name__)
def test_backward_of_an_activation_is_its_derivative(layer):
    rng = np.random.default_rng(0)
    x, dout = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
    numerical = numerical_gradient(lambda z: (layer.forward(z) * dout).sum(), x)
    layer.forward(x)
    np.testing.assert_allclose(layer.backward(dout), numerical, rtol=0, atol=1e-10)


def test_backward_of_affine():
    rng = np.random.default_rng(0)
    x, W, b, dout = (rng.normal(size=shape) for shape in [(5, 4), (4, 3), (3,), (5, 3)])
    affine = layers.Affine(W, b)
    affine.forward(x)
    found = affine.backward(dout), affine.dW, affine.db
    by_x = numerical_gradient(lambda v: (layers.Affine(W, b).forward(v) * dout).sum(), x)
    by_W = numerical_gradient(lambda v: (layers.Affine(v, b).forward(x) * dout).sum(), W)
    by_b = numerical_gradient(lambda v: (layers.Affine(W, v).forward(x) * dout).sum(), b)
    for ours, numerical in zip(found, (by_x, by_W, by_b), strict=True):
        np.testing.assert_allclose(ours, numerical, rtol=0, atol=1e-10)


def test_backpropagation_agrees_with_the_numerical_gradient(figures):
    gaps = figures("layers")["gaps"]
    # central differences: rounding of the loss by h is 2e-16 * 2.3 / 1e-4, and POSTS has up to 1e-7
    assert max(*gaps["ReLU"].values(), *gaps["Sigmoid"].values()) < 1e-9
    assert figures("layers")["forpass_check"]["passed"] is True


def test_mistakes_stand_out_where_they_are(figures):
    gaps = figures("layers")["gaps"]
    no_mask, no_division = gaps["mask forgotten"], gaps["division by n forgotten"]
    assert min(no_mask["W1"], no_mask["b1"], *no_division.values()) > 1e-3
    assert max(no_mask["W2"], no_mask["b2"]) < 1e-9


def test_labels_may_be_one_hot_or_not(figures):
    found = figures("layers")
    for name in ("labels_or_one_hot", "accuracy"):
        assert found[name][0] == found[name][1]


def test_erratum_backward_leaves_the_callers_gradient_alone():
    for layer in (layers.ReLU(), layers.Sigmoid()):
        layer.forward(np.array([[1.0, -1.0]]))
        dout = np.array([[2.0, 3.0]])
        dout.flags.writeable = False  # writing into it would be an error
        layer.backward(dout)
        assert dout.tolist() == [[2.0, 3.0]]


def test_erratum_the_sigmoid_finds_its_output_again():
    layer = layers.Sigmoid()
    y = layer.forward(np.array([[0.0, 1.0]]))
    np.testing.assert_array_equal(layer.backward(np.ones((1, 2))), y * (1 - y))


def test_large_scores_do_not_overflow():
    last = layers.SoftmaxWithLoss()
    loss = last.forward(np.array([[1000.0, 0.0]]), np.array([[0.0, 1.0]]))
    assert loss == 1000.0 and last.backward().tolist() == [[1.0, -1.0]]
