"""Tasks: what comes of them is what comes of each alone."""

import numpy as np
import pytest

import forpass as fp
from forpass.clock import Clock
from forpass.many import Task, carry_out
from forpass.training import Job, fit


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
    for one, done in zip(jobs, carry_out([Task(one, parts) for one in jobs]), strict=True):
        alone = fit(one).state
        assert alone.parameters.tobytes() == done.outcome.state.parameters.tobytes()
        assert done.outcome.state.engine.parameters.tobytes() == alone.engine.parameters.tobytes()
        model = fp.TrainedModel(one.spec, alone.parameters, alone.buffers)
        for rows, scores in zip(parts, done.scores, strict=True):
            assert scores.tobytes() == model.raw_scores(data.rows(rows)).tobytes()


def test_scores_may_be_of_other_data(data):
    other = fp.Data(data.numbers * 2, targets=data.targets)
    rows = np.arange(9)
    done = carry_out([Task(job(data, 0), (rows,)), Task(job(data, 0), (rows,), other)])
    model = fp.TrainedModel(
        job(data, 0).spec, done[0].outcome.state.parameters, done[0].outcome.state.buffers
    )
    for one, examples in zip(done, (data, other), strict=True):
        assert one.scores[0].tobytes() == model.raw_scores(examples.rows(rows)).tobytes()


def test_what_fails_says_so_and_the_others_go_on(data):
    wild = job(data, 0, optimizer=fp.OptimizerSpec("gradient_descent", 1e30), epochs=50)
    done = carry_out([Task(wild), Task(job(data, 1))])
    assert isinstance(done[0].error, fp.DivergenceError) and done[0].outcome is None
    assert done[1].error is None and done[1].outcome.ended.reason == "epochs"


def test_when_the_time_is_up_what_is_under_way_ends_and_nothing_else_begins(data):
    clock = Clock(0.3)
    done = carry_out([Task(job(data, seed, epochs=10**7)) for seed in range(2)], threads=1, clock=clock)
    assert done[0].outcome.ended.reason == "max_seconds"
    assert done[1].outcome is None and done[1].error is None
