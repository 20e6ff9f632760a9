"""Numbers of a kernel: values, variables, arrays. What is done with them is written down; see `code`.

The unit of all data is a *line*: 64 bytes, 16 float32 or 8 float64, whatever the processor. Where its
vectors are shorter, LLVM makes two or four instructions of one; the results are the same bits.
Multiplication and addition are never contracted unless a formula says `fma`.

Whole numbers of 64 bits are signed: counts, places, addresses. Those of 32 bits are unsigned: random
words. Those of 1 bit are truth.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from llvmlite import ir

if TYPE_CHECKING:
    from forpass.engines.compiled.language.code import Code

__all__ = [
    "ADDRESS",
    "DOUBLE",
    "FLOAT",
    "I1",
    "I32",
    "I64",
    "LANES",
    "LINE_BYTES",
    "REALS",
    "Array",
    "Value",
    "Variable",
    "bytes_of",
    "shaped_like",
]

I1, I32, I64 = ir.IntType(1), ir.IntType(32), ir.IntType(64)
FLOAT, DOUBLE, ADDRESS = ir.FloatType(), ir.DoubleType(), ir.PointerType()

REALS = {"float32": FLOAT, "float64": DOUBLE}
LINE_BYTES = 64
LANES = {"float32": 16, "float64": 8}
"""Numbers in a line."""


class Value:
    """A number of the kernel: a scalar or a line of them; see the module."""

    __slots__ = ("code", "ir")

    def __init__(self, code: Code, value: Any) -> None:
        self.code, self.ir = code, value

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
        a, b = self.code.alike(a, b)
        name = real if a.is_real else whole
        if not name:
            raise TypeError("&, |, ^, << and % are for whole numbers and for truth")
        return Value(self.code, getattr(self.code.builder, name)(a.ir, b.ir))

    def _beside(self, other: Any) -> Value:
        """A Python number as a value, to be calculated with this one."""
        return self.code.alike(other, _number_of(self, other))[0]

    def _compared(self, sign: str, other: Any) -> Value:
        if not isinstance(other, Value | float | int):
            return NotImplemented  # type: ignore[no-any-return]
        a, b = self.code.alike(self, other)
        builder = self.code.builder
        if a.is_real:
            compare = builder.fcmp_unordered if sign == "!=" else builder.fcmp_ordered
        else:
            compare = builder.icmp_signed if a.element == I64 else builder.icmp_unsigned
        return Value(self.code, compare(sign, a.ir, b.ir))

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
        return Value(self.code, self.code.builder.fneg(self.ir)) if self.is_real else 0 - self

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
        return Value(self.code, self.code.builder.bitcast(self.ir, shaped_like(self.type, target)))

    def real(self, kind: Any = None) -> Value:
        """As a floating-point number, by default of the working type."""
        kind = self.code.real if kind is None else kind
        target, builder = shaped_like(self.type, kind), self.code.builder
        if self.type == target:
            return self
        if not self.is_real:
            convert = builder.sitofp if self.element == I64 else builder.uitofp
        else:
            convert = builder.fpext if kind == DOUBLE else builder.fptrunc
        return Value(self.code, convert(self.ir, target))

    def shifted_signed(self, places: int) -> Value:
        """Shifted to the right as a signed number, whatever its size."""
        places_ = self.code.alike(places, self)[0]
        return Value(self.code, self.code.builder.ashr(self.ir, places_.ir))

    def wide(self) -> Value:
        """A 32-bit number as a 64-bit one."""
        return Value(self.code, self.code.builder.zext(self.ir, shaped_like(self.type, I64)))

    def narrow(self) -> Value:
        """The lower 32 bits of a 64-bit number; a 32-bit one as it is."""
        if self.element == I32:
            return self
        return Value(self.code, self.code.builder.trunc(self.ir, shaped_like(self.type, I32)))

    def signed_real(self, kind: Any) -> Value:
        """A small whole number, which may be negative, as a floating-point number."""
        return Value(self.code, self.code.builder.sitofp(self.narrow().ir, shaped_like(self.type, kind)))

    def lane(self, i: int) -> Value:
        """Number i of a line."""
        return Value(self.code, self.code.builder.extract_element(self.ir, I32(i)))

    def shuffled(self, other: Value, lanes: Sequence[int]) -> Value:
        """Lanes of this line (0, 1, ...) and of the other (which count on), in another order."""
        mask = ir.Constant(ir.VectorType(I32, len(lanes)), list(lanes))
        return Value(self.code, self.code.builder.shuffle_vector(self.ir, other.ir, mask))


class Variable:
    """A place for a value that changes, for instance in a loop; LLVM keeps it in a register."""

    def __init__(self, start: Value) -> None:
        self.code = start.code
        with self.code.builder.goto_entry_block():
            self._place = self.code.builder.alloca(start.type)
        self._type = start.type
        self.value = start

    @property
    def value(self) -> Value:
        """What it holds now."""
        return Value(self.code, self.code.builder.load(self._place, typ=self._type))

    @value.setter
    def value(self, value: Value) -> None:
        self.code.builder.store(value.ir, self._place)


class Array:
    """Numbers in memory: ``A[i]`` and ``A[i] = v``; `line` and `set_line` for 64 bytes at once."""

    def __init__(self, code: Code, address: Any, element: Any) -> None:
        self.code, self.address, self.element = code, address, element

    @property
    def lanes(self) -> int:
        """Numbers in a line."""
        return LINE_BYTES // bytes_of(self.element)

    def __getitem__(self, i: Value | int) -> Value:
        place, builder = self._place(i), self.code.builder
        return Value(self.code, builder.load(place, align=bytes_of(self.element), typ=self.element))

    def __setitem__(self, i: Value | int, value: Value | float) -> None:
        value = self.code.as_value(value, self.element)
        self.code.builder.store(value.ir, self._place(i), align=bytes_of(self.element))

    def line(self, i: Value | int, lanes: int | None = None) -> Value:
        """The numbers from i on, a line of them or `lanes`."""
        kind = ir.VectorType(self.element, lanes or self.lanes)
        loaded = self.code.builder.load(self._place(i), align=bytes_of(self.element), typ=kind)
        return Value(self.code, loaded)

    def set_line(self, i: Value | int, value: Value | float) -> None:
        """Write a line from i on; a scalar fills it."""
        if not (isinstance(value, Value) and isinstance(value.type, ir.VectorType)):
            value = self.code.line(value, self.element)
        self.code.builder.store(value.ir, self._place(i), align=bytes_of(self.element))

    def at(self, i: Value | int) -> Array:
        """The same array from number i on."""
        return Array(self.code, self._place(i), self.element)

    def _place(self, i: Value | int) -> Any:
        index = self.code.as_value(i, I64)
        return self.code.builder.gep(self.address, [index.ir], inbounds=True, source_etype=self.element)


def _number_of(a: Any, beside: Any) -> Any:
    """An operand of arithmetic: truth becomes 0 or 1 beside a number, and cannot be added to truth."""
    if not (isinstance(a, Value) and a.element == I1):
        return a
    if isinstance(beside, Value) and beside.element == I1:
        raise TypeError("truth cannot be added to truth, nor subtracted or multiplied; use & and |")
    return a.real(beside.element if isinstance(beside, Value) and beside.is_real else None)


def bytes_of(element: Any) -> int:
    """Size of a number of an LLVM type."""
    return {FLOAT: 4, DOUBLE: 8, I32: 4, I64: 8}[element]


def shaped_like(kind: Any, element: Any) -> Any:
    """`element`, or as many of them as `kind` has."""
    return ir.VectorType(element, kind.count) if isinstance(kind, ir.VectorType) else element
