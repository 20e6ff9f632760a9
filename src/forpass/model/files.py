"""Files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import io
import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from forpass.errors import InputError
from forpass.locks import try_lock
from forpass.spec.require import require_path

POSIX = os.name == "posix"
"""Elsewhere nothing is renamed that is open, and what is open cannot be deleted anyway: no lock is needed."""

__all__ = ["take_leftovers_away", "whole_file"]

LEFTOVER = re.compile(r"\.(.+)\.[0-9a-f]{8}\.part")
"""The name of a file that is not whole yet, with that of the whole one in it."""


@contextlib.contextmanager
def whole_file(path: str | os.PathLike[str], lasting: bool = True) -> Iterator[IO[bytes]]:
    """Open a file for writing that takes the place of `path` only when all went well.

    Until then what stood at `path` stays there; after an error or Ctrl-C nothing else is left behind, and
    what a killed process left is taken away by the next that writes the same file. A link stays a link to
    what is replaced, and a file keeps its mode. Into what is no file, such as a device or a pipe, all is
    written at the end.

    Parameters
    ----------
    path : path
    lasting : bool
        False, for one of many files of which none is missed: it need not be on the disk when the power
        fails, and what others have left is not looked for; see `take_leftovers_away`.

    Raises
    ------
    InputError
        When the place cannot be written to.
    """
    require_path("the file to write", path)
    path = Path(os.path.realpath(path))
    temporary = None
    try:
        if path.exists() and not path.is_file():
            content = io.BytesIO()
            yield content
            path.write_bytes(content.getvalue())
            return
        if lasting:
            take_leftovers_away(path.parent, path.name)
        mode = path.stat().st_mode & 0o777 if path.exists() else None
        # readable by no more people than the whole file, and a new one by those whom a plain file would have
        temporary, file = _begin(path, 0o666 if mode is None else mode)
        with file:
            yield file
            file.flush()
            if lasting:
                os.fsync(file.fileno())
            if mode is not None:
                os.chmod(temporary, mode)
            if POSIX:
                os.replace(temporary, path)
                temporary = None
        if temporary is not None:
            os.replace(temporary, path)
            temporary = None
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror or error}; choose another place") from None
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)


def _begin(path: Path, mode: int) -> tuple[str, IO[bytes]]:
    """Open a new file beside `path`, locked as long as it is open: nobody takes it for a leftover."""
    while True:
        name = str(path.with_name(f".{path.name}.{secrets.token_hex(4)}.part"))
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
        try:
            handle = os.open(name, flags, mode)
        except FileExistsError:
            continue
        if POSIX:
            try_lock(handle)
        if os.path.exists(name):  # unless somebody came between opening and locking
            return name, os.fdopen(handle, "w+b")
        os.close(handle)


def take_leftovers_away(folder: Path, name: str = "") -> None:
    """Delete what writers of a file that were killed have left in a folder, or those of any file."""
    with contextlib.suppress(OSError):
        for found in os.listdir(folder):
            leftover = LEFTOVER.fullmatch(found)
            if leftover and leftover[1] == (name or leftover[1]):
                _delete_unless_locked(folder / found)


def _delete_unless_locked(path: Path) -> None:
    with contextlib.suppress(OSError), path.open("r+b") as file:
        if not POSIX or try_lock(file.fileno()):
            os.unlink(path)
