"""The lesson digits: FCNeuron's figures, its gradient, and how far luck goes."""

import numpy as np
import pytest

from forpass.checks.numerical import numerical_gradient
from forpass.lessons import digits

pytestmark = pytest.mark.slow  # the lesson itself takes seconds


def test_ten_splits_as_measured(figures):
    found = figures("digits")
    # measured over ten splits: mean 0.913, lowest 0.861, highest 0.956; one image of 180 is 0.0056
    assert len(found["accuracies"]) == 10
    assert np.mean(found["accuracies"]) == pytest.approx(0.913, abs=0.001)
    assert min(found["accuracies"]) == pytest.approx(0.861, abs=0.0056)
    assert max(found["accuracies"]) == pytest.approx(0.956, abs=0.0056)
    # measured: about 0.42
    assert np.mean(found["final_costs"]) == pytest.approx(0.42, abs=0.01)


def test_the_posted_accuracy_is_within_the_reach_of_luck(figures):
    found = figures("digits")
    assert np.mean(found["accuracies"]) < 0.9444 < max(found["accuracies"])
    assert 0.88 < min(found["scikit_learn"].values()) < max(found["scikit_learn"].values()) < 0.9444


def test_shapes_and_labels_as_posted(figures):
    found = figures("digits")
    assert found["shapes"] == [[1617, 64], [180, 64]] and found["first_label"] == 0
    assert [row.index(1.0) for row in found["one_hot"]] == [1, 6, 9]
    assert [len(row) for row in found["one_hot"]] == [10, 10, 10] and np.sum(found["one_hot"]) == 3


def test_cost_of_one_example_as_posted(figures):
    found = figures("digits")
    assert found["cost_of_one"] == pytest.approx(2.3026, abs=5e-5)  # posted to 4 digits
    # central differences with h = 1e-4: h^2 / 6 of a third derivative below 1
    np.testing.assert_allclose(
        found["derivative"]["p - y"], found["derivative"]["numerical"], rtol=0, atol=2e-9
    )


def test_weights_begin_within_one_by_the_root_of_inputs():
    network = digits.FCNeuron(seed=3)
    for W, inputs in ((network.W1, 64), (network.b1, 64), (network.W2, 100), (network.b2, 100)):
        assert 0.7 / np.sqrt(inputs) < np.abs(W).max() <= 1 / np.sqrt(inputs)


def test_backprop_is_the_derivative_of_the_cost():
    rng = np.random.default_rng(0)
    X, Y = rng.random((5, 64)), digits.one_hot(np.arange(5))
    network = digits.FCNeuron()
    slopes = network.backprop(X, network.forpass(X), Y)
    for name, slope in (("b1", slopes[1]), ("W2", slopes[2]), ("b2", slopes[3])):
        kept = getattr(network, name)

        def cost(W, name=name):
            setattr(network, name, W)
            return digits.cross_entropy(network.forpass(X), Y)

        np.testing.assert_allclose(slope, numerical_gradient(cost, kept), rtol=0, atol=1e-10)
        setattr(network, name, kept)


def test_l2_makes_weights_smaller(figures):
    without, with_l2 = figures("digits")["length_of_W1"]
    assert with_l2 / without == pytest.approx((1 - 2 / 1617) ** 50, abs=0.001)


def test_the_clip_stops_the_cost_and_not_the_gradient():
    """Why forpass clips nothing: beyond the clip p - y is not the derivative of the cost."""
    Y = np.array([[1.0, 0.0]])

    def cost(z):
        return digits.cross_entropy(digits.softmax(z[None]), Y)

    z = np.array([0.0, 30.0])
    assert numerical_gradient(cost, z).tolist() == [0.0, 0.0]
    assert (digits.softmax(z[None]) - Y)[0] == pytest.approx([-1.0, 1.0], abs=1e-12)
