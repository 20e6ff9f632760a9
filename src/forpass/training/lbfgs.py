"""L-BFGS: all examples at once, a model of the curvature, and a search along a line.

Liu & Nocedal 1989, as `scipy.optimize.minimize` carries it out; forpass brings value and gradient.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.engines.protocol import Engine
from forpass.errors import DivergenceError, SpecError
from forpass.spec.data import Data
from forpass.spec.program import Program
from forpass.spec.training import TrainingSpec

__all__ = ["minimise"]


def minimise(
    program: Program,
    training: TrainingSpec,
    data: Data,
    engine: Engine,
    engine_state: Any,
    iterations_done: int,
    on_iteration: Callable[[float], str],
) -> str:
    """Minimise the objective over all examples, starting from the engine's parameters.

    Parameters
    ----------
    iterations_done : int
        Iterations of an earlier call, which count towards ``training.epochs`` and ``max_steps``.
    on_iteration : callable
        Is handed the objective after each iteration, when the engine holds its parameters; returns a
        reason to end, or "".

    Returns
    -------
    str
        The reason of `on_iteration`; otherwise ``"epochs"`` or ``"max_steps"`` when the iterations are
        used up, ``"evaluations"`` when those of the objective are, ``"converged"``, or ``"stalled"``
        when the search along a line found no way down.

    Raises
    ------
    SpecError
        When the objective is not one function: dropout draws other masks at each step, and the
        running averages of batch normalisation move only with steps.
    DivergenceError
        When the objective is not finite.
    """
    from scipy.optimize import minimize

    for opcode, why in (
        ("dropout", "masks change at each step"),
        ("batch_norm", "running averages need steps"),
    ):
        if program.uses(opcode):
            raise SpecError(
                f"lbfgs cannot train a network with {opcode} ({why}); use adam, or leave the layer out"
            )
    rows, reason = np.arange(data.n_rows), ""

    def value_and_gradient(theta: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        engine.import_parameters(engine_state, theta)
        value, gradient = engine.value_and_gradient(engine_state, rows)
        if not np.isfinite(value):
            raise DivergenceError(
                f"the objective became {value} in L-BFGS iteration {iterations_done + 1}; "
                "scale the features to a few units, or begin with smaller parameters"
            )
        return value, gradient.astype(np.float64)

    def after_iteration(intermediate_result: Any) -> None:
        nonlocal iterations_done, reason
        iterations_done += 1
        engine.import_parameters(engine_state, intermediate_result.x)
        reason = on_iteration(float(intermediate_result.fun))
        if reason:
            raise StopIteration

    begin = engine.export_state(engine_state).parameters.astype(np.float64)
    limit = training.stopping.max_steps
    planned = training.epochs if limit is None else min(training.epochs, limit)
    used_up = "epochs" if planned == training.epochs else "max_steps"
    wanted = planned - iterations_done
    if wanted <= 0:
        return used_up
    settings = training.optimizer.settings
    result = minimize(
        value_and_gradient,
        begin,
        method="L-BFGS-B",
        jac=True,
        callback=after_iteration,
        options={
            "maxiter": wanted,
            "maxfun": int(settings["evaluations"]),
            "ftol": settings["value_tolerance"],
            "gtol": settings["gradient_tolerance"],
        },
    )
    engine.import_parameters(engine_state, result.x)
    if reason or iterations_done >= planned:
        return reason or used_up
    # scipy's status: 0 converged, 1 evaluations used up, 2 no way down was found
    return {0: "converged", 1: "evaluations"}.get(result.status, "stalled")
