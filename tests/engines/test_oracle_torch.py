"""The reference engine against torch: gradients of random networks, running statistics, trajectories.

torch finds its derivatives by itself, from functions that torch's authors wrote: nothing here comes
from forpass but the parameters.
"""

import itertools
import math

import numpy as np
import pytest
import scipy.sparse
import strategies
from examples import examples
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from later import later

from forpass.checks import gradient
from forpass.engines import reference
from forpass.engines.initial import fresh_state
from forpass.engines.plans import PlanWriter
from forpass.maths import losses as table
from forpass.spec.data import Data
from forpass.spec.layers import Activation, BatchNorm, Dense
from forpass.spec.network import Head, NetworkSpec, Penalty
from forpass.spec.optimizer import OptimizerSpec
from forpass.spec.program import lower
from forpass.spec.training import TrainingSpec

torch, functional = later("torch"), later("torch.nn.functional")

pytestmark = pytest.mark.oracle


@pytest.fixture(autouse=True, scope="module")
def installed():
    pytest.importorskip("torch", reason="torch is the oracle: install the dependency group 'oracle'")


ACTIVATIONS = {
    "identity": lambda Z: Z,
    "relu": later("torch.nn.functional", "relu"),
    "leaky_relu": later("torch.nn.functional", "leaky_relu"),
    "unclipped": lambda Z: (C := Z.clamp(-2.375, 2.375)) * (1 - (C / 3) ** 2).rsqrt(),
    "sigmoid": later("torch", "sigmoid"),
    "tanh": later("torch", "tanh"),
    "elu": later("torch.nn.functional", "elu"),
    "selu": later("torch.nn.functional", "selu"),
    "softplus": later("torch.nn.functional", "softplus"),
    "silu": later("torch.nn.functional", "silu"),
    "gelu": later("torch.nn.functional", "gelu"),
    "mish": later("torch.nn.functional", "mish"),
}

COLUMNWISE = {
    "scale": lambda Z, s: Z * s,
    "shift": lambda Z, b: Z + b,
    "parametric_relu": lambda Z, a: torch.lerp(Z, functional.relu(Z), a),
    "parametric_selu": lambda Z, a: torch.lerp(Z, functional.selu(Z), a),
    "parametric_mish": lambda Z, a: torch.lerp(Z, functional.mish(Z), a),
}

# each gives the losses of every output, or of every example
LOSSES = {
    "squared": lambda Z, T: functional.mse_loss(Z, T, reduction="none") / 2.0,
    "absolute": lambda Z, T: functional.l1_loss(Z, T, reduction="none"),
    "quantile": lambda Z, T, level: torch.maximum(level * (T - Z), (level - 1.0) * (T - Z)),
    "huber": lambda Z, T, delta: functional.huber_loss(Z, T, reduction="none", delta=delta),
    "perceptron": lambda Z, T: functional.relu(-(2.0 * T - 1.0) * Z),
    "hinge": lambda Z, T: functional.relu(1.0 - (2.0 * T - 1.0) * Z),
    "poisson": lambda Z, T: functional.poisson_nll_loss(Z, T, reduction="none") + torch.xlogy(T, T) - T,
    "sigmoid_cross_entropy": lambda Z, T, smoothing: functional.binary_cross_entropy_with_logits(
        Z, (1.0 - smoothing) * T + smoothing / 2.0, reduction="none"
    ),
    "sigmoid_squared": lambda Z, T: functional.mse_loss(torch.sigmoid(Z), T, reduction="none") / 2.0,
    "softmax_cross_entropy": lambda Z, T, smoothing: functional.cross_entropy(
        Z, T, reduction="none", label_smoothing=smoothing
    )[:, None],
}


def shares(X, op):
    """Encode numbers as rtdl_num_embeddings does, but for how far the outer bins go, and centre them."""
    found = []
    for column, edges, centres in zip(op.columns, op.edges, op.centres, strict=True):
        edges, x = torch.tensor(edges, dtype=torch.float64), X[:, column : column + 1]
        t = (x - edges[:-1]) / edges.diff()
        first, inner, last = t[:, :1].clamp(-1.0, 1.0), t[:, 1:-1].clamp(0.0, 1.0), t[:, -1:].clamp(0.0, 2.0)
        found.append(torch.cat([first, inner, last], dim=1) - torch.tensor(centres, dtype=torch.float64))
    return torch.cat(found, dim=1)


def periodic(X, own):
    """Return PBLD, or without phases PLR before its relu, of each column: (n, columns m)."""
    (w, *phase, V, c), (n, d) = own, X.shape
    angles = 2.0 * math.pi * torch.einsum("nf,fh->nfh", X, w)
    cosines = [torch.cos(angles + phase[0])] if phase else [torch.cos(angles), torch.sin(angles)]
    waves, V = torch.cat(cosines, dim=2), V.reshape(d, -1, c.shape[1])
    return (torch.einsum("nfh,fhm->nfm", waves, V) + c).reshape(n, -1)


def torch_objective(spec, data, weights, batch_mean="mean_weight"):
    """Compute what forpass minimises from torch's own functions; `weights` are leaves by name."""
    data = data.rows(np.repeat(np.arange(data.n_rows), spec.members))
    member = torch.arange(data.n_rows) % spec.members
    numbers = data.numbers.toarray() if scipy.sparse.issparse(data.numbers) else data.numbers
    buffers = [torch.tensor(numbers, dtype=torch.float64)]
    for op in lower(spec).operations:
        own = [weights[name] for name in op.parameters]
        read = [buffers[source] for source in op.sources]
        Y = read[0]
        match op.opcode:
            case "embed":
                codes = torch.tensor(data.codes, dtype=torch.int64)
                Y = torch.cat([Y, *(functional.embedding(codes[:, i], E) for i, E in enumerate(own))], dim=1)
            case "piecewise":
                V, s = own[0], own[1] if len(own) == 2 else torch.ones(len(own[0]))
                Y = functional.linear(shares(Y, op) * s, op.settings[0] * V.T)
            case "periodic":
                Y = periodic(Y[:, list(op.columns)], own)
            case "affine":
                W = own[0] * (op.settings[0] if op.settings else 1.0)
                Y = functional.linear(Y, W.T, own[1] if len(own) == 2 else None)
            case "columnwise":
                Y = COLUMNWISE[op.function](Y, *own)
            case "memberwise":
                Y = COLUMNWISE[op.function](Y, *(p[member] for p in own))
            case "member_affine":
                Y = torch.einsum("nd,ndk->nk", Y, own[0][member])
                Y = Y + own[1][member] if len(own) == 2 else Y
            case "activation":
                Y = ACTIVATIONS[op.function](Y, *op.settings)
            case "batch_norm":
                Y = functional.batch_norm(Y, None, None, *own, training=True, eps=op.settings[1])
            case "layer_norm":
                Y = functional.layer_norm(Y, (Y.shape[1],), *own, eps=op.settings[0])
            case "add":
                Y = torch.stack(read).sum(dim=0)
            case "concatenate":
                Y = torch.cat(read, dim=1)
            case _:
                raise NotImplementedError(f"torch is not asked for {op.opcode} yet")
        buffers.append(Y)
    L = LOSSES[spec.head.loss](Y, torch.tensor(data.targets), *spec.head.settings.values())
    per_example = L.sum(dim=1) if spec.head.over_outputs == "sum" else L.mean(dim=1)
    w = torch.ones(data.n_rows, dtype=torch.float64) if data.weights is None else torch.tensor(data.weights)
    value = (w * per_example).sum() / w.sum()
    price = spec.penalty
    share = 1.0 / float(w.sum()) if price.per == "batch_weight" else 1.0
    for block in lower(spec).parameters.blocks:
        if block.role in price.roles:
            theta = weights[block.name]
            value = value + share * (price.l1 * theta.abs().sum() + price.l2 / 2.0 * (theta**2).sum())
    return value


def leaves(program, vector):
    return {
        name: torch.tensor(view.copy(), dtype=torch.float64, requires_grad=True)
        for name, view in program.parameters.views(vector).items()
    }


def stands_on_a_kink(program, data, tape):
    """Say whether a score or pre-activation is on a kink, but for rounding: there it has no derivative."""
    loss, scores = table.LOSSES[program.head.loss], tape[program.outputs[-1]]
    targets = np.repeat(data.targets, program.members, axis=0)
    heights = [] if loss.switch is None else [loss.switch(scores, targets, *program.head.settings.values())]
    heights += [
        tape[program.outputs[op.source]] - kink
        for op in program.operations
        if op.opcode in gradient.ELEMENTWISE
        for kink in gradient.ELEMENTWISE[op.opcode][op.function].kinks
    ]
    return any(np.any(np.abs(height) < 1e-12) for height in heights)


layers = (
    strategies.dense_layers()
    | strategies.activations()
    | strategies.columnwise_layers()
    | strategies.normalisations()
    | strategies.member_layers()
)


@settings(max_examples=examples(150))
@given(strategies.problems(hidden=layers))
def test_gradients_of_random_networks(problem):
    spec, data, seed = problem
    program, training = lower(spec), TrainingSpec(dtype="float64", seed=seed)
    state = fresh_state(program, training)
    session = reference.start(program, state, data, training)
    plan = PlanWriter(program, training, data).gradient(np.arange(data.n_rows))
    found = session.value_and_gradient(plan)
    tape = session.trace(plan)
    assume(not stands_on_a_kink(program, data, tape))
    weights = leaves(program, state.parameters)
    wanted = torch_objective(spec, data, weights)
    wanted.backward()
    assert found.objective == pytest.approx(wanted.item(), rel=1e-12)
    largest = max(np.abs(entry.value).max(initial=0.0) for entry in tape if entry.phase == "backward")
    for name, view in program.parameters.views(found.gradient).items():
        right = weights[name].grad
        right = np.zeros(view.shape) if right is None else right.numpy()
        # 1e-9 relative; what is 0 up to rounding is compared with the largest derivative on the way
        np.testing.assert_allclose(view, right, rtol=1e-9, atol=1e-13 * largest, err_msg=name)


# torch's optimisers, each with the settings that make it the same rule
TORCH_OPTIMIZERS = {
    "gradient_descent": lambda p, rate: torch.optim.SGD(p, lr=rate),
    "momentum": lambda p, rate: torch.optim.SGD(p, lr=rate, momentum=0.9),
    "nesterov": lambda p, rate: torch.optim.SGD(p, lr=rate, momentum=0.9, nesterov=True),
    "adagrad": lambda p, rate: torch.optim.Adagrad(p, lr=rate, eps=1e-10),
    "rmsprop": lambda p, rate: torch.optim.RMSprop(p, lr=rate, alpha=0.99, eps=1e-8),
    "adam": lambda p, rate: torch.optim.Adam(p, lr=rate, betas=(0.9, 0.999), eps=1e-8),
    "adamw": lambda p, rate: torch.optim.AdamW(p, lr=rate, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01),
}
STEPS, BATCH, RATE = 50, 8, 0.02


@pytest.mark.parametrize("name", TORCH_OPTIMIZERS)
def test_fifty_steps_of_every_optimiser(name):
    rng = np.random.default_rng(1)
    spec = NetworkSpec(
        4, (Dense(6), Activation("tanh"), Dense(3)), Head("softmax_cross_entropy"), penalty=Penalty(l2=0.01)
    )
    X = rng.normal(size=(32, 4))
    data = Data(X, targets=np.argmax(X[:, :3], axis=1))
    program, training = lower(spec), TrainingSpec(dtype="float64", optimizer=OptimizerSpec(name, RATE))
    rows = np.concatenate([rng.permutation(32) for _ in range(math.ceil(STEPS * BATCH / 32))])[
        : STEPS * BATCH
    ]
    plan = PlanWriter(program, training, data).steps(
        0,
        rows,
        np.arange(0, STEPS * BATCH + 1, BATCH),
        np.full(STEPS, RATE),
        np.full(STEPS, training.optimizer.weight_decay),
        np.ones(STEPS),
    )
    state = fresh_state(program, training)
    weights = leaves(program, state.parameters)
    session = reference.start(program, state, data, training)
    stats = session.advance(plan)
    optimizer, losses = TORCH_OPTIMIZERS[name](list(weights.values()), RATE), []
    for i in range(STEPS):
        optimizer.zero_grad()
        value = torch_objective(spec, data.rows(plan.batch(i)), weights)
        value.backward()
        optimizer.step()
        losses.append(value.item())
    np.testing.assert_allclose(stats.losses / plan.normalisers + stats.penalties, losses, rtol=1e-9)
    assert np.mean(losses[-4:]) < np.mean(losses[:4])  # it is a run in which something happens
    for block, view in program.parameters.views(session.state().parameters).items():
        np.testing.assert_allclose(
            view, weights[block].detach().numpy(), rtol=1e-9, atol=1e-12, err_msg=block
        )


@pytest.mark.parametrize("momentum", [0.1, 1.0])
def test_running_statistics_are_those_of_torch(momentum):
    rng = np.random.default_rng(2)
    spec = NetworkSpec(3, (BatchNorm(momentum=momentum), Dense(1)), Head("squared"))
    data = Data(2.0 + 3.0 * rng.normal(size=(21, 3)), targets=rng.normal(size=(21, 1)))
    program, training = lower(spec), TrainingSpec(dtype="float64")
    session = reference.start(program, fresh_state(program, training), data, training)
    bounds = np.array([0, 8, 16, 21])  # unbiased variances of batches of different sizes
    writer = PlanWriter(program, training, data)
    session.advance(writer.steps(0, np.arange(21), bounds, np.full(3, 0.1), np.zeros(3), np.ones(3)))
    layer = torch.nn.BatchNorm1d(3, momentum=momentum, dtype=torch.float64)
    for begin, end in itertools.pairwise(bounds.tolist()):
        layer(torch.tensor(data.numbers[begin:end]))
    buffers = program.buffers.views(session.state().buffers)
    np.testing.assert_allclose(buffers["mean0"], layer.running_mean.numpy(), rtol=1e-13)
    np.testing.assert_allclose(buffers["variance0"], layer.running_var.numpy(), rtol=1e-13)
    # and in inference mode they are what is used
    layer.eval()
    own = program.parameters.views(session.state().parameters)
    layer.weight.data, layer.bias.data = torch.tensor(own["gamma0"]), torch.tensor(own["beta0"])
    scores = layer(torch.tensor(data.numbers)).detach().numpy() @ own["W1"] + own["b1"]
    np.testing.assert_allclose(session.raw_scores(data), scores, rtol=1e-12)


@settings(max_examples=examples(30))
@given(st.sampled_from(sorted(LOSSES)), strategies.seeds())
def test_extreme_scores_have_torchs_gradients(loss, seed):
    # scores of several hundred: exp of them overflows in float32 and, with its sum, in float64 too
    rng = np.random.default_rng(seed)
    scale = 5.0 if loss == "poisson" else 400.0
    spec = NetworkSpec(2, (Dense(3, bias=False),), Head(loss))
    targets = rng.integers(0, 3, 4) if loss == "softmax_cross_entropy" else rng.integers(0, 2, (4, 3)) * 1.0
    data = Data(scale * rng.normal(size=(4, 2)), targets=targets)
    program, training = lower(spec), TrainingSpec(dtype="float64", seed=seed)
    state = fresh_state(program, training, parameters=rng.normal(size=6))
    plan = PlanWriter(program, training, data).gradient(np.arange(4))
    found = reference.start(program, state, data, training).value_and_gradient(plan)
    weights = leaves(program, state.parameters)
    wanted = torch_objective(spec, data, weights)
    wanted.backward()
    assert found.objective == pytest.approx(wanted.item(), rel=1e-12, abs=1e-12)
    right = weights["W1"].grad.numpy().ravel()
    np.testing.assert_allclose(found.gradient, right, rtol=1e-9, atol=1e-12 * scale)
