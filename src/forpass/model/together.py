"""From the raw scores of an ensemble's members to those of the ensemble: scaled, averaged, calibrated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from forpass.forks import imported
from forpass.model.scores import Scores

if TYPE_CHECKING:
    from forpass.model.calibration import Calibration
    from forpass.model.preprocessor import Preprocessor
    from forpass.model.scoring import Scoring
    from forpass.preprocessing.units import Unit
    from forpass.spec.data import Data
    from forpass.spec.network import NetworkSpec

__all__ = ["Together"]

ROWS_OF_A_BLOCK = 2048
"""How many rows go through all members at once; more rows are divided into blocks, for several threads."""


class Member(Protocol):
    """What must be known of a member, whatever scores it."""

    @property
    def spec(self) -> NetworkSpec:
        """The description of its network."""
        ...

    @property
    def preprocessing(self) -> Preprocessor | None:
        """How it takes a table, and in which unit it has learnt values; None where it takes arrays."""
        ...


AMember = TypeVar("AMember", bound=Member)


class Together(Generic[AMember]):
    """The members with a weight, ready to score rows: made once, since a single row would wait for it.

    Parameters
    ----------
    members : sequence of members
        All of them; the first says what the raw scores mean, and the unit in which values are added up.
    places : sequence of int
        For each, which of the parts of encoded rows is its own.
    weights, sharpness : sequences of float
    calibration : Calibration or None
    scoring : callable
        From the members that have a weight above 0, and their places, to the `Scoring` of these.

    Attributes
    ----------
    members, places, weights, sharpness
        Of those that have a weight above 0.
    calibration
        As handed in.
    head : Head
        What the mean's raw scores mean.
    scoring : Scoring
        How members are scored.
    unit : Unit or None
        In which values are added up; None where raw scores are as they are.
    units : tuple of (Unit, tuple of int)
        Other units, from which raw scores are brought to it, and numbers of the members that have each: they
        become predictions in the unit of the table, within its range, and these are standardised.
    """

    def __init__(
        self,
        members: Sequence[AMember],
        places: Sequence[int],
        weights: Sequence[float],
        sharpness: Sequence[float],
        calibration: Calibration | None,
        scoring: Callable[[Sequence[AMember], Sequence[int]], Scoring],
    ) -> None:
        first = members[0]
        each = zip(members, places, weights, sharpness, strict=True)
        self.members, self.places, self.weights, self.sharpness = zip(
            *(one for one in each if one[2] > 0), strict=True
        )
        self.calibration, self.head = calibration, first.spec.head
        # only values as they are learnt may be of different units: what another link makes is of one
        self.unit = _unit(first.preprocessing) if self.head.link == "identity" else None
        self.units = () if self.unit is None else _units(self.members, self.unit)
        self.scoring = scoring(self.members, self.places)
        self._sharpness = np.array(self.sharpness)[:, None, None] if set(self.sharpness) != {1.0} else None

    def raw_scores(self, parts: Sequence[Data]) -> NDArray[np.float64]:
        """Return the raw scores (n, k) of the ensemble, from rows as each preprocessing encodes them.

        Many rows are divided into blocks, for several threads. No bit depends on that: each row is computed
        by itself, and members are added up in their order.
        """
        n = parts[0].n_rows
        if n <= ROWS_OF_A_BLOCK:
            return self._mean(self._alike(self.scoring.of_each(parts)))
        blocks = np.split(np.arange(n), range(ROWS_OF_A_BLOCK, n, ROWS_OF_A_BLOCK))
        if self.scoring.whole:
            Z = self._alike(self.scoring.of_each(parts))
            return np.concatenate([self._mean(Z[:, rows]) for rows in blocks])
        imported("forpass.concurrency.pool")  # a few rows need no threads, nor wait for these; a fork does
        from forpass.concurrency.pool import each_of
        from forpass.concurrency.sharing import allowed_threads
        from forpass.engines.threads import usable_threads

        threads = min(allowed_threads(self.scoring.most_threads) or usable_threads(), len(blocks))
        one = 1 if threads > 1 else None

        def of_block(number: int) -> NDArray[np.float64]:
            # a member serves one thread at a time, so each thread begins with another
            turn = number % threads * len(self.members) // threads
            return self._mean(self._alike(self.scoring.of_each(parts, blocks[number], one, turn)))

        works = [partial(of_block, number) for number in range(len(blocks))]
        return np.concatenate(each_of(works, threads=threads))

    def _alike(self, Z: NDArray[np.float64]) -> NDArray[np.float64]:
        """Bring raw scores (m, n, k), in place, from the unit of each member to the first's; sharpen."""
        if self.unit is not None:
            for own, those in self.units:
                its = list(those) if len(those) < len(Z) else slice(None)  # a view, where a list would copy
                Z[its] = self.unit.standardised(own.predicted(Z[its]))
        if self._sharpness is not None:
            Z *= self._sharpness
        return Z

    def _mean(self, Z: NDArray[np.float64]) -> NDArray[np.float64]:
        raw = Scores.mean(self.head, Z, self.weights).raw
        return raw if self.calibration is None else self.calibration.applied(raw)


def _unit(preprocessing: Preprocessor | None) -> Unit | None:
    """How values of a table are learnt; None of arrays."""
    target = None if preprocessing is None else preprocessing.target
    return None if target is None else target.unit


def _units(members: Sequence[Member], here: Unit) -> tuple[tuple[Unit, tuple[int, ...]], ...]:
    """Return units from which raw scores must be brought to another, and which members have each."""
    found: dict[Unit, list[int]] = {}
    for number, member in enumerate(members):
        own = _unit(member.preprocessing)
        if own is not None and not (own == here and own.is_linear):
            found.setdefault(own, []).append(number)
    return tuple((own, tuple(those)) for own, those in found.items())
