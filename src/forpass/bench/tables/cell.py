"""One system learns one division of one table: carried out in a process of its own."""

from __future__ import annotations

import importlib
import json
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.bench.probe import most_memory
from forpass.bench.tables.given import Dealt, Table, dealt
from forpass.bench.tables.systems import SYSTEMS, Learning, System
from forpass.maths.reliability import calibration_error, reliability_bins

__all__ = ["carried_out", "judged", "main"]

LEAST_PROBABILITY = 1e-7
"""Log-loss takes no probability for less: who is sure and wrong pays 16, not infinity."""

ROWS_PREDICTED = 10_000
"""Rows that the seconds of predicting are for: the test rows, as often as it takes."""


def main(told: str) -> None:
    """Carry out what the words of a cell say, and print what was found as the last line."""
    asked = json.loads(told)
    table = Table(asked["table"], Path(asked["path"]), asked["target"], asked["classes"])
    rows = dealt(table, asked["division"], asked["most_rows"])
    system = SYSTEMS[asked["system"]]
    for name in system.needs:
        importlib.import_module(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of peers: figures say how well they learnt
        found = carried_out(system, rows, Learning(table.classes, asked["threads"], asked["division"]))
    print(json.dumps(found))


def carried_out(system: System, rows: Dealt, learning: Learning) -> dict[str, Any]:
    """Let a system learn and predict.

    Returns
    -------
    dict
        ``error``: of classes the share of test rows that are not the likeliest class, of values the root
        mean squared error over the standard deviation of the test rows' values. ``fit_s``, ``fit_cpu_s``,
        ``predict_s``: seconds, the last for 10,000 rows; ``peak_bytes`` of the process; ``n_rows`` and
        ``n_test``. Of classes also ``log_loss``, and ``calibration``, the expected calibration error of the
        likeliest class; see `forpass.maths.reliability`.
    """
    began, at_work = time.perf_counter(), time.process_time()
    predict = system.learn(rows.X, rows.y, learning)
    fit, fit_cpu = time.perf_counter() - began, time.process_time() - at_work
    predict(rows.X_test.head(10))  # what is made once, by the first call, is not what rows cost
    answers = np.asarray(predict(rows.X_test), np.float64)
    many = rows.X_test.iloc[np.arange(ROWS_PREDICTED) % len(rows.X_test)].reset_index(drop=True)
    began = time.perf_counter()
    predict(many)
    seconds = time.perf_counter() - began
    return {
        **judged(answers, rows.y_test, learning.classes),
        "fit_s": fit,
        "fit_cpu_s": fit_cpu,
        "predict_s": seconds,
        "peak_bytes": most_memory(),
        "n_rows": len(rows.y),
        "n_test": len(rows.y_test),
    }


def judged(answers: NDArray[np.float64], y: NDArray[Any], classes: bool) -> dict[str, float]:
    """Return the figures of what was answered: probabilities (n, classes), or values."""
    return _of_classes(answers, y) if classes else _of_values(answers, y)


def _of_values(values: NDArray[np.float64], y: NDArray[Any]) -> dict[str, float]:
    residuals = values.reshape(y.shape) - y
    return {"error": float(np.sqrt(np.mean(residuals**2)) / np.std(y))}


def _of_classes(probabilities: NDArray[np.float64], y: NDArray[Any]) -> dict[str, float]:
    P = np.clip(probabilities, LEAST_PROBABILITY, 1.0)
    P /= P.sum(axis=1, keepdims=True)
    right = P.argmax(axis=1) == y
    return {
        "error": 1.0 - float(right.mean()),
        "log_loss": -float(np.log(P[np.arange(len(y)), y]).mean()),
        "calibration": calibration_error(reliability_bins(P.max(axis=1), right)),
    }


if __name__ == "__main__":
    main(sys.argv[1])
