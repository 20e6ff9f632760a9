"""Targets: what is to be predicted, as arrays and back.

================  =====================================  ============================================
task              target columns                         array
================  =====================================  ============================================
classification    text, true/false, few whole numbers    2 classes: float (n, 1), 0 or 1;
                  or several 0/1 columns, one 1 a row    more: int64 (n,), class numbers
multilabel        several 0/1 columns                    float (n, k), 0 or 1
regression        one or several columns of numbers      float (n, k), mean 0 and standard deviation 1
                                                         on the training rows
================  =====================================  ============================================
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from forpass.errors import DataError, SpecError, TableError, called, nearest_names, warn_the_caller
from forpass.preprocessing.labels import class_numbers
from forpass.preprocessing.missing import gap_words
from forpass.preprocessing.notation import DASHES, PLAIN, SEPARATORS, Notation
from forpass.preprocessing.table import Column, Label, Table
from forpass.preprocessing.words import is_missing, numbers_of, word_of
from forpass.shown import counted
from forpass.spec.stored import rebuilt

__all__ = [
    "TASKS",
    "TargetSpec",
    "about_gaps",
    "has_target",
    "matrix_of",
    "rows_with_target",
    "single_one",
    "target_names",
    "warn_of_missing_targets",
    "zero_one",
]

TASKS = ("classification", "regression", "multilabel")

KINDS_OF_LABELS: dict[type, tuple[Any, ...]] = {
    int: (np.int64, np.uint64),
    float: (np.float64,),
    bool: (np.bool_,),
}


@dataclass(frozen=True)
class TargetSpec:
    """What was learnt about the target.

    Attributes
    ----------
    task : str
        ``"classification"``, ``"regression"`` or ``"multilabel"``.
    names : tuple of str
        The target columns.
    classes : tuple
        Of a classification: the labels in their own type, sorted; of several 0/1 columns with one 1 a row
        the column names, in order. Otherwise empty.
    mean, std : tuple of float
        Of a regression: of each column, on the training rows; a std of 0 is kept as 1.
    why : str
        One line saying why this task was chosen, and how to choose another; "" when it was asked for.
    notations : tuple of tuples
        Of a regression whose columns are text, how numbers are written in each: the fields of `Notation`.
        Empty where they are written plainly.
    positive : label, optional
        Of two classes the one that precision, recall, F1 and the threshold are of; None for the second, which
        sorts last. `with_positive` sets it.
    """

    task: str
    names: tuple[str, ...]
    classes: tuple[Label, ...] = ()
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    why: str = ""
    notations: tuple[tuple[str, ...], ...] = ()
    positive: Label | None = None

    @property
    def outputs(self) -> int:
        """How many raw scores a network needs: 1 for two classes, else one per class, label or value."""
        if self.task == "classification":
            return 1 if len(self.classes) == 2 else len(self.classes)
        return len(self.names)

    @property
    def positive_number(self) -> int:
        """Which of two classes is the positive one: 0 or 1."""
        return 0 if self.positive is not None and self.positive == self.classes[0] else 1

    def with_positive(self, label: Any) -> "TargetSpec":
        """Return the same target with another positive class, named as it is or by its word.

        Raises
        ------
        TableError
            Where there are not two classes, or none of them is that.
        """
        if self.task != "classification" or len(self.classes) != 2:
            several = self.task == "classification"
            many = f"has {len(self.classes)} classes" if several else f"is a {self.task}"
            raise TableError(
                f"{called('positive')} names one of two classes, and the target {', '.join(self.names)} "
                f"{many}; leave it out"
            )
        found = [known for known in self.classes if word_of(known) == word_of(label)]
        if not found:
            raise TableError(
                f"{called('positive')} must be one of the classes {self.classes[0]!r} and "
                f"{self.classes[1]!r}; got {label!r}"
            )
        return replace(self, positive=found[0] if found[0] == self.classes[0] else None)

    @property
    def one_hot(self) -> bool:
        """Whether the classes are the names of several 0/1 columns."""
        return self.task == "classification" and len(self.names) > 1

    @property
    def read_as(self) -> tuple[Notation, ...]:
        """How numbers are written in each column, where it is text."""
        return tuple(Notation(*fields) for fields in self.notations) or (PLAIN,) * len(self.names)

    def encode(self, table: Table, dtype: DTypeLike = np.float32) -> NDArray[Any]:
        """Return the targets of `table` (n rows) as an array; see the head of this module.

        Parameters
        ----------
        table : Table
        dtype : dtype, default float32
            Of targets that are no class numbers.

        Raises
        ------
        TableError
            For a missing column, a missing value, a class that training rows did not have, text where
            numbers are meant.
        """
        columns = [table.column(name, "target column") for name in self.names]
        for name, column in zip(self.names, columns, strict=True):
            if (gone := is_missing(column)).any():
                row = column.row_name(int(np.flatnonzero(gone)[0]))
                raise TableError(f"target {name!r} is missing in {row}; fill it in or leave the row out")
        if self.task == "regression":
            values = matrix_of(self.names, columns, self.read_as)
            with np.errstate(over="ignore", under="ignore"):  # `Data` refuses what is infinite
                return np.asarray((values - np.array(self.mean)) / np.array(self.std), dtype=dtype)
        if self.task == "multilabel":
            return zero_one(self.names, columns).astype(dtype)
        numbers = self.numbers(table)
        return numbers[:, None].astype(dtype) if len(self.classes) == 2 else numbers

    def numbers(self, table: Table) -> NDArray[np.int64]:
        """Return the number of each row's class (n,); see `encode`."""
        columns = [table.column(name, "target column") for name in self.names]
        if self.one_hot:
            return single_one(self.names, columns)
        return class_numbers(self.names[0], columns[0], self.classes)

    def decode(self, predictions: ArrayLike) -> NDArray[Any]:
        """Turn predictions back into labels or values.

        Parameters
        ----------
        predictions : array
            Two classes: the probability of the second, (n,) or (n, 1). More: one score per class (n, k),
            of which the largest counts, or class numbers (n,). Several labels: probabilities (n, k).
            Regression: standardised values (n, k) or (n,).

        Returns
        -------
        ndarray
            Classes (n,) in their own type, text as object; labels (n, k) of 0 and 1; values (n,) or (n, k)
            in the target's own unit.

        Raises
        ------
        DataError
            For another shape.
        """
        given = np.asarray(predictions)
        if self.task == "classification" and given.ndim == 1:
            numbers = given > 0.5 if len(self.classes) == 2 else given
            return np.asarray(self.labels()[numbers.astype(np.int64)])
        table = given[:, None] if given.ndim == 1 else given
        widths = {self.outputs, len(self.classes)} if self.classes else {self.outputs}
        if table.ndim != 2 or table.shape[1] not in widths:
            raise DataError(
                f"predictions of shape {given.shape} do not fit the target {', '.join(self.names)}; "
                f"give {self.outputs} a row"
            )
        if self.task == "regression":
            values = table.astype(np.float64) * np.array(self.std) + np.array(self.mean)
            return np.asarray(values[:, 0] if len(self.names) == 1 else values)
        if self.task == "multilabel":
            return np.asarray(table > 0.5, dtype=np.int64)
        numbers = table[:, 0] > 0.5 if table.shape[1] == 1 else table.argmax(axis=1)
        return np.asarray(self.labels()[numbers.astype(np.int64)])

    def labels(self) -> NDArray[Any]:
        """Return the classes as an array of numbers or truth values, or of objects: text, longer numbers."""
        for kind in KINDS_OF_LABELS.get(type(self.classes[0]), ()) if self.classes else ():
            with suppress(OverflowError):
                return np.array(self.classes, dtype=kind)
        # not NumPy's own text, which would lose zero characters at the end
        array = np.empty(len(self.classes), dtype=object)
        array[:] = self.classes
        return array

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types; a class keeps its type (1, 1.0, true and "1" are four things)."""
        plain = {key: list(v) if isinstance(v, tuple) else v for key, v in asdict(self).items()}
        notations, positive = [list(fields) for fields in plain.pop("notations")], plain.pop("positive")
        said = {"notations": notations} if notations else {}
        return plain | said | ({} if positive is None else {"positive": positive})

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "TargetSpec":
        """Return the target that `to_json` wrote."""
        found = rebuilt(cls, plain)
        _require_whole(found)
        return found


def _require_whole(spec: TargetSpec) -> None:
    """Refuse what no target is like: anybody can write a file."""
    labels = [(type(label), label) for label in spec.classes]
    numbers = len(spec.names) if spec.task == "regression" else 0
    whole = {
        "task": spec.task in TASKS,
        "names": 0 < len(spec.names) == len(set(spec.names)),
        "classes": len(labels) == len(set(labels)) and (len(labels) > 1) == (spec.task == "classification"),
        "type of the classes": len({kind for kind, _ in labels}) <= 1,
        "columns of the classes": not spec.one_hot or spec.classes == spec.names,
        "positive class": spec.positive is None
        or (len(spec.classes) == 2 and (type(spec.positive), spec.positive) == labels[0]),
        "mean": len(spec.mean) == numbers,
        "notations": len(spec.notations) in (0, numbers)
        and all(len(fields) == 3 and fields[1:] in SEPARATORS for fields in spec.notations),
        "std": len(spec.std) == numbers and all(std > 0 for std in spec.std),
    }
    wrong = [name for name, right in whole.items() if not right]
    if wrong:
        raise SpecError(f"the {wrong[0]} of the stored target {', '.join(spec.names)} cannot be: {spec}")


def target_names(names: object, columns: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the names of the target columns, at least one and each once.

    Raises
    ------
    TableError
        For anything else than names; `columns` are those that the table has.
    """
    chosen = (names,) if isinstance(names, str) else tuple(names) if isinstance(names, Iterable) else None
    if chosen is None or not all(isinstance(name, str) for name in chosen):
        listed = ", ".join(columns[:8]) + (", ..." if len(columns) > 8 else "")
        there = f", for instance one of {listed}" if columns else ""
        raise TableError(f"target takes the name of a column, or a list of names{there}; got {names!r}")
    if not chosen:
        raise TableError("no target column is named; name the column to predict")
    if len(set(chosen)) < len(chosen):
        raise TableError(f"a target column is named twice in {', '.join(chosen)}; name each once")
    return chosen


def has_target(table: Table, names: str | Sequence[str], needed: bool = False) -> NDArray[np.bool_]:
    """Say for each row whether its target is known; see `rows_with_target`."""
    known = np.ones(len(table), dtype=np.bool_)
    for name in target_names(names, table.names):
        if needed and name not in table.columns:
            near = nearest_names(name, table.names, limit=1)
            perhaps = f" (perhaps {near[0]!r})" if near else ""
            raise TableError(
                f"the table lacks the target {name!r}{perhaps}, which is needed to measure "
                "and to trace; add it, or predict, which does without"
            )
        known &= ~is_missing(table.column(name, "target column"))
    return known


def rows_with_target(table: Table, names: str | Sequence[str], needed: bool = False) -> NDArray[np.int64]:
    """Return the numbers of the rows whose target is not missing, counted from 0.

    `needed` says that the target is asked for by a model, not named by a person.
    """
    return np.flatnonzero(has_target(table, names, needed))


def warn_of_missing_targets(table: Table, names: Sequence[str], rows: NDArray[np.int64]) -> None:
    """Say which rows are left out because their target is missing, and by which words; for none nothing."""
    if count := len(rows):
        warn_the_caller(
            f"{counted(count, 'row')} left out, without a value of the target "
            f"{', '.join(map(repr, names))}; fill the target in to use them"
            f"{about_gaps(table, names, rows)}",
        )


def about_gaps(table: Table, names: Sequence[str], rows: NDArray[np.int64]) -> str:
    """Name the words in the target that mean a missing value, and how to keep them; "" for none."""
    words = list(dict.fromkeys(word for name in names for word in gap_words(table.columns[name], rows)))
    if not words:
        return ""
    listed = ", ".join(map(repr, words[:4])) + (", ..." if len(words) > 4 else "")
    means = "means" if len(words) == 1 else "mean"
    classes = " and task classification" if not DASHES.isdisjoint(words) else ""
    return f", or, where {listed} {means} something, keep it as a value with missing=[]{classes}"


def matrix_of(
    names: Sequence[str], columns: Sequence[Column], notations: Sequence[Notation] = ()
) -> NDArray[np.float64]:
    """Return the numbers of several target columns (n, k)."""
    written = notations or [PLAIN] * len(names)
    return np.column_stack(
        [numbers_of(name, c, "target", n) for name, c, n in zip(names, columns, written, strict=True)]
    )


def zero_one(names: Sequence[str], columns: Sequence[Column]) -> NDArray[np.float64]:
    """Return columns of 0 and 1 (n, k); refuse any other number."""
    values = matrix_of(names, columns)
    bad = np.argwhere((values != 0.0) & (values != 1.0))
    if len(bad):
        i, j = (int(k) for k in bad[0])
        raise TableError(
            f"target {names[j]!r} holds {values[i, j]:g} in {columns[j].row_name(i)} where 0 or 1 is meant; "
            f"say {called('task')} regression for numbers"
        )
    return values


def single_one(names: Sequence[str], columns: Sequence[Column]) -> NDArray[np.int64]:
    """Return which of the 0/1 columns holds the 1 (n,); refuse rows with another number of them."""
    values = zero_one(names, columns)
    ones = values.sum(axis=1)
    if (ones != 1.0).any():
        i = int(np.flatnonzero(ones != 1.0)[0])
        raise TableError(
            f"{columns[0].row_name(i)} has {ones[i]:g} of the {len(names)} classes at 1 where one is meant; "
            f"mend the row, or say {called('task')} multilabel"
        )
    return np.asarray(values.argmax(axis=1), dtype=np.int64)
