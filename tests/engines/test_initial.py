"""First values that look at training rows: layer by layer, of which rows, and the same bits everywhere."""

import numpy as np
import pytest
import scipy.sparse

import forpass as fp
from forpass.engines import initial, reference
from forpass.engines.initial import fresh_state
from forpass.engines.reference.passes import forward_pass
from forpass.engines.reference.working import Batch
from forpass.errors import DataError
from forpass.sampling.initial import initial_values
from forpass.spec.data import Data
from forpass.spec.inputs import FeatureGroup
from forpass.spec.layers import (
    Activation,
    BatchNorm,
    Columnwise,
    Concatenate,
    Dense,
    Dropout,
    Embedding,
    Residual,
)
from forpass.spec.network import Head, NetworkSpec
from forpass.spec.program import lower
from forpass.spec.training import TrainingSpec

FLOAT64 = TrainingSpec(dtype="float64", seed=3)
SQUARED = Head("squared")


def looking(units, **more):
    return Dense(units, weights="unit_variance", biases="through_rows", **more)


def examples(n=300, d=3, seed=0, **more):
    X = np.random.default_rng(seed).normal(size=(n, d)) * np.arange(1, d + 1) * 10.0 + 5.0
    return Data(X, targets=X[:, 0], **more)


def outputs(program, parameters, data):
    """What each operation gives in inference mode, by name."""
    session = reference.start(program, fresh_state(program, FLOAT64, parameters=parameters))
    scored = session._run(Batch(data.numbers, data.codes), None)
    forward_pass(scored)
    return {entry.name: entry.value for entry in scored.tape}


def test_every_pre_activation_has_variance_1_and_changes_its_sign_among_the_rows():
    layers = (
        Columnwise("scale", initializer="normal"),
        looking(6, multiplier="neural_tangent"),
        Activation("mish"),
        Dropout(0.5),
        Residual([looking(6), BatchNorm(), Activation("tanh")]),
        Concatenate([[looking(4)], []]),
        looking(2),
    )
    program, data = lower(NetworkSpec(3, layers, SQUARED)), examples()
    state = fresh_state(program, FLOAT64, data)
    values = outputs(program, state.parameters, data)
    for name in ("Z1", "Z2", "Z3", "Z4"):
        np.testing.assert_allclose(np.std(values[name], axis=0), 1.0, rtol=1e-10)
        assert (values[name].min(axis=0) < 0.0).all() and (values[name].max(axis=0) > 0.0).all()


def test_other_layers_begin_as_without_it():
    layers = Dense(4), Activation("relu"), looking(3), Columnwise("scale"), Dense(2)
    program = lower(NetworkSpec(3, layers, SQUARED))
    state = fresh_state(program, FLOAT64, examples())
    got, drawn = (
        program.parameters.views(vector)
        for vector in (state.parameters, initial_values(program.parameters, FLOAT64.seed))
    )
    for name in program.parameters.names:
        assert np.array_equal(got[name], drawn[name]) is (name not in ("W2", "b2")), name


def test_only_rows_that_are_trained_on_and_count_are_looked_at():
    program = lower(NetworkSpec(3, (looking(5), Activation("tanh"), looking(1)), SQUARED))
    data = examples(40)
    rows = np.array([3, 1, 4, 15, 9, 26, 5, 35, 8, 17])
    alone = fresh_state(program, FLOAT64, data.rows(rows)).parameters
    np.testing.assert_array_equal(fresh_state(program, FLOAT64, data, rows).parameters, alone)
    others = data.numbers.copy()
    others[np.setdiff1d(np.arange(40), rows)] = 1e6
    changed = Data(others, targets=data.targets)
    np.testing.assert_array_equal(fresh_state(program, FLOAT64, changed, rows).parameters, alone)
    weights = np.zeros(40)
    weights[rows] = 2.0
    weighted = Data(others, targets=data.targets, weights=weights)
    found = fresh_state(program, FLOAT64, weighted, np.array([*rows, 0, 2])).parameters
    np.testing.assert_array_equal(found, alone)


def test_of_many_rows_a_sample_by_the_seed_is_looked_at(monkeypatch):
    monkeypatch.setattr(initial, "MOST_ROWS", 50)
    program, data = lower(NetworkSpec(3, (looking(5), looking(1)), SQUARED)), examples(200)
    first = fresh_state(program, FLOAT64, data)
    np.testing.assert_array_equal(first.parameters, fresh_state(program, FLOAT64, data).parameters)
    Z = outputs(program, first.parameters, data)["Z1"]
    spread = np.std(Z, axis=0)
    assert (np.abs(spread - 1.0) > 1e-6).all()  # of the sample it is 1, of all rows about
    assert (np.abs(spread - 1.0) < 0.5).all()


def test_sparse_rows_codes_and_types():
    groups = (FeatureGroup("a", "number", 3), FeatureGroup("c", "code", 0, 4, unknown=True))
    program = lower(NetworkSpec(inputs=groups, layers=(Embedding(2), looking(5), looking(1)), head=SQUARED))
    rng = np.random.default_rng(1)
    numbers = np.where(rng.random((60, 3)) < 0.5, rng.normal(size=(60, 3)), 0.0)
    codes, y = rng.integers(0, 4, (60, 1)).astype(np.int32), rng.normal(size=60)
    dense = fresh_state(program, FLOAT64, Data(numbers, codes, y)).parameters
    sparse = fresh_state(program, FLOAT64, Data(scipy.sparse.csr_array(numbers), codes, y)).parameters
    np.testing.assert_array_equal(dense, sparse)
    assert (program.parameters.views(dense)["E1"][0] == 0.0).all()
    assert (program.parameters.views(dense)["E1"][1:] != 0.0).all()
    single = fresh_state(program, TrainingSpec(seed=3), Data(numbers, codes, y)).parameters
    np.testing.assert_array_equal(single, dense.astype(np.float32))


def test_bits_depend_on_no_number_of_threads():
    from threadpoolctl import threadpool_limits

    program, data = (
        lower(NetworkSpec(30, (looking(64), looking(64), looking(1)), SQUARED)),
        examples(2000, 30),
    )
    found = []
    for threads in (1, 2, 7):
        with threadpool_limits(threads):
            found.append(fresh_state(program, FLOAT64, data).parameters)
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2])


def test_a_column_that_never_changes_gives_finite_weights():
    data = Data(np.ones((20, 2)), targets=np.arange(20.0))
    program = lower(NetworkSpec(2, (looking(4), looking(1)), SQUARED))
    assert np.isfinite(fresh_state(program, FLOAT64, data).parameters).all()


def test_without_rows_it_says_what_to_give():
    program = lower(NetworkSpec(3, (looking(2),), SQUARED))
    with pytest.raises(
        DataError, match="W1 begins as 'unit_variance', which looks at training rows; give data"
    ):
        fresh_state(program, FLOAT64)
    nothing = examples(4, weights=np.array([0.0, 1.0, 0.0, 0.0]))
    with pytest.raises(DataError, match="none that count"):
        fresh_state(program, FLOAT64, nothing, np.array([0, 2]))
    given = np.linspace(-1.0, 1.0, program.parameters.size)
    np.testing.assert_array_equal(fresh_state(program, FLOAT64, parameters=given).parameters, given)
    assert fresh_state(program, FLOAT64, parameters=given).slots.tolist() == [[0.0] * 8] * 2


def test_runs_begin_with_it_whatever_the_engine():
    layers = (looking(5), Activation("tanh"), looking(1))
    spec, data = NetworkSpec(3, layers, SQUARED), examples(50)
    training = TrainingSpec(epochs=1, dtype="float64", seed=8)
    models = [fp.train(spec, training, data, engine=engine) for engine in ("numpy", "compiled")]
    np.testing.assert_allclose(models[0].parameters, models[1].parameters, rtol=1e-10)
    assert fp.gradient_check(spec, data).passed
