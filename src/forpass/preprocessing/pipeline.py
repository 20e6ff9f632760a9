"""Preprocessing: all that was learnt about a table, saved inside the model.

Learn on the training rows, then encode any rows::

    table = read_columns(frame)
    preprocessing = Preprocessing.learn(table, "income", rows=training_rows)
    data = preprocessing.encode(table.take(training_rows), with_targets=True)
    labels = preprocessing.decode(predictions)

`encode` finds columns by name: their order is free and further columns do not matter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from forpass.errors import ModelFileError, TableError, nearest_names
from forpass.preprocessing.columns import ColumnSpec, encode_column, learn_column
from forpass.preprocessing.table import Column, Table, read_columns
from forpass.preprocessing.targets import TargetSpec, rows_with_target, warn_of_missing_targets
from forpass.preprocessing.tasks import learn_target
from forpass.spec.data import Data

__all__ = ["ColumnRow", "Preprocessing"]

SCHEMA = 1
"""Number of the stored form; it grows when an older forpass could no longer read it."""


class ColumnRow(NamedTuple):
    """A row of `Preprocessing.describe`: a column, what it held, what it becomes."""

    column: str
    type: str
    missing: float
    becomes: str


@dataclass(frozen=True)
class Preprocessing:
    """How a table becomes arrays, and predictions become labels.

    Attributes
    ----------
    columns : tuple of ColumnSpec
        All columns but the target, in the order of the training table; dropped ones with their reason.
    target : TargetSpec or None
        None where only features are encoded.
    """

    columns: tuple[ColumnSpec, ...]
    target: TargetSpec | None = None

    @classmethod
    def learn(
        cls,
        table: object,
        target: str | Sequence[str] | None = None,
        *,
        task: str | None = None,
        kinds: Mapping[str, str] | None = None,
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
        kinds : mapping, optional
            What columns are, where finding out goes wrong:
            ``{"zip": "category", "id": "drop"}``; also ``"number"`` and ``"boolean"``.
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
            For rows without a target, names and identifiers, too many categories.

        Examples
        --------
        >>> table = {"size": [1.0, 2.0, 3.0, 4.0], "fit": ["no", "no", "yes", "yes"]}
        >>> p = Preprocessing.learn(table, "fit")
        >>> p.target.task, p.target.classes, p.feature_names
        ('classification', ('no', 'yes'), ('size',))
        """
        whole = read_columns(table)
        chosen = np.arange(len(whole)) if rows is None else _row_numbers(rows, len(whole))
        spec = None
        if target is not None:
            spec = learn_target(whole, target, task, chosen)
            known = np.intersect1d(chosen, rows_with_target(whole, spec.names))
            warn_of_missing_targets(len(chosen) - len(known), spec.names)
            chosen = known
        features = [name for name in whole.names if spec is None or name not in spec.names]
        kinds = dict(kinds or {})
        for name in kinds:
            whole.column(name)
            if name not in features:
                raise TableError(f"column {name!r} is the target, which has a task instead of a kind")
        specs = tuple(
            learn_column(
                name,
                Column(whole.columns[name].kind, whole.columns[name].values[chosen]),
                kind=kinds.get(name),
                min_count=min_count,
                max_categories=max_categories,
                rows=chosen,
            )
            for name in features
        )
        if not any(s.features for s in specs):
            reasons = "; ".join(f"{s.name!r} {s.reason}" for s in specs[:4])
            raise TableError(
                f"no column is left to learn from ({reasons}); add columns, or give some of them a kind"
            )
        return cls(specs, spec)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The names of the encoded columns, in order."""
        return tuple(feature for spec in self.columns for feature in spec.features)

    @property
    def text_columns(self) -> tuple[str, ...]:
        """The columns that were text where this was learnt: a file must be read so again.

        Otherwise a few rows of ``01``, ``02``, ``A3`` would be numbers, and mean something else.
        """
        names = [spec.name for spec in self.columns if spec.found == "text"]
        if self.target is not None and any(isinstance(label, str) for label in self.target.classes):
            names += self.target.names
        return tuple(names)

    def encode(self, table: object, with_targets: bool = False, dtype: DTypeLike = np.float32) -> Data:
        """Turn a table into arrays.

        Parameters
        ----------
        table : Table or anything `read_columns` takes
        with_targets : bool, default False
            Also encode the target; rows whose target is missing are then left out, with a warning
            (`rows_with_target` tells beforehand which stay).
        dtype : dtype, default float32
            Of the numbers, and of targets that are no class numbers.

        Raises
        ------
        TableError
            For missing columns, text where numbers are meant, infinite numbers, unknown classes.
        """
        whole = read_columns(table)
        self._require_columns(whole)
        rows = None
        targets = None
        if with_targets:
            if self.target is None:
                raise TableError("no target was learnt; pass target= to Preprocessing.learn")
            rows = rows_with_target(whole, self.target.names)
            if len(rows) < len(whole):
                warn_of_missing_targets(len(whole) - len(rows), self.target.names)
                whole = whole.take(rows)
            targets = self.target.encode(whole, dtype, rows)
        numbers = np.empty((len(whole), len(self.feature_names)), dtype=dtype)
        start = 0
        for spec in self.columns:
            if spec.features:
                stop = start + len(spec.features)
                encode_column(spec, whole.columns[spec.name], numbers[:, start:stop], rows)
                start = stop
        return Data(numbers, targets=targets)

    def decode(self, predictions: ArrayLike) -> NDArray[Any]:
        """Turn predictions back into labels or values; see `TargetSpec.decode`."""
        if self.target is None:
            raise TableError("no target was learnt; pass target= to Preprocessing.learn")
        return self.target.decode(predictions)

    def describe(self) -> list[ColumnRow]:
        """Return a row per column for printing: name, what it held, share missing, what it becomes."""
        rows = [ColumnRow(s.name, s.found, s.share_missing, s.describe()) for s in self.columns]
        if self.target is not None:
            t = self.target
            shown = f"{t.task}, {len(t.classes)} classes" if t.classes else t.task
            rows += [ColumnRow(name, "target", 0.0, shown) for name in t.names]
        return rows

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types, from which `from_json` makes an equal object."""
        return {
            "schema": SCHEMA,
            "columns": [spec.to_json() for spec in self.columns],
            "target": None if self.target is None else self.target.to_json(),
        }

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "Preprocessing":
        """Return what `to_json` wrote.

        Raises
        ------
        ModelFileError
            For a newer schema, or something else than `to_json` wrote.
        """
        try:
            schema = plain["schema"]
            if schema > SCHEMA:
                raise ModelFileError(
                    f"the preprocessing has schema {schema} and this forpass reads up to {SCHEMA}; update it"
                )
            target = None if plain["target"] is None else TargetSpec.from_json(plain["target"])
            return cls(tuple(ColumnSpec.from_json(column) for column in plain["columns"]), target)
        except (KeyError, TypeError, AttributeError) as error:
            raise ModelFileError(
                f"the preprocessing is not what forpass writes ({type(error).__name__}: {error}); "
                "save the model again"
            ) from None

    def _require_columns(self, table: Table) -> None:
        """Name the columns that are needed and not there, each with the names nearest to it."""
        missing = [s.name for s in self.columns if s.features and s.name not in table.columns]
        if missing:
            further = [name for name in table.names if name not in {s.name for s in self.columns}]
            shown = []
            for name in missing[:8]:
                near = nearest_names(name, further, limit=1)
                shown.append(repr(name) + (f" (perhaps {near[0]!r})" if near else ""))
            more = f" and {len(missing) - 8} more" if len(missing) > 8 else ""
            raise TableError(f"the table lacks the columns {', '.join(shown)}{more}; add or rename them")


def _row_numbers(rows: ArrayLike, count: int) -> NDArray[np.int64]:
    """Return training rows in ascending order, so that their order cannot matter; refuse what is none."""
    given = np.asarray(rows)
    if given.ndim != 1 or given.dtype.kind not in "iu" or len(given) == 0:
        raise TableError(
            f"rows must be a list of row numbers; got an array of {given.dtype}, shape {given.shape}"
        )
    if given.min() < 0 or given.max() >= count:
        raise TableError(f"rows go from 0 to {count - 1} in this table; got {given.min()} to {given.max()}")
    return np.unique(given).astype(np.int64)
