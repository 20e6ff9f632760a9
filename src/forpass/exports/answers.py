"""From raw scores to answers: labels, probabilities, values; as `Scores` and `decode` give them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from forpass.exports.graph import Value
from forpass.exports.units import predicted
from forpass.exports.writer import Writer
from forpass.maths.affine import plus
from forpass.maths.decisions import above, opposite
from forpass.maths.links import LINKS
from forpass.model import Ensemble, TrainedModel
from forpass.model.scores import gives_probabilities, task_of

__all__ = ["write_answers"]


def write_answers(writer: Writer, model: TrainedModel | Ensemble, raw: Value) -> Value | None:
    """Write the outputs of a model's graph: what it predicts, and where it gives such, probabilities.

    The probabilities are returned.
    """
    writer.section("answers")
    first = model.members[0] if isinstance(model, Ensemble) else model
    head, target = first.spec.head, None if first.preprocessing is None else first.preprocessing.target
    task, link = task_of(head, raw.width), LINKS[head.link].function
    said = raw if head.link == "identity" else writer.call(link, raw, name="predictions")
    names: Any = _names(target, task, raw.width)
    if task == "regression":
        value = said if target is None else predicted(writer, target.unit, said, "value")
        writer.output("value", writer.cast(value, "float64"), f"of {', '.join(names)}", names)
        return None
    weighted = raw
    if weights := getattr(model, "decision_weights", ()):
        weighted = writer.call(plus, raw, writer.constant("log_weights", np.log(weights)), name="weighted")
    if task == "multilabel":
        labels = writer.cast(writer.call(above, weighted, 0.0, name="holds"), "int64", "labels")
        writer.output("labels", labels, f"1 where it holds: {', '.join(names)}", names)
    else:
        number = _number(writer, weighted, model.threshold)
        of = target.names if target is not None and len(target.names) == 1 else ()
        told = f"the class{f' of {of[0]}' if of else ''}"
        writer.output("label", _labelled(writer, target, number, raw.width), told, of)
    if not gives_probabilities(head):
        return None
    P = said
    if raw.width == 1:
        P = writer.beside([writer.call(opposite, said, name="others"), said], "probabilities")
    writer.output("probabilities", P, f"of {', '.join(map(str, names))}", names)
    return P


def _names(target: Any, task: str, outputs: int) -> tuple[Any, ...]:
    """Return what each column of values or probabilities is of: a class, a label, a target."""
    if target is not None:
        return tuple(target.classes if task == "classification" else target.names)
    if task == "classification":
        return tuple(range(max(2, outputs)))
    return tuple(f"y{number}" for number in range(outputs)) if outputs > 1 else ("y",)


def _number(writer: Writer, raw: Value, threshold: float) -> Value:
    """Write the number of the class (n, 1): of two the second above the threshold, else the likeliest."""
    if raw.width > 1:
        return writer.largest(raw, "class_number")
    limit = 0.0 if threshold == 0.5 else math.log(threshold / (1.0 - threshold))
    return writer.cast(writer.call(above, raw, limit, name="is_second"), "int32", "class_number")


def _labelled(writer: Writer, target: Any, number: Value, outputs: int) -> Value:
    """Write the labels (n, 1) of numbers of classes."""
    labels = np.arange(max(2, outputs)) if target is None else target.labels()
    return writer.pick(writer.constant("labels", labels[:, None]), number, "label")
