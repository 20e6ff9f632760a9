"""The steps of formulas as nodes of ONNX: which operation does each, or which few together.

ONNX has no expm1, log1p and erfc, and runtimes have some operations in float32 alone (cosines, Erf) or, in
float64, with fewer digits than they hold (sines near a multiple of pi). Such a step is written with others,
see `formulas`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from forpass.exports.graph import Step, Value
from forpass.exports.onnx import formulas
from forpass.exports.onnx.nodes import Nodes, Number, Term
from forpass.exports.steps import REDUCTIONS, steps_of

__all__ = ["STEPS", "write_step"]

OPERATIONS = {
    "absolute": "Abs",
    "exp": "Exp",
    "floor": "Floor",
    "log": "Log",
    "sin": "Sin",
    "cos": "Cos",
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
"""What a single operation does: to the bit, but for exp, log, tanh, sin and cos, see `formulas`."""

Writer: TypeAlias = Callable[[Nodes, Step, tuple[Number, ...], str], Term]
"""What writes a step: ``(nodes, step, reads, name) -> result``."""


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


def _formula(formula: Callable[..., Any], *settings: float) -> Writer:
    """Return what writes the steps of a formula, each of which a single operation does."""

    def write(nodes: Nodes, step: Step, reads: tuple[Number, ...], name: str) -> Term:
        (value,) = step.reads
        assert isinstance(value, Value)
        (result,), steps = steps_of(formula, (value, *settings), name)
        found = {value.name: _only(reads)}
        for one in steps:
            terms = tuple(found[read.name] if isinstance(read, Value) else read for read in one.reads)
            found[one.output.name] = _operation(nodes, one, terms, one.output.name)
        return found[result.name]

    return write


def _in_float64(formula: Writer, in_float32: Writer) -> Writer:
    """Return what writes a formula in float64 alone, where the operation of ONNX is not good enough."""
    return lambda nodes, step, reads, name: (formula if step.output.kind == "float64" else in_float32)(
        nodes, step, reads, name
    )


def _erfc(nodes: Nodes, step: Step, reads: tuple[Number, ...], name: str) -> Term:
    """1 - erf(z), within an ulp of 1; runtimes have Erf in float32 alone."""
    return nodes.of("Sub", 1.0, nodes.of("Erf", _only(reads)), name=name)


STEPS: dict[str, Writer] = {
    **dict.fromkeys(OPERATIONS, _operation),
    "expm1": _formula(formulas.expm1),
    "log1p": _formula(formulas.log1p),
    "erfc": _in_float64(_formula(formulas.erfc, *formulas.ERFC), _erfc),
    "sin": _in_float64(_formula(formulas.sin), _operation),
    "cos": _in_float64(_formula(formulas.cos), _operation),
    **dict.fromkeys(REDUCTIONS, _reduction),
}
"""What writes each step."""
