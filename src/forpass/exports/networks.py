"""The graph of a network: its operations as they predict, in the order and with the names of the trace.

A network's graph is the same for all members with the same operations and number type; what each has of its
own, its parameters and the averages of batch normalisation, are inputs of it. Constants of the description,
such as the edges of bins, stand in it. What depends on parameters alone is computed once, here: weights times
their multiplier, weights times their sizes. So a form holds matrices that are ready for use.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forpass.engines.ready import ready
from forpass.exports.graph import Graph, Value
from forpass.exports.writer import Writer
from forpass.maths.activations import ACTIVATIONS
from forpass.maths.affine import affine, linear, plus
from forpass.maths.columnwise import COLUMNWISE
from forpass.maths.links import LINKS
from forpass.maths.means import MEANS, weighted_sum
from forpass.maths.normalisation import row_moments, scale_shift, standardise
from forpass.maths.periodic import angle, interleaved, waves
from forpass.maths.piecewise import bins_of, centred, share
from forpass.model import TrainedModel
from forpass.spec.operation import Operation
from forpass.spec.program import Program

__all__ = ["OPERATIONS", "arrays_of", "mean_of", "network_of"]


class Draft(NamedTuple):
    """A network's graph as it is being written."""

    writer: Writer
    program: Program
    codes: Value | None
    held: dict[str, Value]
    """The arrays of a member by name: those of `arrays_of`."""

    def of(self, op: Operation) -> list[Value]:
        """Return the parameters of an operation."""
        return [self.held[name] for name in op.parameters]


def network_of(program: Program, model: TrainedModel, name: str) -> Graph:
    """Write the graph of a network: X, codes and parameters in, raw scores (n, k) out.

    Parameters
    ----------
    program : Program
    model : TrainedModel
        One that has it: what its arrays are like decides shapes and type.
    name : str
    """
    writer = Writer(Graph(name))
    kind: Any = model.parameters.dtype.name
    X = writer.input("X", kind, (None, program.widths[0])) if program.widths[0] else None
    n_codes = len(program.spec.code_sizes)
    codes = writer.input("codes", "int32", (None, n_codes)) if n_codes else None
    arrays = arrays_of(model)
    held = {own: writer.input(own, kind, array.shape) for own, array in arrays.items()}
    draft = Draft(writer, program, codes, held)
    found: list[Any] = [X]
    for op in program.operations:
        result = OPERATIONS[op.opcode](draft, op, *(found[source] for source in op.sources))
        found.append(result)
    last = found[-1]
    if len(last.shape) == 3:
        members = writer.cast(last, "float64")
        last = writer.cast(
            mean_of(writer, program.head.link, members, [1.0 / program.members] * program.members), kind
        )
    writer.output("raw", last, "raw scores")
    return writer.graph


def mean_of(writer: Writer, link: str, Z: Value, weights: Sequence[float]) -> Value:
    """Write the raw scores (n, k) whose predictions are the weighted mean of those of Z (m, n, k), float64.

    The same as `forpass.maths.means.mean_score`.
    """
    w = writer.constant("weights", np.asarray(weights, np.float64)[:, None, None])
    if (mean := MEANS.get(link)) is not None:
        return writer.call(mean, Z, w, name="mean")
    P = writer.call(LINKS[link].function, Z)
    return writer.call(LINKS[link].inverse, writer.call(weighted_sum, P, w), name="mean")


def arrays_of(model: TrainedModel) -> dict[str, NDArray[Any]]:
    """Return the arrays of a member, ready for use, in the order in which its network's graph takes them."""
    program = model.program
    parameters = program.parameters.views(model.parameters)
    buffers = program.buffers.views(model.buffers)
    found: dict[str, NDArray[Any]] = {}
    for op in program.operations:
        own = ready(op, parameters) | {name: buffers[name] for name in op.buffers}
        found |= LAID[op.opcode](op, program, own) if op.opcode in LAID else own
    return found


Blocks = dict[str, NDArray[Any]]


def _piecewise_laid(op: Operation, program: Program, own: Blocks) -> Blocks:
    """V, which has its sizes in it."""
    return {op.parameters[0]: own[op.parameters[0]]}


def _lookup_laid(op: Operation, program: Program, own: Blocks) -> Blocks:
    """The statistics of all rows: those without a fold serve training alone."""
    sizes = program.spec.code_sizes
    return {name: own[name][: sizes[column]] for name, column in zip(op.buffers, op.columns, strict=True)}


def _member_laid(op: Operation, program: Program, own: Blocks) -> Blocks:
    """Rows of numbers of each member, (members, d), as (members, 1, d): beside rows of a batch."""
    return {name: array[:, None] if array.ndim == 2 else array for name, array in own.items()}


def _periodic_laid(op: Operation, program: Program, own: Blocks) -> Blocks:
    """Frequencies and phases in one row, column by column; V and c in a matrix for each column."""
    w, *phase, V, c = op.parameters
    found = {name: own[name].ravel() for name in (w, *phase)}
    return found | {V: own[V].reshape(len(own[w]), -1, own[V].shape[1]), c: own[c][:, None]}


LAID: dict[str, Callable[[Operation, Program, Blocks], Blocks]] = {
    "piecewise": _piecewise_laid,
    "lookup": _lookup_laid,
    "periodic": _periodic_laid,
    "memberwise": _member_laid,
    "member_affine": _member_laid,
}
"""For opcodes whose arrays lie otherwise in a graph what lays them so."""


# -- the operations ----------------------------------------------------------------------------------
def _embed(draft: Draft, op: Operation, X: Value | None) -> Value:
    """Y = [X, E1[codes], E2[codes], ...]."""
    numbers = [X] if X is not None else []
    return draft.writer.beside([*numbers, *_rows_of(draft, op, op.parameters)], op.output)


def _lookup(draft: Draft, op: Operation, X: Value | None) -> Value:
    """Y = [S1[codes], S2[codes], ...]."""
    return draft.writer.beside(_rows_of(draft, op, op.buffers), op.output)


def _rows_of(draft: Draft, op: Operation, tables: tuple[str, ...]) -> list[Value]:
    assert draft.codes is not None
    return [
        draft.writer.pick(draft.held[table], draft.writer.take(draft.codes, [column]))
        for column, table in zip(op.columns, tables, strict=True)
    ]


def _periodic(draft: Draft, op: Operation, X: Value) -> Value:
    """y_fo = sum_h V_fho cos(2 pi w_fh x_f + b_fh) + c_fo; without phases b is 0, and sines stand beside."""
    writer, out, groups = draft.writer, op.output, len(op.columns)
    w, *phase, V, c = draft.of(op)
    frequencies = w.width // groups
    x = writer.take(X, op.columns_of_waves(frequencies), f"{out}.x")
    angles = writer.call(angle, x, w, phase[0] if phase else 0.0, name=f"{out}.angles")
    cos, sin = writer.several(waves, angles, name=f"{out}.waves")
    mixed = cos
    if not phase:
        mixed = writer.take(writer.beside([cos, sin]), interleaved(groups, frequencies), f"{out}.mixed")
    Y = writer.call(affine, writer.apart(mixed, groups), V, c)
    return writer.joined(Y, out)


def _piecewise(draft: Draft, op: Operation, X: Value) -> Value:
    """Z = (p(X) - centres) V, with the share p of each bin that lies below the number of its column."""
    writer, out, V = draft.writer, op.output, draft.held[op.parameters[0]]
    bins = bins_of(op.edges, op.centres, np.dtype(X.kind))
    low, width, least, most, centre = (
        writer.constant(f"{out}.{name}", getattr(bins, name))
        for name in ("low", "width", "least", "most", "centre")
    )
    x = writer.take(X, op.columns_of_bins, f"{out}.x")
    shares = writer.call(share, x, low, width, least, most, name=f"{out}.share")
    return writer.call(linear, writer.call(centred, shares, centre, name=f"{out}.bins"), V, name=out)


def _affine(draft: Draft, op: Operation, X: Value) -> Value:
    """Z = X W + b, or without b; by member where W has members."""
    held = draft.of(op)
    return draft.writer.call(affine if len(held) == 2 else linear, X, *held, name=op.output)


def _activation(draft: Draft, op: Operation, Z: Value) -> Value:
    """A = f(Z)."""
    return draft.writer.call(ACTIVATIONS[op.function].function, Z, *op.settings, name=op.output)


def _columnwise(draft: Draft, op: Operation, Z: Value) -> Value:
    """A = f(Z, p), with a number of p for each column, or for each member and column."""
    function = COLUMNWISE[op.function].function
    return draft.writer.call(function, Z, *draft.of(op), *op.settings, name=op.output)


def _dropout(draft: Draft, op: Operation, A: Value) -> Value:
    """D = A: in predictions nothing is dropped."""
    return A


def _batch_norm(draft: Draft, op: Operation, X: Value) -> Value:
    """Y = gamma (X - mean) / sqrt(variance + epsilon) + beta, with the running averages."""
    mean, variance = (draft.held[name] for name in op.buffers)
    return _normalised(draft, op, X, mean, variance, op.settings[1])


def _layer_norm(draft: Draft, op: Operation, X: Value) -> Value:
    """The same with the moments of each row."""
    mean, variance = draft.writer.several(row_moments, X, name=f"{op.output}.moments")
    return _normalised(draft, op, X, mean, variance, op.settings[0])


def _normalised(draft: Draft, op: Operation, X: Value, mean: Value, variance: Value, epsilon: float) -> Value:
    writer, out = draft.writer, op.output
    hat = writer.call(standardise, X, mean, variance, epsilon, name=f"{out}.hat")
    return writer.call(scale_shift, hat, *draft.of(op), name=out)


def _add(draft: Draft, op: Operation, X: Value, *others: Value) -> Value:
    """Z = X + Y + ..., from the first to the last."""
    *between, last = others
    for other in between:
        X = draft.writer.call(plus, X, other)
    return draft.writer.call(plus, X, last, name=op.output)


def _concatenate(draft: Draft, op: Operation, *sources: Value) -> Value:
    """Z = [X, Y, ...]."""
    return draft.writer.beside(sources, op.output)


OPERATIONS: dict[str, Callable[..., Value]] = {
    "embed": _embed,
    "lookup": _lookup,
    "periodic": _periodic,
    "piecewise": _piecewise,
    "affine": _affine,
    "member_affine": _affine,
    "activation": _activation,
    "columnwise": _columnwise,
    "memberwise": _columnwise,
    "dropout": _dropout,
    "batch_norm": _batch_norm,
    "layer_norm": _layer_norm,
    "add": _add,
    "concatenate": _concatenate,
}
"""For each opcode what writes it: ``(draft, op, *sources) -> output``. A test holds the list complete."""
