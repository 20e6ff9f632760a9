"""A forpass network with numbers given by hand, to compare a lesson's with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    from forpass import NetworkSpec, TrainedModel

__all__ = ["network_of"]


def network_of(spec: NetworkSpec, weights: Mapping[str, ArrayLike]) -> TrainedModel:
    """Return the network of `spec` with the `weights` ``{"W1": ..., "b1": ...}``, in float64.

    Examples
    --------
    >>> import forpass as fp
    >>> neuron = fp.NetworkSpec(2, (fp.Dense(1),), fp.Head("squared"))
    >>> network_of(neuron, {"W1": [[2.0], [3.0]], "b1": [1.0]}).raw_scores([[10.0, 100.0]]).tolist()
    [[321.0]]
    """
    from forpass.model.trained import TrainedModel
    from forpass.spec.program import lower
    from forpass.spec.training import TrainingSpec

    parameters = lower(spec).parameters.flatten({name: np.asarray(W, float) for name, W in weights.items()})
    return TrainedModel(spec, parameters, np.empty(0), training=TrainingSpec(dtype="float64"))
