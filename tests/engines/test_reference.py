"""The reference engine: known numbers, the trace, and laws of weights, sparse examples and types."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse
import strategies
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from forpass.engines import reference
from forpass.engines.initial import fresh_state
from forpass.engines.plans import PlanWriter
from forpass.engines.reference import Tape
from forpass.errors import DataError, SpecError
from forpass.spec.data import Data
from forpass.spec.layers import (
    Activation,
    BatchNorm,
    Concatenate,
    Dense,
    Dropout,
    Embedding,
    LayerNorm,
    Residual,
)
from forpass.spec.network import Head, NetworkSpec, Penalty, multilayer
from forpass.spec.optimizer import OptimizerSpec
from forpass.spec.program import lower
from forpass.spec.training import TrainingSpec
from forpass.training import Job, Run

FLOAT64 = TrainingSpec(dtype="float64", seed=3)


def started(spec, data=None, training=FLOAT64, parameters=None):
    program = lower(spec)
    if isinstance(parameters, dict):
        parameters = program.parameters.flatten(parameters)
    return reference.start(program, fresh_state(program, training, parameters=parameters), data, training)


def looked_at(session, rows=None, step=0, dropout=1.0):
    """Plan a single step on some rows, or on all."""
    rows = np.arange(session.data.n_rows) if rows is None else rows
    return PlanWriter(session.program, session.training, session.data).gradient(rows, step, dropout)


def objective_and_gradient(session, rows=None, step=0):
    found = session.value_and_gradient(looked_at(session, rows, step))
    return found.objective, found.gradient


def one_epoch(session, batch, rate=0.1, first=0):
    """Plan an epoch of the examples as they lie; the rate is of each step, or of all."""
    n = session.data.n_rows
    bounds = np.append(np.arange(0, n, batch), n)
    one = np.ones(len(bounds) - 1)
    writer = PlanWriter(session.program, session.training, session.data)
    return writer.steps(first, np.arange(n), bounds, rate * one, 0.0 * one, one)


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


# -- numbers known from paper -------------------------------------------------------------------------

THREE_LAYERS = {
    "W1": [[0.1, 0.3, 0.5], [0.2, 0.4, 0.6]],
    "b1": [0.1, 0.2, 0.3],
    "W2": [[0.1, 0.4], [0.2, 0.5], [0.3, 0.6]],
    "b2": [0.1, 0.2],
    "W3": [[0.1, 0.3], [0.2, 0.4]],
    "b3": [0.1, 0.2],
}


def test_forward_pass_of_the_network_2_3_2_2():
    spec = multilayer(2, [3, 2], 2, "squared", activation="sigmoid")
    data = Data([[1.0, 0.5]], targets=[[0.0, 0.0]])
    session = started(spec, data, parameters=THREE_LAYERS)
    tape = session.trace(looked_at(session))
    known = {
        "Z1": [0.3, 0.7, 1.1],
        "A1": [0.57444252, 0.66818777, 0.75026011],
        "Z2": [0.51615984, 1.21402696],
        "A2": [0.62624937, 0.7710107],
        "Z3": [0.31682708, 0.69627909],
    }
    for name, numbers in known.items():
        np.testing.assert_allclose(tape[name][0], numbers, rtol=0, atol=5e-9, err_msg=name)
    np.testing.assert_array_equal(session.raw_scores(data), tape["Z3"])


def test_xor_of_perceptrons():
    # NAND and OR in the hidden layer, AND above them; fires where the sum is above 0
    spec = NetworkSpec(2, (Dense(2), Activation("step"), Dense(1), Activation("step")), Head("perceptron"))
    hand_set = {"W1": [[-2.0, 2.0], [-2.0, 2.0]], "b1": [3.0, -1.0], "W2": [[1.0], [1.0]], "b2": [-1.0]}
    program = lower(spec)
    state = fresh_state(program, TrainingSpec(), parameters=program.parameters.flatten(hand_set))
    truth_table = Data([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    fired = reference.start(program, state).raw_scores(truth_table)
    assert fired.tolist() == [[0.0], [1.0], [1.0], [0.0]]
    examples = replace(truth_table, targets=fired)
    session = reference.start(program, state, examples, TrainingSpec())
    tape = session.trace(looked_at(session))
    np.testing.assert_array_equal(tape["A2"], fired)  # one may look at it, but not train it
    with pytest.raises(SpecError, match="Use sigmoid"):
        Run(Job(spec, TrainingSpec(), examples, engine="numpy"))


def test_one_step_by_hand():
    # z = 2 x + 1 at x = 3: 7; target 5; loss 2; dz = 2, dw = 6, db = 2
    session = started(
        NetworkSpec(1, (Dense(1),), Head("squared")),
        Data([[3.0]], targets=[[5.0]]),
        replace(FLOAT64, optimizer=OptimizerSpec("gradient_descent")),
        {"W1": [[2.0]], "b1": [1.0]},
    )
    value, gradient = objective_and_gradient(session)
    assert (value, gradient.tolist()) == (2.0, [6.0, 2.0])
    stats = session.advance(one_epoch(session, 1, rate=0.5))
    assert (stats.losses.tolist(), stats.penalties.tolist(), stats.bad_step) == ([2.0], [0.0], None)
    assert session.state().parameters.tolist() == [-1.0, 0.0]


def test_penalty_weights_and_mean_by_hand():
    # losses 1/2 and 2 with weights 1 and 3: batch mean (0.5 + 6) / 4; penalty 0.1 |2| + 0.2 / 2 4 = 0.6
    spec = NetworkSpec(1, (Dense(1, bias=False),), Head("squared"), penalty=Penalty(l1=0.1, l2=0.2))
    data = Data([[1.0], [1.0]], targets=[[1.0], [0.0]], weights=[1.0, 3.0])
    session, second = started(spec, data, parameters={"W1": [[2.0]]}), np.array([1])
    found = session.value_and_gradient(looked_at(session))
    assert (found.loss, found.penalty) == (pytest.approx(1.625, abs=1e-15), pytest.approx(0.6, abs=1e-15))
    value, gradient = found.objective, found.gradient
    assert (value, gradient[0]) == (pytest.approx(2.225, abs=1e-15), pytest.approx(2.25, abs=1e-15))
    # the second alone: by the mean training weight 2 it counts 3 / 2, by its own weight 1
    for batch_mean, mean in (("mean_weight", 3.0), ("batch_weight", 2.0)):
        own = replace(FLOAT64, batch_mean=batch_mean)
        value = objective_and_gradient(started(spec, data, own, {"W1": [[2.0]]}), second)[0]
        assert value == pytest.approx(mean + 0.6, abs=1e-15)
    # a penalty per batch weight is divided by the batch's 3
    per = replace(spec, penalty=replace(spec.penalty, per="batch_weight"))
    value = objective_and_gradient(started(per, data, parameters={"W1": [[2.0]]}), second)[0]
    assert value == pytest.approx(3.2, abs=1e-15)
    # what a step reports: the sum of weighted losses, undivided, and the penalty as it is in the objective
    stats = session.advance(one_epoch(session, 2))
    assert stats.losses[0] == pytest.approx(6.5, abs=1e-15)
    assert stats.penalties[0] == pytest.approx(0.6, abs=1e-15)


def test_mean_over_outputs_is_the_sum_divided_by_their_number():
    data = Data(normal(5, 3), targets=normal(5, 4, seed=1))
    results = []
    for over in ("sum", "mean"):
        spec = NetworkSpec(3, (Dense(4),), Head("squared", over_outputs=over))
        results.append(objective_and_gradient(started(spec, data)))
    (total, dtotal), (mean, dmean) = results
    assert mean == pytest.approx(total / 4, rel=1e-15)
    np.testing.assert_allclose(dmean, dtotal / 4, rtol=1e-14)


# -- the trace ----------------------------------------------------------------------------------------


def test_trace_names_every_intermediate_in_order():
    layers = (
        Embedding(2),
        Dense(4),
        BatchNorm(),
        Activation("relu"),
        Dropout(0.5),
        Dense(3),
        LayerNorm(),
        Dense(2),
    )
    spec = NetworkSpec(1, layers, Head("squared"), code_sizes=(3, 2))
    data = Data(normal(6, 1), np.array([[0, 0], [1, 1], [2, 0]] * 2, np.int32), normal(6, 2))
    session = started(spec, data)
    tape = session.trace(looked_at(session, np.arange(5), step=2))
    assert [(entry.name, entry.shape) for entry in tape] == [
        ("X", (5, 1)),
        ("X0", (5, 5)),
        ("Z1", (5, 4)),
        ("N1.mean", (1, 4)),
        ("N1.variance", (1, 4)),
        ("N1.hat", (5, 4)),
        ("N1", (5, 4)),
        ("A1", (5, 4)),
        ("D1.words", (5, 4)),
        ("D1", (5, 4)),
        ("Z2", (5, 3)),
        ("N2.mean", (5, 1)),
        ("N2.variance", (5, 1)),
        ("N2.hat", (5, 3)),
        ("N2", (5, 3)),
        ("Z3", (5, 2)),
        ("loss", (5,)),
        ("objective", ()),
        ("dZ3", (5, 2)),
        ("db3", (2,)),
        ("dW3", (3, 2)),
        ("dN2", (5, 3)),
        ("dgamma2", (3,)),
        ("dbeta2", (3,)),
        ("dZ2", (5, 3)),
        ("db2", (3,)),
        ("dW2", (4, 3)),
        ("dD1", (5, 4)),
        ("dA1", (5, 4)),
        ("dN1", (5, 4)),
        ("dgamma1", (4,)),
        ("dbeta1", (4,)),
        ("dZ1", (5, 4)),
        ("db1", (4,)),
        ("dW1", (5, 4)),
        ("dX0", (5, 5)),
        ("dE1", (3, 2)),
        ("dE2", (2, 2)),
        ("dX", (5, 1)),
    ]
    formulas = {entry.name: entry.formula for entry in tape}
    assert formulas["Z1"] == "X0 W1 + b1" and formulas["A1"] == "relu(N1)" and formulas["dW2"] == "D1^T dZ2"
    assert str(tape).splitlines()[2].split() == ["Z1", "(5,", "4)", "X0", "W1", "+", "b1"]
    assert {entry.layer for entry in tape} >= {"input", "head", "layer 5 (dropout, 4 -> 4)"}


def test_trace_says_what_was_handed_back_and_the_sum():
    branches = Concatenate([[], [Activation("tanh")], [Residual([Activation("tanh")])], []])
    spec = NetworkSpec(2, (Dense(3), branches, Dense(1)), Head("squared"))
    session = started(spec, Data(normal(6, 2), targets=normal(6, 1)))
    tape = session.trace(looked_at(session))
    entries = {entry.name: entry for entry in tape}
    assert entries["C1"].formula == "[Z1, A1, R1, Z1]"
    parts = ["dZ1 via C1", "dZ1 via C1 (2)", "dZ1 via R1", "dZ1 via A1_2", "dZ1 via A1"]
    assert entries["dZ1"].formula == " + ".join(parts)
    assert entries["dZ1"].inputs == tuple(parts) and entries["dZ1"].operation == 1
    assert [entries[part].operation for part in parts] == [5, 5, 4, 3, 2]
    assert entries["dZ1 via C1 (2)"].formula == "dC1[:, 9:12]"
    total = sum(entries[part].value for part in parts)
    np.testing.assert_allclose(tape["dZ1"], total, rtol=1e-15)
    with pytest.raises(KeyError):
        tape["dA1 via C1"]  # read once: what is handed back is the derivative


FROM_OUTSIDE = (".words", ".low", ".width", ".least", ".most", ".centre", ".multiplier")
"""What is given to an operation: random words, its bins, by what it multiplies."""


@pytest.mark.slow
@settings(max_examples=examples(60))
@given(strategies.problems())
def test_every_entry_says_what_it_was_made_of(problem):
    session = started(problem.spec, problem.data)
    program, known, phases = lower(problem.spec), set(), []
    for entry in session.trace(looked_at(session, np.arange(problem.data.n_rows)), update=True):
        assert set(entry.inputs) <= known, entry
        begins = entry.phase in ("input", "parameters", "update") or entry.name.endswith(FROM_OUTSIDE)
        assert entry.inputs or begins or entry.formula == "0", entry
        known.add(entry.name)
        phases.append(entry.phase)
        if entry.operation is not None:
            assert entry.layer == program.operations[entry.operation - 1].label
        else:
            assert entry.layer in ("input", "head", "penalty", "optimizer")
    order = ("input", "parameters", "forward", "loss", "backward", "update")
    assert [p for p, _ in itertools.groupby(phases)] == list(order)


def test_trace_is_what_value_and_gradient_says():
    spec = multilayer(3, [4], 2, "squared", dropout=0.5)
    session = started(spec, Data(normal(6, 3), targets=normal(6, 2)))
    for step in (0, 9):
        tape = session.trace(looked_at(session, step=step))
        value, gradient = objective_and_gradient(session, step=step)
        assert value == tape["objective"]
        for name, view in lower(spec).parameters.views(gradient).items():
            np.testing.assert_array_equal(view, tape[f"d{name}"])


def test_dropout_factor_and_masks():
    spec = NetworkSpec(50, (Dropout(0.5), Dense(1)), Head("squared"))
    session = started(spec, Data(np.ones((40, 50)), targets=np.zeros((40, 1))))

    def D0(**how):
        return session.trace(looked_at(session, **how))["D0"]

    shares = {}
    for factor in (0.0, 0.5, 1.0):
        D = D0(dropout=factor)
        rate = 0.5 * factor
        assert set(np.unique(D)) <= {0.0, 1.0 / (1.0 - rate)}
        shares[factor] = np.mean(D == 0.0)
    # 2000 draws: within four standard deviations, 0.045
    assert shares[0.0] == 0.0 and abs(shares[0.5] - 0.25) < 0.045 and abs(shares[1.0] - 0.5) < 0.045
    first, second = (D0(step=step) for step in (0, 1))
    assert np.mean(first != second) > 0.4
    # unpadded batch coordinates: the mask of fewer rows is the beginning of the mask of more
    np.testing.assert_array_equal(D0(rows=np.arange(7)), first[:7])


def test_a_name_stands_on_the_tape_once():
    tape = Tape()
    tape.record("Z1", np.zeros(2), "", "", None, "forward")
    with pytest.raises(ValueError, match="Z1 stands on the tape already"):
        tape.record("Z1", np.zeros(2), "", "", None, "forward")
    assert tape.first_non_finite() is None
    tape.record("A1", np.array([1.0, np.nan]), "", "", None, "forward")
    tape.record("Z2", np.array([np.inf]), "", "", None, "forward")
    found = tape.first_non_finite()
    assert found is not None and found.name == "A1" and len(tape) == 3


# -- laws ---------------------------------------------------------------------------------------------

without_batch_norm = strategies.dense_layers() | strategies.activations() | st.builds(LayerNorm)


@pytest.mark.slow
@settings(max_examples=examples(40))
@given(strategies.problems(hidden=without_batch_norm), st.integers(0, 7))
def test_weight_two_is_the_example_twice(problem, chosen):
    spec, data, seed = problem
    spec = replace(spec, penalty=Penalty(l2=0.1))
    chosen %= data.n_rows
    weights = np.ones(data.n_rows) if data.weights is None else data.weights
    doubled = replace(data, weights=weights * np.where(np.arange(len(weights)) == chosen, 2.0, 1.0))
    repeated = replace(data, weights=weights).rows(np.append(np.arange(len(weights)), chosen))
    training = replace(FLOAT64, seed=seed)
    value, gradient = objective_and_gradient(started(spec, doubled, training))
    right, wanted = objective_and_gradient(started(spec, repeated, training))
    assert value == pytest.approx(right, rel=1e-12)
    np.testing.assert_allclose(gradient, wanted, rtol=1e-10, atol=1e-12 * np.max(np.abs(wanted)))


@settings(max_examples=examples(40))
@given(strategies.problems(hidden=without_batch_norm))
def test_rows_of_weight_zero_count_nothing(problem):
    spec, data, seed = problem
    n, training = data.n_rows, replace(FLOAT64, seed=seed, batch_mean="batch_weight")
    weights = np.where(np.arange(n) % 2, 0.0, 1.5)
    with_them = started(spec, replace(data, weights=weights), training)
    without = started(spec, replace(data, weights=weights).rows(np.arange(0, n, 2)), training)
    value, gradient = objective_and_gradient(with_them)
    right, wanted = objective_and_gradient(without)
    assert value == pytest.approx(right, rel=1e-12)
    np.testing.assert_allclose(gradient, wanted, rtol=1e-10, atol=1e-12 * np.max(np.abs(wanted), initial=0.0))


def test_a_batch_of_weight_zero_is_skipped():
    spec = multilayer(3, [4], 1, "squared", dropout=0.5)
    data = Data(normal(6, 3), targets=normal(6, 1), weights=[1.0, 1.0, 0.0, 0.0, 1.0, 1.0])
    session = started(spec, data)
    plan = one_epoch(session, 2)
    stats = session.advance(plan)
    assert stats.losses[1] == stats.penalties[1] == plan.weights[1] == 0.0 and stats.bad_step is None
    assert stats.losses[0] > 0.0 and stats.losses[2] > 0.0
    # the third batch is step 2 whether or not step 1 did anything
    again = started(spec, data)
    for i in (0, 2):
        again.advance(plan.part(i, i + 1))
    np.testing.assert_array_equal(session.state().parameters, again.state().parameters)


@pytest.mark.slow
@settings(max_examples=examples(40))
@given(strategies.problems())
def test_sparse_is_dense_bit_for_bit(problem):
    spec, data, seed = problem
    dense = (
        data.numbers.toarray() if scipy.sparse.issparse(data.numbers) else data.numbers * (data.numbers > 0)
    )
    results = []
    for numbers in (dense, scipy.sparse.csr_array(dense)):
        session = started(spec, replace(data, numbers=numbers), replace(FLOAT64, seed=seed))
        value, gradient = objective_and_gradient(session)
        scores = session.raw_scores(replace(data, numbers=numbers))
        results.append((value, gradient.tobytes(), scores.tobytes()))
    assert results[0] == results[1]


@settings(max_examples=examples(20))
@given(strategies.problems(), st.sampled_from(["float32", "float64"]))
def test_everything_is_in_the_working_type(problem, dtype):
    spec, data, seed = problem
    training = TrainingSpec(dtype=dtype, seed=seed)
    session = started(spec, data, training)
    tape = session.trace(looked_at(session))
    for entry in tape:
        wanted = {"objective": "float64"}.get(
            entry.name, "uint32" if entry.name.endswith(".words") else dtype
        )
        assert entry.value.dtype.name == wanted, entry.name
    assert session.raw_scores(data).dtype.name == dtype


def test_blocks_of_rows_give_what_one_row_gives(monkeypatch):
    spec = multilayer(3, [5], 2, "squared")
    session, data = started(spec), Data(normal(10, 3))
    whole = session.raw_scores(data)
    monkeypatch.setattr("forpass.engines.reference.engine.ROWS_PER_BLOCK", 3)
    np.testing.assert_allclose(session.raw_scores(data), whole, rtol=1e-14)


def test_divergence_is_reported_and_nothing_more_is_done():
    spec = NetworkSpec(1, (Dense(1),), Head("squared"))
    data = Data([[1.0], [2.0]], targets=[[1.0], [1.0]])
    session = started(spec, data, replace(FLOAT64, dtype="float32"))
    stats = session.advance(one_epoch(session, 1, rate=np.array([1e39, 0.1]), first=5))
    assert stats.bad_step == 5 and stats.losses[1] == 0.0


def test_a_session_works_on_copies():
    session = started(multilayer(2, [], 1, "squared"), Data(normal(4, 2), targets=normal(4, 1)))
    before = session.state()
    session.advance(one_epoch(session, 2))
    assert not np.array_equal(session.state().parameters, before.parameters)
    session.set_parameters(before.parameters)
    before.parameters[...] = 7.0
    assert not np.any(session.state().parameters == 7.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"numbers": np.zeros((2, 2))}, "takes 3 numerical features; the data have 2"),
        ({"codes": np.zeros((2, 1), np.int32)}, r"takes 0 categorical column\(s\); the data have 1"),
        ({"targets": np.zeros((2, 3))}, r"3 column\(s\), but the network has 2 output"),
        ({"targets": np.array([0, 1])}, "whole numbers"),
        ({"targets": None}, "no targets"),
    ],
)
def test_data_that_do_not_fit(change, message):
    data = replace(Data(np.zeros((2, 3)), targets=np.zeros((2, 2))), **change)
    with pytest.raises(DataError, match=message):
        started(multilayer(3, [], 2, "squared"), data)


@pytest.mark.parametrize(
    ("loss", "targets", "message"),
    [
        ("softmax_cross_entropy", np.array([0, 2]), r"run from 0 to 2.*outputs 0 \.\. 1"),
        ("softmax_cross_entropy", np.array([[0.5, 1.5], [0.0, 1.0]]), "between 0 and 1"),
        ("hinge", np.array([[-1.0, 1.0], [1.0, 1.0]]), "0 or 1; they run from -1 to 1"),
        ("poisson", np.array([[-1.0, 1.0], [1.0, 1.0]]), "not be negative; the smallest is -1"),
        ("sigmoid_cross_entropy", np.array([[0.0, 2.0], [1.0, 1.0]]), "between 0 and 1"),
    ],
)
def test_targets_that_do_not_fit(loss, targets, message):
    with pytest.raises(DataError, match=message):
        started(multilayer(3, [], 2, loss), Data(np.zeros((2, 3)), targets=targets))


def test_codes_beyond_the_table():
    spec = NetworkSpec(0, (Embedding(2), Dense(1)), Head("squared"), code_sizes=(3,))
    with pytest.raises(DataError, match=r"codes\[:, 0\] has the code 3, but the network knows 0 .. 2"):
        started(spec, Data(np.zeros((1, 0)), np.array([[3]]), np.zeros((1, 1))))
