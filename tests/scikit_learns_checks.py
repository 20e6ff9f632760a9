"""What scikit-learn demands of an estimator, with the checks that are meant to fail."""

from collections.abc import Mapping
from typing import Any

from later import later

check_estimator = later("sklearn.utils.estimator_checks", "check_estimator")


def require_scikit_learns_checks(estimator: Any, reasons: Mapping[str, str]) -> None:
    """Demand that every check passes but those of `reasons`, and that those fail."""
    results = check_estimator(estimator, expected_failed_checks=dict(reasons), on_skip=None, on_fail=None)
    failed = [f"{r['check_name']}: {r['exception']!r}" for r in results if r["status"] == "failed"]
    assert not failed, "\n".join(failed)
    assert {r["check_name"] for r in results if r["status"] == "xfail"} == set(reasons)
