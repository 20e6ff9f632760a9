"""The compiled engine: many steps in one call, at the processor's limit.

A map, from what is written down to what runs. A folder imports only from those above it in this list, and
`kernels` and `runtime` do not know each other:

- `language`, what a kernel is written with: `types` and `values` (its numbers), `places` (variables and
  arrays), `code` (a kernel under construction), `operands` (what kernels are called with), `sequences` (rows
  and columns).
- `functions`, what maths means on values: `formulas` and `namespace` (the names that `forpass.maths` uses),
  `elementary` with `polynomials` (exp, log, sin, tanh, erfc).
- `kernels`: `products` and `tiles` (whose shapes suit a processor), `sizes` (of weights), `scores`,
  `parameters`, `movement`, `random`.
- `runtime`: `compiler`, `store` and `identity` (from text to an address, kept on disk under a name that says
  all), `witnesses` (whether the formulas are still those), `driver` (the loop over steps), `units` (how work
  divides), `team` and `uninterrupted` (threads).
- `program`, a step as instructions: `memory`, `examples` and `asked` (where numbers lie), `instructions`
  (calls of kernels, and the machine code of each), `folding` (scales that weights take in), `recording`
  (where instructions are written down), `operations` (a file for each opcode, with its own kernels), `passes`
  and `step` (what is written), `executable` (ready to be carried out), `workplace` (memory and instructions,
  handed from session to session).
- `engine`, `orders` and `links`: what others call.

To follow one formula, say gelu: `forward` of ``operations/activation.py`` chooses it, `activation_forward`
below it calls it with lines of values, `namespace.erfc` and `elementary.erfc` write what it needs, `values`
and `code` put it down as LLVM's text, `instructions.kernel_address` names the result, `compiler.address_of`
makes it run.

To follow one step: `engine.CompiledSession.advance`, `step.step_phases`, `passes` and `operations`,
`instructions.words_of`, `executable.Executable`, `team.Team.run`, and the loop in `driver`.
"""

from forpass.engines.compiled.engine import NAME, CompiledSession, raw_scores_of_each, start
from forpass.engines.compiled.links import linked
from forpass.engines.compiled.orders import orders
from forpass.engines.compiled.runtime.compiler import seconds_to_begin
from forpass.engines.compiled.runtime.identity import engine_digest

engine_digest()  # now, before anybody can edit what was just imported

__all__ = ["NAME", "CompiledSession", "linked", "orders", "raw_scores_of_each", "seconds_to_begin", "start"]
