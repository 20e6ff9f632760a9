"""Units of values: there and back, in order, within a range; in files, figures, ensembles and the command."""

import dataclasses
import json
import math
import statistics

import numpy as np
import pytest
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st

import forpass as fp
from forpass.api.evaluation import figures_of
from forpass.api.metrics import TargetMeaning, metric_for
from forpass.errors import ModelFileError
from forpass.preprocessing import TargetSpec
from forpass.preprocessing.units import Unit

RANDOM = np.random.default_rng(3)
N = 120
TABLE = {"x": RANDOM.normal(size=N), "z": RANDOM.normal(size=N)}
TABLE["pay"] = np.exp(TABLE["x"] + 0.3 * TABLE["z"]) * 1000.0 + 500.0


def trained(transform=False, ranged=False):
    """A model of a table whose target is learnt in another unit."""
    p = fp.Preprocessing.learn(TABLE, "pay")
    T = p.encode(TABLE, with_targets=True).targets
    target = p.target.on_log_scale(T) if transform else p.target
    if ranged:  # that of all but the ten least and the ten largest
        middle = np.sort(p.target.unit.in_unit(T), axis=0)[10:-10]
        target = target.with_range(target.unit.standardised(middle))
    p = dataclasses.replace(p, target=target)
    data = p.encode(TABLE, with_targets=True)
    spec = fp.NetworkSpec(inputs=p.groups, layers=[fp.Dense(1)], head=fp.Head("squared"))
    model = fp.train(spec, fp.TrainingSpec(method="lbfgs"), data)
    return dataclasses.replace(model, preprocessing=p)


def log_by_hand(y, values):
    """The transform, a number at a time, as its definition says."""
    size = statistics.median(values) - min(values) or statistics.mean(values) - min(values)
    t = (y - min(values)) / size
    return math.log(1.0 + t) if t >= 0 else t


@pytest.mark.parametrize("values", [[1.0, 2.0, 4.0, 100.0], [0.0, 0.0, 0.0, 8.0]])
def test_the_logarithm_is_what_its_definition_says(values):
    spec = TargetSpec("regression", ("y",), unit=Unit((0.0,), (1.0,))).on_log_scale(values)
    g = [log_by_hand(y, values) for y in values]
    mean = sum(g) / 4
    std = math.sqrt(sum((v - mean) ** 2 for v in g) / 4)
    assert (spec.unit.mean, spec.unit.std) == (pytest.approx((mean,)), pytest.approx((std,)))
    for y in (*values, -50.0, 1e6):
        (z,) = spec.unit.standardised([[y]])[0]
        assert z == pytest.approx((log_by_hand(y, values) - mean) / std, rel=1e-12)


UNITS = st.builds(
    Unit,
    st.tuples(st.floats(-3, 3)),
    st.tuples(st.floats(0.1, 3)),
    transform=st.just("log"),
    origin=st.tuples(st.floats(-100, 100)),
    size=st.tuples(st.floats(0.01, 100)),
)


@given(UNITS, st.lists(st.floats(-20, 20), min_size=2, max_size=20))
@settings(max_examples=examples(200))
def test_there_and_back_again_and_in_the_same_order(unit, z):
    Z = np.sort(np.array(z))[:, None]
    values = unit.in_unit(Z)
    assert np.all(np.diff(values, axis=0) >= 0)
    # the value is rounded to an eps of its size and of its origin's, which its slope turns into one of z
    slope = np.exp(np.maximum(-(Z * unit.std[0] + unit.mean[0]), 0.0))
    error = 1e-14 * (1 + (abs(unit.origin[0]) / unit.size[0] * slope + np.abs(Z) + 4.0) / unit.std[0])
    assert np.all(np.abs(unit.standardised(values) - Z) <= error)


def test_two_columns_have_their_own_units():
    T = np.array([[0.0, 5.0], [1.0, 5.0], [9.0, 5.0]])
    spec = TargetSpec("regression", ("a", "b"), unit=Unit((0.0, 0.0), (1.0, 1.0))).on_log_scale(T)
    assert (
        spec.unit.origin == (0.0, 5.0) and spec.unit.size[1] == 1.0 and spec.unit.std[1] == 1.0
    )  # one never changes
    assert spec.unit.in_unit(spec.unit.standardised(T)) == pytest.approx(T)
    assert spec.with_range(spec.unit.standardised(T)).decode([[99.0, 99.0]])[0] == pytest.approx([9.0, 5.0])


@pytest.mark.parametrize("transform", [False, True])
@pytest.mark.parametrize("ranged", [False, True])
def test_models_predict_measure_and_are_stored_in_the_unit_of_the_table(transform, ranged, tmp_path):
    model = trained(transform, ranged)
    rows = {"x": [*TABLE["x"], 3.5], "z": [*TABLE["z"], 0.0]}
    raw = model.raw_scores(rows).astype(float)
    expected = model.preprocessing.target.unit.in_unit(raw)[:, 0]
    if ranged:
        low, high = model.preprocessing.target.unit.low[0], model.preprocessing.target.unit.high[0]
        assert (low, high) == pytest.approx(tuple(np.sort(TABLE["pay"])[[10, -11]]), rel=1e-6)
        assert expected.max() > high
        expected = np.clip(expected, low, high)
    assert model.predict(rows) == pytest.approx(expected)
    again = fp.load(model.save(tmp_path / "m.forpass"))
    assert again.fingerprint() == model.fingerprint() and again.preprocessing == model.preprocessing
    assert np.array_equal(again.predict(rows), model.predict(rows))
    figures, P = fp.evaluate(model, TABLE).figures["network"], model.predict(TABLE)
    error = np.mean((P - TABLE["pay"]) ** 2)
    assert figures["root_mean_squared_error"] == pytest.approx(np.sqrt(error), 1e-5)
    assert figures["r2"] == pytest.approx(1.0 - error / np.var(TABLE["pay"]), abs=1e-5)


def test_the_logarithm_learns_what_grows_by_factors():
    plain, log = (fp.evaluate(trained(t), TABLE).figures["network"] for t in (False, True))
    assert log["mean_absolute_error"] < 0.8 * plain["mean_absolute_error"]


def test_a_caller_measures_truth_as_it_is_and_predictions_within_the_range():
    target = TargetSpec("regression", ("y",), unit=Unit((10.0,), (2.0,), low=(9.0,), high=(11.0,)))
    seen = []

    def remembered(truth, predicted):
        seen.append((truth.tolist(), predicted.tolist()))
        return 0.0

    metric = metric_for(remembered, TargetMeaning.of_target(target, "regression"))
    metric.function(np.array([[5.0]]), np.array([[5.0]]), None)
    assert seen == [([20.0], [11.0])]
    data = fp.Data(np.zeros((2, 1)), targets=[0.0, 5.0])
    from forpass.model import Scores

    figures = figures_of(target, data, Scores(fp.Head("squared"), np.array([[0.0], [5.0]])))
    assert figures["mean_absolute_error"] == (0.0 + 9.0) / 2


def test_members_of_different_units_are_averaged_in_the_unit_of_the_table(tmp_path):
    plain, log = trained(False, True), trained(True, True)
    both = fp.Ensemble([plain, log], [0.25, 0.75])
    expected = 0.25 * plain.predict(TABLE) + 0.75 * log.predict(TABLE)
    assert both.predict(TABLE) == pytest.approx(expected, rel=1e-6)
    assert both.predict(both.encode(TABLE)) == pytest.approx(expected, rel=1e-6)
    again = fp.load(both.save(tmp_path / "e.forpass"))
    assert np.array_equal(again.predict(TABLE), both.predict(TABLE))
    alone = fp.Ensemble([plain])
    assert alone.predict(TABLE) == pytest.approx(plain.predict(TABLE), rel=1e-6)


def test_what_is_not_used_is_not_stored_and_what_cannot_be_is_refused():
    plain = trained().preprocessing.to_json()
    assert not {"low", "high", "transform", "origin", "size"} & set(plain["target"])
    stored = json.loads(json.dumps(trained(True, True).preprocessing.to_json()))
    assert {"low", "high", "transform", "origin", "size"} <= set(stored["target"])
    for change, what in (
        ({"transform": "root"}, "transform"),
        ({"origin": []}, "transform"),
        ({"size": [0.0]}, "transform"),
        ({"low": []}, "range"),
        ({"low": [2.0], "high": [1.0]}, "range"),
        ({"low": [1.0, 1.0], "high": [2.0, 2.0]}, "range"),
    ):
        wrong = {**stored, "target": stored["target"] | change}
        with pytest.raises(ModelFileError, match=f"the .*{what} of the stored target pay cannot be"):
            fp.Preprocessing.from_json(wrong)


@pytest.mark.parametrize("z", [-3.0, -0.5, 0.0, 0.25, 2.0, 7.0])
@pytest.mark.parametrize("transform", ["", "log"])
def test_sizes_say_how_far_a_relative_error_reaches(z, transform):
    more = {"origin": (50.0,), "size": (20.0,)} if transform else {}
    unit = Unit((1.0,), (0.5,), transform=transform, **more)
    value, eps = unit.in_unit([[z]]), 1e-7
    moved = unit.in_unit([[z + eps * max(abs(z), 1.0)]]) - value
    assert unit.sizes(value)[0, 0] == pytest.approx(moved[0, 0] / eps, rel=1e-4)
