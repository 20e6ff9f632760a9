"""Where a model comes from: what stands beside it and decides no prediction."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from forpass.errors import UnknownNameError
from forpass.forks import imported
from forpass.model.evaluation import Evaluation
from forpass.model.importance import Importance
from forpass.model.origin import Origin
from forpass.model.tried import require_account
from forpass.shown import aligned, as_shown, counted
from forpass.shown_html import block, in_notebook, table
from forpass.spec.require import finite_number, require_count, require_instance, require_number
from forpass.spec.settings import Settings
from forpass.spec.stored import rebuilt, typed

__all__ = ["Ended", "Provenance", "Refit", "RowCounts", "is_linear", "own_version"]


@dataclass(frozen=True)
class RowCounts:
    """How many rows were for what.

    Attributes
    ----------
    training : int
        The network learnt from these.
    validation : int
        These were only looked at while training, to say when to stop and which parameters to keep.
    test : int
        These were not touched until the end.
    """

    training: int = 0
    validation: int = 0
    test: int = 0

    def __post_init__(self) -> None:
        for name in ("training", "validation", "test"):
            require_count(self, name, at_least=0)


@dataclass(frozen=True)
class Ended:
    """Where and why training ended.

    Attributes
    ----------
    reason : str
        ``"epochs"``, ``"plateau"``, ``"interrupted"`` ...; see `TrainingEnded`. ``"untrained"`` of a model
        that was put together from its parts.
    epoch, step : int
        Epochs completed and steps taken.
    best_epoch : int
        The epoch whose parameters were kept; 0 for the last.
    seconds : float
    """

    reason: str = "untrained"
    epoch: int = 0
    step: int = 0
    best_epoch: int = 0
    seconds: float = 0.0

    def __post_init__(self) -> None:
        require_instance("reason of Ended", self.reason, str)
        for name in ("epoch", "step", "best_epoch"):
            require_count(self, name, at_least=0)
        require_number(self, "seconds", at_least=0.0)


@dataclass(frozen=True)
class Refit:
    """That a network learnt once more, from all rows, after it was known for how many epochs.

    Attributes
    ----------
    rows : int
        All rows: training, validation and test rows.
    epochs : int
        Those after which the network did best that had learnt from the training rows alone.
    seconds : float
    """

    rows: int
    epochs: int
    seconds: float = 0.0

    def __post_init__(self) -> None:
        for name in ("rows", "epochs"):
            require_count(self, name)
        require_number(self, "seconds", at_least=0.0)


CUT_SHORT = {
    "training": "training ended before it was done",
    "network": "a linear model predicts, for the network had no time to do better",
    "baseline": "the linear baseline was not measured",
    "importance": "how much the model needs each column was not measured for all of them",
    "refit": "the model has not learnt from all rows again, and is the one that was measured",
}
"""What there was no time for."""


SHARE_EQUAL = 0.05
"""Of fewer rows that are equal to rows of other folds nothing is said: they change figures little."""

MOST_WEIGHTS = 12
"""So many weights of classes are told in a sentence."""


@dataclass(frozen=True)
class Provenance:
    """Where a model comes from. Nothing is known of one that was put together from its parts.

    Attributes
    ----------
    created : str
        When, in ISO 8601 and UTC; ``""`` where it is not known.
    versions : mapping from str to str
        Of forpass, numpy and python.
    engine : str
        Name of the engine that carried out the steps.
    rows : RowCounts
    ended : Ended
        Where and why training ended.
    evaluation : Evaluation or None
        Of a model that was measured when it was trained: how good it was on its test rows.
    refit : Refit or None
        Where the network learnt from all rows afterwards: `rows`, `ended` and `evaluation`, and the model's
        history, are those of the network before, which had not seen the rows it was measured on.
    cut_short : tuple of str
        What a limit of time, or Ctrl-C, cut short: ``"training"``, ``"baseline"``,
        ``"importance"``, ``"refit"``.
    class_weights : mapping from str to float
        Where rows counted by their classes while the network learnt: how much, for each class; of several
        labels for each with its values, as in ``"urgent=1"``. Those of a refit are made from all rows.
    fold : int or None
        Of a member of an ensemble: the number of the fold that it has not seen.
    on_test : Evaluation or None
        Of an ensemble that was measured on rows that none of its members had seen, beside `evaluation`, which
        is of all rows, each predicted by members that had not seen it.
    recipe : mapping
        Of an ensemble that a recipe made, what it was and what was tried, as plain JSON values; see
        `forpass.model.tried`.
    importance : Importance or None
        How much the model needs each column, where that was asked for: of an ensemble that a recipe made
        each row was measured by networks that had not seen it, before a refit.
    equal_rows : int
        Of a recipe: how many training rows are equal, target and all, to a row of another fold.
    origin : Origin or None
        How it was asked for, where a table was learnt from.

    Examples
    --------
    >>> import forpass as fp
    >>> spec = fp.multilayer(1, [], 1, "squared")
    >>> model = fp.train(spec, None, fp.Data([[0.0], [1.0]], targets=[0.0, 2.0]))
    >>> model.provenance.rows.training, model.provenance.ended.reason
    (2, 'epochs')
    """

    created: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    engine: str = ""
    rows: RowCounts = field(default_factory=RowCounts)
    ended: Ended = field(default_factory=Ended)
    evaluation: Evaluation | None = None
    refit: Refit | None = None
    cut_short: tuple[str, ...] = ()
    class_weights: Mapping[str, float] = field(default_factory=dict)
    fold: int | None = None
    on_test: Evaluation | None = None
    recipe: Mapping[str, Any] = field(default_factory=dict, hash=False)
    importance: Importance | None = None
    equal_rows: int = 0
    origin: Origin | None = None

    def __post_init__(self) -> None:
        require_instance("created of Provenance", self.created, str)
        require_instance("engine of Provenance", self.engine, str)
        require_instance("rows of Provenance", self.rows, RowCounts)
        require_instance("ended of Provenance", self.ended, Ended)
        for name in ("evaluation", "on_test"):
            if getattr(self, name) is not None:
                require_instance(f"{name} of Provenance", getattr(self, name), Evaluation)
        for name, kind in (("refit", Refit), ("importance", Importance), ("origin", Origin)):
            if getattr(self, name) is not None:
                require_instance(f"{name} of Provenance", getattr(self, name), kind)
        object.__setattr__(self, "cut_short", tuple(self.cut_short))
        for what in self.cut_short:
            if what not in CUT_SHORT:
                raise UnknownNameError("part that was cut short", what, CUT_SHORT)
        for name, version in dict(self.versions).items():
            require_instance(f"version of {name}", version, str)
        object.__setattr__(self, "versions", Settings(self.versions))
        weights = {
            name: finite_number(f"the weight of the class {name}", weight, 0.0)
            for name, weight in dict(self.class_weights).items()
        }
        object.__setattr__(self, "class_weights", Settings(weights))
        if self.fold is not None:
            require_count(self, "fold", at_least=0)
        require_count(self, "equal_rows", at_least=0)
        object.__setattr__(self, "recipe", dict(self.recipe))
        if self.recipe:
            require_account(self.recipe)

    def __repr__(self) -> str:
        lines = ["Provenance", aligned(self._facts())]
        lines += [] if self.evaluation is None else [repr(self.evaluation)]
        return "\n".join([*lines, *self.remarks])

    def _repr_html_(self) -> str:
        return in_notebook(block("Provenance", head=True), self.to_html())

    def to_html(self) -> str:
        """Return the same tables and sentences as HTML."""
        found = "" if self.evaluation is None else self.evaluation.to_html()
        return "".join([table(self._facts(), head=False), found, *map(block, self.remarks)])

    def _facts(self) -> list[list[str]]:
        """What is known, one row each."""
        rows, epochs = self.rows, counted(self.ended.epoch, "epoch")
        facts = {
            "created": self.created or "at an unknown time",
            "with": ", ".join(f"{name} {version}" for name, version in self.versions.items()),
            "engine": self.engine,
            "rows": f"{rows.training:,} training, {rows.validation:,} validation, {rows.test:,} test",
            "ended": f"{self.ended.reason}, after {epochs} and {counted(self.ended.step, 'step')}",
        }
        return [[name, fact] for name, fact in facts.items() if fact]

    @property
    def remarks(self) -> tuple[str, ...]:
        """Sentences about what is not as it usually is: weights of classes, a refit, what was cut short."""
        said = []
        if self.class_weights:
            several = [f"{as_shown(name)} {weight:.4g}" for name, weight in self.class_weights.items()]
            more = f" and {len(several) - MOST_WEIGHTS} more" if len(several) > MOST_WEIGHTS else ""
            said.append(
                f"While it learnt, rows counted by their classes: {', '.join(several[:MOST_WEIGHTS])}{more}."
            )
        if self.refit is not None:
            figures = "; the figures are those of the network before, which had not seen the test rows"
            said.append(
                f"The network has then learnt from all {self.refit.rows:,} rows for "
                f"{counted(self.refit.epochs, 'epoch')}{figures if self.evaluation is not None else ''}."
            )
        if self.equal_rows >= SHARE_EQUAL * self.rows.training and self.equal_rows:
            said.append(
                f"{self.equal_rows:,} of {counted(self.rows.training, 'row')} are equal to a row of another "
                "fold, so networks had seen their like: figures out of fold may be too good. A group column "
                "keeps rows that belong together in one fold."
            )
        if self.recipe:
            said += _of_linear_models(self.recipe["candidates"])
        if self.cut_short:
            said.append(f"Cut short: {'; '.join(CUT_SHORT[what] for what in self.cut_short)}.")
        return tuple(said)

    def to_json(self) -> dict[str, Any]:
        """Return everything as plain JSON values."""
        more: dict[str, Any] = {} if self.refit is None else {"refit": asdict(self.refit)}
        if self.cut_short:
            more["cut_short"] = list(self.cut_short)
        if self.class_weights:  # in a list, which keeps their order
            more["class_weights"] = [
                {"class": name, "weight": weight} for name, weight in self.class_weights.items()
            ]
        if self.fold is not None:
            more["fold"] = self.fold
        if self.equal_rows:
            more["equal_rows"] = self.equal_rows
        if self.on_test is not None:
            more["on_test"] = self.on_test.to_json()
        if self.recipe:
            more["recipe"] = self.recipe
        if self.importance is not None:
            more["importance"] = self.importance.to_json()
        if self.origin is not None:
            more["origin"] = self.origin.to_json()
        return {
            "created": self.created,
            "versions": dict(self.versions),
            "engine": self.engine,
            "rows": asdict(self.rows),
            "ended": asdict(self.ended),
            "evaluation": None if self.evaluation is None else self.evaluation.to_json(),
            **more,
        }

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Provenance:
        """Return what `to_json` wrote.

        Raises
        ------
        SpecError, KeyError, TypeError, AttributeError
            When it is something else.
        """
        evaluation, on_test, needs = plain["evaluation"], plain.get("on_test"), plain.get("importance")
        records = {
            "rows": rebuilt(RowCounts, plain["rows"]),
            "ended": rebuilt(Ended, plain["ended"]),
            "evaluation": None if evaluation is None else Evaluation.from_json(evaluation),
            "on_test": None if on_test is None else Evaluation.from_json(on_test),
            "importance": None if needs is None else Importance.from_json(needs),
            "refit": None if plain.get("refit") is None else rebuilt(Refit, plain["refit"]),
            "origin": None if plain.get("origin") is None else rebuilt(Origin, plain["origin"]),
            "class_weights": {
                typed("a class", str, found["class"]): typed("the weight of a class", float, found["weight"])
                for found in plain.get("class_weights", ())
            },
            "cut_short": typed("cut_short of Provenance", tuple[str, ...], plain.get("cut_short", [])),
        }
        return cls(**{**plain, **records})


def _of_linear_models(candidates: Sequence[Mapping[str, Any]]) -> list[str]:
    """Say that linear models alone predict, and why; nothing where networks do."""
    if not all(is_linear(found) for found in candidates if found["weight"]):
        return []
    if all(map(is_linear, candidates)):
        return ["A linear model predicts; no network was trained."]
    return ["A linear model predicts: no network did better out of fold."]


def is_linear(candidate: Mapping[str, Any]) -> bool:
    """Whether a candidate of a recipe is a linear model."""
    return str(candidate["network"]).startswith("linear")


@functools.cache
def own_version() -> str:
    """Return the version of this forpass."""
    metadata = imported("importlib.metadata")  # who predicts does without
    try:
        return str(metadata.version("forpass"))
    except metadata.PackageNotFoundError:  # run from a source tree that was never installed
        return "unknown"
