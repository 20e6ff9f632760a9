"""From a program to instructions: what the driver is to do in each step, and where.

Forward and backward stand side by side for each kind of operation, as in the reference engine's
`operations`. An operation writes over its input where nobody reads that input again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from forpass.engines.compiled import layers, movement, products, scores
from forpass.engines.compiled.examples import Examples
from forpass.engines.compiled.kernels import Instruction, Units, instruction
from forpass.engines.compiled.memory import Arena, Matrix, Outside, padded
from forpass.maths import dropout
from forpass.maths.activations import ACTIVATIONS
from forpass.maths.links import LINKS
from forpass.spec.program import Operation, Program

__all__ = ["ROWS_OF_A_UNIT", "Pass"]

Blocks = Mapping[str, Matrix]

ROWS_OF_A_UNIT = 8
"""Rows of a matrix of weights that are one unit of work; not those of a tile, which differ by processor."""


class Pass:
    """The instructions that carry a batch through a program, and the matrices they work on.

    Parameters
    ----------
    program : Program
    examples : Examples
        Where the batch comes from.
    arena : Arena
        Where the matrices of the batch are asked for.
    capacity : int
        Rows of the largest batch.
    parameters, gradients, buffers : mapping from block name to Matrix
        Without gradients nothing is learnt: running averages, no dropout, no way back.
    dropout_key : pair of int

    Attributes
    ----------
    preparations, gradients : list of Instruction; dict from block name to list of Instruction
        What is done before the passes, and after them to make each gradient.
    values : list of Matrix
        What each buffer of the program holds.
    """

    def __init__(
        self,
        program: Program,
        examples: Examples,
        arena: Arena,
        capacity: int,
        parameters: Blocks,
        gradients: Blocks,
        buffers: Blocks,
        dropout_key: tuple[int, int] = (0, 0),
    ) -> None:
        self.program, self.examples, self.arena, self.capacity = program, examples, arena, capacity
        self.parameters, self.derivatives, self.buffers = parameters, gradients, buffers
        self.dropout_key, self.learns = dropout_key, bool(gradients)
        self.preparations: list[Instruction] = []
        self.gradients: dict[str, list[Instruction]] = {}
        self.notes: dict[str, Matrix] = {}
        self._passes: list[list[Instruction]] = [[]]
        self.values: list[Any] = [self._inputs()]

    def _inputs(self) -> Matrix | Outside:
        first = self.program.operations[0]
        if first.opcode == "affine" and self.examples.direct:
            return self.examples.table
        # an embedding writes beside the numbers, into the same rows
        X = self.matrix(first.d_out if first.opcode == "embed" else first.d_in)
        if self.program.widths[0]:
            self.row_phase.append(self.examples.gather_numbers(X))
        return X

    def forward(self) -> Matrix:
        """Carry the batch up through all operations; return where the raw scores are."""
        for op in self.program.operations:
            self.values.append(OPERATIONS[op.opcode][0](self, op, self.values[op.source]))
        scores: Matrix = self.values[-1]
        return scores

    def link(self, Z: Matrix) -> Matrix:
        """Turn raw scores into predictions, in place."""
        link = LINKS[self.program.head.link]
        if link.rowwise:
            place = {"stride": Z.stride, "width": Z.width}
            self.by_rows(scores.row_link, Z=Z, P=Z, **place, function=link.function)
        elif link.name != "identity":
            formula = {"settings": (), "function": link.function}
            self.by_rows(layers.activation_forward, Z=Z, A=Z, stride=Z.stride, **formula)
        return Z

    def backward(self, dY: Matrix) -> None:
        """Carry derivatives down, as far as there is something to learn."""
        learning = [op.number for op in self.program.operations if op.parameters]
        for op in reversed(self.program.operations[learning[0] - 1 :]):
            dY = OPERATIONS[op.opcode][1](self, op, dY, op.number > learning[0])

    # -- phases: between them threads wait for each other -----------------------------------------
    @property
    def row_phase(self) -> list[Instruction]:
        """The phase under way: each row of the batch needs nothing of other rows."""
        return self._passes[-1]

    @property
    def phases(self) -> list[list[Instruction]]:
        """All phases, in order."""
        gradients = [item for instructions in self.gradients.values() for item in instructions]
        return [phase for phase in (self.preparations, *self._passes, gradients) if phase]

    def by_rows(self, kernel: Callable[..., None], **given: Any) -> None:
        """Add an instruction whose units are as many rows as a line has numbers."""
        self.row_phase.append(instruction(kernel, Units.of_rows(self.arena.lanes), **given))

    def by_columns(self, kernel: Callable[..., None], lines: int, **given: Any) -> None:
        """Add an instruction whose units are lines of columns: a phase of its own."""
        self._passes += [[instruction(kernel, Units.fixed(lines), **given)], []]

    def prepare(self, kernel: Callable[..., None], units: Units, **given: Any) -> None:
        """Add an instruction that needs nothing of the passes."""
        self.preparations.append(instruction(kernel, units, **given))

    def learn(self, name: str, kernel: Callable[..., None], units: Units, **given: Any) -> None:
        """Add an instruction that makes the gradient of a block."""
        self.gradients.setdefault(name, []).append(instruction(kernel, units, **given))

    # -- what operations ask for -----------------------------------------------------------------
    def matrix(self, width: int) -> Matrix:
        """A matrix with a row for each example of the batch; rows are there by whole lines of them."""
        return self.arena.matrix(padded(self.capacity, self.arena.lanes), width)

    def note(self, op: Operation, suffix: str, width: int, rows: int | None = None, **kind: Any) -> Matrix:
        """What an operation leaves for its way back; the same each time it is asked for."""
        name = f"{op.output}.{suffix}"
        if name not in self.notes:
            rows = padded(self.capacity, self.arena.lanes) if rows is None else rows
            self.notes[name] = self.arena.matrix(rows, width, **kind)
        return self.notes[name]

    def constant(self, number: float, width: int) -> Matrix:
        """A row filled with a number."""
        name = f"{number} x {width}"
        if name not in self.notes:
            self.notes[name] = self.arena.matrix(1, width, fill=number)
        return self.notes[name]

    def overwrites(self, op: Operation) -> bool:
        """Whether an activation may write over its input: nobody reads that on the way back."""
        if op.source == 0:
            return False
        below = self.program.operations[op.source - 1]
        return not self.learns or (ACTIVATIONS[op.function].reads != "Z" and below.opcode != "activation")


# -- embedding -------------------------------------------------------------------------------------
def embed_forward(run: Pass, op: Operation, X: Matrix) -> Matrix:
    begin = op.d_in
    for column, name in enumerate(op.parameters):
        width = _dimension(run, name)
        place = {"stride": X.stride, "begin": begin, "width": width}
        run.by_rows(
            movement.embed, **run.examples.code_operands(column), E=run.parameters[name], X=X, **place
        )
        begin += width
    return X


def embed_backward(run: Pass, op: Operation, dX: Matrix, further: bool) -> Matrix:
    begin = op.d_in
    for column, name in enumerate(op.parameters):
        dE, width = run.derivatives[name], _dimension(run, name)
        place = {"stride": dX.stride, "begin": begin, "width": width}
        operands = {**run.examples.code_operands(column), "dE": dE, "count": dE.stride, "dX": dX}
        run.learn(name, movement.add_embedded, Units.fixed(1), **operands, **place)
        begin += width
    return dX


def _dimension(run: Pass, name: str) -> int:
    return next(block.shape[1] for block in run.program.parameters.blocks if block.name == name)


# -- affine ----------------------------------------------------------------------------------------
def affine_forward(run: Pass, op: Operation, X: Matrix | Outside) -> Matrix:
    W = run.parameters[op.parameters[0]]
    Z = run.matrix(op.d_out)
    bias = run.parameters[op.parameters[1]] if len(op.parameters) == 2 else run.constant(0.0, op.d_out)
    numbered = "rows" if isinstance(X, Outside) else "no"
    factor = _factor(X, X.stride, 1, numbered)
    shape = {"rows": 0, "terms": op.d_in, "lines": Z.lines, "unit": run.arena.lanes}
    run.by_rows(products.product, **factor, **_rows_of("B", W), **_rows_of("C", Z), **shape, start=bias)
    return Z


def affine_backward(run: Pass, op: Operation, dZ: Matrix, further: bool) -> Matrix:
    X, W = run.values[op.source], op.parameters[0]
    zeros, unit = run.constant(0.0, op.d_out), ROWS_OF_A_UNIT
    terms = {**_rows_of("B", dZ), "terms": 0, "lines": dZ.lines, "start": zeros}

    numbered = "terms" if isinstance(X, Outside) else "no"
    factor = _factor(X, 1, X.stride, numbered)
    dW = {**_rows_of("C", run.derivatives[W]), "rows": op.d_in, "unit": unit}
    run.learn(W, products.product, Units.fixed(-(-op.d_in // unit)), **factor, **dW, **terms)
    for b in op.parameters[1:]:
        # column sums are the product with a row of ones
        factor = _factor(run.constant(1.0, 1), 0, 0)
        db = {**_rows_of("C", run.derivatives[b]), "rows": 1, "unit": 1}
        run.learn(b, products.product, Units.fixed(1), **factor, **db, **terms)
    return _back_through(run, op, dZ, run.parameters[W]) if further else dZ


def _back_through(run: Pass, op: Operation, dZ: Matrix, W: Matrix) -> Matrix:
    """DX = dZ W^T."""
    lanes = run.arena.lanes
    T, dX = run.note(op, "W^T", W.rows, rows=padded(op.d_out, lanes)), run.matrix(op.d_in)
    places = {"W": W, "W_stride": W.stride, "T": T, "T_stride": T.stride}
    run.prepare(products.transpose, Units.fixed(-(-W.rows // lanes)), **places, rows=W.rows, lines=W.lines)
    factor = _factor(dZ, dZ.stride, 1)
    shape = {"rows": 0, "terms": op.d_out, "lines": dX.lines, "unit": lanes}
    zeros = run.constant(0.0, op.d_in)
    run.by_rows(products.product, **factor, **_rows_of("B", T), **_rows_of("C", dX), **shape, start=zeros)
    return dX


def _factor(A: Matrix | Outside, row_stride: int, term_stride: int, numbered: str = "no") -> dict[str, Any]:
    """The first factor of a product, and how it is read."""
    strides = {"row_stride": row_stride, "term_stride": term_stride}
    return {"A": A, **strides, "numbered": numbered}


def _rows_of(name: str, matrix: Matrix) -> dict[str, Any]:
    return {name: matrix, f"{name}_stride": matrix.stride}


# -- activation ------------------------------------------------------------------------------------
def activation_forward(run: Pass, op: Operation, Z: Matrix) -> Matrix:
    A = Z if run.overwrites(op) else run.matrix(op.d_out)
    formula = {"settings": op.settings, "function": ACTIVATIONS[op.function].function}
    run.by_rows(layers.activation_forward, Z=Z, A=A, stride=Z.stride, **formula)
    return A


def activation_backward(run: Pass, op: Operation, dA: Matrix, further: bool) -> Matrix:
    Z, A = run.values[op.source], run.values[op.target]
    formula = {"settings": op.settings, "vjp": ACTIVATIONS[op.function].vjp}
    run.by_rows(layers.activation_backward, dA=dA, Z=Z, A=A, dZ=dA, stride=dA.stride, **formula)
    if not _zero_at_zero(op):
        run.by_rows(layers.clear_padding, A=dA, stride=dA.stride, width=op.d_out)
    return dA


def _zero_at_zero(op: Operation) -> bool:
    """Whether padding, in which all is 0, gets the derivative 0."""
    record, zero = ACTIVATIONS[op.function], np.zeros(1)
    with np.errstate(all="ignore"):
        A = record.function(zero, *op.settings)
        return bool(record.vjp(zero, zero, A, *op.settings)[0] == 0.0)


# -- dropout ---------------------------------------------------------------------------------------
def dropout_forward(run: Pass, op: Operation, A: Matrix) -> Matrix:
    if not run.learns:
        return A
    units, (key_0, key_1) = layers.WORDS_OF_A_UNIT, run.dropout_key
    # the last row is read by whole lines, and words are made 64 at a time
    count = padded(run.capacity * op.d_out, units) + units
    words = run.note(op, "words", count, rows=1, dtype="uint32")
    run.prepare(
        layers.random_words,
        Units.of_rows(units, times=op.d_out),
        words=words,
        key_0=key_0,
        key_1=key_1,
        layer=op.number,
    )
    D = run.matrix(op.d_out)
    _drop(run, op, A, words, D, dropout.dropout)
    return D


def dropout_backward(run: Pass, op: Operation, dD: Matrix, further: bool) -> Matrix:
    _drop(run, op, dD, run.notes[f"{op.output}.words"], dD, dropout.dropout_vjp)
    return dD


def _drop(
    run: Pass, op: Operation, A: Matrix, words: Matrix, D: Matrix, function: Callable[..., Any]
) -> None:
    run.by_rows(
        layers.drop,
        A=A,
        words=words,
        D=D,
        stride=D.stride,
        width=op.d_out,
        limit=f"limit of {op.output}",
        scale=f"scale of {op.output}",
        function=function,
    )


# -- batch normalisation ---------------------------------------------------------------------------
def batch_norm_forward(run: Pass, op: Operation, X: Matrix) -> Matrix:
    gamma, beta = (run.parameters[name] for name in op.parameters)
    Y = run.matrix(op.d_out)
    shared = {"X": X, "Y": Y, "gamma": gamma, "beta": beta, "stride": X.stride, "epsilon": op.settings[1]}
    if not run.learns:
        mean, variance = (run.buffers[name] for name in op.buffers)
        run.by_rows(layers.batch_norm_apply, mean=mean, variance=variance, **shared)
        return Y
    mean, variance = (run.note(op, name, op.d_out, rows=1) for name in ("mean", "variance"))
    hat = run.note(op, "hat", op.d_out)
    own = {"Xhat": hat, "mean": mean, "variance": variance}
    run.by_columns(layers.batch_norm_forward, X.lines, **own, **shared)
    return Y


def batch_norm_backward(run: Pass, op: Operation, dY: Matrix, further: bool) -> Matrix:
    gamma, beta = op.parameters
    run.by_columns(
        layers.batch_norm_backward,
        dY.lines,
        dY=dY,
        Xhat=run.note(op, "hat", op.d_out),
        variance=run.note(op, "variance", op.d_out, rows=1),
        gamma=run.parameters[gamma],
        dX=dY,
        dgamma=run.derivatives[gamma],
        dbeta=run.derivatives[beta],
        stride=dY.stride,
        epsilon=op.settings[1],
    )
    return dY


# -- layer normalisation ---------------------------------------------------------------------------
def layer_norm_forward(run: Pass, op: Operation, X: Matrix) -> Matrix:
    gamma, beta = (run.parameters[name] for name in op.parameters)
    Y = run.matrix(op.d_out)
    run.by_rows(
        layers.layer_norm_forward,
        X=X,
        Xhat=run.note(op, "hat", op.d_out),
        Y=Y,
        variance=run.note(op, "variance", run.capacity, rows=1),
        gamma=gamma,
        beta=beta,
        stride=X.stride,
        width=op.d_out,
        epsilon=op.settings[0],
    )
    return Y


def layer_norm_backward(run: Pass, op: Operation, dY: Matrix, further: bool) -> Matrix:
    gamma, beta = op.parameters
    # a matrix of its own: the gradients, which come after the passes, need dY
    hat, dX = run.note(op, "hat", op.d_out), run.matrix(op.d_in)
    run.learn(
        gamma,
        layers.layer_norm_gradients,
        Units.fixed(dY.lines),
        dY=dY,
        Xhat=hat,
        dgamma=run.derivatives[gamma],
        dbeta=run.derivatives[beta],
        stride=dY.stride,
    )
    run.by_rows(
        layers.layer_norm_backward,
        dY=dY,
        Xhat=hat,
        variance=run.note(op, "variance", run.capacity, rows=1),
        gamma=run.parameters[gamma],
        dX=dX,
        stride=dY.stride,
        width=op.d_out,
        epsilon=op.settings[0],
    )
    return dX


Forward = Callable[[Pass, Operation, Matrix], Matrix]
Backward = Callable[[Pass, Operation, Matrix, bool], Matrix]

OPERATIONS: dict[str, tuple[Forward, Backward]] = {
    "embed": (embed_forward, embed_backward),
    "affine": (affine_forward, affine_backward),
    "activation": (activation_forward, activation_backward),
    "dropout": (dropout_forward, dropout_backward),
    "batch_norm": (batch_norm_forward, batch_norm_backward),
    "layer_norm": (layer_norm_forward, layer_norm_backward),
}
