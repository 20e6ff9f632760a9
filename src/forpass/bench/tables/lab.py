"""A laboratory for recipes: what recipes come to on tables, with every network trained once and kept.

A network is kept under what it follows from: encoded rows, chain, rungs, folds, seed, and the code that
trains. So a recipe that only chooses otherwise (other rungs, weights, limits of racing, a preset within
another) is tried in no time. Nothing of this is part of a recipe: it is for those who write one.

``python -m forpass.bench.tables.lab FOLDER KEPT --recipes fast,default --tables adult --divisions 0,1``
"""

from __future__ import annotations

import argparse
import hashlib
import json
import pickle
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forpass.bench.tables.cell import judged
from forpass.bench.tables.code import digest_of_code
from forpass.bench.tables.given import MOST_ROWS, Dealt, dealt, listed
from forpass.model import Scores
from forpass.model.scores import head_for
from forpass.model.trained import TrainedModel
from forpass.preprocessing import ColumnOptions, Preprocessing
from forpass.recipes import PRESETS, Blend, Problem, Recipe
from forpass.recipes.candidates import TrainedMember
from forpass.recipes.members import Part
from forpass.recipes.risk import bounds_of, predictions
from forpass.recipes.running import run_recipe_in
from forpass.recipes.training import Rung, Trainer
from forpass.spec.data import Data
from forpass.spec.network import Head

__all__ = ["Found", "Kept", "figures", "main", "problem_of", "tried"]

TARGET = "the target"

CHOOSING = (
    "blend",
    "blending",
    "calibrating",
    "chains",
    "halving",
    "intervals",
    "planning",
    "presets",
    "realmlp",
    "refitting",
    "risk",
    "running",
    "space",
    "tabm",
)
"""Modules of recipes that train nothing: they choose among what was trained, and what is trained next."""


class Found(NamedTuple):
    """What a recipe comes to on a division of a table."""

    blend: Blend
    figures: dict[str, float]
    seconds: float
    """Processor seconds that its networks took, when they were trained,"""
    work: float
    """and how many operations, see `forpass.many.cost`: without chance, and the same on every machine."""


class Kept(Trainer):
    """A trainer that keeps networks, and what they say of the test rows.

    Parameters
    ----------
    folder : Path
    about : tuple
        What networks follow from, beside what a trainer knows.
    test : Data
        The test rows.
    """

    def __init__(
        self, recipe: Recipe, problem: Problem, seed: int, folder: Path, about: Any, test: Data
    ) -> None:
        super().__init__(recipe, problem, seed, threads=1)
        self.folder, self.about, self.test = folder, about, test
        self.said: dict[int, NDArray[Any]] = {}
        self.seconds = self.work = 0.0

    def train(self, wanted: Sequence[tuple[Rung, Part]]) -> list[TrainedMember | None]:
        """Return what is kept; train and keep the others."""
        found: list[TrainedMember | None] = []
        for rung, part in wanted:
            path = self.folder / self._name(rung, part)
            if not path.exists():
                began, before = time.process_time(), self._work
                (member,) = super().train([(rung, part)])
                seconds = time.process_time() - began
                said = None if member is None else self._say(member)
                path.write_bytes(pickle.dumps((member, said, seconds, self._work - before)))
            member, said, seconds, work = pickle.loads(path.read_bytes())
            self.seconds += seconds
            self.work += work
            self.said[id(member)] = said
            found.append(member)
        return found

    def _say(self, member: TrainedMember) -> NDArray[Any]:
        return TrainedModel(member.spec, member.parameters, member.buffers).raw_scores(self.test)

    def _name(self, rung: Rung, part: Part) -> str:
        recipe, chain = self.recipe, rung.chain
        how = recipe.batch_sizes, recipe.epoch_scaling, recipe.epoch_fractions, recipe.max_periodic
        which = chain.name, chain.member, chain.epochs[: rung.number + 1], rung.share
        rows = part.repeat, part.fold, len(part.learnt), len(part.left_out), part.planned_for
        told = repr((self.about, self.seed, how, which, rows))
        return f"{self.about[0]}-{hashlib.sha256(told.encode()).hexdigest()[:24]}"


def problem_of(
    rows: Dealt, classes: bool, recipe: Recipe, smoothing: float = 0.0
) -> tuple[Problem, Data, Preprocessing]:
    """Return the rows to learn from as a problem, the test rows encoded, and by what they were."""
    table = rows.X.assign(**{TARGET: rows.y.astype(str) if classes else rows.y})
    task = "classification" if classes else "regression"
    outputs = len(np.unique(rows.y)) if classes else 1
    outputs = 1 if outputs == 2 else outputs
    options = recipe.columns_for(ColumnOptions(), task, outputs)
    preprocessing = Preprocessing.learn(table, TARGET, task=task, options=options)
    data = preprocessing.encode(table, with_targets=True)
    keys = {"labels": rows.y} if classes else {}
    head = head_for(task, outputs)
    if classes and smoothing:
        head = Head(head.loss, {"smoothing": smoothing})
    problem = Problem(data, preprocessing.groups, head, outputs, keys=keys)
    return problem, preprocessing.encode(rows.X_test), preprocessing


def tried(
    recipe: Recipe,
    name: str,
    rows: Dealt,
    classes: bool,
    folder: Path,
    seed: int,
    smoothing: float = 0.0,
) -> Found:
    """Carry a recipe out on a division of a table, with networks that are kept in a folder.

    Targets of classes are smoothed by `smoothing`, which no recipe does.
    """
    problem, test, preprocessing = problem_of(rows, classes, recipe, smoothing)
    about = name, digest_of_rows(problem, test), digest_of_training()
    trainer = Kept(recipe, problem, seed, folder, about, test)
    blend = run_recipe_in(trainer)
    return Found(blend, figures(trainer, blend, preprocessing, rows, classes), trainer.seconds, trainer.work)


def figures(
    trainer: Kept, blend: Blend, preprocessing: Preprocessing, rows: Dealt, classes: bool
) -> dict[str, float]:
    """Return the figures of the test rows; see `forpass.bench.tables.cell.carried_out`."""
    problem, bounds = trainer.problem, bounds_of(trainer.problem)
    P = np.zeros((len(rows.y_test), problem.outputs))
    for share in blend.members:
        said = trainer.said[id(share.member)].astype(np.float64)
        P += share.weight * predictions(problem, said, share.sharpness, bounds)
    raw = Scores.of_predictions(problem.head, P).raw
    if blend.calibration is not None:
        raw = blend.calibration.applied(raw)
    if not classes:
        target = preprocessing.target
        assert target is not None
        return judged(target.unit.in_unit(raw), rows.y_test, classes)
    names = preprocessing.target.classes if preprocessing.target else ()
    order = np.argsort([int(name) for name in names])
    return judged(Scores(problem.head, raw).probabilities[:, order], rows.y_test, classes)


def digest_of_training() -> str:
    """Return a digest of the sources from which networks follow, beside the encoded rows."""
    choosing = [f"recipes/{name}.py" for name in CHOOSING]
    return digest_of_code(["api", "estimators", "preprocessing", *choosing])


def digest_of_rows(problem: Problem, test: Data) -> str:
    """Return a digest of encoded rows, of what they mean, and of the test rows."""
    digest = hashlib.sha256(repr((problem.inputs, problem.head, problem.outputs)).encode())
    for data in (problem.data, test):
        for array in (data.numbers, data.codes, data.targets, data.weights):
            digest.update(b"-" if array is None else repr(array.shape).encode() + array.tobytes())
    return digest.hexdigest()[:12]


def main(arguments: Sequence[str]) -> None:
    """Try recipes on tables, and print a JSON line for each."""
    parser = argparse.ArgumentParser(prog="forpass.bench.tables.lab")
    parser.add_argument("folder", type=Path, help="with tables.json")
    parser.add_argument("kept", type=Path, help="where networks are kept")
    parser.add_argument("--recipes", default="fast,default,strong", help="names, or files of recipes as JSON")
    parser.add_argument("--tables", help="names; all of them when not given")
    parser.add_argument("--divisions", default="0")
    parser.add_argument("--most-rows", type=int, default=MOST_ROWS)
    asked = parser.parse_args(arguments)
    asked.kept.mkdir(parents=True, exist_ok=True)
    names = asked.tables.split(",") if asked.tables else None
    for table in listed(asked.folder):
        if names is not None and table.name not in names:
            continue
        for division in map(int, asked.divisions.split(",")):
            rows = dealt(table, division, asked.most_rows)
            for name in asked.recipes.split(","):
                found = tried(_recipe(name), table.name, rows, table.classes, asked.kept, division)
                line = {"table": table.name, "division": division, "recipe": name, **found.figures}
                line |= {"seconds": found.seconds, "candidates": _candidates(found.blend)}
                print(json.dumps(line), flush=True)


def _recipe(name: str) -> Recipe:
    if name in PRESETS:
        return PRESETS[name]
    return Recipe.from_json(json.loads(Path(name).read_text(encoding="utf-8")))


def _candidates(blend: Blend) -> list[list[Any]]:
    return [
        [
            candidate.chain.name,
            candidate.epochs,
            round(weight, 3),
            round(candidate.judgement.expected_loss, 5),
        ]
        for weight, candidate in zip(blend.weights, blend.candidates, strict=True)
    ]


if __name__ == "__main__":
    main(sys.argv[1:])
