"""Code under construction: what is computed with its values is written down as instructions.

A kernel is written by an ordinary Python function that runs once. The numbers it is handed are
`Value`s: adding two of them does not add, it writes an addition into the kernel. ``with
code.loop(0, n) as i`` writes a loop, ``A[i]`` a load, ``A[i] = v`` a store. So the formulas of
`forpass.maths` become machine code by being called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from llvmlite import ir

from forpass.engines.compiled.language.values import (
    ADDRESS,
    DOUBLE,
    FLOAT,
    I32,
    I64,
    LANES,
    LINE_BYTES,
    REALS,
    Array,
    Value,
    Variable,
    bytes_of,
)

__all__ = ["KERNEL", "STEP", "Code"]

KERNEL = ir.FunctionType(ir.VoidType(), [ADDRESS, ADDRESS, ADDRESS, I64, I64])
"""What every kernel is called with: its words, the step, room to work in, and its share [begin, end)."""

STEP = (
    "rows",  # how many there are in the batch; 0: the step is skipped
    "row_numbers",  # where their numbers are
    "features",  # where the examples' features are (of a sparse matrix its values),
    "columns",  # of a sparse matrix the columns of its values,
    "starts",  # and where each row begins among them
    "codes",  # where the examples' codes are
    "reals",  # where the step's own reals are: rates, scales, coefficients
    "integers",  # and its whole numbers
    "scores",  # where the scores of the step's first row are to go
    "step_low",  # the step's number, its lower 32 bits
    "step_high",  # and its upper ones
    # what the sum of weighted losses is divided by, a float64
    "objective",  # where the objective is to go; 0: nowhere, for it is not computed
)
"""The words of a step: what changes from step to step, or from call to call."""


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
            self.rows = self.of_step("rows")

    # -- numbers ---------------------------------------------------------------------------------
    def as_value(self, number: Any, kind: Any) -> Value:
        """A Python number as one of an LLVM type; a value stays what it is."""
        if isinstance(number, Value):
            return number
        if kind in (FLOAT, DOUBLE):
            return Value(self, ir.Constant(kind, float(number)))
        return Value(self, ir.Constant(kind, int(number)))

    def integer(self, number: int) -> Value:
        """A whole number, 64 bits."""
        return self.as_value(number, I64)

    def number(self, number: float) -> Value:
        """A number of the working type."""
        return self.as_value(number, self.real)

    def line(self, number: Any, element: Any = None) -> Value:
        """A line filled with one number, by default of the working type."""
        element = element or (number.element if isinstance(number, Value) else self.real)
        return self.spread(self.as_value(number, element), LINE_BYTES // bytes_of(element))

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
            a = self.as_value(a, b.element)
        if not isinstance(b, Value):
            b = self.as_value(b, a.element)
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
        begin, end = self.as_value(begin, I64), self.as_value(end, I64)
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
        return Variable(self.as_value(start, self.real))

    # -- what it is called with ------------------------------------------------------------------
    def of_step(self, name: str) -> Value:
        """A word of the step, by its name in STEP."""
        return self._step[STEP.index(name)]

    def operand(self, load: Callable[[Code, Value], Any]) -> Any:
        """The next operand of the kernel: its next word, as `load` understands it; see `operands`."""
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
        name = f"{name}.{_suffix(kind)}"
        declared = self.module.globals.get(name)
        function = declared or ir.Function(self.module, ir.FunctionType(kind, [kind] * len(arguments)), name)
        return Value(self, self.builder.call(function, [a.ir for a in arguments]))

    def call_at(self, address: Value, kind: Any, *arguments: Any) -> None:
        """Call the function of an LLVM type that stands at an address."""
        self.builder.call(self.builder.inttoptr(address.ir, ir.PointerType(kind)), list(arguments))

    def finish(self) -> str:
        """Write the end; return the whole as LLVM's text."""
        self.builder.ret_void()
        return str(self.module)

    def _block(self, name: str) -> Any:
        return self.builder.append_basic_block(name)


def _suffix(kind: Any) -> str:
    names = {FLOAT: "f32", DOUBLE: "f64", I32: "i32", I64: "i64"}
    return f"v{kind.count}{names[kind.element]}" if isinstance(kind, ir.VectorType) else names[kind]
