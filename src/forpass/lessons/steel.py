"""Which fault has a steel plate? Seven classes, three heads compared, and one mistake that beats them all.

The program is that of the lesson abalone. The heads: softmax with cross-entropy, a sigmoid with
cross-entropy for each class, and the squared error after sigmoids. The mistake: unscaled features.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.lessons.abalone import (
    Head,
    Split,
    arrays,
    flat,
    in_forpass,
    reported,
    span,
    split,
    standardised,
    train,
)
from forpass.lessons.page import Page

Array = NDArray[np.float64]

RATES = (0.001, 0.01, 0.1)
SPLITS = range(5)
ONE_ROW = np.array([[0.3, 2.9, 4.0]]), np.array([[0.0, 0.0, 1.0]])  # raw scores, and the class


# --- softmax -------------------------------------------------------------------------------------


def softmax(x: Array) -> Array:
    """Raw scores (n, k) -> shares (n, k); each row's largest score is subtracted first."""
    powers = np.exp(x - x.max(axis=1, keepdims=True))
    shares: Array = powers / powers.sum(axis=1, keepdims=True)
    return shares


def softmax_jacobian(x: Array) -> Array:
    """dp_i / dx_j = p_i (delta_ij - p_j), for each row: (n, k) -> (n, k, k)."""
    p = softmax(x)
    return p[:, :, None] * (np.eye(x.shape[1]) - p[:, None, :])  # (n, i, 1) * ((i, j) - (n, 1, j))


def the_long_way(x: Array, y: Array) -> Array:
    """-y / p, the derivative of the cost by the shares, times the Jacobian of each row: (n, k)."""
    by_shares = -y / softmax(x)
    return (by_shares[:, None, :] @ softmax_jacobian(x))[:, 0, :]  # (n, 1, k) @ (n, k, k)


def softmax_cost(x: Array, y: Array) -> float:
    """Cross-entropy of the shares, from raw scores."""
    x = x - x.max(axis=1, keepdims=True)
    log_p = x - np.log(np.exp(x).sum(axis=1, keepdims=True))
    return float(-(y * log_p).sum() / len(y))


def softmax_slope(x: Array, y: Array) -> Array:
    """(p - y) / n."""
    return (softmax(x) - y) / len(y)


# --- a sigmoid for each class --------------------------------------------------------------------


def sigmoid(x: Array) -> Array:
    """Exponents are never above 0."""
    y: Array = np.exp(-np.maximum(-x, 0)) / (1 + np.exp(-np.abs(x)))
    return y


def sigmoid_cost(x: Array, y: Array) -> float:
    """Cross-entropy of each output by itself, averaged over rows and classes."""
    return float(np.mean(np.maximum(x, 0) - x * y + np.log1p(np.exp(-np.abs(x)))))


def sigmoid_slope(x: Array, y: Array) -> Array:
    """(sigmoid(x) - y) / (n k)."""
    return (sigmoid(x) - y) / y.size


# --- squared error after sigmoids ----------------------------------------------------------------


def squared_cost(x: Array, y: Array) -> float:
    """Mean of (sigmoid(x) - y)^2 over rows and classes."""
    return float(np.mean((sigmoid(x) - y) ** 2))


def squared_slope(x: Array, y: Array) -> Array:
    """The sigmoid's derivative p (1 - p) stays in it: where the output is surely wrong, it is near 0."""
    p = sigmoid(x)
    return 2 * (p - y) * p * (1 - p) / y.size


def accuracy(x: Array, y: Array) -> float:
    """Share of rows whose largest output is at the class."""
    return float(np.mean(x.argmax(axis=1) == y.argmax(axis=1)))


# name: head, and the same in forpass: loss, over outputs, by what its rate has to be multiplied
HEADS: dict[str, tuple[Head, str, str, float]] = {
    "softmax cross-entropy": (
        Head(softmax_cost, softmax_slope, accuracy), "softmax_cross_entropy", "sum", 1.0),
    "sigmoid cross-entropy": (
        Head(sigmoid_cost, sigmoid_slope, accuracy), "sigmoid_cross_entropy", "mean", 1.0),
    "squared error": (
        Head(squared_cost, squared_slope, accuracy), "sigmoid_squared", "mean", 2.0),  # of half the square
}  # fmt: skip
SOFTMAX = HEADS["softmax cross-entropy"][0]


def costs_by_epoch(data: Split) -> list[float]:
    """The mean softmax cost of each epoch, at rate 0.01."""
    costs = []

    def keep(epoch: int, cost: float, *others: float) -> None:
        costs.append(cost)

    train(data, SOFTMAX, 0.01, 0, keep)
    return costs


def draw_costs(costs: dict[str, list[float]]) -> Callable[[Any], None]:
    """Return what draws the softmax cost epoch by epoch, raw and standardised."""

    def lines(axes: Any) -> None:
        for name, values in costs.items():
            axes.plot(range(1, len(values) + 1), values, marker="o", ms=3, label=name)
        axes.axhline(np.log(7), color="gray", linestyle=":", label="equal shares: ln 7")
        axes.set(xlabel="epoch", ylabel="mean cost", yscale="log", title="Softmax cross-entropy")
        axes.grid(alpha=0.3)
        axes.legend()

    return lines


def lesson(page: Page) -> None:
    """Raw features fail, scaled ones do not; three heads; the Jacobian; forpass."""
    X, Y = arrays("steel")
    splits = [split(X, Y, seed) for seed in SPLITS]
    raw_features(page, X, Y, splits[0])
    scaled_features(page, splits)
    three_heads(page, splits)
    the_jacobian(page)
    the_same_in_forpass(page, splits[0])


def raw_features(page: Page, X: Array, Y: Array, data: Split) -> None:
    """The table, and a run that learns nothing."""
    page.part("The table, as it is")
    page.say(
        "{rows:,} steel plates, {inputs} features, {classes} faults, the class as a row with a single 1. "
        "One layer gives a raw score for each fault, and accuracy asks whether the largest is at the "
        "right place. The most frequent fault makes up {majority:.1%}, so much does a guess have. Ten "
        "epochs at rate 0.01:",
        rows=len(X),
        inputs=X.shape[1],
        classes=Y.shape[1],
        majority=Y.mean(axis=0).max(),
    )
    page.figure("majority", float(Y.mean(axis=0).max()))
    reported(page, data, SOFTMAX, 0.01, seed=0)
    sizes = np.abs(X).max(axis=0)
    page.say(
        "The accuracy wanders about the guess, and the cost is in the tens of billions, where equal "
        "shares for all seven would cost ln 7 = 1.95. The reason is in the table: the largest feature "
        "goes up to {largest:,.0f}, the smallest to {smallest:.2f}. A step that suits one does not suit "
        "the other.",
        largest=sizes.max(),
        smallest=sizes.min(),
    )
    page.figure("largest_values", [float(sizes.max()), float(sizes.min())])


def scaled_features(page: Page, splits: list[Split]) -> None:
    """Raw against standardised features at three rates."""
    page.part("Raw and standardised")
    page.say("Test accuracy over five splits, at three rates:")
    found: dict[str, dict[float, list[float]]] = {"raw": {}, "standardised": {}}
    for rate in RATES:
        for name, prepared in (("raw", splits), ("standardised", [standardised(data) for data in splits])):
            found[name][rate] = [
                accuracy(train(data, SOFTMAX, rate, seed).outputs(data.X_test), data.Y_test)
                for seed, data in enumerate(prepared)
            ]
    page.table(["features", *(f"rate {rate}" for rate in RATES)], [
        [name, *(span(row[rate], 2) for rate in RATES)]
        for name, row in found.items()
    ])  # fmt: skip
    page.say(
        "No rate helps raw features. The first steps make the weights so large that softmax says 0 or 1 to "
        "everything, and then a rate ten times as large only makes all weights ten times as large: the same "
        "score stays the largest. Standardised, the same program reaches 0.7. Unscaled features were the "
        "mistake, and no other head mends it."
    )
    page.figure("test", {name: {f"{rate:g}": row[rate] for rate in RATES} for name, row in found.items()})
    page.plot("cost", draw_costs({
        "raw": costs_by_epoch(splits[0]), "standardised": costs_by_epoch(standardised(splits[0]))
    }))  # fmt: skip


def three_heads(page: Page, splits: list[Split]) -> None:
    """The tutorial's comparison, on features that can be learnt from."""
    page.part("Three heads")
    page.table(["head", "p", "cost", "slope"], [
        ["softmax cross-entropy", "softmax(x)", "-ln(p) of the class", "p - y"],
        ["sigmoid cross-entropy", "sigmoid(x)", "relu(x) - x y + ln(1 + exp(-|x|))", "p - y"],
        ["squared error", "sigmoid(x)", "(p - y)^2", "2 (p - y) p (1 - p)"],
    ])  # fmt: skip
    page.say(
        "The first divides by the number of rows, the others by rows times classes: their steps are seven "
        "times smaller. Mean test accuracy over five splits, standardised features:"
    )
    rates = (0.01, 0.1, 1.0)
    prepared = [standardised(data) for data in splits]
    found = {
        name: {
            f"{rate:g}": float(np.mean([
                accuracy(train(data, head, rate, seed).outputs(data.X_test), data.Y_test)
                for seed, data in enumerate(prepared)
            ]))
            for rate in rates
        }
        for name, (head, *_) in HEADS.items()
    }  # fmt: skip
    page.table(["head", *(f"rate {rate:g}" for rate in rates)], [
        [name, *(f"{value:.3f}" for value in row.values())] for name, row in found.items()
    ])  # fmt: skip
    page.say(
        "Each at its best rate, they are near to each other. At equal rates the squared error is the "
        "slowest: its slope has the factor p (1 - p), at most a quarter, and close to 0 where the network is "
        "surely wrong."
    )
    page.say(
        "(The tutorial's squared error takes the sigmoid of the label as well, so that it aims at 0.73 and "
        "0.5 instead of 1 and 0. The lesson errata shows what comes of it.)"
    )
    page.figure("heads", found)


def the_jacobian(page: Page) -> None:
    """The long way through the softmax, and why it ends at p - y."""
    page.part("The long way round")
    page.say(
        "The tutorial first takes the derivative of softmax alone. Each share depends on every score, so for "
        "one row of k scores it is a matrix J (k, k), and for n rows an array (n, k, k). For a row of three:"
    )
    page.formula("dp_i / dx_j = p_i (d_ij - p_j)     d_ij = 1 (i = j), 0 (i != j)")
    x, y = ONE_ROW
    p, J = softmax(x), softmax_jacobian(x)
    page.numbers("p", p[0])
    page.numbers("J", J[0])
    page.say("Times the derivative of the cost by p, which is -y / p, it becomes p - y:")
    page.numbers("-y / p J", the_long_way(x, y)[0])
    page.numbers("p - y   ", (p - y)[0])
    page.say(
        "The short way needs no array (n, k, k), and no division by a share that may be 0. That is why a "
        "loss should work on raw scores."
    )
    page.figure("jacobian", J[0])
    page.figure("long_way", {"through the Jacobian": the_long_way(x, y)[0], "p - y": (p - y)[0]})


def the_same_in_forpass(page: Page, data: Split) -> None:
    """All three heads, the raw features too, and the slope that needs no Jacobian."""
    from forpass.maths.losses import LOSSES

    page.part("In forpass")
    scaled = standardised(data)
    for name, (head, loss, over_outputs, factor) in HEADS.items():
        ours = train(scaled, head, 0.1, seed=0)
        model = in_forpass(scaled, loss, factor * 0.1, 0, over_outputs)
        page.same(name, model.parameters, flat(ours), digits=10)
    ours = train(data, SOFTMAX, 0.01, seed=0)
    model = in_forpass(data, "softmax_cross_entropy", 0.01, seed=0)
    page.same("softmax cross-entropy on raw features", model.parameters, flat(ours), digits=10)
    slope = LOSSES["softmax_cross_entropy"].vjp(1.0, *ONE_ROW, 0.0)  # of a cost that counts once, unsmoothed
    page.same("the slope of softmax cross-entropy", slope, the_long_way(*ONE_ROW), digits=12)
    page.say(
        "Of a table forpass scales the features by itself, and its network has hidden layers: {command}.",
        command="forpass train steel",
    )
