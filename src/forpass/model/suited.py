"""Whether what stands beside a network suits it: a threshold between classes, a preprocessing."""

from __future__ import annotations

from forpass.errors import SpecError
from forpass.maths.losses import LOSSES
from forpass.model.preprocessor import Preprocessor
from forpass.model.scores import gives_probabilities
from forpass.spec.network import NetworkSpec
from forpass.spec.require import require_instance

__all__ = ["require_suited", "require_two_classes"]


def require_two_classes(spec: NetworkSpec, threshold: float) -> None:
    """Refuse a threshold that is no probability, or where there are not two classes to decide between.

    Raises
    ------
    SpecError
    """
    if not 0.0 < threshold < 1.0:
        raise SpecError(f"threshold of the model must be above 0 and below 1; got {threshold!r}")
    if spec.n_outputs != 1 or not gives_probabilities(spec.head):
        raise SpecError(
            f"threshold {threshold:g} decides between two classes, and the network has {spec.n_outputs} "
            f"output(s) with the loss {spec.head.loss}; leave it at 0.5"
        )


def require_suited(spec: NetworkSpec, preprocessing: Preprocessor) -> None:
    """Refuse a preprocessing that makes other inputs than the network takes, or has another target.

    Raises
    ------
    SpecError
    """
    require_instance("the preprocessing", preprocessing, Preprocessor)
    groups, target = preprocessing.groups, preprocessing.target
    made = sum(group.width for group in groups), tuple(g.codes for g in groups if g.is_coded)
    taken = spec.n_features, spec.code_sizes
    if made != taken:
        raise SpecError(
            f"the preprocessing makes {made[0]} features and codes of {made[1]}, but the network takes "
            f"{taken[0]} and {taken[1]}"
        )
    if target is None:
        return
    by_class = target.task == "classification" and target.outputs > 1
    if spec.n_outputs != target.outputs or (LOSSES[spec.head.loss].targets == "class") != by_class:
        raise SpecError(
            f"the target {', '.join(target.names)} of the preprocessing ({target.task}) needs "
            f"{target.outputs} output(s){' of classes' * by_class}, but the network has {spec.n_outputs} "
            f"with the loss {spec.head.loss}"
        )
