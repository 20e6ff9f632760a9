"""Formulas bound to a namespace and a number type, compared with the same formulas in NumPy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from forpass.engines.bind import bind
from forpass.engines.conformance.comparing import DTYPES
from forpass.errors import EngineError
from forpass.maths.activations import ACTIVATIONS
from forpass.maths.affine import scaled, scaled_vjp, sized
from forpass.maths.clipping import clip_norm_factor, clip_value
from forpass.maths.columnwise import COLUMNWISE
from forpass.maths.dropout import dropout, dropout_vjp
from forpass.maths.losses import LOSSES
from forpass.maths.normalisation import running, scale_shift, standardise
from forpass.maths.optimizers import OPTIMIZERS
from forpass.maths.penalties import decayed, penalty, penalty_gradient

__all__ = ["formula_checks"]

FORMULA_TOLERANCE = 32.0
"""How many eps a formula of one scalar may be off: each engine has its own exp, tanh and erfc."""

SCORES = (-2.5, -0.75, 0.0, 0.5, 3.0)
WORDS = (np.uint32(5), np.uint32(2**32 - 1))
THRESHOLD = np.uint32(2**31)

Arguments = tuple[Any, ...]


def numpy_types(function: Callable[..., Any], arguments: Arguments) -> tuple[str, ...]:
    """Name the types of what a function returns: the default of `formula_checks`."""
    result = function(*arguments)
    parts = result if isinstance(result, tuple) else (result,)
    return tuple(np.asarray(part).dtype.name for part in parts)


def formula_checks(
    namespace: Any,
    wrap: Callable[[Any], Any] = lambda function: function,
    types_of: Callable[[Callable[..., Any], Arguments], tuple[str, ...]] = numpy_types,
) -> Iterator[tuple[str, Callable[[], None]]]:
    """Bind every elementwise formula to a namespace, for scalars of both types, and compare with NumPy.

    Parameters
    ----------
    namespace : module
        An engine's ``xp``.
    wrap : callable
        What the engine does with a bound function, for instance ``jax.jit``.
    types_of : callable
        ``types_of(function, arguments)`` names the types of the results; for an engine whose results
        lose their type on the way back to Python.

    Examples
    --------
    >>> from forpass.maths import xp
    >>> checks = dict(formula_checks(xp))
    >>> checks["gelu_vjp[float32]"]()
    """
    for dtype in DTYPES:
        bound: dict[Callable[..., Any], Any] = {}
        for name, function, examples in _formulas():
            yield (
                f"{name}[{dtype}]",
                _formula_check(name, function, examples, dtype, namespace, wrap, types_of, bound),
            )


def _formula_check(
    name: str,
    function: Callable[..., Any],
    examples: Sequence[Arguments],
    dtype: str,
    namespace: Any,
    wrap: Callable[[Any], Any],
    types_of: Callable[[Callable[..., Any], Arguments], tuple[str, ...]],
    bound: dict[Callable[..., Any], Any],
) -> Callable[[], None]:
    real: Any = np.dtype(dtype).type
    tolerance = FORMULA_TOLERANCE * float(np.finfo(dtype).eps)

    def check() -> None:
        ours = bind(function, namespace, real, wrap, bound)
        for example in examples:
            arguments = tuple(real(a) if isinstance(a, float) else a for a in example)
            # float64 formulas on the same, already rounded, numbers
            wide = (np.float64(a) if isinstance(a, np.floating) else a for a in arguments)
            right = np.atleast_1d(np.array(function(*wide), np.float64))
            types = types_of(ours, arguments)
            if set(types) != {dtype}:
                raise EngineError(f"{name}{arguments} returns {', '.join(types)}; it must be {dtype}")
            got = np.atleast_1d(np.array(ours(*arguments), np.float64))
            if got.shape != right.shape or not np.all(
                np.abs(got - right) <= tolerance * np.maximum(np.abs(right), 1.0)
            ):
                raise EngineError(
                    f"{name}{arguments} is {got.tolist()}; it must be {right.tolist()} ({dtype})"
                )

    return check


def _formulas() -> Iterator[tuple[str, Callable[..., Any], list[Arguments]]]:
    """Give every elementwise formula with arguments to try: floats become the working type."""
    for activation in ACTIVATIONS.values():
        settings = tuple(h.default for h in activation.hyperparameters)
        values = [(z, float(activation.function(z, *settings))) for z in SCORES]
        yield activation.function.__name__, activation.function, [(z, *settings) for z, _ in values]
        yield activation.vjp.__name__, activation.vjp, [(0.75, z, a, *settings) for z, a in values]
        if activation.with_slope is not None:
            yield activation.with_slope.__name__, activation.with_slope, [(z, *settings) for z, _ in values]
    for record in COLUMNWISE.values():
        own = (*(0.75,) * len(record.trained), *(h.default for h in record.hyperparameters))
        values = [(z, float(record.function(z, *own))) for z in SCORES]
        yield record.function.__name__, record.function, [(z, *own) for z, _ in values]
        yield record.vjp.__name__, record.vjp, [(0.75, z, a, *own) for z, a in values]
        if record.with_slopes is not None:
            yield record.with_slopes.__name__, record.with_slopes, [(z, *own) for z, _ in values]
    for loss in LOSSES.values():
        if loss.over == "elements":
            settings = tuple(h.default for h in loss.hyperparameters)
            pairs = [(z, t) for z in SCORES for t in (0.0, 1.0)]
            yield loss.function.__name__, loss.function, [(z, t, *settings) for z, t in pairs]
            yield loss.vjp.__name__, loss.vjp, [(0.75, z, t, *settings) for z, t in pairs]
            if loss.switch is not None:
                yield loss.switch.__name__, loss.switch, [(z, t, *settings) for z, t in pairs]
    for name, optimizer in OPTIMIZERS.items():
        coefficients = optimizer.coefficients(3.0, *(h.default for h in optimizer.hyperparameters))
        slots = (0.25,) * len(optimizer.slots)
        yield (
            name,
            optimizer.step,
            [(1.5, g, *slots, 0.1, *map(float, coefficients)) for g in (-2.0, 0.0, 0.5)],
        )
    masks: list[Callable[..., Any]] = [dropout, dropout_vjp]
    for function in masks:
        yield function.__name__, function, [(z, word, THRESHOLD, 2.0) for z in SCORES for word in WORDS]
    others: list[Callable[..., Any]] = [
        *(penalty, penalty_gradient, decayed),
        *(clip_value, clip_norm_factor),
        *(standardise, scale_shift, running),
        *(scaled, scaled_vjp, sized),
    ]
    for function in others:
        n = function.__code__.co_argcount
        yield function.__name__, function, [(z, 0.5, 0.25, 2.0)[:n] for z in SCORES]
