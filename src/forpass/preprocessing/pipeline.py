"""Preprocessing: all that was learnt about a table, saved inside the model.

Learn on the training rows, then encode any rows. `encode` finds columns by name: their order is free and
further columns do not matter, whatever they hold.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from forpass.errors import NOT_AS_WRITTEN, ModelFileError, SpecError, TableError
from forpass.forks import imported
from forpass.preprocessing.frames import read_columns
from forpass.preprocessing.kinds import (
    PLAINLY,
    ColumnOptions,
    ColumnSpec,
    column_from_json,
    column_to_json,
)
from forpass.preprocessing.migrate import SCHEMA, migrate
from forpass.preprocessing.missing import missing_words, with_missing
from forpass.preprocessing.reading import AS_FOUND, Reading, text_columns
from forpass.preprocessing.single_row import Place, RowEncoder, cells_of
from forpass.preprocessing.table import ROWS_AT_ONCE, part_of, row_numbers
from forpass.preprocessing.target_columns import has_target, warn_of_missing_targets
from forpass.preprocessing.targets import TargetSpec
from forpass.preprocessing.unseen import require_columns, seen_in, warn_of
from forpass.preprocessing.weights import weights_of
from forpass.shown import counted
from forpass.spec.data import Data
from forpass.spec.inputs import CODED_KINDS, FeatureGroup
from forpass.spec.stored import typed

__all__ = ["ColumnRow", "Preprocessing", "read_as_written"]


class ColumnRow(NamedTuple):
    """A row of `Preprocessing.describe`: a column, its kind, what it held, what it becomes."""

    column: str
    kind: str
    type: str
    missing: float
    becomes: str


@dataclass(frozen=True, repr=False)
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
    reading : Reading
        How the file was read that the table came from.
    groups : tuple of FeatureGroup
        What each column becomes, in the order of the columns: the inputs of a network.
    feature_names : tuple of str
        The names of the encoded columns of numbers, in order. Codes have none.
    places : tuple of Place
        Of each column that is used, which columns of numbers and of codes it fills.

    Examples
    --------
    >>> table = {"size": [1.0, 2.0, 3.0, 4.0], "fit": ["no", "no", "yes", "yes"]}
    >>> preprocessing = Preprocessing.learn(table, "fit")
    >>> data = preprocessing.encode(table, with_targets=True)
    >>> data.targets.ravel().tolist(), preprocessing.decode([1, 0]).tolist()
    ([0.0, 0.0, 1.0, 1.0], ['yes', 'no'])
    """

    columns: tuple[ColumnSpec, ...]
    target: TargetSpec | None = None
    weight: str | None = None
    reading: Reading = AS_FOUND
    groups: tuple[FeatureGroup, ...] = field(init=False, repr=False, compare=False)
    feature_names: tuple[str, ...] = field(init=False, repr=False, compare=False)
    places: tuple[Place, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        groups = tuple(group for spec in self.columns for group in spec.groups)
        names = tuple(feature for spec in self.columns for feature in spec.features)
        object.__setattr__(self, "groups", groups)
        object.__setattr__(self, "feature_names", names)
        object.__setattr__(self, "places", _places_of(self.columns))

    @classmethod
    def learn(
        cls,
        table: object,
        target: str | Sequence[str] | TargetSpec | None = None,
        *,
        task: str | None = None,
        schema: Mapping[str, str] | None = None,
        weight: str | None = None,
        rows: ArrayLike | None = None,
        missing: Sequence[str] | None = None,
        reading: Reading = AS_FOUND,
        options: ColumnOptions = PLAINLY,
    ) -> "Preprocessing":
        """Learn from the training rows of a table.

        Parameters
        ----------
        table : Table or anything `read_columns` takes
        target : str, sequence of str or TargetSpec, optional
            The column or columns to predict; or what `learn_target` learnt about them from the same rows,
            which is then not looked for again.
        task : {"classification", "regression", "multilabel"}, optional
            Inferred from the target when not given; ``target.why`` says why. A TargetSpec has its own.
        schema : mapping, optional
            What columns are, where inferring goes wrong: words of `KINDS`, a date with its notation for
            strptime, as in ``{"zip": "category", "id": "drop", "born": "date:%d.%m.%Y"}``. The kind of a
            target says what is predicted: of ``number`` the value, of ``category`` the class.
        weight : str, optional
            A column of numbers, not negative, that say how much each row counts. It is no feature.
        rows : array of int, optional
            The training rows, counted from 0; all when not given. Nothing is learnt from other rows.
        missing : sequence of str, optional
            The words that mean a missing value; the usual ones (NA, None, ? ...) when not given. An empty
            cell always does.
        reading : Reading, optional
            How the file was read that the table comes from; its text columns are found out here.
        options : ColumnOptions, optional
            How columns become features, as far as it is not learnt.

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
            numbers or dates, columns that count the rows or leak the target.

        Examples
        --------
        >>> table = {"size": [1.0, 2.0, 3.0, 4.0], "fit": ["no", "no", "yes", "yes"]}
        >>> p = Preprocessing.learn(table, "fit")
        >>> p.target.task, p.target.classes, p.feature_names
        ('classification', ('no', 'yes'), ('size',))
        >>> p.groups
        (FeatureGroup(name='size', kind='number', width=1, codes=0, unknown=False),)
        """
        imported("forpass.preprocessing.learning")  # who only encodes does without; a fork waits for it
        from forpass.preprocessing.learning import (
            learn_columns,
            training_rows,
        )

        words = reading.missing if missing is None else missing_words(missing)
        whole = with_missing(read_columns(table), words)
        found = training_rows(whole, target, task, schema, weight, rows)
        specs = learn_columns(found, weight, options)
        text = text_columns(found.table, specs, found.target)
        return cls(specs, found.target, weight, replace(reading, text_columns=text, missing=words))

    def __repr__(self) -> str:
        codes, values = (sum(group.kind == kind for group in self.groups) for kind in CODED_KINDS)
        dropped = sum(not spec.groups for spec in self.columns)
        facts = [counted(self.n_features, "feature")]
        facts += [counted(codes, "code")] if codes else []
        facts += [f"values of {counted(values, 'column')}"] if values else []
        facts += [f"{counted(dropped, 'column')} dropped"] if dropped else []
        facts += [f"target {', '.join(self.target.names)} ({self.target.task})"] if self.target else []
        facts += [f"weight {self.weight}"] if self.weight else []
        return f"<Preprocessing of {counted(len(self.columns), 'column')}: {', '.join(facts)}>"

    @property
    def n_features(self) -> int:
        """Number of encoded columns of numbers."""
        return len(self.feature_names)

    @property
    def n_codes(self) -> int:
        """Number of columns of codes, those of repeated values among them."""
        return sum(group.is_coded for group in self.groups)

    @property
    def schema(self) -> dict[str, str]:
        """What each column is, in the form that `learn` takes back as ``schema=``."""
        return {spec.name: spec.said for spec in self.columns}

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

        Returns
        -------
        Data
            With codes where a column becomes codes.

        Raises
        ------
        TableError
            For missing columns, text where numbers are meant, infinite numbers, unknown classes.
        """
        plain = rows is None and not with_targets and self.reading.missing is None
        if plain and (cells := cells_of(table)) is not None:
            data = self._row_encoder().encode(table, cells, dtype, aloud)
            if data is not None:
                return data
        whole = with_missing(read_columns(table, self._needed(with_targets)), self.reading.missing)
        require_columns(self.columns, whole)
        chosen = row_numbers(rows, len(whole))
        targets = weights = None
        if with_targets:
            truth = self._target()
            imported("forpass.preprocessing.tasks")
            from forpass.preprocessing.tasks import without_dashes

            whole = without_dashes(whole, truth.names, truth.task)
            known = has_target(whole, truth.names, needed=True)[chosen]
            warn_of_missing_targets(whole, truth.names, chosen[~known])
            chosen = chosen[known]
            targets = truth.encode(whole.only(truth.names, chosen), dtype)
            weights = weights_of(self.weight, whole, chosen)
        numbers = np.empty((len(chosen), self.n_features), dtype=dtype)
        codes = np.empty((len(chosen), self.n_codes), dtype=np.int32)
        for start in range(0, len(chosen), ROWS_AT_ONCE):
            rows_now = slice(start, start + ROWS_AT_ONCE)
            for spec, features, coded in self.places:
                column = part_of(whole.columns[spec.name], chosen[rows_now])
                spec.encode(column, numbers[rows_now, features], codes[rows_now, coded])
        if aloud:
            used = (place.spec for place in self.places)
            warn_of(seen_in(spec, part_of(whole.columns[spec.name], chosen)) for spec in used)
        return Data(numbers, codes if codes.shape[1] else None, targets, weights)

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
            "columns": [column_to_json(spec) for spec in self.columns],
            "target": None if self.target is None else self.target.to_json(),
            "weight": self.weight,
            "reading": self.reading.to_json(),
        }

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "Preprocessing":
        """Return what `to_json` wrote, today or in any schema before; see `migrate`.

        Raises
        ------
        ModelFileError
            For a newer schema, or something else than `to_json` wrote.
        """
        with read_as_written():
            plain = migrate(plain)
            target = None if plain["target"] is None else TargetSpec.from_json(plain["target"])
            columns = tuple(column_from_json(column) for column in plain["columns"])
            weight = typed("weight of the preprocessing", str | None, plain["weight"])
            named = Counter([column.name for column in columns])
            named.update([*(target.names if target else ()), *([] if weight is None else [weight])])
            if twice := [name for name, count in named.items() if count > 1]:
                raise SpecError(f"the column {twice[0]!r} stands there twice")
            return cls(columns, target, weight, Reading.from_json(plain["reading"]))

    def _row_encoder(self) -> RowEncoder:
        """What encodes single rows, made when the first one comes."""
        kept: RowEncoder | None = self.__dict__.get("_encoder")
        if kept is None:
            kept = self.__dict__["_encoder"] = RowEncoder(self.places, self.n_features, self.n_codes)
        return kept

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what is remembered of cells."""
        return {name: value for name, value in vars(self).items() if name != "_encoder"}

    def _needed(self, with_targets: bool) -> list[str]:
        """Name the columns that are read."""
        features = [place.spec.name for place in self.places]
        if not with_targets:
            return features
        return [*features, *self._target().names, *([self.weight] if self.weight is not None else [])]

    def _target(self) -> TargetSpec:
        if self.target is None:
            raise TableError("no target was learnt; pass target= to Preprocessing.learn")
        return self.target


def _places_of(specs: Sequence[ColumnSpec]) -> tuple[Place, ...]:
    """Lay the columns that are used side by side."""
    places, start, first = [], 0, 0
    for spec in specs:
        if groups := spec.groups:
            stop = start + sum(group.width for group in groups)
            last = first + sum(group.is_coded for group in groups)
            places.append(Place(spec, slice(start, stop), slice(first, last)))
            start, first = stop, last
    return tuple(places)


@contextmanager
def read_as_written() -> Iterator[None]:
    """Say of what cannot be read back that forpass has not written it so."""
    try:
        yield
    except ModelFileError:
        raise
    except NOT_AS_WRITTEN as error:
        raise ModelFileError(
            f"the preprocessing is not what forpass writes ({type(error).__name__}: {error}); "
            "save the model again"
        ) from None
