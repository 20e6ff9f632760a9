"""What a run comes to."""

from __future__ import annotations

from dataclasses import dataclass

from forpass.model.history import EpochRecord
from forpass.model.provenance import Ended
from forpass.training.state import RunState

__all__ = ["Outcome"]


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a run came to.

    Attributes
    ----------
    state : RunState
        Where it stands: going on from it is going on with the run.
    history : tuple of EpochRecord
    ended : Ended
    engine : str
        Name of the engine that did it.
    """

    state: RunState
    history: tuple[EpochRecord, ...]
    ended: Ended
    engine: str
