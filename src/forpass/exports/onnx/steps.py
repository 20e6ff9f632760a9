"""The steps of formulas as nodes of ONNX: which operation does each, or which few together.

ONNX has no expm1, log1p and erfc, and runtimes have some operations in float32 alone (cosines, Erf) or, in
float64, with fewer digits than they hold (sines near a multiple of pi). Such a step is written with others;
how precise it then is stands beside it, in units of the last place (ulp).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from forpass.exports.graph import Step
from forpass.exports.onnx.nodes import Nodes, Number, Term
from forpass.exports.steps import REDUCTIONS

__all__ = ["STEPS", "write_step"]

OPERATIONS = {
    "absolute": "Abs",
    "exp": "Exp",
    "floor": "Floor",
    "log": "Log",
    "maximum": "Max",
    "minimum": "Min",
    "sign": "Sign",
    "sqrt": "Sqrt",
    "tanh": "Tanh",
    "matmul": "MatMul",
    "where": "Where",
    "same": "Identity",
    "negative": "Neg",
    "+": "Add",
    "-": "Sub",
    "*": "Mul",
    "/": "Div",
    "<": "Less",
    ">": "Greater",
    "<=": "LessOrEqual",
    ">=": "GreaterOrEqual",
}
"""What a single operation does: to the bit, but for exp, log and tanh, within 8 ulp."""


def write_step(nodes: Nodes, step: Step, reads: tuple[Number, ...], name: str) -> Term:
    """Write a step of a formula; return its result."""
    nodes.within = name
    return STEPS[step.does](nodes, step, reads, name)


def _operation(nodes: Nodes, step: Step, reads: tuple[Number, ...], name: str) -> Term:
    """One operation; plain numbers have the type of what they are computed with, not that of a condition."""
    (kind,) = {read.kind for read in reads if isinstance(read, Term) and read.kind != "bool"}
    typed = [read if isinstance(read, Term) else nodes.number(read, kind) for read in reads]
    return nodes.of(OPERATIONS[step.does], *typed, kind=step.output.kind, name=name)


def _reduction(nodes: Nodes, step: Step, reads: tuple[Number, ...], name: str) -> Term:
    """ReduceSum or ReduceMax over an axis; that of rows stays as one column, that of members goes."""
    operation = "ReduceSum" if step.does.endswith("_sum") else "ReduceMax"
    axis = REDUCTIONS[step.does]
    return nodes.of(
        operation,
        _only(reads),
        nodes.integers([axis], "axis"),
        kind=step.output.kind,
        name=name,
        keepdims=int(axis != 0),
    )


def _only(reads: tuple[Number, ...]) -> Term:
    (read,) = reads
    assert isinstance(read, Term)
    return read


# -- functions that ONNX does not have ---------------------------------------------------------------
def expm1(x: Term) -> Term:
    """exp(x) - 1 = tanh(x / 2) (exp(x) + 1), which loses no digits near 0: within 10 ulp."""
    return x.nodes.of("Tanh", 0.5 * x) * (x.nodes.of("Exp", x) + 1.0)


def log1p(x: Term) -> Term:
    """log(1 + x) = log u + (x - (u - 1)) / u with u the rounded 1 + x: within 4 ulp.

    The second part is what rounding took from x; it is 0 where nothing was, as for -1 and infinity.
    """
    u = 1.0 + x
    taken = x - (u - 1.0)
    rest = x.nodes.of("Where", x.nodes.of("Abs", taken) > 0.0, taken / u, x.nodes.number(0.0, x.kind))
    return x.nodes.of("Log", u) + rest


def erfc(z: Term) -> Term:
    """1 - erf(z): in float32 from Erf, within an ulp of 1; in float64 from a polynomial, within 4.

    With t = 2 / (2 + z), erfc(z) = t exp(p(2 t - 1) - z^2) for z >= 0. Here p is the polynomial that agrees
    with log(erfc(z) / t) + z^2 in 80 Chebyshev points, cut off after 26 Chebyshev polynomials.
    """
    if z.kind == "float32":
        return 1.0 - z.nodes.of("Erf", z)
    far = z.nodes.of("Abs", z)
    t = z.nodes.of("Div", 2.0, 2.0 + far)
    s = 2.0 * t - 1.0
    p = s * ERFC[-1] + ERFC[-2]
    for coefficient in ERFC[-3::-1]:
        p = p * s + coefficient
    right = t * z.nodes.of("Exp", p - far * far)
    return z.nodes.of("Where", z < 0.0, 2.0 - right, right)


# fmt: off
ERFC = (
    -0.6717940840566922, 0.672643223977656, 0.047343306841863525, -0.046895610231083025,
    -0.009872689364099222, 0.008824938553738764, 0.0017589335074028032, -0.002345812444802156,
    -0.00014624628742128406, 0.0006736782697069831, -9.373894767667295e-05, -0.00017429984933155644,
    7.141810433422301e-05, 3.173310599377061e-05, -3.023784054007137e-05, 1.699233231227702e-07,
    8.662535397475538e-06, -3.007645434410669e-06, -1.409445991433531e-06, 1.3267813608518889e-06,
    -4.146853754663641e-08, -3.168341367694147e-07, 7.745572408758512e-08, 3.972203547273795e-08,
    -1.2776086554968677e-08, -1.5867042914238042e-09,
)
# fmt: on


def sin(u: Term) -> Term:
    """The sine: that of the runtime, in float64 after taking off quarters of the circle."""
    return u.nodes.of("Sin", u) if u.kind == "float32" else _wave(u, 0.0)


def cos(u: Term) -> Term:
    """The cosine: that of the runtime, in float64 the sine a quarter further on."""
    return u.nodes.of("Cos", u) if u.kind == "float32" else _wave(u, 1.0)


QUARTER = (1.570796325802803, 9.920935791635221e-10, 5.170182981794105e-19)
"""pi / 2 as a sum; the first two have 30 bits, so that their products with up to 2^23 quarters are exact."""


def _wave(u: Term, quarters_on: float) -> Term:
    """sin(u + quarters_on pi / 2), within 5 ulp for |u| < 1e7, also near its zeros.

    With q the nearest whole number of quarters and r = u - q pi / 2, it is sin r, cos r, -sin r or -cos r;
    and cos r = 1 - 2 sin(r / 2)^2 loses nothing for |r| <= pi / 4.
    """
    nodes = u.nodes
    q = nodes.of("Floor", u * (2.0 / np.pi) + 0.5)
    r = u
    for part in QUARTER:
        r = r - q * part
    half = nodes.of("Sin", 0.5 * r)
    here = q + quarters_on
    odd = here - 2.0 * nodes.of("Floor", 0.5 * here)
    back = here - 4.0 * nodes.of("Floor", 0.25 * here)
    wave = nodes.of("Where", odd > 0.5, 1.0 - 2.0 * half * half, nodes.of("Sin", r))
    return nodes.of("Where", back > 1.5, -wave, wave)


def _function(function: Callable[[Term], Term]) -> Callable[..., Term]:
    return lambda nodes, step, reads, name: function(_only(reads))


STEPS: dict[str, Callable[[Nodes, Step, tuple[Number, ...], str], Term]] = {
    **dict.fromkeys(OPERATIONS, _operation),
    "expm1": _function(expm1),
    "log1p": _function(log1p),
    "erfc": _function(erfc),
    "sin": _function(sin),
    "cos": _function(cos),
    **dict.fromkeys(REDUCTIONS, _reduction),
}
"""What writes each step: ``(nodes, step, reads, name) -> result``."""
