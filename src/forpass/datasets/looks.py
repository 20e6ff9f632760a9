"""What a file is that is no table, told by its first bytes, and what to do about it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from forpass.errors import TableError

__all__ = [
    "ARROW",
    "EXCEL",
    "GZIP",
    "HEAD",
    "JSON",
    "PARQUET",
    "Look",
    "is_look",
    "look_of",
    "refuse_what_is_no_text",
]

HEAD = 4096
"""How many bytes from the top are looked at."""

PARQUET, GZIP, ARROW = "a Parquet file", "a gzip file", "an Arrow (Feather) file"
JSON, EXCEL = "JSON", "an Excel workbook"
AS_TEXT = "write the table in it as CSV or Parquet"


class Look(NamedTuple):
    """What a file looks like: how it begins (a regular expression), what that is, what to do."""

    begins: bytes
    what: str
    remedy: str


# In the order in which they are tried: the particular before the general. A header may begin with PAR1.
_LOOKS = (
    Look(rb"PAR1[^\t\n\r -~]", PARQUET, "give its name the ending .parquet"),
    Look(rb"\x1f\x8b", GZIP, "give its name the ending .gz, for instance table.csv.gz"),
    Look(rb"PK..(?s:.*)(\[Content_Types\]\.xml|docProps/|xl/)", EXCEL, "give its name the ending .xlsx"),
    Look(rb"PK..(?s:.*)application/vnd\.oasis", "a sheet of LibreOffice", "save the sheet as CSV"),
    Look(rb"PK(\x03\x04|\x05\x06)", "a zip archive", "unpack it first"),
    Look(rb"\xd0\xcf\x11\xe0", "an old Excel workbook", "save the sheet as CSV"),
    Look(rb"(?s).{257}ustar", "a tar archive", "unpack it first"),
    Look(rb"BZh[1-9]1AY|\xfd7zXZ\x00|\x28\xb5\x2f\xfd|7z\xbc\xaf|Rar!\x1a", "a compressed file, but not gzip",
         "unpack it first"),
    Look(rb"(?s).{5}\x00\x00\x00\{\s*\"", "a model file (safetensors)",
         "give a table; forpass inspect shows what is in a model"),
    Look(rb"SQLite format 3\x00", "a database (SQLite)", AS_TEXT),
    Look(rb"ARROW1\x00", ARROW, "give its name the ending .arrow"),
    Look(rb"\x89HDF|CDF[\x01\x02]", "an HDF5 or NetCDF file", AS_TEXT),
    Look(rb"\x93NUMPY", "an array of NumPy", AS_TEXT),
    Look(rb"\x80[\x02-\x05]", "a pickle", AS_TEXT),
    Look(rb"%PDF-", "a PDF", AS_TEXT),
    Look(rb"\x89PNG|\xff\xd8\xff|GIF8[79]a", "a picture", "give a table"),
    Look(rb"\x7fELF|MZ\x90", "a program", "give a table"),
    Look(rb"(?i)\s*(<!doctype html|<html|<head|<body|<script|<table)", "a web page (HTML)",
         "fetch the file itself, not the page about it"),
    Look(rb"\s*<\?xml", "XML", AS_TEXT),
    Look(rb"\{\\rtf", "a text document (RTF)", "save it as plain text"),
    Look(rb"\s*(\{\s*([\"}]|$)|\[\s*([\[{\]\"]|-?\d+(\.\d+)?\s*[,\]]))", JSON,
         "give its name the ending .json or .jsonl"),
    Look(rb"(?i)(\s*%[^\n]*\n)*\s*@relation\s", "ARFF (of Weka)", AS_TEXT),
)  # fmt: skip


def look_of(head: bytes) -> Look | None:
    """Say what begins with these bytes; None for what may be the text of a table."""
    head = head[:HEAD].removeprefix(b"\xef\xbb\xbf")
    return next((look for look in _LOOKS if re.match(look.begins, head)), None)


def is_look(what: str, head: bytes) -> bool:
    """Whether what begins with these bytes is a certain look."""
    look = look_of(head)
    return look is not None and look.what == what


def refuse_what_is_no_text(shown: Path, head: bytes) -> None:
    """Refuse a file whose first bytes say that it is something else than separated text."""
    look = look_of(head)
    if look is not None:
        raise TableError(f"{shown} looks like {look.what}, not like separated text; {look.remedy}")
