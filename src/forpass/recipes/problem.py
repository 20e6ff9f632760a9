"""What a recipe is run on: encoded rows, what they mean, and which of them belong together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.errors import DataError
from forpass.model.scores import task_of
from forpass.spec.data import Data, require_data
from forpass.spec.inputs import FeatureGroup
from forpass.spec.network import Head
from forpass.spec.require import require_instance, several

__all__ = ["Problem"]


@dataclass(frozen=True, eq=False)
class Problem:
    """Encoded rows, what their features and targets mean, and how they may be divided.

    Parameters
    ----------
    data : Data
        All training rows, with targets; values are standardised. Its weights are sample weights of training.
    inputs : sequence of FeatureGroup
        What the features are.
    head : Head
        What the raw scores mean.
    outputs : int
        Number of raw scores, k.
    weights : array of shape (n,), optional
        Sample weights where candidates are judged and probabilities calibrated; by default those of training.
        With class weights the two differ: probabilities are to be those of the table.
    tilt : array of shape (k,), optional
        By how much weights of training raise raw scores: of classes log w, of labels the logarithm of how
        much more a 1 counts than a 0. What networks say is lowered by it (Elkan 2001, "The foundations of
        cost-sensitive learning", theorem 2).
    keys : mapping
        ``labels`` (classes, by which folds are stratified), ``groups`` (whose rows stay together) or
        ``times`` (a network is trained on rows earlier than those it leaves out): an array (n,), or nothing.

    Attributes
    ----------
    task : str
        ``"classification"``, ``"multilabel"`` or ``"regression"``.
    truth : array of shape (n, k), float64
        The targets, in the form of predictions: 0 or 1 for each class or label, or values.
    rows : int64 array
        The rows of a weight above 0.

    Raises
    ------
    DataError
        Without targets, or when no row has a weight above 0.
    """

    data: Data
    inputs: tuple[FeatureGroup, ...]
    head: Head
    outputs: int
    weights: NDArray[Any] | None = None
    keys: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    tilt: NDArray[np.float64] | None = None
    task: str = field(init=False)
    truth: NDArray[np.float64] = field(init=False, repr=False)
    rows: NDArray[np.int64] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        require_data("the data of a problem", self.data)
        object.__setattr__(self, "inputs", several("inputs of a problem", self.inputs))
        require_instance("head of a problem", self.head, Head)
        targets = self.data.targets
        if targets is None:
            raise DataError("the data of a problem have no targets, so there is nothing to learn; give some")
        if self.weights is None:
            object.__setattr__(self, "weights", self.data.weights)
        counted = np.ones(self.data.n_rows, bool) if self.data.weights is None else self.data.weights > 0
        if self.weights is not None:
            counted &= np.asarray(self.weights) > 0
        if not counted.any():
            raise DataError("no row of the problem has a weight above 0; name at least one that counts")
        truth = targets[:, None] == np.arange(self.outputs) if targets.ndim == 1 else targets
        object.__setattr__(self, "truth", np.asarray(truth, np.float64))
        object.__setattr__(self, "rows", np.flatnonzero(counted))
        object.__setattr__(self, "task", task_of(self.head, self.outputs))

    @property
    def n_features(self) -> int:
        """Number of features, d."""
        return self.data.n_features

    def weights_of(self, rows: NDArray[np.int64] | Sequence[int]) -> NDArray[np.float64]:
        """Return the weights of rows where candidates are judged, float64."""
        if self.weights is None:
            return np.ones(len(rows))
        return np.asarray(self.weights[np.asarray(rows)], np.float64)
