"""What options of training come to, as plain data; nothing numerical is imported."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from forpass.spec.training import TrainingSpec

__all__ = [
    "PUBLISHED",
    "Apply",
    "Judging",
    "Recipe",
    "Setup",
    "into",
    "take_batch_size",
    "take_optimizer",
    "take_patience",
    "take_preset",
]

PUBLISHED = "realmlp", "tabm"
"""Presets of a single network as it is published."""


class Recipe(Protocol):
    """A `forpass.recipes.Recipe`, as far as it is known here: its module would load what is numerical."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...


@dataclasses.dataclass(frozen=True)
class Judging:
    """What is looked at and decided by; see the options of the same names.

    Attributes
    ----------
    metric : str, Metric, callable or None
    threshold : float, str or None
    positive : label or None
    class_weight : "balanced", mapping, sequence of mappings or None
    """

    metric: Any = None
    threshold: float | str | None = None
    positive: Any = None
    class_weight: Any = None


@dataclasses.dataclass(frozen=True)
class Setup:
    """What the options come to.

    Attributes
    ----------
    n_rows : int
        Rows of the table.
    training : TrainingSpec
    columns : mapping
        How columns become features: fields of `ColumnOptions`, and ``missing``, the words for a missing
        value.
    network : mapping
        What is built on them: see `network_for`.
    judging : Judging
        What is looked at and decided by.
    engine : str
    threads : int or None
    refit : bool
        Whether to learn from all rows, once the number of epochs is known.
    importance : bool
        Whether to measure how much the model needs each column.
    recipe : Recipe or None
        Which networks are tried; None: a single one is trained.
    published : str
        Which of PUBLISHED the single one is, that brings its own layers and training; "": none of them.
    """

    n_rows: int
    training: TrainingSpec
    columns: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    network: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    judging: Judging = Judging()
    engine: str = "auto"
    threads: int | None = None
    refit: bool = False
    importance: bool = False
    recipe: Any = None
    published: str = ""


Apply = Callable[[Setup, Any], Setup]


def into(path: str) -> Apply:
    """Return what puts a value to a place of a setup, for instance ``training.stopping.max_seconds``."""
    names = path.split(".")
    return lambda setup, value: _with(setup, names, value)


def _with(thing: Any, names: Sequence[str], value: Any) -> Any:
    """Return a description, or a mapping, with another value at a place below it."""
    name, *below = names
    if isinstance(thing, Mapping):
        return {**thing, name: value}
    return dataclasses.replace(thing, **{name: _with(getattr(thing, name), below, value) if below else value})


def take_optimizer(setup: Setup, name: str) -> Setup:
    """Take another optimiser, with its own settings: those of the one before mean nothing to it."""
    from forpass.spec.optimizer import OptimizerSpec

    if name == "lbfgs":
        setup = into("training.batch_size")(setup, None)
        setup = into("training.optimizer")(setup, OptimizerSpec())
        return into("training.method")(setup, "lbfgs")
    before = setup.training.optimizer
    if name != before.name:
        setup = into("training.optimizer")(setup, OptimizerSpec(name, before.learning_rate))
    return into("training.method")(setup, "steps")


def take_batch_size(setup: Setup, size: int | str) -> Setup:
    """Take larger batches for longer tables, unless their size is said; L-BFGS has none."""
    if size == "auto" and not setup.training.by_steps:
        return setup
    if size == "auto":
        steps = ((3_000, 32), (10_000, 64), (30_000, 128))
        size = next((size for limit, size in steps if setup.n_rows < limit), 256)
    return into("training.batch_size")(setup, size)


def take_patience(setup: Setup, epochs: float) -> Setup:
    """Take a number of epochs without an improvement; infinitely many are no limit."""
    return into("training.stopping.patience")(setup, None if epochs == math.inf else epochs)


def take_preset(setup: Setup, preset: str | Recipe | None) -> Setup:
    """Take a recipe, or the one of a name; a single network has none."""
    from forpass.recipes import PRESETS

    if preset in PUBLISHED:
        setup = into("columns.max_one_hot")(setup, 8) if preset == "realmlp" else setup
        return dataclasses.replace(setup, recipe=None, published=preset)
    return dataclasses.replace(setup, recipe=PRESETS.get(preset) if isinstance(preset, str) else preset)
