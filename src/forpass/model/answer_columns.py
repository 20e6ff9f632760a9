"""Predictions as the columns of a table: what they are called, and the digits that they have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from forpass.model.digits import as_exact_as, shortest
from forpass.model.intervals import Sets
from forpass.preprocessing.targets import TargetSpec
from forpass.preprocessing.words import word_of

if TYPE_CHECKING:
    from forpass.model.ensemble import Ensemble
    from forpass.model.trained import TrainedModel

__all__ = ["answer_columns", "exact_values", "rows_of_text"]


def answer_columns(
    model: TrainedModel | Ensemble, target: TargetSpec, X: Any, proba: bool, coverage: float | None = None
) -> dict[str, NDArray[Any]]:
    """Return what a model of tables predicts of n rows, column by column.

    Parameters
    ----------
    model : TrainedModel or Ensemble
    target : TargetSpec
        The model's own.
    X : table, or what ``model.encode`` made of one
    proba : bool
        Also probabilities.
    coverage : float, optional
        Also the ends of intervals, or sets of classes, that hold the truth so often: of an ensemble that has
        such.

    Returns
    -------
    dict
        By their names the columns (n,): the target or targets (``prediction``, where they are the columns of
        one choice), ``probability of CLASS``, ``TARGET low`` and ``TARGET high``, or ``classes``.
    """
    encoded = model.encode(X)
    scores = model.scores(encoded)
    decided = np.asarray(model.decode(scores.decisions))
    columns: dict[str, NDArray[Any]]
    if target.one_hot:
        columns = {"prediction": decided}
    elif target.task == "regression":
        columns = dict(zip(target.names, exact_values(target, decided, scores.raw.dtype).T, strict=True))
    else:
        columns = dict(zip(target.names, _several(decided).T, strict=True))
    if proba:
        names = target.names if target.task == "multilabel" else map(word_of, target.classes)
        P = shortest(scores.probabilities).T
        columns |= {f"probability of {name}": p for name, p in zip(names, P, strict=True)}
    if coverage is None:
        return columns
    if isinstance(model.intervals, Sets):
        sets = [" | ".join(map(word_of, labels)) for labels in model.predict_set(encoded, coverage)]
        return columns | {"classes": np.array(sets, dtype=object)}
    ends = model.predict_interval(encoded, coverage)
    each = zip(target.names, ends.reshape(len(ends), -1, 2).swapaxes(0, 1), strict=True)
    return columns | {f"{name} {end}": of[:, j] for name, of in each for j, end in enumerate(("low", "high"))}


def exact_values(target: TargetSpec, values: NDArray[Any], dtype: Any) -> NDArray[Any]:
    """Return values (n, k), or (n,) of one, with the digits that they have by the arithmetic of a dtype."""
    columns = _several(values)
    sized = zip(columns.T, target.unit.sizes(columns).T, strict=True)
    return np.stack([as_exact_as(*both, dtype) for both in sized], axis=1)


def rows_of_text(columns: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Return the rows of columns, lists or arrays, as files of text have them: truth values are words."""
    lists = (column.tolist() if isinstance(column, np.ndarray) else column for column in columns.values())
    return zip(*(map(_as_text, cells) for cells in lists), strict=True)


def _several(values: NDArray[Any]) -> NDArray[Any]:
    return values[:, None] if values.ndim == 1 else values


def _as_text(cell: Any) -> Any:
    return str(cell).lower() if isinstance(cell, bool) else cell
