"""The lesson three-layer: the pass as posted, and which shapes can be multiplied."""

import numpy as np
import pytest

from forpass.lessons import three_layer


def test_the_pass_as_posted(figures):
    # to the digits that are posted; there the sums are called A and the activations Z
    found = figures("three-layer")
    assert found["Z1"] == pytest.approx([0.3, 0.7, 1.1], abs=1e-15)
    assert found["A1"] == pytest.approx([0.57444252, 0.66818777, 0.75026011], abs=5e-9)
    assert found["Z2"] == pytest.approx([0.51615984, 1.21402696], abs=5e-9)
    assert found["A2"] == pytest.approx([0.62624937, 0.7710107], abs=5e-9)
    assert found["Y"] == pytest.approx([0.31682708, 0.69627909], abs=5e-9)


def test_two_inputs_and_three_neurons(figures):
    assert figures("three-layer")["product"] == [[5, 11, 17]]


def test_one_example_is_a_row_of_many(figures):
    assert figures("three-layer")["first_row_is_the_one_example"] is True


def test_the_product_by_definition_is_numpys():
    rng = np.random.default_rng(0)
    A, B = rng.normal(size=(4, 3)), rng.normal(size=(3, 5))
    np.testing.assert_allclose(three_layer.product(A, B), A @ B, rtol=0, atol=1e-14)


def test_erratum_columns_of_A_must_match_rows_of_B(figures):
    assert figures("three-layer")["equal_rows_are_refused"] is True
    with pytest.raises(ValueError, match="A has 3 columns and B has 2 rows"):
        three_layer.product(np.ones((2, 3)), np.ones((2, 3)))  # as many rows, which is what is posted
    assert three_layer.product(np.ones((2, 3)), np.ones((3, 4))).shape == (2, 4)
