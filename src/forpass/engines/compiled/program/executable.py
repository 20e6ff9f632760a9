"""Instructions ready to be carried out, with the memory they work on and the threads that carry them out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.engines.compiled.kernels.products import NOTHING, room
from forpass.engines.compiled.language.sequences import MOST_KEPT
from forpass.engines.compiled.language.types import LINE_BYTES
from forpass.engines.compiled.program.instructions import Phases, words_of
from forpass.engines.compiled.program.memory import Arena, Matrix
from forpass.engines.compiled.program.recording import Recording
from forpass.engines.compiled.runtime import team
from forpass.engines.compiled.runtime.team import Alone, Team, threads_for, threads_worth
from forpass.spec.program import Program

__all__ = ["Executable", "executable_of", "product_operations", "scratch_for"]

ROWS_OF_SCRATCH = MOST_KEPT + 2
"""Room for a kernel, in rows of the widest matrix for each lane: what a formula keeps, scores, results."""


@dataclass(eq=False)
class Executable:
    """Instructions ready to be carried out, and the memory they work on.

    Attributes
    ----------
    instructions : int64 array (., words)
    arena : Arena
        Holds every matrix that the instructions name, except those of the state.
    capacity : int
        Rows for which there is room.
    scratch : int
        Bytes of room that each thread needs for itself.
    bad : Matrix
        Where a step notes that a parameter is not finite.
    team : Team
    once : int64 array (., words) or None
        Instructions that are carried out before, again where parameters have changed; their results stay.
    prepared : bool
        Whether they have been carried out on the parameters as they are.
    """

    instructions: NDArray[np.int64]
    arena: Arena
    capacity: int
    scratch: int
    bad: Matrix
    team: Team
    once: NDArray[np.int64] | None = None
    prepared: bool = field(default=False, init=False)
    _alone: Alone | None = field(default=None, init=False, repr=False)

    def prepare(self, step: NDArray[np.int64]) -> None:
        """Carry out what is done once."""
        if self.once is not None:
            Alone(self.once, self.bad.array[0], self.scratch).run(step)
        self.prepared = True

    def carry_out(
        self, steps: NDArray[np.int64], operations: int, reads: Any, threads: int | None = None
    ) -> int:
        """Carry out steps of so many operations, which read some arrays; return how many were good.

        At most `threads` take part.
        """
        if operations * len(steps) < team.OPERATIONS_OF_A_RUN:  # others would not pay
            if self._alone is None:
                self._alone = Alone(self.instructions, self.bad.array[0], self.scratch)
            return self._alone.run(steps)
        bad = self.bad.array[0]
        bad[...] = 0
        return self.team.run(
            self.instructions,
            steps,
            bad=bad,
            scratch=self.scratch,
            operations=operations,
            most=threads,
            reads=(self, reads),
        )


def executable_of(
    run: Recording,
    threads: int | None,
    phases: Phases,
    bad: Matrix,
    passes: int,
    once: Phases = (),
) -> Executable:
    """Compile what is written down, and give it a team that fits: for so many products with each matrix."""
    widest = max(matrix.stride for matrix in run.outputs[1:])
    operations = product_operations(run.program, passes * run.capacity)
    copied = any(item.choices.get("copied", NOTHING) != NOTHING for phase in phases for item in phase)
    return Executable(
        instructions=words_of(phases, run.arena.dtype.name),
        arena=run.arena,
        capacity=run.capacity,
        scratch=scratch_for(run.arena, widest, room(run.arena.lanes) if copied else 0),
        bad=bad,
        team=Team(threads_for(operations) if threads is None else min(threads, threads_worth(operations))),
        once=words_of(once, run.arena.dtype.name) if once else None,
    )


def scratch_for(arena: Arena, widest: int, copies: int = 0) -> int:
    """Bytes of room that a thread needs for itself.

    The widest matrix has rows of such a stride, and products copy so many numbers.
    """
    # a line more, so that no two threads write to one line of the cache
    return max(ROWS_OF_SCRATCH * arena.lanes * widest, copies) * arena.dtype.itemsize + LINE_BYTES


def product_operations(program: Program, rows: int) -> int:
    """Multiplications and additions in one product of so many rows with each matrix of weights."""
    return 2 * rows * program.multiplications
