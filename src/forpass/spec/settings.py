"""Settings: a mapping that nobody can change, so that a description which holds one is a value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, ValuesView
from typing import Any, TypeVar

__all__ = ["Settings"]

V = TypeVar("V")


class Settings(Mapping[str, V]):
    """An immutable mapping from names to values; it can be hashed where its values can.

    It equals any mapping of the same names and values, in whatever order they stand.

    Parameters
    ----------
    given : mapping
        What it is to hold; it is copied.

    Raises
    ------
    TypeError
        On any attempt to change it.

    Examples
    --------
    >>> settings = Settings({"beta1": 0.9, "beta2": 0.999})
    >>> settings, settings["beta1"], settings == {"beta2": 0.999, "beta1": 0.9}
    ({'beta1': 0.9, 'beta2': 0.999}, 0.9, True)
    >>> settings["beta1"] = 7.0
    Traceback (most recent call last):
      ...
    TypeError: 'Settings' object does not support item assignment
    """

    __slots__ = ("_values",)
    _values: dict[str, V]

    def __init__(self, given: Mapping[str, V]) -> None:
        object.__setattr__(self, "_values", dict(given))

    def __getitem__(self, name: str) -> V:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def values(self) -> ValuesView[V]:
        """Return the values, in order: asked for at each plan, where the inherited way is slow."""
        return self._values.values()

    def __hash__(self) -> int:
        return hash(frozenset(self._values.items()))

    def __repr__(self) -> str:
        return repr(self._values)

    def __setattr__(self, name: str, value: Any) -> None:
        raise TypeError(f"settings cannot be changed; make others instead of setting {name!r}")

    def __reduce__(self) -> tuple[Any, ...]:
        return Settings, (self._values,)
