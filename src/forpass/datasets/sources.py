"""Where a table is read from: a file by its name, packed or not, or an open one; within a bound of bytes."""

from __future__ import annotations

import contextlib
import gzip
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from forpass.datasets.encodings import BLOCK
from forpass.datasets.looks import (
    ARROW,
    EXCEL,
    GZIP,
    HEAD,
    JSON,
    PARQUET,
    is_look,
    refuse_what_is_no_text,
)
from forpass.datasets.temporary import temporary_folder
from forpass.errors import TableError
from forpass.names import nearest_names

__all__ = [
    "MAX_BYTES",
    "TEXT",
    "Opened",
    "head_of",
    "kind_of_name",
    "openable",
    "opened",
    "reading",
    "too_much",
    "without_ending",
]

MAX_BYTES = 4 << 30
"""So much a compressed file may decompress to, and a stream hold, unless more is allowed: four gibibytes."""

TEXT = "separated text"
SEPARATED = (".csv", ".tsv", ".txt")
RECORDS = (".json", ".jsonl", ".ndjson")
ENDINGS = {
    **dict.fromkeys(SEPARATED, TEXT),
    **dict.fromkeys(RECORDS, JSON),
    ".parquet": PARQUET,
    **dict.fromkeys((".arrow", ".feather"), ARROW),
    **dict.fromkeys((".xlsx", ".xlsm"), EXCEL),
}
"""What a file is by the ending of its name."""

PACKED = ".gz"


def kind_of_name(path: Path) -> tuple[str, bool]:
    """Return what a file is by its ending, and whether it is packed; refuse what is no file to read."""
    if os.path.isdir(path):  # what can be no name is none of a folder or a file; Path says so by an OSError
        raise TableError(f"{path} is a folder; name a file in it")
    if not os.path.exists(path):
        folder = path.parent
        if not folder.is_dir():
            raise TableError(f"there is no file {path}, nor a folder {folder}; check the path")
        inside = sorted(p.name for p in folder.iterdir() if p.is_file())
        near = nearest_names(path.name, inside)
        hint = f"did you mean {' or '.join(map(repr, near))}?" if near else "check the path"
        raise TableError(f"there is no file {path.name!r} in {folder}; {hint}")
    if not path.is_file():
        raise TableError(
            f"{path} is no ordinary file; write the table to one first, or open it and give that"
        )
    name = path.name.lower()
    packed = name.endswith(PACKED)
    ending = Path(name.removesuffix(PACKED)).suffix
    if ending in (SEPARATED + RECORDS if packed else ENDINGS):
        return ENDINGS[ending], packed
    with contextlib.suppress(OSError), path.open("rb") as file:
        refuse_what_is_no_text(path, file.read(HEAD))
    others = ", ".join(ending for ending in ENDINGS if ending not in SEPARATED + RECORDS)
    raise TableError(
        f"{path.name} has the ending {path.suffix or '(none)'!r}; files that can be read end in "
        f"{', '.join(SEPARATED + RECORDS)} (also with {PACKED}), {others}"
    )


@contextlib.contextmanager
def reading(shown: Path) -> Iterator[None]:
    """Say in one sentence why a file, or a copy of it for which there was no room, cannot be read."""
    try:
        yield
    except OSError as error:
        why, remedy = error.strerror or error, "check who may read it"
        if error.filename != str(shown):
            remedy = "make room in the folder for temporary files, which the variable TMPDIR names"
        raise TableError(f"{shown} cannot be read ({why}); {remedy}") from None


class Opened(NamedTuple):
    """Where a table lies as an ordinary file that is not packed."""

    path: Path
    shown: Path
    """What messages call it."""

    kind: str
    """What it is: ``TEXT`` or one of the looks."""

    head: bytes
    """How it begins."""

    stack: contextlib.ExitStack
    """Copies lie in folders that are gone when this is left; who takes it over by `pop_all` keeps them."""


@contextlib.contextmanager
def opened(given: str | Path | BinaryIO, max_bytes: int) -> Iterator[Opened]:
    """Find the file of a table, or copy an open one, and unpack it; what fails is told in a sentence."""
    shown = Path(given) if isinstance(given, str | Path) else Path(name_of(given))
    with contextlib.ExitStack() as stack, reading(shown):
        if isinstance(given, str | Path):
            path, (kind, packed) = shown, kind_of_name(shown)
        else:
            folder = stack.enter_context(temporary_folder())
            path, kind, packed = spooled(given, shown, folder, max_bytes), "", False
        head = head_of(path, shown)
        if packed or (not kind and is_look(GZIP, head)):
            path = unpacked(path, shown, head, stack.enter_context(temporary_folder()), max_bytes)
            head = head_of(path, shown)
        looks = (look for look in (PARQUET, ARROW, EXCEL, JSON) if is_look(look, head))
        yield Opened(path, shown, kind or next(looks, TEXT), head, stack)


def without_ending(name: str) -> str:
    """Return a file's name without the endings that say what it is: of sales.2024.csv.gz it is sales.2024."""
    plain = name[: -len(PACKED)] if name.lower().endswith(PACKED) else name
    for ending in ENDINGS:
        if plain.lower().endswith(ending) and len(plain) > len(ending):
            return plain[: -len(ending)]
    return name


def name_of(file: BinaryIO) -> str:
    """Return what messages call an open file."""
    name = getattr(file, "name", None)
    return "standard input" if name in ("<stdin>", 0) else str(name or "the stream")


def head_of(path: Path, shown: Path) -> bytes:
    """Return the first bytes of a file; refuse an empty one."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head:
        raise TableError(f"{shown} is empty; give a file with a header line and rows")
    return head


def spooled(file: BinaryIO, shown: Path, folder: Path, max_bytes: int) -> Path:
    """Write what an open file holds to a folder."""
    if not isinstance(sample := file.read(0), bytes):
        raise TableError(
            f"{shown} is open for text (read gave {type(sample).__name__}); open it in binary mode"
        )
    copied = folder / "spooled"
    with copied.open("wb") as copy:
        _copy(file, copy, shown, "holds", max_bytes)
    return copied


def unpacked(path: Path, shown: Path, head: bytes, folder: Path, max_bytes: int) -> Path:
    """Unpack a gzip file into a folder."""
    if not head.startswith(b"\x1f\x8b"):
        refuse_what_is_no_text(shown, head)
        raise TableError(f"{shown} is not a gzip file; if it is not compressed, take .gz off its name")
    plain = folder / "unpacked"
    try:
        with gzip.open(path) as packed, plain.open("wb") as file:
            _copy(packed, file, shown, "decompresses to", max_bytes)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise TableError(f"{shown} is not a whole gzip file ({error}); fetch it again") from None
    return plain


def _copy(source: Any, target: BinaryIO, shown: Path, verb: str, max_bytes: int) -> None:
    """Copy a stream, up to a bound."""
    size = 0
    while block := source.read(BLOCK):
        size += len(block)
        if size > max_bytes:
            raise TableError(too_much(shown, verb, f"more than {max_bytes:,} bytes", max_bytes))
        target.write(block)


def too_much(shown: Path, verb: str, much: str, max_bytes: int) -> str:
    """Say that there is more than was allowed, and how to allow it."""
    return (
        f"{shown} {verb} {much}, and max_bytes (--max-bytes) is {max_bytes:,}; where that is meant, "
        "allow more bytes"
    )


def openable(path: Path, stack: contextlib.ExitStack) -> Path:
    """Return a name under which polars finds a file: UTF-8, and neither an address nor somebody's home."""
    try:
        os.fspath(path.absolute()).encode()
    except UnicodeEncodeError:
        link = stack.enter_context(temporary_folder()) / "table"
        link.symlink_to(path.absolute())
        return link
    return path.absolute()
