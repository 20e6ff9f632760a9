"""Is a signal a pulsar? Two classes, and few of one: what accuracy hides, precision and recall show.

The program is that of the lesson abalone (split, mini-batches, report); only the head is another: the
output is a raw score z, sigmoid(z) is the probability of a pulsar, and the cost is cross-entropy.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

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

RATE, SCALED_RATE = 0.001, 0.01
SPLITS = range(3)


def sigmoid(z: Array) -> Array:
    """1 / (1 + exp(-z)), without an exponent above 0."""
    p: Array = np.exp(-np.maximum(-z, 0)) / (1 + np.exp(-np.abs(z)))
    return p


def cross_entropy(z: Array, y: Array) -> float:
    """Mean of -y ln(p) - (1 - y) ln(1 - p) with p = sigmoid(z), in the form that overflows for no z."""
    return float(np.mean(np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))))


def cross_entropy_slope(z: Array, y: Array) -> Array:
    """Its derivative by each raw score."""
    return (sigmoid(z) - y) / y.size


def accuracy(z: Array, y: Array) -> float:
    """Share of rows on the right side of z = 0, which is the probability 1/2."""
    return float(np.mean((z > 0) == (y == 1)))


TWO_CLASSES = Head(cross_entropy, cross_entropy_slope, accuracy)


class Scores(NamedTuple):
    """What becomes of the rows that are called pulsars, and of those that are."""

    accuracy: float
    precision: float
    """Of those that are called pulsars: how many are."""
    recall: float
    """Of those that are pulsars: how many are called so."""
    f1: float
    """The harmonic mean of both: near the smaller of them."""


def scores(z: Array, y: Array, threshold: float = 0.0) -> Scores:
    """Call a pulsar what is above the threshold, and count. Without any, precision is 0 by agreement."""
    called, is_one = z > threshold, y == 1
    found = int((called & is_one).sum())
    precision = found / max(int(called.sum()), 1)
    recall = found / int(is_one.sum())
    f1 = 2 * precision * recall / (precision + recall) if found else 0.0
    return Scores(float(np.mean(called == is_one)), precision, recall, f1)


def draw_thresholds(z: Array, y: Array) -> Callable[[Any], None]:
    """Return what draws precision, recall and F1 against the threshold."""

    def lines(axes: Any) -> None:
        thresholds = np.linspace(-5.0, 5.0, 201)
        found = [scores(z, y, threshold) for threshold in thresholds]
        axes.plot(thresholds, [one.precision for one in found], label="precision")
        axes.plot(thresholds, [one.recall for one in found], label="recall")
        axes.plot(thresholds, [one.f1 for one in found], label="F1")
        axes.axvline(0.0, color="gray", linestyle=":", label="probability 1/2")
        axes.set(xlabel="threshold for z", ylabel="on the test rows", ylim=(0, 1.02),
                 title="What is called a pulsar is a choice")  # fmt: skip
        axes.legend(loc="lower right")
        axes.grid(alpha=0.3)

    return lines


def lesson(page: Page) -> None:
    """The table, the head, a run, its figures beside a guess, the threshold, and forpass."""
    X, Y = arrays("pulsar")
    splits = [split(X, Y, seed) for seed in SPLITS]
    the_head(page, Y)
    one_run(page, splits[0])
    scaled = beside_a_guess(page, splits)
    another_threshold(page, scaled, splits[0].Y_test)
    the_same_in_forpass(page, splits[0])


def the_head(page: Page, Y: Array) -> None:
    """Sigmoid and cross-entropy on raw scores."""
    page.part("The head")
    page.say(
        "{rows:,} signals from a telescope, with eight features each. {share:.1%} of them are pulsars, "
        "the rest is noise. The layer gives a raw score z, and the cost is the cross-entropy of "
        "sigmoid(z), written for z itself, so that nothing overflows; slope is its derivative by z:",
        rows=len(Y),
        share=Y.mean(),
    )
    page.formula("sigmoid(z) = exp(-relu(-z)) / (1 + exp(-|z|))")
    page.formula("cost       = mean(relu(z) - z y + ln(1 + exp(-|z|)))")
    page.formula("slope      = (sigmoid(z) - y) / n")
    z = np.array([-1000.0, -2.0, 0.0, 2.0, 1000.0])
    costs = [cross_entropy(z[i : i + 1], np.ones(1)) for i in range(len(z))]
    page.say("The cost of a pulsar (y = 1) by its raw score: even 1000 the wrong way is a number.")
    page.numbers("z   ", z)
    page.numbers("cost", np.array(costs), digits=4)
    page.figure("rows", len(Y))
    page.figure("share", float(Y.mean()))
    page.figure("costs", costs)


def one_run(page: Page, data: Split) -> None:
    """Ten epochs on raw features, and what the result says of the test rows."""
    page.part("Ten epochs")
    page.say("The program of the lesson abalone with this head, raw features, rate {rate}:", rate=RATE)
    layer = reported(page, data, TWO_CLASSES, RATE, seed=0)
    z, y = layer.outputs(data.X_test), data.Y_test
    one = scores(z, y)
    called, is_one = z > 0, y == 1
    page.say("What became of the test rows:")
    page.table(["", "called a pulsar", "called noise"], [
        ["is a pulsar", int((called & is_one).sum()), int((~called & is_one).sum())],
        ["is noise", int((called & ~is_one).sum()), int((~called & ~is_one).sum())],
    ])  # fmt: skip
    page.say(
        "Accuracy is the share on the diagonal, {accuracy:.3f}. Precision asks of the first column how "
        "many are pulsars, {precision:.3f}; recall of the first row how many were found, {recall:.3f}; "
        "F1 is their harmonic mean, 2 P R / (P + R) = {f1:.3f}.",
        **one._asdict(),
    )
    page.figure("one_run", one._asdict())


def beside_a_guess(page: Page, splits: list[Split]) -> Array:
    """Three splits: a guess, raw and standardised features. Returns scaled raw scores of the first."""
    page.part("Why accuracy misleads")
    page.say("Three splits, on the test rows; beside them a program that never calls anything a pulsar:")
    found: dict[str, list[Scores]] = {}
    outputs = []
    for seed, data in enumerate(splits):
        scaled = standardised(data)
        outputs.append(train(scaled, TWO_CLASSES, SCALED_RATE, seed).outputs(scaled.X_test))
        runs = {
            "never a pulsar": np.full_like(data.Y_test, -1.0),
            "raw features, rate 0.001": train(data, TWO_CLASSES, RATE, seed).outputs(data.X_test),
            "standardised, rate 0.01": outputs[-1],
            "standardised, rate 0.1": train(scaled, TWO_CLASSES, 0.1, seed).outputs(scaled.X_test),
        }
        for name, z in runs.items():
            found.setdefault(name, []).append(scores(z, data.Y_test))
    page.table(["", "accuracy", "precision", "recall", "F1"], [
        [name, *(span(column, 3) for column in zip(*rows, strict=True))]
        for name, rows in found.items()
    ])  # fmt: skip
    page.say(
        "Doing nothing has an accuracy above 0.9. The layer's 0.97 looks like a small step from there, "
        "but it finds three of four pulsars, where doing nothing finds none. Where one class is rare, "
        "accuracy is nearly all about the other."
    )
    page.say(
        "On raw features, which go up to {largest:,.0f}, a single mini-batch throws the line far, and it "
        "is an accident where it lies at the end: hence the wide ranges of precision and recall. On "
        "standardised ones it settles, and bears a larger rate.",
        largest=max(float(np.abs(data.X).max()) for data in splits),
    )
    page.figure("test", {name: [one._asdict() for one in rows] for name, rows in found.items()})
    return outputs[0]


def another_threshold(page: Page, z: Array, y: Array) -> None:
    """Precision against recall."""
    page.part("The threshold is a choice")
    page.say(
        "Who must not miss a pulsar lowers the threshold, who must not raise a false alarm lifts it. "
        "Split 0, standardised:"
    )
    found = {threshold: scores(z, y, threshold) for threshold in (-3.0, -2.0, -1.0, 0.0, 2.0)}
    page.table(["threshold for z", "probability", "precision", "recall", "F1"], [
        [f"{threshold:g}", f"{float(sigmoid(np.array(threshold))):.2f}",
         *(f"{value:.3f}" for value in (one.precision, one.recall, one.f1))]
        for threshold, one in found.items()
    ])  # fmt: skip
    page.figure("thresholds", {f"{threshold:g}": one._asdict() for threshold, one in found.items()})
    page.plot("threshold", draw_thresholds(z, y))


def the_same_in_forpass(page: Page, data: Split) -> None:
    """The same layer, on raw and on standardised features."""
    page.part("In forpass")
    for what, rows, rate in (("W and b, raw features", data, RATE),
                             ("W and b, standardised", standardised(data), SCALED_RATE)):  # fmt: skip
        ours = train(rows, TWO_CLASSES, rate, seed=0)
        model = in_forpass(rows, "sigmoid_cross_entropy", rate, seed=0)
        page.same(what, model.parameters, flat(ours), digits=10)
    page.say(
        "Of a table forpass scales the features by itself, and beside accuracy it shows balanced accuracy, "
        "which counts both classes alike: {command}.",
        command="forpass train pulsar",
    )
