"""`forpass bench exports`: how far exports deviate from their models, what a row takes, their size."""

from __future__ import annotations

import shutil
import statistics
import tempfile
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from forpass.bench.in_c import InC, in_c
from forpass.bench.place import in_words, when_and_where
from forpass.bench.report import grouped, markdown_table, three_digits
from forpass.bench.tables.given import Table, dealt, listed
from forpass.bench.tables.provenance import command_line
from forpass.bench.timing import Effort, Work, in_turns
from forpass.errors import ForpassWarning
from forpass.exports import FORMS, export
from forpass.exports.trial_rows import rows_to_try
from forpass.exports.walk import graph_of
from forpass.model import Ensemble, TrainedModel

__all__ = ["exports_page", "measure_exports"]

PAGE = """\
# How exports deviate

Made by `{command}` on {when_and_where}.

Each model learnt from at most {most_rows:,} rows of its table and was exported by `fp.export`, which carries
the written form out and compares it with the model before a file appears: on rows made for it (all that each
column knows, both sides of each edge, extremes, what is missing, words never seen), and on rows of the table
that it has not learnt from. The largest deviation is shown: of probabilities their difference, of values and
ends of intervals relative to their size. Beyond 1e-05 no file appears; in no row was another
class decided, unless it was a tie.
"""

COSTS = """\
## What a row costs, and the files

Medians over the tables. A row is one that is asked for by itself, in the process that holds the model.

- `{ours}`: called with a record
{forms}
"""

IN_C = """\
## In C, without Python around it

Medians over the tables: kilobytes of machine code and of numbers (`size -A`), and microseconds of a row,
compiled by gcc or clang with `-std=c99 -ffp-contract=off`.
"""

OURS = "model.predict"
MOST_ROWS, EFFORT = 2000, Effort(5, 0.05)
MOST_TEST_ROWS = 2000


def measure_exports(
    folder: Path,
    presets: Sequence[str],
    most_rows: int,
    time_limit: float | None = None,
    note: Callable[[str], object] = print,
) -> dict[str, Any]:
    """Train presets on tables, export them in all forms that this machine can carry out, and measure.

    Parameters
    ----------
    folder : Path
        With ``tables.json``, see `forpass.bench.tables.given.listed`.
    presets : sequence of str
    most_rows : int
        Rows to learn from, at most.
    time_limit : float, optional
        Seconds for each training.
    note : callable
        Is told what is under way.

    Returns
    -------
    dict
        Plain data: ``date``, ``machine``, ``versions``, ``folder``, ``presets``, ``most_rows``, and
        ``exports``, a row of figures for each table, preset and form.
    """
    rows = []
    with tempfile.TemporaryDirectory(prefix="forpass-bench-") as place:
        for table in listed(folder):
            for preset in presets:
                note(f"{table.name}, {preset}")
                rows += _measured(table, preset, most_rows, time_limit, Path(place))
    about: dict[str, Any] = {
        "folder": folder.resolve().name,
        "presets": list(presets),
        "most_rows": most_rows,
        "time_limit": time_limit,
    }
    return {**when_and_where(), **about, "exports": rows}


def _measured(
    table: Table, preset: str, most_rows: int, time_limit: float | None, place: Path
) -> list[dict[str, Any]]:
    from forpass import train_table

    rows = dealt(table, 0, most_rows)
    labels = [f"class {number}" for number in rows.y] if table.classes else rows.y
    given = rows.X_test.head(MOST_TEST_ROWS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ForpassWarning)
        model = train_table(
            rows.X.assign(**{table.target: labels}), table.target, preset=preset, time_limit=time_limit
        )
        record = [given.iloc[0].to_dict()]
        taken = in_turns({OURS: Work(lambda n: [model.predict(record) for _ in range(n)], 1)}, EFFORT)
        about = {"table": table.name, "preset": preset}
        return [
            about | {"form": OURS, "seconds": taken[OURS].median, "bytes": _saved(model, place)},
            *(about | _of_form(form, model, given, place) for form in FORMS),
        ]


def _saved(model: TrainedModel | Ensemble, place: Path) -> int:
    """Return how large a model's own file is."""
    return model.save(place / "model.forpass").stat().st_size


def _of_form(name: str, model: TrainedModel | Ensemble, given: Any, place: Path) -> dict[str, Any]:
    """Export a model in a form, twice compared; return how far it deviates, and what a row costs."""
    form, folder = FORMS[name], place / name
    folder.mkdir(exist_ok=True)
    path = folder / f"model{form.ending}"
    coverage = 0.9 if model.intervals is not None else None
    made = export(model, path, name, coverage=coverage, rows=given)
    row: dict[str, Any] = {"form": name, "rows": made.rows}
    row["deviation"] = max(made.deviations.values(), default=None)
    row["bytes"] = sum(file.stat().st_size for file in made.files)
    graph = graph_of(model, coverage)
    run = form.run(graph, {file.name: file.read_bytes() for file in made.files})
    if run is not None:
        cells = {column: array[1:2] for column, array in rows_to_try(graph, model).items()}
        taken = in_turns({name: Work(lambda n: [run(cells) for _ in range(n)], 1)}, EFFORT)
        row["seconds"] = taken[name].median
    if name == "c":
        row["in_c"] = [found._asdict() for found in in_c(made.files)]
    shutil.rmtree(folder)
    return row


def exports_page(found: Mapping[str, Any]) -> str:
    """Return what was measured as Markdown."""
    options: dict[str, tuple[Any, Any]] = {
        "presets": (",".join(found["presets"]), "plain,fast"),
        "rows": (found["most_rows"], MOST_ROWS),
        "time-limit": (found["time_limit"], None),
    }
    parts = [
        PAGE.format(
            command=command_line("exports", found["folder"], options) + " --out docs/exports-measured.md",
            when_and_where=in_words(found),
            most_rows=found["most_rows"],
        )
    ]
    by_form: dict[str, list[Mapping[str, Any]]] = {}
    for row in found["exports"]:
        by_form.setdefault(row["form"], []).append(row)
    for form, rows in by_form.items():
        if form != OURS:
            parts.append(f"## {form}\n\n{_deviations(rows, found['presets'])}")
    asked = "\n".join(f"- {form.name}: {form.asked}" for form in FORMS.values())
    parts.append(f"{COSTS.format(ours=OURS, forms=asked)}\n{_costs(by_form, found['presets'])}")
    measured = [(row["preset"], InC(**one)) for row in by_form.get("c", ()) for one in row.get("in_c", ())]
    if measured:
        parts.append(f"{IN_C}\n{_in_c(measured, found['presets'])}")
    return "\n".join(parts)


def _deviations(rows: Sequence[Mapping[str, Any]], presets: Sequence[str]) -> str:
    """Return a line for each table, with the largest deviation of each preset."""
    lines = []
    for table, some in grouped(rows, "table"):
        of = {row["preset"]: row["deviation"] for row in some}
        lines.append([table, *("not carried out" if of[p] is None else f"{of[p]:.1e}" for p in presets)])
    return markdown_table(["table", *presets], lines)


def _costs(by_form: Mapping[str, Sequence[Mapping[str, Any]]], presets: Sequence[str]) -> str:
    """Return a line for each preset: microseconds of a row and kilobytes, by form."""
    lines = []
    for preset in presets:
        line = [preset]
        for rows in by_form.values():
            own = [row for row in rows if row["preset"] == preset]
            seconds = [row["seconds"] for row in own if "seconds" in row]
            time = f"{three_digits(1e6 * statistics.median(seconds))} us" if seconds else "-"
            line.append(f"{time}, {three_digits(statistics.median(row['bytes'] for row in own) / 1000)} kB")
        lines.append(line)
    return markdown_table(["preset", *by_form], lines)


def _in_c(measured: Sequence[tuple[str, InC]], presets: Sequence[str]) -> str:
    """Return a line for each preset, with what it costs at -Os and -O2."""
    lines = []
    for preset in presets:
        line = [preset]
        for optimised in ("-Os", "-O2"):
            own = [found for name, found in measured if name == preset and found.optimised == optimised]
            code = statistics.median(found.code for found in own) / 1000
            numbers = statistics.median(found.numbers for found in own) / 1000
            time = 1e6 * statistics.median(found.seconds for found in own)
            line.append(f"{three_digits(code)} + {three_digits(numbers)} kB, {three_digits(time)} us")
        lines.append(line)
    return markdown_table(["preset", "-Os", "-O2"], lines)
