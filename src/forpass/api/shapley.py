"""Shapley values of the columns of one row, exact by all subsets or from orders by chance.

The game of a row x against B background rows (Štrumbelj & Kononenko 2014; Lundberg & Lee 2017) is

    v(S) = 1/B sum_b v_b(S),    v_b(S) = f(x in the columns S, background row b in the others)

and the Shapley value of column j is the mean, over all orders of the columns, of v(S + j) - v(S), where S
are the columns before j. It is linear in the game, so it is the mean of those of the games v_b. In these, a
column in which x and b are alike changes nothing: it takes no part.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from forpass.maths.philox import words
from forpass.sampling.streams import stream_key

__all__ = ["Ask", "Shares", "most_asked", "shapley_values"]

MOST_EXACT = 10
"""Against a background row that differs from the row in so many columns, all subsets can be tried."""

FEWEST_ROUNDS = 2
"""So many orders, each with its reverse, are tried at least: one alone says nothing of the error."""

ROWS_AT_ONCE = 8_192

Ask = Callable[[NDArray[np.bool_], NDArray[np.int64]], NDArray[np.float64]]
"""Of masks (n, m), True where a column is as in x, and background rows (n,) for the others: f, (n,)."""


class Shares(NamedTuple):
    """Shapley values of columns (m,), their standard errors (m,), rounds (0: exact), rows asked about."""

    values: NDArray[np.float64]
    standard_errors: NDArray[np.float64]
    rounds: int
    evaluations: int


def shapley_values(
    ask: Ask,
    whole: float,
    alone: NDArray[np.float64],
    differ: NDArray[np.bool_],
    *,
    error: float,
    most: int,
    seed: int,
) -> Shares:
    """Return the Shapley values of columns, which add up to f(x) - mean f(b) but for rounding.

    Parameters
    ----------
    ask : callable
    whole : float
        f(x).
    alone : array of shape (B,)
        f(b) of each background row.
    differ : array of shape (B, m)
        The columns in which x and b differ.
    error : float
        Orders are tried until all standard errors are as small.
    most : int
        Or until so many rows have been asked about. All subsets are tried where that takes no more, and no
        background row differs in more than 10 columns.
    seed : int

    Examples
    --------
    >>> x, b = np.array([3.0, 2.0]), np.array([[1.0, 1.0], [0.0, 2.0]])
    >>> f = lambda mask, row: np.where(mask, x, b[row]).prod(axis=1)
    >>> shapley_values(f, 6.0, b.prod(axis=1), x != b, error=0.0, most=100, seed=0).values.tolist()
    [4.5, 1.0]
    """
    if _all_subsets(differ, most):
        return _exact(ask, whole, alone, differ)
    return _sampled(ask, whole, alone, differ, error, most, seed)


def most_asked(differ: NDArray[np.bool_], most: int) -> int:
    """Return about how many rows will be asked about at most; see `shapley_values`.

    Examples
    --------
    >>> most_asked(np.ones((5, 3), bool), most=100), most_asked(np.ones((5, 3), bool), most=10)
    (30, 40)
    """
    return _all_subsets(differ, most) or max(most, FEWEST_ROUNDS * _in_a_round(differ))


def _all_subsets(differ: NDArray[np.bool_], most: int) -> int:
    """Return how many rows all subsets take; 0 where these are too many."""
    counts = differ.sum(axis=1)
    needed = int(np.sum(np.maximum(0.0, 2.0 ** np.minimum(counts, 60) - 2.0)))
    return max(1, needed) if counts.max(initial=0) <= MOST_EXACT and needed <= most else 0


def _in_a_round(differ: NDArray[np.bool_]) -> int:
    """Return how many rows one order and its reverse take, against all background rows."""
    return 2 * int(np.maximum(differ.sum(axis=1) - 1, 0).sum())


def _exact(ask: Ask, whole: float, alone: NDArray[np.float64], differ: NDArray[np.bool_]) -> Shares:
    found, asked = np.zeros(differ.shape), 0
    answers = _answers(ask, lambda b: _subsets(differ[b])[1:-1], differ, 2 ** int(differ.sum(axis=1).max()))
    for b, between in enumerate(answers):
        if differ[b].any():
            found[b, differ[b]] = _of_subsets(np.array([alone[b], *between, whole]))
            asked += len(between)
    return Shares(found.mean(axis=0), np.zeros(differ.shape[1]), 0, asked)


def _subsets(players: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return all subsets of the players as masks (2^k, m); bit i of a number says whether the i-th is in."""
    chosen = np.flatnonzero(players)
    masks = np.zeros((2 ** len(chosen), len(players)), bool)
    masks[:, chosen] = np.arange(len(masks))[:, None] >> np.arange(len(chosen)) & 1
    return masks


def _of_subsets(v: NDArray[np.float64]) -> list[float]:
    """Return the Shapley values of k players from what each of 2^k subsets is worth.

    phi_j = sum over S without j of |S|! (k - |S| - 1)! / k!  (v(S + j) - v(S))
    """
    k = len(v).bit_length() - 1
    numbers = np.arange(len(v))
    sizes = sum((numbers >> i & 1 for i in range(k)), np.zeros(len(v), np.int64))
    weights = np.array([1.0 / (k * math.comb(k - 1, size)) for size in range(k)])
    found = []
    for j in range(k):
        without = numbers[numbers >> j & 1 == 0]
        found.append(float(weights[sizes[without]] @ (v[without | 1 << j] - v[without])))
    return found


def _sampled(
    ask: Ask,
    whole: float,
    alone: NDArray[np.float64],
    differ: NDArray[np.bool_],
    error: float,
    most: int,
    seed: int,
) -> Shares:
    """Try orders by chance, each with its reverse (antithetic; Mitchell, Cooper, Frank & Holmes 2022).

    Every background row has orders of its own, which are all of one length but for the columns in which it is
    like x. The variance of the mean is 1/B^2 sum_b s_b^2 / R, s_b^2 that of R pairs of orders.
    """
    mean, squares, rounds = np.zeros(differ.shape), np.zeros(differ.shape), 0
    each = _in_a_round(differ)
    while True:
        found = _round(ask, whole, alone, differ, seed, rounds)
        rounds += 1
        apart = found - mean
        mean += apart / rounds
        squares += apart * (found - mean)  # from the mean, as Welford 1962 adds them up
        if rounds < FEWEST_ROUNDS:
            continue
        variance = squares / (rounds - 1) / rounds
        errors = np.sqrt(variance.sum(axis=0)) / len(differ)
        if errors.max() <= error or each * (rounds + 1) > most:
            return Shares(mean.mean(axis=0), errors, rounds, each * rounds)


def _round(
    ask: Ask, whole: float, alone: NDArray[np.float64], differ: NDArray[np.bool_], seed: int, number: int
) -> NDArray[np.float64]:
    """Return the mean of what columns add in one order and in its reverse, against each background row."""
    n, m = differ.shape
    drawn = words(n * m, stream_key(seed, "explanation"), (number, 0, 0)).reshape(n, m).astype(np.int64)
    drawn[~differ] = 2**32  # behind all others
    ranks = np.argsort(np.argsort(drawn, axis=1, kind="stable"), axis=1)

    def prefixes(b: int) -> NDArray[np.bool_]:
        """The first 1, ..., k - 1 columns of the order, then of its reverse."""
        k = int(differ[b].sum())
        sizes, rank = np.arange(1, max(1, k))[:, None], ranks[b]
        return np.concatenate([rank < sizes, differ[b] & (rank >= k - sizes)])

    found = np.zeros((n, m))
    for b, between in enumerate(_answers(ask, prefixes, differ, 2 * m)):
        if not differ[b].any():
            continue
        onward, back = (np.diff([alone[b], *half, whole]) for half in np.split(between, 2))
        rank = ranks[b, differ[b]]
        found[b, differ[b]] = (onward[rank] + back[::-1][rank]) / 2.0
    return found


def _answers(
    ask: Ask, masks_of: Callable[[int], NDArray[np.bool_]], differ: NDArray[np.bool_], each: int
) -> Iterator[NDArray[np.float64]]:
    """Yield for each background row what f is of its masks, about `each` of them; several rows at once."""
    at_once = max(1, ROWS_AT_ONCE // each)
    for start in range(0, len(differ), at_once):
        rows = np.arange(start, min(start + at_once, len(differ)))
        masks = [masks_of(int(b)) for b in rows]
        sizes = [len(those) for those in masks]
        asked = np.concatenate(masks)
        found = ask(asked, np.repeat(rows, sizes)) if len(asked) else np.empty(0)
        yield from np.split(found, np.cumsum(sizes)[:-1])
