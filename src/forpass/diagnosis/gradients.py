"""How the gradient's size changes on its way down through the layers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from forpass.diagnosis.finding import Case, Finding
from forpass.diagnosis.remedies import remedy

__all__ = ["uneven_gradients"]

VANISHING = 1e-3
"""First layer's size over the last one's. With one rate for all, the first layer then takes a thousand steps
for one of the last and stays near where it was drawn. (He's and Glorot's weights keep the ratio near 1.)"""

EXPLODING = 1e3
"""The same the other way round: a rate that the first layer bears leaves the last standing still."""


def uneven_gradients(case: Case) -> Iterator[Finding]:
    """Report when the gradient by the pre-activations vanishes or explodes between last and first Dense.

    Its size is the length of all of ``dZ``: that, unlike the size of an entry, is kept by well drawn
    weights whatever the widths of the layers are.
    """
    dense = [op for op in case.model.program.operations if op.opcode == "affine"]
    first, last = dense[0], dense[-1]
    sizes = [float(np.linalg.norm(case.tape[f"d{op.output}"].astype(np.float64))) for op in (first, last)]
    if first is last or sizes[1] == 0.0:  # nothing is learnt any more, so nothing can vanish
        return
    ratio = sizes[0] / sizes[1]
    # A NaN or an infinity has overflowed on its way: that is exploding too.
    if ratio < VANISHING:
        yield Finding(
            "vanishing_gradient",
            first.label,
            ratio,
            f"its gradient is {ratio:.1e} times that of {last.label}",
            remedy("vanishing_gradient"),
        )
    elif not ratio <= EXPLODING:
        yield Finding(
            "exploding_gradient",
            first.label,
            ratio,
            f"its gradient is {ratio:.1e} times that of {last.label}",
            remedy("exploding_gradient"),
        )
