"""A forpass network with numbers given by hand, to compare a lesson's with, and what its trace says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    from forpass import NetworkSpec, TrainedModel, TrainingSpec
    from forpass.engines.reference.tape import Tape
    from forpass.lessons.page import Page

__all__ = ["network_of", "tell_cells"]


def network_of(
    spec: NetworkSpec, weights: Mapping[str, ArrayLike], training: TrainingSpec | None = None
) -> TrainedModel:
    """Return the network of `spec` with the `weights` ``{"W1": ..., "b1": ...}``, in float64.

    `training` is how its trace makes a step.

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
    training = training or TrainingSpec(dtype="float64")
    return TrainedModel(spec, parameters, np.empty(0), training=training)


def tell_cells(page: Page, tape: Tape, *cells: str) -> None:
    """Write down what numbers of a trace were made of, with symbols and with numbers.

    Examples
    --------
    >>> import forpass as fp
    >>> from forpass.lessons.page import Page
    >>> neuron = fp.NetworkSpec(2, (fp.Dense(1),), fp.Head("squared"))
    >>> network = network_of(neuron, {"W1": [[2.0], [3.0]], "b1": [1.0]})
    >>> tape = network.trace(fp.Data([[10.0, 100.0]], targets=[300.0]))
    >>> tell_cells(Page("sums"), tape, "Z1[0,0]")
        Z1[0, 0] = X[0, 0] W1[0, 0] + X[0, 1] W1[1, 0] + b1[0]
          = 10 * 2 + 100 * 3 + 1 = 321
    """
    from forpass.trace import element
    from forpass.trace.elements import cell_said

    for cell in cells:
        name, place = cell_said(cell)
        for line in str(element(tape, name, place or ())).splitlines():
            page.formula(line)
