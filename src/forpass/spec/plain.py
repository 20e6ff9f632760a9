"""Descriptions as plain JSON, and back: the form in which they are stored.

A description is written as ``{"is": "Dense", "units": 32}``. What is at its default is left out, so that a
field that is added later changes no file and no fingerprint; a default that changes is a new form of file.
Reading accepts only the `classes` listed below, so a file can name nothing else. The file that holds it
carries the schema number.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from typing import Any

from forpass.errors import SpecError, UnknownNameError
from forpass.spec.initializer import Initializer
from forpass.spec.inputs import FeatureGroup
from forpass.spec.layers import LAYERS
from forpass.spec.network import Head, NetworkSpec, Penalty

__all__ = ["classes", "from_plain", "to_plain"]

OF_NETWORKS: dict[str, Any] = {
    cls.__name__: cls for cls in (NetworkSpec, FeatureGroup, *LAYERS, Head, Penalty, Initializer)
}
"""What a network is described by: all that a prediction needs."""


@functools.cache
def classes() -> dict[str, Any]:
    """Return all classes of descriptions by their names, those of a training among them."""
    from forpass.spec import optimizer, training

    of_trainings = (
        training.TrainingSpec,
        optimizer.OptimizerSpec,
        optimizer.RoleFactors,
        optimizer.LBFGSSpec,
        training.ScheduleSpec,
        training.StoppingSpec,
    )
    return OF_NETWORKS | {cls.__name__: cls for cls in of_trainings}


def to_plain(value: Any) -> Any:
    """Turn a description into dicts, lists, strings and numbers.

    Examples
    --------
    >>> from forpass.spec.layers import Dropout
    >>> to_plain(Dropout(0.5))
    {'is': 'Dropout', 'rate': 0.5}
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        given = [f for f in dataclasses.fields(value) if f.init]  # what is made of it, is made again
        fields = [f for f in given if getattr(value, f.name) != _default(f)]
        return {"is": type(value).__name__, **{f.name: to_plain(getattr(value, f.name)) for f in fields}}
    if isinstance(value, Mapping):
        return {key: to_plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [to_plain(item) for item in value]
    return value


def _default(field: dataclasses.Field[Any]) -> Any:
    """The value that a field has by itself; `MISSING`, which equals nothing, where it has none."""
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


def from_plain(value: Any) -> Any:
    """Rebuild what `to_plain` wrote.

    Raises
    ------
    SpecError
        When a description is not complete or not known; the values are checked as on construction.

    Examples
    --------
    >>> from_plain({"is": "Dropout", "rate": 0.5})
    Dropout(rate=0.5)
    """
    if isinstance(value, list):
        return tuple(from_plain(item) for item in value)
    if not isinstance(value, dict):
        return value
    if "is" not in value:
        return {key: from_plain(item) for key, item in value.items()}
    known = OF_NETWORKS if value["is"] in OF_NETWORKS else classes()
    if value["is"] not in known:
        raise UnknownNameError("description", value["is"], known)
    fields = {key: from_plain(item) for key, item in value.items() if key != "is"}
    if value["is"] == "TrainingSpec" and fields.get("method") == "lbfgs":  # ignored them before it refused
        from forpass.spec.training import OF_STEPS

        fields = {key: item for key, item in fields.items() if key not in OF_STEPS}
    try:
        return known[value["is"]](**fields)
    except TypeError as error:
        raise SpecError(f"the stored description of {value['is']} does not fit: {error}") from None
