"""`forpass bench ablations`: what becomes of a recipe that does one thing otherwise."""

from __future__ import annotations

import math
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.bench.report import markdown_table
from forpass.bench.tables.choices import CHOICES, Choice, with_formulas
from forpass.bench.tables.given import MOST_ROWS, Table, dealt, listed
from forpass.bench.tables.lab import tried
from forpass.bench.tables.provenance import command_line, in_words
from forpass.bench.tables.records import measured
from forpass.bench.tables.systems import version_of
from forpass.bench.tables.systems.ours import SYSTEMS
from forpass.errors import InputError
from forpass.recipes import Recipe, preset

__all__ = ["ablation_section", "measure_ablations"]

AS_IT_IS = "as it is"
LEAST = 1e-4
"""Is added to errors and losses before their logarithm is taken: some tables are learnt without an error."""
REPETITIONS = 10_000
LEVEL = 0.95

Record = Mapping[str, Any]


def measure_ablations(
    folder: Path,
    records: Path,
    name: str = "default",
    names: Sequence[str] = (),
    divisions: int = 1,
    most_rows: int = MOST_ROWS,
    note: Callable[[str], object] = print,
) -> dict[str, Any]:
    """Carry out a preset on tables as it is, and with one choice at a time made otherwise.

    A network that several of them train in the same way is trained once.

    Parameters
    ----------
    folder : Path
        With ``tables.json``, see `forpass.bench.tables.given.listed`.
    records : Path
        File of JSON lines that keeps every figure: what it holds is not measured again.
    name : str
        Of a recipe.
    names : sequence of str
        Of CHOICES; none: all.
    divisions : int
        Of each table's rows.
    most_rows : int
        Rows to learn from, at most.
    note : callable
        Is told what is under way.

    Returns
    -------
    dict
        Plain data: ``folder``, ``preset``, ``choices`` (as they were asked for), ``divisions``,
        ``most_rows``, ``records``.

    Raises
    ------
    UnknownNameError
        When the preset is no recipe.
    InputError
        When there is no such choice, or the folder's list is no such list.
    """
    recipe, known = preset(name), {choice.name: choice for choice in CHOICES}
    if unknown := [one for one in names if one not in known]:
        raise InputError(f'there is no choice "{unknown[0]}"; there are {", ".join(known)}')
    asked = {AS_IT_IS: Choice(AS_IT_IS, lambda recipe: recipe)}
    asked |= {one: known[one] for one in names or known if _differs(known[one], recipe)}
    tables = {table.name: table for table in listed(folder)}
    about = {"preset": name, "version": version_of(SYSTEMS[0])}
    cells = [
        {"choice": choice, **about, "table": table, "division": division, "most_rows": most_rows}
        for table in tables
        for division in range(divisions)
        for choice in asked
    ]
    with tempfile.TemporaryDirectory() as kept:
        bench = _Bench(recipe, tables, asked, Path(kept))
        found = measured(cells, records, bench.carry_out, note)
    how = {"preset": name, "choices": list(names), "divisions": divisions, "most_rows": most_rows}
    return {"folder": folder.resolve().name, **how, "records": found}


def _differs(choice: Choice, recipe: Recipe) -> bool:
    return bool(choice.formulas or choice.seed or choice.smoothing) or choice.change(recipe) != recipe


class _Bench:
    """Carries out cells; networks are kept as long as cells are of the same rows."""

    def __init__(
        self, recipe: Recipe, tables: Mapping[str, Table], choices: Mapping[str, Choice], kept: Path
    ) -> None:
        self.recipe, self.tables, self.choices, self.kept = recipe, tables, choices, kept
        self.rows: tuple[Any, ...] = ()

    def carry_out(self, cell: Mapping[str, Any]) -> dict[str, Any]:
        table, division = self.tables[cell["table"]], cell["division"]
        if self.rows[:2] != (table.name, division):
            shutil.rmtree(self.kept)
            self.kept.mkdir()
            self.rows = table.name, division, dealt(table, division, cell["most_rows"])
        choice = self.choices[cell["choice"]]
        recipe, seed = choice.change(self.recipe), division + choice.seed
        rows = self.rows[2]
        with with_formulas(choice):
            found = tried(recipe, table.name, rows, table.classes, self.kept, seed, choice.smoothing)
        return {**found.figures, "seconds": found.seconds, "work": found.work, "n_rows": len(rows.y)}


SECTION = """\
Made by `{command}` on {when_and_where}.

The preset `{preset}` on {tables} tables of at most {most_rows:,} rows to learn from, {dealt}: each row does
one thing otherwise. What is shown is by how many percent the geometric mean over tables becomes higher
(worse) or lower; in brackets 95 % of it over tables drawn again (bootstrap). The first row says how far
chance alone goes. Processor seconds and operations are those of training the networks.
"""


def ablation_section(found: Mapping[str, Any]) -> str:
    """Return what was measured as Markdown: a table, and what it is."""
    records: Sequence[Record] = found["records"]
    divisions = found["divisions"]
    options = {
        "preset": (found["preset"], "default"),
        "choices": (",".join(found["choices"]), ""),
        "divisions": (divisions, 1),
        "rows": (found["most_rows"], MOST_ROWS),
    }
    told = SECTION.format(
        command=command_line("ablations", found["folder"], options),
        when_and_where=in_words(records),
        preset=found["preset"],
        tables=len({record["table"] for record in records}),
        most_rows=found["most_rows"],
        dealt=f"each dealt in {divisions} ways" if divisions > 1 else "each dealt once",
    )
    head = ["", "error", "of classes", "of values", "log-loss", "processor seconds", "operations"]
    choices = dict.fromkeys(record["choice"] for record in records if record["choice"] != AS_IT_IS)
    lines = [[choice, *_line(records, choice)] for choice in choices]
    same = [line[0] for line in lines if {*line[1:]} <= {"=", ""}]
    table = markdown_table(head, [line for line in lines if line[0] not in same])
    return f"{told}\n{table}" + (f"\nNo difference here: {'; '.join(same)}.\n" if same else "")


def _line(records: Sequence[Record], choice: str) -> list[str]:
    classes = [record for record in records if "log_loss" in record]
    values = [record for record in records if "log_loss" not in record]
    errors = [_changed(some, choice, "error", LEAST) for some in (records, classes, values)]
    costs = [_changed(records, choice, key, 0.0) for key in ("seconds", "work")]
    return [*errors, _changed(classes, choice, "log_loss", LEAST), *costs]


def _changed(records: Sequence[Record], choice: str, key: str, least: float) -> str:
    """Say by how much a figure's geometric mean changes, in percent, with its interval."""
    logs = log_ratios(records, choice, key, least)
    if not len(logs):
        return ""
    if not logs.any():
        return "="
    drawn = np.random.default_rng(0).integers(0, len(logs), (REPETITIONS, len(logs)))
    ends = np.quantile(logs[drawn].mean(axis=1), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    middle, low, high = (100.0 * math.expm1(value) for value in (logs.mean(), *ends))
    return f"{middle:+.1f} [{low:+.1f}, {high:+.1f}]"


def log_ratios(records: Sequence[Record], choice: str, key: str, least: float) -> NDArray[np.float64]:
    """Return for each table the logarithm of a figure over that of the preset as it is, mean of divisions."""
    found: dict[tuple[str, int], dict[str, float]] = {}
    for record in records:
        if key in record:
            of_rows = found.setdefault((record["table"], record["division"]), {})
            of_rows[record["choice"]] = math.log(record[key] + least)
    tables: dict[str, list[float]] = {}
    for (table, _), of_rows in found.items():
        if choice in of_rows and AS_IT_IS in of_rows:
            tables.setdefault(table, []).append(of_rows[choice] - of_rows[AS_IT_IS])
    return np.array([float(np.mean(some)) for some in tables.values()])
