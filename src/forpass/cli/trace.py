"""``forpass trace``: one step of training on some rows of a table, number by number."""

from __future__ import annotations

import sys
from typing import Any

from forpass.cli.output import Reporter
from forpass.cli.rows import model_and_table, rows_said
from forpass.cli.tables import require_place
from forpass.engines.reference.tape import Tape, TapeEntry
from forpass.errors import DataError, InputError
from forpass.model import Ensemble, TrainedModel
from forpass.preprocessing import Preprocessing, read_columns
from forpass.shown import counted
from forpass.trace import element, encoded_rows, readers, statistics_of
from forpass.trace.elements import cell_said
from forpass.trace.made import Place
from forpass.trace.page import write_trace
from forpass.trace.text import entry_lines, largest, trace_lines

__all__ = ["trace"]

MOST_NUMBERS = 10_000
"""Values of more numbers are left out of ``--json``."""


def trace(
    model_file: str,
    table: str,
    rows: str,
    member: int | None,
    at: str,
    plain: bool,
    html: str,
    step: int,
    max_bytes: int | None,
    reporter: Reporter,
) -> None:
    """Show a step of training on some rows of a table: in a terminal as a screen, otherwise as text."""
    if at and html:
        raise InputError("a page shows all numbers, and --at a single one; leave --at or --html out")
    model, read = model_and_table(model_file, table, max_bytes, reporter)
    frame = read_columns(read)
    network = _network(model, model_file, member)
    preprocessing = network.preprocessing
    assert isinstance(preprocessing, Preprocessing)
    chosen = rows_said(rows, len(frame))
    data = preprocessing.encode(frame, with_targets=True, rows=chosen)
    if data.n_rows < len(chosen):
        raise InputError(
            f"the rows {rows} of {table} hold {counted(len(chosen) - data.n_rows, 'row')} without a target; "
            "a step needs the target of each row, so name others with --rows"
        )
    tape, became = network.trace(data, step=step), encoded_rows(preprocessing, frame, chosen, data)
    if at:
        name, place = cell_said(at)
        value = _cell_as_json(tape, name, place)
        reporter.result("\n".join(entry_lines(tape, name, place)), value)
        return
    named = list(zip(chosen, became, strict=True))
    lines = [f"row {row}: {' | '.join(map(str, columns))}" for row, columns in named]
    if html:
        require_place(html, model_file, table)
        write_trace(html, tape, lines)
        reporter.result(f"the step, number by number: {html}", {"model": model_file, "html": html})
        return
    if not plain and not reporter.as_json and _is_terminal() and _explored(tape, lines, reporter):
        return
    of_rows = [{"row": row, "columns": [column._asdict() for column in columns]} for row, columns in named]
    value = {"model": model_file, "rows": of_rows, "entries": [_entry_as_json(entry) for entry in tape]}
    reporter.result("\n".join([*lines, "", *trace_lines(tape)]).rstrip(), value)


def _is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _explored(tape: Tape, rows: list[str], reporter: Reporter) -> bool:
    """Open the explorer until it is left; say how to install it where it is missing."""
    try:
        from forpass.explorer import TraceExplorer
    except ModuleNotFoundError as error:
        if not str(error.name).startswith(("textual", "rich")):
            raise
        reporter.note('to walk through it with keys: pip install "forpass[explorer]"')
        return False
    TraceExplorer(tape, rows).run()
    return True


def _network(model: TrainedModel | Ensemble, model_file: str, member: int | None) -> TrainedModel:
    if isinstance(model, Ensemble):
        if member is not None and not 0 <= member < len(model.members):
            last = len(model.members) - 1
            raise InputError(f"--member {member} is none of {model_file}; its networks are 0 .. {last}")
        return model.members[member or 0]
    if member is not None:
        raise InputError(f"{model_file} is a single network; leave --member out")
    return model


def _entry_as_json(entry: TapeEntry) -> dict[str, Any]:
    whole = entry.value.size <= MOST_NUMBERS
    return {
        "name": entry.name,
        "phase": entry.phase,
        "layer": entry.layer,
        "operation": entry.operation,
        "formula": entry.formula,
        "inputs": list(entry.inputs),
        "how": entry.how,
        "shape": list(entry.value.shape),
        "statistics": statistics_of(entry.value)._asdict(),
        "value": entry.value.tolist() if whole else None,
    }


def _cell_as_json(tape: Tape, name: str, place: Place | None) -> dict[str, Any]:
    entry = tape.entry(name)
    if not entry.value.size:
        raise DataError(f"{name} has the shape {entry.value.shape}, and no cells")
    found = element(tape, name, largest(entry) if place is None else place)
    return {
        **_entry_as_json(entry),
        "place": list(found.cell.place),
        "number": found.cell.value,
        "symbols": found.symbols,
        "numbers": found.numbers,
        "terms": [[cell._asdict() for cell in term] for term in found.terms],
        "reads": [cell._asdict() for cell in found.reads],
        "read_by": [str(reader) for reader in readers(tape, name, found.cell.place)],
    }
