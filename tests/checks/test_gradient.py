"""gradient_check passes for whatever can be described, and fails for every classical mistake."""

import dataclasses
import json

import numpy as np
import pytest
import strategies
from examples import examples
from hypothesis import given, settings

import forpass as fp
from forpass.checks.gradient import gradient_check
from forpass.checks.numerical import numerical_gradient
from forpass.engines import reference
from forpass.engines.reference import input_operations, operations, passes
from forpass.errors import DataError, SpecError, UnknownNameError
from forpass.maths import activations, losses
from forpass.maths.activations import ACTIVATIONS
from forpass.maths.losses import LOSSES
from forpass.spec.data import Data
from forpass.spec.initializer import Initializer
from forpass.spec.inputs import FeatureGroup
from forpass.spec.layers import (
    Activation,
    BatchNorm,
    Dense,
    Dropout,
    Embedding,
    LayerNorm,
    Periodic,
    Piecewise,
)
from forpass.spec.network import Head, NetworkSpec, Penalty, multilayer
from forpass.spec.program import lower
from forpass.spec.training import TrainingSpec

NOT_ZERO = Initializer("uniform", {"low": -0.5, "high": 0.5})


def example_data(k=2, n=6, d=3, **more):
    rng = np.random.default_rng(7)
    return Data(rng.normal(size=(n, d)), targets=rng.normal(size=(n, k)), **more)


def network(*layers, loss="squared", k=2, **more):
    return NetworkSpec(3, (*layers, Dense(k, biases=NOT_ZERO)), Head(loss), **more)


# -- numerical_gradient ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "x", "gradient"),
    [
        (lambda x: 3.0 * x, 2.0, 3.0),
        (lambda x: x[0] * x[1], [2.0, 5.0], [5.0, 2.0]),
        (lambda X: np.sum(X * X), [[1.0, -2.0], [0.0, 4.0]], [[2.0, -4.0], [0.0, 8.0]]),
        (lambda x: np.exp(x).sum(), [0.0, np.log(3.0)], [1.0, 3.0]),
        (lambda x: np.sin(x[0]), [1e6], [np.cos(1e6)]),
        (lambda x: float(x @ x), [1e-8], [2e-8]),
    ],
)
def test_known_derivatives(function, x, gradient):
    got = numerical_gradient(function, x, step=2.0**-10 if np.max(x) < 1e5 else 2.0**-30)
    assert got.dtype == np.float64 and got.shape == np.shape(x)
    np.testing.assert_allclose(got, gradient, rtol=1e-9, atol=1e-11)


def test_five_points_are_exact_for_a_polynomial_of_degree_four():
    # a three-point formula with this step would be off by 1/4 of x^3's third derivative
    got = numerical_gradient(lambda x: x[0] ** 4 - 2.0 * x[0] ** 3, [1.0], step=0.5)
    assert got[0] == pytest.approx(-2.0, abs=1e-13)


def test_numerical_gradient_changes_nothing_and_lets_nothing_be_changed():
    x = np.array([1.0, 2.0])

    def greedy(y):
        value = float(np.sum(y**2))
        y[...] = 99.0  # a function that spoils its argument does no harm
        return value

    np.testing.assert_allclose(numerical_gradient(greedy, x), [2.0, 4.0], rtol=1e-9)
    assert x.tolist() == [1.0, 2.0]


def test_numerical_gradient_needs_one_number():
    with pytest.raises(DataError, match=r"one number.*\(2,\)"):
        numerical_gradient(lambda x: x, [1.0, 2.0])
    with pytest.raises(SpecError, match="step"):
        numerical_gradient(np.sum, [1.0], step=0.0)


# -- it passes ------------------------------------------------------------------------------------


@pytest.mark.slow
def test_random_networks_pass():
    compared, crossing = [], []

    @settings(max_examples=examples(200))
    @given(strategies.problems())
    def check(problem):
        report = gradient_check(problem.spec, problem.data, seed=problem.seed, entries=4)
        assert all(block.verdict != "FAILED" for block in report.blocks), f"{problem.spec}\n{report}"
        compared.extend(block.compared for block in report.blocks)
        crossing.extend(block.crossing for block in report.blocks)

    check()
    assert sum(compared) > 1000
    assert sum(crossing) < sum(compared) / 5  # kinks are no excuse


@pytest.mark.parametrize("name", [a.name for a in ACTIVATIONS.values() if a.trainable])
def test_every_activation(name):
    report = gradient_check(network(Dense(4, biases=NOT_ZERO), Activation(name)), example_data())
    assert report.passed, str(report)
    assert all(block.compared for block in report.blocks)


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss(loss):
    data = example_data()
    kind = LOSSES[loss].targets
    if kind == "class":
        data = dataclasses.replace(data, targets=np.arange(6) % 2)
    elif kind != "real":
        data = dataclasses.replace(data, targets=np.array([[0.0, 1.0]] * 3 + [[1.0, 1.0]] * 3))
    report = gradient_check(network(Dense(3), Activation("tanh"), loss=loss), data)
    assert report.passed, str(report)
    assert all(block.compared for block in report.blocks)


def test_a_gradient_far_from_the_start_and_of_extreme_scores():
    spec = network(loss="softmax_cross_entropy")
    data = Data([[100.0, 0.0, 0.0], [0.0, -50.0, 3.0]], targets=[0, 1])
    assert gradient_check(spec, data, parameters=np.linspace(-3.0, 3.0, 8)).passed


def test_large_blocks_are_sampled():
    data = example_data(d=40)
    spec = NetworkSpec(40, (Dense(30), Activation("tanh"), Dense(2)), Head("squared"))
    report = gradient_check(spec, data, entries=5)
    assert [(b.name, b.entries, b.compared) for b in report.blocks] == [
        ("W1", 1200, 5),
        ("b1", 30, 5),
        ("W2", 60, 5),
        ("b2", 2, 2),
    ]
    indices = [i for i, *_ in report.blocks[0].first]
    assert len(set(indices)) == 5
    assert indices != [i for i, *_ in gradient_check(spec, data, entries=5, seed=1).blocks[0].first]


@pytest.mark.slow
def test_objective_is_that_of_rows_step_and_training():
    spec, data = network(Dense(8), Dropout(0.5)), example_data(weights=np.arange(6.0))
    values = [
        gradient_check(spec, data, seed=2, **choice).value
        for choice in (
            {},
            {"rows": np.array([1, 2])},
            {"step": 1},
            {"rows": np.array([1, 2]), "training": TrainingSpec(batch_mean="batch_weight")},
        )
    ]
    assert len(set(values)) == 4
    assert gradient_check(spec, data, training=TrainingSpec(seed=2)).value == values[0]


def test_parameters_by_name_and_a_program():
    program = lower(network())
    vector = np.linspace(-1.0, 1.0, 8)
    named = {"W1": vector[:6].reshape(3, 2), "b1": vector[6:]}
    first = gradient_check(program, example_data(), parameters=vector)
    assert gradient_check(program.spec, example_data(), parameters=named) == first
    before = vector.copy()
    assert np.array_equal(vector, before)


def sharply_bent(epsilon):
    # two equal rows: all is 0 after batch norm, and layer norm divides by the root of epsilon, twice
    norms = (BatchNorm(), LayerNorm(epsilon), LayerNorm(epsilon))
    layers = (Embedding(1), Dense(2, bias=False), *norms, Dense(1, bias=False))
    spec = NetworkSpec(0, layers, Head("squared"), code_sizes=(1,))
    return spec, Data(np.zeros((2, 0)), np.zeros((2, 1), np.int32), np.array([[0.13], [-0.11]]))


@pytest.mark.parametrize(("epsilon", "crossing"), [(1e-4, 0), (1e-7, 2)])
def test_a_sharp_bend_is_not_taken_for_a_mistake(epsilon, crossing, monkeypatch):
    spec, data = sharply_bent(epsilon)
    report = gradient_check(spec, data)
    assert report.passed, str(report)
    assert {b.name: b.crossing for b in report.blocks}["beta1"] == crossing
    # and a mistake there is not taken for a sharp bend, as long as any step can see it
    patch_loss(monkeypatch, "squared", vjp=lambda dL, Z, T: 1.01 * dL * (Z - T))
    assert not gradient_check(spec, data).passed


# -- kinks ----------------------------------------------------------------------------------------


def test_entries_that_cross_a_kink_are_counted():
    # z = w x + b with w = 1: the rows have z = -1, 0.0000001 and 2, and the middle one is too near to 0
    spec = NetworkSpec(1, (Dense(1), Activation("relu")), Head("squared"))
    data = Data([[-1.0], [1e-7], [2.0]], targets=[[1.0], [1.0], [1.0]])
    blocks = {b.name: b for b in gradient_check(spec, data, parameters=np.array([1.0, 0.0])).blocks}
    assert (blocks["W1"].compared, blocks["W1"].crossing) == (1, 0)  # w moves z by 1e-7 of its step
    assert (blocks["b1"].compared, blocks["b1"].crossing) == (0, 1)
    assert blocks["b1"].verdict == "nothing compared"


def test_kink_of_a_loss_and_of_a_penalty():
    data = Data([[1.0], [2.0]], targets=[[1.0], [5.0]])
    single = NetworkSpec(1, (Dense(1),), Head("absolute"))
    report = gradient_check(single, data, parameters=np.array([1.0, 0.0]))  # z = t for the first row
    assert not report.passed and [b.crossing for b in report.blocks] == [1, 1]
    assert "nothing to compare" in str(report)
    lasso = NetworkSpec(1, (Dense(1),), Head("squared"), penalty=Penalty(l1=0.5))
    report = gradient_check(lasso, data, parameters=np.array([0.0, 0.0]))  # |w| at w = 0; b has no price
    assert [(b.name, b.crossing) for b in report.blocks] == [("W1", 1), ("b1", 0)]
    assert report.passed


def test_a_wrong_gradient_is_not_taken_for_a_kink(monkeypatch):
    patch_activation(monkeypatch, "relu", vjp=lambda dA, Z, A: dA)
    report = gradient_check(network(Dense(6, biases=NOT_ZERO), Activation("relu")), example_data())
    assert not report.passed
    assert sum(b.crossing for b in report.blocks) < sum(b.entries for b in report.blocks) / 4


# -- it fails, and says where -----------------------------------------------------------------------


def patch_activation(monkeypatch, name, **changes):
    monkeypatch.setitem(ACTIVATIONS._records, name, ACTIVATIONS[name]._replace(**changes))


def patch_loss(monkeypatch, name, **changes):
    monkeypatch.setitem(LOSSES._records, name, LOSSES[name]._replace(**changes))


def patch_operation(monkeypatch, opcode, backward):
    forward, _ = operations.OPERATIONS[opcode]
    monkeypatch.setitem(operations.OPERATIONS, opcode, (forward, backward))


def wrong_derivative(monkeypatch):
    patch_activation(monkeypatch, "tanh", vjp=lambda dA, Z, A: dA * (1.0 - A))  # 1 - a instead of 1 - a^2
    return network(Dense(3), Activation("tanh")), {"W1", "b1"}


def derivative_off_by_a_thousandth(monkeypatch):
    patch_activation(monkeypatch, "gelu", vjp=lambda dA, Z, A: 1.001 * activations.gelu_vjp(dA, Z, A))
    return network(Dense(3), Activation("gelu")), {"W1", "b1"}


def wrong_sign(monkeypatch):
    patch_loss(monkeypatch, "squared", vjp=lambda dL, Z, T: dL * (T - Z))
    return network(), {"W1", "b1"}


def dropped_bias(monkeypatch):
    def without_bias(op, run, dZ):
        dX = operations.affine_backward(op, run, dZ)
        if len(op.parameters) == 2:
            run.gradients[op.parameters[1]][...] = 0.0
        return dX

    patch_operation(monkeypatch, "affine", without_bias)
    return network(Dense(3), Activation("tanh")), {"b1", "b2"}


def swapped_transpose(monkeypatch):
    # in a square layer dX = dZ W has the right shape: only the numbers tell
    monkeypatch.setattr(
        operations, "affine_vjp", lambda dZ, X, W: (dZ @ W, X.T @ dZ, dZ.sum(0, keepdims=True))
    )
    return NetworkSpec(3, (Dense(3), Dense(3)), Head("squared")), {"W1", "b1"}


def transposed_gradient(monkeypatch):
    monkeypatch.setattr(
        operations, "affine_vjp", lambda dZ, X, W: (dZ @ W.T, dZ.T @ X, dZ.sum(0, keepdims=True))
    )
    return NetworkSpec(3, (Dense(3),), Head("squared")), {"W1"}


def forgotten_mask(monkeypatch):
    patch_operation(monkeypatch, "dropout", lambda op, run, dY: (dY,))
    return network(Dense(8), Dropout(0.5)), {"W1", "b1"}


def mask_of_another_step(monkeypatch):
    forward = operations.dropout_forward

    def drawn_again(op, run, A):
        # the backward pass finds the mask of this step, the forward pass used the next
        step = run.step
        run.step = dataclasses.replace(step, number=step.number + 1)
        Y = forward(op, run, A)
        run.tape._entries.pop(f"{op.output}.words")
        run.step = step
        forward(op, run, A)
        return Y

    monkeypatch.setitem(operations.OPERATIONS, "dropout", (drawn_again, operations.dropout_backward))
    return network(Dense(8), Dropout(0.5)), {"W1", "b1"}


def forgotten_penalty(monkeypatch):
    monkeypatch.setattr(passes, "penalty_gradient", lambda w, l1, l2: 0.0 * w)
    return network(penalty=Penalty(l2=0.1)), {"W1"}


def penalty_without_its_half(monkeypatch):
    monkeypatch.setattr(passes, "penalty", lambda w, l1, l2: l2 * w * w)
    return network(penalty=Penalty(l2=0.1)), {"W1"}


def epsilon_only_in_the_value(monkeypatch):
    # the textbooks' log(p + 1e-7), with p - t as its derivative: erratum 8
    def value(Z, T, smoothing):
        return -np.sum(T * np.log(losses.softmax(Z) + 1e-7), axis=1, keepdims=True)

    patch_loss(monkeypatch, "softmax_cross_entropy", function=value)
    return network(loss="softmax_cross_entropy"), {"W1", "b1"}


def moments_taken_for_constants(monkeypatch):
    def scaled_only(dY, Xhat, variance, gamma, epsilon):
        dX = dY * gamma / np.sqrt(variance + epsilon)
        return dX, np.sum(dY * Xhat, 0, keepdims=True), np.sum(dY, 0, keepdims=True)

    monkeypatch.setattr(operations, "batch_norm_vjp", scaled_only)
    return network(Dense(3), BatchNorm(), Activation("tanh")), {"W1", "b1"}


def rows_and_columns_confused(monkeypatch):
    monkeypatch.setattr(operations, "layer_norm_vjp", operations.batch_norm_vjp)
    return network(Dense(6), LayerNorm(), Activation("tanh")), {"W1", "b1"}


def weights_forgotten_on_the_way_back(monkeypatch):
    backward = passes.backward_pass

    def unweighted(run, Z):
        run.batch = dataclasses.replace(run.batch, w=None)
        return backward(run, Z)

    monkeypatch.setattr("forpass.engines.reference.engine.backward_pass", unweighted)
    return network(), {"W1", "b1"}


def repeated_codes_counted_once(monkeypatch):
    def last_one_wins(dY, codes, n_codes):
        dE = np.zeros((n_codes, dY.shape[1]))
        dE[codes] = dY
        return dE

    monkeypatch.setattr(input_operations, "embed_vjp", last_one_wins)
    return NetworkSpec(3, (Embedding(2), Dense(2)), Head("squared"), code_sizes=(2,)), {"E1"}


def bins_without_their_size(monkeypatch):
    def unsized(dZ, Q, V, s, m):
        G = Q.T @ dZ
        return dZ @ V.T, G, np.sum(V * G, axis=1, keepdims=True)

    monkeypatch.setattr(input_operations, "piecewise_vjp", unsized)
    inputs = [FeatureGroup("", "number", 1, edges=[-2.0, 0.0, 1.0], centres=[0.5, 0.25]) for _ in range(3)]
    layers = Piecewise(4, 0.5), Activation("tanh"), Dense(2)
    return NetworkSpec(layers=layers, head=Head("squared"), inputs=inputs), {"V0", "scale0"}


def sine_for_its_negative(monkeypatch):
    monkeypatch.setattr(input_operations, "waves_vjp", lambda dcos, dsin, cos, sin: sin * dcos)
    layers = Periodic(2, 3), Activation("tanh"), Dense(2)
    return NetworkSpec(3, layers, Head("squared")), {"frequency0", "phase0"}


MISTAKES = [
    wrong_derivative,
    derivative_off_by_a_thousandth,
    wrong_sign,
    dropped_bias,
    swapped_transpose,
    transposed_gradient,
    forgotten_mask,
    mask_of_another_step,
    forgotten_penalty,
    penalty_without_its_half,
    epsilon_only_in_the_value,
    moments_taken_for_constants,
    rows_and_columns_confused,
    weights_forgotten_on_the_way_back,
    repeated_codes_counted_once,
    bins_without_their_size,
    sine_for_its_negative,
]


def data_for_mistake(spec):
    data = example_data(spec.n_outputs, weights=np.array([1.0, 3.0, 0.5, 0.0, 2.0, 1.0]))
    if spec.code_sizes:
        data = dataclasses.replace(data, codes=np.array([[0], [1], [0], [1], [0], [0]], np.int32))
    if spec.head.loss == "softmax_cross_entropy":
        # a score so wrong that its probability is of the size of the 1e-7
        data = Data([[30.0, 0.0, 0.0], [0.0, 1.0, 0.0]], targets=[1, 0])
    return data


def parameters_for_mistake(spec):
    if spec.head.loss == "softmax_cross_entropy":
        return {"W1": [[0.5, 0.0], [0.1, 0.2], [0.3, 0.0]], "b1": [0.1, 0.0]}
    return None


@pytest.mark.slow
@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.__name__)
def test_every_mistake_is_found_and_located(mistake, monkeypatch):
    with pytest.MonkeyPatch.context() as undone:
        spec, guilty = mistake(undone)
    data, parameters = data_for_mistake(spec), parameters_for_mistake(spec)
    assert gradient_check(spec, data, parameters=parameters).passed  # what is right passes on this example
    mistake(monkeypatch)
    report = gradient_check(spec, data, parameters=parameters)
    failed = {block.name for block in report.blocks if block.verdict == "FAILED"}
    assert not report.passed
    assert failed == guilty
    assert f"FAILED for {', '.join(b.name for b in report.blocks if b.name in guilty)}" in str(report)


def test_a_gradient_that_is_not_a_number_fails(monkeypatch):
    patch_activation(monkeypatch, "tanh", vjp=lambda dA, Z, A: dA * np.nan)
    report = gradient_check(network(Dense(3), Activation("tanh")), example_data())
    assert not report.passed and report.worst.error == np.inf


# -- the report -------------------------------------------------------------------------------------


def test_report_that_passes():
    report = gradient_check(network(), example_data())
    lines = str(report).splitlines()
    assert lines[0].startswith("gradient check passed: worst relative error")
    assert [line.split()[0] for line in lines[2:]] == ["block", "W1", "b1"]
    ends = {line.index("  passed") for line in lines[3:]}
    assert len(ends) == 1  # columns stand below each other
    assert report.worst in report.blocks


def test_report_that_fails_shows_ten_numbers_of_both_sides(monkeypatch):
    patch_loss(monkeypatch, "squared", vjp=lambda dL, Z, T: 2.0 * dL * (Z - T))
    report = gradient_check(network(Dense(4), Activation("tanh")), example_data())
    text = str(report)
    assert text.startswith("gradient check FAILED for W1, b1, W2, b2")
    below = text.split("first 10 numbers of W1:\n")[1].splitlines()
    assert below[0].split() == ["backpropagated", "numerical"] and len(below) == 11
    for line in below[1:]:
        name, column, backpropagated, numerical = line.split()
        assert name.startswith("W1[") and column.endswith("]")
        assert float(backpropagated) == pytest.approx(2.0 * float(numerical), rel=1e-6)
    assert report.worst.error == pytest.approx(0.5, rel=1e-6)


def test_report_can_be_stored():
    plain = json.loads(json.dumps(dataclasses.asdict(gradient_check(network(), example_data()))))
    assert [block["name"] for block in plain["blocks"]] == ["W1", "b1"]


# -- another engine; wrong input ----------------------------------------------------------------------


class Doubled:
    """The reference engine with a gradient twice too large."""

    NAME = "doubled"

    class start(reference.ReferenceSession):
        def value_and_gradient(self, plan):
            found = super().value_and_gradient(plan)
            return found._replace(gradient=2.0 * found.gradient)


def test_the_engine_that_is_named_is_the_one_that_is_checked():
    spec, data = network(Activation("relu")), example_data()
    assert gradient_check(spec, data, engine=reference) == gradient_check(spec, data, engine="numpy")
    report = gradient_check(spec, data, engine=Doubled())
    assert [block.verdict for block in report.blocks] == ["FAILED", "FAILED"]
    assert report.value == gradient_check(spec, data).value


def test_errors_name_what_does_not_fit():
    spec, data = network(), example_data()
    with pytest.raises(DataError, match="takes 3 numerical features; the data have 4"):
        gradient_check(spec, example_data(d=4))
    with pytest.raises(DataError, match="no targets"):
        gradient_check(spec, Data(np.zeros((2, 3))))
    with pytest.raises(DataError, match=r"shape \(8,\)"):
        gradient_check(spec, data, parameters=np.zeros(7))
    with pytest.raises(DataError, match="missing: b1"):
        gradient_check(spec, data, parameters={"W1": np.zeros((3, 2))})
    with pytest.raises(SpecError, match="derivative of step is 0"):
        gradient_check(network(Dense(2), Activation("step")), data)
    with pytest.raises(UnknownNameError, match="engine 'nump'"):
        gradient_check(spec, data, engine="nump")
    with pytest.raises(SpecError, match="entries"):
        gradient_check(spec, data, entries=0)


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_rows_to_check_are_chosen_as_of_an_array(engine):
    rng = np.random.default_rng(0)
    data = Data(rng.standard_normal((20, 3)), targets=rng.standard_normal(20))
    spec = multilayer(3, [4], 1, "squared", activation="tanh")
    chosen = [17, 18, 19]
    right = gradient_check(spec, data, rows=chosen, engine=engine).value
    mask = np.isin(np.arange(20), chosen)
    for rows in ([-3, -2, -1], mask, range(17, 20)):
        assert gradient_check(spec, data, rows=rows, engine=engine).value == right
    for rows in ([20], [-21], [0.5], np.ones(19, bool)):
        with pytest.raises(DataError, match="rows must choose among the 20 rows"):
            gradient_check(spec, data, rows=rows, engine=engine)


def test_rows_without_weight_have_no_gradient_to_check():
    data = Data(np.ones((4, 3)), targets=np.ones(4), weights=[0.0, 0.0, 1.0, 1.0])
    with pytest.raises(DataError, match="all rows to check have the weight 0"):
        gradient_check(multilayer(3, [4], 1, "squared"), data, rows=[0, 1])


def test_a_model_in_the_place_of_its_network_is_named():
    data = fp.Data([[0.0], [1.0]], targets=[0.0, 1.0])
    model = fp.train(fp.multilayer(1, [], 1, "squared"), None, data)
    with pytest.raises(fp.SpecError, match=r"must be a NetworkSpec; got <TrainedModel .*; give its spec"):
        fp.gradient_check(model, data)
    with pytest.raises(fp.DataError, match=r"must be Data; got ndarray. Give Data\(X, targets=y\)"):
        fp.gradient_check(model.spec, np.zeros((2, 1)))
    with pytest.raises(fp.DataError, match=r"must be Data; got dict. Give Data\(X, targets=y\)"):
        fp.train(model.spec, None, {"a": [1.0], "y": [2.0]})
