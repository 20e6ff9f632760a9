"""How the members of an ensemble are scored: each by its engine, those of one engine together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from forpass.engines.select import DEFAULT, select_engine

if TYPE_CHECKING:
    from forpass.model.trained import TrainedModel
    from forpass.spec.data import Data

__all__ = ["BySessions", "Scoring"]


class Scoring(Protocol):
    """Scores members; `forpass.model.together.Together` makes one score of theirs."""

    @property
    def engine(self) -> str:
        """The engine whose links make predictions of the scores."""
        ...

    @property
    def whole(self) -> bool:
        """Whether all rows must be scored at once, for products may round by how many there are."""
        ...

    @property
    def most_threads(self) -> int | None:
        """How many threads may score rows at the same time; None for as many as there are."""
        ...

    def of_each(
        self,
        parts: Sequence[Data],
        rows: NDArray[np.int64] | None = None,
        threads: int | None = None,
        turn: int = 0,
    ) -> NDArray[np.float64]:
        """Return each member's raw scores (m, n, k), float64, as each has learnt it.

        Parameters
        ----------
        parts : sequence of Data
            Rows as each preprocessing encodes them.
        rows : array of int, optional
            Numbers of those to score; by default all.
        threads : int, optional
            How many threads a member may use for them.
        turn : int
            The member with which to begin.
        """
        ...


class BySessions:
    """Members scored by their engines; those of one engine and one preprocessing together.

    Parameters
    ----------
    members : sequence of TrainedModel
    places : sequence of int
        For each, which of the parts of encoded rows is its own.
    """

    def __init__(self, members: Sequence[TrainedModel], places: Sequence[int]) -> None:
        self._members, self._groups = members, _groups(members, places)
        names = {member.engine for member in members}
        self.engine = names.pop() if len(names) == 1 else "numpy"  # which knows any formula
        limits = [member.threads for member in members if member.threads is not None]
        self.most_threads = min(limits) if limits else None

    @property
    def whole(self) -> bool:
        """Whether all rows must be scored at once: by any engine but the default."""
        return select_engine(self.engine).NAME != DEFAULT

    def of_each(
        self,
        parts: Sequence[Data],
        rows: NDArray[np.int64] | None = None,
        threads: int | None = None,
        turn: int = 0,
    ) -> NDArray[np.float64]:
        """Return each member's raw scores; see `Scoring.of_each`."""
        found: dict[int, NDArray[Any]] = {}
        for group in self._groups:
            at = [i for i, number in enumerate(group.numbers) if number >= turn]
            begin = at[0] if at else 0
            numbers = group.numbers[begin:] + group.numbers[:begin]
            sessions = [self._members[number].session() for number in numbers]
            engine = select_engine(group.engine)
            raws = engine.raw_scores_of_each(sessions, parts[group.place], rows, threads)
            found.update(zip(numbers, raws, strict=True))
        return np.array([found[number] for number in range(len(self._members))], np.float64)


class _Group(NamedTuple):
    """Members that one engine can score together: of one engine and one preprocessing."""

    engine: str
    place: int
    numbers: list[int]


def _groups(members: Sequence[TrainedModel], places: Sequence[int]) -> list[_Group]:
    found: dict[tuple[str, int], list[int]] = {}
    for number, (member, place) in enumerate(zip(members, places, strict=True)):
        found.setdefault((member.engine, place), []).append(number)
    return [_Group(*key, numbers) for key, numbers in found.items()]
