"""What ``xp`` means in this engine: the names that formulas use, on values and sequences of them.

`forpass.maths.xp` says what each is to compute. What only the host asks for (power, floor, ndtri)
and whole matrix products are not here: a formula that uses them does not bind to this engine.
"""

from __future__ import annotations

from typing import Any

from forpass.engines.compiled.functions import elementary
from forpass.engines.compiled.language.sequences import (
    Elsewhere,
    LineOfColumns,
    Row,
    RowsSideBySide,
    Sequence,
    elementwise,
)
from forpass.engines.compiled.language.values import Value, alike, choose, constant, intrinsic

exp = elementwise(elementary.exp, costly=True)
expm1 = elementwise(elementary.expm1, costly=True)
log = elementwise(elementary.log, costly=True)
log1p = elementwise(elementary.log1p, costly=True)
sin = elementwise(elementary.sin, costly=True)
cos = elementwise(elementary.cos, costly=True)
tanh = elementwise(elementary.tanh, costly=True)
erfc = elementwise(elementary.erfc, costly=True)
absolute = elementwise(elementary.absolute)


def _sqrt(x: Value) -> Value:
    return intrinsic("llvm.sqrt", x)


def _sign(x: Value) -> Value:
    return choose(x > 0.0, 1.0, choose(x < 0.0, -1.0, x * 0.0))


def _where(condition: Value, if_true: Any, if_false: Any) -> Value:
    if not isinstance(if_true, Value) and not isinstance(if_false, Value):
        if_true = constant(condition.writer, if_true, condition.writer.real)
    return choose(condition, if_true, if_false)


sqrt = elementwise(_sqrt)
sign = elementwise(_sign)
where = elementwise(_where)
minimum = elementwise(elementary.minimum)
maximum = elementwise(elementary.maximum)


# -- reductions ----------------------------------------------------------------------------------
def row_sum(Z: Any) -> Any:
    """Sum each row."""
    return Z.sweep.sum(Z) if _goes(Z, Row, RowsSideBySide) else Elsewhere()


def row_max(Z: Any) -> Any:
    """Take the largest of each row."""
    return Z.sweep.max(Z, elementary.maximum) if _goes(Z, Row, RowsSideBySide) else Elsewhere()


def row_length(Z: Any) -> Any:
    """The number of columns."""
    return Z.sweep.length() if _goes(Z, Row, RowsSideBySide) else Elsewhere()


def column_sum(Z: Any) -> Any:
    """Sum each column."""
    return Z.sweep.sum(Z) if _goes(Z, LineOfColumns) else Elsewhere()


def column_length(Z: Any) -> Any:
    """The number of rows."""
    return Z.sweep.length() if _goes(Z, LineOfColumns) else Elsewhere()


def _goes(Z: Any, *ways: type) -> bool:
    if isinstance(Z, Elsewhere):
        return False
    if not isinstance(Z, Sequence):
        raise TypeError("a reduction needs a row or a column, not a single number")
    return isinstance(Z.sweep, ways)


# -- 32-bit integers -----------------------------------------------------------------------------
def u32(x: Any) -> Any:
    """An unsigned 32-bit integer: values are it already, Python's numbers become it beside a value."""
    return x


def mulhi32(a: Any, b: Any) -> Any:
    """The upper half of the 64-bit product."""
    a, b = alike(a, b)
    wide = a.wide() * b.wide()
    return wide.shifted_signed(32).narrow()


def mullo32(a: Any, b: Any) -> Any:
    """The lower half of the product."""
    a, b = alike(a, b)
    return a * b


def add32(a: Any, b: Any) -> Any:
    """The sum modulo 2^32."""
    a, b = alike(a, b)
    return a + b
