"""An activation is what a neuron makes of its weighted sum: step, sigmoid, ReLU, identity, softmax.

Between layers it must bend, or depth is lost. At the output it turns raw scores into what the task asks
for. Written down carelessly, sigmoid and softmax overflow; both have a form that does not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from forpass.lessons.page import Page


def step(x: Any) -> Any:
    """1 where x > 0, else 0."""
    return (x > 0).astype(int)


def careless_sigmoid(x: Any) -> Any:
    """As one writes it on paper: exp(-x) overflows for x below -709."""
    return 1 / (1 + np.exp(-x))


def sigmoid(x: Any) -> Any:
    """The same for every x: below 0 both parts of the fraction are multiplied by exp(x).

    No exponent is above 0, so nothing overflows.
    """
    return np.exp(-relu(-x)) / (1 + np.exp(-np.abs(x)))


def relu(x: Any) -> Any:
    """Rectified linear unit: what is negative becomes 0."""
    return np.maximum(x, 0)


def leaky_relu(x: Any) -> Any:
    """What is negative becomes a hundredth of itself."""
    return np.where(x > 0, x, 0.01 * x)


def softplus(x: Any) -> Any:
    """A smooth ReLU: log(1 + exp(x)), again with no exponent above 0."""
    return relu(x) + np.log1p(np.exp(-np.abs(x)))


def identity(x: Any) -> Any:
    """The sum itself."""
    return x


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "step": step,
    "identity": identity,
    "relu": relu,
    "leaky_relu": leaky_relu,
    "sigmoid": sigmoid,
    "tanh": np.tanh,
    "softplus": softplus,
}


def careless_softmax(x: Any) -> Any:
    """As one writes it on paper: exp(x) overflows for x above 709."""
    return np.exp(x) / np.exp(x).sum()


def softmax(x: Any) -> Any:
    """The same for every x: the largest is subtracted first, which cancels out of the fraction."""
    return careless_softmax(x - x.max())


def raw_score(p: Any) -> Any:
    """The sigmoid backwards: which sum z gave the output p."""
    return -np.log(1 / p - 1)


def draw(names: tuple[str, ...]) -> Any:
    """Return what draws these functions into a plot."""

    def curves(axes: Any) -> None:
        x = np.linspace(-5.0, 5.0, 1001)
        for name in names:
            axes.plot(x, FUNCTIONS[name](x), label=name)
        axes.set(xlabel="x", ylabel="h(x)", title="Activations")
        axes.grid(alpha=0.3)
        axes.legend()

    return curves


def lesson(page: Page) -> None:
    """The functions, why they bend, softmax, overflow, and which belongs where."""
    the_functions(page)
    why_they_bend(page)
    softmax_against_sigmoid(page)
    overflow(page)
    which_belongs_where(page)
    the_same_in_forpass(page)


def the_functions(page: Page) -> None:
    """Values, plots, and what step and sigmoid have in common."""
    page.part("Six functions and the identity")
    page.say(
        "A perceptron decides by a step. Networks may use any function h of the weighted sum; these are "
        "common:"
    )
    x = np.array([-5.0, -2.0, -1.0, 0.0, 1.0, 2.0, 5.0])
    rows = [[name, *(f"{y:.4g}" for y in h(x))] for name, h in FUNCTIONS.items()]
    page.table(["h", *(f"x = {value:g}" for value in x)], rows)
    page.say(
        "(The tutorial's step ends in astype(np.int). NumPy took that name away in version 1.24; Python's "
        "int is meant.)"
    )
    page.figure("np_int_exists", hasattr(np, "int"))
    page.plot("step-sigmoid", draw(("step", "sigmoid")))
    page.plot("relu", draw(("relu", "leaky_relu", "softplus")))
    page.plot("tanh", draw(("identity", "tanh", "sigmoid")))

    grid = np.linspace(-5.0, 5.0, 1001)
    jumps = {name: float(np.diff(FUNCTIONS[name](grid)).max()) for name in ("step", "sigmoid")}
    page.say(
        "Step and sigmoid agree in much: both lie between 0 and 1, never fall, and are no straight lines. "
        "They differ in smoothness. Where x moves by 0.01, the step may move by {step:g}, the sigmoid by "
        "{sigmoid:.4f} at most: a small change of a weight is a small change of the output, and learning "
        "lives on that.",
        **jumps,
    )
    page.figure("jumps", jumps)


def why_they_bend(page: Page) -> None:
    """Layers without a bend are one layer."""
    page.part("Why they must bend")
    page.say("Take a straight h, h(x) = c x, with c = 3. Three layers of it make of x = 2:")
    page.formula("h(h(h(2))) = 3 (3 (3 * 2)) = 54 = 27 * 2")
    page.say(
        "which one layer with c^3 = 27 does as well. With matrices it is the same: three layers without "
        "a bend between them are one layer whose matrix is W1 W2 W3. The depth is lost."
    )
    c, x = 3.0, 2.0
    page.figure("collapse", [c * (c * (c * x)), c**3 * x])
    rng = np.random.default_rng(0)
    X, W1, W2, W3 = (rng.normal(size=shape) for shape in [(5, 4), (4, 6), (6, 3), (3, 2)])
    three, one = X @ W1 @ W2 @ W3, X @ (W1 @ W2 @ W3)
    bent = relu(relu(X @ W1) @ W2) @ W3
    page.table(
        ["for 5 random examples", "largest difference from one layer"],
        [
            ["three layers, identity between", f"{np.abs(three - one).max():.1g}"],
            ["three layers, ReLU between", f"{np.abs(bent - one).max():.2g}"],
        ],
    )
    page.figure("collapse_of_matrices", float(np.abs(three - one).max()))
    page.figure("no_collapse_with_relu", float(np.abs(bent - one).max()))


def softmax_against_sigmoid(page: Page) -> None:
    """What several sigmoid outputs say, and what softmax makes of their scores."""
    page.part("Softmax compares, sigmoids do not")
    page.say(
        "With a sigmoid for each of three classes, two images give (0.9, 0.8, 0.7) and (0.5, 0.2, 0.1). Each "
        "output is a judgement of its own: they do not add up to 1, and how sure the network is of the first "
        "class compared with the others is hard to see. Softmax makes shares of the same raw scores z:"
    )
    page.formula("z = -ln(1 / p - 1)     softmax(z)_i = exp(z_i) / sum_j exp(z_j)")
    rows = []
    for p in np.array([0.9, 0.8, 0.7]), np.array([0.5, 0.2, 0.1]):
        z = raw_score(p)
        shares = softmax(z)
        # + 0.0 turns -0.0 into 0.0
        rows.append([str(tuple(p.tolist())), *(" ".join(f"{v:.2f}" for v in a + 0.0) for a in (z, shares))])
        page.figure(f"shares_of_{p[0]:g}", {"z": z.tolist(), "softmax": shares.tolist()})
    page.table(["sigmoids", "z", "softmax"], rows)
    page.say(
        "0.9 looks surer than 0.5, but among its three classes the first image's has the smaller share. (The "
        "tutorial has 0.74 where 0.73 stands here: it goes on with z rounded to two digits.)"
    )
    example = softmax(np.array([0.3, 2.9, 4.0]))
    page.say("And once more, from raw scores:")
    page.numbers("softmax(0.3, 2.9, 4.0)", example)
    page.say("They add up to {total:.6g}.", total=example.sum())
    page.figure("softmax", example)


def overflow(page: Page) -> None:
    """Where the formulas on paper leave the finite numbers, and the forms that do not."""
    page.part("Overflow")
    page.say(
        "The largest float64 is about exp(709). Softmax as it stands on paper fails for raw scores that are "
        "not unusual where inputs are not scaled: infinity by infinity is no number, nan. Subtracting the "
        "largest score first changes nothing but that:"
    )
    x = np.array([1010.0, 1000.0, 990.0])
    with np.errstate(over="ignore", invalid="ignore"):  # infinity by infinity, which this part is about
        failed = careless_softmax(x)
        failed_sigmoid = careless_sigmoid(np.array([-1000.0]))
    page.numbers("x", x)
    page.numbers("exp(x) / sum(exp(x))", failed)
    page.numbers("exp(x - max) / sum(exp(x - max))", softmax(x))
    page.figure("careless_softmax_is_nan", bool(np.isnan(failed).all()))
    page.figure("shifted_softmax", softmax(x))

    x = np.array([1000.0, 500.0, 10.0])
    exponents = x - x.max()
    page.say(
        "Of (1000, 500, 10) the shifted scores are (0, -500, -990), so the last share is exp(-990). (The "
        "tutorial has exp(-900); 10 - 1000 is -990.) Both are too small for a float64, which is why "
        "losses work on raw scores: the logarithm of the share, -990, is a number like any other."
    )
    page.numbers("x - max(x)", exponents)
    page.numbers("softmax(x)", softmax(x))
    page.figure("exponents", exponents)
    page.figure("softmax_of_1000_500_10", softmax(x))

    page.say(
        "The sigmoid has the same trouble at the other end: exp(-x) overflows for x = -1000. The result is "
        "still right, 1 / infinity = 0, but NumPy warns. The form below never takes exp of a number above 0:"
    )
    page.formula("sigmoid(x) = exp(-relu(-x)) / (1 + exp(-|x|))")
    x = np.array([-1000.0, -1.0, 0.0, 1.0, 1000.0])
    page.numbers("x", x)
    page.numbers("sigmoid(x)", sigmoid(x))
    page.figure("sigmoid_at_the_ends", sigmoid(x))
    page.figure("careless_sigmoid", failed_sigmoid)


def which_belongs_where(page: Page) -> None:
    """The activation of the output layer, by task."""
    page.part("Which belongs where")
    page.say(
        "Hidden layers today take ReLU or one of its smooth relatives. The output layer follows the task:"
    )
    page.table(
        ["task", "output", "in forpass: Head"],
        [
            ["regression: a number", "identity", '"squared"'],
            ["two classes: a probability", "sigmoid", '"sigmoid_cross_entropy"'],
            ["many classes: shares", "softmax", '"softmax_cross_entropy"'],
        ],
    )
    page.say(
        "In forpass the output's function is no layer. A Head names the loss, which works on raw scores and "
        "knows the function that belongs to it: that is where overflow is avoided."
    )


def the_same_in_forpass(page: Page) -> None:
    """Every function beside the one of forpass."""
    from forpass.maths.activations import ACTIVATIONS
    from forpass.maths.links import LINKS

    x = np.linspace(-800.0, 800.0, 4001)
    for name, h in FUNCTIONS.items():
        record = ACTIVATIONS[name]
        settings = [setting.default for setting in record.hyperparameters]
        page.same(name, record.function(x, *settings), h(x), digits=14)
    scores = np.array([[1010.0, 1000.0, 990.0], [0.3, 2.9, 4.0]])
    page.same("softmax", LINKS["softmax"].function(scores), np.array([softmax(z) for z in scores]), digits=14)
