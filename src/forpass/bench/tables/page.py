"""The page of what systems come to on tables: `docs/accuracy.md`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from forpass.bench.place import in_words
from forpass.bench.report import markdown_table, three_digits
from forpass.bench.tables.figures import Standing, standings

__all__ = ["accuracy_page"]

PAGE = """\
# Accuracy

Made by `forpass bench tables {folder} --divisions {divisions} --out docs/accuracy.md` on {when_and_where}.

{tables} tables, {dealt}: a quarter of the rows is the test, of the others at most {most_rows:,}
are learnt from. Everybody learns the same rows, at the defaults of the library, on {threads}
threads, each in a process of its own; nothing was tuned. The error is the share of wrong classes, or the
root mean squared error over the standard deviation of the target.

**Normalised error**: on each table 0 for the best of the systems shown and 1 for the worst, averaged; in
brackets 95 % of it over tables drawn again. Rank: 1 is the best. Log-loss and calibration (expected
calibration error of the likeliest class, 15 bins): means over the tables with classes. Fit: seconds for all
tables once; predict: seconds for 10,000 rows, mean; memory: the most of a process, its libraries included.
"""


def accuracy_page(found: Mapping[str, Any]) -> str:
    """Return what was measured as Markdown."""
    records = found["records"]
    tables = dict.fromkeys(record["table"] for record in records)
    divisions = len({record["division"] for record in records})
    parts = [
        PAGE.format(
            folder=found["folder"],
            when_and_where=in_words(found),
            tables=len(tables),
            divisions=divisions,
            dealt=f"each dealt in {divisions} ways" if divisions > 1 else "each dealt once",
            most_rows=found["most_rows"],
            threads=found["threads"],
        )
    ]
    parts += [f"Not measured: {name}, without {packages}.\n" for name, packages in found["absent"].items()]
    parts.append(_standings(standings(records)))
    parts.append(_each_table(records))
    failed = [record for record in records if "failed" in record]
    if failed:
        parts.append("## Without a figure\n\n" + "".join(map(_failure, failed)))
    return "\n".join(parts)


def _standings(rows: Sequence[Standing]) -> str:
    head = [
        "",
        "normalised error",
        "rank",
        "log-loss",
        "calibration",
        "fit, all tables",
        "predict 10,000",
        "memory",
    ]
    lines = [
        [
            row.system,
            f"{row.error:.3f} [{row.interval[0]:.3f}, {row.interval[1]:.3f}]",
            f"{row.rank:.1f}",
            _number(row.log_loss, 4),
            _number(row.calibration, 4),
            f"{three_digits(row.fit_s)} s",
            f"{three_digits(row.predict_s)} s",
            f"{row.peak_bytes / (1 << 20):.0f} MiB",
        ]
        for row in rows
    ]
    return f"## All tables\n\n{markdown_table(head, lines)}"


def _number(value: float, digits: int) -> str:
    return "" if math.isnan(value) else f"{value:.{digits}f}"


def _each_table(records: Sequence[Mapping[str, Any]]) -> str:
    """The error of each system on each table, the mean of the divisions, the best in bold."""
    systems = list(dict.fromkeys(record["system"] for record in records))
    sums: dict[str, dict[str, list[float]]] = {}
    for record in records:
        if "error" in record:
            sums.setdefault(record["table"], {}).setdefault(record["system"], []).append(record["error"])
    lines = []
    for table, found in sums.items():
        means = {system: sum(errors) / len(errors) for system, errors in found.items()}
        lines.append([table, *(_cell(means, system) for system in systems)])
    return f"## Error on each table\n\n{markdown_table(['', *systems], lines)}"


def _cell(means: Mapping[str, float], system: str) -> str:
    if system not in means:
        return "-"
    digits = f"{means[system]:.4f}"
    return f"**{digits}**" if means[system] == min(means.values()) else digits


def _failure(record: Mapping[str, Any]) -> str:
    return f"- {record['system']}, {record['table']}, division {record['division']}: {record['failed']}\n"
