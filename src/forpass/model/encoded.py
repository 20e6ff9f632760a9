"""Rows of a table, encoded by several preprocessings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.errors import DataError
from forpass.spec.data import Data

__all__ = ["Encoded", "joined"]


@dataclass(frozen=True, eq=False)
class Encoded:
    """The same rows as several preprocessings make them, the first of which says what their targets are.

    Attributes
    ----------
    parts : tuple of Data
        One for each different preprocessing, in the order in which the members have them.
    made_by : tuple of str
        A digest of each of these preprocessings.
    """

    parts: tuple[Data, ...]
    made_by: tuple[str, ...]

    @property
    def n_rows(self) -> int:
        """Number of examples, n."""
        return self.parts[0].n_rows

    @property
    def targets(self) -> NDArray[Any] | None:
        """The targets, in the first member's unit."""
        return self.parts[0].targets

    @property
    def weights(self) -> NDArray[Any] | None:
        """How much each example counts."""
        return self.parts[0].weights

    def rows(self, chosen: Any) -> Encoded:
        """Return some of the rows."""
        return Encoded(tuple(part.rows(chosen) for part in self.parts), self.made_by)

    def require_made_by(self, digests: tuple[str, ...]) -> None:
        """Refuse rows that other preprocessings have encoded: their numbers would mean something else.

        Raises
        ------
        DataError
        """
        if self.made_by == digests:
            return
        strange = [n for n, digest in enumerate(self.made_by, start=1) if digest not in digests]
        part = f", part {strange[0]} by one that no member has" if strange else ""
        order = ", in another order" if set(self.made_by) == set(digests) else ""
        raise DataError(
            f"the rows were encoded for another ensemble, by {len(self.parts)} preprocessings{part}; "
            f"this one has {len(digests)}{order}: give the table, or what its own encode makes of it"
        )


def joined(several: Sequence[Data | Encoded]) -> Data | Encoded:
    """Return rows without targets that one model encoded piece by piece as those of one table.

    Examples
    --------
    >>> joined([Data([[1.0]]), Data([[2.0], [3.0]])]).numbers.ravel().tolist()
    [1.0, 2.0, 3.0]
    """
    if len(several) == 1:
        return several[0]
    parts = zip(*(one.parts if isinstance(one, Encoded) else (one,) for one in several), strict=True)
    whole = tuple(map(_one_below_the_other, parts))
    return Encoded(whole, several[0].made_by) if isinstance(several[0], Encoded) else whole[0]


def _one_below_the_other(parts: Sequence[Data]) -> Data:
    codes = [part.codes for part in parts if part.codes is not None]
    return Data(np.concatenate([part.numbers for part in parts]), np.concatenate(codes) if codes else None)
