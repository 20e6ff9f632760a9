"""L-BFGS: all examples at once, a model of the curvature, and a search along a line.

Liu & Nocedal 1989, as `scipy.optimize.minimize` carries it out; forpass brings value and gradient.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.engines.blas import one_blas_thread
from forpass.engines.plans import StepPlan
from forpass.engines.protocol import Session
from forpass.errors import DivergenceError, SpecError
from forpass.spec.program import Program
from forpass.spec.training import TrainingSpec

__all__ = ["minimise", "require_one_function"]


def minimise(
    session: Session,
    plan: StepPlan,
    training: TrainingSpec,
    iterations_done: int,
    on_iteration: Callable[[float, float], str],
) -> str:
    """Minimise the objective over all training rows, starting from the session's parameters.

    Parameters
    ----------
    plan : StepPlan
        A single step on all of them.
    iterations_done : int
        Iterations of an earlier call, which count towards ``training.epochs`` and ``max_steps``.
    on_iteration : callable
        Is handed loss and penalty after each iteration, when the session holds its parameters; returns
        a reason to end, or "".

    Returns
    -------
    str
        The reason of `on_iteration`; otherwise ``"epochs"`` or ``"max_steps"`` when the iterations are
        used up, ``"evaluations"`` when those of the objective are, ``"converged"``, or ``"stalled"``
        when the search along a line found no way down.

    Raises
    ------
    DivergenceError
        When the objective is not finite.
    """
    from scipy.optimize import minimize

    reason, seen = "", dict[float, tuple[float, float]]()

    def value_and_gradient(theta: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        session.set_parameters(theta)
        found = session.value_and_gradient(plan)
        if not np.isfinite(found.objective):
            raise DivergenceError(
                f"the objective became {found.objective} in L-BFGS iteration {iterations_done + 1}; "
                "scale the features to a few units, or begin with smaller parameters"
            )
        seen[found.objective] = found.loss, found.penalty
        return found.objective, found.gradient.astype(np.float64)

    def after_iteration(intermediate_result: Any) -> None:
        nonlocal iterations_done, reason
        iterations_done += 1
        session.set_parameters(intermediate_result.x)
        reason = on_iteration(*seen[float(intermediate_result.fun)])
        seen.clear()
        if reason:
            raise StopIteration

    limit = training.stopping.max_steps
    planned = training.epochs if limit is None else min(training.epochs, limit)
    used_up = "epochs" if planned == training.epochs else "max_steps"
    if planned <= iterations_done:
        return used_up
    with one_blas_thread():  # again: SciPy has brought a library of its own
        result = minimize(
            value_and_gradient,
            session.state().parameters.astype(np.float64),
            method="L-BFGS-B",
            jac=True,
            callback=after_iteration,
            options={
                "maxiter": planned - iterations_done,
                "maxfun": training.lbfgs.evaluations,
                "ftol": training.lbfgs.value_tolerance,
                "gtol": training.lbfgs.gradient_tolerance,
            },
        )
    session.set_parameters(result.x)
    if reason or iterations_done >= planned:
        return reason or used_up
    # scipy's status: 0 converged, 1 evaluations used up, 2 no way down was found
    return {0: "converged", 1: "evaluations"}.get(result.status, "stalled")


def require_one_function(program: Program) -> None:
    """Refuse a network whose objective is not one function of its parameters.

    Raises
    ------
    SpecError
        Dropout draws other masks at each step, and the running averages of batch normalisation move only
        with steps.
    """
    for opcode, why in (
        ("dropout", "masks change at each step"),
        ("batch_norm", "running averages need steps"),
    ):
        if program.uses(opcode):
            raise SpecError(
                f"lbfgs cannot train a network with {opcode} ({why}); use adam, or leave the layer out"
            )
