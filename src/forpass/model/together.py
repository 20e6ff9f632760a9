"""From the raw scores of an ensemble's members to those of the ensemble: scaled, averaged, calibrated."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forpass.engines.select import DEFAULT, select_engine
from forpass.model.scores import Scores

if TYPE_CHECKING:
    from forpass.model.calibration import Calibration
    from forpass.model.preprocessor import Preprocessor
    from forpass.model.trained import TrainedModel
    from forpass.preprocessing.units import Unit
    from forpass.spec.data import Data
    from forpass.spec.network import Head

__all__ = ["Together"]

ROWS_OF_A_BLOCK = 2048
"""How many rows go through all members at once; more rows are divided into blocks, for several threads."""


class Together:
    """The members with a weight, ready to score rows: made once, since a single row would wait for it.

    Parameters
    ----------
    members : sequence of TrainedModel
        Those with a weight above 0.
    places : sequence of int
        For each, which of the parts of encoded rows is its own.
    weights, sharpness : sequences of float
    calibration : Calibration or None
    head : Head
        What the mean's raw scores mean.
    first : Preprocessor or None
        Gives the unit of values in which they are added up.

    Attributes
    ----------
    members, places, weights, sharpness, calibration, head
        As handed in.
    unit : Unit or None
        In which values are added up; None where raw scores are as they are.
    units : tuple of (Unit, tuple of int)
        Other units, from which raw scores are brought to it, and numbers of the members that have each: they
        become predictions in the unit of the table, within its range, and these are standardised.
    """

    def __init__(
        self,
        members: Sequence[TrainedModel],
        places: Sequence[int],
        weights: Sequence[float],
        sharpness: Sequence[float],
        calibration: Calibration | None,
        head: Head,
        first: Preprocessor | None,
    ) -> None:
        self.members, self.places = tuple(members), tuple(places)
        self.weights, self.sharpness = tuple(weights), tuple(sharpness)
        self.calibration, self.head = calibration, head
        # only values as they are learnt may be of different units: what another link makes is of one
        self.unit = _unit(first) if head.link == "identity" else None
        self.units = () if self.unit is None else _units(members, self.unit)
        names = {member.engine for member in members}
        self.engine = names.pop() if len(names) == 1 else "numpy"  # which knows any formula
        limits = [member.threads for member in members if member.threads is not None]
        self.most_threads = min(limits) if limits else None
        self._groups = _groups(members, places)
        self._sharpness = np.array(sharpness)[:, None, None] if set(sharpness) != {1.0} else None

    def raw_scores(self, parts: Sequence[Data]) -> NDArray[np.float64]:
        """Return the raw scores (n, k) of the ensemble, from rows as each preprocessing encodes them.

        Many rows are divided into blocks, for several threads. No bit depends on that: each row is computed
        by itself, and members are added up in their order.
        """
        n = parts[0].n_rows
        if n <= ROWS_OF_A_BLOCK:
            return self._mean(self._each(parts, None, None, 0))
        blocks = np.split(np.arange(n), range(ROWS_OF_A_BLOCK, n, ROWS_OF_A_BLOCK))
        if select_engine(self.engine).NAME != DEFAULT:  # whose products may round by how many rows there are
            Z = self._each(parts, None, None, 0)
            return np.concatenate([self._mean(Z[:, rows]) for rows in blocks])
        from forpass.concurrency.pool import each_of  # a few rows need no threads, nor wait for these
        from forpass.concurrency.sharing import allowed_threads
        from forpass.engines.threads import usable_threads

        threads = min(allowed_threads(self.most_threads) or usable_threads(), len(blocks))
        one = 1 if threads > 1 else None

        def of_block(number: int) -> NDArray[np.float64]:
            turn = number % threads * len(self.members) // threads
            return self._mean(self._each(parts, blocks[number], one, turn))

        works = [partial(of_block, number) for number in range(len(blocks))]
        return np.concatenate(each_of(works, threads=threads))

    def _each(
        self, parts: Sequence[Data], rows: NDArray[np.int64] | None, threads: int | None, turn: int
    ) -> NDArray[np.float64]:
        """Return each member's raw scores of some rows, in the unit of the first: (m, n, k), float64.

        A member serves one thread at a time, so each thread starts at another member, its `turn`.
        """
        Z = self._as_learnt(parts, rows, threads, turn)
        if self.unit is not None:
            for own, those in self.units:
                its = list(those) if len(those) < len(Z) else slice(None)  # a view, where a list would copy
                Z[its] = self.unit.standardised(own.predicted(Z[its]))
        if self._sharpness is not None:
            Z *= self._sharpness
        return Z

    def _as_learnt(
        self, parts: Sequence[Data], rows: NDArray[np.int64] | None, threads: int | None, turn: int
    ) -> NDArray[np.float64]:
        """Return the same as each member has learnt it."""
        found: dict[int, NDArray[Any]] = {}
        for group in self._groups:
            at = [i for i, number in enumerate(group.numbers) if number >= turn]
            begin = at[0] if at else 0
            numbers = group.numbers[begin:] + group.numbers[:begin]
            sessions = [self.members[number].session() for number in numbers]
            engine = select_engine(group.engine)
            raws = engine.raw_scores_of_each(sessions, parts[group.place], rows, threads)
            found.update(zip(numbers, raws, strict=True))
        return np.array([found[number] for number in range(len(self.members))], np.float64)

    def _mean(self, Z: NDArray[np.float64]) -> NDArray[np.float64]:
        raw = Scores.mean(self.head, Z, self.weights).raw
        return raw if self.calibration is None else self.calibration.applied(raw)


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


def _unit(preprocessing: Preprocessor | None) -> Unit | None:
    """How values of a table are learnt; None of arrays."""
    target = None if preprocessing is None else preprocessing.target
    return None if target is None else target.unit


def _units(members: Sequence[TrainedModel], here: Unit) -> tuple[tuple[Unit, tuple[int, ...]], ...]:
    """Return units from which raw scores must be brought to another, and which members have each."""
    found: dict[Unit, list[int]] = {}
    for number, member in enumerate(members):
        own = _unit(member.preprocessing)
        if own is not None and not (own == here and own.is_linear):
            found.setdefault(own, []).append(number)
    return tuple((own, tuple(those)) for own, those in found.items())
