"""The lesson xor: it learns, as posted, and the posted momentum line is found out."""

import numpy as np
import pytest

from forpass.checks.numerical import numerical_gradient
from forpass.lessons import xor

pytestmark = pytest.mark.slow  # the lesson itself takes seconds


def test_xor_is_learnt(figures):
    found = figures("xor")
    assert np.round(found["outputs"]).tolist() == xor.TARGETS.tolist()
    assert found["total_error"] == pytest.approx(0.0002, abs=0.00005)  # measured: about 0.0002


def test_all_of_twenty_beginnings_learn_it(figures):
    ends = figures("xor")["twenty_beginnings"]
    assert len(ends) == 20 and max(ends) < 0.01
    assert np.median(ends) == pytest.approx(0.0002, abs=0.00005)


def test_one_step_goes_nearer_to_the_target(figures):
    before, after = figures("xor")["one_step"]
    assert before < after < 1.0


def test_erratum_the_momentum_line_climbs(figures):
    found = figures("xor")
    assert found["posted, momentum 0.4"] == pytest.approx([0.0001, 0.0001], abs=0.00005)  # measured: 0.0001
    assert all(0.99 < error < 5.0 for error in found["posted, momentum 0"])  # measured: it stays at 1 to 5
    assert max(found["right, momentum 0"] + found["right, momentum 0.4"]) < 0.01


def test_erratum_the_momentum_line_is_found_by_one_small_step():
    """Any rule that learns has to lower the error by a small step without memory."""
    assert xor.change_by_one_step(xor.momentum_rule) < 0
    assert xor.change_by_one_step(xor.posted_rule) > 0


def test_the_way_down_is_minus_the_numerical_gradient():
    W1, W2 = xor.first_weights(seed=3)

    def error(theta):
        return xor.total_error(theta[:6].reshape(3, 2), theta[6:])

    ways = [
        xor.backward(*xor.forward(x, W1, W2), t, W2) for x, t in zip(xor.INPUTS, xor.TARGETS, strict=True)
    ]
    down = np.concatenate([sum(way for way, _ in ways).ravel(), sum(way for _, way in ways)])
    theta = np.concatenate([W1.ravel(), W2])
    np.testing.assert_allclose(-down, numerical_gradient(error, theta), rtol=0, atol=1e-8)
