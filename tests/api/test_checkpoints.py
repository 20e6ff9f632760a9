"""Runs of many networks that are killed go on with the same call, to what they would have come to."""

import os
import signal
import subprocess
import sys

import joblib
import numpy as np
import pytest
from recipe_problems import recipe
from signalled import signalled
from told_of import told

import forpass as fp
from forpass.training import loop
from forpass.training.folder import counts_of
from forpass.training.run import Run


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    x, z = rng.normal(size=(2, 160))
    return {"x": x, "z": z, "word": rng.choice(["a", "b", "c"], 160), "y": np.where(x * z > 0, "yes", "no")}


@pytest.fixture
def numbers(table):
    return table | {"y": np.asarray(table["x"]) * 2.0 + table["z"]}


class Killed(BaseException):
    pass


def killed_at(number):
    """Return a listener that raises at the event of a number; count them."""
    told = []

    def listener(event):
        told.append(event)
        if len(told) == number:
            raise Killed

    return listener


@pytest.fixture(autouse=True)
def often(monkeypatch):
    monkeypatch.setattr(loop, "SECONDS_BETWEEN", 0.0)
    monkeypatch.setattr(loop, "SHARE_OF_WRITING", 1e9)


@pytest.fixture
def trained(monkeypatch):
    """Return the steps that runs begin at from now on."""
    begun, run = [], loop.Run

    def watched(job, state=None, *more, **how):
        begun.append(0 if state is None else state.progress.step)
        return run(job, state, *more, **how)

    monkeypatch.setattr(loop, "Run", watched)
    return begun


WAYS = {
    "a recipe": {"preset": recipe()},
    "a refit of a recipe": {"preset": recipe(refit="all", refit_from=10)},
    "a single network": {"epochs": 12},
    "a refit": {"epochs": 12, "refit": True},
    "a refit by steps of part batches": {"epochs": 5, "refit": True, "batch_size": 50},
    "lbfgs": {"optimizer": "lbfgs", "epochs": 12, "refit": True},
    "rows that wear weights": {
        "epochs": 8,
        "class_weight": "balanced",
        "metric": "roc_auc",
        "threshold": "f1",
    },
    "numpy": {"epochs": 5, "engine": "numpy"},
}


@pytest.mark.parametrize("name", WAYS)
def test_a_table_whose_training_is_killed(name, table, tmp_path, trained):
    how = {"seed": 3, **WAYS[name]}
    whole = told(fp.train_table(table, "y", **how))
    asked = len(trained)
    for event in (2, 9, 17):
        try:
            fp.train_table(table, "y", **how, checkpoint=tmp_path, listener=killed_at(event))
        except Killed:
            continue
    assert told(fp.train_table(table, "y", **how, checkpoint=tmp_path)) == whole
    trained.clear()
    assert told(fp.train_table(table, "y", **how, checkpoint=tmp_path)) == whole
    assert not trained and asked and counts_of(tmp_path) == (asked, 0)


def test_values_with_intervals(numbers, tmp_path):
    how = {"preset": recipe(), "threads": 1}
    whole = fp.train_table(numbers, "y", **how)
    for event in (3, 20):
        with pytest.raises(Killed):
            fp.train_table(numbers, "y", **how, checkpoint=tmp_path, listener=killed_at(event))
    again = fp.train_table(numbers, "y", **how, checkpoint=tmp_path)
    assert told(again) == told(whole)


def test_folds(table, tmp_path, trained):
    how = {"folds": 3, "epochs": 6}
    whole = fp.cross_validate(table, "y", **how)
    with pytest.raises(Killed):
        fp.cross_validate(table, "y", **how, checkpoint=tmp_path, listener=killed_at(12), threads=1)
    found = fp.cross_validate(table, "y", **how, checkpoint=tmp_path)
    assert list(map(told, found.models)) == list(map(told, whole.models))
    assert found.predictions.tolist() == whole.predictions.tolist()
    trained.clear()
    fp.cross_validate(table, "y", **how, checkpoint=tmp_path)
    assert not trained


def jobs(count, **how):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(90, 4))
    data = fp.Data(X, targets=(X[:, 0] > 0).astype(np.int64))
    spec = fp.multilayer(4, [8], 2, "softmax_cross_entropy", dropout=0.2)
    return [fp.Job(spec, fp.TrainingSpec(**{"epochs": 5, "seed": seed} | how), data) for seed in range(count)]


def test_many_networks_and_some_more(tmp_path, trained):
    whole = [told(model) for model in fp.train_many(jobs(6))]
    with pytest.raises(Killed):
        fp.train_many(jobs(6), checkpoint=tmp_path, threads=1, listener=killed_at(21))
    trained.clear()
    listened = []
    found = fp.train_many(jobs(6), checkpoint=tmp_path, listener=listened.append)
    assert [told(model) for model in found] == whole
    assert len(trained) == 4 and trained.count(0) == 3  # two were done, and one was under way
    assert sum(isinstance(event, fp.NetworkEnded) for event in listened) == 4
    trained.clear()
    assert [told(model) for model in fp.train_many(jobs(8), checkpoint=tmp_path)][:6] == whole
    assert len(trained) == 2


def test_a_network_that_diverges_does_so_again(tmp_path):
    wild = jobs(1, optimizer=fp.OptimizerSpec("gradient_descent", 1e3), epochs=60)
    said = []
    for _ in range(3):
        with pytest.raises(fp.DivergenceError) as error:
            fp.train_many(wild, checkpoint=tmp_path if said else None)
        said.append(str(error.value))
    assert len(set(said)) == 1


@pytest.mark.usefixtures("in_a_terminal")
def test_what_ctrl_c_ends_is_gone_on_with(tmp_path, trained, monkeypatch):
    many = jobs(3)
    whole = [told(model) for model in fp.train_many(many)]
    with monkeypatch.context() as patch:
        patch.setattr(Run, "advance", signalled(signal.SIGINT, epochs=3))
        first = fp.train_many(many, checkpoint=tmp_path, threads=1)
    assert first.ended == "interrupted" and len(first) == 1
    trained.clear()
    assert [told(model) for model in fp.train_many(many, checkpoint=tmp_path)] == whole
    assert len(trained) == 3 and trained.count(0) == 2


@pytest.fixture
def slow(an_hour_goes_by):
    """Return a listener with which the third epoch of a network takes an hour."""

    def listener(event):
        if isinstance(event, fp.EpochEnded) and event.record.epoch == 3:
            an_hour_goes_by()

    return listener


def test_time_that_was_up_is_no_end(tmp_path, slow):
    short = fp.train_many(jobs(2), checkpoint=tmp_path, time_limit=1800.0, threads=1, listener=slow)
    assert short.ended == "max_seconds" and counts_of(tmp_path) == (0, 1)
    again = fp.train_many(jobs(2), checkpoint=tmp_path)
    assert list(map(told, again)) == list(map(told, fp.train_many(jobs(2))))


def test_networks_that_a_folder_knows_are_no_measure_of_speed(tmp_path, slow):
    """They are read in an instant, and a network is begun only where it would end in time."""
    fp.train_many(jobs(2), checkpoint=tmp_path, threads=1, listener=slow)
    limited = fp.train_many(jobs(3), checkpoint=tmp_path, time_limit=1800.0, threads=1)
    assert limited.ended == "max_seconds" and len(limited) == 2


def test_a_recipe_has_taken_as_long_as_its_networks(table, tmp_path):
    """What may take as long as the training, such as importance, goes by it."""
    for _ in range(2):
        model = fp.train_table(table, "y", preset=recipe(), checkpoint=tmp_path, threads=1)
        took = sum(one["seconds"] for one in model.provenance.recipe["candidates"])
        assert model.provenance.ended.seconds >= took > 0.0


def test_a_call_within_the_block_of_a_folder(table, tmp_path, trained):
    with fp.remembering(tmp_path):
        first = fp.TableClassifier(max_iter=5, random_state=0).fit(
            {name: values for name, values in table.items() if name != "y"}, table["y"]
        )
    trained.clear()
    with fp.remembering(tmp_path):
        again = fp.TableClassifier(max_iter=5, random_state=0).fit(
            {name: values for name, values in table.items() if name != "y"}, table["y"]
        )
    assert not trained and again.model_.fingerprint() == first.model_.fingerprint()


@pytest.mark.slow
def test_processes_of_joblib(tmp_path, trained):
    whole = [told(model) for model in fp.train_many(jobs(4))]
    with joblib.parallel_config(backend="loky", n_jobs=2):
        first = fp.train_many(jobs(3), checkpoint=tmp_path)
        assert counts_of(tmp_path) == (3, 0)
        found = fp.train_many(jobs(4), checkpoint=tmp_path)
    assert list(map(told, first)) == whole[:3] and list(map(told, found)) == whole
    trained.clear()
    assert [told(model) for model in fp.train_many(jobs(4), checkpoint=tmp_path)] == whole
    assert not trained


SCRIPT = """
import signal, sys
import numpy as np, forpass as fp
from forpass.training import loop
loop.SECONDS_BETWEEN, loop.SHARE_OF_WRITING = 0.0, 1e9
advance = loop.Run.advance
def killed_soon(run):  # by the processor's time since training began, whatever else the processor does
    loop.Run.advance = advance
    signal.setitimer(signal.ITIMER_PROF, float(sys.argv[3]))
    advance(run)
loop.Run.advance = killed_soon
rng = np.random.default_rng(0)
X = rng.normal(size=(400, 6))
table = dict(zip("abcdef", X.T)) | {"y": np.where(X[:, 0] * X[:, 1] > 0, "yes", "no")}
model = fp.train_table(table, "y", checkpoint=sys.argv[1] or None, preset=sys.argv[2])
print(model.fingerprint())
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGPROF")
@pytest.mark.parametrize("preset", ["fast", "plain"])
def test_a_process_that_is_killed_again_and_again(preset, tmp_path):
    def ended(folder, seconds):
        words = [sys.executable, "-c", SCRIPT, str(folder), preset, str(seconds)]
        return subprocess.run(words, stdout=subprocess.PIPE, text=True, check=False, timeout=300)

    kills = 0
    while (process := ended(tmp_path / "run", 0.01 * 4**kills)).returncode == -signal.SIGPROF:
        assert any(counts_of(tmp_path / "run"))
        kills += 1
    assert kills >= 1 and process.returncode == 0 and process.stdout == ended("", 0.0).stdout
    assert not [name for name in os.listdir(tmp_path / "run") if name.endswith(".state")]
