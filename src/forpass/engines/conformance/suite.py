"""The checks of an engine, in their order and under their names, and what runs them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from forpass.engines.conformance.agreement import (
    check_gradient,
    check_link,
    check_order_of_sums,
    check_raw_scores,
    check_step_activation,
    check_trajectory,
)
from forpass.engines.conformance.cases import (
    MakeCase,
    averaged_by_batch,
    cases,
    everything,
    optimised_by,
    training_cases,
)
from forpass.engines.conformance.comparing import DTYPES, Failure
from forpass.engines.conformance.laws import (
    LAWS,
    OTHER_LAWS,
    CaseCheck,
    check_bad_step,
    check_infinite_penalty,
    check_orders,
    check_sparse,
)
from forpass.engines.protocol import Engine
from forpass.errors import EngineError
from forpass.maths.links import LINKS
from forpass.maths.optimizers import OPTIMIZERS

__all__ = ["CheckResult", "check_engine", "engine_checks"]


class CheckResult(NamedTuple):
    """What came of one check: ``message`` is empty where it passed."""

    name: str
    passed: bool
    message: str


def check_engine(engine: Engine, *, on_fail: str = "raise") -> list[CheckResult]:
    """Run every check on an engine.

    Parameters
    ----------
    engine : Engine
        A module, or an object with its functions.
    on_fail : {"raise", "report"}
        Stop at the first check that fails, or go on and report it.

    Returns
    -------
    list of CheckResult

    Raises
    ------
    EngineError
        When a check fails and `on_fail` is ``"raise"``; the message names engine, check and numbers.
    """
    results = []
    for name, check in engine_checks(engine):
        try:
            check()
        except EngineError as error:
            if on_fail == "raise":
                raise
            results.append(CheckResult(name, False, str(error)))
        else:
            results.append(CheckResult(name, True, ""))
    return results


def engine_checks(engine: Engine) -> Iterator[tuple[str, Callable[[], None]]]:
    """Give every check as its name and a function that raises `EngineError` where the engine fails.

    Examples
    --------
    >>> from forpass.engines import reference
    >>> checks = dict(engine_checks(reference))
    >>> checks["gradient[activation relu, float32]"]()
    """
    for name, check in _engine_checks():
        yield name, _guarded(engine, name, check)


Check = Callable[[Engine], None]


def _engine_checks() -> Iterator[tuple[str, Check]]:
    yield "orders", check_orders
    for dtype in DTYPES:
        for case, make in cases().items():
            yield f"gradient[{case}, {dtype}]", _on(make, check_gradient, dtype)
            yield f"raw_scores[{case}, {dtype}]", _on(make, check_raw_scores, dtype)
            for optimizer in OPTIMIZERS:
                name = f"trajectory[{case}, {optimizer}, {dtype}]"
                yield name, _on(make, check_trajectory, dtype, optimizer)
        for case, make in training_cases().items():
            yield f"trajectory[{case}, {dtype}]", _on(make, check_trajectory, dtype)
        for optimizer in OPTIMIZERS:
            for law, check in LAWS.items():
                yield f"{law}[{optimizer}, {dtype}]", _on(everything, check, dtype, optimizer)
        for law, check in OTHER_LAWS.items():
            yield f"{law}[{dtype}]", _on(everything, check, dtype)
        for law in ("same bits for any chunks", "resumed run", "zero weight"):
            yield f"{law}[mean of each batch, {dtype}]", _on(averaged_by_batch, LAWS[law], dtype)
        for case in ("a single layer", "embedding alone"):
            yield f"types[{case}, {dtype}]", _on(cases()[case], LAWS["types"], dtype)
        for law, check in LAWS.items():
            yield f"{law}[members, {dtype}]", _on(cases()["batch ensemble"], check, dtype)
        threads = OTHER_LAWS["same bits for any threads"]
        yield f"same bits for any threads[members, {dtype}]", _on(cases()["batch ensemble"], threads, dtype)
        yield f"sparse examples[{dtype}]", _on(everything, check_sparse, dtype)
        for link in LINKS:
            yield f"link[{link}, {dtype}]", partial(check_link, link=link, dtype=dtype)
        yield f"bad step[{dtype}]", partial(check_bad_step, dtype=dtype)
        yield f"order of sums[{dtype}]", partial(check_order_of_sums, dtype=dtype)
        yield f"infinite penalty[{dtype}]", partial(check_infinite_penalty, dtype=dtype)
        yield f"no activation to train[{dtype}]", partial(check_step_activation, dtype=dtype)


def _on(make: MakeCase, check: CaseCheck, dtype: str, optimizer: str | None = None) -> Check:
    """Return the check of a case, which is made when the check runs."""

    def run(engine: Engine) -> None:
        case = make()
        check(engine, case if optimizer is None else optimised_by(case, optimizer), dtype)

    return run


def _guarded(engine: Engine, name: str, check: Check) -> Callable[[], None]:
    """Turn whatever goes wrong in a check into an error that names engine and check."""

    def run() -> None:
        try:
            check(engine)
        except Failure as failure:
            raise EngineError(f"the engine {engine.NAME} fails {name}: {failure}") from None
        except Exception as error:
            raise EngineError(
                f"the engine {engine.NAME} fails {name}: {type(error).__name__}: {error}"
            ) from error

    return run
