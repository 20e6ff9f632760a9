"""Intervals of values and sets of classes: what they promise, and how an ensemble and its file keep them."""

import copy
import pickle

import numpy as np
import pytest

import forpass as fp
from forpass.model.archive import read_archive, write_archive
from forpass.model.intervals import Intervals, Sets, Spread
from forpass.model.quantiles import Quantiles

RNG = np.random.default_rng(11)
X = RNG.normal(size=(40, 3))


def networks(outputs, loss, targets, n=2):
    spec, data = fp.multilayer(3, [4], outputs, loss), fp.Data(X, targets=targets)
    return [fp.train(spec, fp.TrainingSpec(epochs=3, seed=seed), data) for seed in range(n)]


def of_values(outputs=1, spread=True):
    S = np.abs(np.random.default_rng(2).normal(size=(200, outputs)))
    quantiles = Quantiles.of(S, np.ones(200))
    about = None
    if spread:
        inner = fp.Ensemble(networks(outputs, "squared", X[:, :outputs]))
        numbers = (0.1,) * outputs, (0.5,) * outputs, (-1.0,) * outputs, (1.0,) * outputs
        about = Spread(inner, *numbers)
    of = networks(outputs, "squared", X[:, :outputs] * 2.0)
    return fp.Ensemble(of, intervals=Intervals(quantiles, about))


def of_classes(classes=3):
    P = np.random.default_rng(3).dirichlet(np.ones(classes), 200)
    sets = Sets.fitted(P, np.arange(200) % classes, np.ones(200))
    if classes == 2:
        return fp.Ensemble(networks(1, "sigmoid_cross_entropy", (X[:, :1] > 0) * 1.0), intervals=sets)
    return fp.Ensemble(networks(classes, "softmax_cross_entropy", np.arange(40) % classes), intervals=sets)


# -- quantiles ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("n", [1, 9, 40, 999, 1000, 1001, 5000])
def test_a_quantile_is_the_score_of_the_rank_that_theory_asks_for(n):
    """The ceil((n + 1) c)-th smallest; of more than are kept, the next above it that is kept."""
    scores = np.random.default_rng(n).exponential(size=n)
    quantiles = Quantiles.of(scores[:, None], np.ones(n))
    assert quantiles.rows == n and len(quantiles.values) == min(n, 1000)
    for coverage in (0.05, 0.5, 0.8, 0.9, 0.95, 0.99):
        rank = int(np.ceil((n + 1) * coverage - 1e-9))
        if rank > n:
            with pytest.raises(fp.SpecError, match=r"needs more than .* rows; ask for at most"):
                quantiles.at(coverage)
            continue
        inside = np.sum(scores <= quantiles.at(coverage))
        assert rank <= inside <= rank + max(0, -(-n // 1000) - 1)


def test_weights_count_as_rows_do():
    scores, weights = np.arange(5.0), np.array([1, 3, 0, 2, 4])
    found = Quantiles.of(scores[:, None], weights.astype(float))
    several = np.sort(np.repeat(scores, weights))
    assert found.rows == pytest.approx(100 / 30)
    for j, value in enumerate(found.values[:, 0], start=1):
        assert value == several[int(np.ceil(j / len(found.values) * 10 - 1e-9)) - 1]


def test_new_rows_are_inside_as_often_as_was_promised():
    """Over many draws of 50 scores: exactly ceil(51 c) / 51 (Vovk et al. 2005), here within 4 errors."""
    rng, draws = np.random.default_rng(4), 4000
    inside = [
        rng.exponential() <= Quantiles.of(rng.exponential(size=(50, 1)), np.ones(50)).at(0.9)[0]
        for _ in range(draws)
    ]
    expected = np.ceil(51 * 0.9) / 51
    assert abs(np.mean(inside) - expected) < 4 * np.sqrt(expected * (1 - expected) / draws)


@pytest.mark.parametrize("coverage", [0, 1, 1.5, -0.1, float("nan"), "0.9", None])
def test_what_is_no_coverage_is_refused(coverage):
    with pytest.raises(fp.SpecError, match="coverage"):
        of_values().predict_interval(X, coverage)


# -- intervals ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("outputs", [1, 2])
def test_an_interval_lies_around_the_prediction_and_is_as_wide_as_the_spread_says(outputs):
    ensemble = of_values(outputs)
    found = ensemble.predict_interval(X, 0.8)
    assert found.shape == ((40, 2) if outputs == 1 else (40, outputs, 2))
    low, high = np.moveaxis(found.reshape(40, outputs, 2), -1, 0)
    spread = ensemble.intervals.spread
    sigma = np.exp(0.1 + 0.5 * np.clip(spread.ensemble.raw_scores(X), -1.0, 1.0))
    np.testing.assert_allclose((low + high) / 2, ensemble.predict(X).reshape(40, outputs), rtol=1e-6)
    np.testing.assert_allclose((high - low) / 2, ensemble.intervals.quantiles.at(0.8) * sigma, rtol=1e-12)
    wider = ensemble.predict_interval(X, 0.9)
    assert (wider[..., 0] < found[..., 0]).all() and (wider[..., 1] > found[..., 1]).all()
    equal = of_values(outputs, spread=False).predict_interval(X, 0.8)
    assert np.ptp(equal[..., 1] - equal[..., 0], axis=0) == pytest.approx(0.0, abs=1e-12)


def test_of_a_table_an_interval_is_in_its_unit():
    table = {"a": X[:, 0], "y": 1000.0 + 50.0 * X[:, 0]}
    model = fp.train_table(table, "y", epochs=3, hidden=4, validation=0, test=0)
    quantiles = Quantiles.of(np.linspace(0.0, 1.0, 100)[:, None], np.ones(100))
    found = fp.Ensemble([model], intervals=Intervals(quantiles)).predict_interval(table, 0.9)
    half = quantiles.at(0.9)[0] * model.preprocessing.target.unit.std[0]
    np.testing.assert_allclose(found[:, 1] - found[:, 0], 2 * half)
    np.testing.assert_allclose(found.mean(axis=1), model.predict(table), rtol=1e-6)


# -- sets --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("classes", [2, 3])
def test_a_set_holds_the_classes_that_are_likely_enough_and_the_likeliest_first(classes):
    ensemble = of_classes(classes)
    P, at = ensemble.predict_proba(X), 1.0 - ensemble.intervals.quantiles.at(0.6)[0]
    sizes = set()
    for p, found in zip(P, ensemble.predict_set(X, 0.6), strict=True):
        likely = {k for k in range(classes) if p[k] >= at} | {int(np.argmax(p))}
        assert set(found) == likely and list(p[list(found)]) == sorted(p[list(found)], reverse=True)
        sizes.add(len(found))
    assert all(len(found) == classes for found in ensemble.predict_set(X, 0.99))


def test_sets_are_of_the_labels_of_the_table():
    table = {"a": X[:, 0], "y": np.where(X[:, 0] > 0, "warm", "cold")}
    model = fp.train_table(table, "y", epochs=3, hidden=4, validation=0, test=0)
    sets = Sets.fitted(np.full((99, 2), 0.5), np.zeros(99, np.int64), np.ones(99))
    found = fp.Ensemble([model], intervals=sets).predict_set(table, 0.9)
    assert {label for of in found for label in of} <= {"warm", "cold"}
    assert [of[0] for of in found] == model.predict(table).tolist()


@pytest.mark.parametrize("rows", [1.0, 2.0, 3.7, 30.0, 99.0, 3000.0, 123_456.5])
def test_the_largest_coverage_that_is_offered_is_given(rows):
    """Rounded to a few digits it would often be more than the rows promise; weights make parts of rows."""
    quantiles = Quantiles(np.arange(4.0)[:, None], rows)
    assert np.isfinite(quantiles.at(quantiles.max_coverage)).all()
    with pytest.raises(fp.SpecError, match="ask for at most") as refused:
        quantiles.at(1.0 - 1e-9)
    offered = float(str(refused.value).rpartition(" ")[2])
    assert np.isfinite(quantiles.at(offered)).all()
    assert str(quantiles).endswith(f"up to {offered}")


# -- where there are none ----------------------------------------------------------------------------
def test_what_there_is_not_is_named():
    values, classes = of_values(), of_classes()
    labels = fp.Ensemble(networks(2, "sigmoid_cross_entropy", (X[:, :2] > 0) * 1.0))
    for model, asked, message in (
        (
            values,
            "predict_set",
            "predict_set is for classes, and here values are predicted; use predict_interval",
        ),
        (classes, "predict_interval", "is for values, and here classes are predicted; use predict_set"),
        (labels, "predict_set", "here several labels are predicted; use predict_proba"),
        (fp.Ensemble(values.members), "predict_interval", "train it with a preset"),
    ):
        with pytest.raises(fp.DataError, match=message):
            getattr(model, asked)(X)


def test_what_does_not_fit_is_refused():
    values, classes = of_values(), of_classes()
    wide = fp.train(fp.multilayer(5, [], 1, "squared"), None, fp.Data(np.zeros((2, 5)), targets=[0.0, 1.0]))
    other = Spread(fp.Ensemble([wide]), (0.0,), (1.0,), (-1.0,), (1.0,))
    for members, intervals, message in (
        (classes.members, values.intervals, "intervals are of values"),
        (values.members, classes.intervals, "sets are of classes"),
        (values.members, of_values(2).intervals, "the intervals are of 2 values, the ensemble predicts 1"),
        (values.members, Intervals(values.intervals.quantiles, other), "takes other rows than the members"),
        (values.members, 0.9, "must be Intervals or Sets"),
    ):
        with pytest.raises(fp.SpecError, match=message):
            fp.Ensemble(members, intervals=intervals)
    for bad, message in (
        (np.array([[2.0], [1.0]]), "ascending"),
        (np.array([[np.nan]]), "finite"),
        (np.zeros(3), "finite numbers"),
        (np.ones((2, 1), np.complex64), "finite numbers"),
        (np.array([["1"], ["2"]]), "finite numbers"),
        (np.zeros((0, 1)), "finite numbers"),
    ):
        with pytest.raises(fp.SpecError, match=message):
            Quantiles(bad, 3.0)
    with pytest.raises(fp.SpecError, match="size of the spread must be 1 finite numbers"):
        Spread(fp.Ensemble([wide]), (0.0,), (np.inf,), (-1.0,), (1.0,))


# -- the file ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("ensemble", [of_values, lambda: of_values(2, False), of_classes], ids=range(3))
def test_saved_loaded_copied_and_pickled_they_are_the_same(ensemble, tmp_path):
    ensemble = ensemble()

    def said(model):
        values = isinstance(model.intervals, Intervals)
        return model.predict_interval(X).tolist() if values else model.predict_set(X)

    loaded = fp.load(ensemble.save(tmp_path / "e.forpass"))
    for again in (loaded, copy.deepcopy(ensemble), pickle.loads(pickle.dumps(ensemble))):
        assert again.fingerprint() == ensemble.fingerprint()
        assert said(again) == said(ensemble)
    file = loaded.save(tmp_path / "again.forpass")
    assert file.read_bytes() == (tmp_path / "e.forpass").read_bytes()
    without = fp.Ensemble(ensemble.members)
    assert without.fingerprint() != ensemble.fingerprint() and "intervals" not in without.to_json()


@pytest.mark.parametrize(
    "changed",
    [
        {"is": "Interval"},
        {"rows": "many"},
        {"rows": 0.0},
        {"spread": {}},
        {"spread": 3},
        {"spread": {"middle": [1.0]}},
    ],
)
def test_a_signed_file_of_nonsense(tmp_path, changed):
    file = of_values().save(tmp_path / "e.forpass")
    _, arrays, content = read_archive(file, "ensemble")
    write_archive(file, "ensemble", arrays, content | {"intervals": content["intervals"] | changed})
    with pytest.raises(fp.ModelFileError):
        fp.load(file)
    del arrays["intervals.quantiles"]
    write_archive(file, "ensemble", arrays, content)
    with pytest.raises(fp.ModelFileError):
        fp.load(file)
