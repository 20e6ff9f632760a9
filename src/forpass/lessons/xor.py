"""A network of 2 - 2 - 1 neurons learns XOR: backpropagation by the delta rule, with momentum.

Each pass goes through the four examples. After every example the error is carried back to the weights,
and they move a little downhill. Everything is small enough to be followed by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from forpass.lessons.compare import network_of, tell_cells
from forpass.lessons.page import Page

if TYPE_CHECKING:
    from forpass import NetworkSpec, TrainingSpec

Array = NDArray[np.float64]

INPUTS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
TARGETS = np.array([0.0, 1.0, 1.0, 0.0])
RATE, MOMENTUM, PASSES = 0.1, 0.4, 5000


def first_weights(seed: int) -> tuple[Array, Array]:
    """Weights from 0 to 1 by chance: W1 (3, 2), whose last row meets the extra input 1, and W2 (2,)."""
    rng = np.random.default_rng(seed)
    return rng.random((3, 2)), rng.random(2)


def forward(x: Array, W1: Array, W2: Array) -> tuple[Array, Array, float]:
    """Forward pass of one example: the inputs with the bias's 1, the hidden layer, the output."""
    x = np.array([x[0], x[1], 1.0])
    h = np.tanh(x @ W1)
    return x, h, float(np.tanh(h @ W2))


def backward(x: Array, h: Array, y: float, t: float, W2: Array) -> tuple[Array, Array]:
    """Backward pass by the delta rule: which way W1 and W2 have to move for the error to fall.

    delta = how wrong * derivative of tanh, which is 1 - tanh^2; way = delta * what the weight was given.
    """
    delta_y = (t - y) * (1 - y * y)
    delta_h = delta_y * W2 * (1 - h * h)
    return x[:, None] * delta_h, h * delta_y  # (3, 1) * (2,) -> (3, 2): each input by each delta


def total_error(W1: Array, W2: Array) -> float:
    """The sum of (t - y)^2 / 2 over the four examples."""
    outputs = np.array([forward(x, W1, W2)[2] for x in INPUTS])
    return float(np.sum(0.5 * (TARGETS - outputs) ** 2))


# A rule takes the downhill way and what it remembers, and returns the move and what to remember next.
Rule = Callable[[Array, Array, float, float], tuple[Array, Array]]


def momentum_rule(downhill: Array, last_move: Array, rate: float, momentum: float) -> tuple[Array, Array]:
    """A part of the last move is made again, and a step downhill is added."""
    move = momentum * last_move + rate * downhill
    return move, move


def posted_rule(downhill: Array, last_way: Array, rate: float, momentum: float) -> tuple[Array, Array]:
    """The tutorial's line: it steps uphill, and remembers the way instead of the move."""
    return momentum * last_way - rate * downhill, downhill


def train(
    seed: int, rule: Rule = momentum_rule, momentum: float = MOMENTUM, passes: int = PASSES
) -> tuple[Array, Array, list[float]]:
    """Learn for a number of passes; return W1, W2 and the total error of each pass, added up on the way."""
    W1, W2 = first_weights(seed)
    memory1, memory2 = np.zeros_like(W1), np.zeros_like(W2)
    errors = []
    for _ in range(passes):
        error = 0.0
        for inputs, t in zip(INPUTS, TARGETS, strict=True):
            x, h, y = forward(inputs, W1, W2)
            error += 0.5 * (t - y) ** 2
            way1, way2 = backward(x, h, y, t, W2)
            move1, memory1 = rule(way1, memory1, RATE, momentum)
            move2, memory2 = rule(way2, memory2, RATE, momentum)
            W1, W2 = W1 + move1, W2 + move2
        errors.append(error)
    return W1, W2, errors


def change_by_one_step(rule: Rule) -> float:
    """How the total error changes by one small step, from the first weights: it ought to fall."""
    W1, W2 = first_weights(seed=0)
    way1, way2 = np.zeros_like(W1), np.zeros_like(W2)
    for x, t in zip(INPUTS, TARGETS, strict=True):
        down1, down2 = backward(*forward(x, W1, W2), t, W2)
        way1, way2 = way1 + down1, way2 + down2
    move1, _ = rule(way1, np.zeros_like(W1), 1e-3, 0.0)
    move2, _ = rule(way2, np.zeros_like(W2), 1e-3, 0.0)
    return total_error(W1 + move1, W2 + move2) - total_error(W1, W2)


def draw_errors(curves: dict[str, list[float]]) -> Callable[[Any], None]:
    """Return what draws the total error pass by pass."""

    def lines(axes: Any) -> None:
        for name, errors in curves.items():
            axes.plot(range(1, len(errors) + 1), errors, label=name)
        axes.set(xlabel="pass", ylabel="total error", xscale="log", yscale="log", title="Learning XOR")
        axes.grid(alpha=0.3)
        axes.legend(fontsize=8)

    return lines


def draw_plane(W1: Array, W2: Array) -> Callable[[Any], None]:
    """Return what draws the output over the plane of inputs."""

    def plane(axes: Any) -> None:
        grid = np.linspace(-0.5, 1.5, 81)
        outputs = [[forward(np.array([x1, x2]), W1, W2)[2] for x1 in grid] for x2 in grid]
        filled = axes.contourf(grid, grid, outputs, levels=np.linspace(-1, 1, 21), cmap="RdBu_r")
        axes.contour(grid, grid, outputs, levels=[0.5], colors="black")
        axes.scatter(*INPUTS.T, c=TARGETS, cmap="gray", edgecolors="black", s=90, zorder=3)
        axes.set(xlabel="x1", ylabel="x2", title="Trained; target 1 white, 0 black; line at 0.5")
        axes.figure.colorbar(filled, label="output")

    return plane


def lesson(page: Page) -> None:
    """The network, one step by hand, 5000 passes, momentum, and forpass."""
    page.part("The network")
    page.say(
        "Two inputs, two hidden neurons, one output. Drawn with a bias at each neuron that makes 6 weights "
        "and 3 biases. The program below gives the hidden neurons their bias as an extra input that is "
        "always 1, and leaves out the output's: 8 numbers to learn. Activation: tanh. They begin by chance "
        "between 0 and 1:"
    )
    W1, W2 = first_weights(seed=0)
    page.numbers("W1", W1)
    page.numbers("W2", W2)

    one_step(page, W1, W2)
    passes(page)
    momentum_lines(page)
    the_same_in_forpass(page)


def one_step(page: Page, W1: Array, W2: Array) -> None:
    """The delta rule on one example."""
    page.part("One step by hand")
    page.say("The second example is (0, 1) with the target 1. The forward pass:")
    x, h, y = forward(INPUTS[1], W1, W2)
    page.numbers("x", x)
    page.numbers("h = tanh(x W1)", h)
    page.numbers("y = tanh(h W2)", y)
    page.say(
        "The backward pass begins with the output's delta: how wrong, times how much the output gives way. "
        "A hidden neuron's delta is the output's, weighted by the connection between them, times how much "
        "the hidden neuron gives way. A weight moves by rate * delta * what it was given:"
    )
    page.formula("delta_y = (t - y) (1 - y^2)")
    page.formula("delta_h = delta_y W2 (1 - h^2)")
    page.say("(With sigmoids the last factors would be y (1 - y) and h (1 - h).)")
    delta_y = (1.0 - y) * (1 - y * y)
    page.numbers("delta_y", delta_y)
    page.numbers("delta_h", delta_y * W2 * (1 - h * h))
    way1, way2 = backward(x, h, y, 1.0, W2)
    page.numbers("rate * delta_h x", RATE * way1)
    page.numbers("rate * delta_y h", RATE * way2)
    after = forward(INPUTS[1], W1 + RATE * way1, W2 + RATE * way2)[2]
    page.say(
        "After it the output is {after:.4f} instead of {before:.4f}, nearer to 1.", after=after, before=y
    )
    page.figure("one_step", [y, after])


def passes(page: Page) -> None:
    """5000 passes and the four predictions."""
    page.part("5000 passes")
    page.say(
        "A step after every example, one example after the other: stochastic gradient descent with batches "
        "of one. Rate 0.1, and momentum 0.4, which the next part is about. The total error:"
    )
    W1, W2, errors = train(seed=0)
    shown = [1, *range(500, PASSES + 1, 500)]
    page.table(["pass", "total error"], [[number, f"{errors[number - 1]:.6f}"] for number in shown])
    outputs = [forward(x, W1, W2)[2] for x in INPUTS]
    page.table(["x1", "x2", "target", "output"], [
        [int(x[0]), int(x[1]), int(t), f"{y:.4f}"] for x, t, y in zip(INPUTS, TARGETS, outputs, strict=True)
    ])  # fmt: skip
    page.say("XOR is learnt. Nobody has told the hidden neurons what to look for.")
    page.figure("total_error", errors[-1])
    page.figure("outputs", outputs)
    page.plot("plane", draw_plane(W1, W2))


def momentum_lines(page: Page) -> None:
    """The right momentum line and the posted one."""
    page.part("Momentum, right and as posted")
    page.say(
        "Momentum keeps a part of the last move, so that steps in one direction add up. downhill is the way "
        "in which the error falls, delta * what the weight was given:"
    )
    page.formula("move = momentum * last move + rate * downhill        w <- w + move")
    page.say("The tutorial's line is another. What it calls gradient already points downhill, and yet:")
    page.formula("w <- w + momentum * last downhill - rate * downhill")
    page.say(
        "The minus sends it uphill. It learns all the same, because the way of every example is used twice: "
        "with -0.1 at once, and with +0.4 at the next example. Together that is a step of 0.3 downhill. "
        "Without momentum nothing hides the minus. Total error at the end, for two beginnings:"
    )
    curves, rows = {}, []
    for name, rule, momentum in (
        ("right, momentum 0.4", momentum_rule, 0.4),
        ("right, momentum 0", momentum_rule, 0.0),
        ("posted, momentum 0.4", posted_rule, 0.4),
        ("posted, momentum 0", posted_rule, 0.0),
    ):
        runs = [train(seed, rule, momentum)[2] for seed in (0, 2)]
        curves[name] = runs[0]
        rows.append([name, *(f"{errors[-1]:.5f}" for errors in runs)])
        page.figure(name, [errors[-1] for errors in runs])
    page.table(["after 5000 passes", "seed 0", "seed 2"], rows)
    page.say(
        "(With momentum 0.4 the posted line even ends lower. It is no better rule, it goes faster: the right "
        "line's steps add up to 0.1 / (1 - 0.4) = 0.17.)"
    )
    page.plot("errors", draw_errors(curves))

    changes = {"right": change_by_one_step(momentum_rule), "posted": change_by_one_step(posted_rule)}
    page.say(
        "Such a mistake shows at once where one looks at a single small step: the error has to fall. One "
        "step at rate 0.001 for all four examples, from the weights above, changes it by {right:.2e} with "
        "the right line and by {posted:+.2e} with the posted one.",
        **changes,
    )
    page.figure("change_by_one_step", changes)


def the_same_in_forpass(page: Page) -> None:
    """The step by hand in a trace; the same order and the same rule; and twenty beginnings."""
    import forpass as fp

    page.part("In forpass")
    spec = fp.NetworkSpec(
        n_features=2,
        layers=(fp.Dense(2), fp.Activation("tanh"), fp.Dense(1, bias=False), fp.Activation("tanh")),
        head=fp.Head("squared"),
    )
    training = fp.TrainingSpec(
        epochs=PASSES,
        batch_size=1,
        shuffle=False,
        optimizer=fp.OptimizerSpec("momentum", RATE, {"mu": MOMENTUM}),
        dtype="float64",
    )
    the_step_in_a_trace(page, spec, training)

    page.say("The same network, with the same first weights, order of examples and rule, trained by forpass:")
    data = fp.Data(INPUTS, targets=TARGETS)

    def learnt(seed: int) -> fp.TrainedModel:
        return fp.train(spec, training, data, parameters=named(*first_weights(seed)))

    model, (W1, W2, errors) = learnt(0), train(0)
    page.same("weights after 5000 passes", model.parameters, [*W1.ravel(), *W2], digits=8)
    theirs = [4 * record.training_loss for record in model.history]  # forpass has the mean of the four
    page.same("total error of every pass", theirs, errors, digits=8)

    ends = [4 * learnt(seed).history[-1].training_loss for seed in range(20)]
    page.say(
        "forpass does the 20,000 steps of a run in a moment, so it can try more beginnings: of 20, "
        "{count} end with a total error below 0.01, the largest is {largest:.5f}.",
        count=sum(end < 0.01 for end in ends),
        largest=max(ends),
    )
    page.figure("twenty_beginnings", ends)


def the_step_in_a_trace(page: Page, spec: NetworkSpec, training: TrainingSpec) -> None:
    """The step by hand, each number with what it was made of."""
    import forpass as fp

    page.say(
        "A trace carries out a step and says of every number what it was made of. Here is the step by hand, "
        "from the output's delta to the weight between x2 and the first hidden neuron. forpass goes by "
        "derivatives, which point uphill: dZ2 is -delta_y, dZ1 is -delta_h. The move is called velocity:"
    )
    W1, W2 = first_weights(seed=0)
    tape = network_of(spec, named(W1, W2), training).trace(fp.Data(INPUTS[1:2], targets=TARGETS[1:2]))
    tell_cells(page, tape, "dZ2[0,0]", "dA1[0,0]", "dZ1[0,0]", "dW1[1,0]", "W1.velocity[1,0]", "W1.new[1,0]")
    way1, way2 = backward(*forward(INPUTS[1], W1, W2), TARGETS[1], W2)
    ours = named(W1 + RATE * way1, W2 + RATE * way2)
    theirs = np.concatenate([tape[f"{name}.new"].ravel() for name in ours])
    page.same(
        "weights after the step by hand", theirs, np.concatenate([*map(np.ravel, ours.values())]), digits=14
    )


def named(W1: Array, W2: Array) -> dict[str, Array]:
    """The weights by forpass's names; what meets the extra input 1 is the bias there."""
    return {"W1": W1[:2], "b1": W1[2], "W2": W2[:, None]}
