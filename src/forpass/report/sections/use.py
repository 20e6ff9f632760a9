"""How to use the model: on a table, on a single row, in a terminal."""

from __future__ import annotations

from typing import Any

from forpass.datasets import DATASETS
from forpass.preprocessing.words import is_missing, plain_value
from forpass.report.blocks import Code, Section
from forpass.report.given import Given

__all__ = ["use"]

MOST_CELLS = 40
"""A row of more columns is not written out."""

LONGEST = 60


def use(given: Given) -> Section:
    """Give three ways to use the model, to be copied."""
    say, file = given.words, given.model_file or "model.forpass"
    load = f"import forpass as fp\n\nmodel = fp.load({file!r})"
    table = given.table_file or given.table_name or "table.csv"
    after = (
        "probabilities = model.predict_proba(table)"
        if given.target.task != "regression"
        else _intervals(given)
    )
    read = f"fp.load_dataset({table!r}).frame" if table in DATASETS else f"fp.read_table({table!r})"
    python = f"{load}\ntable = {read}\npredictions = model.predict(table)\n{after}".rstrip()
    row = f"{load}\nrow = {_row(given)}\nprediction = model.predict(row)[0]"
    words = [f"forpass predict {_quoted(file)} {_quoted(table)} --out predictions.csv"]
    words.append(f"forpass explain {_quoted(file)} {_quoted(table)} --row 0")
    blocks = [
        Code(say("use.python"), python),
        Code(say("use.row"), row),
        Code(say("use.command"), "\n".join(words)),
    ]
    return Section("use", say("use.title"), blocks)


def _intervals(given: Given) -> str:
    knows = getattr(given.model, "intervals", None) is not None
    return "intervals = model.predict_interval(table, coverage=0.9)" if knows else ""


def _row(given: Given) -> str:
    """Write down the first row of the table, each column with a list of one cell."""
    table, specs = given.answers.table, given.answers.preprocessing.columns
    used = [spec.name for spec in specs if spec.groups and spec.name in table.columns]
    if len(used) > MOST_CELLS or not len(table):
        return "{...}  # each column with a list of one value"
    cells = [f"    {name!r}: [{_cell(table, name)}]," for name in used]
    return "\n".join(["{", *cells, "}"])


def _cell(table: Any, name: str) -> str:
    column = table.columns[name]
    if is_missing(column)[0]:
        return "None"
    value = plain_value(column.cell(0))
    written = repr(value) if isinstance(value, str | int | float | bool) else repr(str(value))
    return written if len(written) <= LONGEST else repr(str(value)[:LONGEST])


def _quoted(path: str) -> str:
    import shlex

    return shlex.quote(f"./{path}" if path.startswith("-") else path)
