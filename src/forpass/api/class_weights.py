"""Weights of classes: how much the rows of each class count while a network learns.

They change what is learnt, and the loss by which validation rows say when to stop; metrics and figures count
rows as they are. What learns from rows of class y with weight w_y learns probabilities in proportion to
w_y p_y. A single network says these; of a recipe's networks they are divided by w again, so that
probabilities are those of the table, and w counts where one decides: for the class of the largest w_y p_y
(Elkan 2001).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.errors import SpecError, UnknownNameError
from forpass.preprocessing import TargetSpec
from forpass.preprocessing.words import word_of
from forpass.spec.data import Data
from forpass.told import called

__all__ = ["decided_by", "factors_of", "named_factors", "tilt_of", "weighted"]

Factors = NDArray[np.float64]


def factors_of(target: TargetSpec, training: Data, given: Any) -> Factors:
    """Return by how much a row counts more or less, (classes,), or for each label of several (labels, 2).

    Parameters
    ----------
    target : TargetSpec
    training : Data
        By whose rows ``"balanced"`` goes: all weight / (classes * weight of the class).
    given : "balanced", mapping from class to weight, or a mapping for each of several labels
        A class is named as it is, or by the word that is written for it; one that is not named counts as
        it is. Of several labels, a single mapping names labels, and says how much a 1 counts.

    Raises
    ------
    SpecError
        For a regression, for a class that there is not, and for one that is named twice.

    Examples
    --------
    >>> target = TargetSpec("classification", ("fit",), classes=("no", "yes"))
    >>> training = Data([[0.0], [1.0], [2.0], [3.0]], targets=[[0.0], [0.0], [0.0], [1.0]])
    >>> factors_of(target, training, "balanced").round(3).tolist()
    [0.667, 2.0]
    >>> factors_of(target, training, {"yes": 3}).tolist()
    [1.0, 3.0]
    """
    if target.task == "regression":
        raise SpecError(
            f"{called('class_weight')} is for classes and labels, and this is a regression; leave it out"
        )
    places = _places(target, training)
    if isinstance(given, str):
        w = np.ones(training.n_rows) if training.weights is None else training.weights.astype(np.float64)
        counted = np.array([np.bincount(column, w, minlength=_n(target)) for column in places.T])
        there = counted > 0  # a class without rows needs no weight
        factors = np.where(there, w.sum() / (counted.shape[1] * np.where(there, counted, 1.0)), 1.0)
        return factors if target.task == "multilabel" else np.asarray(factors[0])
    if target.task == "multilabel":
        return _of_labels(target, given)
    if not isinstance(given, Mapping):
        raise SpecError(
            f"{called('class_weight')} must be one mapping from class to weight here; got {given!r}"
        )
    return _by_label(target.classes, given, f"the target {', '.join(target.names)}")


def named_factors(target: TargetSpec, factors: Factors) -> dict[str, float]:
    """Return factors by the words of the classes, or of several labels by label and value, ``"urgent=1"``."""
    if target.task != "multilabel":
        return dict(zip(map(word_of, target.classes), factors.tolist(), strict=True))
    each = zip(target.names, factors.tolist(), strict=True)
    return {f"{name}={value}": of[value] for name, of in each for value in (0, 1)}


def weighted(data: Data, target: TargetSpec, factors: Factors) -> Data:
    """Return rows that count by their classes, beside whatever they counted before."""
    places = _places(target, data)
    if target.task == "multilabel":
        by_class = np.prod([of[column] for of, column in zip(factors, places.T, strict=True)], axis=0)
    else:
        by_class = factors[places[:, 0]]
    weights = by_class if data.weights is None else by_class * data.weights
    return dataclasses.replace(data, weights=weights)


def tilt_of(target: TargetSpec, factors: Factors) -> NDArray[np.float64] | None:
    """Return by how much factors raise the raw scores of who learns with them; None where they do not.

    Of classes log w, less that of the first of two, and of each label the logarithm of how much more a 1
    counts than a 0. Where the rows of a class do not count at all, nothing is known of it, nor undone.

    Examples
    --------
    >>> target = TargetSpec("classification", ("fit",), classes=("no", "yes"))
    >>> tilt_of(target, np.array([0.5, 2.0])).round(3).tolist(), tilt_of(target, np.array([2.0, 2.0]))
    ([1.386], None)
    """
    known = factors > 0
    least = np.min(factors, axis=-1, where=known, initial=np.inf, keepdims=True)
    logs = np.log(np.where(known, factors, least))
    paired = target.task == "multilabel" or len(target.classes) == 2
    tilt = logs[..., 1] - logs[..., 0] if paired else logs - logs.mean()
    return np.atleast_1d(tilt) if np.any(tilt) else None


def decided_by(target: TargetSpec, tilt: NDArray[np.float64] | None) -> tuple[float, tuple[float, ...]]:
    """Return the threshold and the weights of decisions that follow class weights; see `Scores.decisions`.

    Of two classes the second is decided where w_1 p > w_0 (1 - p): above w_0 / (w_0 + w_1).

    Examples
    --------
    >>> target = TargetSpec("classification", ("fit",), classes=("no", "yes"))
    >>> threshold, weights = decided_by(target, np.log([4.0]))
    >>> round(threshold, 3), weights
    (0.2, ())
    """
    if tilt is None:
        return 0.5, ()
    if len(target.classes) == 2:
        return float(1.0 / (1.0 + np.exp(tilt[0]))), ()
    return 0.5, tuple(np.exp(tilt).tolist())


def _n(target: TargetSpec) -> int:
    return 2 if target.task == "multilabel" else len(target.classes)


def _places(target: TargetSpec, data: Data) -> NDArray[np.int64]:
    """Return the class number of each row (n, 1), or of several labels a 0 or 1 for each (n, k)."""
    assert data.targets is not None
    return np.asarray(data.targets.reshape(data.n_rows, -1), np.int64)


def _of_labels(target: TargetSpec, given: Any) -> Factors:
    names = target.names
    if isinstance(given, Mapping):
        ones = _by_label(names, given, "the target")
        return np.stack([np.ones(len(names)), ones], axis=1)
    if len(given) != len(names):
        raise SpecError(
            f"{called('class_weight')} has {len(given)} mappings; give one for each of the {len(names)} "
            f"labels {', '.join(names)}"
        )
    return np.stack([_by_label((0, 1), one, f"label {name}") for name, one in zip(names, given, strict=True)])


def _by_label(labels: Sequence[Any], given: Mapping[Any, Any], what: str) -> Factors:
    """Return the weight of each label, 1 where it is not named."""
    words = {word_of(label): place for place, label in enumerate(labels)}
    factors, named = np.ones(len(labels)), dict[int, Any]()
    for label, weight in given.items():
        place = words.get(word_of(label))
        if place is None:
            raise UnknownNameError(f"class in {called('class_weight')}, of {what},", label, words)
        if place in named:
            raise SpecError(
                f"{called('class_weight')} names a class twice, as {named[place]!r} and as {label!r}; "
                "say it once"
            )
        factors[place], named[place] = weight, label
    return factors
