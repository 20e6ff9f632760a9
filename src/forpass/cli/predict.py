"""``forpass predict``: a row for each row of a table, at once, portion by portion, or in parts."""

from __future__ import annotations

import csv
import dataclasses
import sys
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from forpass.api.portions import numbered_portions
from forpass.cli.kept import kept_columns, left_as_they_stand
from forpass.cli.output import Reporter, Streamed
from forpass.cli.parts import held_parts, said_of
from forpass.cli.tables import Source, max_memory_said, require_table_place, write_portions, write_table
from forpass.cli.use import loaded, require_order, source_for, target_of
from forpass.datasets import LongTable
from forpass.datasets.long import OnDisk
from forpass.datasets.temporary import temporary_folder
from forpass.datasets.with_polars import import_polars
from forpass.errors import InputError
from forpass.model import Ensemble, TrainedModel
from forpass.model.answer_columns import answer_columns, rows_of_text
from forpass.preprocessing import Table
from forpass.shown import counted
from forpass.told import each_told_once
from forpass.training.progress import ProgressReporter

__all__ = ["PredictRequest", "predict"]


@dataclasses.dataclass(frozen=True)
class PredictRequest:
    """What is asked for on the command line; see `forpass.cli.app.predict`."""

    model: str
    table: str
    out: str
    parts: str
    ending: str
    keep: str | None
    proba: bool
    coverage: float | None
    excel: bool
    threads: int | None
    max_bytes: int | None
    max_memory: int | None

    def check(self, as_json: bool) -> None:
        """Refuse what makes no sense, before anything is read."""
        require_order(self.model, self.table)
        if self.out:
            require_table_place(self.out, self.model, self.table)
        if self.parts and self.out:
            raise InputError("--out writes one file, and --parts a folder of them; leave one of them out")
        if self.ending and not self.parts:
            raise InputError("--as says how --parts are written, and --out does by its ending; leave it out")
        if self.excel and (where := self._without_mark(as_json)):
            raise InputError(f"--excel is a mark of text files, and {where}; leave it out")

    def _without_mark(self, as_json: bool) -> str:
        """Say why no file of text is written; "" where one is."""
        if self.parts:
            as_text = self.ending in ("csv", "tsv")
            return "" if as_text else "--parts are Parquet files unless --as says csv or tsv"
        if self.out:
            return f"{self.out} is a Parquet file" if self.out.lower().endswith(".parquet") else ""
        return "--json prints no table" if as_json else ""

    def check_with(self, model: TrainedModel | Ensemble) -> None:
        """Refuse what such a model does not say."""
        if self.proba and target_of(model, self.model).task == "regression":
            raise InputError(f"{self.model} predicts numbers, which have no probabilities; leave --proba out")
        if self.coverage is not None and model.intervals is None:
            raise InputError(
                f"--coverage needs a model that knows how far off it is, as recipes make them, and "
                f"{self.model} is none; leave it out, or train with --preset default"
            )


def predict(request: PredictRequest, reporter: Reporter) -> None:
    """Predict every row of a table, in its order, as a table: what is kept of it, then the predictions."""
    request.check(reporter.as_json)
    model = loaded(request.model, request.threads)
    target_of(model, request.model)
    request.check_with(model)
    also_text = left_as_they_stand(model, request.keep)

    def opened(max_memory: int) -> Source:
        return source_for(model, request.table, request.max_bytes, reporter, also_text, max_memory)

    def of(part: Source) -> Predicted:
        return _predicted(model, request, part)

    if request.parts:
        _predict_in_parts(request, opened, of, reporter)
        return
    source = opened(max_memory_said(request.max_memory))
    if isinstance(source.frame, LongTable):
        _predict_in_portions(source, source.frame, of, request.out, request.excel, reporter)
    else:
        _predict_at_once(of(source), request.out, request.excel, reporter)


class Predicted(NamedTuple):
    """Columns of the table of predictions: those that were kept, then those that were predicted."""

    kept: dict[str, list[Any]]
    columns: dict[str, Any]

    @property
    def whole(self) -> dict[str, Any]:
        """All columns, in their order."""
        return self.kept | self.columns


def _predicted(model: TrainedModel | Ensemble, request: PredictRequest, part: Source) -> Predicted:
    """Predict the rows of a table, or of a portion of one."""
    target = target_of(model, request.model)
    columns = answer_columns(model, target, part.frame, request.proba, request.coverage)
    return Predicted(kept_columns(model, part, request.keep, columns), columns)


def _predict_at_once(predicted: Predicted, out: str, excel: bool, reporter: Reporter) -> None:
    """Write or print the predictions of a table that is in memory."""
    kept, columns = predicted
    rows = len(next(iter(columns.values())))
    if out:
        write_table(out, predicted.whole, excel)
        reporter.note(f"{counted(rows, 'prediction')} in {out}")
    if reporter.as_json:
        plain = {name: values.tolist() for name, values in columns.items()}
        value = {"rows": rows, "predictions": plain, "out": out or None}
        reporter.result("", {**value, "kept": kept} if kept else value)
    elif not out:
        sys.stdout.write("\ufeff" if excel else "")
        _print_rows(predicted, header=True)


def _print_rows(predicted: Predicted, header: bool) -> None:
    """Print columns as CSV."""
    columns, writer = predicted.whole, csv.writer(sys.stdout, lineterminator="\n")
    if header:
        writer.writerow(columns)
    writer.writerows(rows_of_text(columns))


def _predict_in_portions(
    source: Source,
    table: LongTable,
    of: Callable[[Source], Predicted],
    out: str,
    excel: bool,
    reporter: Reporter,
) -> None:
    """Predict a table portion by portion, so that memory holds no more than one."""
    with table, each_told_once():
        parts = _with_progress(source, table, of)
        if reporter.as_json:
            _result_in_portions(parts, len(table), out, excel, reporter)
        elif out:
            write_portions(out, (part.whole for part in parts), excel)
        else:
            sys.stdout.write("\ufeff" if excel else "")
            for number, part in enumerate(parts):
                _print_rows(part, header=number == 0)
        if out:
            reporter.note(f"{counted(len(table), 'prediction')} in {out}")


def _with_progress(
    source: Source, table: LongTable, of: Callable[[Source], Predicted]
) -> Iterator[Predicted]:
    """Yield what is predicted of each portion, and tell how far that is."""
    progress, done = ProgressReporter(stream=sys.stderr), 0
    progress(done, len(table))
    for portion in numbered_portions(table):
        yield of(source._replace(frame=portion))
        done += len(portion)
        progress(done, len(table))


def _predict_in_parts(
    request: PredictRequest,
    opened: Callable[[int], Source],
    of: Callable[[Source], Predicted],
    reporter: Reporter,
) -> None:
    """Predict a table into files of so many rows each, those that are not there yet."""
    options = {"proba": request.proba, "keep": request.keep, "coverage": request.coverage}
    what = said_of(request.model, request.table, options)
    with held_parts(request.parts, request.ending or "parquet", request.excel, what) as parts:
        source = opened(-1)  # in portions, however short it is
        table = source.frame
        assert isinstance(table, LongTable)

        def columns(portion: Table) -> dict[str, Any]:
            return of(source._replace(frame=portion)).whole

        with table, each_told_once():
            count = parts.write(table, columns, reporter, ProgressReporter(stream=sys.stderr))
            rows = len(table)
    if reporter.as_json:
        reporter.result("", {"rows": rows, "parts": [str(parts.place(number)) for number in range(count)]})
    else:
        reporter.note(f"{counted(rows, 'prediction')} in {request.parts}, {counted(count, 'part')}")


def _result_in_portions(
    parts: Iterator[Predicted], rows: int, out: str, excel: bool, reporter: Reporter
) -> None:
    """Print predictions as JSON, column by column: until the last is known, they lie in temporary files."""
    with temporary_folder() as folder:
        names, kept, lying = list[str](), list[str](), OnDisk(folder)
        for part in parts:
            names, kept = list(part.columns), list(part.kept)
            lying.append(import_polars().DataFrame(part.whole))
        if out:
            write_portions(out, (frame.to_dict() for frame in lying), excel)
        predictions = {name: Streamed(lying.cells(name)) for name in names}
        value = {"rows": rows, "predictions": predictions, "out": out or None}
        beside = {name: Streamed(lying.cells(name)) for name in kept}
        reporter.result("", {**value, "kept": beside} if kept else value)
