"""The linear model that networks are measured against, and beside: scores Z = X W + b of the same features.

    objective = sum_i w_i loss(z_i, t_i) / sum_i w_i  +  penalty ||W||^2 / (2 sum_i w_i)

With squared error that is ridge regression, with cross-entropy logistic regression. Numbers of a table come
clipped (see `smooth_clip`); beside them a model may see each as it was (`unclipped`), so that what is linear
in a column looks so, and what levels off does, too. The objective is convex, so that L-BFGS (Liu & Nocedal
1989) finds its minimum from anywhere. Along a direction the scores move evenly, Z + t D, so a search along it
needs no product with X. The formulas are those of `forpass.maths`.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.engines.blas import one_blas_thread
from forpass.maths.losses import LOSSES
from forpass.model import Scores
from forpass.sampling.evenly import evenly
from forpass.spec.data import Data
from forpass.spec.inputs import FeatureGroup
from forpass.spec.layers import Activation, Concatenate, Dense, Embedding, Layer
from forpass.spec.network import Head, NetworkSpec
from forpass.spec.program import lower
from forpass.training.linear_features import Array, Features, Scored, worth_unclipping

__all__ = ["LINEAR_ROWS", "PENALTIES", "LinearModel", "fit_linear", "some_rows", "without_values"]

PENALTIES = (1000.0, 100.0, 10.0, 1.0)
"""What is tried where validation rows can say which is best. The last, ``C=1`` and ``alpha=1`` of
scikit-learn, is taken where there are none; weaker ones take longest and were never better by much."""

LINEAR_ROWS = 50_000
"""The most rows that a linear model learns from; more would change little."""

ROWS_AT_ONCE = 65_536
"""So many are copied at a time where some rows of many are to be predicted."""

MEMORY = 10
"""Steps of which L-BFGS remembers what they did to the gradient."""
MOST_STEPS = 300
"""Of one penalty."""
CONVERGED = 3e-4
"""It has converged when the gradient's largest entry is such a share of what it was without features."""
FLAT_ENOUGH, MOST_TRIES = 0.5, 20
"""A search ends where the slope is such a share of what it was at first, or after so many tries."""

Past = deque[tuple[Array, Array]]
"""Steps, and how each changed the gradient."""
Note = Callable[[int], object]


@dataclass(frozen=True, eq=False)
class LinearModel:
    """A linear model that was fitted.

    Attributes
    ----------
    head : Head
    parameters : array of shape (width, k)
        A row of W for each feature, then of each column of codes one for each code and one of zeros, for
        codes that no training row had; then b.
    n_codes : tuple of int
        How many codes each column of codes had.
    penalty : float
    unclipped : tuple of int
        Which features are there twice: after all of them, these as they were before they were clipped.
    """

    head: Head
    parameters: Array
    n_codes: tuple[int, ...]
    penalty: float
    unclipped: tuple[int, ...] = ()

    def scores(self, data: Data, rows: NDArray[np.int64] | None = None) -> Scores:
        """Return the scores of all rows of other data, or of some; those are copied a few at a time."""
        if rows is None and self.unclipped and data.n_rows > ROWS_AT_ONCE:
            rows = np.arange(data.n_rows)
        if rows is None:
            parts = [data]
        else:
            begins = range(0, max(len(rows), 1), ROWS_AT_ONCE)
            parts = [data.rows(rows[begin : begin + ROWS_AT_ONCE]) for begin in begins]
        with one_blas_thread():
            found = (Features(part, self.n_codes, self.unclipped).times(self.parameters) for part in parts)
            Z = [np.ascontiguousarray(scores) for scores in found]
        return Scores(self.head, Z[0] if len(Z) == 1 else np.concatenate(Z))

    def as_network(self, inputs: Sequence[FeatureGroup]) -> tuple[NetworkSpec, Array]:
        """Return the same as a network with one Dense, and its parameters: codes become rows of an embedding.

        A code that no training row had has zeros there, as here.

        Parameters
        ----------
        inputs : sequence of FeatureGroup
            What the features and the columns of codes are.

        Examples
        --------
        >>> data = Data([[-1.0], [0.0], [1.0]], targets=[1.0, 3.0, 5.0])
        >>> line = fit_linear(Head("squared"), 1, data)
        >>> spec, parameters = line.as_network([FeatureGroup("x", "number", 1)])
        >>> parameters.round(3).tolist()
        [1.333, 3.0]
        """
        k, sizes = self.parameters.shape[1], [group.codes for group in inputs if group.kind == "code"]
        first: tuple[Layer, ...] = (Embedding(k),) if sizes else ()
        if self.unclipped:
            first = (Concatenate((first, (Activation("unclipped"),))),)
        spec = NetworkSpec(inputs=inputs, layers=(*first, Dense(k)), head=self.head)
        width = sum(group.width for group in inputs)
        arrays, begin = {}, width + len(self.unclipped)
        undone = np.zeros((width if self.unclipped else 0, k))
        undone[list(self.unclipped)] = self.parameters[width:begin]
        for column, (size, count) in enumerate(zip(sizes, self.n_codes, strict=True), start=1):
            arrays[f"E{column}"] = np.zeros((size, k))
            arrays[f"E{column}"][:count] = self.parameters[begin : begin + count]
            begin += count + 1
        arrays["W1"] = np.concatenate([self.parameters[:width], *[np.eye(k)] * len(sizes), undone])
        arrays["b1"] = self.parameters[-1]
        return spec, lower(spec).parameters.flatten(arrays)


def fit_linear(
    head: Head,
    outputs: int,
    training: Data,
    validation: Data | None = None,
    note: Note = lambda step: None,
    *,
    penalties: Sequence[float] = PENALTIES,
    unclipped: bool = False,
) -> LinearModel:
    """Fit a linear model to training rows, with the penalty that does best on validation rows.

    Parameters
    ----------
    head : Head
        With a convex loss.
    outputs : int
        Number of scores, k.
    training : Data
        With targets.
    validation : Data, optional
        Without them the penalty is the weakest.
    note : callable
        Called after each step with its number. If it gives True, the parameters are left where they stand.
    penalties : sequence of float
        What is tried, the strongest first.
    unclipped : bool
        Whether it sees features of more than two values twice, as they are and as they were before they were
        clipped; not those of a sparse matrix, which were not, nor more than 1,000 features.

    Returns
    -------
    LinearModel
        The same bits for the same rows, however many threads there are.

    Examples
    --------
    >>> data = Data([[-1.0], [0.0], [1.0]], targets=[1.0, 3.0, 5.0])
    >>> fit_linear(Head("squared"), 1, data).parameters.round(3).tolist()  # 4 / (2 + penalty), and the mean
    [[1.333], [3.0]]
    """
    n_codes = () if training.codes is None else tuple((training.codes.max(axis=0) + 1).tolist())
    undone = worth_unclipping(training) if unclipped else ()
    problem = _Problem(head, outputs, training, n_codes, undone)
    least, best, steps = np.inf, None, itertools.count(1)
    with one_blas_thread(), np.errstate(over="ignore", under="ignore"):
        W = problem.without_features()
        first = np.abs(problem.gradient(W, problem.pulls(problem.features.times(W)), 0.0)).max()
        enough = max(CONVERGED * first, np.finfo(training.numbers.dtype).eps)  # of less, sums tell nothing
        for penalty in penalties[-1:] if validation is None else penalties:
            W = _minimum(problem, W, penalty, enough, lambda: note(next(steps)))
            model = LinearModel(head, W, n_codes, penalty, undone)
            if validation is None or validation.targets is None:
                return model
            loss = model.scores(validation).loss(validation.targets, validation.weights)
            if best is not None and loss >= least:
                break  # weaker ones would do worse still
            least, best = loss, model
    assert best is not None
    return best


def some_rows(data: Data, rows: NDArray[np.int64] | None = None) -> Data:
    """Return as many of the rows as a linear model learns from, evenly spaced; all where there are no more.

    `rows` says which rows there are; by default all of the data.
    """
    n = data.n_rows if rows is None else len(rows)
    if n <= LINEAR_ROWS:
        return data if rows is None else data.rows(rows)
    places = evenly(n, LINEAR_ROWS)
    return data.rows(places if rows is None else rows[places])


def without_values(data: Data, inputs: Sequence[FeatureGroup]) -> Data:
    """Return rows as a linear model takes them: of codes those of categories alone, not of repeated values.

    Parameters
    ----------
    data : Data
    inputs : sequence of FeatureGroup
        The groups of the data.

    Examples
    --------
    >>> inputs = [FeatureGroup("size", "value", 0, codes=3), FeatureGroup("town", "code", 0, codes=2)]
    >>> data = Data([[0.5], [0.25]], codes=[[2, 0], [1, 1]])
    >>> without_values(data, [FeatureGroup("size", "number", 1), *inputs]).codes.ravel().tolist()
    [0, 1]
    """
    if data.codes is None:
        return data
    coded = [group.kind == "code" for group in inputs if group.codes]
    codes = data.codes if all(coded) else np.ascontiguousarray(data.codes[:, coded])
    return Data(data.numbers, codes if codes.shape[1] else None, data.targets, data.weights)


class _Problem:
    """The objective on the training rows, by its derivatives."""

    def __init__(
        self, head: Head, outputs: int, data: Data, n_codes: tuple[int, ...], unclipped: tuple[int, ...]
    ) -> None:
        self.head, self.features = head, Features(data, n_codes, unclipped, often=True)
        T: Any = data.targets
        T = T[:, None] == np.arange(outputs) if T.ndim == 1 else T
        self.T: Scored = np.asfortranarray(T, data.numbers.dtype)
        weights = np.ones(data.n_rows) if data.weights is None else data.weights
        self.total = float(np.sum(weights))
        self.shares = (weights / self.total)[:, None].astype(data.numbers.dtype)

    def without_features(self) -> Array:
        """Return the parameters (width, k) that predict the mean target of all rows."""
        W = np.zeros((self.features.width, self.T.shape[1]))
        W[-1] = Scores.of_predictions(self.head, np.sum(self.shares * self.T, axis=0)[None]).raw
        return W

    def pulls(self, Z: Scored) -> Scored:
        """Return the derivative of the mean loss by the scores, (n, k)."""
        return np.asarray(LOSSES[self.head.loss].vjp(self.shares, Z, self.T, *self.head.settings.values()))

    def gradient(self, W: Array, dZ: Scored, penalty: float) -> Array:
        """Return the derivative of the objective by the parameters; the bias pays nothing."""
        G = self.features.transposed_times(dZ)
        G[:-1] += penalty / self.total * W[:-1]
        return G


def _minimum(problem: _Problem, W: Array, penalty: float, enough: float, note: Callable[[], object]) -> Array:
    """Return the parameters where no entry of the gradient is above `enough`, beginning at W."""
    Z = problem.features.times(W)
    G = problem.gradient(W, problem.pulls(Z), penalty)
    past: Past = deque(maxlen=MEMORY)
    for _ in range(MOST_STEPS):
        largest = float(np.abs(G).max())  # NumPy's own would make float64 of what it meets
        direction = -_without_curvature(G, past)
        slope = float(np.vdot(G, direction))
        if largest <= enough or slope >= 0:  # or rounding hides the way down
            break
        line = _Line(problem, W, Z, direction, penalty)
        length, dZ = line.flat_place(slope, 1.0 if past else 1.0 / largest)
        step, before = length * direction, G
        W, Z = W + step, Z + length * line.D
        G = problem.gradient(W, dZ, penalty)
        if np.vdot(step, G - before) > 0:
            past.append((step, G - before))
        if note() is True:
            break
    return W


def _without_curvature(G: Array, past: Past) -> Array:
    """Return the inverse Hessian times G, as far as past steps and what they did to the gradient tell it."""
    Q, shares = G.copy(), []
    for step, change in reversed(past):
        shares.append(np.vdot(step, Q) / np.vdot(step, change))
        Q -= shares[-1] * change
    if past:
        step, change = past[-1]
        Q *= np.vdot(step, change) / np.vdot(change, change)
    for (step, change), share in zip(past, reversed(shares), strict=True):
        Q += (share - np.vdot(change, Q) / np.vdot(step, change)) * step
    return Q


class _Line:
    """The way from W along a direction; the slope rises all along it, for the objective is convex."""

    def __init__(self, problem: _Problem, W: Array, Z: Scored, direction: Array, penalty: float) -> None:
        self.problem, self.Z, self.D = problem, Z, problem.features.times(direction)
        price = penalty / problem.total
        self.price = float(price * np.vdot(W[:-1], direction[:-1]))
        self.price_rises = float(price * np.vdot(direction[:-1], direction[:-1]))

    def slope(self, length: float) -> tuple[float, Scored]:
        """Return the slope of the objective after a length, and the pulls there."""
        dZ = self.problem.pulls(self.Z + length * self.D)
        return float(np.vdot(dZ.T, self.D.T) + self.price + length * self.price_rises), dZ

    def flat_place(self, slope: float, length: float) -> tuple[float, Scored]:
        """Return a length after which the slope is nearly flat, and the pulls there.

        Parameters
        ----------
        slope : float
            At the beginning, where it falls.
        length : float
            What is tried first.
        """
        enough = FLAT_ENOUGH * -slope
        low, high = (0.0, slope), (np.inf, np.inf)
        for _ in range(MOST_TRIES):
            slope, dZ = self.slope(length)
            found = length, dZ
            if abs(slope) <= enough:
                break
            low, high = ((length, slope), high) if slope < 0 else (low, (length, slope))
            if high[0] == np.inf:
                length *= 4.0
            else:  # where a straight line between both is flat, but not too near to either
                share = low[1] / (low[1] - high[1])
                length = low[0] + (high[0] - low[0]) * min(max(share, 0.1), 0.9)
        return found
