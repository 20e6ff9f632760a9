"""Values in the unit in which they are learnt, and in that of the table."""

from __future__ import annotations

from typing import Any

from forpass.exports.graph import Value
from forpass.exports.writer import Writer
from forpass.maths.units import TRANSFORMS, clipped
from forpass.preprocessing.units import Unit

__all__ = ["in_unit", "predicted", "standardised"]


def in_unit(writer: Writer, unit: Unit, Z: Value, name: str = "in_unit") -> Value:
    """Write learnt values (n, k) in the unit of the table, float64: `Unit.in_unit`."""
    return _transformed(writer, unit, TRANSFORMS[unit.transform].in_unit, Z, name)


def standardised(writer: Writer, unit: Unit, values: Value, name: str = "standardised") -> Value:
    """Write values (n, k) of the table as they are learnt: `Unit.standardised`."""
    return _transformed(writer, unit, TRANSFORMS[unit.transform].standardised, values, name)


def predicted(writer: Writer, unit: Unit, Z: Value, name: str = "predicted") -> Value:
    """Write predictions (n, k) in the unit of the table, held within its range: `Unit.predicted`."""
    if not (unit.low or unit.high):
        return in_unit(writer, unit, Z, name)
    low, high = (
        writer.constant(f"{name}.{end}", array)
        for end, array in zip(("low", "high"), unit.range, strict=True)
    )
    return writer.call(clipped, in_unit(writer, unit, Z, f"{name}.unheld"), low, high, name=name)


def _transformed(writer: Writer, unit: Unit, formula: Any, values: Value, name: str) -> Value:
    names = ("mean", "std", "origin", "size")
    constants = [
        writer.constant(f"{name}.{of}", array) for of, array in zip(names, unit.constants, strict=False)
    ]
    return writer.call(formula, writer.cast(values, "float64"), *constants, name=name)
