"""Networks of the conformance suite as models, and rows for them."""

from __future__ import annotations

from typing import Any

import numpy as np

from forpass.engines.conformance.cases import cases
from forpass.engines.initial import fresh_state
from forpass.exports.networks import arrays_of
from forpass.model import TrainedModel

__all__ = ["begun_with", "network_to_try"]


def network_to_try(name: str, dtype: str) -> tuple[TrainedModel, dict[str, Any]]:
    """Return the network of a case, whose buffers are nowhere special, and its rows: X, and codes if any."""
    case = cases()[name]()
    rng = np.random.default_rng(1)
    buffers = fresh_state(case.program, case.training, case.data).buffers
    buffers = np.abs(buffers + 0.3 * rng.random(buffers.shape)).astype(dtype)
    model = TrainedModel(case.program.spec, case.parameters.astype(dtype), buffers, engine="numpy")
    X, codes = case.data.numbers, case.data.codes
    cells = {"X": X if isinstance(X, np.ndarray) else X.toarray()}
    if codes is not None:
        cells["codes"] = np.minimum(codes, np.array(case.program.spec.code_sizes) - 1)
    return model, cells


def begun_with(model: TrainedModel, cells: dict[str, Any]) -> dict[str, Any]:
    """Return what the graph of a network begins with: rows in its type, and its parameters."""
    return cells | {"X": cells["X"].astype(model.parameters.dtype)} | arrays_of(model)
