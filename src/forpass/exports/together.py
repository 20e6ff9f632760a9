"""The raw scores of members, and what they say together: as `forpass.model.together` computes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from forpass.exports.columns import Inputs
from forpass.exports.graph import Graph, Value
from forpass.exports.networks import arrays_of, mean_of, network_of
from forpass.exports.units import predicted, standardised
from forpass.exports.writer import Writer
from forpass.maths.calibration import calibrated_logits, calibrated_scores
from forpass.model import Ensemble, TrainedModel
from forpass.model.calibration import Calibration
from forpass.model.together import Together
from forpass.preprocessing.units import Unit
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
    each = [
        members.raw_of(member, parts[place], f"{name}_{number}")
        for number, (member, place) in enumerate(zip(together.members, together.places, strict=True), start=1)
    ]
    alike = [unit for unit, numbers in together.units if len(numbers) == len(each)]
    if len({one.kind for one in each}) > 1 or (together.units and not alike):
        each = [writer.cast(one, "float64", f"{one.name}.float64") for one in each]
    for unit, numbers in together.units if not alike else ():
        for number in numbers:
            each[number] = _between(writer, together, unit, each[number], f"{number + 1}")
    Z = writer.cast(writer.stack(each, "of_each"), "float64", "of_each.float64")
    for unit in alike:
        Z = _between(writer, together, unit, Z, "of_each")
    if set(together.sharpness) != {1.0}:
        sharpness = writer.constant("sharpness", np.array(together.sharpness)[:, None, None])
        Z = writer.call(calibrated_logits, Z, sharpness, name="sharpened")
    mean = mean_of(writer, together.head.link, Z, together.weights)
    return mean if ensemble.calibration is None else _calibrated(writer, ensemble.calibration, mean)


def _between(writer: Writer, together: Together[TrainedModel], unit: Unit, Z: Value, name: str) -> Value:
    """Write raw scores in the unit in which members are added up: values, standardised in it."""
    assert together.unit is not None
    values = predicted(writer, unit, Z, f"value_{name}")
    return standardised(writer, together.unit, values, f"standardised_{name}")


def _calibrated(writer: Writer, calibration: Calibration, raw: Value) -> Value:
    """Write calibrated raw scores (n, k), float64."""
    if not calibration.matrix:
        scale = writer.constant("scale", np.array(calibration.scale))
        return writer.call(calibrated_logits, raw, scale, name="calibrated")
    bias, matrix = (
        writer.constant(name, np.array(array))
        for name, array in (("bias", calibration.bias), ("matrix", calibration.matrix))
    )
    return writer.call(calibrated_scores, raw, calibration.scale[0], bias, matrix, name="calibrated")
