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

from forpass.engines.compiled.language.places import Array, Variable
from forpass.engines.compiled.language.types import ADDRESS, I32, I64, LANES, LINE_BYTES, REALS, bytes_of
from forpass.engines.compiled.language.values import Value, Writer, constant, least, spread

__all__ = ["KERNEL", "STEP", "Code"]

KERNEL = ir.FunctionType(ir.VoidType(), [ADDRESS, ADDRESS, ADDRESS, I64, I64])
"""What every kernel is called with: its words, the step, room to work in, and its share [begin, end)."""

STEP = (
    "rows",  # how many there are in the batch; 0: the step is skipped
    "row_numbers",  # where their numbers are
    "features",  # where the examples' features are (of a sparse matrix its values),
    "columns",  # of a sparse matrix the columns of its values,
    "starts",  # where each row begins among them,
    "entries",  # and how many there are
    "codes",  # where the examples' codes are
    "targets",  # where their targets are
    "weights",  # where their weights are
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
        self.writer = Writer(self.builder, self.real)
        self._words = 0
        if signature is KERNEL:
            words, step, scratch, begin, end = self.function.args
            self.words, self._step = Array(self.writer, words, I64), Array(self.writer, step, I64)
            self.scratch = Array(self.writer, scratch, self.real)
            self.begin, self.end = Value(self.writer, begin), Value(self.writer, end)
            self.rows = self.of_step("rows")

    # -- numbers ---------------------------------------------------------------------------------
    def integer(self, number: int) -> Value:
        """A whole number, 64 bits."""
        return constant(self.writer, number, I64)

    def number(self, number: float) -> Value:
        """A number of the working type."""
        return constant(self.writer, number, self.real)

    def line(self, number: Any, element: Any = None) -> Value:
        """A line filled with one number, by default of the working type."""
        element = element or (number.element if isinstance(number, Value) else self.real)
        return spread(constant(self.writer, number, element), LINE_BYTES // bytes_of(element))

    def lane_numbers(self, lanes: int | None = None) -> Value:
        """The numbers 0, 1, 2, ... of 32 bits, by default as many as the working type has lanes."""
        lanes = lanes or self.lanes
        return Value(self.writer, ir.Constant(ir.VectorType(I32, lanes), list(range(lanes))))

    # -- flow ------------------------------------------------------------------------------------
    @contextmanager
    def loop(self, begin: Value | int, end: Value | int, step: int = 1) -> Iterator[Value]:
        """Write a loop over begin, begin + step, ... as long as it is below end."""
        begin, end = constant(self.writer, begin, I64), constant(self.writer, end, I64)
        builder = self.builder
        before, body, after = builder.block, self._block("loop"), self._block("after")
        builder.cbranch((begin < end).ir, body, after)
        builder.position_at_end(body)
        index = builder.phi(I64)
        index.add_incoming(begin.ir, before)
        yield Value(self.writer, index)
        following = Value(self.writer, index) + step
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

    def pairs_of_lines(self, begin: Value | int, end: Value, write: Callable[[Value, int], None]) -> None:
        """Write what is done with the numbers of the lines in [begin, end), two lines at a time, then one.

        `write(place, lanes)` writes it for so many numbers. Where a line waits for its exponential, the other
        goes on: with pairs mish and its slope take two thirds of the time.
        """
        with self.loop(begin, end - self.lanes, 2 * self.lanes) as place:
            write(place, 2 * self.lanes)
        odd = (end - begin) & self.lanes
        with self.when(odd != 0):
            write(end - self.lanes, self.lanes)

    def share_of_rows(self) -> tuple[Value, Value]:
        """The rows [first, stop) of the kernel's share where a unit is as many as a line has numbers.

        All kernels that go by rows divide a batch alike, so that none waits for another's rows.
        """
        return self.begin * self.lanes, least(self.end * self.lanes, self.rows)

    def batch_rows(self) -> Any:
        """Write a loop over the rows of the kernel's share."""
        return self.loop(*self.share_of_rows())

    def variable(self, start: Value | float) -> Variable:
        """A place for a value that changes."""
        return Variable(constant(self.writer, start, self.real))

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
        return Array(self.writer, self.builder.inttoptr(address.ir, ADDRESS), element)

    # -- the processor ---------------------------------------------------------------------------
    def call_at(self, address: Value, kind: Any, *arguments: Any) -> None:
        """Call the function of an LLVM type that stands at an address."""
        self.builder.call(self.builder.inttoptr(address.ir, ir.PointerType(kind)), list(arguments))

    def finish(self) -> str:
        """Write the end; return the whole as LLVM's text."""
        self.builder.ret_void()
        return str(self.module)

    def _block(self, name: str) -> Any:
        return self.builder.append_basic_block(name)
