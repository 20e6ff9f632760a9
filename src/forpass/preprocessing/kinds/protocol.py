"""What a kind of column is: the contract of every file in this folder."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from forpass.preprocessing.kinds.edges import Bins
from forpass.preprocessing.table import Column
from forpass.spec.inputs import FeatureGroup
from forpass.spec.require import require_count, require_instance

__all__ = [
    "DAYS",
    "MISSING",
    "TRUTH",
    "CellForm",
    "ColumnKind",
    "ColumnOptions",
    "ColumnSpec",
    "ExportableColumn",
    "Pen",
    "Told",
    "Usual",
    "Written",
    "indicator_feature",
    "indicator_group",
]

MISSING = "(missing)"
"""What a missing value is called, as a level and in the name of an indicator."""


@dataclass(frozen=True)
class ColumnOptions:
    """How columns become features, as far as it is said and not learnt from them.

    Parameters
    ----------
    min_count : int, optional
        Values of a category with fewer training rows are rare: they share the level ``(rare)``. When not
        given: 3, but 2 below 100 rows and 1 below 50.
    max_categories : int, default 64
        The most frequent values of a category keep a level of their own; more go to ``(rare)``, with a
        warning.
    max_one_hot : int, optional
        A category with more levels than this (its values, ``(missing)``, ``(rare)``) becomes codes for an
        embedding instead of one feature a level; never when not given.
    bins : Bins, optional
        How many bins numbers and dates are cut into, for layers that encode them piecewise linearly; none
        when not given. It changes no feature.
    values : bool, default False
        Whether numbers that occur repeatedly are also told by their value, for layers that know statistics
        of the target for each: one column of codes for each column in which most rows hold such.

    Raises
    ------
    SpecError
        For a number of levels that is none.

    Examples
    --------
    >>> import forpass as fp
    >>> table = {"hours": [40.0, 38.5, 40.0, 20.0] * 9, "y": [1.0, 2.0, 3.0, 4.0] * 9}
    >>> fp.Preprocessing.learn(table, "y", options=fp.ColumnOptions(bins=fp.Bins(max_bins=6))).groups
    (FeatureGroup(name='hours', kind='number', width=1, codes=0, unknown=False, 4 bins),)
    """

    min_count: int | None = None
    max_categories: int = 64
    max_one_hot: int | None = None
    bins: Bins | None = None
    values: bool = False

    def __post_init__(self) -> None:
        if self.min_count is not None:
            require_count(self, "min_count", at_least=0)
        require_count(self, "max_categories")
        if self.max_one_hot is not None:
            require_count(self, "max_one_hot", at_least=0)
        if self.bins is not None:
            require_instance("bins of ColumnOptions", self.bins, Bins)
        require_instance("values of ColumnOptions", self.values, bool)


class Told(NamedTuple):
    """What a kind is told, beside the column, when it learns; see `learn_column`.

    Attributes
    ----------
    options : ColumnOptions
        What holds for all columns.
    said : bool
        Whether the kind was said; otherwise it was inferred from the values.
    argument : str
        What the schema says behind the word of the kind: of ``date:%d.%m.%Y`` the notation.
    bins : int
        Into how many bins a number is cut; 0 is none.
    """

    options: ColumnOptions = ColumnOptions()
    said: bool = False
    argument: str = ""
    bins: int = 0


Holds: TypeAlias = Literal["number", "written", "days", "truth", "text"]

DAYS = "a number of days since 1970-01-01 UTC, with the time of day behind the point"
TRUTH = "1 for true, 0 for false"
"""How people are told of the form in which other programs hand over dates and truth values."""


class CellForm(NamedTuple):
    """In which form a program that has no forpass hands over the cells of a column.

    Attributes
    ----------
    holds : {"number", "written", "days", "truth", "text"}
        Numbers, NaN where missing: as they are, as they are written, of days, or 1 for true and 0 for false;
        or words, without blanks around them.
    told : str
        How cells are given, for people.
    notation : tuple of str
        How a table writes numbers (unit, mark of thousands, decimal mark) or dates (for strptime), where that
        is not the usual way.
    """

    holds: Holds
    told: str
    notation: tuple[str, ...] = ()


class Pen(Protocol):
    """What writes a column down for other programs: see `forpass.exports.writer.Writer`."""

    def constant(self, name: str, array: Any) -> Any:
        """Hold an array."""

    def call(self, function: Callable[..., Any], *reads: Any, name: str = "") -> Any:
        """Carry out a formula of maths."""

    def several(self, function: Callable[..., Any], *reads: Any, name: str = "") -> Sequence[Any]:
        """Carry out a formula with several results."""

    def cast(self, value: Any, kind: Any, name: str = "") -> Any:
        """Give numbers another type."""

    def missing(self, value: Any, name: str = "") -> Any:
        """Say where a number is NaN."""

    def level(
        self,
        cells: Any,
        levels: Mapping[Any, int],
        *,
        missing: int,
        other: int,
        refused: str = "",
        any_case: bool = False,
    ) -> Any:
        """Find the number of each cell's word, or number."""

    def pick(self, table: Any, rows: Any, name: str = "") -> Any:
        """Take rows of a table by their numbers."""

    def where(self, condition: Any, if_true: Any, if_false: Any, name: str = "") -> Any:
        """Choose cell by cell."""


class Written(NamedTuple):
    """What a column became: its features (n, d) of float32 side by side, and its codes (n, 1) of int32."""

    numbers: Sequence[Any] = ()
    codes: Sequence[Any] = ()


class Usual(NamedTuple):
    """What usually stands in a column, for whoever sends rows.

    Attributes
    ----------
    example : int, float, str, bool or None
        What may stand there, such as the median of the training rows, or their most frequent value. None:
        nothing is known.
    types : tuple of type
        Of its cells as they usually come: rows that have no others, and gaps, mean together what each means
        alone. Whatever else a cell is, an old word of a category as a number for instance, is looked at by
        itself: a table decides by all of its cells what a column holds.
    words : tuple of str
        Of a category the values that are known by name, the most frequent first.
    """

    example: Any
    types: tuple[type, ...] = ()
    words: tuple[str, ...] = ()


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
    def usual(self) -> Usual:
        """What usually stands there."""

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
        """Write n rows into `numbers` (n, width of the groups) and `codes` (n, groups that are coded).

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


@runtime_checkable
class ExportableColumn(ColumnSpec, Protocol):
    """What was learnt about a column of a kind that other programs can be told of: see `forpass.exports`."""

    @property
    def cell_form(self) -> CellForm:
        """In which form other programs hand over its cells."""

    def cells(self, column: Column) -> NDArray[Any]:
        """Return the cells (n,) of a column as other programs hand them over: float64, or words."""

    @property
    def trials(self) -> Sequence[Any]:
        """Cells on which an export is tried, in that form: a usual one first, then what is odd."""

    def write(self, pen: Pen, cells: Any) -> Written:
        """Write down for other programs what `encode` does.

        Parameters
        ----------
        pen : Pen
        cells : value of the pen
            (n, 1), in the form asked for.
        """


class ColumnKind(NamedTuple):
    """A kind of column: the record that stands in KINDS under the word by which a schema names it.

    Attributes
    ----------
    spec : type
        The class of what is learnt.
    learn : callable
        (name, column of the training rows, what is told) -> spec; where the column says nothing, a
        `DroppedColumn`.
    task : str
        What a target that is said to be of this kind asks for: ``"regression"`` or ``"classification"``;
        "" where it cannot be a target.
    instead : str
        Of a kind that cannot be a target, what to give instead, if there is such.
    as_text : bool
        Whether the cells of a file are left as they stand there: 01 is not 1.
    in_bins : bool
        Whether it can be numbers in bins, which all such columns of a table share.
    example : str
        A schema's word with an argument, of a kind that takes one: ``"date:%d.%m.%Y"``.
    argument_problem : callable or None
        Says what is wrong with an argument and how to mend it; "" where nothing is. None: the kind takes no
        argument.
    """

    spec: type[ColumnSpec]
    learn: Callable[[str, Column, Told], ColumnSpec]
    task: str = ""
    instead: str = ""
    as_text: bool = False
    in_bins: bool = False
    example: str = ""
    argument_problem: Callable[[str], str] | None = None


def indicator_feature(name: str, there: bool) -> tuple[str, ...]:
    """Return the name of the feature that says whether a value is missing, if it is there."""
    return (f"{name}={MISSING}",) * there


def indicator_group(name: str, there: bool) -> tuple[FeatureGroup, ...]:
    """Return the group of the feature that says whether a value is missing, if it is there."""
    return (FeatureGroup(name, "indicator", 1),) * there
