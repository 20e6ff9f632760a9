"""Records, which are rows as dicts: what each means depends on no other."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from forpass.errors import InputError, TableError
from forpass.model.encoded import Encoded, joined
from forpass.preprocessing.unseen import named_with_nearest
from forpass.serving.columns import columns_of, types_of
from forpass.shown import one
from forpass.spec.data import Data
from forpass.told import each_told_once

__all__ = ["Record", "Records", "require_names"]

Record = Mapping[str, Any]

AS_A_TABLE = 16
"""From so many records on a table is faster than one row after the other: some 0.3 ms against 0.02 a row."""

ALONE = " in row 1 (rows counted from 1)"
"""What messages say of the cell of a record that was looked at alone."""


class Records:
    """Reads records for a model.

    Parameters
    ----------
    preprocessings : sequence
        Those of the model, of tables.
    encode : callable
        From a table to what its networks take: the model's own.

    Attributes
    ----------
    columns : tuple of Column
        What a record must have; further cells do not matter.
    """

    def __init__(self, preprocessings: Sequence[Any], encode: Callable[[Any], Data | Encoded]) -> None:
        self.columns = columns_of(preprocessings)
        self._needed = {column.name: None for column in self.columns}.keys()
        self._preprocessings, self._encode = preprocessings, encode

    def encoded(self, records: Sequence[Record]) -> Data | Encoded:
        """Return records, one or more, as networks take them.

        Many whose cells are all of usual types go as a table, others one by one: to the same bits.

        Raises
        ------
        TableError
            When one of them cannot be read: `faults` says which, and why.
        """
        for record in records:
            self._require_columns(record)
        if len(records) == 1 or (len(records) >= AS_A_TABLE and self._are_usual(records)):
            return self._encode(records)
        with each_told_once():
            return joined([self._encode([record]) for record in records])

    def faults(self, records: Sequence[Record], most: int | None = None) -> dict[int, str]:
        """Say of the records that cannot be read, or the first `most`, by their numbers from 0, why."""
        found = dict[int, str]()
        with each_told_once():
            for number, record in enumerate(records):
                if len(found) == most:
                    break
                try:
                    self._require_columns(record)
                    self._encode([record])
                except InputError as error:
                    found[number] = str(error).replace(ALONE, "")
        return found

    @functools.cached_property
    def _types(self) -> dict[str, frozenset[type]]:
        """The types of cells that go as a table, by column: many a model never answers so many records."""
        return types_of(self._preprocessings)

    def _require_columns(self, record: Record) -> None:
        """Refuse what is no record, and one that lacks what is needed."""
        if not isinstance(record, Mapping):
            raise TableError(
                f"a record is {one(type(record).__name__)}; give a dict with a value for each column"
            )
        if not record.keys() >= self._needed:
            require_names("the record", self._needed, record, "with null (None in Python)")

    def _are_usual(self, records: Sequence[Record]) -> bool:
        """Say whether all cells that are needed are of the types that go as a table."""
        return all({type(record[name]) for record in records} <= types for name, types in self._types.items())


def require_names(what: str, needed: Any, given: Any, unknown: str) -> None:
    """Name the columns that are not there, each with the name nearest to it; and what an unknown value is.

    Raises
    ------
    TableError
    """
    if lacking := [name for name in needed if name not in given]:
        further = [name for name in given if isinstance(name, str) and name not in needed]
        named = named_with_nearest(lacking, further[:1000])
        raise TableError(f"{what} lacks {named}; add what is missing, {unknown} where a value is not known")
