"""The page of what systems come to on tables: `docs/accuracy.md`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from forpass.bench.report import markdown_table, three_digits
from forpass.bench.tables.figures import Standing, standings
from forpass.bench.tables.given import DEVELOPED_ON, MOST_ROWS
from forpass.bench.tables.provenance import command_line, in_words

__all__ = ["accuracy_page"]

Record = Mapping[str, Any]

PAGE = """\
# Accuracy

Made by `{command}` on {when_and_where}.

{tables}, {dealt}: a quarter of the rows is the test, and of the others at most {most_rows:,} are
learnt from. Everybody learns the same rows, at the defaults of the library, on {threads} threads, each in a
process of its own; nothing was tuned.{limit} The error is the share of wrong classes, or the root mean
squared error over the standard deviation of the target.

{developed}

- **Normalised error**: on each table 0 for the best of the systems shown and 1 for the worst, averaged; in
  brackets 95 % of it over tables drawn again (bootstrap). Who has no figure counts as the worst.
- **Rank**: 1 is the best; the mean over tables.
- **Log-loss** and **calibration** (expected calibration error of the likeliest class, 15 bins): means over
  the tables with classes.
- **Fit**: seconds for all tables, each once, and the seconds that all cores worked together; importing the
  library is not counted. **Predict**: seconds for 10,000 rows, the mean. **Memory**: the most that a process
  took on any table, its libraries included.
"""


def accuracy_page(found: Mapping[str, Any]) -> str:
    """Return what was measured as Markdown."""
    records: Sequence[Record] = found["records"]
    tables = list(dict.fromkeys(record["table"] for record in records))
    divisions, limit = found["divisions"], found["time_limit"]
    parts = [
        PAGE.format(
            command=_command(found),
            when_and_where=in_words(records),
            tables="1 table" if len(tables) == 1 else f"{len(tables)} tables",
            dealt=f"each dealt in {divisions} ways" if divisions > 1 else "each dealt once",
            most_rows=found["most_rows"],
            threads=found["threads"],
            limit=f" Who takes longer than {limit:g} s has no figure." if limit else "",
            developed=_developed(tables),
        )
    ]
    parts += [f"Not measured: {name}, for want of {modules}.\n" for name, modules in found["absent"].items()]
    ranked = standings(records)
    parts.append(f"## All tables\n\n{_standings(ranked, len(tables))}")
    unseen = [record for record in records if record["table"] not in DEVELOPED_ON]
    if 0 < len(unseen) < len(records):
        others = len({record["table"] for record in unseen})
        title = "## Tables that no preset was developed on"
        parts.append(f"{title}\n\n{_standings(standings(unseen), others)}")
    systems = [row.system for row in ranked]
    for title, key, digits in FIGURES:
        if not any(key in record for record in records):
            continue
        parts.append(f"## {title}\n\n{_each_table(records, systems, key, digits)}")
    if failed := [record for record in records if "failed" in record]:
        parts.append("## Without a figure\n\n" + "".join(map(_failure, failed)))
    return "\n".join(parts)


FIGURES = (
    ("Error on each table", "error", 4),
    ("Log-loss on each table", "log_loss", 4),
    ("Seconds of fitting on each table", "fit_s", 1),
)


def _command(found: Mapping[str, Any]) -> str:
    options = {
        "systems": (",".join(found["systems"]), ""),
        "divisions": (found["divisions"], 1),
        "rows": (found["most_rows"], MOST_ROWS),
        "time-limit": (found["time_limit"], None),
        "out": ("docs/accuracy.md", ""),
    }
    return command_line("tables", found["folder"], options)


def _developed(tables: Sequence[str]) -> str:
    """Say which tables had a part in what is compared."""
    known = [table for table in tables if table in DEVELOPED_ON]
    if not known:
        return "The numbers of forpass's presets were chosen on other tables; none of these had a part in it."
    if len(known) == len(tables):
        return (
            "**The numbers of forpass's presets were chosen on these very tables**, by means over all of "
            "them, so the figures flatter forpass; a fair comparison takes others."
        )
    return (
        f"The numbers of forpass's presets were chosen on {', '.join(known)}, by means over all of them, so "
        "figures of these flatter forpass. The other tables had no part in it, and are shown by themselves."
    )


def _standings(rows: Sequence[Standing], tables: int) -> str:
    head = [
        "",
        "normalised error",
        "rank",
        "log-loss",
        "calibration",
        "fit, all tables",
        "of all cores",
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
            f"{three_digits(row.fit_s)} s" + f" ({row.tables} of {tables} tables)" * (row.tables < tables),
            f"{three_digits(row.fit_cpu_s)} s",
            f"{three_digits(row.predict_s)} s",
            f"{row.peak_bytes / (1 << 20):.0f} MiB",
        ]
        for row in rows
    ]
    return markdown_table(head, lines)


def _number(value: float, digits: int) -> str:
    return "" if math.isnan(value) else f"{value:.{digits}f}"


def _each_table(records: Sequence[Record], systems: Sequence[str], key: str, digits: int) -> str:
    """One figure of each system on each table that has it: the mean of the divisions, the best in bold."""
    found: dict[str, dict[str, list[float]]] = {}
    rows: dict[str, int] = {}
    for record in records:
        if key in record:
            found.setdefault(record["table"], {}).setdefault(record["system"], []).append(record[key])
            rows[record["table"]] = record["n_rows"]
    lines = []
    for table, of_systems in found.items():
        means = {system: f"{sum(some) / len(some):.{digits}f}" for system, some in of_systems.items()}
        best = min(means.values(), key=float)
        cells = (f"**{means[s]}**" if means.get(s) == best else means.get(s, "-") for s in systems)
        lines.append([table, f"{rows[table]:,}", *cells])
    return markdown_table(["", "rows learnt from", *systems], lines)


def _failure(record: Record) -> str:
    return f"- {record['system']}, {record['table']}, division {record['division']}: {record['failed']}\n"
