"""How a model was asked for, written down beside it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from forpass.model import Ensemble, TrainedModel
from forpass.model.origin import Origin

__all__ = ["asked_for", "call_of"]

LONGEST = 200
"""Letters of a value; of longer ones, of tables and of functions there are three dots."""


def asked_for(model: TrainedModel | Ensemble, **facts: Any) -> TrainedModel | Ensemble:
    """Return the model with more of its origin known: fields of `Origin`."""
    origin = dataclasses.replace(model.provenance.origin or Origin(), **facts)
    return dataclasses.replace(model, provenance=dataclasses.replace(model.provenance, origin=origin))


def call_of(function: str, target: str | Sequence[str], said: Mapping[str, Any]) -> str:
    """Write down a call with a table, its target, and what else was said.

    Examples
    --------
    >>> call_of("train_table", "price", {"task": None, "seed": 1, "hidden": (8, 8), "test": object()})
    "train_table(table, 'price', seed=1, hidden=(8, 8), test=...)"
    """
    words = [f"{name}={_written(value)}" for name, value in said.items() if _is_said(value)]
    return f"{function}({', '.join(['table', _written(target), *words])})"


def _is_said(value: Any) -> bool:
    return value is not None and not (isinstance(value, Mapping) and not value)


def _written(value: Any) -> str:
    text = repr(value) if _is_plain(value) else "..."
    return text if len(text) <= LONGEST else "..."


def _is_plain(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(map(_is_plain, [*value, *value.values()]))
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, str | bool | int | float)
