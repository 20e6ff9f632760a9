"""Preprocessing: all that was learnt about a table, saved inside the model.

Learn on the training rows, then encode any rows::

    table = read_columns(frame)
    preprocessing = Preprocessing.learn(table, "income", rows=training_rows)
    data = preprocessing.encode(table, with_targets=True, rows=training_rows)
    labels = preprocessing.decode(predictions)

`encode` finds columns by name: their order is free and further columns do not matter.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from forpass.errors import ModelFileError, TableError
from forpass.preprocessing.columns import ColumnSpec
from forpass.preprocessing.encoding import encode_column
from forpass.preprocessing.fitting import require_columns, warn_of_strange_cells
from forpass.preprocessing.learning import learn_column
from forpass.preprocessing.schema import require_schema
from forpass.preprocessing.suspects import warn_of_suspects
from forpass.preprocessing.table import Table, read_columns
from forpass.preprocessing.targets import TargetSpec, rows_with_target, target_names, warn_of_missing_targets
from forpass.preprocessing.tasks import learn_target
from forpass.preprocessing.weights import weights_of
from forpass.spec.data import Data

__all__ = ["ColumnRow", "Preprocessing", "read_as_written"]

SCHEMA = 1
"""Number of the stored form; it grows when an older forpass could no longer read it."""

ROWS_AT_ONCE = 1 << 15
"""So many rows are encoded at a time: what lies in between stays small, and near the processor."""


class ColumnRow(NamedTuple):
    """A row of `Preprocessing.describe`: a column, its kind, what it held, what it becomes."""

    column: str
    kind: str
    type: str
    missing: float
    becomes: str


@dataclass(frozen=True)
class Preprocessing:
    """How a table becomes arrays, and predictions become labels.

    Attributes
    ----------
    columns : tuple of ColumnSpec
        All columns but target and weight, in the order of the training table; dropped ones with their
        reason.
    target : TargetSpec or None
        None where only features are encoded.
    weight : str or None
        The column that says how much each row counts.
    """

    columns: tuple[ColumnSpec, ...]
    target: TargetSpec | None = None
    weight: str | None = None

    @classmethod
    def learn(
        cls,
        table: object,
        target: str | Sequence[str] | None = None,
        *,
        task: str | None = None,
        schema: Mapping[str, str] | None = None,
        weight: str | None = None,
        rows: ArrayLike | None = None,
        min_count: int | None = None,
        max_categories: int = 64,
    ) -> "Preprocessing":
        """Learn from the training rows of a table.

        Parameters
        ----------
        table : Table or anything `read_columns` takes
        target : str or sequence of str, optional
            The column or columns to predict.
        task : {"classification", "regression", "multilabel"}, optional
            Found out from the target when not given; ``target.why`` says why.
        schema : mapping, optional
            What columns are, where finding out goes wrong: ``"number"``, ``"category"``, ``"boolean"``,
            ``"date"``, a date with its notation for strptime, or ``"drop"``, as in
            ``{"zip": "category", "id": "drop", "born": "date:%d.%m.%Y"}``.
        weight : str, optional
            A column of numbers, not negative, that say how much each row counts. It is no feature.
        rows : array of int, optional
            The training rows, counted from 0; all when not given. Nothing is learnt from other rows.
        min_count, max_categories : int, optional
            See `learn_column`.

        Raises
        ------
        TableError
            For a missing column, a target that cannot be learnt, no usable column.
        UnknownNameError
            For a task or a kind that does not exist.

        Warns
        -----
        ForpassWarning
            For rows without a target, names and identifiers, too many categories, text that looks like
            numbers or dates, columns that count the rows or give the target away.

        Examples
        --------
        >>> table = {"size": [1.0, 2.0, 3.0, 4.0], "fit": ["no", "no", "yes", "yes"]}
        >>> p = Preprocessing.learn(table, "fit")
        >>> p.target.task, p.target.classes, p.feature_names
        ('classification', ('no', 'yes'), ('size',))
        """
        whole = read_columns(table)
        chosen = np.arange(len(whole)) if rows is None else _row_numbers(rows, len(whole))
        targets = () if target is None else target_names(target, whole.names)
        kinds = require_schema(schema, whole, targets, weight)
        spec = None
        if targets:
            spec = learn_target(whole, targets, task, chosen)
            known = np.intersect1d(chosen, rows_with_target(whole, targets), assume_unique=True)
            warn_of_missing_targets(len(chosen) - len(known), targets)
            chosen = known
        specs = tuple(
            learn_column(
                name,
                whole.columns[name].take(chosen),
                kind=kinds.get(name),
                min_count=min_count,
                max_categories=max_categories,
                rows=chosen,
            )
            for name in whole.names
            if name not in (*targets, weight)
        )
        if not any(s.features for s in specs):
            reasons = "; ".join(f"{s.name!r} {s.reason}" for s in specs[:4])
            raise TableError(
                f"no column is left to learn from ({reasons}); add columns, or give some of them a kind"
            )
        warn_of_suspects(whole, specs, spec, chosen, said=kinds)
        return cls(specs, spec, weight)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The names of the encoded columns, in order."""
        return tuple(feature for spec in self.columns for feature in spec.features)

    @property
    def n_features(self) -> int:
        """Number of encoded columns."""
        return len(self.feature_names)

    @property
    def schema(self) -> dict[str, str]:
        """What each column is, in the form that `learn` takes back as ``schema=``."""
        return {spec.name: spec.said for spec in self.columns}

    @property
    def text_columns(self) -> tuple[str, ...]:
        """The columns that were text where this was learnt: a file must be read so again.

        Otherwise a few rows of ``01``, ``02``, ``A3`` would be numbers, and mean something else.
        """
        names = [spec.name for spec in self.columns if spec.found == "text"]
        if self.target is not None and any(isinstance(label, str) for label in self.target.classes):
            names += self.target.names
        return tuple(names)

    def encode(
        self,
        table: object,
        with_targets: bool = False,
        dtype: DTypeLike = np.float32,
        *,
        rows: ArrayLike | None = None,
        aloud: bool = True,
    ) -> Data:
        """Turn a table into arrays.

        Parameters
        ----------
        table : Table or anything `read_columns` takes
        with_targets : bool, default False
            Also encode the target, and weights where there are such; rows whose target is missing are then
            left out, with a warning (`rows_with_target` tells beforehand which stay).
        dtype : dtype, default float32
            Of the numbers, and of targets that are no class numbers.
        rows : array of int, optional
            The rows to encode, counted from 0, in ascending order; all when not given.
        aloud : bool, default True
            Whether to warn of words never seen and of missing values where training rows had none.

        Raises
        ------
        TableError
            For missing columns, text where numbers are meant, infinite numbers, unknown classes.
        """
        whole = read_columns(table)
        require_columns(self.columns, whole)
        chosen = np.arange(len(whole)) if rows is None else _row_numbers(rows, len(whole))
        targets = weights = None
        if with_targets:
            spec = self._target()
            there = rows_with_target(whole, spec.names, needed=True)
            known = np.intersect1d(chosen, there, assume_unique=True)
            warn_of_missing_targets(len(chosen) - len(known), spec.names)
            chosen = known
            targets = spec.encode(whole.only(spec.names, chosen), dtype, chosen)
            weights = weights_of(self.weight, whole, chosen)
        numbers = np.empty((len(chosen), len(self.feature_names)), dtype=dtype)
        for start in range(0, len(chosen), ROWS_AT_ONCE):
            part = slice(start, start + ROWS_AT_ONCE)
            self._encode_rows(whole, chosen[part], numbers[part])
        if aloud:
            warn_of_strange_cells(self.columns, whole, chosen)
        return Data(numbers, targets=targets, weights=weights)

    def decode(self, predictions: ArrayLike) -> NDArray[Any]:
        """Turn predictions back into labels or values; see `TargetSpec.decode`."""
        return self._target().decode(predictions)

    def describe(self) -> list[ColumnRow]:
        """Return a row per column for printing: name, kind, what it held, share missing, what it becomes."""
        rows = [ColumnRow(s.name, s.said, s.found, s.share_missing, s.describe()) for s in self.columns]
        if self.target is not None:
            t = self.target
            shown = f"{t.task}, {len(t.classes)} classes" if t.classes else t.task
            rows += [ColumnRow(name, "target", "", 0.0, shown) for name in t.names]
        if self.weight is not None:
            rows.append(ColumnRow(self.weight, "weight", "", 0.0, "how much each row counts"))
        return rows

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types, from which `from_json` makes an equal object."""
        return {
            "schema": SCHEMA,
            "columns": [spec.to_json() for spec in self.columns],
            "target": None if self.target is None else self.target.to_json(),
            "weight": self.weight,
        }

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "Preprocessing":
        """Return what `to_json` wrote.

        Raises
        ------
        ModelFileError
            For a newer schema, or something else than `to_json` wrote.
        """
        with read_as_written():
            schema = plain["schema"]
            if schema > SCHEMA:
                raise ModelFileError(
                    f"the preprocessing has schema {schema} and this forpass reads up to {SCHEMA}; update it"
                )
            target = None if plain["target"] is None else TargetSpec.from_json(plain["target"])
            columns = tuple(ColumnSpec.from_json(column) for column in plain["columns"])
            return cls(columns, target, plain["weight"])

    def _target(self) -> TargetSpec:
        if self.target is None:
            raise TableError("no target was learnt; pass target= to Preprocessing.learn")
        return self.target

    def _encode_rows(self, whole: Table, rows: NDArray[np.int64], out: NDArray[Any]) -> None:
        """Write the features of some rows into `out` (n, features), column by column."""
        start = 0
        for spec in self.columns:
            if spec.features:
                stop = start + len(spec.features)
                encode_column(spec, whole.columns[spec.name].take(rows), out[:, start:stop], rows)
                start = stop


@contextmanager
def read_as_written() -> Iterator[None]:
    """Say of what cannot be read back that forpass has not written it so."""
    try:
        yield
    except (KeyError, TypeError, AttributeError) as error:
        raise ModelFileError(
            f"the preprocessing is not what forpass writes ({type(error).__name__}: {error}); "
            "save the model again"
        ) from None


def _row_numbers(rows: ArrayLike, count: int) -> NDArray[np.int64]:
    """Return row numbers in ascending order, so that their order cannot matter; refuse what is none."""
    given = np.asarray(rows)
    if given.ndim != 1 or given.dtype.kind not in "iu" or len(given) == 0:
        raise TableError(
            f"rows must be a list of row numbers; got an array of {given.dtype}, shape {given.shape}"
        )
    if given.min() < 0 or given.max() >= count:
        raise TableError(f"rows go from 0 to {count - 1} in this table; got {given.min()} to {given.max()}")
    return np.unique(given).astype(np.int64)
