"""What may be said of metric, threshold and weights of classes, in Python and on a command line.

Nothing numerical is imported before a value is checked: the command shows its help without.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any

from forpass.api.values import number
from forpass.errors import InputError, SpecError, UnknownNameError
from forpass.spec.require import finite_number

if TYPE_CHECKING:
    from forpass.maths.metrics import Metric

__all__ = [
    "class_weights_of_text",
    "require_class_weight",
    "require_metric_asked",
    "require_positive",
    "require_threshold",
    "threshold_of_text",
]


def require_metric_asked(name: str, value: Any) -> None:
    """Refuse what is no metric; whether it suits the task is known only later."""
    if isinstance(value, str):
        _find(name, value)
    elif value is not None and not callable(value) and not hasattr(value, "function"):
        raise SpecError(f"{name} takes the name of a metric, a scorer or a function; got {value!r}")


def require_positive(name: str, value: Any) -> None:
    """Refuse what is no label; whether it is one of the classes is known only later."""
    if not isinstance(value, str | bool | Real | None):
        raise SpecError(f"{name} takes a class: text, a number or a truth value; got {value!r}")


def require_threshold(name: str, value: Any) -> None:
    """Refuse what is neither a probability nor a metric of decisions."""
    if value is None:
        return
    if not isinstance(value, str):
        number(above=0.0, below=1.0)(f"{name}, unless it is the name of a metric,", value)
        return
    from forpass.maths.metrics import METRICS

    if _find(name, value).reads != "decisions":
        fit = ", ".join(metric.name for metric in METRICS.values() if metric.reads == "decisions")
        raise SpecError(
            f"{name} takes a metric of decisions, which a threshold changes: {fit}; got {value!r}"
        )


def _find(name: str, value: str) -> Metric:
    """Return the metric of a name; refuse one that there is not by what it was given for."""
    from forpass.maths.metrics import METRICS, find_metric

    if value.partition(":")[0] not in METRICS:
        raise UnknownNameError(name, value, METRICS)
    return find_metric(value)


def threshold_of_text(text: str) -> float | str:
    """Read a number, or else the name of a metric."""
    try:
        return float(text)
    except ValueError:
        return text


def require_class_weight(name: str, given: Any) -> None:
    """Refuse what says nothing of classes.

    Raises
    ------
    SpecError, UnknownNameError
    """
    if given is None or (isinstance(given, str) and given == "balanced"):
        return
    if isinstance(given, str):
        raise UnknownNameError(name, given, ["balanced"])
    each = given if isinstance(given, Sequence) else [given]
    if not each or not all(isinstance(one, Mapping) for one in each):
        raise SpecError(
            f"{name} must be 'balanced', or a weight for each class, for instance {{'yes': 3, 'no': 1}}; "
            f"got {given!r}"
        )
    for one in each:
        for label, weight in one.items():
            finite_number(f"the weight of {label!r} in {name}", weight, 0.0)


def class_weights_of_text(text: str) -> Any:
    """Read ``balanced``, or ``yes=3,no=1``; what stands before the last ``=`` of each part is a class."""
    if "=" not in text:
        return text.strip()
    weights = {}
    for part in text.split(","):
        label, sign, weight = part.rpartition("=")
        try:
            weights[label.strip()] = float(weight)
        except ValueError:
            sign = ""
        if not sign:
            raise InputError(
                "--class-weight takes balanced, or a weight for each class by commas, for instance "
                f"yes=3,no=1; got {text!r}"
            )
    return weights
