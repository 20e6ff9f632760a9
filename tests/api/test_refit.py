"""Learning from all rows in the end, and limits of time that hold for all of it."""

import time
import warnings

import numpy as np
import pytest

import forpass as fp
from forpass.clock import running_since
from forpass.training.events import EpochEnded

N = 200
RNG = np.random.default_rng(0)
X = RNG.normal(size=N)
TABLE = {"x": X, "word": RNG.choice(list("abc"), N), "y": X + 0.3 * RNG.normal(size=N)}
QUICK = {"hidden": 8, "epochs": 40, "learning_rate": 0.02, "dropout": 0.0}


def test_the_network_is_that_of_all_rows_and_the_figures_those_of_the_test_rows():
    plain, refitted = (fp.train_table(TABLE, "y", refit=refit, **QUICK) for refit in (False, True))
    facts, before = refitted.provenance, plain.provenance
    epochs = before.ended.best_epoch
    assert (facts.refit.rows, facts.refit.epochs) == (N, epochs) and before.refit is None
    assert facts.evaluation == before.evaluation and facts.rows == before.rows
    assert [r.validation_loss for r in refitted.history] == [r.validation_loss for r in plain.history]
    assert refitted.training == plain.training
    # the same parameters as a training on all rows that is told how many epochs
    all_rows = fp.train_table(TABLE, "y", validation=0, test=0, **{**QUICK, "epochs": epochs})
    np.testing.assert_array_equal(refitted.parameters, all_rows.parameters)
    assert (
        refitted.preprocessing.target.unit.mean
        == all_rows.preprocessing.target.unit.mean
        != plain.preprocessing.target.unit.mean
    )


def test_a_file_says_both(tmp_path):
    model = fp.train_table(TABLE, "y", refit=True, **QUICK)
    again = fp.load(model.save(tmp_path / "m.forpass"))
    assert again.fingerprint() == model.fingerprint()
    assert again.provenance.refit == model.provenance.refit
    assert again.provenance.evaluation == model.provenance.evaluation
    (remark,) = again.provenance.remarks
    assert (
        f"learnt from all 200 rows for {again.provenance.refit.epochs} epochs; the figures are those"
        in remark
    )


def test_schedules_stay_as_planned_and_lbfgs_can_do_it_too():
    planned = fp.TrainingSpec(
        epochs=60, schedule=fp.ScheduleSpec("cosine"), stopping=fp.StoppingSpec(patience=3)
    )
    model = fp.train_table(TABLE, "y", hidden=8, training=planned, refit=True)
    told = model.provenance.refit.epochs
    ends = lambda event: isinstance(event, EpochEnded) and event.record.epoch == told  # noqa: E731
    other = fp.train_table(TABLE, "y", validation=0, test=0, hidden=8, training=planned, listener=ends)
    np.testing.assert_array_equal(model.parameters, other.parameters)
    model = fp.train_table(TABLE, "y", hidden=8, optimizer="lbfgs", epochs=30, refit=True)
    assert model.provenance.refit.epochs == model.provenance.ended.best_epoch


@pytest.mark.slow
def test_estimators_learn_from_all_rows_too():
    X_, y = {"x": TABLE["x"], "word": TABLE["word"]}, TABLE["y"]
    settings = {"hidden_layer_sizes": 8, "max_iter": 40, "learning_rate_init": 0.02, "random_state": 0}
    estimator = fp.TableRegressor(refit=True, **settings).fit(X_, y)
    refit = estimator.model_.provenance.refit
    assert refit.rows == N and refit.epochs == estimator.model_.provenance.ended.best_epoch
    all_rows = fp.TableRegressor(validation_fraction=0, **{**settings, "max_iter": refit.epochs}).fit(X_, y)
    np.testing.assert_array_equal(estimator.model_.parameters, all_rows.model_.parameters)
    assert estimator.best_validation_score_ is not None


def test_where_no_row_is_set_apart_there_is_nothing_to_add():
    model = fp.train_table(TABLE, "y", refit=True, validation=0, test=0, **{**QUICK, "epochs": 2})
    assert model.provenance.refit is None and model.provenance.remarks == ()


def test_an_interrupt_keeps_the_network_that_was_measured():
    seen = []

    def listener(event):
        seen.append(event)
        if isinstance(event, EpochEnded) and event.record.validation_loss is None:
            event.run.stop("interrupted")  # as Ctrl-C does, during the refit

    model = fp.train_table(TABLE, "y", refit=True, listener=listener, **QUICK)
    assert model.provenance.refit is None and model.provenance.cut_short == ("refit",)
    assert model.fingerprint() == fp.train_table(TABLE, "y", **QUICK).fingerprint()
    assert "has not learnt from all rows again" in model.provenance.remarks[0]


@pytest.mark.slow
@pytest.mark.parametrize("refit", [False, True])
def test_a_limit_of_time_holds_for_all_of_it(refit, tmp_path):
    endless = {"epochs": 10**6, "patience": 10**6, "hidden": 8}
    began = time.monotonic()
    model = fp.train_table(TABLE, "y", time_limit=2.0, refit=refit, **endless)
    # with a generous hour for what no limit can cut: a busy machine
    assert 0.5 < time.monotonic() - began < 3600
    assert model.training.stopping.max_seconds == 2.0
    assert model.provenance.ended.reason == "max_seconds"
    assert "training" in model.provenance.cut_short
    assert "Cut short: training ended before it was done" in model.provenance.remarks[-1]
    again = fp.load(model.save(tmp_path / "m.forpass")).provenance
    assert again.cut_short == model.provenance.cut_short


def test_the_limit_may_have_begun_before():
    late = time.monotonic() - 100.0
    with running_since(late):
        model = fp.train_table(TABLE, "y", time_limit=50.0, epochs=10**6, patience=10**6, hidden=8)
    assert model.provenance.ended.reason == "max_seconds" and model.provenance.ended.seconds < 40.0


def test_validation_and_test_rows_of_their_own_add_nothing_to_learn_from():
    own = {name: values[:40] for name, values in TABLE.items()}
    told = []
    model = fp.train_table(
        TABLE, "y", refit=True, validation=own, test=own, listener=told.append, **{**QUICK, "epochs": 3}
    )
    assert model.provenance.refit is None and model.provenance.cut_short == ()
    assert sum(isinstance(event, fp.TrainingStarted) for event in told) == 1
    shared = fp.train_table(TABLE, "y", refit=True, validation=own, test=0.2, **{**QUICK, "epochs": 3})
    assert shared.provenance.refit.rows == N


@pytest.mark.parametrize("refit", [False, True])
def test_what_was_said_of_the_columns_is_not_said_again(refit):
    table = {**TABLE, "name": [f"n{i}x" for i in range(N)], "one": [1] * N, "id": np.arange(N)}
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        fp.train_table(table, "y", refit=refit, **{**QUICK, "epochs": 2})
        fp.TableRegressor((4,), refit=refit, max_iter=2, random_state=0).fit(
            {name: values for name, values in table.items() if name != "y"}, table["y"]
        )
    said = [str(w.message) for w in found]
    assert sum("column 'name'" in text or "'id'" in text for text in said) == 4, said  # two trainings
