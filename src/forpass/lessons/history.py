"""Perceptron (1958), Adaline (1960) and the logistic neuron: one drawing, three kinds of error.

All three add up weighted inputs, z = x w + b, and after each example move by w <- w + rate * error * x.
They differ in what they call the error, and that decides what they can learn.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.lessons.page import Page

Array = NDArray[np.float64]
Rule = Callable[[float, float], float]

LINE = np.array([1.0, 2.0, -0.5]) / np.sqrt(5.25)  # x1 + 2 x2 - 0.5 = 0 divides the classes; of length 1
XOR = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0.0, 1.0, 1.0, 0.0])


def perceptron_error(z: float, t: float) -> float:
    """Rosenblatt: a wrong decision counts as +1 or -1, a right one as nothing. t is 0 or 1."""
    s = 2 * t - 1
    return s if s * z <= 0 else 0.0


def adaline_error(z: float, t: float) -> float:
    """Widrow and Hoff: how far the sum itself is from +1 or -1."""
    return 2 * t - 1 - z


def logistic_error(z: float, t: float) -> float:
    """How far the probability is from 0 or 1."""
    p = 1 / (1 + np.exp(-z))
    return float(t - p)


# neuron: its error, its learning rate
NEURONS: dict[str, tuple[Rule, float]] = {
    "perceptron": (perceptron_error, 1.0),
    "Adaline": (adaline_error, 0.01),
    "logistic neuron": (logistic_error, 0.1),
}


def learn(X: Array, t: Array, rule: Rule, rate: float, epochs: int) -> dict[str, Any]:
    """Go through the examples one by one, from zero weights, in the order in which they lie.

    Returns the weights, the epochs it took, the number of moves, and the weights after every epoch. A
    neuron that is wrong about nothing any more and only learns from mistakes is left in peace.
    """
    w, b, moves, path = np.zeros(X.shape[1]), 0.0, 0, []
    for _ in range(epochs):
        for x, target in zip(X, t, strict=True):
            error = rule(float(x @ w) + b, target)
            w, b = w + rate * error * x, b + rate * error
            moves += error != 0
        path.append([*w.tolist(), b])
        if rule is perceptron_error and share_right(X, t, w, b) == 1.0:
            break
    return {"w": w, "b": b, "epochs": len(path), "moves": moves, "path": path}


def share_right(X: Array, t: Array, w: Array, b: float) -> float:
    """Share of the examples on the right side of the line; on it counts as 0."""
    return float(np.mean((X @ w + b > 0) == (t == 1)))


def separable(gap: float) -> tuple[Array, Array]:
    """100 points in a square, 1 on one side of LINE and 0 on the other, none nearer to it than `gap`."""
    X = np.random.default_rng(6).uniform(-1.0, 1.0, (400, 2))
    distance = with_one(X) @ LINE
    X, distance = X[abs(distance) >= gap][:100], distance[abs(distance) >= gap][:100]
    return X, (distance > 0).astype(float)


def with_far_points(X: Array, t: Array) -> tuple[Array, Array]:
    """Twelve more examples of class 1, far on their right side."""
    return np.vstack([X, np.full((12, 2), [8.0, 0.0])]), np.append(t, np.ones(12))


def with_one(X: Array) -> Array:
    """The examples with the bias's input, which is always 1."""
    return np.column_stack([X, np.ones(len(X))])


def mistake_bound(X: Array) -> float:
    """(R / margin)^2: the longest example by the nearest to LINE, both counted with the bias's input."""
    X = with_one(X)
    R, margin = np.sqrt((X**2).sum(axis=1)).max(), abs(X @ LINE).min()
    return float((R / margin) ** 2)


def draw_lines(X: Array, t: Array, found: dict[str, dict[str, Any]]) -> Callable[[Any], None]:
    """Return what draws examples and the lines that the neurons have found."""

    def lines(axes: Any) -> None:
        axes.scatter(*X[t == 1].T, marker="o", s=18, color="black", label="class 1")
        axes.scatter(*X[t == 0].T, marker="x", s=18, color="gray", label="class 0")
        x1 = np.array([-1.2, 8.5])
        for name, neuron in found.items():
            (w1, w2), b = neuron["w"], neuron["b"]
            axes.plot(x1, -(b + w1 * x1) / w2, label=name)
        axes.set(
            xlabel="x1", ylabel="x2", xlim=(-1.2, 8.5), ylim=(-1.2, 1.2), title="Far points pull at Adaline"
        )
        axes.legend(loc="upper right", fontsize=8)

    return lines


def lesson(page: Page) -> None:
    """Three neurons, three sets of examples, the bound, and forpass."""
    page.part("One drawing, three errors")
    page.say(
        "McCulloch and Pitts (1943) drew a neuron as a sum and a threshold. Fifteen years later Rosenblatt "
        "gave its inputs weights that are learnt: the perceptron. Adaline and logistic regression keep the "
        "drawing. All three move after every example by"
    )
    page.formula("w <- w + rate * error * x     b <- b + rate * error")
    page.say("and differ in one word, the error, for an example with the sum z and the target t:")
    page.table(["neuron", "error", "when it learns"], [
        ["perceptron", "+1 or -1, 0 if right", "only from mistakes"],
        ["Adaline", "(+1 or -1) - z", "from every example, also from right ones"],
        ["logistic neuron", "t - sigmoid(z)", "from every example, little where it is right and sure"],
    ])  # fmt: skip

    three_sets(page)
    the_bound(page)
    the_same_in_forpass(page)


def three_sets(page: Page) -> None:
    """What each neuron makes of separable examples, of far ones, and of XOR."""
    page.part("What they can learn")
    X, t = separable(0.1)
    page.say(
        "Three sets of examples: 100 points that a line divides; the same with 12 more of class 1, far away "
        "on their right side; and XOR, which no line divides. At most 1000 epochs each, at the rates 1, 0.01 "
        "and 0.1; the share of examples that end on the right side:"
    )
    sets = {"divided by a line": (X, t), "with far points": with_far_points(X, t), "XOR": XOR}
    found = {
        title: {name: learn(*examples, *NEURONS[name], epochs=1000) for name in NEURONS}
        for title, examples in sets.items()
    }
    right = {
        title: {name: share_right(*sets[title], neuron["w"], neuron["b"]) for name, neuron in row.items()}
        for title, row in found.items()
    }
    page.table(["examples", *NEURONS], [[title, *(f"{s:.1%}" for s in row.values())]
                                        for title, row in right.items()])  # fmt: skip
    page.figure("share_right", right)
    page.say(
        "Far points spoil Adaline: their sums are far above the +1 that it asks for, so it turns its line "
        "until the sums shrink. Perceptron and logistic neuron leave them in peace."
    )
    page.plot("far-points", draw_lines(*sets["with far points"], found["with far points"]))

    page.say("XOR is out of reach for all three, and each fails in its own way. w1, w2 and b at the end:")
    page.table(["neuron", "w1", "w2", "b"], [
        [name, *(f"{value + 0.0:.3f}" for value in (*neuron["w"], neuron["b"]))]  # + 0.0: -0.0 becomes 0.0
        for name, neuron in found["XOR"].items()
    ])  # fmt: skip
    path = found["XOR"]["perceptron"]["path"]
    page.say(
        "The perceptron is back at its start after every epoch ({different} set of weights at the ends of "
        "{epochs} epochs) and errs for ever. Adaline and the logistic neuron settle near zero weights, that "
        "is, at the sum 0 and the probability 0.5 for all four: they know that they know nothing. (Their "
        "25% means nothing either: it is the sign of sums near 0.)",
        different=len({tuple(weights) for weights in path}),
        epochs=len(path),
    )
    page.figure("xor_weights", {name: [*n["w"].tolist(), n["b"]] for name, n in found["XOR"].items()})
    page.figure("xor_ends_of_epochs", len({tuple(weights) for weights in path}))


def the_bound(page: Page) -> None:
    """Novikoff's theorem beside what is counted."""
    page.part("How long the perceptron needs")
    page.say(
        "If a line divides the classes, the perceptron finds one, and errs at most (R / margin)^2 times "
        "before it does (Novikoff 1962): R is the length of the longest example, the margin is the distance "
        "of the nearest example from the line, each counted with the bias's input 1. The narrower the gap, "
        "the longer it may take. For 100 points:"
    )
    rows, counted = [], {}
    for gap in (0.3, 0.1, 0.05, 0.02, 0.005):
        X, t = separable(gap)
        neuron = learn(X, t, perceptron_error, 1.0, epochs=10_000)
        bound = mistake_bound(X)
        rows.append([gap, neuron["epochs"], neuron["moves"], f"{bound:,.0f}"])
        counted[f"{gap:g}"] = {"mistakes": neuron["moves"], "bound": bound, "epochs": neuron["epochs"]}
    page.table(["margin at least", "epochs", "mistakes", "at most"], rows)
    page.say("The bound holds for every order of the examples, and is rarely reached.")
    page.figure("bound", counted)


def the_same_in_forpass(page: Page) -> None:
    """The three as scikit-learn's users know neurons: fit and predict."""
    from sklearn.exceptions import ConvergenceWarning

    import forpass as fp

    page.part("In forpass")
    page.say(
        "All three are estimators with fit and predict. Given the examples in the same order, they come to "
        "the same w1, w2 and b. (Adaline and the logistic neuron stop when their loss stands still, or at "
        "max_iter; our loop is run for as many epochs.)"
    )
    X, t = separable(0.1)
    estimators = {
        "perceptron": fp.Perceptron(shuffle=False),
        "Adaline": fp.Adaline(learning_rate=0.01, shuffle=False),
        "logistic neuron": fp.LogisticNeuron(learning_rate=0.1, max_iter=200, shuffle=False),
    }
    for name, estimator in estimators.items():
        with warnings.catch_warnings():
            # The logistic neuron would go on for ever: the surer, the smaller its loss.
            warnings.simplefilter("ignore", ConvergenceWarning)
            estimator.fit(X, t)
        ours = learn(X, t, *NEURONS[name], epochs=estimator.n_iter_)
        theirs = [*estimator.coef_[0], *estimator.intercept_]
        page.same(name, theirs, [*ours["w"], ours["b"]], digits=10)
