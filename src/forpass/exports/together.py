"""The raw scores of members, and what they say together: as `forpass.model.together` computes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from forpass.exports.columns import Inputs
from forpass.exports.graph import Graph, Value
from forpass.exports.means import mean_of
from forpass.exports.networks import arrays_of, network_of
from forpass.exports.units import predicted, standardised
from forpass.exports.writer import Writer
from forpass.maths.calibration import calibrated_logits, calibrated_scores
from forpass.model import Ensemble, TrainedModel
from forpass.model.calibration import Calibration
from forpass.spec.network import NetworkSpec

__all__ = ["Members", "raw_of_ensemble"]


class Members:
    """Writes the networks of members: one graph for all with the same operations, a line for each."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self._bodies: dict[tuple[NetworkSpec, str], Graph] = {}
        self._count = 0

    def raw_of(self, model: TrainedModel, inputs: Inputs, name: str = "raw") -> Value:
        """Write the raw scores (n, k) of a network, in its own type."""
        writer, kind = self.writer, _kind(model)
        key = model.spec, kind
        if key not in self._bodies:
            name_of_body = f"network_{len(self._bodies) + 1}"
            self._bodies[key] = network_of(model.program, model, name_of_body)
        self._count += 1
        prefix = f"member_{self._count}."
        held = [writer.constant(prefix + own, array) for own, array in arrays_of(model).items()]
        reads = [writer.cast(inputs.X, kind)] if inputs.X is not None else []
        reads += [inputs.codes] if inputs.codes is not None else []
        return writer.network(self._bodies[key], [*reads, *held], name)


def _kind(model: TrainedModel) -> Any:
    """The type of a network's numbers."""
    return model.parameters.dtype.name


def raw_of_ensemble(
    members: Members, ensemble: Ensemble, parts: Sequence[Inputs], name: str = "raw"
) -> Value:
    """Write the raw scores (n, k) of an ensemble, float64: scaled, averaged, calibrated."""
    writer, together = members.writer, ensemble.together()
    others = {number: unit for unit, numbers in together.units for number in numbers}
    each = []
    for number, (member, place) in enumerate(zip(together.members, together.places, strict=True), start=1):
        Z = writer.cast(members.raw_of(member, parts[place], f"raw_{number}"), "float64")
        if (own := others.get(number - 1)) is not None:
            assert together.unit is not None
            values = predicted(writer, own, Z, f"values_{number}")
            Z = standardised(writer, together.unit, values, f"again_{number}")
        each.append(Z)
    Z = writer.stack(each, "scores")
    if set(together.sharpness) != {1.0}:
        sharpness = writer.constant("sharpness", np.array(together.sharpness)[:, None, None])
        Z = writer.call(calibrated_logits, Z, sharpness, name="sharpened")
    mean = mean_of(writer, together.head.link, Z, together.weights)
    return mean if ensemble.calibration is None else calibrated(writer, ensemble.calibration, mean)


def calibrated(writer: Writer, calibration: Calibration, raw: Value) -> Value:
    """Write calibrated raw scores (n, k), float64."""
    if not calibration.matrix:
        scale = writer.constant("scale", np.array(calibration.scale))
        return writer.call(calibrated_logits, raw, scale, name="calibrated")
    bias, matrix = (
        writer.constant(name, np.array(array))
        for name, array in (("bias", calibration.bias), ("matrix", calibration.matrix))
    )
    return writer.call(calibrated_scores, raw, calibration.scale[0], bias, matrix, name="calibrated")
