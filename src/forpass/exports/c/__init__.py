"""The C form: a header and a source in C99 that predict one row, and allocate nothing.

A map; a module imports only from those above it in this list:

- `names`: how things are called in C, and how numbers, words and comments stand there.
- `pieces`: a graph's lines taken apart into loops, products, sums and movements; `storage`: where arrays lie,
  which share their places where they may.
- `words`: columns of words as numbers; `helpers`: the few functions that a file has of its own; `fields`: the
  row and the answer that callers see.
- `expressions`: loops; `function`: one function, statement by statement.
- `header`, `file`: the two files; `library`: both compiled for this machine, and called.
"""

from __future__ import annotations

from forpass.exports.c.file import c_source
from forpass.exports.c.library import compiled
from forpass.exports.graph import Graph
from forpass.exports.protocol import Files, Run

__all__ = ["run", "write"]


def write(graph: Graph, title: str, stem: str) -> Files:
    """Return the source and the header."""
    source, header = c_source(graph, title, stem)
    return {f"{stem}.c": source.encode(), f"{stem}.h": header.encode()}


def run(graph: Graph, files: Files) -> Run | None:
    """Compile them for this machine, and return what calls them; None where there is no compiler."""
    return compiled(graph, files)
