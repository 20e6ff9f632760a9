"""Intervals and sets out of a recipe: what they are learnt from, and how often they hold the truth."""

import dataclasses

import numpy as np
import pytest

import forpass as fp
from forpass.clock import Clock
from forpass.model import Scores, TrainedModel
from forpass.model.intervals import Intervals, Sets
from forpass.recipes import PRESETS, Chain, LinearMember, Member, Problem, run_recipe
from forpass.recipes.intervals import intervals_of
from forpass.spec.inputs import FeatureGroup

SMALL = Member(hidden=(8,), activation="tanh", learning_rate=0.02)
RECIPE = dataclasses.replace(
    PRESETS["fast"],
    **dict.fromkeys(
        ("two_classes", "classes", "labels", "values"),
        (Chain("linear", LinearMember()), Chain("A", SMALL, (4,))),
    ),
    rungs=2,
)
COLUMNS = tuple(FeatureGroup(name, "number", 1) for name in "ab")


def noisy(n, seed, widening=True):
    """Values with noise that is ten times as wide where the first column is large."""
    rng = np.random.default_rng(seed)
    X = rng.uniform(-1.0, 1.0, (n, 2))
    sigma = np.where(X[:, 0] > 0, 1.0, 0.1) if widening else np.ones(n)
    return X, (X[:, :1] + sigma[:, None] * rng.normal(size=(n, 1))) / 1.2


def trained(X, T, head="squared", outputs=1, recipe=RECIPE, **how):
    problem = Problem(fp.Data(X, targets=T), COLUMNS, fp.Head(head), outputs)
    blend = run_recipe(recipe, problem, 0)
    intervals = intervals_of(problem, blend, 0, **how)
    members = [
        TrainedModel(s.member.spec, s.member.parameters, s.member.buffers, training=s.member.training)
        for s in blend.members
    ]
    weights, sharpness = ([getattr(s, name) for s in blend.members] for name in ("weight", "sharpness"))
    more = {"sharpness": sharpness, "calibration": blend.calibration, "intervals": intervals}
    return fp.Ensemble(members, weights, **more), blend


def test_intervals_are_as_wide_as_the_noise_and_hold_what_was_asked_for():
    ensemble, _ = trained(*noisy(1200, 1))
    assert ensemble.intervals.spread is not None
    X, T = noisy(6000, 2)
    for coverage in (0.5, 0.8, 0.9):
        low, high = ensemble.predict_interval(X, coverage).T
        inside = (low <= T[:, 0]) & (high >= T[:, 0])
        # the 1200 rows by which quantiles are known have an error of sqrt(c (1 - c) / 1200), up to 1.4 %
        assert abs(inside.mean() - coverage) < 0.045
    wide = X[:, 0] > 0
    assert np.median((high - low)[wide]) > 2.0 * np.median((high - low)[~wide])


def test_where_noise_is_alike_intervals_are_worth_no_more_than_equally_wide_ones():
    X, T = noisy(400, 3, widening=False)
    ensemble, _ = trained(X, T)
    low, high = ensemble.predict_interval(*[noisy(2000, 4)[0]], 0.9).T
    assert np.std(high - low) < 0.25 * np.mean(high - low)


def test_few_rows_and_a_limit_of_time_make_them_equally_wide():
    X, T = noisy(600, 5)
    few, _ = trained(X[:200], T[:200])
    limited, _ = trained(X, T, clock=Clock(60.0))
    assert few.intervals.spread is limited.intervals.spread is None
    assert few.intervals.quantiles.rows == 200


def test_of_classes_the_sets_follow_from_calibrated_probabilities_out_of_fold():
    X, _ = noisy(900, 6)
    T = (np.random.default_rng(7).random(900) < 1.0 / (1.0 + np.exp(-2.0 * X[:, 0])))[:, None] * 1.0
    ensemble, blend = trained(X, T, "sigmoid_cross_entropy")
    assert isinstance(ensemble.intervals, Sets)
    P = Scores(fp.Head("sigmoid_cross_entropy"), blend.raw).probabilities
    right = P[np.arange(900), T[blend.rows, 0].astype(int)]
    for coverage in (0.8, 0.95):
        q = ensemble.intervals.quantiles.at(coverage)[0]
        assert np.sum(1.0 - right <= q) == np.ceil(901 * coverage)
    sets = ensemble.predict_set(X, 0.95)
    assert abs(np.mean([int(t) in found for t, found in zip(T[:, 0], sets, strict=True)]) - 0.95) < 0.04
    three, _ = trained(X, np.arange(900) % 3, "softmax_cross_entropy", 3)
    assert isinstance(three.intervals, Sets)


def test_of_labels_there_are_none():
    X, _ = noisy(200, 8)
    assert trained(X, (X > 0) * 1.0, "sigmoid_cross_entropy", 2)[0].intervals is None


def test_several_values_have_each_their_own():
    X, T = noisy(500, 9)
    ensemble, _ = trained(X, np.hstack([T, 3.0 * X[:, :1]]), outputs=2)
    assert isinstance(ensemble.intervals, Intervals)
    found = ensemble.predict_interval(X, 0.9)
    assert found.shape == (500, 2, 2) and (found[..., 0] < found[..., 1]).all()


def test_the_same_rows_and_seed_give_the_same_intervals():
    X, T = noisy(500, 10)
    one, other = (trained(X, T, threads=threads)[0] for threads in (1, 2))
    assert one.fingerprint() == other.fingerprint()


@pytest.mark.parametrize("n", [12, 40])
def test_of_very_few_rows_little_can_be_promised(n):
    ensemble, _ = trained(*noisy(n, 11))
    assert ensemble.predict_interval(noisy(5, 1)[0], 0.8).shape == (5, 2)
    with pytest.raises(fp.SpecError, match="ask for at most"):
        ensemble.predict_interval(noisy(5, 1)[0], 0.99)
