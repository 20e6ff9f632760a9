"""Where values are kept: variables in registers, arrays in memory."""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from forpass.engines.compiled.language.types import I64, LINE_BYTES, bytes_of, is_line
from forpass.engines.compiled.language.values import Value, Writer, constant, spread

__all__ = ["Array", "Variable", "either"]


class Variable:
    """A place for a value that changes, for instance in a loop; LLVM keeps it in a register."""

    def __init__(self, start: Value) -> None:
        self.writer = start.writer
        with self.writer.builder.goto_entry_block():
            self._place = self.writer.builder.alloca(start.type)
        self._type = start.type
        self.value = start

    @property
    def value(self) -> Value:
        """What it holds now."""
        return Value(self.writer, self.writer.builder.load(self._place, typ=self._type))

    @value.setter
    def value(self, value: Value) -> None:
        self.writer.builder.store(value.ir, self._place)


class Array:
    """Numbers in memory: ``A[i]`` and ``A[i] = v``; `line` and `set_line` for 64 bytes at once."""

    def __init__(self, writer: Writer, address: Any, element: Any) -> None:
        self.writer, self.address, self.element = writer, address, element

    @property
    def lanes(self) -> int:
        """Numbers in a line."""
        return LINE_BYTES // bytes_of(self.element)

    def __getitem__(self, i: Value | int) -> Value:
        place, builder = self._place(i), self.writer.builder
        return Value(self.writer, builder.load(place, align=bytes_of(self.element), typ=self.element))

    def __setitem__(self, i: Value | int, value: Value | float) -> None:
        value = constant(self.writer, value, self.element)
        self.writer.builder.store(value.ir, self._place(i), align=bytes_of(self.element))

    def line(self, i: Value | int, lanes: int | None = None) -> Value:
        """The numbers from i on, a line of them or `lanes`."""
        kind = ir.VectorType(self.element, lanes or self.lanes)
        loaded = self.writer.builder.load(self._place(i), align=bytes_of(self.element), typ=kind)
        return Value(self.writer, loaded)

    def set_line(self, i: Value | int, value: Value | float) -> None:
        """Write a line from i on; a scalar fills it."""
        value = constant(self.writer, value, self.element)
        if not is_line(value.type):
            value = spread(value, self.lanes)
        self.writer.builder.store(value.ir, self._place(i), align=bytes_of(self.element))

    def at(self, i: Value | int) -> Array:
        """The same array from number i on."""
        return Array(self.writer, self._place(i), self.element)

    def _place(self, i: Value | int) -> Any:
        index = constant(self.writer, i, I64)
        return self.writer.builder.gep(self.address, [index.ir], inbounds=True, source_etype=self.element)


def either(condition: Value, a: Array, b: Array) -> Array:
    """One of two arrays of the same element."""
    return Array(a.writer, a.writer.builder.select(condition.ir, a.address, b.address), a.element)
