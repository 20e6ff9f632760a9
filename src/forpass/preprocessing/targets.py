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

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from forpass.errors import DataError, SpecError, TableError
from forpass.preprocessing.labels import class_numbers
from forpass.preprocessing.notation import PLAIN, SEPARATORS, Notation
from forpass.preprocessing.table import Label, Table
from forpass.preprocessing.target_columns import matrix_of, single_one, zero_one
from forpass.preprocessing.units import Unit, of_logarithms
from forpass.preprocessing.words import is_missing, word_of
from forpass.spec.stored import rebuilt
from forpass.told import called

__all__ = ["TASKS", "TargetSpec"]

TASKS = ("classification", "regression", "multilabel")

KINDS_OF_LABELS: dict[type, tuple[Any, ...]] = {
    int: (np.int64, np.uint64),
    float: (np.float64,),
    bool: (np.bool_,),
}


ALWAYS = ("task", "names", "classes", "mean", "std", "why")
"""What is stored of every target, a unit's fields beside its own; all else only where it is used."""


UNSCALED = Unit()
"""Of what is no value."""

SAY_TASK = "say task "
"""How `why` begins to tell of another task: it is kept in files, where options are called by their names."""


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
    unit : Unit
        Of a regression, how values are learnt; `with_range` and `on_log_scale` set more of it.
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
    unit: Unit = UNSCALED
    why: str = ""
    notations: tuple[tuple[str, ...], ...] = ()
    positive: Label | None = None

    def with_range(self, T: ArrayLike) -> "TargetSpec":
        """Return the same target, predictions of which are held within the range of some.

        Parameters
        ----------
        T : array of shape (n, k) or (n,)
            Targets as `encode` gives them, of training rows.
        """
        values = self.unit.in_unit(_columns(T))
        low, high = values.min(axis=0), values.max(axis=0)
        unit = replace(self.unit, low=tuple(low.tolist()), high=tuple(high.tolist()))
        return replace(self, unit=unit)

    def on_log_scale(self, T: ArrayLike) -> "TargetSpec":
        """Return the same target, learnt by its logarithm: for values of which few are very large.

        Parameters
        ----------
        T : array of shape (n, k) or (n,)
            Targets as `encode` gives them, of training rows.

        Examples
        --------
        >>> T = np.array([[-1.0], [0.0], [1.0]])
        >>> target = TargetSpec("regression", ("price",), unit=Unit((200.0,), (100.0,)))
        >>> log = target.on_log_scale(T)
        >>> log.unit.in_unit(log.unit.standardised([[100.0], [200.0], [300.0]])).ravel().round(9).tolist()
        [100.0, 200.0, 300.0]
        >>> log.unit.transform, log.unit.origin
        ('log', (100.0,))
        """
        return replace(self, unit=of_logarithms(self.unit.in_unit(_columns(T))))

    def why_said(self) -> str:
        """Return `why`, with the option task as the caller calls it (see `forpass.told.called`)."""
        return self.why.replace(SAY_TASK, f"say {called('task')} ")

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
                return self.unit.standardised(values).astype(dtype)
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
            in the target's own unit, held between `low` and `high`.

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
            values = self.unit.predicted(table)
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
        own = [field for field in fields(self) if field.name != "unit"]
        found = [(field, getattr(self, field.name)) for field in own]
        found += [(field, getattr(self.unit, field.name)) for field in fields(Unit)]
        kept = [(field, value) for field, value in found if field.name in ALWAYS or value != field.default]
        return {field.name: _listed(value) for field, value in kept}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "TargetSpec":
        """Return the target that `to_json` wrote."""
        of_unit = {field.name for field in fields(Unit)}
        unit = rebuilt(Unit, {name: value for name, value in plain.items() if name in of_unit})
        rest = rebuilt(cls, {name: value for name, value in plain.items() if name not in of_unit})
        found = replace(rest, unit=unit)
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
        "notations": len(spec.notations) in (0, numbers)
        and all(len(fields) == 3 and fields[1:] in SEPARATORS for fields in spec.notations),
    }
    wrong = next((name for name, right in whole.items() if not right), "") or spec.unit.wrong(numbers)
    if wrong:
        raise SpecError(f"the {wrong} of the stored target {', '.join(spec.names)} cannot be: {spec}")


def _columns(values: ArrayLike) -> NDArray[Any]:
    """Return values (n,) or (n, k) as columns."""
    array = np.asarray(values)
    return array[:, None] if array.ndim == 1 else array


def _listed(value: Any) -> Any:
    """Return tuples, in tuples too, as lists."""
    return [_listed(item) for item in value] if isinstance(value, tuple) else value
