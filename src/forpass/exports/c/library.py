"""The C form carried out: compiled for this machine, and called row by row."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.errors import ExportError
from forpass.exports.c.fields import Field, answer_of, code_of, prefix_of, row_of, words_named
from forpass.exports.graph import Cells, Graph

__all__ = ["Compiled", "compiled", "compiler"]

OPTIONS = ("-std=c99", "-O1", "-ffp-contract=off")
"""With what a file is compiled to be tried: soon done, whatever its size."""

TYPES: dict[str, Any] = {
    "float32": ctypes.c_float,
    "float64": ctypes.c_double,
    "int32": ctypes.c_int32,
    "int64": ctypes.c_int64,
    "uint64": ctypes.c_uint64,
    "bool": ctypes.c_bool,
}


def compiler() -> str | None:
    """Return the C compiler of this machine: that of the variable CC, or what is called cc, gcc or clang.

    None on Windows, where a library is made in another way.
    """
    if os.name == "nt":
        return None
    for name in (os.environ.get("CC", ""), "cc", "gcc", "clang"):
        if name and (found := shutil.which(name)):
            return found
    return None


def compiled(graph: Graph, files: Mapping[str, bytes], options: tuple[str, ...] = OPTIONS) -> Compiled | None:
    """Compile the files of a graph, and return what predicts by them; None where there is no compiler.

    Raises
    ------
    ExportError
        When the compiler refuses the source.
    """
    command = compiler()
    if command is None:
        return None
    source = next(name for name in files if name.endswith(".c"))
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            Path(folder, name).write_bytes(content)
        library = Path(folder, "model.so")
        whole = [command, *options, "-fPIC", "-shared", source, "-o", str(library), "-lm"]
        ran = subprocess.run(whole, cwd=folder, capture_output=True, text=True, errors="replace", check=False)
        if ran.returncode:
            raise ExportError(
                f"{command} does not compile the source that was written: {ran.stderr.strip()[:2000]}"
            )
        return Compiled(graph, ctypes.CDLL(str(library)), prefix_of(source.removesuffix(".c")))


class Compiled:
    """A model in machine code.

    Parameters
    ----------
    graph : Graph
        What the source was written from: it says what the fields are.
    library : ctypes.CDLL
    prefix : str
        With what its names begin.

    Attributes
    ----------
    row_type, answer_type : type
        The structures of the header.
    """

    def __init__(self, graph: Graph, library: ctypes.CDLL, prefix: str) -> None:
        self._library, self._prefix = library, prefix
        self._row = list(row_of(graph).values())
        self._answer = [field for field, _ in answer_of(graph)]
        self.row_type, self.answer_type = _structure(self._row), _structure(self._answer)
        self._predict = getattr(library, f"{prefix}_predict")
        self._predict.argtypes = [ctypes.POINTER(self.row_type), ctypes.POINTER(self.answer_type)]

    def __call__(self, cells: Cells) -> dict[str, NDArray[Any]]:
        """Return the outputs for rows of cells, by name.

        Raises
        ------
        ExportError
            For a row that the model cannot take.
        """
        return self.found([self._predicted(place, row) for place, row in enumerate(self.rows(cells))])

    def rows(self, cells: Cells) -> list[Any]:
        """Return rows of cells as C takes them."""
        columns = [self._numbers(field, cells[field.of]) for field in self._row]
        return [self.row_type(*numbers) for numbers in zip(*columns, strict=True)]

    def found(self, answers: Sequence[Any]) -> dict[str, NDArray[Any]]:
        """Return the outputs that answers hold, by name."""
        return {
            field.of: self._output(field, [getattr(one, field.name) for one in answers])
            for field in self._answer
        }

    def _predicted(self, place: int, row: Any) -> Any:
        answer = self.answer_type()
        if refused := self._predict(ctypes.byref(row), ctypes.byref(answer)):
            column = self._row[refused - 1].of
            raise ExportError(f"in row {place} the column {column!r} holds what the model cannot take")
        return answer

    def _numbers(self, field: Field, cells: Any) -> list[Any]:
        """Return what stands in a field, row by row."""
        if field.words is not None:
            number_of = getattr(self._library, code_of(self._prefix, field))
            number_of.argtypes, number_of.restype = [ctypes.c_char_p], ctypes.c_int32
            return [
                number_of(None if cell is None else str(cell).encode("utf-8", "surrogatepass"))
                for cell in cells
            ]
        array = np.asarray(cells, field.kind)
        if field.size > 1:
            return [(TYPES[field.kind] * field.size)(*row) for row in array.tolist()]
        return list(array.reshape(-1).tolist())

    def _output(self, field: Field, cells: list[Any]) -> NDArray[Any]:
        """Return an output: words for their numbers, one number a row as (n,)."""
        if field.words is not None:
            pointers = (ctypes.c_char_p * len(field.words)).in_dll(
                self._library, words_named(self._prefix, field)
            )
            words = [(pointer or b"").decode("utf-8", "surrogatepass") for pointer in pointers]
            return np.array([words[number] for number in cells], object)
        return np.array([list(cell) if field.size > 1 else cell for cell in cells], field.kind)


def _structure(fields: list[Field]) -> type[ctypes.Structure]:
    """Return a structure of C as Python sees it."""
    members = [
        (field.name, TYPES[field.kind] * field.size if field.size > 1 else TYPES[field.kind])
        for field in fields
    ]
    return type("Structure", (ctypes.Structure,), {"_fields_": members})
