"""The lesson activations: the tutorials' figures, overflow, and two of their mistakes."""

import numpy as np
import pytest

from forpass.lessons import activations


def test_softmax_as_posted(figures):
    found = figures("activations")
    # posted to 8 digits
    assert found["softmax"] == pytest.approx([0.01821127, 0.24519181, 0.73659691], abs=5e-9)
    assert found["shifted_softmax"] == pytest.approx([0.9999546, 4.53978686e-05, 2.06106005e-09], rel=1e-7)


def test_sigmoids_of_several_neurons_beside_their_softmax(figures):
    first, second = figures("activations")["shares_of_0.9"], figures("activations")["shares_of_0.5"]
    # posted to 2 digits
    assert first["z"] == pytest.approx([2.2, 1.39, 0.85], abs=0.0051)
    assert first["softmax"] == pytest.approx([0.59, 0.26, 0.15], abs=0.0051)
    assert second["z"] == pytest.approx([0, -1.39, -2.2], abs=0.0051)
    # 0.74 is posted, from z rounded to 2 digits; 0.7347 is right
    assert second["softmax"] == pytest.approx([0.7347, 0.1837, 0.0816], abs=5e-5)
    assert activations.softmax(np.array([0, -1.39, -2.2])).round(2).tolist() == [0.74, 0.18, 0.08]


def test_forms_on_paper_overflow_and_the_others_do_not(figures):
    found = figures("activations")
    assert found["careless_softmax_is_nan"] is True
    assert found["softmax_of_1000_500_10"][0] == 1.0
    assert found["sigmoid_at_the_ends"] == pytest.approx([0, 0.26894142, 0.5, 0.73105858, 1], abs=5e-9)
    for form, x in ((activations.careless_softmax, np.array([1010.0, 0.0])),
                    (activations.careless_sigmoid, np.array([-1000.0]))):  # fmt: skip
        with pytest.raises(RuntimeWarning, match="overflow"):
            form(x)


def test_layers_without_a_bend_are_one(figures):
    found = figures("activations")
    assert found["collapse"] == [54.0, 54.0]
    assert found["collapse_of_matrices"] < 1e-12 < 1 < found["no_collapse_with_relu"]


def test_the_step_jumps_and_the_sigmoid_does_not(figures):
    jumps = figures("activations")["jumps"]
    assert jumps["step"] == 1.0 and jumps["sigmoid"] == pytest.approx(0.0025, abs=1e-6)  # 0.01 times 1/4


def test_erratum_the_exponent_of_the_third_share(figures):
    assert figures("activations")["exponents"] == [0, -500, -990]  # posted: -900


def test_erratum_np_int_is_gone(figures):
    assert figures("activations")["np_int_exists"] is False
