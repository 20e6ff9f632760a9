"""What a kind of column is: the contract of every file in this folder."""

from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from forpass.preprocessing.table import Column
from forpass.spec.inputs import FeatureGroup

__all__ = [
    "MISSING",
    "ColumnKind",
    "ColumnOptions",
    "ColumnSpec",
    "indicator_feature",
    "indicator_group",
]

MISSING = "(missing)"
"""What a missing value is called, as a level and in the name of an indicator."""


class ColumnOptions(NamedTuple):
    """What a kind is told, beside the column, when it learns; see `learn_column`.

    Attributes
    ----------
    said : bool
        Whether the kind was said; otherwise it was inferred from the values.
    argument : str
        What the schema says behind the word of the kind: of ``date:%d.%m.%Y`` the notation.
    """

    said: bool = False
    argument: str = ""
    min_count: int | None = None
    max_categories: int = 64
    max_one_hot: int | None = None


class ColumnSpec(Protocol):
    """What was learnt about a column, and how its cells become numbers: a frozen dataclass of plain values.

    Attributes
    ----------
    kind : str
        What the stored form calls the kind.
    """

    __dataclass_fields__: ClassVar[dict[str, Any]]
    kind: ClassVar[str]

    @property
    def name(self) -> str:
        """The column."""

    @property
    def found(self) -> str:
        """What the training table held: the kind of its `Column`."""

    @property
    def share_missing(self) -> float:
        """Which share of the training rows had no value."""

    @property
    def said(self) -> str:
        """The kind as a schema says it: the word, with its argument."""

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the features in ``Data.numbers`` that the column becomes."""

    @property
    def groups(self) -> tuple[FeatureGroup, ...]:
        """The same features, and codes, in groups; none: the column is not used."""

    @property
    def worth(self) -> Callable[[str], float] | None:
        """Where the order of the values means something, what a word is worth in it."""

    @staticmethod
    def gaps(column: Column) -> NDArray[np.bool_]:
        """Say for each row whether it has no value: it is missing, or holds what the kind takes for none."""

    def encode(self, column: Column, numbers: NDArray[Any], codes: NDArray[np.int32]) -> None:
        """Write a column of n rows into `numbers` (n, width of its groups) and `codes` (n, groups of codes).

        A cell becomes the same numbers, whatever stands around it.

        Raises
        ------
        TableError
            For a cell that the kind cannot hold.
        """

    def news(self, column: Column) -> tuple[str, str]:
        """Tell what no training row had: what columns do that have such, and which rows of this one do.

        One warning says ``columns hold words never seen: 'job' (2 rows), 'city' (1 row)`` for the pairs
        ``("hold words never seen", "2 rows")`` of job and ``("hold words never seen", "1 row")`` of city.
        Both are empty where nothing is new. Of missing values nothing is told: they are counted for all
        kinds alike.

        Raises
        ------
        TableError
            Where it cannot be what was learnt.
        """

    def describe(self) -> str:
        """Say in a few words what the column becomes."""


class ColumnKind(NamedTuple):
    """A kind of column: the record that stands in KINDS under the word by which a schema names it.

    Attributes
    ----------
    spec : type
        The class of what is learnt.
    learn : callable
        (name, column of the training rows, options) -> spec; where the column says nothing, a
        `DroppedColumn`.
    task : str
        What a target that is said to be of this kind asks for: ``"regression"`` or ``"classification"``;
        "" where it cannot be a target.
    instead : str
        Of a kind that cannot be a target, what to give instead, if there is such.
    as_text : bool
        Whether the cells of a file are left as they stand there: 01 is not 1.
    example : str
        A schema's word with an argument, of a kind that takes one: ``"date:%d.%m.%Y"``.
    argument_problem : callable or None
        Says what is wrong with an argument and how to mend it; "" where nothing is. None: the kind takes no
        argument.
    """

    spec: type[ColumnSpec]
    learn: Callable[[str, Column, ColumnOptions], ColumnSpec]
    task: str = ""
    instead: str = ""
    as_text: bool = False
    example: str = ""
    argument_problem: Callable[[str], str] | None = None


def indicator_feature(name: str, there: bool) -> tuple[str, ...]:
    """Return the name of the feature that says whether a value is missing, if it is there."""
    return (f"{name}={MISSING}",) * there


def indicator_group(name: str, there: bool) -> tuple[FeatureGroup, ...]:
    """Return the group of the feature that says whether a value is missing, if it is there."""
    return (FeatureGroup(name, "indicator", 1),) * there
