"""The members of an ensemble: what they must have in common, their weights, their preprocessings."""

from __future__ import annotations

import hashlib
import json
import math
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from forpass.errors import SpecError
from forpass.maths.losses import LOSSES
from forpass.model.scores import gives_probabilities
from forpass.shown import Text, one
from forpass.spec.network import Head, NetworkSpec
from forpass.spec.require import finite_number, several

if TYPE_CHECKING:
    from forpass.model.preprocessor import Preprocessor
    from forpass.model.trained import TrainedModel

__all__ = [
    "decision_weights_for",
    "different_preprocessings",
    "normalised",
    "require_alike",
    "require_trained",
    "sharpness_for",
    "summary_of",
    "threshold_of",
]

EPSILON = sys.float_info.epsilon


def require_trained(members: Sequence[Any]) -> None:
    """Refuse what is no trained model, such as an ensemble."""
    from forpass.model.trained import TrainedModel

    for number, member in enumerate(members, start=1):
        if not isinstance(member, TrainedModel):
            raise SpecError(
                f"member {number} is {one(type(member).__name__)}; give trained models, in place of an "
                "ensemble its own"
            )


def require_alike(members: Sequence[Any]) -> None:
    """Refuse members that do not predict the same thing, by number and by what they predict."""
    if not members:
        raise SpecError("an ensemble needs at least one member; give trained models")
    for number, member in enumerate(members, start=1):
        for (what, first), (_, own) in zip(_asked(members[0]), _asked(member), strict=True):
            if first != own:
                raise SpecError(
                    f"{what} of member {number} is {own}, of member 1 {first}; the members of an ensemble "
                    "must predict the same thing from the same kind of input"
                )


def _asked(model: TrainedModel) -> Iterator[tuple[str, Any]]:
    """What the members of an ensemble must have in common, each with its name."""
    head, preprocessing = model.spec.head, model.preprocessing
    yield "the input", "arrays" if preprocessing is None else "tables"
    if preprocessing is None:
        yield "the number of features", model.spec.n_features
        yield "the list of code sizes", model.spec.code_sizes
    yield "the kind of target", LOSSES[head.loss].targets
    yield "the link", head.link
    yield "the number of outputs", model.spec.n_outputs
    target = None if preprocessing is None else preprocessing.target
    yield "the task", target and target.task
    yield "the target", target and ", ".join(target.names)
    # by their JSON, for 1, 1.0 and true are equal in Python, and are different labels
    yield "the list of classes", target and json.dumps(target.classes, ensure_ascii=False)
    if head.link != "identity":
        yield "the unit of the target", target and target.unit


def different_preprocessings(
    members: Sequence[TrainedModel],
) -> tuple[tuple[Preprocessor, ...], tuple[int, ...], tuple[str, ...]]:
    """Return the different preprocessings, for each member which of them is its own, and their digests."""
    found: dict[str, Preprocessor] = {}
    texts: dict[int, str] = {}  # of each object once: a preprocessing may be long, and shared by all
    for preprocessing in (member.preprocessing for member in members):
        if preprocessing is not None and id(preprocessing) not in texts:
            texts[id(preprocessing)] = json.dumps(preprocessing.to_json(), sort_keys=True)
            found.setdefault(texts[id(preprocessing)], preprocessing)
    numbers = {text: number for number, text in enumerate(found)}
    places = (numbers[texts[id(m.preprocessing)]] if found else 0 for m in members)
    digests = (hashlib.sha256(text.encode()).hexdigest() for text in found)
    return tuple(found.values()), tuple(places), tuple(digests)


def normalised(weights: Sequence[float] | None, n: int) -> tuple[float, ...]:
    """Return weights that add up to 1."""
    said = [1.0] * n if weights is None else several("weights of an ensemble", weights)
    given = [_weight(weight) for weight in said]
    if len(given) != n:
        raise SpecError(f"an ensemble of {n} members has {len(given)} weights; give one for each member")
    total = sum(given)
    if total == 0:
        raise SpecError("all weights of the ensemble are 0; give some member a weight above 0")
    if math.isinf(total):
        raise SpecError("the weights of the ensemble add up to infinity; give smaller ones")
    if abs(total - 1.0) <= n * EPSILON:  # as those of a file do, which must not change their bits
        return tuple(given)
    return tuple(weight / total for weight in given)


def _weight(given: Any) -> float:
    return finite_number("each weight of an ensemble", given, at_least=0.0)


def sharpness_for(given: Sequence[float] | None, n: int, head: Head) -> tuple[float, ...]:
    """Return the factor of the raw scores of each of n members; by default 1.

    Raises
    ------
    SpecError
        When there is not one for each member, or where scores do not become probabilities.
    """
    if given is None:
        return (1.0,) * n
    found = tuple(
        finite_number("each sharpness of an ensemble", factor, above=0.0)
        for factor in several("sharpness of an ensemble", given)
    )
    if len(found) != n:
        raise SpecError(
            f"an ensemble of {n} members has {len(found)} numbers of sharpness; give one for each member"
        )
    if not gives_probabilities(head) and set(found) != {1.0}:
        raise SpecError(f"sharpness is of probabilities, and the loss {head.loss} gives none; leave it out")
    return found


def decision_weights_for(given: Sequence[float] | None, spec: NetworkSpec) -> tuple[float, ...]:
    """Return how much the probability of each class, or the odds of each label, counts in decisions.

    Nothing where they count alike.

    Raises
    ------
    SpecError
        When there is not one for each output, or where neither classes nor labels are told apart.
    """
    if given is None or not len(given):
        return ()
    found = tuple(
        finite_number("each of the decision weights of an ensemble", weight, above=0.0)
        for weight in several("decision_weights of an ensemble", given)
    )
    if not gives_probabilities(spec.head) or spec.n_outputs == 1:
        raise SpecError(
            f"decision weights are of three classes and more, or of labels; the network has {spec.n_outputs} "
            f"outputs of {spec.head.loss}, so leave them out"
        )
    if len(found) != spec.n_outputs:
        raise SpecError(
            f"an ensemble of {spec.n_outputs} outputs has {len(found)} decision weights; give one for each"
        )
    return found


def threshold_of(members: Sequence[Any], weights: Sequence[float]) -> float:
    """Return, for two classes, the mean of the thresholds, as the probability is the mean of theirs."""
    thresholds = {member.threshold for member in members}
    if len(thresholds) == 1:  # to the bit
        return float(thresholds.pop())
    return float(sum(w * member.threshold for w, member in zip(weights, members, strict=True)))


def summary_of(members: Sequence[TrainedModel], weights: Sequence[float]) -> Text:
    """Return the architectures as tables of text, each with the numbers of the members that share it."""
    built: dict[str, list[int]] = {}
    for number, member in enumerate(members, start=1):
        built.setdefault(member.summary(), []).append(number)
    parts = []
    for table, numbers in built.items():
        shares = ", ".join(f"{number} (weight {weights[number - 1]:.3g})" for number in numbers)
        parts.append(f"member{'s' if len(numbers) > 1 else ''} {shares}:\n{table}")
    return Text("\n\n".join(parts))
