"""The sentences in which a description refuses a value: the thing, what it must be, what it got."""

import math
from collections.abc import Sequence
from typing import Any

from forpass.errors import SpecError, UnknownNameError

__all__ = ["require_choice", "require_count", "require_fraction", "require_number"]


def require_count(name: str, value: Any, at_least: int = 1) -> None:
    """Refuse what is not a whole number of at least `at_least`."""
    if isinstance(value, bool) or not isinstance(value, int) or value < at_least:
        raise SpecError(f"{name} must be a whole number of at least {at_least}; got {value!r}")


def require_number(
    name: str, value: Any, *, at_least: float | None = None, above: float | None = None
) -> None:
    """Refuse what is not a finite number within the bound."""
    number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if number and (at_least is None or value >= at_least) and (above is None or value > above):
        return
    bound = (
        f" of at least {at_least:g}"
        if at_least is not None
        else f" above {above:g}"
        if above is not None
        else ""
    )
    raise SpecError(f"{name} must be a finite number{bound}; got {value!r}")


def require_fraction(name: str, value: Any, *, below_one: bool = False) -> None:
    """Refuse what does not lie between 0 and 1."""
    require_number(name, value, at_least=0.0)
    if value > 1 or (below_one and value == 1):
        raise SpecError(
            f"{name} must be at least 0 and {'below' if below_one else 'at most'} 1; got {value!r}"
        )


def require_choice(name: str, value: Any, choices: Sequence[str]) -> None:
    """Refuse what is not among `choices`."""
    if value not in choices:
        raise UnknownNameError(name, value, choices)
