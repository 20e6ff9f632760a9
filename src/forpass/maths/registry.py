"""Registries: literal, in a chosen order, each name once.

Every kind of thing one can choose by name (activations, losses, optimisers ...) has one registry of records.
Tests iterate the registries, so what is added is tested.
"""

import math
import numbers
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from forpass.errors import SpecError, UnknownNameError

__all__ = ["Hyperparameter", "Record", "Registry", "completed"]


class Hyperparameter(NamedTuple):
    """A setting of a formula: its name, its default and the interval it must lie in."""

    name: str
    default: float
    low: float = float("-inf")
    high: float = float("inf")


class Record(Protocol):
    """What a registry holds: something with a name, a formula and hyperparameters."""

    @property
    def name(self) -> str:
        """By what it is chosen."""
        ...

    @property
    def formula(self) -> str:
        """What it computes, as one writes it on paper."""
        ...

    @property
    def hyperparameters(self) -> tuple[Hyperparameter, ...]:
        """Its settings, each with default and interval."""
        ...


R = TypeVar("R", bound=Record)


class Registry(Mapping[str, R], Generic[R]):
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
                raise ValueError(f"the {kind} {record.name!r} stands twice in its registry")
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
        """Complete the settings `given` for the record `name` with its defaults, in their order.

        Raises
        ------
        UnknownNameError
            For a setting that the record does not have.
        SpecError
            For a value that is not a number or lies outside the setting's interval.
        """
        return completed(f"{self.kind} {name!r}", self[name].hyperparameters, given)


def completed(
    what: str, hyperparameters: Sequence[Hyperparameter], given: Mapping[str, float]
) -> dict[str, float]:
    """Complete the settings `given` with the defaults of `hyperparameters`; see `Registry.settings`."""
    known = [h.name for h in hyperparameters]
    for key in given:
        if key not in known:
            raise UnknownNameError(f"setting of the {what}", key, known)
    complete: dict[str, float] = {}
    for h in hyperparameters:
        value: Any = given.get(h.name, h.default)
        number = not isinstance(value, bool) and isinstance(value, numbers.Real) and math.isfinite(value)
        if not (number and h.low <= value <= h.high):
            raise SpecError(
                f"{h.name} of the {what} must be a number from {h.low:g} to {h.high:g}; got {value!r}"
            )
        complete[h.name] = float(value)
    return complete
