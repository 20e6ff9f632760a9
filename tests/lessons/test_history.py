"""The lesson history: what the three neurons learn and what not, and the convergence bound."""

import numpy as np
import pytest

from forpass.lessons import history

pytestmark = pytest.mark.slow  # the lesson itself takes seconds


def test_what_each_neuron_can_learn(figures):
    right = figures("history")["share_right"]
    assert set(right["divided by a line"].values()) == {1.0}
    assert right["with far points"]["perceptron"] == right["with far points"]["logistic neuron"] == 1.0
    assert right["with far points"]["Adaline"] < 1.0
    assert max(right["XOR"].values()) <= 0.75  # a line has at most three of the four on the right side


def test_on_xor_the_perceptron_goes_round_and_the_others_settle_near_zero(figures):
    found = figures("history")
    assert found["xor_ends_of_epochs"] == 1 and found["xor_weights"]["perceptron"] == [0, 0, 0]
    # within the length of one step, rate times error, of 0
    assert np.abs(found["xor_weights"]["Adaline"]).max() < 0.05
    assert np.abs(found["xor_weights"]["logistic neuron"]).max() < 0.15


def test_mistakes_keep_below_the_bound(figures):
    for gap, counted in figures("history")["bound"].items():
        assert 0 < counted["mistakes"] <= counted["bound"], gap
    margins = [float(gap) for gap in figures("history")["bound"]]
    assert margins == sorted(margins, reverse=True) and margins[-1] == 0.005


def test_the_bound_holds_for_any_order():
    X, t = history.separable(0.05)
    for seed in range(20):
        order = np.random.default_rng(seed).permutation(len(X))
        learnt = history.learn(X[order], t[order], history.perceptron_error, 1.0, epochs=10_000)
        assert history.share_right(X, t, learnt["w"], learnt["b"]) == 1.0
        assert learnt["moves"] <= history.mistake_bound(X)


def test_the_line_divides_with_the_margin_asked_for():
    for gap in (0.3, 0.005):
        X, t = history.separable(gap)
        distance = history.with_one(X) @ history.LINE
        assert len(X) == 100 and np.abs(distance).min() >= gap
        assert ((distance > 0) == (t == 1)).all()
    assert np.linalg.norm(history.LINE) == pytest.approx(1.0, abs=1e-15)
