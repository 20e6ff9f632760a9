"""Splits: which rows are set apart, as test or validation rows, and which remain; and folds."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.errors import DataError
from forpass.maths.philox import words
from forpass.sampling.streams import Key, stream_key

__all__ = ["dealt_out", "one_after_another", "other_rows", "split_off"]

Rows = NDArray[np.int64]


def split_off(
    n: int,
    fraction: float,
    seed: int,
    *,
    labels: NDArray[Any] | None = None,
    groups: NDArray[Any] | None = None,
    times: NDArray[Any] | None = None,
    stream: str = "test",
) -> tuple[Rows, Rows]:
    """Split off a share of the rows 0 .. n-1, as test or validation rows.

    Parameters
    ----------
    n : int
        Number of rows.
    fraction : float
        Share to split off, above 0 and below 1.
    seed : int
    labels : array of shape (n,), optional
        Classes: each is split in the same proportion, so a rare one is not lost by chance.
    groups : array of shape (n,), optional
        Rows of one group stay together, so nobody is recognised from another of his own rows.
    times : array of shape (n,), optional
        The latest rows are split off, so the future is not used to predict the past.
    stream : str
        The stream of random numbers, ``"test"`` or ``"validation"``: a second split of the same rows needs
        another.

    Returns
    -------
    rest, apart : int64 arrays
        Row numbers, each in ascending order; neither is empty.

    Raises
    ------
    DataError
        When there is too little to split.

    Examples
    --------
    >>> import numpy as np
    >>> rest, apart = split_off(10, 0.2, seed=0, labels=np.array([0, 1] * 5))
    >>> len(rest), len(apart)
    (8, 2)
    """
    if not 0 < fraction < 1:
        raise DataError(f"the share to split off must lie between 0 and 1; got {fraction}")
    if n < 2:
        raise DataError(f"{n} row(s) cannot be split; add rows")
    if groups is not None and times is not None:
        raise DataError("groups and times split the rows in different ways; give one of them")
    if times is not None:
        apart = _latest(times, fraction)
    elif groups is not None:
        apart = _whole_groups(groups, fraction, stream_key(seed, stream))
    else:
        strata = np.zeros(n, np.int64) if labels is None else np.unique(labels, return_inverse=True)[1]
        apart = _from_each(strata.ravel(), fraction, stream_key(seed, stream))
    rest = other_rows(n, apart)
    if not len(rest) or not len(apart):
        raise DataError(
            f"a share of {fraction:g} of {n} rows leaves none on one side, for rows of one group or time "
            "stay together and the last of a class is never split off; change the share or add rows"
        )
    return rest, apart


def dealt_out(
    n: int,
    folds: int,
    seed: int,
    *,
    labels: NDArray[Any] | None = None,
    groups: NDArray[Any] | None = None,
) -> Rows:
    """Deal the rows 0 .. n-1 out to folds, each of which is once the test rows.

    Parameters
    ----------
    n : int
        Number of rows.
    folds : int
        At least 2.
    seed : int
    labels : array of shape (n,), optional
        Classes: each is dealt out evenly.
    groups : array of shape (n,), optional
        Rows of one group go to one fold.

    Returns
    -------
    int64 array (n,)
        The number of each row's fold, from 0. The sizes of folds differ by 1 at most; those of groups by as
        little as the groups allow.

    Raises
    ------
    DataError
        When there are fewer rows, or groups, than folds.

    Examples
    --------
    >>> import numpy as np
    >>> fold = dealt_out(10, 5, seed=0, labels=np.array([0, 1] * 5))
    >>> np.bincount(fold).tolist(), sorted(fold[::2].tolist())
    ([2, 2, 2, 2, 2], [0, 1, 2, 3, 4])
    """
    units, what = (n, "rows") if groups is None else (len(np.unique(groups)), "groups of rows")
    if units < folds:
        raise DataError(f"{units} {what} cannot be divided into {folds} folds; ask for fewer, or add {what}")
    key = stream_key(seed, "folds")
    if groups is not None:
        return _groups_dealt_out(groups, folds, key)
    strata = np.zeros(n, np.int64) if labels is None else np.unique(labels, return_inverse=True)[1]
    # one class after the other, each in an order by chance, one row to each fold in turn
    order = np.lexsort((words(n, key, (0, 0, 0)), strata.ravel()))
    fold = np.empty(n, np.int64)
    fold[order] = np.arange(n) % folds
    return fold


def one_after_another(times: NDArray[Any], folds: int) -> Rows:
    """Divide rows into stretches of time: of each fold's rows all earlier ones are the past.

    Parameters
    ----------
    times : array of shape (n,)
    folds : int
        At least 1.

    Returns
    -------
    int64 array (n,)
        The number of each row's fold, from 0 on; -1 for the earliest stretch, which is a past only. There are
        as many rows in each as rows of the same time, which stay together, allow.

    Raises
    ------
    DataError
        When there are fewer different times than stretches.

    Examples
    --------
    >>> import numpy as np
    >>> one_after_another(np.array([5, 1, 2, 2, 3, 4]), folds=2).tolist()
    [1, -1, 0, 0, 0, 1]
    """
    distinct, member, counts = np.unique(times, return_inverse=True, return_counts=True)
    if len(distinct) <= folds:
        raise DataError(
            f"{len(distinct)} different times cannot be divided into {folds} folds and a past before them; "
            "ask for fewer, or add rows"
        )
    before, begins = np.concatenate([[0], np.cumsum(counts)]), [0]
    for number in range(1, folds + 1):  # each begins where it has the rows nearest to its share
        near = int(np.argmin(np.abs(before - number * len(times) / (folds + 1))))
        begins.append(min(max(near, begins[-1] + 1), len(distinct) - folds - 1 + number))
    return np.searchsorted(begins, member.ravel(), side="right") - 2


def _groups_dealt_out(groups: NDArray[Any], folds: int, key: Key) -> Rows:
    """Give the largest group first, each to the fold that has the fewest rows."""
    names, member = np.unique(groups, return_inverse=True)
    sizes = np.bincount(member.ravel())
    filled, fold_of = np.zeros(folds, np.int64), np.empty(len(names), np.int64)
    for group in np.lexsort((words(len(names), key, (0, 0, 0)), -sizes)):
        fold_of[group] = np.argmin(filled)
        filled[fold_of[group]] += sizes[group]
    return fold_of[member.ravel()]


def other_rows(n: int, rows: Rows) -> Rows:
    """Return in ascending order which of the rows 0 .. n - 1 are not among some.

    Examples
    --------
    >>> other_rows(5, np.array([3, 0])).tolist()
    [1, 2, 4]
    """
    left = np.ones(n, np.bool_)
    left[rows] = False
    return np.flatnonzero(left)


def _from_each(strata: Rows, fraction: float, key: Key) -> Rows:
    """Split off the rows with the smallest random words of each stratum.

    The total is exact as far as no stratum has to give all its rows.
    """
    draws = words(len(strata), key, (0, 0, 0))
    counts = np.bincount(strata)
    wanted = counts * fraction
    take = np.floor(wanted).astype(np.int64)
    missing = max(1, round(len(strata) * fraction)) - int(take.sum())
    # Largest remainders first, and never a whole stratum: what is measured must have been learnable.
    for stratum in np.argsort(take - wanted, kind="stable"):
        if missing > 0 and take[stratum] + 1 < counts[stratum]:
            take[stratum] += 1
            missing -= 1
    apart = []
    for stratum, count in enumerate(take):
        rows = np.flatnonzero(strata == stratum)
        apart.append(rows[np.argsort(draws[rows], kind="stable")[:count]])
    return np.sort(np.concatenate(apart))


def _whole_groups(groups: NDArray[Any], fraction: float, key: Key) -> Rows:
    names, member = np.unique(groups, return_inverse=True)
    if len(names) < 2:
        raise DataError(
            "all rows belong to one group, and rows of a group stay together: none can be split off; add "
            "rows of other groups, or leave the groups out"
        )
    draws = words(len(names), key, (0, 0, 0))
    order = np.argsort(draws, kind="stable")
    sizes = np.bincount(member.ravel())[order]
    # As many groups as come nearest to the wanted number of rows, but neither none nor all.
    reached = np.cumsum(sizes)
    count = int(np.argmin(np.abs(reached - fraction * len(member)))) + 1
    chosen = order[: min(count, len(names) - 1)]
    return np.flatnonzero(np.isin(member.ravel(), chosen))


def _latest(times: NDArray[Any], fraction: float) -> Rows:
    """Split off every row later than a cut; rows of the same time are never separated."""
    distinct = np.unique(times)
    if len(distinct) < 2:
        raise DataError("all rows have the same time, and none is later than the rest; leave the time out")
    count = max(1, round(fraction * len(times)))
    cut = np.sort(times)[len(times) - count]
    apart = np.flatnonzero(times >= cut)
    return apart if len(apart) < len(times) else np.flatnonzero(times > distinct[0])
