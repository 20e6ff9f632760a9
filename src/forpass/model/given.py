"""The model that a caller means: a trained one, an ensemble, or that of a fitted estimator."""

from __future__ import annotations

import os
from typing import Any

from forpass.errors import DataError
from forpass.model.ensemble import Ensemble
from forpass.model.trained import TrainedModel
from forpass.shown import one
from forpass.spec.network import NetworkSpec

__all__ = ["given_model"]


def given_model(asks: str, given: Any) -> TrainedModel | Ensemble:
    """Return the model that is meant; an estimator holds it since it was fitted.

    Parameters
    ----------
    asks : str
        Who asks for it, for the message.
    given : TrainedModel, Ensemble or fitted estimator

    Raises
    ------
    DataError
        For anything else.

    Examples
    --------
    >>> given_model("evaluate", "steel.forpass")
    Traceback (most recent call last):
      ...
    forpass.errors.DataError: evaluate takes a trained model; got a str: give what load returns of that file
    """
    model = getattr(given, "model_", given)
    if isinstance(model, TrainedModel | Ensemble):
        return model
    remedy = "the model comes first, then the rows"
    if isinstance(given, str | os.PathLike):
        remedy = "give what load returns of that file"
    elif isinstance(given, NetworkSpec):
        remedy = "train it first"
    elif hasattr(given, "fit"):
        remedy = "fit it first"
    raise DataError(f"{asks} takes a trained model; got {one(type(given).__name__)}: {remedy}")
