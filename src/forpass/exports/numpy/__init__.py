"""The NumPy form: a Python file to be read from top to bottom.

A map; a module imports only from those above it in this list:

- `formulas`: formulas of maths as source; `names`: names of Python for values, text that is safe anywhere.
- `lines`: lines of a graph as statements.
- `helpers`: what the file holds beside formulas: lines that NumPy has no name for, and how cells are read.
- `file`: the whole file, and the numbers beside it; its text lies in ``file.template``, and what makes it a
  program in ``program.template``.
"""

from __future__ import annotations

from forpass.exports.graph import Graph
from forpass.exports.numpy.file import loaded, numbers_of, python_source
from forpass.exports.protocol import Files, Run

__all__ = ["run", "write"]


def write(graph: Graph, title: str, stem: str) -> Files:
    """Return the Python file, and the numbers beside it."""
    source = python_source(graph, title, f"{stem}.npz")
    return {f"{stem}.py": source.encode(), f"{stem}.npz": numbers_of(graph)}


def run(graph: Graph, files: Files) -> Run | None:
    """Return the file's function ``predict``."""
    (source, numbers), (_, numbers_name) = files.values(), files
    return loaded(source, numbers, numbers_name)
