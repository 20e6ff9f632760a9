"""The two structures of a C file that callers see: a row, and an answer to it."""

from __future__ import annotations

from typing import NamedTuple

from forpass.errors import ExportError
from forpass.exports.c.names import CNames
from forpass.exports.c.pieces import cells_of
from forpass.exports.c.words import words_of
from forpass.exports.graph import Graph, Kind, Pick, Take, Value

__all__ = ["Field", "answer_of", "code_of", "code_sizes", "prefix_of", "row_of", "words_named"]


class Field(NamedTuple):
    """A field of a structure.

    Attributes
    ----------
    name : str
        In C.
    of : str
        What the table, or the model's user, calls it.
    kind : str
        The type of its numbers; a word is an int32, its number.
    size : int
        How many numbers it has.
    told : str
    words : tuple of str, optional
        Those whose numbers it takes, or gives: in a row from 1 on, in an answer from 0 on.
    """

    name: str
    of: str
    kind: Kind
    size: int
    told: str
    words: tuple[str, ...] | None = None


def row_of(graph: Graph) -> dict[str, Field]:
    """Return the fields of a row by the names of their values, in the order of the columns."""
    names, found = CNames(), dict[str, Field]()
    for number, one in enumerate(graph.inputs, start=1):
        if size := cells_of(one.value):
            name = names.of(one.name, f"column_{number}")
            text = one.value.kind == "text"
            words = words_of(graph, one.value).all if text else None
            kind: Kind = "int32" if text else one.value.kind
            found[one.value.name] = Field(name, one.name, kind, size, one.told, words)
    return found


def answer_of(graph: Graph) -> list[tuple[Field, Value]]:
    """Return the fields of an answer, each with the value that it gives out."""
    names, found = CNames(), list[tuple[Field, Value]]()
    for one in graph.outputs:
        name, value = names.of(one.name, "answer"), one.value
        if value.kind == "text":
            number, words = _numbered(graph, value)
            found.append((Field(name, one.name, "int32", cells_of(value), one.told, words), number))
        else:
            found.append((Field(name, one.name, value.kind, cells_of(value), one.told), value))
    return found


def _numbered(graph: Graph, value: Value) -> tuple[Value, tuple[str, ...]]:
    """Return which of some words a value is: the number of the word, and the words."""
    for line in graph.lines:
        if isinstance(line, Pick) and line.output == value and line.output.width == 1:
            return line.reads, tuple(map(str, graph.constants[line.table.name][:, 0]))
    raise ExportError(
        f"in C the words {value.name!r} would have to be put together; no model of forpass asks for it"
    )


def code_of(prefix: str, field: Field) -> str:
    """Return the name of the function that finds the number of a word of a column."""
    return f"{prefix}_code_of_{field.name}"


def words_named(prefix: str, field: Field) -> str:
    """Return the name of the words of an answer."""
    return f"{prefix}_words_of_{field.name}"


def code_sizes(graph: Graph, name: str) -> list[int]:
    """Return into how many rows of tables codes point, column by column, if a value is one of codes."""
    codes = next((one.value for one in graph.inputs if one.value.name == name), None)
    if codes is None or codes.kind != "int32":
        return []
    sizes = [2**31 - 1] * codes.width
    for body in graph.networks.values():
        column_of = {"codes": 0} | {
            line.output.name: line.columns[0]
            for line in body.lines
            if isinstance(line, Take) and line.reads.name == "codes" and len(line.columns) == 1
        }
        for line in body.lines:
            if isinstance(line, Pick) and line.reads.name in column_of:
                column = column_of[line.reads.name]
                sizes[column] = min(sizes[column], line.table.shape[0] or 0)
    return sizes


def prefix_of(stem: str) -> str:
    """Return with what the names begin that other files can see.

    Examples
    --------
    >>> prefix_of("model"), prefix_of("my-model.v2"), prefix_of("2nd")
    ('model', 'my_model_v2', 'model_2nd')
    """
    return CNames().of(stem, "model")
