"""Whether what was written predicts as the model does: row by row, before the file appears."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from forpass.errors import ExportError, ForpassWarning
from forpass.exports.graph import Cells, Graph
from forpass.exports.trial_rows import table_of
from forpass.model import Ensemble, TrainedModel
from forpass.model.intervals import Sets
from forpass.model.scores import Scores

__all__ = ["TOLERANCE", "Expected", "by_the_other_engine", "expected_of", "require_equal", "ties_of"]

TOLERANCE = 1e-5
"""By how much a probability may deviate, and a value relative to its size (see `Unit.sizes`)."""

ENGINES = 4.0
"""A deviation may be so many times that of the model's own two engines, if that is larger."""

NEAR_A_TIE = 1e-4
"""Raw scores nearer to each other may be decided either way; beyond it no deviation is one of rounding."""

Answers = Mapping[str, NDArray[Any]]


class Expected(NamedTuple):
    """What a model itself answers for rows.

    Attributes
    ----------
    answers : mapping
        By the names of a graph's outputs.
    sizes : mapping
        Of values and ends of intervals, relative to what their deviation is.
    ties : bool array (n,), or (n, k) for labels
        Where another decision would be as good.
    """

    answers: Answers
    sizes: Mapping[str, NDArray[Any]]
    ties: NDArray[np.bool_]


def expected_of(
    graph: Graph, model: TrainedModel | Ensemble, cells: Cells, coverage: float | None = None
) -> Expected:
    """Return what the model answers for rows, with the engine with which it predicts."""
    table = table_of(graph, model, cells)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ForpassWarning)  # of words never seen, which are meant
        scores, names = model.scores(table), {output.name for output in graph.outputs}
        found = dict.fromkeys(
            names & {"label", "labels", "value"}, np.asarray(model.decode(scores.decisions))
        )
        if "probabilities" in names:
            found["probabilities"] = scores.probabilities
        if coverage is not None and isinstance(model, Ensemble):
            if "low" in names:
                ends = model.predict_interval(table, coverage)
                found |= {"low": ends[..., 0], "high": ends[..., 1]}
            if isinstance(model.intervals, Sets):
                found["in_set"] = model.intervals.members(scores.probabilities, coverage)
    assert names == found.keys(), f"nothing to compare {sorted(names ^ found.keys())} with"
    answers = {name: np.asarray(array).reshape(scores.n_rows, -1) for name, array in found.items()}
    return Expected(answers, _sizes(model, answers), ties_of(scores))


def require_equal(
    form: str, cells: Cells, expected: Expected, found: Answers, again: Callable[[], Expected]
) -> dict[str, float]:
    """Return the largest deviation of each output.

    Parameters
    ----------
    form : str
    cells : mapping
        The rows, for the message.
    expected : Expected
    found : mapping
        What the written form answers.
    again : callable
        Returns what the model answers with its other engine. It is asked only where a deviation is beyond the
        tolerance: it may be four times as large as that between the engines, whose sums round otherwise.

    Raises
    ------
    ExportError
        Where one is beyond the tolerance, with the row.
    """
    largest: dict[str, float] = {}
    for name, wanted in expected.answers.items():
        answered = np.asarray(found[name]).reshape(len(wanted), -1)
        if answered.shape != wanted.shape:
            raise ExportError(
                f"the {form} form gives {name} of shape {answered.shape}; the model {wanted.shape}"
            )
        off = _deviations(name, wanted, answered, expected)
        largest[name] = float(off.max(initial=0.0))
        if not largest[name] <= TOLERANCE:
            own = _deviations(name, wanted, again().answers[name], expected)
            if largest[name] <= ENGINES * float(own.max(initial=0.0)) < NEAR_A_TIE:
                continue
            row = int(np.argmax(off.max(axis=1)))
            told = ", ".join(f"{column} {cells[column][row]!r}" for column in cells)
            raise ExportError(
                f"the {form} form would predict something else: {name} {answered[row].tolist()} where the "
                f"model says {wanted[row].tolist()}, for {told}; nothing was written"
            )
    return largest


@overload
def by_the_other_engine(model: TrainedModel) -> TrainedModel: ...


@overload
def by_the_other_engine(model: TrainedModel | Ensemble) -> TrainedModel | Ensemble: ...


def by_the_other_engine(model: TrainedModel | Ensemble) -> TrainedModel | Ensemble:
    """Return the same model on the engine that is not its own: the NumPy engine, or the default one."""
    if isinstance(model, TrainedModel):
        return replace(model, engine="auto" if model.engine == "numpy" else "numpy")
    return model.with_members([by_the_other_engine(member) for member in model.members])


def _deviations(name: str, wanted: NDArray[Any], found: NDArray[Any], expected: Expected) -> NDArray[Any]:
    """Return how far each answer deviates, (n, k); infinite for another decision that is no tie."""
    if name in ("label", "labels"):
        other = wanted != found.astype(wanted.dtype)
        return np.where(other & ~expected.ties, np.inf, 0.0)
    wanted, found = wanted.astype(np.float64), found.astype(np.float64)
    same = (wanted == found) | (np.isnan(wanted) & np.isnan(found))
    with np.errstate(invalid="ignore"):
        off = np.where(same, 0.0, np.abs(wanted - found) / expected.sizes.get(name, np.ones_like(wanted)))
    return np.where(np.isnan(off), np.inf, off)


def _sizes(model: TrainedModel | Ensemble, answers: Answers) -> dict[str, NDArray[Any]]:
    """Return relative to what values deviate."""
    target = None if model.preprocessing is None else model.preprocessing.target
    found = {}
    for name in answers.keys() & {"value", "low", "high"}:
        values = answers[name].astype(np.float64)
        size = np.abs(values) if target is None else target.unit.sizes(values)
        found[name] = np.maximum(size, 1.0 if target is None else np.finfo(np.float64).tiny)
    return found


def ties_of(scores: Scores) -> NDArray[np.bool_]:
    """Say where raw scores are so near each other, or the threshold, that either decision is right."""
    raw = scores.raw.astype(np.float64)
    if len(scores.decision_weights):
        raw = raw + np.log(scores.decision_weights)
    scale = np.maximum(1.0, np.abs(raw).max(axis=1, keepdims=True, initial=0.0))
    if raw.shape[1] == 1 or scores.decisions.ndim == 2:
        t = np.asarray(scores.threshold, np.float64)
        return np.asarray(np.abs(raw - np.log(t / (1.0 - t))) <= NEAR_A_TIE * scale)
    second, first = np.sort(raw, axis=1)[:, -2:].T
    return np.asarray((first - second)[:, None] <= NEAR_A_TIE * scale)
