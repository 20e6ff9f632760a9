"""Tasks: what comes of them is what comes of each alone."""

import threading
import weakref
from dataclasses import replace

import numpy as np
import pytest

import forpass as fp
from forpass.clock import Clock
from forpass.engines.compiled.engine import CompiledSession
from forpass.many import Task, run_tasks
from forpass.many.cost import work_of
from forpass.many.telling import Telling
from forpass.training import Job, fit
from forpass.training.events import NetworkEnded, NetworksEnded, NetworksStarted


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 5)).astype(np.float32)
    return fp.Data(X, targets=(X[:, 0] * X[:, 1] > 0).astype(np.int64))


def job(data, seed, **settings):
    spec = fp.multilayer(5, [8], 2, "softmax_cross_entropy", dropout=0.1)
    training = fp.TrainingSpec(**{"epochs": 5, "seed": seed} | settings)
    return Job(spec, training, data, rows=np.arange(150), validation_rows=np.arange(150, 200))


def test_each_is_what_it_is_alone_with_the_scores_of_the_kept_parameters(data):
    jobs = [job(data, seed) for seed in range(4)]
    parts = np.arange(150, 200), np.array([3, 1])
    for one, done in zip(jobs, run_tasks([Task(one, parts) for one in jobs]), strict=True):
        alone = fit(one).state
        assert alone.parameters.tobytes() == done.outcome.state.parameters.tobytes()
        assert done.outcome.state.engine.parameters.tobytes() == alone.engine.parameters.tobytes()
        model = fp.TrainedModel(one.spec, alone.parameters, alone.buffers)
        for rows, scores in zip(parts, done.scores, strict=True):
            assert scores.tobytes() == model.raw_scores(data.rows(rows)).tobytes()


def test_scores_may_be_of_other_data(data):
    other = fp.Data(data.numbers * 2, targets=data.targets)
    rows = np.arange(9)
    done = run_tasks([Task(job(data, 0), (rows,)), Task(job(data, 0), (rows,), other)])
    model = fp.TrainedModel(
        job(data, 0).spec, done[0].outcome.state.parameters, done[0].outcome.state.buffers
    )
    for one, examples in zip(done, (data, other), strict=True):
        assert one.scores[0].tobytes() == model.raw_scores(examples.rows(rows)).tobytes()


def test_what_fails_says_so_and_the_others_go_on(data):
    wild = job(data, 0, optimizer=fp.OptimizerSpec("gradient_descent", 1e30), epochs=50)
    done = run_tasks([Task(wild), Task(job(data, 1))])
    assert isinstance(done[0].error, fp.DivergenceError) and done[0].outcome is None
    assert done[1].error is None and done[1].outcome.ended.reason == "epochs"


def test_when_the_time_is_up_what_is_under_way_ends_and_nothing_else_begins(data, now):
    def listener(event):
        now[0] += 4000.0 * isinstance(event, fp.EpochEnded)

    tasks = [Task(job(data, seed, epochs=1000)) for seed in range(2)]
    done = run_tasks(tasks, threads=1, clock=Clock(3600.0), listener=listener)
    assert done[0].outcome.ended.reason == "max_seconds"
    assert done[1].outcome is None and done[1].error is None


# -- sixteen of all kinds ------------------------------------------------------------------------
def kinds(data):
    """Sixteen jobs: deep and shallow, with dropout, by steps and by L-BFGS, some with validation rows."""
    rng, jobs = np.random.default_rng(1), []
    for seed in range(16):
        rows = np.sort(rng.permutation(200)[:120])
        spec = fp.multilayer(5, [8] * (seed % 4), 2, "softmax_cross_entropy", dropout=0.2 * (seed % 2))
        by_steps = seed % 5 or seed % 2
        training = fp.TrainingSpec(epochs=3 + seed // 2, seed=seed, method="steps" if by_steps else "lbfgs")
        validation = None if seed % 3 else np.setdiff1d(np.arange(200), rows)
        jobs.append(Job(spec, training, data, rows=rows, validation_rows=validation, name=f"kind {seed}"))
    return jobs


@pytest.fixture(scope="module")
def alone(data):
    return [fit(job) for job in kinds(data)]


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("shuffled", [False, True])
def test_every_bit_is_that_of_the_network_alone(data, alone, threads, shuffled):
    jobs = kinds(data)
    places = np.random.default_rng(threads).permutation(16) if shuffled else np.arange(16)
    for place, done in zip(places, run_tasks([Task(jobs[p]) for p in places], threads=threads), strict=True):
        one, found = alone[place], done.outcome
        assert found.state.engine.parameters.tobytes() == one.state.engine.parameters.tobytes()
        assert found.state.parameters.tobytes() == one.state.parameters.tobytes()
        assert found.state.engine.slots.tobytes() == one.state.engine.slots.tobytes()
        assert [(r.epoch, r.training_loss, r.validation_loss) for r in found.history] == [
            (r.epoch, r.training_loss, r.validation_loss) for r in one.history
        ]
        assert replace(found.ended, seconds=0.0) == replace(one.ended, seconds=0.0)


def test_memory_is_that_of_as_many_networks_as_are_trained_at_a_time(data, monkeypatch):
    alive, most, turn = weakref.WeakSet(), [], threading.Lock()
    begin = CompiledSession.__init__

    def counted(session, *arguments):
        begin(session, *arguments)
        with turn:
            alive.add(session)
            most.append(len(alive))

    monkeypatch.setattr(CompiledSession, "__init__", counted)
    run_tasks([Task(job(data, seed)) for seed in range(12)], threads=2)
    assert 1 <= max(most) <= 2 and len(most) == 12


def test_the_longest_begins_first(data):
    jobs = [job(data, 0, epochs=epochs) for epochs in (2, 9, 4)]
    told = []
    run_tasks([Task(one) for one in jobs], threads=1, listener=told.append)
    assert [event.number for event in told if isinstance(event, NetworkEnded)] == [1, 2, 0]


def test_what_would_not_end_in_time_is_not_begun(data):
    """By the speed of those that have ended."""

    class Left:
        left = 1e9

    def soon_over(event):
        if isinstance(event, NetworkEnded):
            Left.left = 1e-9

    tasks = [Task(job(data, seed)) for seed in range(3)]
    done = run_tasks(tasks, threads=1, clock=Left(), listener=soon_over)
    assert [one.not_begun or one.outcome.ended.reason for one in done] == [
        "epochs",
        "max_seconds",
        "max_seconds",
    ]


# -- who listens ---------------------------------------------------------------------------------
def test_a_listener_is_told_one_event_at_a_time_of_all_of_them(data):
    inside, told = [], []

    def listener(event):
        inside.append(1)
        assert len(inside) == 1
        told.append(event)
        inside.pop()

    tasks = [Task(job(data, seed)) for seed in range(6)]
    run_tasks(tasks, threads=3, listener=listener)
    assert told[0] == NetworksStarted(6, sum(work_of(task.job) for task in tasks))
    assert told[-1] == NetworksEnded()
    ended = [event for event in told if isinstance(event, NetworkEnded)]
    assert sorted(event.number for event in ended) == list(range(6))
    assert {(event.name, event.metric) for event in ended} >= {("network 1", "accuracy")}
    for event in ended:
        history = fit(tasks[event.number].job).history
        assert event.figure == min(history, key=lambda record: record.validation_loss).validation_metric
    epochs = [event for event in told if isinstance(event, fp.EpochEnded)]
    assert sorted(event.run.job.training.seed for event in epochs) == sorted(list(range(6)) * 5)


def test_networks_within_a_work_are_not_counted_with_the_works(data):
    told = []
    with Telling(told.append, 2, 2.0) as telling:
        run_tasks([Task(job(data, 0))], listener=telling.listener)
    many = [event for event in told if isinstance(event, NetworksStarted | NetworkEnded | NetworksEnded)]
    assert many == [NetworksStarted(2, 2.0), NetworksEnded()] and len(told) > 5


def test_a_listener_that_says_so_ends_one_network_or_all(data):
    def one(event):
        return isinstance(event, fp.EpochEnded) and event.run.job.training.seed == 1

    done = run_tasks([Task(job(data, seed)) for seed in range(3)], threads=1, listener=one)
    assert [d.outcome.ended.reason for d in done] == ["epochs", "listener", "epochs"]
    done = run_tasks(
        [Task(job(data, seed)) for seed in range(3)],
        threads=1,
        listener=lambda event: isinstance(event, NetworkEnded),
    )
    assert [d.not_begun or d.outcome.ended.reason for d in done] == ["epochs", "listener", "listener"]


def test_an_error_of_a_listener_ends_everything_and_is_raised(data):
    def listener(event):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_tasks([Task(job(data, seed)) for seed in range(3)], threads=2, listener=listener)


# -- cost ----------------------------------------------------------------------------------------
def test_work_counts_steps_rows_and_looks(data):
    whole, half = job(data, 0), Job(job(data, 0).spec, job(data, 0).training, data, rows=np.arange(80))
    assert work_of(whole) > work_of(half) > 0
    once, often = job(data, 0, validate_every=5), job(data, 0)
    assert work_of(often) > work_of(once)
    stopped = job(data, 0, stopping=fp.StoppingSpec(max_steps=3))
    assert work_of(stopped) < work_of(whole)
