"""Tables, columns and shares of rows as they are named on a command line."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from forpass.cli.output import Reporter
from forpass.datasets import (
    DATASETS,
    MAX_BYTES,
    MAX_MEMORY,
    LongTable,
    bytes_in_memory,
    load_dataset,
    open_long_table,
    read_table_file,
)
from forpass.datasets.long import OnDisk
from forpass.datasets.temporary import temporary_folder
from forpass.datasets.with_polars import import_polars
from forpass.errors import InputError, TableError, UnknownNameError
from forpass.model.files import whole_file
from forpass.names import nearest_names
from forpass.preprocessing import KINDS, left_as_text, read_columns
from forpass.preprocessing.table import about_a_title
from forpass.shown import as_shown, counted
from forpass.spec.require import whole_number

__all__ = [
    "STANDARD_INPUT",
    "Source",
    "column_said",
    "columns_named",
    "max_memory_said",
    "open_table",
    "open_to_learn",
    "require_place",
    "require_table_place",
    "schema_for",
    "schema_said",
    "share_said",
    "write_portions",
    "write_table",
]

STANDARD_INPUT = "-"
WRITTEN = (".csv", ".tsv", ".parquet")


class Source(NamedTuple):
    """A table, what it is called, and what is known of its target."""

    name: str
    frame: Any
    columns: list[str]
    target: str | tuple[str, ...] | None
    task: str | None
    text_columns: list[str]
    decimal_comma: bool
    leading_zeros: tuple[str, ...] = ()


def open_table(
    name: str,
    reporter: Reporter,
    as_text: Collection[str] = (),
    decimal_comma: bool = False,
    max_bytes: int | None = None,
    missing: Collection[str] | None = None,
    max_memory: float = math.inf,
) -> Source:
    """Read a file, or standard input (``-``), or load a named data set where no file has that name.

    Parameters
    ----------
    name : str
    reporter : Reporter
        Is told how the file was read.
    as_text : collection of str
        Columns of a text file to leave as text.
    decimal_comma : bool
        Whether numbers of a text file are known to have one.
    max_bytes : int, optional
        How far a compressed file may decompress, and how much may come from standard input.
    missing : collection of str, optional
        The words in a text file that mean a missing value; the usual ones when not given.
    max_memory : float
        A file that takes more bytes as a table is opened to be read in portions: the frame is a `LongTable`.
    """
    max_bytes = MAX_BYTES if max_bytes is None else whole_number("--max-bytes", max_bytes)
    if not name:
        raise TableError("the name of the table is empty; name a file, or a data set (see: forpass data)")
    if name in DATASETS and not Path(name).exists():
        known = load_dataset(name)
        return Source(name, known.frame, list(known.frame), known.target, known.task, [], False)
    if Path(name).suffix == "" and not Path(name).exists() and name != STANDARD_INPUT:
        near = nearest_names(name, DATASETS)
        hint = f"did you mean {' or '.join(near)}?" if near else f"Named data sets: {', '.join(DATASETS)}"
        raise TableError(f"{name} is neither a file nor a named data set; {hint}")
    place = _standard_input() if name == STANDARD_INPUT else name
    if isinstance(place, str) and not math.isinf(max_memory) and bytes_in_memory(place) > max_memory:
        return _long(open_long_table(place, as_text, decimal_comma, max_bytes, missing), name, reporter)
    frame, form = read_table_file(place, as_text, decimal_comma, max_bytes, missing)
    called = "stdin" if name == STANDARD_INPUT else Path(name).name
    reporter.file_read(name, str(form), dataclasses.asdict(form), form.assumed)
    pl = import_polars()
    text = [column for column, dtype in frame.schema.items() if dtype == pl.String]
    # plain columns, and the frame let go: it would stay in memory beside them for a whole training
    columns, commas = list(frame.columns), bool(form.decimal_comma)
    return Source(called, read_columns(frame), columns, None, None, text, commas, form.leading_zeros)


def _long(table: LongTable, name: str, reporter: Reporter) -> Source:
    """Tell of a table that is read in portions."""
    form = table.form
    reporter.file_read(name, str(form), dataclasses.asdict(form), form.assumed)
    reporter.note(f"{table.name}: {counted(len(table), 'row')}, read in portions")
    text, commas = list(table.text_columns), bool(form.decimal_comma)
    return Source(table.name, table, list(table.names), None, None, text, commas, form.leading_zeros)


def open_to_learn(
    name: str,
    reporter: Reporter,
    target: str,
    schema: Sequence[str],
    drop: str,
    max_bytes: int | None,
    missing: Collection[str] | None,
    max_memory: float = math.inf,
) -> tuple[Source, str | list[str], dict[str, str]]:
    """Read a table that networks learn from; return it, its target, and its schema as far as it is said.

    Parameters
    ----------
    name, reporter, max_bytes, missing, max_memory
        As of `open_table`.
    target, schema, drop
        What was said by ``--target``, ``--schema`` and ``--drop``.
    """
    kinds = schema_said(schema)
    as_text = [
        column.strip()
        for names, kind in kinds.items()
        for column in (names, *names.split(","))
        if left_as_text(kind)
    ]
    source = open_table(name, reporter, as_text, False, max_bytes, missing, max_memory)
    try:
        targets = target_said(target, source)
        said = schema_for(kinds, drop, source.columns)
    except BaseException:
        if isinstance(source.frame, LongTable):
            source.frame.close()
        raise
    _note_codes(source, {*said, *([targets] if isinstance(targets, str) else targets)}, reporter)
    return source, targets, said


def _note_codes(source: Source, known: Collection[str], reporter: Reporter) -> None:
    """Say which columns may be codes that were read as numbers, unless it is known what they are."""
    for name in source.leading_zeros:
        if name not in known:
            reporter.note(
                f"note: column {name!r} has zeros in front of whole numbers, as codes have, and is read as "
                "numbers; say which it is in the schema: category or number"
            )


def _standard_input() -> BinaryIO:
    if sys.stdin is None:
        raise InputError("standard input is closed; pipe a table into the command, or name a file")
    return sys.stdin.buffer


def columns_named(text: str, columns: Sequence[str]) -> list[str]:
    """Divide a list of column names at commas, unless the whole is the name of one column.

    Raises
    ------
    TableError
        When there is no such column; the nearest names are offered.
    """
    if not text:
        return []
    names = [text] if text in columns else [name.strip() for name in text.split(",")]
    for name in names:
        if name not in columns:
            near = nearest_names(name, columns)
            shown = ", ".join(map(as_shown, columns[:20])) + (" ..." if len(columns) > 20 else "")
            hint = (
                f"did you mean {' or '.join(map(repr, near))}?"
                if near
                else f"Columns: {shown}{about_a_title(columns)}"
            )
            raise TableError(f"there is no column {name!r}; {hint}")
    return names


def schema_said(words: Sequence[str]) -> dict[str, str]:
    """Read the words of ``--schema``: ``COLUMN=KIND``, or a JSON file that holds ``{"COLUMN": "KIND"}``.

    Raises
    ------
    InputError
        For anything else.
    """
    schema, said = dict[str, str](), dict[str, str]()
    for word in words:
        name, equals, kind = word.rpartition("=")
        for known, record in KINDS.items():
            mark = f"={known}:"
            if record.argument_problem is not None and mark in word:  # an argument may hold anything
                name, _, argument = word.partition(mark)
                kind = f"{known}:{argument}"
        if not equals and word.lower().endswith(".json"):
            schema |= _schema_file(word)
        elif name and kind:
            if said.setdefault(name, kind) != kind:
                raise InputError(f"--schema says of column {name!r} {said[name]} and {kind}; say one of them")
            schema[name] = kind
        else:
            raise InputError(
                f"--schema takes COLUMN=KIND, for instance zip=category, or a JSON file; got {word!r}"
            )
    return schema


def _schema_file(path: str) -> dict[str, str]:
    example = '{"zip": "category", "id": "drop"}'
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}; check the path") from None
    except ValueError as error:  # no UTF-8, no JSON
        raise InputError(f"{path} is not JSON ({error}); write columns and kinds like {example}") from None
    if not isinstance(content, dict) or not all(isinstance(kind, str) for kind in content.values()):
        raise InputError(f"{path} must hold one object of columns and kinds, like {example}")
    return content


def schema_for(said: Mapping[str, str], drop: str, columns: Sequence[str]) -> dict[str, str]:
    """Return a schema for a table's columns: what was said, and the columns to drop."""
    schema = dict[str, str]()
    for name, kind in said.items():
        if name not in columns and "," in name.partition("=")[2]:
            each = " ".join(f"--schema {word}" for word in f"{name}={kind}".split(","))
            raise InputError(f"--schema is given once for each column: {each}")
        for column in columns_named(name, columns):
            if schema.setdefault(column, kind) != kind:
                raise InputError(
                    f"--schema says of column {column!r} {schema[column]} and {kind}; say one of them"
                )
    for name in columns_named(drop, columns):
        if schema.setdefault(name, "drop") != "drop":
            raise InputError(f"column {name!r} is dropped, and said to be {schema[name]}; say one of them")
    return schema


def target_said(text: str, source: Source) -> str | list[str]:
    """Return the columns to predict: those that were said, or what is known of a named data set."""
    if text:
        names = columns_named(text, source.columns)
        return names[0] if len(names) == 1 else names
    if source.target is not None:
        return source.target if isinstance(source.target, str) else list(source.target)
    columns = ", ".join(source.columns[:20]) + (" ..." if len(source.columns) > 20 else "")
    raise TableError(f"which column is to be predicted? Say --target COLUMN. Columns: {columns}")


def column_said(option: str, text: str, source: Source) -> str | None:
    """Return the one column that an option names, if it names one."""
    names = columns_named(text, source.columns)
    if len(names) > 1:
        raise InputError(f"--{option} takes one column; got {text!r}")
    return names[0] if names else None


def share_said(option: str, text: str, otherwise: str = "") -> float:
    """Return a share of rows."""
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share < 1:
        raise InputError(f"--{option} takes a share from 0 to below 1{otherwise}; got {text}")
    return share


def require_place(out: str, *inputs: str) -> None:
    """Refuse a place that cannot be written to, or holds what is read, before anything is computed.

    What else is there will be replaced, because it was named.
    """
    place = Path(out)
    if out == STANDARD_INPUT:
        raise InputError("- is no file to write to; name one, or leave the option out")
    if os.path.isdir(place):
        raise InputError(f"{out} is a folder; name a file in it")
    for name in inputs:
        if os.path.exists(place) and os.path.exists(name) and place.samefile(name):
            raise InputError(f"{out} is read by this command and would be lost; write to another place")
    if not place.parent.is_dir():
        raise InputError(f"there is no folder {place.parent} to write {place.name} in; make it first")
    if out.endswith(("/", os.sep)):
        raise InputError(f"{out} names a folder; name a file in it")
    if not os.access(place.parent, os.W_OK):
        raise InputError(f"cannot write to the folder {place.parent}; choose another place")


def require_table_place(out: str, *inputs: str) -> None:
    """Refuse a place for a table that `require_place` refuses, or whose ending is that of no table."""
    require_place(out, *inputs)
    suffix = Path(out).suffix.lower()
    if suffix not in WRITTEN:
        raise UnknownNameError("ending of a table file", suffix, WRITTEN)


def write_table(path: str, columns: Mapping[str, Any], excel: bool = False) -> None:
    """Write columns to a place that `require_table_place` let through; the file appears whole or not at all.

    With `excel` a text file begins with a byte order mark: without one, Excel takes letters beyond ASCII
    for others. Other programs may take the mark for a part of the first name.
    """
    if Path(path).suffix.lower() != ".parquet":
        write_portions(path, [columns], excel)
        return
    frame = import_polars().DataFrame(dict(columns))
    with whole_file(path) as file:
        frame.write_parquet(file)


def write_portions(path: str, portions: Iterable[Mapping[str, Any]], excel: bool = False) -> None:
    """Write a file, portion by portion, each with the same columns; see `write_table`.

    Of Parquet the types of columns are known behind the last portion: until then they lie in temporary files.
    """
    pl, separator = import_polars(), "\t" if Path(path).suffix.lower() == ".tsv" else ","
    if Path(path).suffix.lower() == ".parquet":
        with temporary_folder() as folder:
            lying = OnDisk(folder)
            lying.extend(pl.DataFrame(dict(columns)) for columns in portions)
            with whole_file(path) as file:
                lying.scan().sink_parquet(file)
        return
    with whole_file(path) as file:
        for number, columns in enumerate(portions):
            first = number == 0
            frame = pl.DataFrame(dict(columns))
            frame.write_csv(file, separator=separator, include_bom=excel and first, include_header=first)


def max_memory_said(bytes_said: int | None) -> int:
    """Return what ``--max-memory`` says."""
    return MAX_MEMORY if bytes_said is None else whole_number("--max-memory", bytes_said)
