"""The reference engine, in NumPy: the living definition of what forpass computes."""

from forpass.engines.reference.engine import (
    NAME,
    advance,
    export_state,
    import_parameters,
    orders,
    predictions,
    raw_scores,
    start,
    trace,
    value_and_gradient,
)
from forpass.engines.reference.tape import Tape, TapeEntry

__all__ = [
    "NAME",
    "Tape",
    "TapeEntry",
    "advance",
    "export_state",
    "import_parameters",
    "orders",
    "predictions",
    "raw_scores",
    "start",
    "trace",
    "value_and_gradient",
]
