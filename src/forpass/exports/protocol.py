"""What a form of export offers: two functions, which its folder hands out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeAlias

from numpy.typing import NDArray

from forpass.exports.graph import Cells, Graph

__all__ = ["Files", "Run", "Writing"]

Files: TypeAlias = Mapping[str, bytes]
"""The content of files by name, the first the one that was asked for."""

Run: TypeAlias = Callable[[Cells], Mapping[str, NDArray[Any]]]
"""From cells to the outputs by name."""


class Writing(Protocol):
    """The folder of a form."""

    def write(self, graph: Graph, title: str, stem: str) -> Files:
        """Return the files of a graph.

        Parameters
        ----------
        graph : Graph
        title : str
            What the model is, in a line.
        stem : str
            The files are called so, and an ending.

        Raises
        ------
        ExportError
            When the graph cannot be written in this form.
        """

    def run(self, graph: Graph, files: Files) -> Run | None:
        """Return what carries out the files that were written of a graph; None where this machine cannot."""
