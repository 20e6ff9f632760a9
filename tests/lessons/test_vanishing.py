"""The lesson vanishing: a quarter at most, and what is left of a gradient after so many layers."""

import numpy as np
import pytest

from forpass.lessons import vanishing


def test_erratum_the_sigmoids_derivative_is_below_1_not_below_0(figures):
    found = figures("vanishing")
    assert found["largest_derivative"]["sigmoid"] == 0.25
    assert found["smallest_sigmoid_derivative"] > 0


def test_sigmoids_lose_the_gradient_and_relus_keep_it(figures):
    ratios = figures("vanishing")["first_by_output"]
    depths = np.array(vanishing.DEPTHS)
    assert depths.min() == 2 and depths.max() == 20
    assert (np.array(ratios["sigmoid"]) <= 0.25 ** (depths - 1)).all()
    assert all(ratios["sigmoid"][i] < ratios["tanh"][i] < ratios["ReLU"][i] for i in range(len(depths)))
    # He's weights keep the expected square of the gradient; 20 layers of 50 wander from it by less than 2
    assert all(0.5 < ratio < 2 for ratio in ratios["ReLU"])


def test_layer_by_layer_it_only_falls_with_sigmoids(figures):
    sizes = figures("vanishing")["by_layer"]["sigmoid"]
    assert len(sizes) == 21 and sizes == sorted(sizes)


def test_weights_twice_as_large_multiply_it_by_two_in_each_layer(figures):
    found = figures("vanishing")["by_weights"]
    # Which neurons fire does not depend on the factor, so each example's gradient changes by 2^20 exactly;
    # that of all of them only nearly, since the errors at the output weigh the examples differently.
    assert found["twice He's"] / found["as He's"] == pytest.approx(2.0**20, rel=0.5)
    assert found["half of He's"] / found["as He's"] == pytest.approx(0.5**20, rel=0.5)


def test_diagnose_finds_the_same(figures):
    found = figures("vanishing")
    assert found["diagnosed"] == pytest.approx([found["first_by_output"]["sigmoid"][-1]], rel=1e-9)


@pytest.mark.parametrize("name", vanishing.ACTIVATIONS)
def test_slopes_are_the_derivatives(name):
    h, slope, _ = vanishing.ACTIVATIONS[name]
    z = np.linspace(-3.05, 3.05, 20)  # none at ReLU's kink
    numerical = (h(z + 1e-6) - h(z - 1e-6)) / 2e-6
    np.testing.assert_allclose(slope(h(z)), numerical, rtol=0, atol=1e-9)
