"""Where a session works: its memory, and the instructions on it, which are handed on when it ends.

To write down a step of a small network takes longer than a hundred of them, and whoever trains the next one
(a search, a loop of `partial_fit`) asks for the same step again. So a small workplace that is left is kept
for the next session of the same program; what it holds is written over before anything is read.
"""

from __future__ import annotations

from typing import Any

from forpass.engines.compiled.program.executable import Executable, executable_of
from forpass.engines.compiled.program.instructions import Phases
from forpass.engines.compiled.program.memory import FIRST_SLOT, Arena, PaddedVectors
from forpass.engines.compiled.program.recording import Recording
from forpass.engines.compiled.program.step import groups_of
from forpass.engines.compiled.runtime.witnesses import Witnesses
from forpass.engines.plans import scalar_places
from forpass.spec.program import Program
from forpass.spec.training import TrainingSpec

__all__ = ["Workplace", "leave", "workplace_for"]

LAYOUTS_KEPT = 8
"""Layouts of examples for which instructions are kept, those that came last. There is a bound because of a
table that lies in columns each number of rows is a layout of its own."""

PLACES_KEPT = 8
LARGEST_KEPT = 1 << 22
"""Bytes of a workplace that is kept when it is left: 128 rows through three layers of 128 units take two
million. Steps of a larger one take longer than to write them."""


class Workplace:
    """Padded vectors of a program's state, and instructions that work on them.

    Attributes
    ----------
    vectors, buffers : PaddedVectors
    dropout_key : Matrix
        The two words by which masks are drawn.
    groups : tuple of Group
        Which parameters are treated alike.
    executables : dict
        By what they do and the layout of the examples.
    most_threads : int or None
        Threads of the largest step.
    """

    def __init__(
        self, program: Program, training: TrainingSpec, dtype: str, n_slots: int, most_threads: int | None
    ) -> None:
        self.program, self.dtype, self.most_threads = program, dtype, most_threads
        self.places, self.groups = scalar_places(program, training), groups_of(program, training)
        arena, order = Arena(dtype), [name for group in self.groups for name in group.names]
        self.vectors = PaddedVectors(arena, program.parameters, FIRST_SLOT + n_slots, order)
        self.buffers = PaddedVectors(arena, program.buffers, 1)
        self.dropout_key = arena.matrix(1, 2, dtype="int64")
        self.executables: dict[Any, Executable] = {}
        self.witnesses = Witnesses(program, training)
        self._arena = arena

    def found(self, key: Any, capacity: int) -> Executable | None:
        """Return instructions that were written down before, with room for so many rows."""
        executable = self.executables.get(key)
        return executable if executable is not None and executable.capacity >= capacity else None

    def keep(
        self, key: Any, run: Recording, phases: Phases, bad: Any, passes: int, once: Phases = ()
    ) -> Executable:
        """Compile what was written down, and keep it."""
        executable = executable_of(run, self.most_threads, phases, bad, passes, once)
        self.witnesses.add([*once, *phases])
        for oldest in list(self.executables)[: len(self.executables) + 1 - LAYOUTS_KEPT]:
            del self.executables[oldest]
        self.executables[key] = executable
        return executable

    def parameters_changed(self) -> None:
        """Have what was made of the parameters made again."""
        for executable in self.executables.values():
            executable.prepared = False

    @property
    def size(self) -> int:
        """Bytes of its memory."""
        return self._arena.size + sum(executable.arena.size for executable in self.executables.values())


_left: dict[Any, Workplace] = {}


def workplace_for(
    program: Program, training: TrainingSpec, dtype: str, n_slots: int, most_threads: int | None
) -> tuple[Any, Workplace]:
    """Return a workplace, one that was left or a new one, and its key for `leave`."""
    # a program that is kept by its workplace is no other of the same number
    key = id(program), training.method, training.optimizer, dtype, n_slots, most_threads
    place = _left.pop(key, None)  # of two threads that ask, one gets it
    if place is None or place.program is not program or not place.witnesses.unchanged():
        place = Workplace(program, training, dtype, n_slots, most_threads)
    return key, place


def leave(key: Any, place: Workplace) -> None:
    """Keep a workplace that nobody works at any more, if it is small."""
    if place.size <= LARGEST_KEPT:
        _left.pop(key, None)
        for oldest in list(_left)[: len(_left) + 1 - PLACES_KEPT]:
            _left.pop(oldest, None)
        _left[key] = place
