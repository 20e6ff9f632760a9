"""On its way down a gradient is multiplied by the activation's derivative in every layer.

The sigmoid's derivative is at most a quarter, so with depth nothing is left of the gradient. ReLU's is 1
wherever the neuron fires. Here both are measured, layer by layer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.lessons.compare import network_of
from forpass.lessons.page import Page

Array = NDArray[np.float64]

WIDTH = 50  # inputs, and neurons of every hidden layer
EXAMPLES = 100
DEPTHS = (2, 5, 10, 15, 20)


def sigmoid(Z: Array) -> Array:
    """Squash to (0, 1)."""
    return 1 / (1 + np.exp(-Z))


def sigmoid_slope(A: Array) -> Array:
    """The derivative from the output a: a (1 - a), at most 1/4, where a = 1/2."""
    return A * (1 - A)


def tanh_slope(A: Array) -> Array:
    """The derivative from the output a: 1 - a^2, at most 1, where a = 0."""
    return 1 - A * A


def relu(Z: Array) -> Array:
    """What is negative becomes 0."""
    return np.maximum(Z, 0)


def relu_slope(A: Array) -> Array:
    """The derivative from the output a: 1 where the neuron fires, else 0."""
    return (A > 0).astype(float)


# activation: function, derivative, and a factor on weights of standard deviation 1 / sqrt(inputs), with
# which activations keep their size from layer to layer: ReLU loses half of what it is given (He et al. 2015)
ACTIVATIONS: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array], float]] = {
    "sigmoid": (sigmoid, sigmoid_slope, 1.0),
    "tanh": (np.tanh, tanh_slope, 1.0),
    "ReLU": (relu, relu_slope, np.sqrt(2.0)),
}


def first_weights(depth: int, factor: float) -> list[Array]:
    """Weights of `depth` hidden layers and one output, by chance; biases are 0."""
    rng = np.random.default_rng(0)
    shapes = [(WIDTH, WIDTH)] * depth + [(WIDTH, 1)]
    return [factor * rng.normal(size=shape) / np.sqrt(WIDTH) for shape in shapes]


def examples() -> tuple[Array, Array]:
    """Inputs and targets by chance: what is measured here is not about any one table."""
    rng = np.random.default_rng(1)
    return rng.normal(size=(EXAMPLES, WIDTH)), rng.normal(size=(EXAMPLES, 1))


def gradient_sizes(name: str, depth: int, factor: float | None = None) -> list[float]:
    """Length of the gradient dZ at every layer, from the first hidden layer to the output."""
    h, slope, fitting = ACTIVATIONS[name]
    weights = first_weights(depth, fitting if factor is None else factor)
    X, T = examples()
    activations = [X]
    for W in weights[:-1]:
        activations.append(h(activations[-1] @ W))
    dZ = (activations[-1] @ weights[-1] - T) / EXAMPLES  # of the mean of (y - t)^2 / 2
    sizes = [float(np.linalg.norm(dZ))]
    for W, A in zip(reversed(weights[1:]), reversed(activations[1:]), strict=True):
        dZ = (dZ @ W.T) * slope(A)
        sizes.append(float(np.linalg.norm(dZ)))
    return sizes[::-1]


def first_by_output(sizes: list[float]) -> float:
    """The first layer's gradient as a multiple of the output's."""
    return sizes[0] / sizes[-1]


def draw_slopes(axes: Any) -> None:
    """Draw the three derivatives."""
    z = np.linspace(-5.0, 5.0, 1001)
    for name, (h, slope, _) in ACTIVATIONS.items():
        axes.plot(z, slope(h(z)), label=name)
    axes.axhline(0.25, color="gray", linestyle=":", label="1/4")
    axes.set(xlabel="z", ylabel="h'(z)", title="Derivatives")
    axes.legend()


def draw_sizes(axes: Any) -> None:
    """Draw the gradient's size layer by layer, in a network of 20."""
    for name in ACTIVATIONS:
        sizes = gradient_sizes(name, 20)
        axes.plot(range(1, len(sizes) + 1), np.array(sizes) / sizes[-1], marker="o", ms=4, label=name)
    axes.set(xlabel="layer (1: next to the inputs)", ylabel="gradient, output's = 1", yscale="log",
             title="Size of the gradient in a network of 20 hidden layers")  # fmt: skip
    axes.set_xticks(range(1, 22, 4))
    axes.grid(alpha=0.3)
    axes.legend()


def lesson(page: Page) -> None:
    """The derivatives, the measurement, what weights have to do with it, and forpass."""
    page.part("A quarter at most")
    page.say("Backpropagation multiplies by the activation's derivative, once in each layer:")
    page.formula("dZ1 = (dZ2 W2^T) * h'(Z1)")
    z = np.linspace(-10.0, 10.0, 2001)
    largest = {name: float(slope(h(z)).max()) for name, (h, slope, _) in ACTIVATIONS.items()}
    at_three = {name: float(slope(h(np.array([3.0])))[0]) for name, (h, slope, _) in ACTIVATIONS.items()}
    page.table(["h", "largest derivative", "derivative at z = 3"],
               [[name, largest[name], f"{at_three[name]:.3f}"] for name in ACTIVATIONS])  # fmt: skip
    page.say(
        "The sigmoid's is 0.25 at most. (The tutorial says below 0; below 1 is meant: a derivative below 0 "
        "would turn the gradient round, one below 1 makes it smaller.) Whatever the weights do, the sigmoids "
        "of so many layers alone leave at most this share of a gradient:"
    )
    page.table(["layers", "0.25^layers"], [[depth, f"{0.25**depth:.1e}"] for depth in DEPTHS])
    page.figure("largest_derivative", largest)
    page.figure("smallest_sigmoid_derivative", float(sigmoid_slope(sigmoid(z)).min()))
    page.plot("derivatives", draw_slopes)

    measured(page)
    weights_too(page)
    the_same_in_forpass(page)


def measured(page: Page) -> None:
    """The gradient's size by depth, and by layer."""
    page.part("Measured")
    page.say(
        "Networks of {width} neurons in each hidden layer, with random weights of a size that suits the "
        "activation, and {n} random examples. The length of the gradient dZ (the root of the sum of its "
        "squares) at the first layer, as a multiple of that at the output:",
        width=WIDTH,
        n=EXAMPLES,
    )
    ratios = {
        name: [first_by_output(gradient_sizes(name, depth)) for depth in DEPTHS] for name in ACTIVATIONS
    }
    rows = [[depth, *(f"{ratios[name][i]:#.2g}" for name in ratios)] for i, depth in enumerate(DEPTHS)]
    page.table(["hidden layers", *ratios], rows)
    page.figure("first_by_output", ratios)

    page.say("And layer by layer in the network of 20, where layer 21 is the output:")
    by_layer = {name: gradient_sizes(name, 20) for name in ACTIVATIONS}
    rows = [
        [layer, *(f"{sizes[layer - 1] / sizes[-1]:#.2g}" for sizes in by_layer.values())]
        for layer in (21, 20, 15, 10, 5, 1)
    ]
    page.table(["layer", *by_layer], rows)
    page.say(
        "With sigmoids the first layers are told nothing: at any learning rate that the upper layers bear, "
        "they stay where chance has put them. tanh is better, ReLU keeps the gradient's size. That is why "
        "hidden layers today take ReLU and its relatives, and sigmoids stand at outputs, where the "
        "cross-entropy cancels their derivative."
    )
    page.figure("by_layer", by_layer)
    page.plot("by-layer", draw_sizes)


def weights_too(page: Page) -> None:
    """ReLU alone is not enough."""
    page.part("The weights have a say too")
    page.say(
        "The other factor in each layer is W. ReLU needs weights of standard deviation sqrt(2 / inputs), as "
        "He and others found in 2015; in a network of 20 layers a little more or less is a lot:"
    )
    found = {}
    for name, factor in (("half of He's", 0.5), ("as He's", 1.0), ("twice He's", 2.0)):
        found[name] = first_by_output(gradient_sizes("ReLU", 20, factor * np.sqrt(2.0)))
    page.table(["weights", "first layer's gradient"], [[name, f"{r:#.2g}"] for name, r in found.items()])
    page.say("The gradient vanishes with the first and explodes with the last.")
    page.figure("by_weights", found)


def the_same_in_forpass(page: Page) -> None:
    """The same gradients in a trace, and what diagnose says of them."""
    import forpass as fp

    page.part("In forpass")
    X, T = examples()
    data = fp.Data(X, targets=T)
    depth = 20
    networks = {
        name: network_of(
            fp.multilayer(WIDTH, [WIDTH] * depth, 1, "squared", activation=name.lower()),
            weights_and_biases(first_weights(depth, factor)),
        )
        for name, (_, _, factor) in ACTIVATIONS.items()
    }
    for name, network in networks.items():
        tape = network.trace(data)
        theirs = [np.linalg.norm(tape[f"dZ{layer}"]) for layer in range(1, depth + 2)]
        # each as a multiple of ours, for the smallest are 1e-13 of the largest
        page.same(name, np.array(theirs) / gradient_sizes(name, depth), np.ones(depth + 1), digits=10)
    findings = [f for f in fp.diagnose(networks["sigmoid"], data) if f.kind == "vanishing_gradient"]
    page.say(
        "diagnose names the layer, the size and what helps. Of the network with sigmoids it says, counting "
        "activations as layers:"
    )
    page.say("{finding}", finding="; ".join(map(str, findings)))
    page.figure("diagnosed", [finding.value for finding in findings])


def weights_and_biases(weights: Sequence[Array]) -> dict[str, Array]:
    """The weights by forpass's names, with biases of 0."""
    named = {f"W{i}": W for i, W in enumerate(weights, start=1)}
    return named | {f"b{i}": np.zeros(W.shape[1]) for i, W in enumerate(weights, start=1)}
