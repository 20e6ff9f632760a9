"""The threshold that is best for a metric, against all of them tried one by one."""

from itertools import pairwise

import numpy as np
import pytest

from forpass.maths import threshold
from forpass.maths.metrics import METRICS, Metric
from forpass.maths.threshold import best_threshold

OF_DECISIONS = [name for name in METRICS if METRICS[name].reads == "decisions"]


def all_figures(metric, truth, P, w):
    """Return the metric of every decision that a threshold can lead to."""
    cuts = [0.0, *np.unique(P), 1.0]
    middles = [(a + b) / 2 for a, b in pairwise(cuts)]
    return {t: metric.function(truth[:, None].astype(int), (P[:, None] > t).astype(int), w) for t in middles}


@pytest.mark.parametrize("name", OF_DECISIONS)
@pytest.mark.parametrize("weighted", [False, True])
def test_no_other_threshold_is_better(name, weighted, rng):
    metric = METRICS[name]
    for _ in range(5):
        truth = rng.random(60) < 0.3
        P = np.round(np.clip(0.3 * truth + rng.normal(0.3, 0.2, 60), 0.01, 0.99), 2)  # with ties
        w = rng.integers(0, 3, 60) / 2 if weighted else None
        found, value = best_threshold(metric, truth, P, w)
        figures = all_figures(metric, truth, P, w)
        assert value == pytest.approx(np.nanmax(list(figures.values())), rel=1e-12)
        reached = metric.function(truth[:, None].astype(int), (P[:, None] > found).astype(int), w)
        assert reached == pytest.approx(value, rel=1e-12)


def test_of_equally_good_ones_the_nearest_to_one_half():
    truth, P = np.array([False, False, True, True]), np.array([0.1, 0.2, 0.8, 0.9])
    assert best_threshold(METRICS["accuracy"], truth, P, None) == (0.5, 1.0)


@pytest.mark.parametrize("positives", [0, 5])
def test_of_very_many_none_above_is_tried_too(positives):
    truth = np.zeros(5000, dtype=np.bool_)
    truth[:positives] = True  # those that are least probable
    found, value = best_threshold(METRICS["accuracy"], truth, np.arange(1, 5001) / 5002, None)
    assert value == 1 - positives / 5000
    assert found > 5000 / 5002


def test_a_smaller_error_is_better():
    error = Metric(
        "error", lambda t, p, w: float(np.average(t[:, 0] != p[:, 0], weights=w)), "", False, (), ""
    )
    truth, P = np.array([False, True, True]), np.array([0.1, 0.2, 0.3])
    assert best_threshold(error, truth, P, None) == (pytest.approx(0.15), 0.0)


def test_probabilities_of_0_and_1_leave_a_threshold_between(rng):
    for truth in (np.array([True, True]), np.array([False, False])):
        found, _ = best_threshold(METRICS["accuracy"], truth, np.array([0.0, 1.0]), None)
        assert 0.0 < found < 1.0
    assert np.isfinite(np.log(found / (1.0 - found)))


def test_undefined_everywhere_is_no_number():
    undefined = Metric("none", lambda t, p, w: float("nan"), "", True, (), "")
    assert np.isnan(best_threshold(undefined, np.array([True]), np.array([0.5]), None)[1])


def test_many_rows_are_thinned_out_to_cuts_below_a_yes(rng, monkeypatch):
    truth = rng.random(4000) < 0.1
    P = np.clip(0.2 * truth + rng.normal(0.4, 0.1, 4000), 0.0, 1.0)
    whole = best_threshold(METRICS["f1"], truth, P, None)
    assert threshold.MOST_CUTS < 4000  # about 400 of them are yes: all are tried
    figures = all_figures(METRICS["f1"], truth, P, None)
    assert whole[1] == pytest.approx(max(figures.values()), rel=1e-12)
    monkeypatch.setattr(threshold, "MOST_CUTS", 50)
    assert whole[1] - 0.01 < best_threshold(METRICS["f1"], truth, P, None)[1] <= whole[1]
