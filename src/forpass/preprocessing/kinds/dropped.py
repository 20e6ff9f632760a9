"""A dropped column: it becomes nothing; the reason is kept."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from forpass.preprocessing.kinds.protocol import ColumnKind, Told, Usual
from forpass.preprocessing.table import Column, RefusedColumn
from forpass.preprocessing.words import is_missing, levels_of, share_missing
from forpass.spec.inputs import FeatureGroup

__all__ = ["DROP", "DroppedColumn", "constant", "nothing"]


@dataclass(frozen=True)
class DroppedColumn:
    """A column that is not used.

    Attributes
    ----------
    name, found, share_missing
        See `ColumnSpec`.
    reason : str
        Why it was dropped.
    names_rows : bool
        Whether it was for its many values, which may be names or identifiers of the rows.
    """

    name: str
    found: str
    share_missing: float
    reason: str
    names_rows: bool = False

    kind: ClassVar[str] = "dropped"
    said: ClassVar[str] = "drop"
    features: ClassVar[tuple[str, ...]] = ()
    groups: ClassVar[tuple[FeatureGroup, ...]] = ()
    usual: ClassVar[Usual] = Usual(None)

    @property
    def worth(self) -> None:
        """Nothing: there is no order."""

    @staticmethod
    def gaps(column: Column) -> NDArray[np.bool_]:
        """Missing."""
        return is_missing(column)

    def encode(self, column: Column, numbers: NDArray[Any], codes: NDArray[np.int32]) -> None:
        """Write nothing."""

    def news(self, column: Column) -> tuple[str, str]:
        """Tell nothing: no word is looked at."""
        return "", ""

    def describe(self) -> str:
        """Say why it was dropped."""
        return f"dropped: {self.reason}"


def learn_dropped(name: str, column: Column, told: Told) -> DroppedColumn:
    """Drop a column because a schema says so."""
    missing = 0.0 if isinstance(column, RefusedColumn) else share_missing(column)  # 0: nothing was counted
    return DroppedColumn(name, column.kind, missing, "asked for")


def constant(name: str, column: Column) -> DroppedColumn:
    """Drop a column that says the same in every training row."""
    word = levels_of(column).words[0]
    return DroppedColumn(name, column.kind, share_missing(column), f"always {word}")


def nothing(name: str, column: Column) -> DroppedColumn:
    """Drop a column that says nothing in any training row."""
    return DroppedColumn(name, column.kind, 1.0, "no value in the training rows")


DROP = ColumnKind(DroppedColumn, learn_dropped)
