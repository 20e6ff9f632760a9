"""What operations compute when predicting, for several networks of one program at once.

For each opcode a function that is handed an operation and the numbers of all networks, once; it returns what
then computes the operation's output. What depends on parameters alone is computed beforehand, and nothing is
written down for a way back. The formulas are those of `forpass.maths`, put together as the reference engine
puts them together, whose bits come out: see `forpass.engines.reference.operations` for what each means.

In shapes m is the number of networks, n that of rows and d a number of columns. What is the same for all
networks has m = 1. Where networks have k members, a row of the table is k rows, one of each member in turn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from forpass.engines.ready import ready
from forpass.maths.activations import ACTIVATIONS
from forpass.maths.affine import affine, linear
from forpass.maths.columnwise import COLUMNWISE
from forpass.maths.embeddings import embed
from forpass.maths.normalisation import row_moments, scale_shift, standardise
from forpass.maths.periodic import angle, interleaved, waves
from forpass.maths.piecewise import bins_of, centred, share
from forpass.maths.xp import Array, cos, gather_rows
from forpass.spec.operation import Operation

__all__ = ["OPERATIONS", "Computed", "Numbers"]

Computed: TypeAlias = Callable[[Sequence[Array], Array | None], Any]
"""From the operation's sources (m, n, d) and the codes (n, c) to its output (m, n, d)."""


class Numbers(NamedTuple):
    """The numbers of m networks of one program.

    Attributes
    ----------
    parameters, buffers : mapping
        By the name of each block what the networks have in it: (m, *its shape).
    real : type
        The working type, which all have in common.
    members : int
        Of each of the networks.
    """

    parameters: Mapping[str, Array]
    buffers: Mapping[str, Array]
    real: Any
    members: int = 1

    def of(self, op: Operation) -> list[Array]:
        """The parameters of an operation, in the order of its formula, ready for use."""
        return list(ready(op, self.parameters).values())

    def by_column(self, op: Operation) -> list[Array]:
        """The same where each is a number a column: (m, 1, d), which suits all rows."""
        return [p[:, None] for p in self.of(op)]


# -- affine ----------------------------------------------------------------------------------------
def affine_of(op: Operation, numbers: Numbers) -> Computed:
    """Z = X W + b, W already times its multiplier; W (m, d_in, d_out), b (m, d_out)."""
    W, *b = numbers.of(op)
    if not b:
        return lambda sources, codes: linear(sources[0], W)
    row = b[0][:, None]
    return lambda sources, codes: affine(sources[0], W, row)


def member_affine_of(op: Operation, numbers: Numbers) -> Computed:
    """Z = X W[j] + b[j] for the rows of member j; W (m, k, d_in, d_out), b (m, k, d_out)."""
    (W, *b), k = numbers.of(op), numbers.members
    row = b[0][:, :, None] if b else None

    def computed(sources: Sequence[Array], codes: Array | None) -> Any:
        X = sources[0]
        of_members = X.reshape(len(X), -1, k, op.d_in).swapaxes(1, 2)  # (m, k, n, d_in)
        Z = linear(of_members, W) if row is None else affine(of_members, W, row)
        return Z.swapaxes(1, 2).reshape(len(Z), -1, op.d_out)

    return computed


# -- elementwise -----------------------------------------------------------------------------------
def activation_of(op: Operation, numbers: Numbers) -> Computed:
    """A = f(Z)."""
    function, settings = ACTIVATIONS[op.function].function, op.settings
    return lambda sources, codes: function(sources[0], *settings)


def columnwise_of(op: Operation, numbers: Numbers) -> Computed:
    """A = f(Z, p); p (m, d)."""
    function, own = COLUMNWISE[op.function].function, (*numbers.by_column(op), *op.settings)
    return lambda sources, codes: function(sources[0], *own)


def memberwise_of(op: Operation, numbers: Numbers) -> Computed:
    """A = f(Z, p[j]) for the rows of member j; p (m, k, d)."""
    function, k = COLUMNWISE[op.function].function, numbers.members
    own = (*numbers.by_column(op), *op.settings)

    def computed(sources: Sequence[Array], codes: Array | None) -> Any:
        A = function(sources[0].reshape(len(sources[0]), -1, k, op.d_in), *own)
        return A.reshape(len(A), -1, op.d_out)

    return computed


def dropout_of(op: Operation, numbers: Numbers) -> Computed:
    """D = A: nothing is dropped."""
    return lambda sources, codes: sources[0]


# -- normalisation ---------------------------------------------------------------------------------
def batch_norm_of(op: Operation, numbers: Numbers) -> Computed:
    """Y = gamma (X - mean) / sqrt(variance + epsilon) + beta, with running averages; all of them (m, d)."""
    gamma, beta = numbers.by_column(op)
    mean, variance = (numbers.buffers[name][:, None] for name in op.buffers)
    epsilon = numbers.real(op.settings[1])
    return lambda sources, codes: scale_shift(standardise(sources[0], mean, variance, epsilon), gamma, beta)


def layer_norm_of(op: Operation, numbers: Numbers) -> Computed:
    """Y = gamma (X - mean) / sqrt(variance + epsilon) + beta, moments of each row; gamma, beta (m, d)."""
    gamma, beta = numbers.by_column(op)
    epsilon = numbers.real(op.settings[0])

    def computed(sources: Sequence[Array], codes: Array | None) -> Any:
        (X,) = sources
        mean, variance = row_moments(X)
        return scale_shift(standardise(X, mean, variance, epsilon), gamma, beta)

    return computed


# -- several sources -------------------------------------------------------------------------------
def add_of(op: Operation, numbers: Numbers) -> Computed:
    """Z = X + Y + ..., from the first to the last."""
    return lambda sources, codes: sum(sources[1:], start=sources[0])


def concatenate_of(op: Operation, numbers: Numbers) -> Computed:
    """Z = [X, Y, ...]."""
    return lambda sources, codes: beside(sources)


def beside(parts: Sequence[Array]) -> Array:
    """Return arrays (m, n, d) side by side; what is the same for all networks is repeated for each."""
    m, n, _ = max(parts, key=len).shape
    together = np.empty((m, n, sum(part.shape[2] for part in parts)), parts[0].dtype)
    begin = 0
    for part in parts:
        end = begin + part.shape[2]
        together[:, :, begin:end] = part
        begin = end
    return together


def taken(X: Array, columns: Array) -> Array:
    """Return some columns of X (m, n, d), which then lie one after the other, as of X[:, columns].

    A product of matrices may round otherwise where numbers lie otherwise.
    """
    return np.take(X.swapaxes(1, 2), columns, axis=1).swapaxes(1, 2)


# -- what reads the inputs -------------------------------------------------------------------------
def embed_of(op: Operation, numbers: Numbers) -> Computed:
    """Y = [X, E1[codes], E2[codes], ...]; E (m, size, dimension)."""
    rows_of = rows_looked_up(numbers.of(op), op.columns, embed)
    return lambda sources, codes: beside([sources[0], rows_of(codes)])


def lookup_of(op: Operation, numbers: Numbers) -> Computed:
    """Y = [S1[codes], S2[codes], ...]; S (m, values, outputs)."""
    rows_of = rows_looked_up([numbers.buffers[name] for name in op.buffers], op.columns, gather_rows)
    return lambda sources, codes: rows_of(codes)


def rows_looked_up(
    tables: Sequence[Array], columns: Sequence[int], formula: Callable[[Array, Array], Array]
) -> Callable[[Array | None], Array]:
    """Return what looks rows up in tables (m, size, d), each by a column of the codes: (m, n, all d).

    The tables lie in one, below each other, a row of which holds what all networks know of a code: so it is
    looked into once.
    """
    m = len(tables[0])
    whole = np.concatenate(tables, axis=1).swapaxes(0, 1).copy()  # (all sizes, m, d)
    begins = np.cumsum([0, *(table.shape[1] for table in tables[:-1])])
    read = np.array(columns)

    def rows_of(codes: Array | None) -> Array:
        assert codes is not None
        rows = formula(whole, codes[:, read] + begins)  # (n, columns, m, d)
        return rows.transpose(2, 0, 1, 3).reshape(m, len(codes), -1)

    return rows_of


def piecewise_of(op: Operation, numbers: Numbers) -> Computed:
    """Z = (p(X) - centres) V, V already times its sizes and its multiplier; V (m, bins, units)."""
    V, *_ = numbers.of(op)
    bins = bins_of(op.edges, op.centres, numbers.real)
    columns = np.array(op.columns_of_bins)

    def computed(sources: Sequence[Array], codes: Array | None) -> Any:
        shares = share(taken(sources[0], columns), bins.low, bins.width, bins.least, bins.most)
        return linear(centred(shares, bins.centre), V)

    return computed


def periodic_of(op: Operation, numbers: Numbers) -> Computed:
    """y_fo = sum_h V_fho wave_h(2 pi w_f x_f + b_f) + c_fo, the waves cosines, or cosines and sines.

    w, b (m, columns, F), V (m, columns H, units), c (m, columns, units).
    """
    w, *phase, V, c = numbers.of(op)
    columns, (m, f, _), units = np.array(op.columns), w.shape, c.shape[2]
    w, b = w[:, None], phase[0][:, None] if phase else np.zeros_like(w)[:, None]
    V, c = V.reshape(m, f, -1, units), c[:, :, None]
    places = np.array(interleaved(*w.shape[2:]))

    def computed(sources: Sequence[Array], codes: Array | None) -> Any:
        U = angle(taken(sources[0], columns)[..., None], w, b)  # (m, n, columns, F)
        U = U.reshape(*U.shape[:2], -1)
        C = cos(U) if phase else taken(np.concatenate(waves(U), axis=-1), places)
        C = C.reshape(*C.shape[:2], f, -1)
        Y = affine(C.swapaxes(1, 2), V, c)  # (m, columns, n, units)
        return Y.swapaxes(1, 2).reshape(m, -1, f * units)

    return computed


OPERATIONS: dict[str, Callable[[Operation, Numbers], Computed]] = {
    "embed": embed_of,
    "periodic": periodic_of,
    "piecewise": piecewise_of,
    "lookup": lookup_of,
    "affine": affine_of,
    "activation": activation_of,
    "columnwise": columnwise_of,
    "memberwise": memberwise_of,
    "member_affine": member_affine_of,
    "dropout": dropout_of,
    "batch_norm": batch_norm_of,
    "layer_norm": layer_norm_of,
    "add": add_of,
    "concatenate": concatenate_of,
}
"""All that a network can be made of."""
