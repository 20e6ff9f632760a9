"""Search spaces: the hyperparameters of each trial, drawn from choices and ranges.

A draw is a function of seed, trial number and field: trial 7 is the same whether or not others are tried, and
another range for one field leaves the others as they are.
"""

from __future__ import annotations

import dataclasses
import hashlib
import math
from collections.abc import Mapping
from typing import Any

from forpass.errors import SpecError, UnknownNameError
from forpass.maths.philox import uniforms
from forpass.recipes.records import Chain, Member
from forpass.sampling.streams import stream_key
from forpass.spec.require import finite_number, whole_number

__all__ = ["SPACE", "drawn", "require_space"]

SPACE: dict[str, Any] = {
    "hidden": [(64, 64), (128, 128), (96, 96, 96), (128, 128, 128), (256, 256), (256, 256, 256)],
    "activation": ["parametric_mish", "parametric_selu", "parametric_relu"],
    "numbers": [(), ("piecewise",), ("periodic",)],
    "statistics": [False, True],
    "learning_rate": (0.008, 0.4, "log"),
    "dropout": (0.0, 0.4),
    "weight_decay": (0.002, 0.2, "log"),
    "epochs": [10, 20, 40],
}
"""The default search space: fields of a `Member`, and epochs for the reference table (see `Recipe`)."""

FIELDS = (*(field.name for field in dataclasses.fields(Member)), "epochs")


def require_space(space: Mapping[str, Any]) -> None:
    """Refuse a search space with unknown fields, or from which nothing can be drawn.

    Raises
    ------
    SpecError, UnknownNameError
    """
    if not isinstance(space, Mapping):
        raise SpecError(f"the space of a search must be a mapping of fields; got {space!r}")
    for name, values in space.items():
        if name not in FIELDS:
            raise UnknownNameError("field of a search", name, FIELDS)
        if not isinstance(values, list | tuple) or not values:
            raise SpecError(
                f"{name} of a search must be a list of choices, or a range (low, high) or (low, high, "
                f"'log'); got {values!r}"
            )
        if isinstance(values, tuple):
            _require_range(name, values)


def _require_range(name: str, values: tuple[Any, ...]) -> None:
    if len(values) not in (2, 3) or values[2:] not in ((), ("log",)):
        raise SpecError(
            f"the range {name} of a search must be (low, high) or (low, high, 'log'); got {values!r}; "
            "choices are a list"
        )
    low, high = (finite_number(f"{name} of a search", value) for value in values[:2])
    if not low < high or (len(values) == 3 and low <= 0):
        positive = ", above 0" if len(values) == 3 else ""
        raise SpecError(f"the range {name} of a search must go up{positive}; got {values!r}")


def drawn(space: Mapping[str, Any], number: int, seed: int, base: Member | None = None) -> Chain:
    """Return the chain of a trial.

    Parameters
    ----------
    space : mapping
        Fields of a `Member`, and ``epochs``: a list holds choices, a tuple is a range (low, high) that is
        drawn from uniformly, or (low, high, "log"), log-uniformly.
    number : int
        Of the trial, from 0.
    seed : int
    base : Member, optional
        The fields that are not in the space.

    Examples
    --------
    >>> space = {"hidden": [(64,), (32,)], "learning_rate": (0.01, 0.1, "log"), "epochs": [12]}
    >>> chain = drawn(space, 3, seed=0)
    >>> chain.name, chain.epochs, 0.01 < chain.member.learning_rate < 0.1
    ('trial 3', (12,), True)
    >>> drawn(space, 3, seed=0) == chain
    True
    """
    require_space(space)
    found = {name: _value(values, _even(seed, number, name)) for name, values in space.items()}
    epochs = whole_number("epochs of a search", found.pop("epochs", 20))
    return Chain(f"trial {number}", dataclasses.replace(base or Member(), **found), (epochs,))


def _even(seed: int, number: int, field: str) -> float:
    """Return a uniform number from (0, 1) for a field of a trial."""
    name = int.from_bytes(hashlib.sha256(field.encode()).digest()[:4], "little")
    return float(uniforms(1, stream_key(seed, "trials"), (number, name, 0))[0])


def _value(values: Any, u: float) -> Any:
    if isinstance(values, list):
        return values[int(u * len(values))]
    low, high, *log = values
    if log:
        return float(low * math.exp(u * math.log(high / low)))
    return float(low + u * (high - low))
