"""How old is an abalone? One layer predicts its rings: regression, with a small program for any table.

The program splits a table, goes through it in mini-batches and reports every epoch. What is special to
the task stands in a `Head` of three functions; the lessons pulsar and steel give it two other heads.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forpass.lessons.page import Page

Array = NDArray[np.float64]

RATE, MB_SIZE, EPOCH_COUNT = 0.001, 10, 10
SPLITS = range(5)


# --- the program ---------------------------------------------------------------------------------


class Head(NamedTuple):
    """What follows the layer; each function takes outputs (n, k) and targets (n, k)."""

    cost: Callable[[Array, Array], float]
    """How wrong they are, on average."""
    slope: Callable[[Array, Array], Array]
    """The derivative of the cost by each output, (n, k)."""
    accuracy: Callable[[Array, Array], float]
    """A number that a person can read."""


class Split(NamedTuple):
    """A table in two parts: 80 % of its rows to learn from, the others to be measured on."""

    X: Array
    Y: Array
    X_test: Array
    Y_test: Array


class Layer(NamedTuple):
    """One layer: W (d, k) and b (k,)."""

    W: Array
    b: Array

    def outputs(self, X: Array) -> Array:
        """X (n, d) -> (n, k)."""
        return X @ self.W + self.b


def arrays(name: str) -> tuple[Array, Array]:
    """Features (n, d) and targets (n, k) of a named table; the sex of an abalone becomes three columns."""
    from forpass import load_dataset

    data = load_dataset(name)
    targets = [data.target] if isinstance(data.target, str) else list(data.target)
    columns: list[Any] = []
    for column, values in data.frame.items():
        if column == "Sex":
            columns += [values == sex for sex in "IMF"]  # infant, male, female: one-hot
        elif column not in targets:
            columns.append(values)
    X = np.column_stack(columns).astype(float)
    return X, np.column_stack([data.frame[target] for target in targets]).astype(float)


def split(X: Array, Y: Array, seed: int) -> Split:
    """Shuffle the rows and cut after 80 %."""
    order = np.random.default_rng(seed).permutation(len(X))
    first, rest = np.split(order, [int(0.8 * len(X))])
    return Split(X[first], Y[first], X[rest], Y[rest])


def standardised(data: Split) -> Split:
    """Give each feature mean 0 and deviation 1; both are taken from the training rows alone."""
    mean, deviation = data.X.mean(axis=0), data.X.std(axis=0)
    return data._replace(X=(data.X - mean) / deviation, X_test=(data.X_test - mean) / deviation)


def first_layer(data: Split, seed: int) -> Layer:
    """Small weights by chance."""
    shape = data.X.shape[1], data.Y.shape[1]
    return Layer(np.random.default_rng(seed).normal(0, 0.03, shape), np.zeros(shape[1]))


def orders(data: Split, seed: int) -> list[Any]:
    """In which order each epoch sees the rows."""
    rng = np.random.default_rng(seed)
    return [rng.permutation(len(data.X)) for _ in range(EPOCH_COUNT)]


def train(data: Split, head: Head, rate: float, seed: int, report: Callable[..., Any] | None = None) -> Layer:
    """Go through the rows ten at a time, ten times; `report` is told about every epoch."""
    layer = first_layer(data, seed)
    steps = len(data.X) // MB_SIZE  # what is left over waits for the next epoch
    began = time.perf_counter()
    for epoch, order in enumerate(orders(data, seed), start=1):
        costs = []
        for rows in order[: steps * MB_SIZE].reshape(steps, MB_SIZE):
            x, y = data.X[rows], data.Y[rows]
            outputs = layer.outputs(x)
            costs.append(head.cost(outputs, y) if report else 0.0)
            slope = head.slope(outputs, y)
            layer = Layer(layer.W - rate * x.T @ slope, layer.b - rate * slope.sum(axis=0))
        if report:
            report(
                epoch,
                float(np.mean(costs)),
                head.accuracy(layer.outputs(data.X), data.Y),
                head.accuracy(layer.outputs(data.X_test), data.Y_test),
                time.perf_counter() - began,
            )
    return layer


def reported(page: Page, data: Split, head: Head, rate: float, seed: int) -> Layer:
    """Train, and show the report as a table."""
    rows: list[list[object]] = []

    def line(epoch: int, cost: float, train_accuracy: float, test_accuracy: float, seconds: float) -> None:
        accuracies = f"{train_accuracy:.3f}", f"{test_accuracy:.3f}"
        rows.append([epoch, f"{cost:#.4g}", *accuracies, f"{seconds:.2f}"])

    layer = train(data, head, rate, seed, line)
    page.table(["epoch", "cost", "train", "test", "seconds"], rows)
    return layer


def span(values: Sequence[float], digits: int) -> str:
    """From the smallest to the largest."""
    return f"{min(values):.{digits}f} .. {max(values):.{digits}f}"


def in_forpass(data: Split, loss: str, rate: float, seed: int, over_outputs: str = "sum") -> Any:
    """The same training in forpass: the same first weights, the same rows in the same order."""
    import forpass as fp

    spec = fp.NetworkSpec(
        data.X.shape[1], (fp.Dense(data.Y.shape[1]),), fp.Head(loss, over_outputs=over_outputs)
    )
    training = fp.TrainingSpec(
        epochs=EPOCH_COUNT,
        batch_size=MB_SIZE,
        last_batch="drop",
        optimizer=fp.OptimizerSpec("gradient_descent", rate),
        dtype="float64",
    )
    layer, order = first_layer(data, seed), orders(data, seed)
    return fp.train(
        spec,
        training,
        fp.Data(data.X, targets=data.Y),
        parameters={"W1": layer.W, "b1": layer.b},
        order=lambda epoch: order[epoch],
    )


def flat(layer: Layer) -> Array:
    """W and b in one row, as forpass keeps them."""
    return np.concatenate([layer.W.ravel(), layer.b])


# --- regression ----------------------------------------------------------------------------------


def squared_cost(outputs: Array, y: Array) -> float:
    """Mean squared error."""
    return float(np.mean((outputs - y) ** 2))


def squared_slope(outputs: Array, y: Array) -> Array:
    """Its derivative by each output."""
    return 2 * (outputs - y) / y.size


def relative_accuracy(outputs: Array, y: Array) -> float:
    """One minus the mean relative error: what the tutorial calls accuracy here."""
    return float(1 - np.mean(np.abs(outputs - y) / y))


REGRESSION = Head(squared_cost, squared_slope, relative_accuracy)


def draw_rings(outputs: Array, y: Array) -> Callable[[Any], None]:
    """Return what draws predicted against true rings."""

    def dots(axes: Any) -> None:
        axes.scatter(y, outputs, s=6, alpha=0.4)
        axes.plot([0, 30], [0, 30], color="black", lw=1, label="right")
        axes.set(xlabel="rings", ylabel="predicted", xlim=(0, 30), ylim=(0, 30),
                 title="Test rows, standardised features")  # fmt: skip
        axes.set_aspect("equal")
        axes.legend()

    return dots


def lesson(page: Page) -> None:
    """The table, the program at work, what its figures are worth, and forpass."""
    X, Y = arrays("abalone")
    data = split(X, Y, seed=0)
    the_table(page, X, Y, data)
    one_run(page, data)
    what_it_is_worth(page, [split(X, Y, seed) for seed in SPLITS])
    the_same_in_forpass(page, data)


def the_table(page: Page, X: Array, Y: Array, data: Split) -> None:
    """Rows, inputs, and a category as numbers."""
    page.part("The table")
    page.say(
        "4177 abalones: sex, seven measurements, and the rings in the shell, which tell the age. Sex is "
        "a letter, I, M or F (infant, male, female); it becomes three columns with a 1 in one of them. That "
        "makes {inputs} inputs. The first animal, and its rings:",
        inputs=X.shape[1],
    )
    page.numbers("x", X[0], digits=4)
    page.numbers("y", Y[0])
    page.table(["rows", "X", "Y"], [
        ["train", str(data.X.shape), str(data.Y.shape)],
        ["test", str(data.X_test.shape), str(data.Y_test.shape)],
    ])  # fmt: skip
    page.figure("shapes", [list(array.shape) for array in data])


def one_run(page: Page, data: Split) -> None:
    """Ten epochs on raw features."""
    page.part("One layer, ten epochs")
    page.say(
        "One layer without activation gives a number, and the cost is the mean squared error; slope is its "
        "derivative by the output:"
    )
    page.formula("output = x W + b     cost = mean (output - y)^2     slope = 2 (output - y) / n")
    page.say(
        "Rate {rate}, mini-batches of n = {size} rows. Of each epoch: the mean cost of its batches; on train "
        "and test rows 1 - mean(|output - y| / y), which the tutorial calls accuracy; and the seconds since "
        "the beginning:",
        rate=RATE,
        size=MB_SIZE,
    )
    layer = reported(page, data, REGRESSION, RATE, seed=0)
    page.figure("one_run", squared_cost(layer.outputs(data.X_test), data.Y_test))


def what_it_is_worth(page: Page, splits: Sequence[Split]) -> None:
    """Beside a guess, and with scaled features."""
    page.part("What these figures are worth")
    page.say(
        "Five splits, on the test rows. Beside it the plainest guess, the mean of the training rows for "
        "every animal; and the same program on standardised features (each with mean 0 and deviation 1):"
    )
    found: dict[str, dict[str, list[float]]] = {}
    for seed, data in enumerate(splits):
        scaled = standardised(data)
        predictions = {
            "guess the mean": np.full_like(data.Y_test, data.Y.mean()),
            "raw features, rate 0.001": train(data, REGRESSION, RATE, seed).outputs(data.X_test),
            "standardised, rate 0.001": train(scaled, REGRESSION, RATE, seed).outputs(scaled.X_test),
            "standardised, rate 0.01": train(scaled, REGRESSION, 0.01, seed).outputs(scaled.X_test),
        }
        for name, outputs in predictions.items():
            row = found.setdefault(name, {"cost": [], "accuracy": []})
            row["cost"].append(squared_cost(outputs, data.Y_test))
            row["accuracy"].append(relative_accuracy(outputs, data.Y_test))
    page.table(["", "test cost", "test accuracy"], [
        [name, span(row["cost"], 1), span(row["accuracy"], 3)] for name, row in found.items()
    ])  # fmt: skip
    page.say(
        "An accuracy of 0.80 sounds good until one sees that guessing the mean has 0.73. And on raw features "
        "ten epochs leave much undone: where a feature's values are small or lie close together, its weight "
        "hardly moves. Standardising costs one line, and is better on every split, even at the same rate."
    )
    page.figure("test", found)
    page.plot("rings", draw_rings(predictions["standardised, rate 0.01"], data.Y_test))


def the_same_in_forpass(page: Page, data: Split) -> None:
    """The same layer; then a hidden layer, which the tutorial adds in later chapters."""
    import forpass as fp

    page.part("In forpass")
    page.say(
        'Head("squared") is half of the squared error, so that its slope is output - y; twice the rate gives '
        "the same steps:"
    )
    ours = train(data, REGRESSION, RATE, seed=0)
    model = in_forpass(data, "squared", 2 * RATE, seed=0)
    page.same("W and b after 10 epochs", model.parameters, flat(ours), digits=10)

    scaled = standardised(data)
    training = fp.TrainingSpec(epochs=50, optimizer=fp.OptimizerSpec("adam", 0.003), dtype="float64")
    hidden = fp.train(fp.multilayer(10, [20], 1, "squared"), training, fp.Data(scaled.X, targets=scaled.Y))
    cost = squared_cost(hidden.raw_scores(scaled.X_test), scaled.Y_test)
    one = squared_cost(train(scaled, REGRESSION, 0.01, 0).outputs(scaled.X_test), scaled.Y_test)
    page.say(
        "Later chapters of the tutorial add hidden layers. With 20 ReLU neurons, trained by forpass on "
        "standardised features for 50 epochs of Adam, the test cost of this split falls from {one:.2f} to "
        "{cost:.2f}.",
        one=one,
        cost=cost,
    )
    page.figure("hidden", {"one layer": one, "hidden layer": cost})
