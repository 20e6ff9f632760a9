"""How estimators take their parameters, each of which is said once: see `forpass.estimators.parameters`.

``@takes(...)`` gives a class its parameters: a constructor with a true signature, so that scikit-learn's
``get_params``, ``set_params`` and ``clone`` find them, the section of the docstring, and `require_parameters`
their checks.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar

from forpass.api.setup import Apply
from forpass.api.signatures import Described, described, keywords
from forpass.api.values import Check, anything
from forpass.maths.activations import ACTIVATIONS

__all__ = ["Parameter", "but", "require_parameters", "takes"]


class Parameter(NamedTuple):
    """A parameter of an estimator.

    Attributes
    ----------
    name : str
    type : str
        In words, for the docstring.
    default : object
    doc : str
    check : callable
        Refuses a value that makes no sense: see `forpass.api.values`.
    apply : callable or None
        Where its value goes; None: several decide together, see `forpass.estimators.settings`.
    option : str
        The option of training that it is, if it is one.
    """

    name: str
    type: str
    default: Any
    doc: str
    check: Check = anything
    apply: Apply | None = None
    option: str = ""


def but(parameter: Parameter, **deviations: Any) -> Parameter:
    """Return a parameter that deviates."""
    return parameter._replace(**deviations)


E = TypeVar("E", bound=type)


def takes(parameters: tuple[Parameter, ...], by_place: int = 2) -> Callable[[E], E]:
    """Give an estimator its parameters, of which the first `by_place` may be given without a name.

    They replace the entry ``**parameters`` of its docstring.
    """
    shown = [Described(*parameter[:4]) for parameter in parameters]
    self = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    signature = inspect.Signature([self, *keywords(shown, by_place)])
    defaults = {parameter.name: parameter.default for parameter in parameters}
    first = list(defaults)[:by_place]

    def with_them(estimator: E) -> E:
        def __init__(self: Any, *values: Any, **named: Any) -> None:
            placed = dict(zip(first, values, strict=False))
            if len(values) > by_place or not named.keys() <= defaults.keys() - placed.keys():
                try:
                    signature.bind(self, *values, **named)  # which says what is wrong
                except TypeError as error:
                    raise TypeError(f"{estimator.__name__}: {error}") from None
            vars(self).update(defaults | placed | named)

        __init__.__signature__ = signature  # type: ignore[attr-defined] # what inspect shows
        __init__.__qualname__ = f"{estimator.__qualname__}.__init__"
        estimator.__init__ = __init__  # type: ignore[misc]
        estimator.__doc__ = described(estimator.__doc__, "**parameters", shown)
        estimator.PARAMETERS = parameters  # type: ignore[attr-defined]
        return estimator

    return with_them


def require_parameters(estimator: Any) -> None:
    """Refuse parameters that make no sense: one sentence with the parameter, its value and what it may be.

    Raises
    ------
    SpecError, UnknownNameError
        Both are ValueErrors.
    """
    kind: Any = type(estimator)
    values = _reader_of_all(kind)(estimator)
    try:
        _found_right(kind, tuple(ACTIVATIONS), *values)
    except TypeError:  # a value that cannot be hashed
        _found_right.__wrapped__(kind, (), *values)


@functools.cache
def _reader_of_all(kind: Any) -> Callable[[Any], tuple[Any, ...]]:
    """Return what reads all parameters of an estimator."""
    return attrgetter(*(parameter.name for parameter in kind.PARAMETERS))


@functools.lru_cache(256, typed=True)  # True is no 1
def _found_right(kind: Any, activations: tuple[str, ...], *values: Any) -> None:
    """Carry out the checks; not again for values that were let through a moment ago.

    Unless there are other activations by now, of which one may be named.
    """
    for parameter, value in zip(kind.PARAMETERS, values, strict=True):
        parameter.check(f"{parameter.name} of {kind.__name__}", value)
