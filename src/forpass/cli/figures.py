"""What commands say of a model: how good it is, whether that is chance, and how it decides."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

from forpass.api.thresholds import positive_threshold
from forpass.model import Ensemble, Evaluation, TrainedModel
from forpass.model.candidates import candidates_table
from forpass.model.figures import classes_table, figures_table
from forpass.preprocessing import TargetSpec
from forpass.preprocessing.words import word_of
from forpass.shown import as_shown, bounded

__all__ = [
    "decision_text",
    "evaluation_text",
    "paragraph",
    "target_text",
    "threshold_of",
    "tried_text",
]


def evaluation_text(evaluation: Evaluation) -> str:
    """Lay out how good a network is, whether it earns its place beside the baselines, and each class."""
    parts = [figures_table(evaluation.figures, evaluation.metric), paragraph(evaluation.verdict)]
    if evaluation.reliability is not None:
        error = evaluation.reliability.error
        parts.append(paragraph(f"probabilities: expected calibration error {error:.3f}"))
    text = "\n".join(part for part in parts if part)
    return "\n\n".join(part for part in (text, classes_table(evaluation.classes)) if part)


LOSSES = {
    "regression": "squared error in variances of the target",
    "multilabel": "Brier score of all labels",
}


def tried_text(account: Mapping[str, Any], task: str) -> str:
    """Lay out what a recipe tried, what its losses are, and what there was no time for."""
    score = LOSSES.get(task, "Brier score")
    loss = f"expected loss: {score} out of fold, less what averaging the networks of a line gains"
    omissions = account.get("omissions", [])
    words = [loss, *([f"Cut short: {'; '.join(omissions)}."] if omissions else [])]
    return "\n".join([candidates_table(account["candidates"]), *map(paragraph, words)])


def threshold_of(model: TrainedModel | Ensemble) -> dict[str, float]:
    """Return the probability of the positive class above which it is predicted, where there is one."""
    target = _two_classes(model)
    if target is None:
        return {}
    return {"threshold": positive_threshold(target, model.threshold)}


def decision_text(model: TrainedModel | Ensemble, chosen_by: str = "") -> str:
    """Say of two classes which is the positive one, and how it is decided for; "" for anything else.

    `chosen_by` names the metric by which the threshold was chosen, and the rows.
    """
    target = _two_classes(model)
    if target is None:
        return ""
    place, (at,) = target.positive_number, threshold_of(model).values()
    why = "which sorts last (--positive takes the other)" if place == 1 else "as was said"
    how = f", best for {chosen_by}" if chosen_by else ""
    name = as_shown(word_of(target.classes[place]))
    return paragraph(
        f"The positive class is {name}, {why}. It is predicted above a probability of {at:.4g}{how}."
    )


def _two_classes(model: TrainedModel | Ensemble) -> TargetSpec | None:
    """Return the target of a model of a table that tells two classes apart; None for any other."""
    target = None if model.preprocessing is None else model.preprocessing.target
    return target if isinstance(target, TargetSpec) and len(target.classes) == 2 else None


def target_text(target: TargetSpec) -> list[str]:
    """Say why this is taken for the task, and how the command is told another; nothing where it was said."""
    return [bounded(target.why_said())] if target.why else []


def paragraph(text: str) -> str:
    """Break a text into lines below a table."""
    return textwrap.fill(text, 104, initial_indent="  ", subsequent_indent="  ")
