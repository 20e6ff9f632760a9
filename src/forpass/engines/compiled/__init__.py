"""The compiled engine: many steps in one call, at the processor's limit.

A map of the room, from what is written down to what runs:

- Words: `values` (numbers of a kernel), `code` (a kernel under construction), `operands` (what kernels are
  called with), `sequences` (rows and columns).
- Formulas: `formulas` and `namespace` (what `forpass.maths` means on values), `elementary` with
  `polynomials` (exp, log, tanh, erfc).
- Kernels: `products`, `layers`, `scores`, `parameters`, `movement`.
- A step: `memory` and `examples` (where numbers lie), `units` (how work divides), `lowering` (the sheet that
  is written on), `operations`, `passes` and `step` (what is written), `kernels` (instructions, and the
  machine code of each).
- Running: `driver` (the loop over steps), `team` and `uninterrupted` (threads), `compiler`, `store` and
  `identity` (from text to an address, kept on disk under a name that says all).
- `engine` and `orders`: what training calls.

To follow one formula, say gelu: `operations.activation_forward` chooses it, `layers.activation_forward` calls
it with lines of values, `namespace.erfc` and `elementary.erfc` write what it needs, `values` and `code` put
it down as LLVM's text, `kernels.kernel_address` names the result, `compiler.address_of` makes it run.

To follow one step: `engine.advance`, `engine._learn`, `step.step_phases`, `passes` and `operations`,
`kernels.words_of`, `team.Team.run`, and the loop in `driver`.
"""

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
