"""Compare systems over tables."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Standing", "normalised", "standings"]

REPETITIONS = 10_000
LEVEL = 0.95

Record = Mapping[str, Any]


class Standing(NamedTuple):
    """What a system comes to over all tables."""

    system: str
    error: float
    """Normalised error: 0 if it is the best on every table, 1 if it is the worst on every table."""
    interval: tuple[float, float]
    """95 % of it over tables drawn again (bootstrap)."""
    rank: float
    log_loss: float
    calibration: float
    fit_s: float
    fit_cpu_s: float
    predict_s: float
    peak_bytes: float
    tables: int
    """Of how many it has a figure."""


def _by_cell(records: Iterable[Record]) -> dict[tuple[str, int], dict[str, Record]]:
    """Put the records of the same rows together: for each (table, division) a record of each system."""
    cells: dict[tuple[str, int], dict[str, Record]] = {}
    for record in records:
        cells.setdefault((record["table"], record["division"]), {})[record["system"]] = record
    return cells


def normalised(errors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return errors of systems on the same rows, from 0 (the best) to 1 (the worst).

    (e - min e) / (max e - min e); who has no figure (NaN) counts as the worst, and where all are equal all
    get 0.
    """
    best, worst = np.nanmin(errors), np.nanmax(errors)
    filled = np.where(np.isnan(errors), worst, errors)
    return (filled - best) / (worst - best) if worst > best else np.where(np.isnan(errors), 1.0, 0.0)


def _ranks(errors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ranks from 1, equal errors the mean of their places."""
    from scipy.stats import rankdata

    return np.asarray(rankdata(np.where(np.isnan(errors), np.inf, errors)), np.float64)


def standings(records: Sequence[Record], seed: int = 0) -> list[Standing]:
    """Return where each system stands, the best first; systems that are equally good as they appear.

    Divisions of a table are averaged first, then tables; log-loss and calibration over tables with classes.
    """
    systems = list(dict.fromkeys(record["system"] for record in records))
    cells = _by_cell(records)
    tables = list(dict.fromkeys(table for table, _ in cells))
    errors_of: dict[str, list[NDArray[np.float64]]] = {name: [] for name in tables}
    ranks: dict[str, list[NDArray[np.float64]]] = {name: [] for name in tables}
    for (table, _), cell in cells.items():
        errors = np.array([cell.get(system, {}).get("error", math.nan) for system in systems])
        if not np.isnan(errors).all():
            errors_of[table].append(normalised(errors))
            ranks[table].append(_ranks(errors))
    tables = [table for table in tables if errors_of[table]]
    errors = np.array([np.mean(errors_of[table], axis=0) for table in tables])
    places = np.array([np.mean(ranks[table], axis=0) for table in tables])
    drawn = np.random.default_rng(seed).integers(0, len(tables), (REPETITIONS, len(tables)))
    lower, upper = np.quantile(errors[drawn].mean(axis=1), [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    found = [
        Standing(
            system,
            float(errors[:, s].mean()),
            (float(lower[s]), float(upper[s])),
            float(places[:, s].mean()),
            **_sums([record for record in records if record["system"] == system]),
        )
        for s, system in enumerate(systems)
    ]
    return sorted(found, key=lambda standing: standing.error)


def _sums(records: Sequence[Record]) -> dict[str, Any]:
    """Figures of one system that need no others: means over tables, seconds for one division of each."""
    tables: dict[str, list[Record]] = {}
    for record in records:
        if "failed" not in record:
            tables.setdefault(record["table"], []).append(record)

    def of_tables(key: str) -> list[float]:
        known = ([record[key] for record in some if key in record] for some in tables.values())
        return [float(np.mean(values)) for values in known if values]

    def mean(key: str) -> float:
        values = of_tables(key)
        return float(np.mean(values)) if values else math.nan

    return {
        "log_loss": mean("log_loss"),
        "calibration": mean("calibration"),
        "fit_s": sum(of_tables("fit_s")),
        "fit_cpu_s": sum(of_tables("fit_cpu_s")),
        "predict_s": mean("predict_s"),
        "peak_bytes": max(of_tables("peak_bytes"), default=math.nan),
        "tables": len(tables),
    }
