"""A neuron is a weighted sum and a decision: y = 1 where b + w1 x1 + w2 x2 > 0, else 0.

With weights set by hand it computes AND, OR and NAND. It cannot compute XOR, whatever its weights:
one straight line would have to divide the plane. Three neurons in two layers can.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from forpass.lessons.compare import network_of, tell_cells
from forpass.lessons.page import Page

INPUTS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])

# gate: (w1, w2), b
GATES = {
    "NAND": ((-2.0, -2.0), 3.0),
    "OR": ((2.0, 2.0), -1.0),
    "AND": ((1.0, 1.0), -1.0),
}
TRUTH = {"NAND": [1, 1, 1, 0], "OR": [0, 1, 1, 1], "AND": [0, 0, 0, 1], "XOR": [0, 1, 1, 0]}


def neuron(x1: Any, x2: Any, w: Any, b: Any) -> Any:
    """One neuron: 1 where the weighted sum is above 0, else 0."""
    return (b + w[0] * x1 + w[1] * x2 > 0).astype(int)


def gate(name: str, x1: Any, x2: Any) -> Any:
    """A neuron with the weights of a gate."""
    w, b = GATES[name]
    return neuron(x1, x2, w, b)


def xor(x1: Any, x2: Any) -> Any:
    """Two neurons look at the inputs, a third at the two: XOR = AND(NAND, OR)."""
    return gate("AND", gate("NAND", x1, x2), gate("OR", x1, x2))


def settings_that_compute() -> dict[str, int]:
    """Try every w1, w2 and b from -10 to 10 in steps of 0.5, and count those that compute each gate."""
    values = np.arange(-10.0, 10.5, 0.5)
    w1, w2, b = np.meshgrid(values, values, values)
    outputs = [neuron(x1, x2, (w1, w2), b) for x1, x2 in INPUTS]  # four arrays, one for each example
    counts = {}
    for name, truth in TRUTH.items():
        right = [output == t for output, t in zip(outputs, truth, strict=True)]
        counts[name] = int(np.all(right, axis=0).sum())  # right for all four examples
    return counts


def draw(axes: Any) -> None:
    """Draw the plane of inputs: XOR lies between the lines of NAND and OR."""
    x1 = np.array([-0.5, 1.5])
    for name in ("NAND", "OR"):
        (w1, w2), b = GATES[name]
        axes.plot(x1, -(b + w1 * x1) / w2, label=f"{name}: {b:g} {w1:+g} x1 {w2:+g} x2 = 0")
    axes.fill_between(x1, 0.5 - x1, 1.5 - x1, color="gold", alpha=0.3, label="both fire: XOR = 1")
    ones = np.array(TRUTH["XOR"]) == 1
    axes.scatter(*INPUTS[ones].T, marker="o", s=90, color="black", zorder=3, label="XOR = 1")
    axes.scatter(*INPUTS[~ones].T, marker="x", s=90, color="black", zorder=3, label="XOR = 0")
    axes.set(xlabel="x1", ylabel="x2", xlim=(-0.5, 1.5), ylim=(-0.5, 1.5), title="One line cannot, two can")
    axes.set(xticks=[0, 0.5, 1], yticks=[0, 0.5, 1])
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=8)
    axes.set_aspect("equal")


def lesson(page: Page) -> None:
    """Gates, why XOR is none of them, and XOR in two layers."""
    one_neuron(page)
    what_one_neuron_cannot(page)
    two_layers(page)
    as_matrices(page)


def one_neuron(page: Page) -> None:
    """Three gates, each a neuron."""
    x1, x2 = INPUTS.T
    page.part("One neuron")
    page.say("A neuron weighs its inputs, adds them up with its bias, and fires where the sum is above 0:")
    page.formula("b + w1 x1 + w2 x2 > 0:   y = 1")
    page.formula("b + w1 x1 + w2 x2 <= 0:  y = 0")
    page.say("Three settings of w1, w2 and b, found by thinking, make three gates of it.")
    page.table(["gate", "w1", "w2", "b"], [[name, *w, b] for name, (w, b) in GATES.items()])
    outputs = {name: gate(name, x1, x2) for name in GATES}
    page.table(["x1", "x2", *outputs], np.column_stack([INPUTS.astype(int), *outputs.values()]).tolist())
    for name, output in outputs.items():
        page.figure(name, output)


def what_one_neuron_cannot(page: Page) -> None:
    """Why no weights compute XOR, by thinking and by trying."""
    page.part("What one neuron cannot do")
    page.say(
        "XOR is 1 where exactly one input is. A neuron that computes it would have to satisfy, "
        "for (0,0), (0,1), (1,0) and (1,1) in turn:"
    )
    page.formula("b <= 0     b + w2 > 0     b + w1 > 0     b + w1 + w2 <= 0")
    page.say("The two in the middle add up to the first of these, the two outside to the second:")
    page.formula("2b + w1 + w2 > 0     2b + w1 + w2 <= 0")
    page.say(
        "Both cannot be: there are no such weights. A search says the same. Of {tried:,} settings "
        "(w1, w2 and b from -10 to 10 in steps of 0.5) so many compute each gate:",
        tried=41**3,
    )
    found = settings_that_compute()
    page.table(["gate", "settings"], [[name, f"{count:,}"] for name, count in found.items()])
    page.figure("settings", found)


def two_layers(page: Page) -> None:
    """XOR from three neurons."""
    x1, x2 = INPUTS.T
    page.part("XOR in two layers")
    page.say(
        "NAND is 0 only for (1,1), OR is 0 only for (0,0). XOR is where both fire, and AND of the two says "
        "so. NAND and OR are the hidden layer, AND is the output layer."
    )
    y = xor(x1, x2)
    hidden = [gate("NAND", x1, x2), gate("OR", x1, x2)]
    page.table(["x1", "x2", "NAND", "OR", "XOR"], np.column_stack([INPUTS.astype(int), *hidden, y]).tolist())
    page.figure("XOR", y)
    page.plot("plane", draw)


def as_matrices(page: Page) -> None:
    """The three neurons as two layers, in NumPy and in forpass."""
    page.part("The same as matrices")
    page.say(
        "A layer is a matrix: each column of W holds the weights of one neuron, and X W + b is the sum of "
        "every neuron for every example at once. Multi-layer networks are nothing more than this. After each "
        "name stands the array's shape:"
    )
    W1 = np.column_stack([GATES["NAND"][0], GATES["OR"][0]])
    b1 = np.array([GATES["NAND"][1], GATES["OR"][1]])
    W2, b2 = np.array(GATES["AND"][0])[:, None], np.array([GATES["AND"][1]])
    hidden_layer = (INPUTS @ W1 + b1 > 0).astype(float)
    output_layer = (hidden_layer @ W2 + b2 > 0).astype(float)
    page.numbers("W1", W1)
    page.numbers("b1", b1)
    page.numbers("W2", W2)
    page.numbers("b2", b2)
    page.numbers("X W1 + b1", INPUTS @ W1 + b1)
    page.numbers("H = step(X W1 + b1)", hidden_layer)
    page.numbers("Y = step(H W2 + b2)", output_layer)

    import forpass as fp

    layers = (fp.Dense(2), fp.Activation("step"), fp.Dense(1), fp.Activation("step"))
    network = network_of(
        fp.NetworkSpec(2, layers, fp.Head("squared")), {"W1": W1, "b1": b1, "W2": W2, "b2": b2}
    )
    outputs_in_forpass = network.raw_scores(INPUTS)
    page.same("XOR by a network of NAND, OR and AND", outputs_in_forpass, output_layer, digits=15)
    page.same("the truth table of XOR", outputs_in_forpass.ravel(), TRUTH["XOR"], digits=15)
    page.say(
        "A network's trace says of every number what it was made of. For the second example, (0,1), NAND's "
        "sum and output, and then those of AND, which are the network's:"
    )
    tape = network.trace(fp.Data(INPUTS, targets=np.array(TRUTH["XOR"], float)))
    tell_cells(page, tape, "Z1[1,0]", "A1[1,0]", "Z2[1,0]", "A2[1,0]")
    page.say(
        "forpass refuses to train such a network by gradient: the step's derivative is 0 everywhere, so "
        "nothing says which way to go. How weights are learnt is the story of the lessons history and xor."
    )
