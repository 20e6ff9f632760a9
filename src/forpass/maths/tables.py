"""Tables: literal, in a chosen order, each name once.

Every kind of thing one can choose by name (activations, losses, optimisers ...) has one table.
Tests iterate the tables, so what is added is tested.
"""

import math
import numbers
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from forpass.errors import SpecError, UnknownNameError

__all__ = ["Parameter", "Record", "Table", "completed"]


class Parameter(NamedTuple):
    """A setting of a formula: its name, its default and the interval it must lie in."""

    name: str
    default: float
    low: float = float("-inf")
    high: float = float("inf")


class Record(Protocol):
    """What a table holds: something with a name, a formula and settings."""

    @property
    def name(self) -> str:
        """By what it is chosen."""
        ...

    @property
    def formula(self) -> str:
        """What it computes, as one writes it on paper."""
        ...

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Its settings."""
        ...


R = TypeVar("R", bound=Record)


class Table(Mapping[str, R], Generic[R]):
    """An ordered mapping from names to records that refuses to hold a name twice.

    Parameters
    ----------
    kind : str
        What the records are, in the singular: ``"activation"``.
    *records
        The records, in the order in which they are shown.

    Raises
    ------
    ValueError
        When two records have the same name.
    """

    def __init__(self, kind: str, *records: R) -> None:
        self.kind = kind
        self._records: dict[str, R] = {}
        for record in records:
            if record.name in self._records:
                raise ValueError(f"the {kind} {record.name!r} stands twice in its table")
            self._records[record.name] = record

    def __getitem__(self, name: str) -> R:
        """Return the record called `name`; an unknown name is an `UnknownNameError`."""
        try:
            return self._records[name]
        except (KeyError, TypeError):
            raise UnknownNameError(self.kind, name, self._records) from None

    def get(self, name: str, default: Any = None) -> Any:
        """Return the record called `name`, or `default`."""
        return self._records.get(name, default)

    def __contains__(self, name: object) -> bool:
        return name in self._records

    def __iter__(self) -> Iterator[str]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)

    def settings(self, name: str, given: Mapping[str, float]) -> dict[str, float]:
        """Complete the settings `given` for the record `name` with its defaults, in table order.

        Raises
        ------
        UnknownNameError
            For a setting that the record does not have.
        SpecError
            For a value that is not a number or lies outside the setting's interval.
        """
        return completed(f"{self.kind} {name!r}", self[name].parameters, given)


def completed(what: str, parameters: Sequence[Parameter], given: Mapping[str, float]) -> dict[str, float]:
    """Complete the settings `given` with the defaults of `parameters`, in their order; see `Table.settings`."""
    known = [p.name for p in parameters]
    for key in given:
        if key not in known:
            raise UnknownNameError(f"setting of the {what}", key, known)
    complete: dict[str, float] = {}
    for p in parameters:
        value: Any = given.get(p.name, p.default)
        number = not isinstance(value, bool) and isinstance(value, numbers.Real) and math.isfinite(value)
        if not (number and p.low <= value <= p.high):
            raise SpecError(
                f"{p.name} of the {what} must be a number from {p.low:g} to {p.high:g}; got {value!r}"
            )
        complete[p.name] = float(value)
    return complete
