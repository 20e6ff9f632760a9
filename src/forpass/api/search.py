"""Hyperparameter search for a table: random search with successive halving, whose result is a recipe."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from forpass.api.judging import weighted_parts
from forpass.api.presets import setup_for
from forpass.api.road import Examples, encode, split
from forpass.api.setup import Setup
from forpass.api.strong import problem_of
from forpass.api.tables import looked_at
from forpass.api.values import number, whole
from forpass.clock import Clock
from forpass.engines.threads import require_threads
from forpass.errors import SpecError
from forpass.preprocessing import Reading, TargetSpec
from forpass.recipes import Chain, LinearMember, Recipe, preset
from forpass.recipes.halving import LEAST, SHARES, Trial, best_of, halved, read_trials
from forpass.recipes.problem import Problem
from forpass.recipes.records import CHAINS
from forpass.recipes.space import FIELDS, SPACE, drawn, require_space
from forpass.recipes.training import Trainer
from forpass.spec.require import require_instance
from forpass.told import each_told_once
from forpass.training.events import Listener

__all__ = ["TableSearch"]

FILE = "trials.jsonl"


class TableSearch:
    """Hyperparameter search for a table: random search with successive halving.

    The result is a recipe, which `train_table`, `TableClassifier` and `TableRegressor` take as their
    ``preset``. Each trial is a kind of network, drawn from a space; all begin with a quarter of their epochs,
    the best third goes on to half, and a third of these to all (Jamieson & Talwalkar 2016). Networks are
    trained side by side on all cores, or through joblib's backend, as by `train_many`; the same seed gives
    the same trials and losses on any number of them. Trials are judged out of fold; keep test rows away from
    the table that is searched on.

    Parameters
    ----------
    space : mapping, optional
        Fields of `forpass.recipes.Member`, and ``epochs``: a list of choices, or a range ``(low, high)`` or
        ``(low, high, "log")``. By default `forpass.recipes.space.SPACE`.
    n : int
        The number of trials.
    recipe : str or Recipe
        Supplies everything else: batch sizes, folds, bins, and the linear models beside the networks.
    time_limit : float, optional
        In seconds; the result is the best found by then.
    threads : int, optional
        The number of networks at a time; by default all cores.
    folder : path, optional
        Where the result of each trial is recorded. An interrupted search resumes from there.
    seed : int

    Attributes
    ----------
    recipe_ : Recipe
        With the best five kinds of network, for all their epochs.
    trials_ : DataFrame, or dict of lists without pandas
        A row for each trial: its hyperparameters, how far it came (``rung`` 1 to 3), and its expected loss.
    history_ : tuple of Trial
        The result of each trial at each rung.

    Examples
    --------
    >>> import forpass as fp
    >>> iris = fp.load_dataset("iris")
    >>> space = {"hidden": [(8,), (16, 16)], "learning_rate": (0.01, 0.1, "log"), "epochs": [4]}
    >>> search = fp.TableSearch(space, n=6).fit(iris.frame, iris.target)
    >>> len(search.trials_["expected_loss"]), sum(bool(chain.epochs) for chain in search.recipe_.classes)
    (6, 5)
    >>> model = fp.train_table(iris.frame, iris.target, preset=search.recipe_)
    >>> model.predict(iris.frame)[:2].tolist()
    ['setosa', 'setosa']
    """

    recipe_: Recipe
    history_: tuple[Trial, ...]

    def __init__(
        self,
        space: Mapping[str, Any] | None = None,
        n: int = 32,
        *,
        recipe: str | Recipe = "default",
        time_limit: float | None = None,
        threads: int | None = None,
        folder: str | os.PathLike[str] | None = None,
        seed: int = 0,
    ) -> None:
        space = SPACE if space is None else space
        require_space(space)
        self.space = dict(space)
        whole(LEAST)("n of TableSearch", n)
        if time_limit is not None:
            number(above=0.0)("time_limit of TableSearch", time_limit)
        require_threads("threads of TableSearch", threads)
        whole(0)("seed of TableSearch", seed)
        self.n, self.time_limit, self.threads, self.folder, self.seed = n, time_limit, threads, folder, seed
        self.recipe = preset(recipe) if isinstance(recipe, str) else recipe
        require_instance("recipe of TableSearch", self.recipe, Recipe)

    def fit(
        self,
        table: Any,
        target: str | Sequence[str],
        *,
        task: str | None = None,
        schema: Mapping[str, str] | None = None,
        weight: str | None = None,
        group: str | None = None,
        time: str | None = None,
        reading: Reading | None = None,
        listener: Listener | None = None,
    ) -> TableSearch:
        """Search on the rows of a table.

        Parameters
        ----------
        table, target, task, schema, weight, group, time, reading, listener
            As for `train_table`. Rows of a group stay together, and with a time column networks are judged on
            later rows than those they are trained on.

        Raises
        ------
        TableError, DataError
            When the table cannot be used, or the folder holds trials of something else.
        SpecError
            When the time limit was reached before five trials were done.
        """
        clock = Clock(self.time_limit)
        how = {"task": task, "schema": schema, "weight": weight, "group": group, "time": time}
        examples = looked_at(table, target, None if reading is None else reading.missing, how, divided=False)
        self._chains = [drawn(self.space, number_of, self.seed) for number_of in range(self.n)]
        recipe = self._with(self._chains, examples.target)
        said = {"preset": recipe, "seed": self.seed, "threads": self.threads}
        with each_told_once():
            setup = setup_for(len(examples.table), said)
            problem = _encoded(examples, setup, reading)
        trainer = Trainer(recipe, problem, self.seed, threads=self.threads, clock=clock, listener=listener)
        path = self._path()
        known = [] if path is None else read_trials(path, _about(self, recipe, problem))
        found = halved(trainer, self._chains, known, lambda trial: _written(path, trial))
        best = best_of(found, LEAST)
        if trainer.errors and not best:
            raise trainer.errors[0]
        if len(best) < LEAST:
            raise SpecError(
                f"the time was up when {len(best)} of {self.n} trials were done, and {LEAST} are needed; "
                "allow more of it"
            )
        self.history_ = tuple(found)
        self.recipe_ = self._with([self._chains[place] for place in best], examples.target)
        return self

    @property
    def trials_(self) -> Any:
        """A row for each trial that was begun, the best first."""
        last = {trial.number: trial for trial in sorted(self.history_, key=lambda trial: trial.rung)}
        order = sorted(last.values(), key=lambda trial: (-trial.rung, trial.expected_loss, trial.number))
        columns: dict[str, list[Any]] = {"trial": [trial.number for trial in order]}
        for name in [name for name in FIELDS if name in self.space]:
            chains = [self._chains[trial.number] for trial in order]
            columns[name] = [
                chain.epochs[0] if name == "epochs" else getattr(chain.member, name) for chain in chains
            ]
        columns["rung"] = [trial.rung + 1 for trial in order]
        columns["expected_loss"] = [trial.expected_loss for trial in order]
        columns["seconds"] = [
            sum(each.seconds for each in self.history_ if each.number == trial.number) for trial in order
        ]
        try:
            import pandas as pd
        except ImportError:
            return columns
        return pd.DataFrame(columns)

    def _with(self, chains: Sequence[Chain], target: TargetSpec) -> Recipe:
        """Return the recipe with other chains for a target, beside its linear ones."""
        now = self.recipe.chains_for(target.task, target.outputs)
        field = next(field for field in CHAINS if getattr(self.recipe, field) is now)
        linear = [chain for chain in now if isinstance(chain.member, LinearMember)]
        changed: dict[str, Any] = {"name": "search", "rungs": 1, field: (*chains, *linear)}
        return dataclasses.replace(self.recipe, **changed)

    def _path(self) -> str | None:
        if self.folder is None:
            return None
        folder = Path(self.folder)
        folder.mkdir(parents=True, exist_ok=True)
        return str(folder / FILE)


def _encoded(examples: Examples, setup: Setup, reading: Reading | None) -> Problem:
    """Encode all rows, as a problem."""
    parts = encode(examples, split(examples, 0.0, 0.0, setup.training.seed), setup, reading)
    return problem_of(parts, weighted_parts(setup, parts))


def _about(search: TableSearch, recipe: Recipe, problem: Problem) -> dict[str, Any]:
    """What the losses of trials depend on, as plain JSON values."""
    rows = hashlib.sha256()
    for array in (problem.data.numbers, problem.data.codes, problem.data.targets, problem.data.weights):
        if array is not None:
            rows.update(np.ascontiguousarray(array).data)
    trials = hashlib.sha256(json.dumps(recipe.to_json(), sort_keys=True).encode())
    return {
        "rows": rows.hexdigest(),
        "recipe": trials.hexdigest(),
        "seed": search.seed,
        "rungs": list(SHARES),
    }


def _written(path: str | None, trial: Trial) -> None:
    if path is not None:
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps(trial._asdict()) + "\n")
