"""Importance out of fold: each row is judged by networks that have not seen it."""

import dataclasses
import signal

import numpy as np
import pytest
from later import later
from recipe_problems import recipe as recipe_of
from waiting import wait_until

import forpass as fp
from forpass.concurrency.sharing import reason_to_end
from forpass.errors import SpecError, TableError
from forpass.recipes import Chain, Member
from forpass.recipes.records import Folds
from forpass.sampling.permutation import permutation

pd = later("pandas")
metrics = later("sklearn.metrics")

RANDOM = np.random.default_rng(3)
N = 120
CHAIN = Chain("A", Member((16,), learning_rate=0.1), [30])


def table(n=N):
    x, idle = RANDOM.normal(size=n), RANDOM.normal(size=n)
    noise = RANDOM.normal(size=n)
    return pd.DataFrame({"x": x, "idle": idle, "who": np.arange(n) % 12, "y": x + noise})


@pytest.fixture(scope="module")
def frame():
    return table()


def recipe(**how):
    return recipe_of(CHAIN, folds=(Folds(1, 4, 4, 4),), **how)


@pytest.fixture(scope="module")
def model(frame):
    return fp.train_table(frame[["x", "idle", "y"]], "y", preset=recipe(), importance=True)


def out_of_fold(model, frame):
    """Predict each row by the mean of the members that have not seen it, one row and member at a time."""
    rows = model.encode(frame, with_targets=True)
    members = model.left_out.members_of(rows, [m.provenance.fold for m in model.members])
    each = np.array([np.asarray(m.predict(frame), float) for m in model.members]).T
    return np.array([row[unseen].mean() for row, unseen in zip(each, members, strict=True)])


def test_rows_of_the_training_table_are_judged_by_members_that_left_them_out(model, frame):
    """Each was left out by two of eight members; what all say of them is too good."""
    rows = model.encode(frame, with_targets=True)
    members = model.left_out.members_of(rows, [m.provenance.fold for m in model.members])
    assert (members.sum(axis=1) == 2).all()
    found = fp.importance(model, frame, repeats=2, seed=4)
    assert found.before == pytest.approx(metrics.r2_score(frame["y"], out_of_fold(model, frame)), abs=1e-5)
    assert found.before < metrics.r2_score(frame["y"], model.predict(frame))


def test_it_is_what_exchanging_the_cells_gives(model, frame):
    found = fp.importance(model, frame, repeats=1, seed=7)
    order = permutation(N, 7, "importance", 0)
    rows = model.encode(frame, with_targets=True)
    members = model.left_out.members_of(rows, [m.provenance.fold for m in model.members])
    changed = frame.assign(x=frame["x"].to_numpy()[order])
    each = np.array([np.asarray(m.predict(changed), float) for m in model.members]).T
    said = np.array([row[unseen].mean() for row, unseen in zip(each, members, strict=True)])
    worse = found.before - metrics.r2_score(frame["y"], said)
    assert found.mean[found.columns.index("x")] == pytest.approx(worse, abs=1e-5)


def test_parts_of_the_table_and_a_file_say_the_same(model, frame, tmp_path):
    again = fp.load(model.save(tmp_path / "m.forpass"))
    assert again.fingerprint() == model.fingerprint()
    np.testing.assert_array_equal(again.left_out.digests, model.left_out.digests)
    assert again.provenance.importance == model.provenance.importance is not None
    shuffled = frame.sample(frac=0.5, random_state=0)
    said = out_of_fold(model, frame)[shuffled.index]
    found = fp.importance(again, shuffled, repeats=1)
    assert found.before == pytest.approx(metrics.r2_score(shuffled["y"], said), abs=1e-5)


def test_rows_that_nobody_has_seen_are_judged_by_all(model):
    other = table()
    found = fp.importance(model, other, repeats=1)
    assert found.before == pytest.approx(metrics.r2_score(other["y"], model.predict(other)), abs=1e-5)


def test_it_is_asked_for_when_training_and_shown(model, frame):
    kept = model.provenance.importance
    assert kept == fp.importance(model, frame) and kept.columns == ("x", "idle") and kept.repeats == 5
    assert "Importance on 120 rows" in str(model.report()) and model.report().importance == kept
    assert model.report().to_json()["importance"] == kept.to_json()
    without = fp.train_table(frame[["x", "idle", "y"]], "y", preset=recipe())
    assert without.provenance.importance is None and "importance" not in without.provenance.to_json()
    assert without.fingerprint() == model.fingerprint()


def test_a_refit_is_measured_before(model, frame):
    again = fp.train_table(frame[["x", "idle", "y"]], "y", preset=recipe(refit="all"), importance=True)
    assert again.provenance.importance == model.provenance.importance
    with pytest.raises(TableError, match="all networks of the model have learnt from all of these rows"):
        fp.importance(again, frame)
    assert fp.importance(again, table(), repeats=1).rows == N


@pytest.mark.parametrize("how", [{"group": "who"}, {"time": "who"}])
def test_groups_and_times(frame, how):
    """Of times the earliest rows are left out by nobody, and all are learnt from in the end."""
    model = fp.train_table(frame, "y", preset=recipe(), importance=True, **how)
    rows = model.provenance.importance.rows
    assert rows == N if "group" in how else 0 < rows < N
    rest = [c for c in ("x", "idle", "who") if c not in how.get("group", "")]
    assert set(model.provenance.importance.columns) == set(rest)


def test_a_single_network_is_measured_on_its_test_or_validation_rows(frame):
    how = {"preset": "plain", "epochs": 3, "importance": True}
    tested = fp.train_table(frame, "y", **how)
    assert tested.provenance.importance.rows == tested.provenance.rows.test == 24
    validated = fp.train_table(frame, "y", test=0, **how)
    assert validated.provenance.importance.rows == validated.provenance.rows.validation == 12
    with pytest.raises(SpecError, match="importance needs rows that the network does not learn from"):
        fp.train_table(frame, "y", test=0, validation=0, **how)


def test_a_limit_of_time_is_kept_and_told(model, frame):
    found = fp.importance(model, frame, time_limit=1e-9)
    assert found.unmeasured == 2 and found.columns == () and "no time" in str(found)
    with pytest.raises(SpecError, match="time_limit of importance"):
        fp.importance(model, frame, time_limit=0)


def test_whoever_listens_hears_of_every_piece(model, frame):
    heard = []
    fp.importance(
        model, frame, repeats=3, threads=1, listener=lambda done, all_of: heard.append((done, all_of))
    )
    assert heard == [(k, 6) for k in range(1, 7)]


@pytest.mark.usefixtures("in_a_terminal")
def test_ctrl_c_keeps_what_was_measured(model, frame):
    def interrupts(done, _):
        if done == 2:
            signal.raise_signal(signal.SIGINT)
            wait_until(reason_to_end)  # the main thread must hear of it

    found = fp.importance(model, frame, threads=1, listener=interrupts)
    assert found.repeats < 5 and found.unmeasured == 0


def test_labels_and_classes(frame):
    rows = frame.assign(a=frame["y"] > 0, b=frame["idle"] + frame["y"] > 0)[["x", "idle", "a", "b"]].astype(
        float
    )
    labels = fp.train_table(rows, ["a", "b"], preset=recipe(), task="multilabel", importance=True)
    assert set(labels.provenance.importance.columns) == {"x", "idle"}
    classes = fp.train_table(rows[["x", "idle", "a"]], "a", preset=recipe(), importance=True, metric="f1")
    assert classes.provenance.importance.metric == "f1" and classes.provenance.importance.columns[0] == "x"


def test_estimators_and_many_columns(frame):
    wide = pd.DataFrame(RANDOM.normal(size=(60, 40)), columns=[f"c{i}" for i in range(40)])
    est = fp.TableRegressor(preset=recipe(), importance=True).fit(
        wide, wide["c3"] + RANDOM.normal(size=60) / 4
    )
    kept = est.model_.provenance.importance
    assert kept.columns[0] == "c3" and "and 10 columns that it needs less" in str(kept)


def test_what_was_read_back_is_checked():
    kept = fp.Importance("r2", 0.5, ("a",), (0.1,), (0.0,), 3, 1)
    assert fp.Importance.from_json(kept.to_json()) == kept
    late = dataclasses.replace(kept, unmeasured=2)
    assert fp.Importance.from_json(late.to_json()) == late
    with pytest.raises(SpecError):
        fp.Importance.from_json({**kept.to_json(), "rows": "three"})
