"""A program as it becomes instructions: where `operations`, `passes` and `step` write them down.

Instructions stand in phases. Within a phase no thread needs what another made; between phases threads wait
for each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.engines.compiled.kernels import movement
from forpass.engines.compiled.program.examples import Examples
from forpass.engines.compiled.program.folding import folded_scales
from forpass.engines.compiled.program.instructions import Instruction, instruction
from forpass.engines.compiled.program.memory import Arena, Matrix, Outside, padded
from forpass.engines.compiled.runtime.units import Units
from forpass.engines.plans import ScalarPlaces
from forpass.spec.operation import Operation
from forpass.spec.program import Program

__all__ = ["Blocks", "Derivatives", "Needs", "Recording"]

Blocks = Mapping[str, Matrix]
"""Matrices by the names of a layout's blocks."""
Needs = tuple[bool, ...]
"""Of each source of an operation, whether its derivative is needed."""
Derivatives = tuple[Matrix | None, ...]
"""By each source of an operation; None where it is not needed."""


class Recording:
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
    parameters, gradients, buffers : Blocks
        Without gradients nothing is learnt: running averages, no dropout, no way back.
    places : ScalarPlaces
        Where the step's own numbers are.
    dropout_key : Matrix or None
        Where its two words are, once a session has begun.

    Attributes
    ----------
    preparations, gradient_instructions, updates : list of Instruction
        What is done before the passes, after them to make gradients, and to move on what is learnt but not
        by gradient. Where nothing is learnt, preparations read nothing but parameters.
    scales : dict from int to Operation
        The scale that is folded into the weights of an operation, by its number; see `folding`.
    outputs : list of Matrix
        What came in, and what each operation gave: the buffers of the program, by their numbers.
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
        places: ScalarPlaces,
        dropout_key: Matrix | None = None,
    ) -> None:
        self.program, self.examples, self.arena, self.capacity = program, examples, arena, capacity
        self.parameters, self.gradients, self.buffers = parameters, gradients, buffers
        self.places, self.dropout_key, self.learns = places, dropout_key, bool(gradients)
        self.scales = folded_scales(program)
        self._folded = {op.number for op in self.scales.values()}
        self.preparations: list[Instruction] = []
        self.gradient_instructions: list[Instruction] = []
        self.updates: list[Instruction] = []
        self._passes: list[list[Instruction]] = [[]]
        self._notes: dict[str, Matrix] = {}
        self._constants: dict[tuple[float, int], Matrix] = {}
        self._kept: set[int] = {0}
        self.outputs: list[Any] = [self._inputs()]

    def _inputs(self) -> Matrix | Outside:
        """Where the features are: with the caller if only products read them, otherwise gathered.

        Below a scale that is folded in they are gathered: of 128 rows of 100 that lie apart the two products
        of 128 units take 105 us instead of 77, and gathering takes 14.
        """
        readers = [self.program.operations[number - 1] for number in self.program.consumers[0]]
        if self.examples.direct and all(op.opcode == "affine" for op in readers):
            return self.examples.table
        # an embedding that alone reads them writes beside the numbers, into the same rows
        alone = len(readers) == 1 and readers[0].opcode == "embed"
        X = self.matrix(readers[0].d_out if alone else self.program.widths[0])
        if self.program.widths[0]:
            self.row_phase.append(self.examples.gather_features(X))
        return X

    def is_folded(self, op: Operation) -> bool:
        """Whether an operation is carried out by the one that reads its output."""
        return op.number in self._folded

    # -- phases ----------------------------------------------------------------------------------
    @property
    def row_phase(self) -> list[Instruction]:
        """The phase under way: each row of the batch needs nothing of other rows."""
        return self._passes[-1]

    @property
    def phases(self) -> list[list[Instruction]]:
        """All phases, in order."""
        return [phase for phase in (self.preparations, *self.passes, self.gradient_instructions) if phase]

    @property
    def passes(self) -> list[list[Instruction]]:
        """The phases of the passes alone."""
        return [phase for phase in self._passes if phase]

    def by_rows(self, kernel: Callable[..., None], **given: Any) -> None:
        """Add an instruction whose units are as many rows as a line has numbers."""
        self.row_phase.append(instruction(kernel, Units.of_rows(self.arena.lanes), **given))

    def by_columns(self, kernel: Callable[..., None], lines: int, **given: Any) -> None:
        """Add an instruction whose units are lines of columns: a phase of its own."""
        self._passes += [[instruction(kernel, Units.fixed(lines), **given)], []]

    # -- what operations ask for -----------------------------------------------------------------
    def matrix(self, width: int) -> Matrix:
        """A matrix with a row for each example of the batch; rows are there by whole lines of them."""
        return self.arena.matrix(padded(self.capacity, self.arena.lanes), width)

    def note(self, op: Operation, suffix: str, width: int, rows: int | None = None, **kind: Any) -> Matrix:
        """Make what an operation leaves for its way back, by default a row for each example."""
        name = f"{op.output}.{suffix}"
        assert name not in self._notes, f"{name} is noted already"
        rows = padded(self.capacity, self.arena.lanes) if rows is None else rows
        self._notes[name] = self.arena.matrix(rows, width, **kind)
        return self._notes[name]

    def noted(self, op: Operation, suffix: str) -> Matrix:
        """What the operation left."""
        return self._notes[f"{op.output}.{suffix}"]

    def constant(self, number: float, width: int) -> Matrix:
        """A row filled with a number, the same each time it is asked for."""
        if (number, width) not in self._constants:
            self._constants[number, width] = self.arena.matrix(1, width, fill=number)
        return self._constants[number, width]

    def numbers(self, values: NDArray[Any], dtype: str | None = None) -> Matrix:
        """Keep numbers that never change, (n,) or (rows, n), by default in the working type."""
        rows = np.atleast_2d(values)
        return self.arena.matrix(len(rows), rows.shape[1], dtype=dtype, fill=rows)

    def copy_columns(self, X: Matrix, X_begin: int, Y: Matrix, Y_begin: int, width: int) -> None:
        """Copy some columns of one matrix to another."""
        self.by_rows(
            movement.copy_columns,
            X=X,
            X_stride=X.stride,
            X_begin=X_begin,
            Y=Y,
            Y_stride=Y.stride,
            Y_begin=Y_begin,
            width=width,
        )

    # -- who reads what --------------------------------------------------------------------------
    def keep(self, buffers: Iterable[int]) -> None:
        """Say that the way back reads these buffers, of which the last may be under way."""
        self._kept.update(buffers if self.learns else ())

    def protect(self, op: Operation) -> None:
        """Say that an operation's output is not written whole at each step.

        What pads its rows stays as it is, and would wander off under an activation that writes over it: exp
        of 0, of 1, of 2.7, ... is infinite at the sixth step.
        """
        self._kept.add(op.target)

    def overwrites(self, op: Operation) -> bool:
        """Whether an operation may write over its one source: neither another nor the way back reads it.

        Where an operation left its input as it was, two buffers are one matrix, and what is read of either
        counts.
        """
        one = [number for number, matrix in enumerate(self.outputs) if matrix is self.outputs[op.source]]
        readers = {number for buffer in one for number in self.program.consumers[buffer]} - set(one)
        return readers == {op.number} and self._kept.isdisjoint(one)
