"""A session's workplace goes on to the next, who sees nothing of it."""

import gc
import threading

import numpy as np
import pytest

import forpass as fp
from forpass.engines.compiled.program import workplace
from forpass.maths.activations import ACTIVATIONS
from forpass.spec.optimizer import OptimizerSpec


def data_of(n=60, d=5, seed=0, weights=False, classes=False):
    random = np.random.default_rng(seed)
    X = random.normal(size=(n, d))
    targets = random.integers(0, 3, n) if classes else np.tanh(X[:, :1])
    return fp.Data(X, targets=targets, weights=random.random(n) if weights else None)


def trained(data, hidden=(7,), dtype="float64", **options):
    loss = "softmax_cross_entropy" if data.targets.ndim == 1 else "squared"
    spec = fp.multilayer(data.n_features, list(hidden), 3 if data.targets.ndim == 1 else 1, loss, dropout=0.2)
    training = fp.TrainingSpec(epochs=3, batch_size=16, dtype=dtype, **options)
    return fp.train(spec, training, data)


def bits(model, data):
    return (
        model.parameters.tobytes(),
        model.raw_scores(data).tobytes(),
        [r.training_loss for r in model.history],
    )


CASES = [
    {},
    {"n": 33},
    {"weights": True},
    {"classes": True},
    {"classes": True, "weights": True, "n": 90},
]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_workplace_that_was_used_gives_the_bits_of_a_new_one(monkeypatch, dtype):
    alone = []
    for case in CASES:
        for seed in (0, 1):
            workplace._left.clear()
            alone.append(bits(trained(data_of(**case), dtype=dtype, seed=seed), data_of(**case)))
    workplace._left.clear()
    made = []
    new = workplace.Workplace
    monkeypatch.setattr(workplace, "Workplace", lambda *given: made.append(1) or new(*given))
    for _ in range(2):  # in another order than alone, large after small and small after large
        again = {}
        for seed in (1, 0):
            for i, case in reversed(list(enumerate(CASES))):
                again[2 * i + seed] = bits(trained(data_of(**case), dtype=dtype, seed=seed), data_of(**case))
        assert [again[i] for i in range(len(alone))] == alone
    assert 0 < len(made) < 4 * len(alone)


def test_only_a_workplace_that_nobody_works_at_goes_on():
    program = fp.multilayer(5, [7], 1, "squared")
    data, training = data_of(), fp.TrainingSpec(epochs=2, batch_size=16)
    first = fp.training.Run(fp.training.Job(program, training, data))
    first.advance()
    state = first.state().engine.parameters.copy()
    second = fp.training.Run(fp.training.Job(program, training, data_of(seed=5)))
    while not second.done:
        second.advance()
    assert np.array_equal(first.state().engine.parameters, state)
    place = first.session._place
    assert place is not second.session._place
    del first
    gc.collect()
    third = fp.training.Run(fp.training.Job(program, training, data))
    assert third.session._place is place


def test_a_formula_that_was_changed_is_noticed(monkeypatch):
    data, spec = data_of(), fp.multilayer(5, [7], 1, "squared", activation="selu")
    training = fp.TrainingSpec(epochs=2, batch_size=16)
    before = fp.train(spec, training, data).parameters
    assert np.array_equal(fp.train(spec, training, data).parameters, before)
    monkeypatch.setattr("forpass.maths.activations.SELU_SCALE", 1.5)
    changed = fp.train(spec, training, data).parameters
    assert not np.array_equal(changed, before)
    monkeypatch.undo()
    assert np.array_equal(fp.train(spec, training, data).parameters, before)


def test_another_record_of_the_same_name_is_noticed():
    data, training, spec, found = data_of(), fp.TrainingSpec(epochs=2, batch_size=16), None, []
    for of in ("tanh", "softplus"):
        with ACTIVATIONS.extended(ACTIVATIONS[of]._replace(name="mine")):
            spec = spec or fp.multilayer(5, [7], 1, "squared", activation="mine")
            found.append(fp.train(spec, training, data).parameters)
            workplace._left.clear()
            assert np.array_equal(found[-1], fp.train(spec, training, data).parameters)
    assert not np.allclose(*found)


def test_numbers_that_are_not_finite_stay_where_they_are():
    data = data_of()
    huge = fp.TrainingSpec(epochs=9, batch_size=16, optimizer=OptimizerSpec("gradient_descent", 1e200))
    with pytest.raises(fp.DivergenceError):
        fp.train(fp.multilayer(5, [7], 1, "squared"), huge, data)
    gc.collect()
    places = [place for place in workplace._left.values() if place.program.spec.head.loss == "squared"]
    assert not any(np.isnan(place.vectors.read(0)).any() for place in places)


@pytest.mark.slow
def test_threads_do_not_get_the_same_workplace():
    data = data_of()
    expected = bits(trained(data), data)
    results = []
    threads = [
        threading.Thread(target=lambda: results.extend(bits(trained(data), data) for _ in range(20)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 80 and all(result == expected for result in results)


def test_large_and_many_workplaces_are_not_kept():
    trained(data_of(d=400), hidden=(400,))
    gc.collect()
    assert all(place.size <= workplace.LARGEST_KEPT for place in workplace._left.values())
    for width in range(3, 20):
        trained(data_of(), hidden=(width,))
    gc.collect()
    assert 0 < len(workplace._left) <= workplace.PLACES_KEPT
