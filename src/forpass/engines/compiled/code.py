"""Code under construction: what is computed with its values is written down as instructions.

A kernel is written by an ordinary Python function that runs once. The numbers it is handed are
`Value`s: adding two of them does not add, it writes an addition into the kernel. ``with
code.loop(0, n) as i`` writes a loop, ``A[i]`` a load, ``A[i] = v`` a store. So the formulas of
`forpass.maths` become machine code by being called.

The unit of all data is a *line*: 64 bytes, 16 float32 or 8 float64, whatever the processor. Where its
vectors are shorter, LLVM makes two or four instructions of one; the results are the same bits.
Multiplication and addition are never contracted unless a formula says `fma`.

Whole numbers of 64 bits are signed: counts, places, addresses. Those of 32 bits are unsigned: random
words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

from llvmlite import ir

__all__ = [
    "Array",
    "Code",
    "Codes",
    "Doubles",
    "Integer",
    "Integers",
    "Number",
    "Reals",
    "Scalar",
    "Scalars",
    "Value",
    "Variable",
    "Whole",
    "Words",
]

I1, I32, I64 = ir.IntType(1), ir.IntType(32), ir.IntType(64)
FLOAT, DOUBLE, ADDRESS = ir.FloatType(), ir.DoubleType(), ir.PointerType()

REALS = {"float32": FLOAT, "float64": DOUBLE}
LINE_BYTES = 64
LANES = {"float32": 16, "float64": 8}
"""Numbers in a line."""

KERNEL = ir.FunctionType(ir.VoidType(), [ADDRESS, ADDRESS, ADDRESS, I64, I64])
"""What every kernel is called with: its words, the step, room to work in, and its share [begin, end)."""

STEP = (
    "rows",  # how many there are in the batch; 0: the step is skipped
    "row_numbers",  # where their numbers are
    "numbers",  # where the examples' features are (of a sparse matrix its values),
    "columns",  # of a sparse matrix the columns of its values,
    "starts",  # and where each row begins among them
    "codes",  # where the examples' codes are
    "scalars",  # where the step's own numbers are, or where scores are to go
    "wholes",  # and its whole numbers
    "step_low",  # the step's number, its lower 32 bits
    "step_high",  # and its upper ones
    "normaliser",  # what the sum of weighted losses is divided by, a float64
    "objective",  # where the objective is to go
)
"""The words of a step: what changes from step to step, or from call to call."""


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

    def _with(self, other: Any, real: str, whole: str) -> Value:
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
        return self._with(other, "fadd", "add")

    def __radd__(self, other: Any) -> Value:
        return self._beside(other) + self

    def __sub__(self, other: Any) -> Value:
        return self._with(other, "fsub", "sub")

    def __rsub__(self, other: Any) -> Value:
        return self._beside(other) - self

    def __mul__(self, other: Any) -> Value:
        return self._with(other, "fmul", "mul")

    def __rmul__(self, other: Any) -> Value:
        return self._beside(other) * self

    def __truediv__(self, other: Any) -> Value:
        return self._with(other, "fdiv", "sdiv")

    def __rtruediv__(self, other: Any) -> Value:
        return self._beside(other) / self

    def __mod__(self, other: Any) -> Value:
        return self._with(other, "", "srem")

    def __neg__(self) -> Value:
        return Value(self.code, self.code.builder.fneg(self.ir)) if self.is_real else 0 - self

    def __and__(self, other: Any) -> Value:
        return self._with(other, "", "and_")

    def __or__(self, other: Any) -> Value:
        return self._with(other, "", "or_")

    def __xor__(self, other: Any) -> Value:
        return self._with(other, "", "xor")

    __rxor__ = __xor__

    def __lshift__(self, other: Any) -> Value:
        return self._with(other, "", "shl")

    def __rshift__(self, other: Any) -> Value:
        """Shift to the right; of signed numbers with their sign."""
        return self._with(other, "", "ashr" if self.element == I64 else "lshr")

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
        return Value(self.code, self.code.builder.bitcast(self.ir, _like(self.type, target)))

    def real(self, kind: Any = None) -> Value:
        """As a floating-point number, by default of the working type."""
        kind = self.code.real if kind is None else kind
        target, builder = _like(self.type, kind), self.code.builder
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
        return Value(self.code, self.code.builder.zext(self.ir, _like(self.type, I64)))

    def narrow(self) -> Value:
        """The lower 32 bits of a 64-bit number; a 32-bit one as it is."""
        if self.element == I32:
            return self
        return Value(self.code, self.code.builder.trunc(self.ir, _like(self.type, I32)))

    def signed_real(self, kind: Any) -> Value:
        """A small whole number, which may be negative, as a floating-point number."""
        return Value(self.code, self.code.builder.sitofp(self.narrow().ir, _like(self.type, kind)))

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
        return LINE_BYTES // _bytes(self.element)

    def __getitem__(self, i: Value | int) -> Value:
        place, builder = self._place(i), self.code.builder
        return Value(self.code, builder.load(place, align=_bytes(self.element), typ=self.element))

    def __setitem__(self, i: Value | int, value: Value | float) -> None:
        value = self.code.constant(value, self.element)
        self.code.builder.store(value.ir, self._place(i), align=_bytes(self.element))

    def line(self, i: Value | int, lanes: int | None = None) -> Value:
        """The numbers from i on, a line of them or `lanes`."""
        kind = ir.VectorType(self.element, lanes or self.lanes)
        loaded = self.code.builder.load(self._place(i), align=_bytes(self.element), typ=kind)
        return Value(self.code, loaded)

    def set_line(self, i: Value | int, value: Value | float) -> None:
        """Write a line from i on; a scalar fills it."""
        if not (isinstance(value, Value) and isinstance(value.type, ir.VectorType)):
            value = self.code.line(value, self.element)
        self.code.builder.store(value.ir, self._place(i), align=_bytes(self.element))

    def at(self, i: Value | int) -> Array:
        """The same array from number i on."""
        return Array(self.code, self._place(i), self.element)

    def prefetch(self, i: Value | int) -> None:
        """Ask for the line around number i to be brought near."""
        function = self.code.intrinsic("llvm.prefetch.p0", ir.VoidType(), [ADDRESS, I32, I32, I32])
        self.code.builder.call(function, [self._place(i), I32(0), I32(3), I32(1)])

    def _place(self, i: Value | int) -> Any:
        index = self.code.constant(i, I64)
        return self.code.builder.gep(self.address, [index.ir], inbounds=True, source_etype=self.element)


class Code:
    """A kernel that is being written.

    Parameters
    ----------
    dtype : {"float32", "float64"}
        The working type.

    Attributes
    ----------
    begin, end : Value
        The kernel's share of its units: rows, lines or blocks, as the kernel says.
    rows : Value
        Number of rows of the batch.
    """

    def __init__(self, dtype: str, signature: Any = KERNEL) -> None:
        self.dtype, self.real, self.lanes = dtype, REALS[dtype], LANES[dtype]
        self.module = ir.Module(name="forpass")
        self.function = ir.Function(self.module, signature, name="kernel")
        self.function.attributes.add("nounwind")
        self.builder = ir.IRBuilder(self.function.append_basic_block("entry"))
        self._words = 0
        if signature is KERNEL:
            words, step, scratch, begin, end = self.function.args
            self.words, self._step = Array(self, words, I64), Array(self, step, I64)
            self.scratch = Array(self, scratch, self.real)
            self.begin, self.end = Value(self, begin), Value(self, end)
            self.rows = self.step("rows")

    # -- numbers ---------------------------------------------------------------------------------
    def constant(self, number: Any, kind: Any) -> Value:
        """A number of an LLVM type; a value stays what it is."""
        if isinstance(number, Value):
            return number
        if kind in (FLOAT, DOUBLE):
            return Value(self, ir.Constant(kind, float(number)))
        return Value(self, ir.Constant(kind, int(number)))

    def integer(self, number: int) -> Value:
        """A whole number, 64 bits."""
        return self.constant(number, I64)

    def number(self, number: float) -> Value:
        """A number of the working type."""
        return self.constant(number, self.real)

    def line(self, number: Any, element: Any = None) -> Value:
        """A line filled with one number, by default of the working type."""
        element = element or (number.element if isinstance(number, Value) else self.real)
        return self.spread(self.constant(number, element), LINE_BYTES // _bytes(element))

    def spread(self, scalar: Value, lanes: int) -> Value:
        """A vector filled with a scalar."""
        kind = ir.VectorType(scalar.type, lanes)
        if isinstance(scalar.ir, ir.Constant):
            return Value(self, ir.Constant(kind, [scalar.ir.constant] * lanes))
        empty = ir.Constant(kind, ir.Undefined)
        first = self.builder.insert_element(empty, scalar.ir, I32(0))
        zeros = ir.Constant(ir.VectorType(I32, lanes), [0] * lanes)
        return Value(self, self.builder.shuffle_vector(first, empty, zeros))

    def lane_numbers(self, lanes: int | None = None) -> Value:
        """The numbers 0, 1, 2, ... of 32 bits, by default as many as the working type has lanes."""
        lanes = lanes or self.lanes
        return Value(self, ir.Constant(ir.VectorType(I32, lanes), list(range(lanes))))

    def alike(self, a: Any, b: Any) -> tuple[Value, Value]:
        """Give two operands one type: a Python number that of the other, a scalar that of a line."""
        if not isinstance(a, Value):
            a = self.constant(a, b.element)
        if not isinstance(b, Value):
            b = self.constant(b, a.element)
        if a.type != b.type:
            if isinstance(a.type, ir.VectorType):
                b = self.spread(b, a.type.count)
            elif isinstance(b.type, ir.VectorType):
                a = self.spread(a, b.type.count)
        if a.type != b.type:
            raise TypeError(f"{a.type} and {b.type} have no type in common")
        return a, b

    def choose(self, condition: Value, if_true: Any, if_false: Any) -> Value:
        """One of two values, number by number."""
        a, b = self.alike(if_true, if_false)
        if isinstance(condition.type, ir.VectorType) and not isinstance(a.type, ir.VectorType):
            a, b = (self.spread(x, condition.type.count) for x in (a, b))
        return Value(self, self.builder.select(condition.ir, a.ir, b.ir))

    def least(self, a: Value, b: Any) -> Value:
        """The smaller of two whole numbers."""
        a, b = self.alike(a, b)
        return self.choose(a < b, a, b)

    # -- flow ------------------------------------------------------------------------------------
    @contextmanager
    def loop(self, begin: Value | int, end: Value | int, step: int = 1) -> Iterator[Value]:
        """Write a loop over begin, begin + step, ... as long as it is below end."""
        begin, end = self.constant(begin, I64), self.constant(end, I64)
        builder = self.builder
        before, body, after = builder.block, self._block("loop"), self._block("after")
        builder.cbranch((begin < end).ir, body, after)
        builder.position_at_end(body)
        index = builder.phi(I64)
        index.add_incoming(begin.ir, before)
        yield Value(self, index)
        following = Value(self, index) + step
        index.add_incoming(following.ir, builder.block)
        builder.cbranch((following < end).ir, body, after)
        builder.position_at_end(after)

    @contextmanager
    def when(self, condition: Value) -> Iterator[None]:
        """Write what is done only where the condition holds."""
        with self.builder.if_then(condition.ir):
            yield

    @contextmanager
    def repeat_while(self, condition: Callable[[], Value]) -> Iterator[None]:
        """Write a loop that goes on as long as the condition, written at its head, holds."""
        builder = self.builder
        head, body, after = self._block("head"), self._block("body"), self._block("after")
        builder.branch(head)
        builder.position_at_end(head)
        builder.cbranch(condition().ir, body, after)
        builder.position_at_end(body)
        yield
        builder.branch(head)
        builder.position_at_end(after)

    def lines(self, begin: Value | int, end: Value | int) -> Any:
        """Write a loop over the first places of the lines in [begin, end), of the working type."""
        return self.loop(begin, end, self.lanes)

    def share_of_rows(self) -> tuple[Value, Value]:
        """The rows [first, stop) of the kernel's share where a unit is as many as a line has numbers.

        All kernels that go by rows divide a batch alike, so that none waits for another's rows.
        """
        return self.begin * self.lanes, self.least(self.end * self.lanes, self.rows)

    def batch_rows(self) -> Any:
        """Write a loop over the rows of the kernel's share."""
        return self.loop(*self.share_of_rows())

    def variable(self, start: Value | float) -> Variable:
        """A place for a value that changes."""
        return Variable(self.constant(start, self.real))

    # -- what it is called with ------------------------------------------------------------------
    def step(self, name: str) -> Value:
        """A word of the step, by its name in STEP."""
        return self._step[STEP.index(name)]

    def operand(self, load: Callable[[Code, Value], Any]) -> Any:
        """The next operand of the kernel: its next word, as `load` understands it."""
        self._words += 1
        return load(self, self.words[self._words - 1])

    def array(self, address: Value, element: Any) -> Array:
        """Numbers at an address."""
        return Array(self, self.builder.inttoptr(address.ir, ADDRESS), element)

    # -- the processor ---------------------------------------------------------------------------
    def fma(self, a: Any, b: Any, c: Value) -> Value:
        """The sum a b + c, rounded once."""
        a, b = (self.alike(x, c)[0] for x in (a, b))
        return self.call("llvm.fma", a, b, c)

    def call(self, name: str, *arguments: Value) -> Value:
        """Call an LLVM intrinsic of one type, for instance ``llvm.sqrt``."""
        kind = arguments[0].type
        function = self.intrinsic(f"{name}.{_suffix(kind)}", kind, [kind] * len(arguments))
        return Value(self, self.builder.call(function, [a.ir for a in arguments]))

    def call_at(self, address: Value, kind: Any, *arguments: Any) -> None:
        """Call the function of an LLVM type that stands at an address."""
        self.builder.call(self.builder.inttoptr(address.ir, ir.PointerType(kind)), list(arguments))

    def intrinsic(self, name: str, result: Any, arguments: Sequence[Any]) -> Any:
        """Declare a function of LLVM's, once."""
        found = self.module.globals.get(name)
        return found or ir.Function(self.module, ir.FunctionType(result, arguments), name)

    def finish(self) -> str:
        """Write the end; return the whole as LLVM's text."""
        self.builder.ret_void()
        return str(self.module)

    def _block(self, name: str) -> Any:
        return self.builder.append_basic_block(name)


# -- operands: what a kernel's parameters may be annotated with ------------------------------------
def _array(element: Any) -> Callable[[Code, Value], Array]:
    return lambda code, word: code.array(word, element)


def _number(code: Code, word: Value) -> Value:
    return word.bits(DOUBLE).real()


def _scalars(code: Code, word: Value) -> Array:
    return code.array(code.step("scalars"), code.real).at(word)


Reals = Annotated[Array, lambda code, word: code.array(word, code.real)]
"""Numbers of the working type."""
Doubles = Annotated[Array, _array(DOUBLE)]
Integers = Annotated[Array, _array(I64)]
Codes = Annotated[Array, _array(I32)]
Words = Annotated[Array, _array(I32)]
Integer = Annotated[Value, lambda code, word: word]
Number = Annotated[Value, _number]
"""A setting, the same at every step."""
Scalars = Annotated[Array, _scalars]
"""Some of the step's own scalars, in the working type; the word says where they begin."""
Scalar = Annotated[Value, lambda code, word: _scalars(code, word)[0]]
Whole = Annotated[Value, lambda code, word: code.array(code.step("wholes"), I64)[word]]
"""One of the step's own whole numbers."""


def _number_of(a: Any, beside: Any) -> Any:
    """An operand of arithmetic: truth becomes 0 or 1 beside a number, and cannot be added to truth."""
    if not (isinstance(a, Value) and a.element == I1):
        return a
    if isinstance(beside, Value) and beside.element == I1:
        raise TypeError("truth cannot be added to truth, nor subtracted or multiplied; use & and |")
    return a.real(beside.element if isinstance(beside, Value) and beside.is_real else None)


def _bytes(element: Any) -> int:
    return {FLOAT: 4, DOUBLE: 8, I32: 4, I64: 8, ir.IntType(8): 1}[element]


def _like(kind: Any, element: Any) -> Any:
    """`element`, or as many of them as `kind` has."""
    return ir.VectorType(element, kind.count) if isinstance(kind, ir.VectorType) else element


def _suffix(kind: Any) -> str:
    names = {FLOAT: "f32", DOUBLE: "f64", I32: "i32", I64: "i64"}
    return f"v{kind.count}{names[kind.element]}" if isinstance(kind, ir.VectorType) else names[kind]
