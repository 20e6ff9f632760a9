"""Records: a recipe as a value that one can print, edit with `dataclasses.replace`, keep as JSON, and pass.

A **recipe** says which networks are tried on a table and how the best blend is found. It lists **chains**. A
chain is one kind of network, its **member**, which is trained for longer and longer: each **rung** goes on
from the one before. A chain at one rung is a **candidate**: as many networks as `Folds` says, each of which
leaves out a fold of the rows. Nothing here depends on the table; what does is computed from its numbers of
rows and columns.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple, TypeVar

from forpass.errors import SpecError, UnknownNameError
from forpass.preprocessing import Bins, ColumnOptions
from forpass.recipes.chain_records import NUMBERS, Chain, LinearMember, Member
from forpass.shown import aligned
from forpass.spec.require import (
    require_choice,
    require_count,
    require_fraction,
    require_instance,
    require_name,
    require_number,
    several,
)

__all__ = ["CHAINS", "NUMBERS", "Chain", "Folds", "LinearMember", "Member", "Recipe", "step_of"]

REFITS = ("no", "more classes", "classes", "all")
"""Whether the chosen members are trained once more, on all rows."""

CLASS_BINS, VALUE_BINS = Bins(max_bins=24, total=300), Bins(max_bins=40, total=400)

T = TypeVar("T")


class Folds(NamedTuple):
    """How the rows are divided among the members of a candidate, in tables of at least so many rows.

    Attributes
    ----------
    min_rows : int
    parts : int
        The rows are dealt into this many parts; a member learns from all but one of them.
    left_out : int
        How many of the parts are left out, each by one member.
    repeated : int
        How many members are added that each leave out a part of a second, independent division: rows with
        two predictions tell how far members differ.
    """

    min_rows: int
    parts: int
    left_out: int
    repeated: int


@dataclass(frozen=True, repr=False)
class Recipe:
    """Which networks are tried on a table, and how the best blend of them is found.

    Parameters
    ----------
    name : str
    two_classes, classes, labels, values : sequence of Chain
        The chains for two classes, for more, for several labels at once, and for values.
    rungs : int
        How many rungs of each chain are tried at most.
    class_bins, value_bins : Bins
        For ``"piecewise"``: how many bins a column gets, for classes and labels, and for values.
    max_periodic : int
        In tables of more numeric features ``"periodic"`` is left out.
    plain_above : int
        In tables of more features only chains without ``"piecewise"`` and ``"periodic"`` are tried.
    batch_sizes : sequence of (int, int)
        Pairs (min_rows, size): the examples of a step, for tables of at least so many rows.
    epoch_scaling : (float, float, float)
        (rows, least, most): epochs are given for a reference table of so many rows; n rows take
        clip(sqrt(rows / n), least, most) times as many.
    epoch_fractions : sequence of (int, float)
        Pairs (min_rows, fraction): of the epochs, the share that tables of at least so many rows take.
    folds : sequence of Folds
    min_improvement : float
        A chain goes on to its next rung while the last one lowered its expected loss by at least this share,
    max_loss_ratio : float
        and while that loss is at most this many times the best candidate's.
    racing_ratio : float
        After its first two networks, a candidate is dropped if its loss is more than this many times the best
        candidate's.
    min_weight : float
        Candidates with a smaller weight are left out of the blend.
    refit : {"no", "more classes", "classes", "all"}
        Whether the chosen networks are trained once more, on all rows; ``"classes"``: not for values;
        ``"more classes"``: only for more than two.
    refit_from : int
        The fewest rows of a table that has it.

    Raises
    ------
    SpecError, UnknownNameError
        For values that make no sense.

    Examples
    --------
    >>> import dataclasses
    >>> from forpass.recipes import PRESETS
    >>> fast = dataclasses.replace(PRESETS["fast"], name="mine", rungs=2)
    >>> fast == Recipe.from_json(fast.to_json()), fast == PRESETS["fast"]
    (True, False)
    """

    name: str
    two_classes: tuple[Chain, ...]
    classes: tuple[Chain, ...]
    labels: tuple[Chain, ...]
    values: tuple[Chain, ...]
    rungs: int = 2
    class_bins: Bins = CLASS_BINS
    value_bins: Bins = VALUE_BINS
    max_periodic: int = 100
    plain_above: int = 1000
    batch_sizes: tuple[tuple[int, int], ...] = ((1, 32), (401, 64), (1025, 128), (8193, 256))
    epoch_scaling: tuple[float, float, float] = (6000.0, 0.75, 4.0)
    epoch_fractions: tuple[tuple[int, float], ...] = ((1, 1.0), (100_001, 0.5), (500_001, 0.25))
    folds: tuple[Folds, ...] = (
        Folds(1, 4, 4, 4),
        Folds(1001, 4, 4, 1),
        Folds(20_001, 3, 3, 1),
        Folds(100_001, 3, 2, 1),
        Folds(500_001, 10, 1, 0),
    )
    min_improvement: float = 0.002
    max_loss_ratio: float = 1.15
    racing_ratio: float = 1.15
    min_weight: float = 0.03
    refit: str = "no"
    refit_from: int = 1

    def __post_init__(self) -> None:
        require_name(self, "name")
        for task in CHAINS:
            object.__setattr__(self, task, _chains(task, getattr(self, task)))
        for field in ("rungs", "max_periodic", "plain_above", "refit_from"):
            require_count(self, field, at_least=1 if field == "rungs" else 0)
        for field in ("class_bins", "value_bins"):
            require_instance(f"{field} of Recipe", getattr(self, field), Bins)
        rows, least, most = (
            float(number) for number in several("epoch_scaling of Recipe", self.epoch_scaling)
        )
        if not (rows > 0 and 0 < least <= most):
            raise SpecError(
                "epoch_scaling of Recipe must be (rows, least, most), least first; "
                f"got {self.epoch_scaling!r}"
            )
        object.__setattr__(self, "epoch_scaling", (rows, least, most))
        for field, record in (("batch_sizes", tuple), ("epoch_fractions", tuple), ("folds", Folds._make)):
            object.__setattr__(self, field, _steps(field, getattr(self, field), record))
        for kind in self.folds:
            if not (
                kind.parts >= 2 and 1 <= kind.left_out <= kind.parts and 0 <= kind.repeated <= kind.parts
            ):
                raise SpecError(
                    f"folds of Recipe must leave out 1 .. parts of at least 2 parts, and repeat 0 .. parts; "
                    f"got {kind}"
                )
        for field, least in (("min_improvement", 0.0), ("max_loss_ratio", 1.0), ("racing_ratio", 1.0)):
            require_number(self, field, at_least=least)
        require_fraction(self, "min_weight", below_one=True)
        require_choice(self, "refit", REFITS)

    def chains_for(self, task: str, outputs: int) -> tuple[Chain, ...]:
        """Return the chains for a task, as `forpass.model.task_of` names it, with so many outputs."""
        if task == "classification":
            return self.two_classes if outputs == 1 else self.classes
        return self.labels if task == "multilabel" else self.values

    def columns_for(self, options: ColumnOptions, task: str, outputs: int) -> ColumnOptions:
        """Return column options with what the chains for a task need: bins, and repeated values.

        Examples
        --------
        >>> from forpass.recipes import PRESETS
        >>> options = PRESETS["default"].columns_for(ColumnOptions(max_categories=9), "classification", 1)
        >>> options.bins, options.values, options.max_categories
        (Bins(max_bins=24, total=300, min_bins=6, max_columns=64), True, 9)
        """
        members = [chain.member for chain in self.chains_for(task, outputs)]
        networks = [member for member in members if isinstance(member, Member)]
        bins = self.value_bins if task == "regression" else self.class_bins
        binned = any("piecewise" in member.numbers for member in networks)
        values = any(member.statistics for member in networks)
        return dataclasses.replace(options, bins=bins if binned else None, values=values)

    def to_json(self) -> dict[str, Any]:
        """Return all fields as plain JSON values."""
        plain: dict[str, Any] = _plain(self)
        return plain

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Recipe:
        """Return the recipe that `to_json` wrote.

        Raises
        ------
        SpecError, UnknownNameError
            When it is something else; the message names the part that is wrong.
        """
        given = dict(_fields("recipe", plain, cls))
        for task in CHAINS:
            parts = several(f"{task} of the recipe", given.get(task, ()))
            given[task] = tuple(_chain(part) for part in parts)
        for field in ("class_bins", "value_bins"):
            if field in given:
                given[field] = _made(Bins, dict(_fields(field, given[field], Bins)))
        return _made(cls, given)

    def __repr__(self) -> str:
        rows = [["", "chain", "network", "rate", "dropout", "decay", "epochs"]]
        for task in CHAINS:
            for number, chain in enumerate(getattr(self, task)):
                rows.append([task.replace("_", " ") if not number else "", *_described(chain, self.rungs)])
        others = [f.name for f in dataclasses.fields(self) if f.name not in ("name", *CHAINS)]
        settings = [[name, _shown(getattr(self, name))] for name in others]
        return f"recipe {self.name}\n{aligned(rows)}\n\n{aligned(settings)}"


CHAINS = ("two_classes", "classes", "labels", "values")
"""The fields of a recipe that hold chains."""


def step_of(steps: Sequence[Any], rows: int) -> Any:
    """Return the record for `rows` of several that each begin with their least number of rows.

    Examples
    --------
    >>> step_of(((1, 32), (401, 64)), 400), step_of(((1, 32), (401, 64)), 9999)
    ((1, 32), (401, 64))
    """
    return [step for step in steps if step[0] <= max(rows, 1)][-1]


def _chains(task: str, given: Any) -> tuple[Chain, ...]:
    """Return the chains; refuse none, and two of one name, whose networks would have the same seeds."""
    chains = several(f"{task} of Recipe", given)
    for chain in chains:
        require_instance(f"each of {task} of Recipe", chain, Chain)
    names = [chain.name for chain in chains]
    twice = [name for name in names if names.count(name) > 1]
    if not chains or twice:
        what = f"two chains {twice[0]!r}; give each a name of its own" if twice else "no chain; give one"
        raise SpecError(f"{task} of Recipe has {what}")
    return chains


def _steps(field: str, given: Any, record: Any) -> tuple[Any, ...]:
    """Return records that each begin with a least number of rows, in order, the first with 1."""
    steps = tuple(record(several(f"each of {field}", step)) for step in several(f"{field} of Recipe", given))
    starts = [step[0] for step in steps]
    if not starts or starts[0] != 1 or any(b <= a for a, b in pairwise(starts)):
        raise SpecError(f"{field} of Recipe must begin at 1 row and go up; its steps begin at {starts}")
    return steps


def _described(chain: Chain, rungs: int) -> list[str]:
    """Describe a chain in words."""
    member = chain.member
    if isinstance(member, LinearMember):
        return [chain.name, f"linear, penalty {member.penalty:g}", "", "", "", ""]
    network = [" x ".join(map(str, member.hidden)), member.activation, *member.numbers]
    network += ["statistics"] * member.statistics + [member.transform] * bool(member.transform)
    numbers = member.learning_rate, member.dropout, member.weight_decay
    epochs = " + ".join(map(str, chain.epochs[:rungs]))
    return [chain.name, ", ".join(network), *(f"{number:g}" for number in numbers), epochs]


def _shown(value: Any) -> str:
    return str(_plain(value)) if isinstance(value, tuple) else str(value)


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return {"is": type(value).__name__, **fields} if isinstance(value, Member | LinearMember) else fields
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def _chain(plain: Any) -> Chain:
    given = dict(_fields("chain", plain, Chain))
    member = dict(given.get("member") or {})
    kind = member.pop("is", "Member")
    if kind not in MEMBERS:
        raise UnknownNameError("kind of member", kind, MEMBERS)
    given["member"] = _made(MEMBERS[kind], dict(_fields("member", member, MEMBERS[kind])))
    return _made(Chain, given)


MEMBERS: dict[str, type[Member | LinearMember]] = {"Member": Member, "LinearMember": LinearMember}


def _fields(what: str, plain: Any, cls: Any) -> Iterable[tuple[str, Any]]:
    """Yield the fields of a record by name; refuse unknown ones."""
    if not isinstance(plain, Mapping):
        raise SpecError(f"a {what} must be a mapping of its fields; got {plain!r}")
    known = [field.name for field in dataclasses.fields(cls)]
    for name, value in plain.items():
        if name not in known:
            raise UnknownNameError(f"field of a {what}", name, known)
        yield name, _tuples(value)


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


def _made(cls: type[T], given: Mapping[str, Any]) -> T:
    try:
        return cls(**given)
    except (TypeError, ValueError) as error:
        raise SpecError(f"the stored {cls.__name__} does not fit: {error}") from None
