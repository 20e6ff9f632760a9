"""The lowered form of a network: a flat list of operations with every shape and place decided.

A `NetworkSpec` says what is wanted; `lower` walks it once and writes down what is to be done. An
engine reads the list from top to bottom for the forward pass and from bottom to top for the
backward pass, and needs to know nothing else about layers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from forpass.spec.layout import ParameterLayout
from forpass.spec.network import Head, NetworkSpec, Penalty
from forpass.spec.operation import Operation

__all__ = ["Operation", "Program", "lower"]


@dataclass(frozen=True)
class Program:
    """A network as an engine sees it.

    Attributes
    ----------
    spec : NetworkSpec
        What it was made from.
    operations : tuple of Operation
    outputs : tuple of str
        Name of what each buffer holds; ``outputs[0]`` is ``X``.
    widths : tuple of int
        Number of columns of each buffer.
    parameters, buffers : ParameterLayout
        Where the trained values lie, and those that are learnt but not by gradient.
    consumers : tuple of tuple of int
        For each buffer the numbers of the operations that read it, one that reads it twice named twice. The
        last buffer is read by the head, which is no operation.
    needs_derivative : tuple of bool
        For each buffer whether something below it is trained, so that the way back must reach it.
    multiplications : int
        What a row of a pass takes in the products with all matrices of weights; what looks up bins or makes
        waves counts as so many of these as it took as long, measured with the compiled engine.
    code_limits : tuple of (int or None)
        Of each column of codes the number of those that may come in, 0, 1, ...; None where nobody reads them.
        A value may come in with the fold that a training row is in; see `ValueStatistics`.
    """

    spec: NetworkSpec
    operations: tuple[Operation, ...]
    outputs: tuple[str, ...]
    widths: tuple[int, ...]
    parameters: ParameterLayout
    buffers: ParameterLayout
    consumers: tuple[tuple[int, ...], ...] = field(init=False, repr=False, compare=False)
    needs_derivative: tuple[bool, ...] = field(init=False, repr=False, compare=False)
    multiplications: int = field(init=False, repr=False, compare=False)
    code_limits: tuple[int | None, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "consumers", _consumers(self.operations, len(self.outputs)))
        object.__setattr__(self, "needs_derivative", _needs_derivative(self.operations))
        sizes = {block.name: block.size for block in self.parameters.blocks}
        products = sum(_multiplications(op, sizes) for op in self.operations)
        object.__setattr__(self, "multiplications", products)
        limits = _code_limits(self.operations, self.spec.code_sizes, self.buffers)
        object.__setattr__(self, "code_limits", limits)

    @property
    def head(self) -> Head:
        """What is done with the last buffer."""
        return self.spec.head

    @property
    def penalty(self) -> Penalty:
        """The price on parameters."""
        return self.spec.penalty

    @property
    def members(self) -> int:
        """Number of networks in it; row p of a pass is one of member p % members."""
        return self.spec.members

    @property
    def n_outputs(self) -> int:
        """Number of raw scores per example."""
        return self.widths[-1]

    def uses(self, opcode: str) -> bool:
        """Whether any operation has this opcode."""
        return any(op.opcode == opcode for op in self.operations)


def _consumers(operations: Sequence[Operation], n_buffers: int) -> tuple[tuple[int, ...], ...]:
    readers: list[list[int]] = [[] for _ in range(n_buffers)]
    for op in operations:
        for source in op.sources:
            readers[source].append(op.number)
    return tuple(map(tuple, readers))


def _needs_derivative(operations: Sequence[Operation]) -> tuple[bool, ...]:
    needs = [False]  # nothing below the inputs is trained
    for op in operations:
        needs.append(bool(op.parameters) or any(needs[source] for source in op.sources))
    return tuple(needs)


LOOK_UP, WAVE = 4, 16
"""As long as so many multiplications take a weight that is looked up, and a cosine with its share of sums."""


def _multiplications(op: Operation, sizes: Mapping[str, int]) -> int:
    if op.opcode in ("affine", "member_affine"):
        return op.d_in * op.d_out
    if op.opcode == "piecewise":
        return LOOK_UP * len(op.columns) * op.d_out
    return WAVE * sizes[op.parameters[0]] if op.opcode == "periodic" else 0


def _code_limits(
    operations: Sequence[Operation], sizes: Sequence[int], buffers: ParameterLayout
) -> tuple[int | None, ...]:
    limits: list[int | None] = [None] * len(sizes)
    rows = {block.name: block.shape[0] for block in buffers.blocks}
    for op in operations:
        if op.opcode == "embed":
            counts = [sizes[column] for column in op.columns]
        else:  # rows of tables, one for each value and fold
            counts = [rows[name] for name in op.buffers] if op.opcode == "lookup" else []
        for column, count in zip(op.columns, counts, strict=bool(counts)):
            limits[column] = min(count, limits[column] or count)
    return tuple(limits)


PROGRAMS_KEPT = 64


@lru_cache(PROGRAMS_KEPT)
def lower(spec: NetworkSpec) -> Program:
    """Write down the operations of a network.

    A network that was written down lately is not written down again: a fit asks five times, and 32
    microseconds each time are more than its steps may take.

    Parameters
    ----------
    spec : NetworkSpec

    Returns
    -------
    Program

    Examples
    --------
    >>> from forpass.spec.layers import Activation, Dense
    >>> from forpass.spec.network import Head, NetworkSpec
    >>> spec = NetworkSpec(2, (Dense(3), Activation("tanh"), Dense(1)), Head("squared"))
    >>> [(op.output, op.formula) for op in lower(spec).operations]
    [('Z1', 'X W1 + b1'), ('A1', 'tanh(Z1)'), ('Z2', 'A1 W2 + b2')]
    """
    draft = spec.draft()
    return Program(
        spec,
        tuple(draft.operations),
        tuple(draft.outputs),
        tuple(draft.widths),
        ParameterLayout(tuple(draft.parameters)),
        ParameterLayout(tuple(draft.buffers)),
    )
