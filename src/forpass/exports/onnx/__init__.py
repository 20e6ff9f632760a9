"""The ONNX form: one graph of standard operators.

A map; a module imports only from those above it in this list:

- `formulas`: what ONNX has no operator for, by those that it has.
- `nodes`: nodes as they are written.
- `steps`: steps of formulas as nodes.
- `lines`: lines of a graph as nodes.
- `file`: the whole model, and how it is carried out.
"""

from __future__ import annotations

from forpass.exports.graph import Graph
from forpass.exports.onnx.file import onnx_bytes, onnx_runner
from forpass.exports.protocol import Files, Run

__all__ = ["run", "write"]


def write(graph: Graph, title: str, stem: str) -> Files:
    """Return the one file."""
    return {f"{stem}.onnx": onnx_bytes(graph, title)}


def run(graph: Graph, files: Files) -> Run | None:
    """Return a session of ONNX Runtime; None where that is not installed."""
    (content,) = files.values()
    return onnx_runner(graph, content)
