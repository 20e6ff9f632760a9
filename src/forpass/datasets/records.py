"""Records: JSON and JSON lines become a polars DataFrame; a column for each name that any record has."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forpass.datasets.with_polars import import_polars
from forpass.errors import TableError
from forpass.maths.constants import EXACT

if TYPE_CHECKING:
    import polars

__all__ = ["frame_of", "read_records"]

LARGEST = 2**63  # below this a column of whole numbers holds one

MEANT = (
    "a list of objects, an object a line, or an object of columns, "
    'for instance [{"size": 20.5, "floor": "top"}]'
)


def read_records(path: Path, shown: Path) -> polars.DataFrame:
    """Read a file that holds a list of objects, an object in each line, or one object of columns.

    Raises
    ------
    TableError
        For anything else, with the line; for a list or an object where a single value is meant.
    """
    content = path.read_bytes()
    try:
        if content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"[":
            found = json.loads(content, object_pairs_hook=_object)
        else:
            found = _lines(content, shown)
    except UnicodeDecodeError as error:
        raise TableError(
            f"{shown} holds the byte 0x{error.object[error.start]:02x} at offset {error.start:,}, which is "
            f"no {error.encoding.upper()}; save it as UTF-8"
        ) from None
    except (ValueError, RecursionError) as error:
        raise TableError(f"{shown} is not JSON ({error}); it should hold {MEANT}") from None
    if isinstance(found, dict):
        return frame_of(_columns(found, shown))
    for row, record in enumerate(found, start=1):
        if not isinstance(record, dict):
            raise TableError(
                f"{shown} holds {_named(record)} as record {row:,}, where an object is meant; "
                f"it should hold {MEANT}"
            )
    if not found:
        raise TableError(f"{shown} holds no records; give a file with at least one")
    names = dict.fromkeys(name for record in found for name in record)
    return frame_of({name: [record.get(name) for record in found] for name in names})


def _lines(content: bytes, shown: Path) -> Any:
    """Return the objects, one a line; or the one object, which may take several lines."""
    text = content.decode(json.detect_encoding(content)).removeprefix("\ufeff")
    try:
        return _one(list(_objects(text)))
    except ValueError as error:
        try:
            whole = json.loads(text, object_pairs_hook=_object)
        except ValueError:
            raise error from None
        return whole if isinstance(whole, dict) else [whole]


def _one(records: list[Any]) -> Any:
    """Return an object of columns by itself; it is no record."""
    if len(records) == 1 and isinstance(records[0], dict):
        values = list(records[0].values())
        if values and all(isinstance(value, list | dict) for value in values):
            return records[0]
    return records


def _objects(text: str) -> Iterator[Any]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield json.loads(line, object_pairs_hook=_object)
            except ValueError as error:
                raise ValueError(f"line {number:,}: {error}") from None


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object; refuse a name that stands in it twice, one value of which would be lost."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice!r} stands twice in one object")
    return found


def _columns(found: Mapping[str, Any], shown: Path) -> dict[str, list[Any]]:
    """Return the columns in an object of them: lists, or objects by row as pandas writes them."""
    if found and all(isinstance(values, dict) for values in found.values()):
        rows = dict.fromkeys(row for values in found.values() for row in values)
        return {name: [values.get(row) for row in rows] for name, values in found.items()}
    if not all(isinstance(values, list) for values in found.values()):  # one record
        return {name: [value] for name, value in found.items()}
    lengths = {name: len(values) for name, values in found.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name!r}: {n:,}" for name, n in list(lengths.items())[:8])
        raise TableError(f"{shown} holds columns of unequal length ({told}); give each row a value in each")
    return dict(found)


def frame_of(columns: Mapping[str, Sequence[Any]]) -> polars.DataFrame:
    """Make a frame of columns of plain Python values.

    Whole numbers that no type holds exactly become text. Values of several types in one column, such as 7
    and "A7", and lists and objects stay what they are.
    """
    pl = import_polars()
    frame: polars.DataFrame = pl.DataFrame([_series(name, list(values)) for name, values in columns.items()])
    return frame


def _series(name: str, values: list[Any]) -> Any:
    pl = import_polars()
    types = {type(value) for value in values if value is not None}
    if types <= {int}:
        fits = all(value is None or -LARGEST <= value < LARGEST for value in values)
        texts = (None if value is None else str(value) for value in values)
        return pl.Series(name, values, pl.Int64) if fits else pl.Series(name, list(texts), pl.String)
    if types <= {int, float} and _exact(values):
        return pl.Series(name, [None if v is None else float(v) for v in values], pl.Float64)
    plain = {bool: pl.Boolean, str: pl.String, datetime.date: pl.Date, datetime.datetime: pl.Datetime("us")}
    only = plain.get(next(iter(types))) if len(types) == 1 else None
    return pl.Series(name, values, dtype=pl.Object if only is None else only)


def _exact(values: Iterable[Any]) -> bool:
    return all(abs(value) <= EXACT for value in values if isinstance(value, int))


def _named(value: Any) -> str:
    names = {list: "a list", dict: "an object", str: "text", type(None): "null", bool: "true or false"}
    return names.get(type(value), "a number")
