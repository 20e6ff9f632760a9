"""`forpass bench intervals`: how often intervals and sets hold the truth, and how large they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.bench.report import markdown_table
from forpass.bench.tables.given import MOST_ROWS, Dealt, Table, dealt, listed
from forpass.bench.tables.provenance import command_line, in_words
from forpass.bench.tables.records import measured
from forpass.bench.tables.systems import version_of
from forpass.bench.tables.systems.ours import SYSTEMS
from forpass.errors import InputError
from forpass.recipes import PRESETS

__all__ = ["COVERAGES", "coverage_section", "held", "measure_coverage"]

COVERAGES = (0.8, 0.9, 0.95)
"""What is asked for."""


def measure_coverage(
    folder: Path,
    records: Path,
    presets: Sequence[str] = ("fast",),
    divisions: int = 20,
    most_rows: int = MOST_ROWS,
    note: Callable[[str], object] = print,
) -> dict[str, Any]:
    """Train on divisions of tables, and count the test rows whose truth intervals or sets hold.

    Parameters
    ----------
    folder : Path
        With ``tables.json``, see `forpass.bench.tables.given.listed`.
    records : Path
        File of JSON lines that keeps every figure: what it holds is not measured again.
    presets : sequence of str
        Names of recipes.
    divisions : int
        Of each table's rows.
    most_rows : int
        Rows to learn from, at most.
    note : callable
        Is told what is under way.

    Returns
    -------
    dict
        Plain data: ``folder``, ``presets``, ``divisions``, ``most_rows``, ``records``.

    Raises
    ------
    InputError
        When a preset is no recipe, or the folder's list is no such list.
    """
    unknown = [name for name in presets if name not in PRESETS]
    if unknown:
        raise InputError(
            f'"{unknown[0]}" is no recipe, which intervals come from; there are {", ".join(PRESETS)}'
        )
    tables, version = {table.name: table for table in listed(folder)}, version_of(SYSTEMS[0])
    cells = [
        {
            "preset": preset,
            "version": version,
            "table": table,
            "division": division,
            "most_rows": most_rows,
        }
        for table in tables
        for preset in presets
        for division in range(divisions)
    ]

    def carry_out(cell: Mapping[str, Any]) -> dict[str, Any]:
        table = tables[cell["table"]]
        rows = dealt(table, cell["division"], most_rows)
        return {
            "n_rows": len(rows.y),
            "n_test": len(rows.y_test),
            **held(table, rows, cell["preset"], cell["division"]),
        }

    return {
        "folder": folder.resolve().name,
        "presets": list(presets),
        "divisions": divisions,
        "most_rows": most_rows,
        "records": measured(cells, records, carry_out, note),
    }


def held(table: Table, rows: Dealt, preset: str, seed: int) -> dict[str, Any]:
    """Train a preset on rows; return what its intervals or sets are worth on the test rows.

    Returns
    -------
    dict
        ``held``: for each of COVERAGES the share of test rows whose truth is inside. ``size``: of intervals
        the mean width over the standard deviation of the test rows' values, of sets the mean number of
        classes. Of classes also ``right``: how often the likeliest class is the truth.
    """
    from forpass import TableClassifier, TableRegressor

    if table.classes:
        classifier = TableClassifier(preset=preset, random_state=seed).fit(rows.X, rows.y)
        found = [_of_sets(classifier.predict_set(rows.X_test, c), rows.y_test) for c in COVERAGES]
        right = float(np.mean(classifier.predict(rows.X_test) == rows.y_test))
        return {**_together(found), "right": right}
    regressor = TableRegressor(preset=preset, random_state=seed).fit(rows.X, rows.y)
    return _together(
        [_of_intervals(regressor.predict_interval(rows.X_test, c), rows.y_test) for c in COVERAGES]
    )


def _of_intervals(ends: NDArray[np.float64], y: NDArray[Any]) -> tuple[float, float]:
    low, high = ends.T
    return float(np.mean((y >= low) & (y <= high))), float(np.mean(high - low) / np.std(y))


def _of_sets(sets: Sequence[Sequence[Any]], y: NDArray[Any]) -> tuple[float, float]:
    inside = [truth in classes for truth, classes in zip(y.tolist(), sets, strict=True)]
    return float(np.mean(inside)), float(np.mean([len(classes) for classes in sets]))


def _together(found: Sequence[tuple[float, float]]) -> dict[str, Any]:
    return {"held": [share for share, _ in found], "size": [size for _, size in found]}


SECTION = """\
Made by `{command}` on {when_and_where}.

Coverage on test rows: mean ± standard deviation over {divisions} divisions into training and test rows; in
brackets the mean width of intervals in standard deviations of the target, or the mean number of classes in a
set. The most probable class is always in the set, so where its accuracy is above what was asked for, so is
the coverage of the sets.
"""


def coverage_section(found: Mapping[str, Any]) -> str:
    """Return what was measured as Markdown: a table, and what it is."""
    records = found["records"]
    options = {
        "presets": (",".join(found["presets"]), "fast"),
        "divisions": (found["divisions"], 20),
        "rows": (found["most_rows"], MOST_ROWS),
    }
    told = SECTION.format(
        command=command_line("intervals", found["folder"], options),
        when_and_where=in_words(records),
        divisions=found["divisions"],
    )
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for record in records:
        groups.setdefault((record["table"], record["preset"]), []).append(record)
    head = ["table", "preset", "rows", *(f"asked {c:g}" for c in COVERAGES), "accuracy"]
    lines = [[*names, *_line(some)] for names, some in groups.items()]
    return f"{told}\n{markdown_table(head, lines)}"


def _line(records: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the cells of one table and preset."""
    shares, sizes = (np.array([record[key] for record in records]) for key in ("held", "size"))
    spread = shares.std(axis=0, ddof=1) if len(records) > 1 else np.zeros(len(COVERAGES))
    figures = zip(shares.mean(axis=0), spread, sizes.mean(axis=0), strict=True)
    cells = [f"{share:.3f} ± {sd:.3f} ({size:.2f})" for share, sd, size in figures]
    right = [record["right"] for record in records if "right" in record]
    return [f"{records[0]['n_rows']:,}", *cells, f"{np.mean(right):.3f}" if right else ""]
