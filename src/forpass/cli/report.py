"""``forpass report``, and ``forpass train --report``: a page on a model and a table."""

from __future__ import annotations

import contextlib
from pathlib import Path

from forpass.cli.output import Reporter
from forpass.cli.tables import STANDARD_INPUT, Source, max_memory_said, require_place
from forpass.cli.use import ENDING, loaded, require_order, source_for, target_of
from forpass.datasets import LongTable
from forpass.errors import InputError
from forpass.model import Ensemble, TrainedModel

__all__ = ["report", "require_report", "write_report"]


def report(
    model_file: str,
    table: str,
    out: str,
    lang: str,
    max_bytes: int | None,
    max_memory: int | None,
    reporter: Reporter,
) -> None:
    """Write a report on a model and a table to a file."""
    require_order(model_file, table)
    place = out or f"{Path(model_file).with_suffix('') if model_file.endswith(ENDING) else model_file}.html"
    if not out and Path(place).exists():
        raise InputError(f"{place} is there already and would be replaced; name the place: --out FILE")
    require_report(place, lang, model_file, table)
    model = loaded(model_file, None)
    target_of(model, model_file)
    source = source_for(model, table, max_bytes, reporter, max_memory=max_memory_said(max_memory))
    with source.frame if isinstance(source.frame, LongTable) else contextlib.nullcontext():
        write_report(model, source, table, place, lang, model_file)
    reporter.result(f"report   {place}", {"model": model_file, "report": place})


def require_report(place: str, language: str, *others: str) -> None:
    """Refuse a place, a language, or a machine on which no report can be written, before work begins."""
    from forpass.report.making import require_installed
    from forpass.report.words import words_of

    require_place(place, *others)
    if any(other and Path(place).resolve() == Path(other).resolve() for other in others):
        raise InputError(f"{place} cannot be both the report and what it is made of; name another file")
    if place.endswith(ENDING):
        raise InputError(
            f"{place} has the ending of models; a report is HTML: name it {Path(place).stem}.html"
        )
    words_of(language)
    require_installed()


def write_report(
    model: TrainedModel | Ensemble, source: Source, table: str, place: str, language: str, model_file: str
) -> None:
    """Write a report on a model and a table that was opened."""
    from forpass.report import report_on

    file = "table.csv" if table == STANDARD_INPUT else table
    names = {"model_file": model_file, "table_name": source.name, "table_file": file}
    report_on(model, source.frame, language=language, **names).save(place)
