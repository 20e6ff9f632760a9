"""Cross-validation: each row is a test row once, of a network that has learnt from the others, or the past.

The folds share nothing: in each the columns are looked at anew, and what becomes of them, the network, its
number of epochs and the baselines are learnt from that fold's training rows alone. Only what is to be
predicted is decided by all rows.
"""

from __future__ import annotations

import itertools
import math
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, Unpack

import numpy as np
from numpy.typing import NDArray

from forpass.api.folds import CrossValidation
from forpass.api.options import OPTIONS, TrainingOptions, described_option, require_options
from forpass.api.presets import setup_for, shares_for, with_preset
from forpass.api.road import Examples, Rows, fold
from forpass.api.setup import Setup, into
from forpass.api.signatures import with_keywords
from forpass.api.strong import learnt_from
from forpass.api.tables import encoder_for, looked_at, looked_at_long
from forpass.api.values import number, whole
from forpass.clock import Clock
from forpass.concurrency.pool import cores_for, side_by_side
from forpass.concurrency.sharing import reason_to_end
from forpass.datasets.long import LongTable
from forpass.errors import DataError, DivergenceError, SpecError, TableError
from forpass.many.telling import Telling
from forpass.many.through_joblib import said_backend
from forpass.model import Ensemble, Scores, TrainedModel
from forpass.preprocessing import Reading, TargetSpec
from forpass.spec.training import TrainingSpec
from forpass.told import called, each_told_once
from forpass.training.events import Listener, NetworkEnded
from forpass.training.folder import remembering

__all__ = ["cross_validate"]


@with_keywords("**options", [described_option(name) for name in OPTIONS if name != "refit"])
def cross_validate(
    table: Any,
    target: str | Sequence[str],
    *,
    folds: int = 5,
    repeats: int = 1,
    task: str | None = None,
    schema: Mapping[str, str] | None = None,
    weight: str | None = None,
    group: str | None = None,
    time: str | None = None,
    validation: float | None = None,
    reading: Reading | None = None,
    training: TrainingSpec | None = None,
    listener: Listener | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    **options: Unpack[TrainingOptions],
) -> CrossValidation:
    """Measure how good networks are that learn from a table, with each row as a test row once.

    The rows are divided into folds; for each fold a network learns from the others, and is measured on it,
    beside a linear model and a dummy that learnt from the same rows. Classes are divided evenly, rows of one
    group stay together, and by a column of time the past predicts the future. Folds share nothing.

    Parameters
    ----------
    table, target, task, schema, weight, reading, training, listener, checkpoint
        As of `train_table`. The listener is told of all runs, of those side by side one event at a time.
    folds : int
        At least 2.
    repeats : int
        How often all of it is done, divided (unless by time) and begun anew: the seed grows by 1 each time.
    group : str, optional
        A column that says which rows belong together: they are in one fold. It is no feature.
    time : str, optional
        A column of numbers or dates: the rows are divided in its order into one stretch more than there are
        folds, and each fold learns from all stretches before that which it is measured on. The first
        stretch is no fold's test rows. It is a feature too, unless the schema drops it.
    validation : float, optional
        Of a single network, the share of the rows of the other folds that only says when to stop, by default
        0.1, or 0.2 of ``"realmlp"`` and ``"tabm"``; 0: none.
    **options
        See `forpass.api.options`.

    Returns
    -------
    CrossValidation
        Interrupted with Ctrl-C, or out of time, it is of the folds that are done, and says so. Each fold has
        an equal share of the time; one whose network had not once gone through its rows by then is not done.

    Raises
    ------
    TableError, DataError
        When the table cannot be used, or has too few rows; where that is so of the rows of a fold, as where
        they do not define the metric that says when to stop, it names the fold.
    SpecError
        When an option makes no sense, or the time was up before any fold was done.
    DivergenceError
        When a network of a fold left the finite numbers.

    Examples
    --------
    >>> import forpass as fp
    >>> found = cross_validate(fp.load_dataset("iris").frame, "species", folds=3, epochs=20, hidden=8)
    >>> len(found.models), found.predictions[:2].tolist(), found.comparison.unit
    (3, ['setosa', 'setosa'], 'folds')
    """
    require_options(options, lambda name: f"{name} of cross_validate")
    whole(2)("folds of cross_validate", folds)
    whole()("repeats of cross_validate", repeats)
    of_single = {"training": training, "validation": validation}
    options = with_preset(options, [name for name, value in of_single.items() if value is not None])
    validation, _ = shares_for(options, validation, None)
    number(at_least=0.0, below=1.0)("validation of cross_validate", validation)
    if options.get("refit"):
        raise SpecError(
            "cross_validate measures networks and keeps one of each fold; refit is of train_table"
        )
    if not validation:
        options = {"patience": math.inf, **options}
    words = options.get("missing", (reading or Reading()).missing)
    how = {"task": task, "schema": schema, "weight": weight, "group": group, "time": time}
    look_at = looked_at_long if isinstance(table, LongTable) else looked_at
    examples = look_at(table, target, words, how, divided=True)
    setup = setup_for(len(examples.table), options, training)
    clock = Clock(setup.training.stopping.max_seconds)
    turns = [turn for repeat in range(repeats) for turn in _turns(examples, folds, validation, setup, repeat)]
    answers = _Answers(examples.target, len(examples.table))
    with each_told_once(), remembering(checkpoint):
        ended = _train_all(answers, turns, table, examples, reading or Reading(), listener, clock)
    if not answers.models:
        raise SpecError(
            f"{called('time_limit')} of {setup.training.stopping.max_seconds:g} seconds was up before the "
            f"network of any of the {len(turns)} folds had gone once through its rows; allow more time, or "
            "ask for fewer folds"
        )
    models, test_rows = tuple(answers.models), tuple(answers.test_rows)
    return CrossValidation(examples.target, models, test_rows, *answers.means(), len(turns), ended)


def _train_all(
    answers: _Answers,
    turns: Sequence[tuple[Setup, Rows]],
    table: Any,
    examples: Examples,
    reading: Reading,
    listener: Listener | None,
    clock: Clock,
) -> str:
    """Train the networks of all folds side by side, and take their answers in the order of the folds.

    A fold is encoded when its turn comes, so that only those under way are in memory, or of a long table on
    disk. How it ended is
    returned: see `CrossValidation`.
    """
    elsewhere = bool(said_backend()) and turns[0][0].recipe is not None
    telling = Telling(listener, len(turns), float(len(turns)))
    cores = cores_for(1 if elsewhere else turns[0][0].threads)
    begun, done = itertools.count(), dict[int, tuple[TrainedModel | Ensemble, Scores]]()

    def work(number: int) -> None:
        (own, rows), began = turns[number], time.perf_counter()
        share = clock.part(1 / math.ceil((len(turns) - next(begun)) / cores()))
        try:
            fold = _named(f"fold {number + 1} of {len(turns)}")
            with fold, encoder_for(table, examples, own, reading) as encoded_for:
                parts = encoded_for(rows)
                model = learnt_from(parts, own, telling.listener, share)
                if not _is_none(model):
                    done[number] = model, model.scores(parts.test)
        except KeyboardInterrupt:  # of a listener
            telling.reason = "interrupted"
            return
        seconds = time.perf_counter() - began
        telling.ended(NetworkEnded(number, f"fold {number + 1}", "", None, True, seconds, 1.0))
        if number not in done and elsewhere and model.provenance.ended.reason == "interrupted":
            telling.reason = "interrupted"

    works = [partial(work, number) for number in range(len(turns))]
    with telling:
        if elsewhere:
            ended = _one_by_one(works, telling, clock)
        else:
            _, ended = side_by_side(
                works,
                threads=turns[0][0].threads,
                reason=lambda: telling.reason,
                fits=lambda number: not number or clock.left > 0.0,
            )
    for place, (model, scores) in sorted(done.items()):
        answers.add(model, turns[place][1].test, scores)
    if ended == "interrupted" and not answers.models:
        raise KeyboardInterrupt
    return "max_seconds" if ended == "done" and len(answers.models) < len(turns) else ended


def _one_by_one(works: Sequence[Callable[[], None]], telling: Telling, clock: Clock) -> str:
    """Train fold after fold here: the backend of joblib is set for this thread, and trains their networks."""
    for place, work in enumerate(works):
        if telling.reason or (place and not clock.left):
            return telling.reason or "max_seconds"
        work()
    return telling.reason or "done"


def _is_none(model: TrainedModel | Ensemble) -> bool:
    """Whether a fold is not done: interrupted, or out of time before its network had learnt anything."""
    reason, cut = model.provenance.ended.reason, bool(model.provenance.cut_short)
    return "interrupted" in (reason, cut and reason_to_end()) or _learnt_nothing(model)


def _learnt_nothing(model: TrainedModel | Ensemble) -> bool:
    """Whether the time was up before a network had gone once through its rows: its figures tell nothing."""
    ended = model.provenance.ended
    return isinstance(model, TrainedModel) and ended.reason == "max_seconds" and not ended.epoch


@contextmanager
def _named(fold: str) -> Iterator[None]:
    """Say of what the rows of a fold do not allow in which of them it was; what was said fits none or all."""
    try:
        yield
    except (DataError, TableError, DivergenceError) as error:
        raise type(error)(f"in {fold}: {error}") from error


def _turns(
    examples: Examples, folds: int, validation: float, setup: Setup, repeat: int
) -> list[tuple[Setup, Rows]]:
    """The rows of each fold of one repeat, and the setup with which it is trained."""
    seed = (setup.training.seed + repeat) % 2**64
    own = into("training.seed")(setup, seed)
    return [(own, rows) for rows in fold(examples, folds, validation, seed)]


class _Answers:
    """The networks that are done, their test rows, and what they predicted of each row, added up."""

    def __init__(self, target: TargetSpec, n: int) -> None:
        self.target = target
        self.models, self.test_rows = list[TrainedModel | Ensemble](), list[NDArray[np.int64]]()
        self.sums: NDArray[Any] | None = None
        self.counts, self.thresholds = np.zeros(n, np.int64), np.zeros(n)
        self.weights: NDArray[Any] | None = None

    def add(self, model: TrainedModel | Ensemble, rows: NDArray[np.int64], scores: Scores) -> None:
        """Take in what a model says of its test rows: probabilities, or values in the target's unit."""
        if self.target.task == "regression":
            found = np.asarray(model.decode(scores.decisions), np.float64).reshape(len(rows), -1)
        else:
            found = scores.probabilities.astype(np.float64)
        if self.sums is None:
            self.sums = np.zeros((len(self.counts), found.shape[1]))
            self.weights = np.zeros(self.sums.shape)
        self.sums[rows] += found
        self.counts[rows] += 1
        self.thresholds[rows] += model.threshold
        assert self.weights is not None
        self.weights[rows] += scores.decision_weights if len(scores.decision_weights) else 1.0
        self.models.append(model)
        self.test_rows.append(rows)

    def means(self) -> tuple[NDArray[np.int64], NDArray[Any], NDArray[Any] | None]:
        """Return the rows that were predicted, the predictions, and probabilities if there are any."""
        assert self.sums is not None and self.weights is not None
        rows = np.flatnonzero(self.counts)
        means = self.sums[rows] / self.counts[rows, None]
        if self.target.task == "regression":
            return rows, means[:, 0] if means.shape[1] == 1 else means, None
        weights = self.weights[rows] / self.counts[rows, None]
        if self.target.task == "multilabel":
            decided = (weights * means > 1.0 - means).astype(np.int64)
        elif means.shape[1] == 2:
            decided = (means[:, 1] > self.thresholds[rows] / self.counts[rows]).astype(np.int64)
        else:
            decided = np.argmax(weights * means, axis=1)
        return rows, np.asarray(self.target.decode(decided)), means
