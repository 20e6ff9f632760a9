"""A model written down as a flat list of lines: what every form of export is written from.

A `Graph` begins at cells of a table (or at arrays) and ends at answers. Each of its lines makes one value
from values above it. There are few kinds of lines, listed below; all arithmetic is a `Call` of a formula of
`forpass.maths`, which knows the steps it consists of, too. So a form writes either the formula's name, or its
steps, and no form knows what a layer is, or a kind of column.

In shapes None stands for the number of rows, as in (None, 3); the members of a network that has some are a
leading axis, (members, None, 3).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeAlias

from numpy.typing import NDArray

__all__ = [
    "Apart",
    "Beside",
    "Call",
    "Cast",
    "Cells",
    "Graph",
    "Input",
    "Joined",
    "Kind",
    "Largest",
    "Level",
    "Line",
    "Missing",
    "Network",
    "Operand",
    "Output",
    "Pick",
    "Section",
    "Shape",
    "Stack",
    "Step",
    "Take",
    "Value",
    "Where",
    "require_known_lines",
]

Shape: TypeAlias = tuple[int | None, ...]
Kind: TypeAlias = Literal["float32", "float64", "int32", "int64", "uint64", "bool", "text"]


class Value(NamedTuple):
    """A value of a graph: its name there, the type of its numbers, its shape."""

    name: str
    kind: Kind
    shape: Shape

    @property
    def width(self) -> int:
        """Number of columns."""
        width = self.shape[-1]
        assert width is not None
        return width


Operand: TypeAlias = Value | float
"""What a formula takes: a value, or a number."""


class Step(NamedTuple):
    """One thing that a formula does: a name of `forpass.maths.xp`, a sign as + or <, or ``same``: nothing."""

    output: Value
    does: str
    reads: tuple[Operand, ...]


# -- the kinds of lines ------------------------------------------------------------------------------
@dataclass(frozen=True)
class Section:
    """No value: a heading, for people."""

    title: str


@dataclass(frozen=True)
class Call:
    """The results of a formula, which does `steps`."""

    outputs: tuple[Value, ...]
    function: Callable[..., Any]
    reads: tuple[Operand, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Cast:
    """The same numbers in another type; of truth values 0 and 1."""

    output: Value
    reads: Value


@dataclass(frozen=True)
class Missing:
    """Where a number is NaN."""

    output: Value
    reads: Value


@dataclass(frozen=True)
class Level:
    """Of each cell (n, 1) a whole number: that of its word or number in `levels`.

    `missing` for NaN and for the words `gaps`, `other` for any other cell. Where `refused` says what is
    meant, such a cell is an error in a form that can tell of one. Of words in `any_case`, `levels` holds the
    small letters.
    """

    output: Value
    reads: Value
    levels: Mapping[str, int] | Mapping[float, int]
    missing: int
    other: int
    gaps: tuple[str, ...] = ()
    refused: str = ""
    any_case: bool = False


@dataclass(frozen=True)
class Pick:
    """Of a table (m, d) the row that each of some whole numbers (n, 1) says: (n, d)."""

    output: Value
    table: Value
    reads: Value


@dataclass(frozen=True)
class Where:
    """Cell by cell one of two values, by a truth value."""

    output: Value
    condition: Value
    if_true: Operand
    if_false: Operand


@dataclass(frozen=True)
class Beside:
    """Several values side by side, (n, d), (n, e) -> (n, d + e); one without members stands beside each."""

    output: Value
    reads: tuple[Value, ...]


@dataclass(frozen=True)
class Take:
    """Some columns of a value, in any order, one perhaps several times."""

    output: Value
    reads: Value
    columns: tuple[int, ...]


@dataclass(frozen=True)
class Stack:
    """Several values (n, d), each of a member, as one (m, n, d)."""

    output: Value
    reads: tuple[Value, ...]


@dataclass(frozen=True)
class Apart:
    """The columns of a value in equal groups, each group a member: (n, groups d) -> (groups, n, d)."""

    output: Value
    reads: Value


@dataclass(frozen=True)
class Joined:
    """The opposite: the columns of all members side by side, (groups, n, d) -> (n, groups d)."""

    output: Value
    reads: Value


@dataclass(frozen=True)
class Largest:
    """In which column the largest number of each row stands, (n, d) -> (n, 1); of several the first.

    NaN counts as the largest, as in NumPy: a network of arrays may reach it from finite numbers, by overflow.
    """

    output: Value
    reads: Value


@dataclass(frozen=True)
class Network:
    """The raw scores of a network: the graph called `body`, with the inputs and parameters of one member."""

    output: Value
    body: str
    reads: tuple[Value, ...]


Line: TypeAlias = (
    Section
    | Call
    | Cast
    | Missing
    | Level
    | Pick
    | Where
    | Beside
    | Take
    | Stack
    | Apart
    | Joined
    | Largest
    | Network
)


Cells: TypeAlias = dict[str, NDArray[Any]]
"""What is handed over: cells (n,) of columns by name, or arrays (n, d) called X and codes."""


# -- what a graph begins and ends with -----------------------------------------------------------------
class Input(NamedTuple):
    """What a graph begins with.

    Attributes
    ----------
    value : Value
        Of a column (None, 1): float64, or text.
    name : str
        The column as the table calls it, or ``X``, ``codes``, or the name of a block of parameters.
    told : str
        How cells are given, for people: "days since 1970-01-01 UTC; NaN where missing".
    holds : str
        Of a column how cells are read: see `forpass.preprocessing.kinds.protocol.CellForm`.
    notation : tuple of str
        How a table writes numbers (unit, mark of thousands, decimal mark) or dates (for strptime), where that
        is not the usual way.
    array : bool
        Whether it is an array (n, d) and no column of a table.
    missing : tuple of float or str
        Numbers that mean a missing value, beside NaN; or words that do, the empty one among them.
    """

    value: Value
    name: str
    told: str = ""
    holds: str = "number"
    notation: tuple[str, ...] = ()
    array: bool = False
    missing: tuple[float, ...] | tuple[str, ...] = ()


class Output(NamedTuple):
    """What a graph ends with.

    Attributes
    ----------
    name : str
        Under which it is given out.
    value : Value
    told : str
        What it is, for people.
    columns : tuple of str
        What each of its columns is of: a class, a label, a target. Empty where that is nothing by name.
    """

    name: str
    value: Value
    told: str = ""
    columns: tuple[str, ...] = ()


@dataclass
class Graph:
    """What a model, or one of its networks, computes; see the head of this module.

    Attributes
    ----------
    name : str
    inputs, lines, outputs : list
    missing_words : tuple of str
        Of a table the words that mean a missing value.
    constants : dict
        Arrays by the names of their values.
    networks : dict
        Graphs of the networks by name, each for all members that have the same operations. Their inputs are
        X, the codes if any, and the blocks of parameters.
    """

    name: str
    inputs: list[Input] = field(default_factory=list)
    constants: dict[str, NDArray[Any]] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    outputs: list[Output] = field(default_factory=list)
    networks: dict[str, Graph] = field(default_factory=dict)
    missing_words: tuple[str, ...] = ()


def require_known_lines(writers: Mapping[type, Any]) -> None:
    """Refuse a form that cannot write all kinds of lines."""
    missing = set(Line.__args__) - set(writers)
    assert not missing, f"no writer for {sorted(kind.__name__ for kind in missing)}"
