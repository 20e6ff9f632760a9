"""Tasks through a backend of joblib: the same bits, data sent once, and nothing lost with a worker."""

import itertools
import os
import pickle
import signal
import sys
import warnings
from collections import Counter
from dataclasses import replace
from types import SimpleNamespace

import joblib
import numpy as np
import pytest
from later import later
from recipe_problems import recipe

import forpass as fp
from forpass.clock import Clock
from forpass.concurrency.sharing import Share, sharing
from forpass.many import Task, run_tasks, through_joblib
from forpass.many.through_joblib import _packed, _remote, said_backend
from forpass.training.events import NetworkEnded

csr_array = later("scipy.sparse", "csr_array")


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 6)).astype(np.float32)
    codes = rng.integers(0, 3, size=(400, 1)).astype(np.int32)
    return fp.Data(X, codes, (X[:, 0] * X[:, 1] > 0).astype(np.int64), rng.random(400) + 0.5)


def tasks(data, count, **settings):
    layers = (fp.Embedding(2), fp.Dense(8), fp.Activation("relu"), fp.Dense(2))
    spec = fp.NetworkSpec(6, layers, fp.Head("softmax_cross_entropy"), code_sizes=(3,))
    found = []
    for seed in range(count):
        training = fp.TrainingSpec(**{"epochs": 3, "seed": seed} | settings)
        job = fp.Job(spec, training, data, rows=np.arange(300), validation_rows=np.arange(300, 400))
        found.append(Task(job, (np.arange(seed, 50),)))
    return found


def bits(done):
    states = [one.outcome.state for one in done]
    arrays = [
        (s.parameters, s.engine.parameters, s.engine.slots, one.scores[0])
        for s, one in zip(states, done, strict=True)
    ]
    return [[array.tobytes() for array in several] for several in arrays]


# -- who is asked --------------------------------------------------------------------------------
def test_joblib_is_asked_only_where_somebody_said_a_backend_with_processes():
    """If this fails, joblib has changed where it keeps what `parallel_config` was told."""
    assert said_backend() == ""
    with joblib.parallel_config(n_jobs=2):
        assert said_backend() == ""
    with joblib.parallel_config(backend="threading"):
        assert said_backend() == ""
    with joblib.parallel_config(backend="sequential"):
        assert said_backend() == ""
    with joblib.parallel_config(backend="loky", n_jobs=2):
        assert said_backend() == "LokyBackend"
        with sharing(Share(lambda: 1, lambda: "")):  # a piece of somebody's work sends nothing further
            assert said_backend() == ""
    with joblib.parallel_config(backend="multiprocessing"):
        assert said_backend() == "MultiprocessingBackend"
    assert said_backend() == ""


# -- what is sent --------------------------------------------------------------------------------
def test_arrays_are_arguments_of_their_own_and_come_together_without_copies(data):
    other = fp.Data(data.numbers, data.codes, data.targets)
    task = Task(tasks(data, 1)[0].job, (np.arange(5),), other)
    bare, layouts, deadline, *arrays = _packed(task, np.inf)
    sent = data.numbers, data.codes, data.targets, data.weights  # those of both, once
    assert len(arrays) == 4 and all(array is there for array, there in zip(arrays, sent, strict=True))
    assert len(pickle.dumps(bare)) < len(pickle.dumps(task)) - data.numbers.nbytes
    number, done = _remote(7, bare, layouts, deadline, *arrays)
    assert number == 7 and bits([done]) == bits(run_tasks([task]))


def test_data_of_a_sparse_matrix_and_of_validation(data):
    sparse = fp.Data(csr_array(data.numbers), targets=data.targets)
    spec = fp.multilayer(6, [4], 2, "softmax_cross_entropy")
    validation = fp.Data(data.numbers, targets=data.targets)
    job = fp.Job(spec, fp.TrainingSpec(epochs=2), sparse, validation=validation)
    task = Task(job, (np.arange(5),))
    assert bits([_remote(0, *_packed(task, np.inf))[1]]) == bits(run_tasks([task]))


def test_beyond_its_deadline_a_task_is_not_begun_and_one_under_way_ends(data, monkeypatch):
    (task,), looks = tasks(data, 1, epochs=1000), itertools.count()  # each look at the time takes a second
    monkeypatch.setattr(through_joblib, "time", SimpleNamespace(time=lambda: float(next(looks))))
    assert _remote(0, *_packed(task, 0.0))[1].not_begun == "max_seconds"
    assert _remote(0, *_packed(task, 5.0))[1].outcome.ended.reason == "max_seconds"
    assert next(looks) == 6


# -- loky ----------------------------------------------------------------------------------------
@pytest.mark.slow
def test_processes_of_loky_give_the_same_bits(data):
    told, here = [], run_tasks(tasks(data, 5))
    with joblib.parallel_config(backend="loky", n_jobs=2):
        there = run_tasks(tasks(data, 5), listener=told.append)
    assert bits(there) == bits(here)
    assert sorted(event.number for event in told if isinstance(event, NetworkEnded)) == list(range(5))
    wild = tasks(data, 1, optimizer=fp.OptimizerSpec("gradient_descent", 1e30), epochs=50)
    with joblib.parallel_config(backend="loky", n_jobs=2):
        assert isinstance(run_tasks(wild)[0].error, fp.DivergenceError)
        late = run_tasks(tasks(data, 3, epochs=10**7), clock=Clock(0.5))
    assert {one.not_begun or one.outcome.ended.reason for one in late} == {"max_seconds"}


def killing(victims):
    """Return an order of the rows that kills the process of the first that asks, once."""

    def order(epoch):
        if not os.path.exists(victims):
            with open(victims, "w"):
                os.kill(os.getpid(), signal.SIGKILL)
        return np.arange(300)

    return order


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_what_a_process_died_with_is_trained_again(data, tmp_path):
    plain = [Task(one.job, one.scored) for one in tasks(data, 4)]
    with_order = [
        Task(replace(one.job, order=killing(str(tmp_path / "killed")) if i == 2 else None), one.scored)
        for i, one in enumerate(plain)
    ]
    with (
        joblib.parallel_config(backend="loky", n_jobs=2),
        pytest.warns(fp.ForpassWarning, match="a worker died"),
    ):
        there = run_tasks(with_order)
    (tmp_path / "killed").write_text("")
    assert bits(there) == bits(run_tasks(with_order))


def test_what_dies_again_and_again_is_an_error(data, monkeypatch):
    class TerminatedWorkerError(RuntimeError):
        pass

    sent = []

    def dies(tasks, numbers, threads, deadline):
        sent.append(list(numbers))
        yield numbers[0], _remote(numbers[0], *_packed(tasks[numbers[0]], deadline))[1]
        raise TerminatedWorkerError

    monkeypatch.setattr(through_joblib, "_sent", dies)
    dead = pytest.raises(TerminatedWorkerError)
    with joblib.parallel_config(backend="loky"), dead, pytest.warns(fp.ForpassWarning, match="a worker died"):
        run_tasks(tasks(data, 6))
    assert sent == [list(range(n, 6)) for n in range(4)]


def test_another_error_is_no_death(data, monkeypatch):
    def fails(tasks, numbers, threads, deadline):
        raise OSError("no room left")
        yield

    monkeypatch.setattr(through_joblib, "_sent", fails)
    with joblib.parallel_config(backend="loky"), pytest.raises(OSError, match="no room left"):
        run_tasks(tasks(data, 2))


def test_interrupted_what_has_come_is_kept(data, monkeypatch):
    def interrupted(tasks, numbers, threads, deadline):
        yield 1, _remote(1, *_packed(tasks[1], deadline))[1]
        raise KeyboardInterrupt

    monkeypatch.setattr(through_joblib, "_sent", interrupted)
    with joblib.parallel_config(backend="loky"):
        done = run_tasks(tasks(data, 3))
    assert [one.not_begun for one in done] == ["interrupted", "", "interrupted"]


# -- dask ----------------------------------------------------------------------------------------
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_cluster_of_dask_of_which_a_worker_is_killed_loses_nothing(data, tmp_path, monkeypatch):
    distributed = pytest.importorskip("distributed", reason="needs the group cluster")
    here, done, killed, scattered = run_tasks(tasks(data, 12, epochs=60)), [], [], Counter()
    local = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, local_directory=str(tmp_path)
    )
    with local as cluster, distributed.Client(cluster) as client:
        pids, scatter = client.run(os.getpid), client.scatter
        assert len(set(pids.values()) - {os.getpid()}) == 2

        def counted(array, **how):
            scattered[id(array)] += 1
            return scatter(array, **how)

        def kill(event):
            if isinstance(event, NetworkEnded):
                done.append(event.number)
                if len(done) == 3:
                    killed.append(min(pids.values()))
                    os.kill(killed[0], signal.SIGKILL)

        monkeypatch.setattr(client, "scatter", counted)
        with joblib.parallel_config(backend="dask"), warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            there = run_tasks(tasks(data, 12, epochs=60), listener=kill)
        sends = 1 + sum("a worker died" in str(warning.message) for warning in warned)
        assert killed and killed[0] not in client.run(os.getpid).values()
    assert sorted(done) == list(range(12)) and bits(there) == bits(here)
    assert len(scattered) == 4 and max(scattered.values()) <= sends  # numbers, codes, targets, weights


# -- whoever trains many networks ------------------------------------------------------------------
def rows_to_learn():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(60, 2))
    return {"a": X[:, 0].tolist(), "b": X[:, 1].tolist(), "y": (X[:, 0] * X[:, 1]).tolist()}


def trained_elsewhere(monkeypatch):
    """Count the networks that are sent to other processes."""
    sent, before = [], through_joblib._sent

    def counting(tasks, numbers, *how):
        sent.extend(numbers)
        return before(tasks, numbers, *how)

    monkeypatch.setattr(through_joblib, "_sent", counting)
    return sent


def bits_of(models):
    return [model.fingerprint() for model in models]


def by_an_estimator(preset):
    X = np.sin([[i, i * i] for i in range(40)])
    return bits_of([fp.TableRegressor(preset=preset, random_state=0).fit(X, np.arange(40.0)).model_])


CALLS = {
    "train_table": lambda preset: bits_of([fp.train_table(rows_to_learn(), "y", preset=preset)]),
    "cross_validate": lambda p: bits_of(fp.cross_validate(rows_to_learn(), "y", folds=3, preset=p).models),
    "an estimator": by_an_estimator,
    "TableSearch": lambda _: fp.TableSearch(n=5).fit(rows_to_learn(), "y").recipe_.to_json(),
}


@pytest.mark.slow
@pytest.mark.parametrize("call", CALLS)
def test_networks_of_recipes_and_searches_are_trained_elsewhere_to_the_same_bits(call, monkeypatch):
    preset, train = recipe(), CALLS[call]
    here = train(preset)
    sent = trained_elsewhere(monkeypatch)
    with joblib.parallel_config(backend="loky", n_jobs=2):
        there = train(preset)
    assert there == here
    assert len(sent) >= 2
