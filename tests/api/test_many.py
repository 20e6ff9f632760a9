"""train_many: what comes of many jobs, what is refused, and what is shown."""

import numpy as np
import pytest

import forpass as fp


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 4)).astype(np.float32)
    return fp.Data(X, targets=(X[:, 0] + X[:, 1] > 0).astype(np.int64))


def job(data, seed=0, **settings):
    spec = fp.multilayer(4, [6], 2, "softmax_cross_entropy")
    training = fp.TrainingSpec(**{"epochs": 4, "seed": seed} | settings)
    return fp.Job(spec, training, data, rows=np.arange(90), validation_rows=np.arange(90, 120))


def wild(data):
    return job(data, optimizer=fp.OptimizerSpec("gradient_descent", 1e30), epochs=50)


def test_each_model_is_that_of_train(data):
    jobs = [job(data, seed) for seed in range(4)]
    found = fp.train_many(jobs, threads=2)
    assert (found.ended, len(found), found.errors) == ("done", 4, (None,) * 4)
    assert found.jobs == tuple(jobs)
    for one, model in zip(jobs, found, strict=True):
        validation = data.rows(one.validation_rows)
        alone = fp.train(one.spec, one.training, data.rows(one.rows), validation=validation)
        assert model.fingerprint() == alone.fingerprint()
        assert model.provenance.rows == alone.provenance.rows


def test_models_take_tables_by_a_preprocessing():
    iris = fp.load_dataset("iris")
    preprocessing = fp.Preprocessing.learn(iris.frame, iris.target)
    data = preprocessing.encode(iris.frame, with_targets=True)
    spec = fp.multilayer(data.n_features, [4], 3, "softmax_cross_entropy")
    found = fp.train_many([fp.Job(spec, fp.TrainingSpec(epochs=2), data)], preprocessing=preprocessing)
    assert found.models[0].predict(iris.frame).shape == (150,)


def test_an_error_is_raised_when_the_others_are_done_or_kept(data):
    jobs, told = [wild(data), job(data, 1)], []
    with pytest.raises(fp.DivergenceError):
        fp.train_many(jobs, listener=told.append)
    assert sum(isinstance(event, fp.NetworkEnded) for event in told) == 2
    found = fp.train_many(jobs, on_error="keep")
    assert isinstance(found.errors[0], fp.DivergenceError) and found.models[0] is None
    assert found.errors[1] is None and len(found) == 1 and list(found) == [found.models[1]]


def test_out_of_time_it_is_of_what_was_begun(data, now):
    def listener(event):
        now[0] += 4000.0 * isinstance(event, fp.EpochEnded)

    jobs = [job(data, epochs=1000, seed=s) for s in range(3)]
    found = fp.train_many(jobs, threads=1, time_limit=3600.0, listener=listener)
    assert found.ended == "max_seconds" and len(found) == 1
    assert found.models[0].provenance.ended.reason == "max_seconds"


def test_it_is_shown_as_a_table(data):
    found = fp.train_many([wild(data), job(data, 1)], on_error="keep")
    best = found.models[1].provenance.ended.best_epoch
    figure = found.models[1].history[best - 1].validation_metric
    lines = repr(found).splitlines()
    assert lines[0].startswith("1 of 2 networks: done in ")
    assert lines[1].split() == ["network", "epochs", "accuracy", "ended"]
    assert lines[2].split() == ["1", "DivergenceError"]
    assert lines[3].split() == ["2", str(best), f"{figure:.4g}", "epochs"]
    many = fp.train_many([job(data, epochs=1) for _ in range(22)])
    assert repr(many).splitlines()[-1] == "... and 2 more"


@pytest.mark.parametrize(
    ("jobs", "options", "words"),
    [
        ([], {}, "jobs of train_many is empty; give at least one Job"),
        ("job", {}, "jobs of train_many must be a sequence"),
        (["job"], {}, "job 0 of train_many must be a Job; got 'job'"),
        (None, {"time_limit": 0}, "time_limit of train_many must be"),
        (None, {"threads": 0}, "threads of train_many must be"),
        (None, {"on_error": "ignore"}, "on_error of train_many"),
    ],
)
def test_what_makes_no_sense_is_refused(jobs, options, words, data):
    with pytest.raises(fp.InputError, match=words):
        fp.train_many([job(data)] if jobs is None else jobs, **options)
