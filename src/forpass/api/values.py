"""What a value that a person gives may be: checks, which refuse it by the name under which it was given.

A check is a function of that name and the value. So one check serves a keyword of a function, a parameter
of an estimator and an option of the command, each in its own words. What the command takes as text is made
a value by ``..._of_text``. Nothing numerical is imported before a value is checked: the command shows its
help without.
"""

from __future__ import annotations

import json
import math
import numbers
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forpass.errors import InputError, SpecError, UnknownNameError
from forpass.spec.require import finite_number, whole_number

if TYPE_CHECKING:
    from forpass.maths.metrics import Metric

__all__ = [
    "Check",
    "anything",
    "class_weights_of_text",
    "count_of_text",
    "flag",
    "layer_sizes",
    "number",
    "one_of",
    "preset_of_text",
    "require_class_weight",
    "require_metric",
    "require_missing_words",
    "require_positive",
    "require_preset",
    "require_threshold",
    "sizes_of_text",
    "threshold_of_text",
    "unless",
    "whole",
    "words_of_text",
]

Check = Callable[[str, Any], object]
"""``check(name, value)`` refuses a value that makes no sense, in one sentence."""


def anything(name: str, value: Any) -> None:
    """Let any value through: what it must be is known only later."""


def flag(name: str, value: Any) -> None:
    """Refuse what is neither True nor False; NumPy's truth values are."""
    if type(value).__name__ not in ("bool", "bool_"):
        raise SpecError(f"{name} must be True or False; got {value!r}")


def whole(at_least: int = 1) -> Check:
    """Return a check for a whole number of at least `at_least`."""
    return lambda name, value: whole_number(name, value, at_least)


def number(
    at_least: float = -math.inf,
    at_most: float = math.inf,
    *,
    above: float = -math.inf,
    below: float = math.inf,
) -> Check:
    """Return a check for a finite number within bounds."""

    def check(name: str, value: Any) -> None:
        found = finite_number(name, value, at_least, above)
        if found >= below:
            raise SpecError(f"{name} must be below {below:g}; got {value!r}")
        if found > at_most:
            raise SpecError(f"{name} must be at most {at_most:g}; got {value!r}")

    return check


def one_of(names: Callable[[], Iterable[str]]) -> Check:
    """Return a check for one of some names, which are asked for anew each time: more may be registered."""

    def check(name: str, value: Any) -> None:
        known = list(names())
        if not isinstance(value, str) or value not in known:
            raise UnknownNameError(name, value, known)

    return check


def unless(exception: Any, check: Check) -> Check:
    """Return a check that lets one further value through: None, a word, infinity."""
    if exception is None:
        return lambda name, value: value is None or check(name, value)
    hint = f", unless it is {exception!r}," if isinstance(exception, str) else ""

    def spared(name: str, value: Any) -> None:
        if not (isinstance(value, type(exception)) and value == exception):
            check(name + hint, value)

    return spared


def require_preset(names: Callable[[], Iterable[str]]) -> Check:
    """Return a check for a recipe, or the name of a preset."""
    check = one_of(names)

    def checked(name: str, value: Any) -> None:
        if value is None:
            return
        from forpass.recipes import Recipe

        if not isinstance(value, Recipe):
            check(name, value)

    return checked


def preset_of_text(text: str) -> Any:
    """Return the recipe in a JSON file, which the text names by its ending; any other text is a name."""
    if not text.lower().endswith(".json"):
        return text
    from forpass.recipes import Recipe

    try:
        content = json.loads(Path(text).read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{text} cannot be read: {error.strerror}; check the path") from None
    except ValueError as error:  # no UTF-8, no JSON
        raise InputError(f"{text} is not JSON ({error}); write what Recipe.to_json gives") from None
    return Recipe.from_json(content)


def layer_sizes(name: str, value: Any) -> tuple[int, ...]:
    """Return the number of neurons of each hidden layer; a single number stands for one layer."""
    if isinstance(value, numbers.Number):
        return (whole_number(name, value),)
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise SpecError(f"{name} takes the neurons of each layer, for instance [128, 64]; got {value!r}")
    return tuple(whole_number(f"each of {name}", size) for size in value)


def sizes_of_text(text: str) -> list[int]:
    """Read ``128,64``; ``0`` or nothing means no hidden layer."""
    if text.strip() in ("", "0"):
        return []
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise InputError(
            f"--hidden takes whole numbers by commas, for instance 128,64; got {text!r}"
        ) from None


def count_of_text(text: str) -> int | float | str:
    """Read a whole number, or ``inf``; what is neither stays text, which checks refuse."""
    if text.strip().lower() == "inf":
        return math.inf
    return int(text) if text.strip().lstrip("+-").isdecimal() else text


def require_missing_words(name: str, value: Any) -> None:
    """Refuse what is no list of words."""
    if value is None:
        return
    many = isinstance(value, Iterable) and not isinstance(value, str)
    if not many or not all(isinstance(word, str) for word in value):
        raise SpecError(f"{name} must be a list of words, for instance ['NA', '?']; got {value!r}")


def words_of_text(text: str) -> list[str]:
    """Read ``NA,?``; nothing means that there is no such word."""
    return [word.strip() for word in text.split(",") if word.strip()]


def require_metric(name: str, value: Any) -> None:
    """Refuse what is no metric; whether it suits the task is known only later."""
    if isinstance(value, str):
        _find(name, value)
    elif value is not None and not callable(value) and not hasattr(value, "function"):
        raise SpecError(f"{name} takes the name of a metric, a scorer or a function; got {value!r}")


def require_positive(name: str, value: Any) -> None:
    """Refuse what is no label; whether it is one of the classes is known only later."""
    if not isinstance(value, str | bool | numbers.Real | None):
        raise SpecError(f"{name} takes a class: text, a number or a truth value; got {value!r}")


def require_threshold(name: str, value: Any) -> None:
    """Refuse what is neither a probability nor a metric of decisions."""
    if value is None:
        return
    if not isinstance(value, str):
        number(above=0.0, below=1.0)(f"{name}, unless it is the name of a metric,", value)
        return
    from forpass.maths.metrics import METRICS, OF_ONE_SIDE, find_metric

    if value in OF_ONE_SIDE:
        find_metric(value)
    fit = [metric.name for metric in METRICS.values() if metric.reads == "decisions"]
    if value.partition(":")[0] not in fit:
        raise SpecError(
            f"{name} takes a probability, or a metric of decisions, which a threshold changes: "
            f"{', '.join(fit)}; got {value!r}"
        )
    find_metric(value)


def _find(name: str, value: str) -> Metric:
    """Return the metric of a name; refuse one that there is not by what it was given for."""
    from forpass.maths.metrics import METRICS, OF_ONE_SIDE, find_metric

    if value.partition(":")[0] not in {**METRICS, **OF_ONE_SIDE}:
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
    weights = dict[str, float]()
    for part in text.split(","):
        label, sign, weight = (piece.strip() for piece in part.rpartition("="))
        if label in weights:
            raise InputError(f"--class-weight names the class {label!r} twice; say it once")
        try:
            weights[label] = float(weight)
        except ValueError:
            sign = ""
        if not sign:
            raise InputError(
                "--class-weight takes balanced, or a weight for each class by commas, for instance "
                f"yes=3,no=1; got {text!r}"
            )
    return weights
