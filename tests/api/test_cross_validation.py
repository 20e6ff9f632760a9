"""Cross-validation: folds that share nothing, figures that are those of the folds, and an honest interval."""

import dataclasses
import json

import numpy as np
import pytest
from later import later

import forpass as fp
from forpass.api.folds import corrected_interval
from forpass.sampling.splits import dealt_out, one_after_another
from forpass.training.events import BaselineEnded, EpochEnded, TrainingStarted

load_iris = later("sklearn.datasets", "load_iris")
r2_score = later("sklearn.metrics", "r2_score")
stats = later("scipy.stats")

N = 150
RNG = np.random.default_rng(0)
X = RNG.normal(size=N)
QUICK = {"hidden": 8, "epochs": 8, "learning_rate": 0.02}


def table(**more):
    return {"x": X, "z": X**2 + RNG.normal(size=N), "y": X + 0.3 * RNG.normal(size=N), **more}


# -- the folds ------------------------------------------------------------------------------------
@pytest.mark.parametrize("folds", [2, 3, 7])
def test_stretches_of_time_are_even_and_keep_equal_times_together(folds):
    times = np.random.default_rng(folds).permutation(400) / 4
    number = one_after_another(times, folds)
    assert np.ptp(np.bincount(number + 1)) <= 1 and set(number) == set(range(-1, folds))
    assert (np.diff(number[np.argsort(times)]) >= 0).all()
    coarse = np.floor(times / 4)  # 16 rows of each time
    number = one_after_another(coarse, folds)
    assert all(len(set(number[coarse == time])) == 1 for time in coarse)
    assert np.ptp(np.bincount(number + 1)) <= 32
    skewed = np.array([0] * 90 + list(range(1, folds + 1)))  # nearly all rows have the same time
    assert one_after_another(skewed, folds).tolist() == [-1] * 90 + list(range(folds))
    with pytest.raises(fp.DataError, match=rf"{folds} different times cannot be divided into {folds} folds"):
        one_after_another(np.arange(folds), folds)


def test_by_time_each_fold_learns_from_the_past_alone():
    when = np.random.default_rng(1).permutation(N)
    days = [str(np.datetime64("2020-01-01") + int(day)) for day in when]
    frame = table(when=days)
    found = fp.cross_validate(frame, "y", time="when", folds=4, **QUICK)
    assert [len(rows) for rows in found.test_rows] == [30] * 4
    for number, (model, rows) in enumerate(zip(found.models, found.test_rows, strict=True)):
        counts, past = model.provenance.rows, 30 * (number + 1)
        assert counts.training + counts.validation == past
        assert sorted(when[rows]) == list(range(past, past + 30))
    assert found.rows.tolist() == np.flatnonzero(when >= 30).tolist()
    # the last fold is what train_table finds of the last fifth, by the same column
    model = fp.train_table(frame, "y", time="when", test=0.2, **QUICK)
    assert model.fingerprint() == found.models[-1].fingerprint()
    altered = {**frame, "y": np.where(when >= 60, -5.0, frame["y"])}  # what comes later changes nothing
    again = fp.cross_validate(altered, "y", time="when", folds=4, **QUICK)
    assert again.models[0].parameters.tolist() == found.models[0].parameters.tolist()
    assert again.models[1].provenance.rows == found.models[1].provenance.rows
    with pytest.raises(fp.TableError, match="group and time split the rows in different ways"):
        fp.cross_validate(frame, "y", time="when", group="z", **QUICK)


def test_rows_are_dealt_out_evenly_and_by_chance():
    fold = dealt_out(103, 5, seed=0)
    assert sorted(np.bincount(fold)) == [20, 20, 21, 21, 21]
    assert (fold != dealt_out(103, 5, seed=1)).any() and (fold == dealt_out(103, 5, seed=0)).all()
    assert (np.diff(fold) != 1).sum() > 40  # not one after the other


def test_each_class_is_dealt_out_evenly():
    labels = np.repeat([0, 1, 2], [50, 7, 3])
    fold = dealt_out(60, 5, seed=3, labels=labels)
    for label, count in enumerate((50, 7, 3)):
        each = np.bincount(fold[labels == label], minlength=5)
        assert each.max() - each.min() <= 1 and each.sum() == count
    assert np.bincount(fold).tolist() == [12] * 5


def test_rows_of_a_group_are_in_one_fold():
    groups = np.repeat(np.arange(30), RNG.integers(1, 9, 30))
    fold = dealt_out(len(groups), 4, seed=0, groups=groups)
    assert all(len(set(fold[groups == group])) == 1 for group in range(30))
    sizes = np.bincount(fold)
    assert sizes.max() - sizes.min() <= 8  # less than the largest group


@pytest.mark.parametrize(
    ("n", "groups", "said"),
    [(4, None, "4 rows cannot be divided into 5 folds"), (9, np.arange(9) // 3, "3 groups of rows cannot")],
)
def test_too_few_for_folds(n, groups, said):
    with pytest.raises(fp.DataError, match=said):
        dealt_out(n, 5, 0, groups=groups)


# -- what comes of them ---------------------------------------------------------------------------
@pytest.mark.slow
def test_each_row_is_predicted_by_a_network_that_has_not_seen_it():
    frame = table()
    found = fp.cross_validate(frame, "y", folds=3, **QUICK)
    assert sorted(np.concatenate(found.test_rows)) == found.rows.tolist() == list(range(N))
    for model, rows in zip(found.models, found.test_rows, strict=True):
        part = {name: np.asarray(values)[rows] for name, values in frame.items()}
        np.testing.assert_array_equal(found.predictions[rows], model.predict(part))
        evaluation = model.provenance.evaluation
        assert evaluation.figures["network"]["r2"] == pytest.approx(
            r2_score(frame["y"][rows], found.predictions[rows]), rel=1e-5
        )
        counts = model.provenance.rows
        assert (counts.training, counts.validation, counts.test) == (90, 10, 50)


def test_folds_share_nothing():
    """What is changed in the rows of one fold changes nothing that was learnt without them."""
    first = fp.cross_validate(table(), "y", folds=3, **QUICK)
    spoilt = {name: values.copy() for name, values in table().items()}
    frame = {name: values.copy() for name, values in spoilt.items()}
    before = fp.cross_validate(frame, "y", folds=3, **QUICK)
    rows = first.test_rows[1]
    spoilt["x"][rows], spoilt["y"][rows] = 1e4, -1e3
    after = fp.cross_validate(spoilt, "y", folds=3, **QUICK)
    same = [a.fingerprint() == b.fingerprint() for a, b in zip(before.models, after.models, strict=True)]
    assert same == [False, True, False]
    assert before.models[1].preprocessing.target.unit.mean != before.models[0].preprocessing.target.unit.mean
    assert before.figures["linear"]["r2"][1] != after.figures["linear"]["r2"][1]


def test_a_fold_is_what_train_table_finds_on_the_same_rows():
    frame = table()
    found = fp.cross_validate(frame, "y", folds=3, validation=0, **QUICK)
    rows = found.test_rows[2]
    others = np.setdiff1d(np.arange(N), rows)
    learnt, test = ({name: v[part] for name, v in frame.items()} for part in (others, rows))
    model = fp.train_table(learnt, "y", validation=0, test=test, **QUICK)
    assert model.fingerprint() == found.models[2].fingerprint()
    assert model.provenance.evaluation.figures == found.models[2].provenance.evaluation.figures


@pytest.mark.slow
def test_mean_spread_and_the_interval_of_the_folds():
    found = fp.cross_validate(table(), "y", folds=4, repeats=2, **QUICK)
    assert len(found.models) == 8 and found.planned == 8
    ours, theirs = (np.array(found.figures[way]["r2"]) for way in ("network", "linear"))
    assert found.mean["network"]["r2"] == pytest.approx(ours.mean())
    assert found.spread["linear"]["r2"] == pytest.approx(theirs.std(ddof=1))
    d = ours - theirs
    test, others = N / 4, N - N / 4
    half = stats.t.ppf(0.975, 7) * d.std(ddof=1) * np.sqrt(1 / 8 + test / others)
    # folds of 37 and 38 rows: their mean ratio is that of 37.5 to a few in ten thousand
    assert (found.comparison.low, found.comparison.high) == pytest.approx(
        (d.mean() - half, d.mean() + half), abs=1e-3 * half
    )
    assert (found.comparison.unit, found.comparison.units) == ("folds", 8)


def test_folds_in_which_the_metric_is_undefined_decide_nothing():
    rng = np.random.default_rng(3)
    group = np.repeat(np.arange(12), 20)
    x = rng.normal(size=240) - 3 * (group >= 9)  # the last three groups have no 1
    rows = {
        "x": x,
        "z": rng.normal(size=240),
        "g": group,
        "y": (x + rng.normal(0, 0.5, 240) > 0) * (group < 9),
    }
    found = fp.cross_validate(rows, "y", group="g", folds=12, metric="roc_auc", validation=0.5, **QUICK)
    ours, best = (np.array(found.figures[way]["roc_auc"]) for way in ("network", found.comparison.baseline))
    assert np.isnan(ours).sum() == np.isnan(best).sum() == 3
    assert found.comparison.units == 9
    assert found.comparison.difference == pytest.approx(np.nanmean(ours) - np.nanmean(best))
    assert found.defined["network"]["roc_auc"] == found.to_json()["defined"]["network"]["roc_auc"] == 9
    assert "Undefined in 3 of the 12 folds, so that mean and deviation are of the others: roc auc" in str(
        found
    )
    assert found.mean["network"]["roc_auc"] == pytest.approx(np.nanmean(ours))


def test_a_fold_in_which_the_network_overflows_counts():
    found = fp.cross_validate(table(), "y", folds=3, **QUICK)
    model = found.models[0]
    evaluation = model.provenance.evaluation
    figures = {**evaluation.figures, "network": dict.fromkeys(evaluation.figures["network"], np.nan)}
    comparison = dataclasses.replace(evaluation.comparison, network=np.nan, overflowed=True)
    evaluation = dataclasses.replace(evaluation, figures=figures, comparison=comparison)
    provenance = dataclasses.replace(model.provenance, evaluation=evaluation)
    models = (dataclasses.replace(model, provenance=provenance), *found.models[1:])
    with_it = dataclasses.replace(found, models=models).comparison
    assert (with_it.outcome, with_it.units, with_it.overflowed) == ("worse", 3, True)


def test_what_the_rows_of_a_fold_do_not_allow_names_the_fold():
    """A group of one class is the validation rows of some folds, which do not define the metric."""
    group = np.repeat(np.arange(5), 20)
    y = np.where(group > 0, np.arange(100) % 2, 0)
    rows = {"x": RNG.normal(size=100), "z": RNG.normal(size=100), "g": group, "y": y}
    with pytest.raises(fp.DataError, match=r"^in fold [1-5] of 5: .* undefined on the 20 validation rows"):
        fp.cross_validate(rows, "y", group="g", metric="roc_auc", **QUICK)
    with pytest.raises(fp.SpecError, match=r"^label_smoothing"):  # that is so of all folds
        fp.cross_validate(table(), "y", label_smoothing=0.1, **QUICK)


@pytest.mark.slow
def test_the_interval_without_the_correction_is_that_of_a_t_test():
    d = RNG.normal(size=6)
    expected = stats.t.interval(0.95, 5, d.mean(), stats.sem(d))
    assert corrected_interval(d, 0.0) == pytest.approx(expected)
    assert np.isnan(corrected_interval(d[:1], 0.25)).all()


@pytest.mark.slow
@pytest.mark.parametrize("repeats", [1, 2])
def test_probabilities_of_classes(repeats):
    frame = load_iris(as_frame=True).frame
    found = fp.cross_validate(frame, "target", folds=3, repeats=repeats, **QUICK)
    parts = [np.zeros((150, 3)) for _ in range(repeats)]
    for number, (model, rows) in enumerate(zip(found.models, found.test_rows, strict=True)):
        assert np.bincount(frame["target"].to_numpy()[rows]).tolist() in (
            [17, 17, 16],
            [17, 16, 17],
            [16, 17, 17],
        )
        parts[number // 3][rows] = model.predict_proba(frame.iloc[rows])
    np.testing.assert_allclose(found.probabilities, np.mean(parts, axis=0), rtol=1e-6)
    assert found.predictions.dtype == np.int64
    assert (found.predictions == found.probabilities.argmax(axis=1)).all()
    if repeats == 2:
        assert (found.test_rows[0].tolist()) != found.test_rows[3].tolist()


def test_rows_without_a_target_are_not_predicted():
    frame = table(y=np.where(np.arange(N) % 10 == 0, np.nan, X + 0.3 * RNG.normal(size=N)))
    with pytest.warns(fp.ForpassWarning, match="without a value of the target"):
        found = fp.cross_validate(frame, "y", folds=3, **QUICK)
    assert len(found.rows) == len(found.predictions) == 135 and not (found.rows % 10 == 0).any()


def test_groups_labels_and_weights():
    who, w = np.repeat(np.arange(50), 3), RNG.integers(1, 4, N).astype(float)
    a, b = ((X + 0.5 * RNG.normal(size=N) > limit) * 1 for limit in (0.0, 0.5))
    frame = {"x": X, "who": who, "w": w, "a": a, "b": b}
    found = fp.cross_validate(frame, ["a", "b"], task="multilabel", group="who", weight="w", folds=5, **QUICK)
    assert found.predictions.shape == found.probabilities.shape == (N, 2)
    for rows in found.test_rows:
        assert not set(who[rows]) & set(np.delete(who, rows))
    accuracy = np.mean(
        [
            np.average(
                (found.predictions[r] == np.stack([frame["a"], frame["b"]], 1)[r]).all(1), weights=w[r]
            )
            for r in found.test_rows
        ]
    )
    assert found.mean["network"]["accuracy"] == pytest.approx(accuracy)


def test_what_is_noticed_in_every_fold_is_said_once():
    with pytest.warns(fp.ForpassWarning) as warned:
        fp.cross_validate(table(leak=np.arange(N)), "y", folds=3, **QUICK)
    assert len(warned) == 1 and "'leak' counts the rows" in str(warned[0].message)
    assert warned[0].filename == __file__


# -- how it ends ----------------------------------------------------------------------------------
def test_an_interrupt_leaves_the_folds_that_are_done():
    starts = []

    def listener(event):
        if isinstance(event, TrainingStarted):
            starts.append(event)
        if isinstance(event, EpochEnded) and len(starts) == 3:
            raise KeyboardInterrupt

    found = fp.cross_validate(table(), "y", folds=5, listener=listener, **QUICK)
    assert (found.ended, len(found.models), found.planned) == ("interrupted", 2, 5)
    assert sorted(np.concatenate(found.test_rows)) == found.rows.tolist()
    assert "2 of 5 folds were done (interrupted)" in str(found)
    starts[:] = [None, None]
    with pytest.raises(KeyboardInterrupt):  # of no fold nothing can be told
        fp.cross_validate(table(), "y", folds=5, listener=listener, **QUICK)


@pytest.mark.parametrize(
    ("target", "how"),
    [("y", {}), ("y", {"group": "g"}), ("y", {"time": "t", "repeats": 2}), ("v", {"weight": "w"})],
)
def test_every_bit_is_the_same_however_many_folds_go_side_by_side(target, how):
    rng = np.random.default_rng(5)
    x, z = rng.normal(size=(2, 90))
    named = np.array(["a" if how else "rare"] * 3 + ["a", "b"] * 43 + ["a"])  # the rare ones need all folds
    examples = {"x": x, "z": z, "w": rng.random(90) + 0.1}
    examples |= {name: rng.permutation(90) // 3 for name in how.values() if name in ("g", "t")}
    examples |= {"y": named} if target == "y" else {"v": x * z}
    found = [
        fp.cross_validate(examples, target, folds=3, threads=threads, **how, **QUICK) for threads in (1, 2, 3)
    ]
    for one in found[1:]:
        assert one.models[0].fingerprint() == found[0].models[0].fingerprint()
        assert [m.fingerprint() for m in one.models] == [m.fingerprint() for m in found[0].models]
        assert one.predictions.tolist() == found[0].predictions.tolist()
        assert one.figures == found[0].figures
        assert all(map(np.array_equal, one.test_rows, found[0].test_rows))


def test_folds_side_by_side_that_fail_name_the_first_of_them():
    """Whichever failed first."""
    x = np.sin(np.arange(40.0))
    wild = {"optimizer": "gradient_descent", "learning_rate": 1e30, "epochs": 50}
    with pytest.raises(fp.DivergenceError, match=r"^in fold 1 of 4: "):
        fp.cross_validate({"x": x, "y": x**2}, "y", folds=4, threads=3, hidden=8, **wild)


@pytest.mark.parametrize("late", [BaselineEnded, EpochEnded])
def test_a_limit_of_time_holds_for_all_folds(now, late):
    """The hour is over in the fourth fold: before its network has learnt, or when it has begun to."""
    baselines = []

    def listener(event):
        baselines.extend([event] * isinstance(event, BaselineEnded))
        now[0] += 4000.0 * (len(baselines) == 4 and isinstance(event, late))

    found = fp.cross_validate(table(), "y", folds=5, time_limit=3600.0, listener=listener, **QUICK)
    done = 3 if late is BaselineEnded else 4
    assert found.ended == "max_seconds" and len(found.models) == len(found.test_rows) == done
    assert f"Cut short: {done} of 5 folds were done (the time was up)." in found.remarks
    assert sorted(np.concatenate(found.test_rows)) == found.rows.tolist()
    assert all(model.provenance.ended.epoch == QUICK["epochs"] for model in found.models)
    json.dumps(found.to_json())


def test_of_networks_that_have_learnt_nothing_there_are_no_figures():
    said = r"time_limit of 0\.001 seconds was up .* any of the 5 folds .* more time, or ask for fewer folds"
    with pytest.raises(fp.SpecError, match=said):
        fp.cross_validate(table(), "y", folds=5, time_limit=1e-3, epochs=10**6, patience=10**6, hidden=8)


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"folds": 1}, fp.SpecError, "folds of cross_validate must be a whole number of at least 2; got 1"),
        ({"folds": 500}, fp.DataError, "150 rows cannot be divided into 500 folds"),
        ({"repeats": 0}, fp.SpecError, "repeats of cross_validate must be"),
        ({"validation": 1.0}, fp.SpecError, "validation of cross_validate must be below 1"),
        ({"refit": True}, fp.SpecError, "refit is of train_table"),
        ({"epoch": 3}, fp.UnknownNameError, "did you mean 'epochs'"),
        ({"group": "whom"}, fp.TableError, "group column 'whom'"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(options, error, said):
    with pytest.raises(error, match=said):
        fp.cross_validate(table(), "y", **options)
