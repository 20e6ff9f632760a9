"""Reliability of probabilities, and the page on which stands what is known of a model."""

import json
import pickle

import numpy as np
import pytest

import forpass as fp
from forpass.maths.reliability import calibration_error, reliability_bins
from forpass.model import Provenance, Scores
from forpass.model.evaluation import Evaluation
from forpass.model.intervals import Sets
from forpass.model.quantiles import Quantiles
from forpass.model.reliability import Reliability, reliability_of

RNG = np.random.default_rng(1)


# -- reliability -------------------------------------------------------------------------------------
def test_bins_are_of_equal_counts_and_the_error_is_the_mean_distance():
    """Against a loop over sorted rows, where no two have the same probability."""
    p, n = RNG.permutation(300) / 300.0, 300
    y = (RNG.random(n) < p**2) * 1.0
    order, error = np.argsort(p), 0.0
    for part in np.split(order, 15):
        error += len(part) / n * abs(p[part].mean() - y[part].mean())
    found = reliability_bins(p, y)
    assert found.weights.tolist() == [20.0] * 15
    assert calibration_error(found) == pytest.approx(error, rel=1e-12)


def test_weights_count_as_rows_do_and_rows_of_one_probability_stay_together():
    p, y, w = np.repeat([0.1, 0.5, 0.9], 50), RNG.integers(0, 2, 150), RNG.integers(0, 4, 150)
    several = reliability_bins(np.repeat(p, w), np.repeat(y, w))
    for found in (reliability_bins(p, y, w), reliability_bins(p[::-1], y[::-1], w[::-1])):
        assert len(found.weights) == 3
        for ours, theirs in zip(found, several, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-12)


def test_perfect_probabilities_are_off_by_what_chance_does():
    p = RNG.random(60_000)
    found = calibration_error(reliability_bins(p, RNG.random(60_000) < p))
    assert found < 3 * np.sqrt(15 / 60_000 * 0.25)  # of a bin sqrt(p (1 - p) / (n / 15))
    assert calibration_error(reliability_bins(np.full(100, 0.9), np.zeros(100))) == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("head", "raw", "targets", "of", "p", "y"),
    [
        ("sigmoid_cross_entropy", [[0.0], [2.0]], [[1.0], [0.0]], "the second class", [0.5, 0.881], [1, 0]),
        ("softmax_cross_entropy", [[0.0, 1.0, 0.0]], [0], "the likeliest class", [0.576], [0]),
        ("sigmoid_cross_entropy", [[0.0, 2.0]], [[1.0, 1.0]], "all labels", [0.5, 0.881], [1, 1]),
    ],
)
def test_whose_probability_is_looked_at(head, raw, targets, of, p, y):
    found = reliability_of(Scores(fp.Head(head), np.array(raw)), np.array(targets))
    assert found.of == of and found.observed == tuple(map(float, y))
    np.testing.assert_allclose(found.predicted, p, atol=1e-3)


def test_where_there_are_no_probabilities_there_is_no_reliability():
    values = Scores(fp.Head("squared"), np.zeros((3, 1)))
    classes = Scores(fp.Head("sigmoid_cross_entropy"), np.zeros((3, 1)))
    infinite = Scores(fp.Head("sigmoid_cross_entropy"), np.full((3, 1), np.nan))
    T = np.ones((3, 1))
    assert reliability_of(values, T) is reliability_of(infinite, T) is None
    assert reliability_of(classes, T, np.zeros(3)) is None


@pytest.mark.parametrize(
    "parts", [((), (), ()), ((1.0,), (0.5,), ()), ((1.0,), (-0.5,), (0.0,)), ((0.0,), (0.5,), (0.5,))]
)
def test_a_table_of_nonsense_is_refused(parts):
    with pytest.raises(fp.SpecError, match="of Reliability must"):
        Reliability("all labels", *parts)


# -- measured and kept -------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def model():
    x = RNG.normal(size=200)
    table = {"x": x, "y": np.where(x + RNG.normal(size=200) > 0, "up", "down")}
    return fp.train_table(table, "y", hidden=4, epochs=20)


def test_classes_are_measured_with_their_reliability(model, tmp_path):
    found = model.provenance.evaluation
    assert found.reliability.of == "the second class" and sum(found.reliability.rows) == found.rows
    assert found.to_json()["reliability"]["error"] == found.reliability.error
    again = fp.load(model.save(tmp_path / "m.forpass")).provenance.evaluation
    assert again == found and again.reliability == found.reliability
    assert "expected calibration error: 0." in repr(found)
    measured = fp.evaluate(model, {"x": [1.0, -1.0], "y": ["up", "up"]})
    assert sum(measured.reliability.rows) == 2


def test_values_are_measured_without(tmp_path):
    table = {"x": np.arange(60.0) ** 1.5, "y": np.sin(np.arange(60.0))}
    found = fp.train_table(table, "y", hidden=4, epochs=3).provenance.evaluation
    assert found.reliability is None and "reliability" not in found.to_json()
    assert "calibration" not in repr(found)


# -- the report --------------------------------------------------------------------------------------
CANDIDATE = {
    "chain": "A",
    "network": "3 x 96",
    "rung": 1,
    "epochs": 12,
    "members": 5,
    "loss": 0.075,
    "variance": 0.01,
    "expected_loss": 0.0713,
}
ACCOUNT = {
    "recipe": {"name": "fast"},
    "candidates": [
        CANDIDATE | {"weight": 1.0, "seconds": 2.25},
        CANDIDATE | {"chain": "linear", "network": "linear", "epochs": 0, "weight": 0.0, "seconds": 0.5},
    ],
    "omissions": ["no time for the chain C"],
}


def test_the_report_of_a_single_network(model):
    text = repr(model.report())
    for words in ("TrainedModel", "Evaluation on", "dummy", "observed", "expected calibration error"):
        assert words in text
    assert "out of fold" not in text and "tried" not in text
    bare = fp.Ensemble([model]).report()
    assert "It was not measured" in repr(bare) and bare.evaluation is None


def test_the_report_of_a_recipe_tells_what_was_tried_and_what_was_cut_short(model):
    sets = Sets(Quantiles.of(np.linspace(0, 1, 99)[:, None], np.ones(99)))
    held = Evaluation(7, {"network": {"accuracy": 0.5}})
    provenance = Provenance(evaluation=model.provenance.evaluation, on_test=held, recipe=ACCOUNT)
    ensemble = fp.Ensemble([model, model], intervals=sets, provenance=provenance)
    report = ensemble.report()
    text = repr(report)
    for words in (
        "Ensemble of 2, sigmoid_cross_entropy",
        "out of fold: each row by networks that had not seen it",
        "on test rows beside them\nEvaluation on 7 rows",
        "What the recipe fast tried:",
        "A          3 x 96       12         5         0.0713    1.00      2.2",
        "linear     linear                  5         0.0713       -      0.5",
        "Prediction sets (predict_set) are based on 99 rows, for a coverage of up to 0.99.",
        "no time for the chain C",
    ):
        assert words in text, text
    assert max(map(len, text.splitlines())) <= 130
    assert repr(pickle.loads(pickle.dumps(report))) == text
    plain = json.loads(json.dumps(report.to_json()))
    assert [found["chain"] for found in plain["candidates"]] == ["A", "linear"] and plain["out_of_fold"]
