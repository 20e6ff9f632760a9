"""A trace as plain text: entry by entry, each with one of its numbers worked out."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from forpass.engines.reference.tape import Tape, TapeEntry
from forpass.shown import padded, width
from forpass.trace.elements import Element, element, written
from forpass.trace.made import Cell, Place
from forpass.trace.readers import readers
from forpass.trace.statistics import statistics_of

__all__ = ["entry_lines", "largest", "made_of", "statistics_line", "told_of", "trace_lines"]

INDENT = "    "
LARGEST_SHOWN = 60
"""Arrays of more numbers than this are shortened."""
WIDTH = 104
MOST_READERS = 12


def trace_lines(tape: Tape) -> Iterator[str]:
    """Lay out a whole trace, phase by phase: of each entry its formula, its values, its largest number."""
    for phase, entries in itertools.groupby(tape, key=lambda entry: entry.phase):
        yield f"-- {phase} ".ljust(WIDTH, "-")
        for entry in entries:
            yield from _block(tape, entry)
        yield ""


def entry_lines(tape: Tape, name: str, place: Place | None = None) -> Iterator[str]:
    """Lay out an entry by itself, with where one of its numbers came from and where it goes.

    Raises
    ------
    UnknownNameError
        When there is no such entry.
    DataError
        When it has no cell at that place.
    """
    entry = tape.entry(name)
    yield from _heading(entry)
    yield f"{INDENT}read: {', '.join(entry.inputs) or 'nothing'}"
    yield from _numbers(entry, statistics=True)
    if not entry.value.size:
        return
    found = element(tape, name, largest(entry) if place is None else place)
    if entry.inputs:
        yield from _worked_out(found)
    goes = [str(reader) for reader in readers(tape, name, found.cell.place)]
    more = f" and {len(goes) - MOST_READERS} more" if len(goes) > MOST_READERS else ""
    yield f"{INDENT}read by: {', '.join(goes[:MOST_READERS]) or 'nothing'}{more}"


def told_of(tape: Tape, found: Element) -> list[str]:
    """Say what a number is, in lines: its value, then how it was made, in symbols and in numbers."""
    lines = [f"{found.cell} = {written(found.cell.value)}"]
    lines += [f"= {found.symbols}"] if tape.entry(found.cell.name).inputs else []
    return lines + ([f"= {found.numbers}"] if found.numbers != found.symbols else [])


def made_of(found: Element) -> list[tuple[str, Cell]]:
    """List the cells that made a number, in words: each factor of a product after the first with a star."""
    terms = [*found.terms, *((cell,) for cell in found.reads)]
    cells = [(cell, "* " * (i > 0)) for term in terms for i, cell in enumerate(term)]
    return [(f"{star}{cell}  {written(cell.value)}", cell) for cell, star in cells]


def statistics_line(entry: TapeEntry) -> str:
    """Say in a line what an entry's numbers are like."""
    found = statistics_of(entry.value)
    told = [f"{name} {written(getattr(found, name))}" for name in ("least", "mean", "greatest", "spread")]
    told += [f"{found.zeros:.0%} zeros"] if found.zeros else []
    told += [f"{found.not_finite:.0%} not finite"] if found.not_finite else []
    return ", ".join(told)


def _block(tape: Tape, entry: TapeEntry) -> Iterator[str]:
    yield from _heading(entry)
    yield from _numbers(entry, statistics=entry.value.size > LARGEST_SHOWN)
    if entry.inputs and entry.value.size:
        yield from _worked_out(element(tape, entry.name, largest(entry)))


def _heading(entry: TapeEntry) -> Iterator[str]:
    title = f"{entry.name}{' = ' if entry.inputs else ': '}{entry.formula}"
    about = f"{entry.layer}  {entry.value.shape}"
    yield f"{padded(title, max(width(title), WIDTH - width(about) - 2))}  {about}"


def _numbers(entry: TapeEntry, statistics: bool) -> Iterator[str]:
    if not entry.value.ndim:
        yield f"{INDENT}{entry.value:.6g}"
        return
    array = np.array2string(
        entry.value, precision=4, suppress_small=True, threshold=LARGEST_SHOWN, max_line_width=WIDTH - 4
    )
    yield from (INDENT + line for line in array.splitlines())
    if statistics:
        yield INDENT + statistics_line(entry)


def _worked_out(found: Element) -> Iterator[str]:
    """A number with its formula, in symbols and, where it names what was read, in numbers."""
    yield f"{INDENT}{found.cell} = {found.symbols}"
    if found.numbers != found.symbols:
        yield f"{INDENT}{' ' * len(str(found.cell))} = {found.numbers} = {written(found.cell.value)}"


def largest(entry: TapeEntry) -> Place:
    """Return the place of the number that is farthest from 0: the one worth looking at."""
    sizes = np.nan_to_num(np.abs(np.asarray(entry.value, np.float64)), nan=np.inf, posinf=np.inf)
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(sizes)), entry.value.shape))
