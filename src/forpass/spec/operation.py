"""One thing to do to the rows of a batch: what programs are made of."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Operation"]


@dataclass(frozen=True)
class Operation:
    """One thing to do to the rows of a batch.

    Attributes
    ----------
    opcode : str
        What is done: ``affine``, ``activation``, ...; each engine has a table of those it knows.
    number : int
        Its place in the list, from 1; the layer's number in random streams and in messages.
    output : str
        Name of what it computes: ``Z1`` after the first Dense, ``A1`` after its activation, ``D1``
        after dropout, ``N1`` after a normalisation, ``X0`` after an embedding.
    sources : tuple of int
        Numbers of the buffers it reads, in the order of its formula; buffer 0 holds the inputs.
    target : int
        Number of the buffer it fills.
    d_ins : tuple of int
        Widths of the buffers it reads.
    d_out : int
        Width of the buffer it fills.
    parameters : tuple of str
        Names of its blocks in the parameter layout, in the order of its formula.
    buffers : tuple of str
        Names of its blocks in the buffer layout.
    function : str
        Name of the activation, where it is one.
    settings : tuple of float
        The numbers its formula takes beside arrays.
    formula : str
        What it computes, in the names of the trace.
    columns : tuple of int
        Which columns of the inputs it reads, where not all: of ``Data.codes`` if it reads codes, otherwise of
        ``Data.numbers``.
    edges, centres : tuple of tuple of float
        Of each of these columns the bins, where it reads bins; see `FeatureGroup`.
    """

    opcode: str
    number: int
    output: str
    sources: tuple[int, ...]
    target: int
    d_ins: tuple[int, ...]
    d_out: int
    parameters: tuple[str, ...] = ()
    buffers: tuple[str, ...] = ()
    function: str = ""
    settings: tuple[float, ...] = ()
    formula: str = ""
    columns: tuple[int, ...] = ()
    edges: tuple[tuple[float, ...], ...] = ()
    centres: tuple[tuple[float, ...], ...] = ()

    @property
    def source(self) -> int:
        """Number of the one buffer it reads."""
        (source,) = self.sources
        return source

    @property
    def d_in(self) -> int:
        """Width of the one buffer it reads."""
        (d_in,) = self.d_ins
        return d_in

    @property
    def label(self) -> str:
        """How messages call it: ``layer 3 (affine, 64 -> 10)``."""
        what, read = self.function or self.opcode, " + ".join(map(str, self.d_ins))
        return f"layer {self.number} ({what}, {read} -> {self.d_out})"

    @property
    def columns_of_bins(self) -> tuple[int, ...]:
        """Of each bin the column of the inputs that it is of."""
        return tuple(column for column, row in zip(self.columns, self.centres, strict=True) for _ in row)

    def columns_of_waves(self, frequencies: int) -> tuple[int, ...]:
        """Of each wave, so many of each column, the column of the inputs that it is of."""
        return tuple(column for column in self.columns for _ in range(frequencies))
