"""The compiled engine: many steps in one call, at the processor's limit. See `engine`."""

from forpass.engines.compiled.engine import (
    NAME,
    advance,
    export_state,
    import_parameters,
    predictions,
    raw_scores,
    start,
    value_and_gradient,
)
from forpass.engines.compiled.identity import engine_digest
from forpass.engines.compiled.orders import orders

engine_digest()  # now, before anybody can edit what was just imported

__all__ = [
    "NAME",
    "advance",
    "export_state",
    "import_parameters",
    "orders",
    "predictions",
    "raw_scores",
    "start",
    "value_and_gradient",
]
