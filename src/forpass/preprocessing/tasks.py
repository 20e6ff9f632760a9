"""Tasks: telling from the training rows what the target columns ask for, and learning them.

Whole numbers are classes when there are two different ones, or when they are 0..k-1 or 1..k with k at
most 10. Anything else (rings of a shell, marks from 3 to 9) is a measurement; ``task=`` overrides.

In text a dash among numbers to be predicted is a missing value; where classes are predicted it is a word, and
where it may be either, somebody must say (`without_dashes`).
"""

from collections.abc import Sequence
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray

from forpass.errors import TableError, UnknownNameError
from forpass.gaps import DASHES
from forpass.preprocessing.kinds import KINDS, infer_kind
from forpass.preprocessing.labels import labels_of, spellings
from forpass.preprocessing.missing import dashes_as_gaps
from forpass.preprocessing.notation import (
    PLAIN,
    Notation,
    are_numbers,
    looks_like_numbers,
    notation_of,
    number_of_word,
    unlike_plain,
)
from forpass.preprocessing.table import Column, Table
from forpass.preprocessing.target_columns import (
    about_gaps,
    has_target,
    matrix_of,
    single_one,
    target_names,
    zero_one,
)
from forpass.preprocessing.targets import SAY_TASK, TASKS, TargetSpec
from forpass.preprocessing.units import Unit
from forpass.preprocessing.words import large_numbers, levels_of, loses_digits, numbers_of
from forpass.told import called, warn_the_caller

__all__ = [
    "known_targets",
    "learn_target",
    "learn_target_again",
    "learn_task",
    "warn_of_single_rows",
    "warn_of_blanks",
    "without_dashes",
]

# whole numbers 0..k-1 or 1..k are classes up to this k: the ten digits
MOST_NUMBERED_CLASSES = 10


def learn_target(
    table: Table, names: str | Sequence[str], task: str | None = None, rows: NDArray[np.int64] | None = None
) -> TargetSpec:
    """Learn what is to be predicted.

    Parameters
    ----------
    table : Table
    names : str or sequence of str
        The target column, or several.
    task : {"classification", "regression", "multilabel"}, optional
        Inferred from the values when not given; ``TargetSpec.why`` then says why.
    rows : ndarray of int64, optional
        The training rows; all when not given. Rows whose target is missing do not count.

    Returns
    -------
    TargetSpec
        `Preprocessing.learn` takes it in place of the names, and does not look again.

    Raises
    ------
    TableError
        For a missing column, no value at all, one class only, values that do not suit `task`.
    UnknownNameError
        For another `task`.

    Examples
    --------
    >>> from forpass.preprocessing import read_columns
    >>> learn_target(read_columns({"rings": [9, 15, 7]}), "rings").task
    'regression'
    """
    truth = known_targets(without_dashes(table, names, task), names, task, rows)
    learnt = learn_task(truth, task)
    warn_of_blanks(truth, learnt)
    return learnt


def warn_of_blanks(truth: Table, learnt: TargetSpec) -> None:
    """Say which labels are written in several ways that differ by the blanks around them."""
    column = truth.columns[learnt.names[0]]
    if learnt.task != "classification" or not column.is_text or column.labels is not None:
        return
    several = {word: ways for word, ways in spellings(column).items() if len(ways) > 1}
    if several:
        word, ways = next(iter(several.items()))
        more = f" and {len(several) - 1} more" if len(several) > 1 else ""
        warn_the_caller(
            f"target {learnt.names[0]!r} holds {' and '.join(map(repr, ways[:3]))}{more}, which differ by "
            f"blanks: they are one class, {word!r}; mend the cells if they are not"
        )


def learn_target_again(spec: TargetSpec, table: Table, rows: NDArray[np.int64]) -> TargetSpec:
    """Learn from some rows what was learnt from more: the task stays; classes, means and reason are theirs.

    Where by themselves they look like another task, there is no reason to tell.
    """
    truth = known_targets(table, spec.names, spec.task, rows)
    read_as = spec.read_as if spec.task == "regression" else None
    again = learn_task(truth, None, read_as) if spec.why else None
    return again if again is not None and again.task == spec.task else learn_task(truth, spec.task, read_as)


def without_dashes(table: Table, names: str | Sequence[str], task: str | None) -> Table:
    """Return a table whose targets are missing where a dash stands among numbers to be predicted.

    As in columns of features, where a dash among numbers is a missing one. It stays what it is if classes
    are to be predicted, and where numbers are none to be predicted by themselves: of 0, 1 and - it may be a
    class, and `learn_target` refuses to guess.
    """
    columns = {name: table.columns[name] for name in target_names(names, table.names) if name in table.names}
    found = {name: dashes_as_gaps(column) for name, column in columns.items()}
    if task not in (None, "regression") or all(found[name] is columns[name] for name in columns):
        return table
    mended = Table({**table.columns, **found})
    if task is None:
        with suppress(TableError):  # it is said again, of the table as it is
            task = learn_task(known_targets(mended, names, task, None)).task
    return mended if task == "regression" else table


def known_targets(
    table: Table, names: str | Sequence[str], task: str | None, rows: NDArray[np.int64] | None
) -> Table:
    """Return the target columns at those of the training rows whose target is known; see `learn_target`."""
    if task is not None and task not in TASKS:
        raise UnknownNameError(called("task"), task, TASKS)
    chosen = target_names(names, table.names)
    known = has_target(table, chosen)
    listed = ", ".join(map(repr, chosen))
    if not known.any():
        gaps = about_gaps(table, chosen, np.arange(len(table)))
        raise TableError(f"target {listed} has no value in any row; choose another column{gaps}")
    if rows is not None:
        asked = np.zeros(len(table), dtype=np.bool_)
        asked[rows] = True
        known &= asked
    if not known.any():
        raise TableError(f"target {listed} has no value in the training rows; choose others")
    for name in chosen:
        _refuse_other_kinds(name, table.columns[name], task)
    return table.only(chosen, np.flatnonzero(known))


def learn_task(
    truth: Table, task: str | None = None, read_as: Sequence[Notation] | None = None
) -> TargetSpec:
    """Learn what is to be predicted from target columns without missing values; see `learn_target`.

    `read_as` says how numbers of a regression are written where they are text; otherwise it is found out.
    """
    names, columns = truth.names, list(truth.columns.values())
    if len(names) > 1:
        return _learn_several(names, columns, task, read_as)
    name, column, why = names[0], columns[0], ""
    if task is None:
        task, why = _infer(name, column)
    if task == "multilabel":
        raise TableError(
            f"target {name!r} is one column where multilabel needs several 0/1 columns; name them all"
        )
    if task == "regression":
        return _regression(names, columns, why, read_as)
    if not column.is_text:
        numbers_of(name, column, "target")  # refuses infinite ones
    classes = tuple(labels_of(column))
    if len(classes) == 1:
        raise TableError(
            f"target {name!r} holds one class only, {classes[0]!r}; "
            "choose another column, or rows of other classes"
        )
    return TargetSpec("classification", names, classes, why=why)


def warn_of_single_rows(table: Table, target: TargetSpec) -> None:
    """Warn of a class with one row only where rows are split: it cannot be both learnt and measured.

    Parameters
    ----------
    table : Table
        With rows whose target is not missing.
    target : TargetSpec
        Learnt from all of them.
    """
    if target.task != "classification":
        return
    counts = np.bincount(target.numbers(table), minlength=len(target.classes))
    single = [label for label, count in zip(target.classes, counts.tolist(), strict=True) if count == 1]
    if single:
        column = table.columns[target.names[0]]
        task = called("task")
        otherwise = f", or say {task} regression"
        if column.is_text:
            otherwise = _as_numbers(levels_of(column).words, task)
        others = len(single) - 1
        more = f" (and {others} more class{'es' if others > 1 else ''})" if others else ""
        warn_the_caller(
            f"class {single[0]!r}{more} of the target {', '.join(map(repr, target.names))} has a single row, "
            "which is never both learnt and measured; drop such rows or merge classes"
            f"{'' if target.one_hot else otherwise}"
        )


def _refuse_other_kinds(name: str, column: Column, task: str | None) -> None:
    """Refuse a target of a kind that is not predicted, dates, unless text is asked to be classes."""
    if column.is_text and task == "classification":
        return
    kind = infer_kind(column)
    if not KINDS[kind].task:
        example = f", for instance {KINDS[kind].instead}" if KINDS[kind].instead else ""
        classes = f", or say {called('task')} classification to take each for a class"
        raise TableError(
            f"target {name!r} holds {kind}s, which are not predicted; give a column of numbers instead"
            f"{example}{classes if column.is_text else ''}"
        )


def _infer(name: str, column: Column) -> tuple[str, str]:
    """Tell the task from one column of training targets, and why."""
    different = len(labels_of(column))
    if column.kind in ("boolean", "category"):
        return "classification", f"target {name!r} is of the type {column.kind}: {different} classes"
    as_classes = f"{SAY_TASK}classification to take them as classes"
    if loses_digits(column):
        return (
            "classification",
            f"target {name!r} holds numbers too long to be computed with: {different} classes",
        )
    if column.is_text and not are_numbers(words := levels_of(column).words):
        notation, example = _written_numbers(words)
        if example and different > MOST_NUMBERED_CLASSES and _is_likely_measured(notation):
            value = number_of_word(example, notation)
            return "regression", f"target {name!r} holds numbers like {example!r}, {value:.15g}; {as_classes}"
        return "classification", f"target {name!r} holds text: {different} classes{_as_numbers(words)}"
    if column.is_text and (gap := next((word for word in words if word in DASHES), "")):
        raise TableError(
            f"target {name!r} holds numbers and {gap!r}; empty such cells to leave out their rows, or name "
            f"{gap!r}, 'NA' and the like in {called('missing')}, the words for a missing value; or say "
            f"{called('task')} classification to take it for a class"
        )
    values = numbers_of(name, column, "target")
    if (values != np.floor(values)).any():
        return "regression", f"target {name!r} holds numbers with fractions; {as_classes}"
    low, high = int(values.min()), int(values.max())
    found = f"target {name!r} holds {different} different {_range_said(values, column)}"
    counted = low in (0, 1) and high - low + 1 == different <= MOST_NUMBERED_CLASSES
    if different <= 2 or counted:
        return "classification", f"{found}, taken as classes; {SAY_TASK}regression to predict a number"
    return "regression", f"{found}, taken as a measurement; {as_classes}"


def _range_said(values: NDArray[np.float64], column: Column) -> str:
    """Say from where to where whole numbers go, with the digits that they are written with."""
    written = {float(number): number for number in large_numbers(column)}
    low, high = (written.get(end, int(end)) for end in (float(values.min()), float(values.max())))
    if max(-low, high) < 10**20:
        return f"whole numbers from {low} to {high}"
    return f"numbers from {low:.15g} to {high:.15g}"


def _written_numbers(words: Sequence[str]) -> tuple[Notation, str]:
    """Return how numbers are written that are not written plainly, and one of them; "" for none."""
    notation, others = notation_of(words)
    if others or not looks_like_numbers(notation, words):
        return PLAIN, ""
    return notation, unlike_plain(words)


def _is_likely_measured(notation: Notation) -> bool:
    """Whether numbers written so are no names of classes, as 1A may be: money, percent, or without a unit."""
    return notation.unit in ("", "%") or looks_like_numbers(notation, ())


def _as_numbers(words: Sequence[str], task: str = "task") -> str:
    """Say how text that looks like numbers could be predicted as such; "" where it does not.

    `task` is what the caller calls that option; what a target keeps calls it by its name.
    """
    notation, example = _written_numbers(words)
    if not example:
        return ""
    value = number_of_word(example, notation)
    return f", or say {task} regression to predict numbers, {value:.15g} for {example!r}"


def _regression(
    names: tuple[str, ...], columns: Sequence[Column], why: str, read_as: Sequence[Notation] | None
) -> TargetSpec:
    """Learn mean and standard deviation of each column; one that never changes is left at its scale."""
    read_as = read_as or [_notation(column) for column in columns]
    values = matrix_of(names, columns, read_as)
    # by a power of two, which is exact: neither do squares overflow nor do tiny ones vanish
    size = np.ldexp(1.0, np.frexp(np.abs(values).max(axis=0))[1] - 1)
    mean, std = (values / size).mean(axis=0) * size, (values / size).std(axis=0) * size
    std = np.where((np.ptp(values, axis=0) > 0.0) & (std > 0.0), std, 1.0)
    written = tuple(tuple(notation) for notation in read_as) if set(read_as) != {PLAIN} else ()
    unit = Unit(tuple(mean.tolist()), tuple(std.tolist()))
    return TargetSpec("regression", names, unit=unit, why=why, notations=written)


def _notation(column: Column) -> Notation:
    """Return how the numbers of a column are written."""
    return notation_of(levels_of(column).words)[0] if column.is_text else PLAIN


def _learn_several(
    names: tuple[str, ...],
    columns: Sequence[Column],
    task: str | None,
    read_as: Sequence[Notation] | None,
) -> TargetSpec:
    """Tell several target columns apart: one 1 a row, any 0 and 1, or numbers."""
    read_as = read_as or [_notation(column) for column in columns]
    values = matrix_of(names, columns, read_as)
    binary = bool(((values == 0.0) | (values == 1.0)).all())
    if task is None:
        single = binary and bool((values.sum(axis=1) == 1.0).all())
        task = "classification" if single else "multilabel" if binary else "regression"
        reason = {
            "classification": f"one 1 a row: as many classes; {SAY_TASK}multilabel for labels",
            "multilabel": f"0 and 1, any number of 1 a row: labels; {SAY_TASK}regression for numbers",
            "regression": "numbers: one value each is predicted",
        }[task]
        why = f"the {len(names)} target columns hold {reason}"
    else:
        why = ""
    if task == "regression":
        return _regression(names, columns, why, read_as)
    if task == "multilabel":
        zero_one(names, columns)
        return TargetSpec("multilabel", names, why=why)
    single_one(names, columns)
    counts = values.sum(axis=0)
    if not counts.all():
        raise TableError(
            f"class {names[int(np.argmin(counts))]!r} has no training row; leave its column out of the target"
        )
    return TargetSpec("classification", names, names, why=why)
