"""Numbers of a kernel, and what can be done with them, each of which writes an instruction.

Adding two values does not add, it writes an addition into the kernel. A value knows where it is written: by
its `Writer`. Multiplication and addition are never contracted unless a formula says `fma`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from llvmlite import ir

from forpass.engines.compiled.language.types import DOUBLE, FLOAT, I1, I32, I64, is_line, shaped_like

__all__ = ["Value", "Writer", "alike", "choose", "constant", "fma", "intrinsic", "least", "spread"]


class Writer(NamedTuple):
    """What writes a kernel's instructions down.

    Attributes
    ----------
    builder : llvmlite.ir.IRBuilder
        Writes where the kernel has come to.
    real : LLVM type
        The working type.
    """

    builder: ir.IRBuilder
    real: Any


class Value:
    """A number of the kernel: a scalar, or a line of them."""

    __slots__ = ("ir", "writer")

    def __init__(self, writer: Writer, value: Any) -> None:
        self.writer, self.ir = writer, value

    @property
    def builder(self) -> ir.IRBuilder:
        """What writes what is done with it."""
        return self.writer.builder

    @property
    def type(self) -> Any:
        """Its LLVM type."""
        return self.ir.type

    @property
    def element(self) -> Any:
        """The LLVM type of one of its numbers."""
        return getattr(self.type, "element", self.type)

    @property
    def is_real(self) -> bool:
        """Whether it is a floating-point number, or a line of them."""
        return self.element in (FLOAT, DOUBLE)

    def _combined(self, other: Any, real: str, whole: str) -> Value:
        """Write down an operation on this value and another: LLVM's for reals, or that for whole numbers.

        Either is empty where there is none.
        """
        if not isinstance(other, Value | float | int):
            return NotImplemented  # type: ignore[no-any-return]  # a row or a column knows what to do
        a, b = self, other
        if real:  # arithmetic, in which truth counts as 0 or 1
            a, b = _number_of(self, other), _number_of(other, self)
        a, b = alike(a, b)
        name = real if a.is_real else whole
        if not name:
            raise TypeError("&, |, ^, << and % are for whole numbers and for truth")
        return Value(self.writer, getattr(self.builder, name)(a.ir, b.ir))

    def _beside(self, other: Any) -> Value:
        """A Python number as a value, to be calculated with this one."""
        return alike(other, _number_of(self, other))[0]

    def _compared(self, sign: str, other: Any) -> Value:
        if not isinstance(other, Value | float | int):
            return NotImplemented  # type: ignore[no-any-return]
        a, b = alike(self, other)
        builder = self.builder
        if a.is_real:
            compare = builder.fcmp_unordered if sign == "!=" else builder.fcmp_ordered
        else:
            compare = builder.icmp_signed if a.element == I64 else builder.icmp_unsigned
        return Value(self.writer, compare(sign, a.ir, b.ir))

    def __add__(self, other: Any) -> Value:
        return self._combined(other, "fadd", "add")

    def __radd__(self, other: Any) -> Value:
        return self._beside(other) + self

    def __sub__(self, other: Any) -> Value:
        return self._combined(other, "fsub", "sub")

    def __rsub__(self, other: Any) -> Value:
        return self._beside(other) - self

    def __mul__(self, other: Any) -> Value:
        return self._combined(other, "fmul", "mul")

    def __rmul__(self, other: Any) -> Value:
        return self._beside(other) * self

    def __truediv__(self, other: Any) -> Value:
        return self._combined(other, "fdiv", "sdiv")

    def __rtruediv__(self, other: Any) -> Value:
        return self._beside(other) / self

    def __mod__(self, other: Any) -> Value:
        return self._combined(other, "", "srem")

    def __neg__(self) -> Value:
        return Value(self.writer, self.builder.fneg(self.ir)) if self.is_real else 0 - self

    def __and__(self, other: Any) -> Value:
        return self._combined(other, "", "and_")

    def __or__(self, other: Any) -> Value:
        return self._combined(other, "", "or_")

    def __xor__(self, other: Any) -> Value:
        return self._combined(other, "", "xor")

    def __lshift__(self, other: Any) -> Value:
        return self._combined(other, "", "shl")

    def __rshift__(self, other: Any) -> Value:
        """Shift to the right; of signed numbers with their sign."""
        return self._combined(other, "", "ashr" if self.element == I64 else "lshr")

    def __lt__(self, other: Any) -> Value:
        return self._compared("<", other)

    def __le__(self, other: Any) -> Value:
        return self._compared("<=", other)

    def __gt__(self, other: Any) -> Value:
        return self._compared(">", other)

    def __ge__(self, other: Any) -> Value:
        return self._compared(">=", other)

    def __eq__(self, other: object) -> Value:  # type: ignore[override]
        """Write down whether two values are equal."""
        return self._compared("==", other)

    def __ne__(self, other: object) -> Value:  # type: ignore[override]
        """Write down whether two values differ; NaN differs from everything, itself included."""
        return self._compared("!=", other)

    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        raise TypeError(
            "a formula may not decide by a value (if, while, and, or): it is not known yet. Use xp.where"
        )

    def bits(self, target: Any) -> Value:
        """The same bits as a number of another type of the same size."""
        return Value(self.writer, self.builder.bitcast(self.ir, shaped_like(self.type, target)))

    def real(self, kind: Any = None) -> Value:
        """As a floating-point number, by default of the working type."""
        kind = self.writer.real if kind is None else kind
        target, builder = shaped_like(self.type, kind), self.builder
        if self.type == target:
            return self
        if not self.is_real:
            convert = builder.sitofp if self.element == I64 else builder.uitofp
        else:
            convert = builder.fpext if kind == DOUBLE else builder.fptrunc
        return Value(self.writer, convert(self.ir, target))

    def shifted_signed(self, places: int) -> Value:
        """Shifted to the right as a signed number, whatever its size."""
        places_ = alike(places, self)[0]
        return Value(self.writer, self.builder.ashr(self.ir, places_.ir))

    def wide(self) -> Value:
        """A 32-bit number as a 64-bit one."""
        return Value(self.writer, self.builder.zext(self.ir, shaped_like(self.type, I64)))

    def narrow(self) -> Value:
        """The lower 32 bits of a 64-bit number; a 32-bit one as it is."""
        if self.element == I32:
            return self
        return Value(self.writer, self.builder.trunc(self.ir, shaped_like(self.type, I32)))

    def signed_real(self, kind: Any) -> Value:
        """A small whole number, which may be negative, as a floating-point number."""
        return Value(self.writer, self.builder.sitofp(self.narrow().ir, shaped_like(self.type, kind)))

    def lane(self, i: int) -> Value:
        """Number i of a line."""
        return Value(self.writer, self.builder.extract_element(self.ir, I32(i)))

    def shuffled(self, other: Value, lanes: Sequence[int]) -> Value:
        """Lanes of this line (0, 1, ...) and of the other (which count on), in another order."""
        mask = ir.Constant(ir.VectorType(I32, len(lanes)), list(lanes))
        return Value(self.writer, self.builder.shuffle_vector(self.ir, other.ir, mask))


def _number_of(a: Any, beside: Any) -> Any:
    """An operand of arithmetic: truth becomes 0 or 1 beside a number, and cannot be added to truth."""
    if not (isinstance(a, Value) and a.element == I1):
        return a
    if isinstance(beside, Value) and beside.element == I1:
        raise TypeError("truth cannot be added to truth, nor subtracted or multiplied; use & and |")
    return a.real(beside.element if isinstance(beside, Value) and beside.is_real else None)


def constant(writer: Writer, number: Any, kind: Any) -> Value:
    """A Python number as a value of an LLVM type; a value stays what it is."""
    if isinstance(number, Value):
        return number
    python = float if kind in (FLOAT, DOUBLE) else int
    return Value(writer, ir.Constant(kind, python(number)))


def spread(scalar: Value, lanes: int) -> Value:
    """A line filled with a scalar."""
    kind = ir.VectorType(scalar.type, lanes)
    if isinstance(scalar.ir, ir.Constant):
        return Value(scalar.writer, ir.Constant(kind, [scalar.ir.constant] * lanes))
    empty = ir.Constant(kind, ir.Undefined)
    first = scalar.builder.insert_element(empty, scalar.ir, I32(0))
    zeros = ir.Constant(ir.VectorType(I32, lanes), [0] * lanes)
    return Value(scalar.writer, scalar.builder.shuffle_vector(first, empty, zeros))


def alike(a: Any, b: Any) -> tuple[Value, Value]:
    """Give two operands one type: a Python number that of the other, a scalar that of a line."""
    if not isinstance(a, Value):
        a = constant(b.writer, a, b.element)
    if not isinstance(b, Value):
        b = constant(a.writer, b, a.element)
    if a.type != b.type:
        if is_line(a.type):
            b = spread(b, a.type.count)
        elif is_line(b.type):
            a = spread(a, b.type.count)
    if a.type != b.type:
        raise TypeError(f"{a.type} and {b.type} have no type in common")
    return a, b


def choose(condition: Value, if_true: Any, if_false: Any) -> Value:
    """One of two values, number by number."""
    a, b = alike(if_true, if_false)
    if is_line(condition.type) and not is_line(a.type):
        a, b = (spread(x, condition.type.count) for x in (a, b))
    return Value(condition.writer, condition.builder.select(condition.ir, a.ir, b.ir))


def least(a: Value, b: Any) -> Value:
    """The smaller of two whole numbers."""
    a, b = alike(a, b)
    return choose(a < b, a, b)


def fma(a: Any, b: Any, c: Value) -> Value:
    """The sum a b + c, rounded once."""
    a, b = (alike(x, c)[0] for x in (a, b))
    return intrinsic("llvm.fma", a, b, c)


def intrinsic(name: str, *arguments: Value) -> Value:
    """What an LLVM intrinsic of one type gives, for instance ``llvm.sqrt``."""
    kind, builder = arguments[0].type, arguments[0].builder
    name = f"{name}.{_suffix(kind)}"
    declared = builder.module.globals.get(name)
    signature = ir.FunctionType(kind, [kind] * len(arguments))
    function = declared or ir.Function(builder.module, signature, name)
    return Value(arguments[0].writer, builder.call(function, [a.ir for a in arguments]))


def _suffix(kind: Any) -> str:
    names = {FLOAT: "f32", DOUBLE: "f64", I32: "i32", I64: "i64"}
    return f"v{kind.count}{names[kind.element]}" if is_line(kind) else names[kind]
