"""The mistakes of the five tutorials, and how each could have been caught.

A mistake in a network seldom stops the program. It learns a little worse, or learns by accident, and
nobody looks. So each part shows the mistaken form at work, the right one, and the check that tells them
apart: the numerical gradient, a write-protected array, one small step, or trying out what is claimed.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.lessons.compare import network_of
from forpass.lessons.page import Page

Array = NDArray[np.float64]

EPSILON = 1e-7  # what textbooks add inside the logarithm
CLIP = 1e-5


# rule: whether it is the posted one, and its momentum
MOMENTUM_RULES = {
    "right, momentum 0.4": (False, 0.4),
    "right, momentum 0": (False, 0.0),
    "posted, momentum 0.4": (True, 0.4),
    "posted, momentum 0": (True, 0.0),
}


def sigmoid(x: Any) -> Any:
    """1 / (1 + exp(-x)), without an exponent above 0."""
    return np.exp(-np.maximum(-x, 0)) / (1 + np.exp(-np.abs(x)))


def softmax(x: Array) -> Array:
    """Shares of a row of scores; the largest score is subtracted first."""
    powers = np.exp(x - x.max())
    shares: Array = powers / powers.sum()
    return shares


def numerical(f: Callable[[Array], float], x: Array, h: float = 1e-4) -> Array:
    """The derivative of f by each entry of a row, by central differences."""
    moves = h * np.eye(len(x))
    return np.array([(f(x + move) - f(x - move)) / (2 * h) for move in moves])


# --- 1 and 2: layers -----------------------------------------------------------------------------


class MisspeltSigmoid:
    """As posted: forward writes `ouput`, backward reads `output`, which is still None."""

    def __init__(self) -> None:
        self.output: Any = None

    def forward(self, x: Array) -> Any:
        """Keep the output, under another name than that which is read."""
        self.ouput = sigmoid(x)
        return self.ouput

    def backward(self, dout: Array) -> Any:
        """Fail."""
        return dout * self.output * (1 - self.output)


class OverwritingReLU:
    """As posted: backward zeroes the entries of the array it was handed."""

    def forward(self, x: Array) -> Array:
        """Keep where x is not above 0."""
        self.mask = x <= 0
        return np.where(self.mask, 0.0, x)

    def backward(self, dout: Array) -> Array:
        """Right in value, but the array is the caller's."""
        dout[self.mask] = 0
        return dout


class ReLU(OverwritingReLU):
    """The same into a new array."""

    def backward(self, dout: Array) -> Array:
        """Leave the caller's array as it is."""
        return np.where(self.mask, 0.0, dout)


def caught(action: Callable[[], object]) -> str:
    """Which error an action ends with; "" for none."""
    try:
        action()
    except (TypeError, ValueError, AttributeError) as error:
        return type(error).__name__
    return ""


# --- 3: a target that is none --------------------------------------------------------------------


def squared(z: Any, t: float) -> Any:
    """(sigmoid(z) - t)^2: smallest where the output is the label."""
    return (sigmoid(z) - t) ** 2


def posted_squared(z: Any, t: float) -> Any:
    """As posted: the label goes through the sigmoid, too. sigmoid(1) = 0.73, sigmoid(0) = 0.5."""
    return (sigmoid(z) - sigmoid(t)) ** 2


# --- 4: momentum ---------------------------------------------------------------------------------


def momentum_path(posted: bool, momentum: float, steps: int = 50, rate: float = 0.1) -> list[float]:
    """Roll a weight down w^2 / 2 from w = 1, where downhill is -w."""
    w, memory, path = 1.0, 0.0, [1.0]
    for _ in range(steps):
        downhill = -w
        if posted:
            w, memory = w + momentum * memory - rate * downhill, downhill
        else:
            memory = momentum * memory + rate * downhill
            w += memory
        path.append(w)
    return path


# --- 8: a constant inside the logarithm ----------------------------------------------------------


def cross_entropy(x: Array) -> float:
    """-ln of the first share, from raw scores: ln sum exp(x) - x_0."""
    return float(x.max() + np.log(np.exp(x - x.max()).sum()) - x[0])


def padded_cross_entropy(x: Array) -> float:
    """As textbooks have it: a small constant keeps the logarithm finite."""
    return float(-np.log(softmax(x)[0] + EPSILON))


def clipped_cross_entropy(x: Array) -> float:
    """The same with a clip."""
    return float(-np.log(np.clip(softmax(x)[0], CLIP, 1 - CLIP)))


def draw_squared(axes: Any) -> None:
    """Draw both squared errors for a true class."""
    z = np.linspace(-4.0, 6.0, 401)
    axes.plot(z, squared(z, 1.0), label="(sigmoid(z) - 1)^2")
    axes.plot(z, posted_squared(z, 1.0), label="(sigmoid(z) - sigmoid(1))^2")
    axes.axvline(1.0, color="gray", linestyle=":", label="z = 1, output 0.73")
    axes.set(xlabel="raw score z", ylabel="cost of a true class", title="Where the cost is smallest")
    axes.grid(alpha=0.3)
    axes.legend()


def draw_momentum(axes: Any) -> None:
    """Draw the weight under the four rules."""
    for name, (posted, momentum) in MOMENTUM_RULES.items():
        axes.plot(momentum_path(posted, momentum, 20), label=name, ls="--" if posted else "-")
    axes.set(xlabel="step", ylabel="w (0 is the bottom)", title="Rolling down w^2 / 2")
    axes.set_xticks(range(0, 21, 5))
    axes.grid(alpha=0.3)
    axes.legend()


def lesson(page: Page) -> None:
    """Eight mistakes, and what they have in common."""
    a_misspelt_name(page)
    somebody_elses_array(page)
    a_target_that_is_none(page)
    the_sign_of_momentum(page)
    three_slips(page)
    a_constant_in_the_logarithm(page)
    what_caught_what(page)
    the_same_in_forpass(page)


def a_misspelt_name(page: Page) -> None:
    """1: the Sigmoid layer."""
    page.part("1. A misspelt name")
    page.say(
        "The Sigmoid layer keeps its output for backward, but under a misspelt name (here ouput instead of "
        "output). forward works, so predictions come out. The first training step fails, since backward "
        "multiplies by None:"
    )
    layer, x = MisspeltSigmoid(), np.array([0.0, 1.0])
    layer.forward(x)
    error = caught(lambda: layer.backward(np.ones(2)))
    page.formula(f"backward: {error}")
    page.say("Caught by any call of backward. A layer that nobody sends a gradient through is untested.")
    page.figure("misspelt", error)


def somebody_elses_array(page: Page) -> None:
    """2: the ReLU layer."""
    page.part("2. Somebody else's array")
    page.say(
        "ReLU's backward sets entries of dout to 0 and returns it. The value is right, but dout is the "
        "caller's, and whoever uses it again finds something else in it:"
    )
    relu, x = OverwritingReLU(), np.array([1.0, -0.5, -2.0, 3.0])
    dout = np.array([1.0, 2.0, 3.0, 4.0])
    relu.forward(x)
    page.numbers("x          ", x)
    page.numbers("dout before", dout)
    relu.backward(dout)
    page.numbers("dout after ", dout)
    protected = np.array([1.0, 2.0, 3.0, 4.0])
    protected.flags.writeable = False
    right = ReLU()
    right.forward(x)
    errors = caught(lambda: relu.backward(protected)), caught(lambda: right.backward(protected))
    page.say("The gradient check is blind to it. A write-protected array is not:")
    page.formula(f"dout.flags.writeable = False     posted: {errors[0]}     right: {errors[1] or 'OK'}")
    page.figure("overwritten", {"after": dout, "posted": errors[0], "right": errors[1]})


def a_target_that_is_none(page: Page) -> None:
    """3: the squared error that aims at sigmoid(label)."""
    page.part("3. A target that is none")
    page.say(
        "For the steel plates the tutorial compares sigmoid(output) with sigmoid(label). The label "
        "itself is meant. As it stands, a true class aims at 0.73 and a false one at 0.5, and being "
        "surer costs. The cost of a true class (label 1) by its raw score z:"
    )
    z = np.array([-2.0, 0.0, 1.0, 3.0, 10.0])
    page.table(["cost", *(f"z = {value:g}" for value in z)], [
        ["right", *(f"{value:.4f}" for value in squared(z, 1.0))],
        ["posted", *(f"{value:.4f}" for value in posted_squared(z, 1.0))],
    ])  # fmt: skip
    grid = np.linspace(-10.0, 10.0, 2001)
    aims = {t: float(sigmoid(grid[posted_squared(grid, t).argmin()])) for t in (1.0, 0.0)}
    page.say(
        "It is smallest at the output {true:.2f} for a true class and {false:.2f} for a false one. It "
        "goes unnoticed because the largest output is still at the right place. The gradient check need "
        "not find it: a gradient may well be the right one of a wrong cost. What finds it is a look at "
        "the cost alone, which must be smallest where the output is the label.",
        true=aims[1.0],
        false=aims[0.0],
    )
    page.figure("aims", [aims[1.0], aims[0.0]])
    page.plot("squared", draw_squared)


def the_sign_of_momentum(page: Page) -> None:
    """4: the momentum line of XOR."""
    page.part("4. The sign of momentum")
    page.say("XOR's momentum line adds a part of the last gradient and subtracts the new one:")
    page.formula("w <- w + momentum * last downhill - rate * downhill           (posted)")
    page.formula("move <- momentum * move + rate * downhill     w <- w + move   (right)")
    page.say(
        "But what it calls gradient points downhill already. On the valley w^2 / 2, from w = 1, with "
        "rate 0.1, after 50 steps:"
    )
    paths = {name: momentum_path(*rule) for name, rule in MOMENTUM_RULES.items()}
    page.table(["rule", "w after one step", "w after 50"], [
        [name, f"{path[1]:.2f}", f"{path[-1]:.2g}"] for name, path in paths.items()
    ])  # fmt: skip
    page.say(
        "The posted line climbs, and is saved by the last gradient, which it adds with 0.4 while it "
        "subtracts 0.1 of the new one: 0.3 downhill together, where the right line moves by 0.1 / (1 - 0.4) "
        "= 0.17. So it even arrives first. Without momentum nothing saves it. Caught by one small step: the "
        "error must not grow. The lesson xor shows the same on the network."
    )
    page.figure("momentum", {name: [path[1], path[-1]] for name, path in paths.items()})
    page.plot("momentum", draw_momentum)


def three_slips(page: Page) -> None:
    """5, 6 and 7: what is claimed, tried out."""
    page.part("5, 6 and 7. Claims that trying out would have caught")
    z = np.linspace(-10.0, 10.0, 2001)
    slope = sigmoid(z) * (1 - sigmoid(z))
    page.say(
        "5. The sigmoid's derivative is said to be below 0. From z = -10 to 10 it lies between "
        "{smallest:.5f} and {largest:.2f}: below 1 is meant, and never below 0.",
        smallest=float(slope.min()),
        largest=float(slope.max()),
    )
    page.figure("sigmoid_slope", [float(slope.min()), float(slope.max())])

    x = np.array([1000.0, 500.0, 10.0])
    page.say(
        "6. Of the scores (1000, 500, 10) the last is said to become e^-900. 10 - 1000 is "
        "{exponent:.0f}. And two names have gone from the libraries: OneHotEncoder(n_values=10) ends "
        "with {encoder}, np.int with {integer}; today it is OneHotEncoder(categories=[range(10)]) or "
        "simply np.eye(10)[labels], and int.",
        exponent=float((x - x.max())[-1]),
        encoder=caught(posted_encoder),
        integer=caught(posted_integer),
    )
    page.figure("exponent", float((x - x.max())[-1]))
    page.figure("gone", [caught(posted_encoder), caught(posted_integer)])

    equal_rows = caught(lambda: np.ones((2, 3)) @ np.ones((2, 3)))
    fitting = np.ones((2, 3)) @ np.ones((3, 2))
    page.say(
        "7. For a product A B the rows of A are said to match the rows of B. (2, 3) by (2, 3) ends with "
        "{error}; (2, 3) by (3, 2) gives {shape}. Columns of A, rows of B.",
        error=equal_rows,
        shape=fitting.shape,
    )
    page.figure("equal_rows", equal_rows)


def posted_encoder() -> Any:
    """Ask scikit-learn for an encoder as the tutorial does."""
    from sklearn.preprocessing import OneHotEncoder

    return OneHotEncoder(n_values=10)


def posted_integer() -> Any:
    """Ask NumPy for its int as the tutorial does."""
    return operator.attrgetter("int")(np)  # a type checker refuses the plain np.int


def a_constant_in_the_logarithm(page: Page) -> None:
    """8: the textbook's cross-entropy."""
    page.part("8. A constant in the logarithm")
    page.say(
        "ln(0) is minus infinity, so textbooks write -ln(p + 0.0000001), or clip p, and go on with the "
        "gradient p - t as if nothing had happened. At the raw scores (0, 30), the first class being "
        "true, its p is 1e-13. What backpropagation says of the two scores, and what the cost does:"
    )
    x, t = np.array([0.0, 30.0]), np.array([1.0, 0.0])
    found = {
        "p - t": softmax(x) - t,
        "numerical, -ln(p + 0.0000001)": numerical(padded_cross_entropy, x),
        "numerical, p clipped at 0.00001": numerical(clipped_cross_entropy, x),
        "numerical, from raw scores": numerical(cross_entropy, x),
    }
    page.table(["derivative", "by score 1", "by score 2"], [
        [name, *(f"{value + 0.0:.3g}" for value in slopes)]  # + 0.0: -0.0 becomes 0.0
        for name, slopes in found.items()
    ])  # fmt: skip
    page.say(
        "With the constant, the cost hardly knows that it is wrong, just where it is most wrong; "
        "training goes well only because p - t is the gradient of another cost, the one without it. "
        "Caught by the numerical gradient, where somebody looks at so sure a mistake. From raw scores, "
        "ln sum exp(x) - x of the class, no constant is needed, and cost and gradient belong together."
    )
    page.figure("logarithm", found)


def what_caught_what(page: Page) -> None:
    """The checks."""
    page.part("What caught what")
    page.table(["check", "finds"], [
        ["call backward at all", "1"],
        ["write-protect what you hand over", "2"],
        ["the cost is smallest where the output is the label", "3"],
        ["one small step lowers the error", "4"],
        ["run what you claim", "5, 6, 7"],
        ["numerical gradient, also far from the start", "8"],
    ])  # fmt: skip
    page.say(
        "None of them needs to know what the network is for. forpass runs such checks on itself, and on your "
        "network: {command}.",
        command="forpass check",
    )


def the_same_in_forpass(page: Page) -> None:
    """The right forms are what forpass computes."""
    import forpass as fp

    page.part("In forpass")
    valley = fp.NetworkSpec(1, (fp.Dense(1, bias=False),), fp.Head("squared"))
    at_bottom = fp.Data(np.ones((1, 1)), targets=np.zeros(1))  # the loss of w is w^2 / 2
    training = fp.TrainingSpec(
        epochs=50, optimizer=fp.OptimizerSpec("momentum", 0.1, {"mu": 0.4}), dtype="float64"
    )
    model = fp.train(valley, training, at_bottom, parameters={"W1": [[1.0]]})
    page.same("w after 50 steps with momentum", model.parameters, momentum_path(False, 0.4)[-1:], digits=14)

    squares = fp.NetworkSpec(1, (fp.Dense(1),), fp.Head("sigmoid_squared"))
    tape = network_of(squares, {"W1": [[1.0]], "b1": [0.0]}).trace(
        fp.Data(np.ones((1, 1)), targets=np.ones(1))
    )
    half = numerical(lambda z: float(squared(z[0], 1.0)) / 2, np.array([1.0]))
    page.same("squared error: at z = 1 a true class is still pushed up", tape["dZ1"][0], half, digits=8)

    scores = fp.NetworkSpec(2, (fp.Dense(2),), fp.Head("softmax_cross_entropy"))
    network = network_of(scores, {"W1": np.eye(2), "b1": np.zeros(2)})
    data = fp.Data([[0.0, 30.0]], targets=np.array([0]))
    tape = network.trace(data)
    found = numerical(cross_entropy, np.array([0.0, 30.0]))
    page.same("gradient by the scores (0, 30)", tape["dZ1"][0], found, digits=8)
    report = fp.gradient_check(scores, data, parameters=network.parameters)
    page.say("And of that very network: {headline}.", headline=str(report).splitlines()[0])
    page.figure("check_passed", report.passed)
