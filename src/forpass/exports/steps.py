"""What a formula does, step by step: it is called with values that write down what is done to them.

The functions here have the names of `forpass.maths.xp`, as far as a prediction reaches them; each writes a
step and gives a value for its result, whose type and shape follow from those of what it reads.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from forpass.engines.bind import bind
from forpass.errors import EngineError, ExportError
from forpass.exports.graph import Kind, Operand, Shape, Step, Value

__all__ = ["ELEMENTWISE", "REDUCTIONS", "SIGNS", "broadcast", "steps_of"]

ELEMENTWISE = (
    "absolute",
    "cos",
    "erfc",
    "exp",
    "expm1",
    "floor",
    "log",
    "log1p",
    "maximum",
    "minimum",
    "sign",
    "sin",
    "sqrt",
    "tanh",
)
REDUCTIONS = {"row_sum": -1, "row_max": -1, "member_sum": 0, "member_max": 0}
"""Each with the axis that it reduces: of rows to one column, of members to none."""
SIGNS = ("+", "-", "*", "/", "<", ">", "<=", ">=", "negative")
NAMES = (*ELEMENTWISE, *REDUCTIONS, "matmul", "row_length", "where")
COMPARISONS = ("<", ">", "<=", ">=")


def steps_of(
    function: Callable[..., Any], reads: tuple[Operand, ...], name: str
) -> tuple[tuple[Value, ...], tuple[Step, ...]]:
    """Return the results of a formula and the steps that lead to them, named `name` with a number behind.

    Raises
    ------
    ExportError
        When the formula does what no prediction of forpass's own does.
    """
    paper = _Paper(name, [])
    handles = [_Traced(paper, read) if isinstance(read, Value) else read for read in reads]
    try:
        found = bind(function, _namespace(paper))(*handles)
    except (TypeError, AttributeError, NameError, IndexError, ValueError, EngineError) as error:
        raise ExportError(
            f"the formula {function.__name__} does what other programs cannot be told ({error}); write it "
            f"with + - * / and comparisons, and these names of xp: {', '.join(NAMES)}"
        ) from None
    results = found if isinstance(found, tuple) else (found,)
    if not all(isinstance(result, _Traced) for result in results):
        raise ExportError(f"the formula {function.__name__} computes nothing from what it is handed")
    values: list[Value] = []
    for result in results:
        made = result.value in [step.output for step in paper.steps] and result.value not in values
        values.append(result.value if made else paper.write("same", (result,)).value)
    return tuple(values), tuple(paper.steps)


class _Paper:
    """Where steps are written down."""

    def __init__(self, name: str, steps: list[Step]) -> None:
        self.name, self.steps = name, steps

    def write(
        self, does: str, reads: tuple[Any, ...], kind: Kind | None = None, shape: Shape | None = None
    ) -> Any:
        operands = tuple(read.value if isinstance(read, _Traced) else float(read) for read in reads)
        values = [operand for operand in operands if isinstance(operand, Value)]
        if kind is None:
            kind = _common(values, does)
        if shape is None:
            shape = functools.reduce(broadcast, (value.shape for value in values))
        output = Value(f"{self.name}.{len(self.steps) + 1}", kind, shape)
        self.steps.append(Step(output, does, operands))
        return _Traced(self, output)


class _Traced:
    """A value on which formulas write."""

    __array_ufunc__ = None  # NumPy's numbers leave the arithmetic to it

    def __init__(self, paper: _Paper, value: Value) -> None:
        self.paper, self.value = paper, value

    def _with(self, does: str, *reads: Any) -> Any:
        return self.paper.write(does, reads, "bool" if does in COMPARISONS else None)

    def __add__(self, other: Any) -> Any:
        return self._with("+", self, other)

    def __radd__(self, other: Any) -> Any:
        return self._with("+", other, self)

    def __sub__(self, other: Any) -> Any:
        return self._with("-", self, other)

    def __rsub__(self, other: Any) -> Any:
        return self._with("-", other, self)

    def __mul__(self, other: Any) -> Any:
        return self._with("*", self, other)

    def __rmul__(self, other: Any) -> Any:
        return self._with("*", other, self)

    def __truediv__(self, other: Any) -> Any:
        return self._with("/", self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return self._with("/", other, self)

    def __neg__(self) -> Any:
        return self._with("negative", self)

    def __lt__(self, other: Any) -> Any:
        return self._with("<", self, other)

    def __gt__(self, other: Any) -> Any:
        return self._with(">", self, other)

    def __le__(self, other: Any) -> Any:
        return self._with("<=", self, other)

    def __ge__(self, other: Any) -> Any:
        return self._with(">=", self, other)


def _namespace(paper: _Paper) -> SimpleNamespace:
    """Return what ``xp`` means while steps are written on a paper."""

    def elementwise(does: str) -> Callable[..., Any]:
        return lambda *reads: paper.write(does, reads)

    def reduction(does: str, axis: int) -> Callable[..., Any]:
        def reduced(Z: _Traced) -> Any:
            shape = (*Z.value.shape[:-1], 1) if axis else Z.value.shape[1:]
            return paper.write(does, (Z,), Z.value.kind, shape)

        return reduced

    def where(condition: _Traced, if_true: Any, if_false: Any) -> Any:
        chosen = [one.value for one in (if_true, if_false) if isinstance(one, _Traced)]
        return paper.write("where", (condition, if_true, if_false), _common(chosen, "where"))

    def matmul(A: _Traced, B: _Traced) -> Any:
        a, b = A.value.shape, B.value.shape
        shape = (*broadcast(a[:-2], b[:-2]), a[-2], b[-1])
        return paper.write("matmul", (A, B), _common([A.value, B.value], "matmul"), shape)

    names: dict[str, Any] = {does: elementwise(does) for does in ELEMENTWISE}
    names |= {does: reduction(does, axis) for does, axis in REDUCTIONS.items()}
    names |= {"where": where, "matmul": matmul, "row_length": lambda Z: float(Z.value.width)}
    return SimpleNamespace(__name__="what is exported", **names)


def _common(values: list[Value], does: str) -> Kind:
    """Return the type that values have in common."""
    kinds = {value.kind for value in values}
    if len(kinds) != 1:
        raise EngineError(f"{does} of numbers of the types {', '.join(sorted(kinds)) or 'none'}")
    return kinds.pop()


def broadcast(a: Shape, b: Shape) -> Shape:
    """Return the shape of two values together, by NumPy's rule.

    Examples
    --------
    >>> broadcast((None, 3), (3,)), broadcast((None, 3), (4, 1, 3))
    ((None, 3), (4, None, 3))
    """
    n = max(len(a), len(b))
    pairs = zip((1,) * (n - len(a)) + a, (1,) * (n - len(b)) + b, strict=True)
    found = []
    for one, other in pairs:
        if one != other and 1 not in (one, other):
            raise EngineError(f"values of the shapes {a} and {b} do not go together")
        found.append(other if one == 1 else one)
    return tuple(found)
