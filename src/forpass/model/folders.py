"""Folders that hold what one process at a time is working at."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from forpass.errors import InputError
from forpass.locks import try_lock

__all__ = ["RUN", "held_folder"]

RUN, LOCK = "run.json", "lock"
"""What says whose folder it is, and the file that is locked as long as it is worked in."""


@contextlib.contextmanager
def held_folder(path: Path, own: re.Pattern[str], begun: bool) -> Iterator[None]:
    """Hold a folder for the work of a block; it is made if it is not there.

    A block that is refused by an InputError before it has put anything into a new folder leaves none.

    Parameters
    ----------
    path : Path
    own : pattern
        Of the names of the files that such work writes beside run.json.
    begun : bool
        Whether the folder says that such work is begun in it. If not, it must hold no other files: nobody
        wants ours among theirs.

    Raises
    ------
    InputError
        When the folder cannot be written to, holds other files, or somebody else holds it.
    """
    new = not path.exists()
    with _lock_file(path, own, begun) as held:
        if try_lock(held.fileno()) is False:
            raise InputError(
                f"{path} is being written into already, by another process or elsewhere in this one; wait "
                "until that has ended, or name another folder"
            )
        try:
            yield
        except InputError:
            if new:
                _take_away_if_bare(path)
            raise


def _lock_file(path: Path, own: re.Pattern[str], begun: bool) -> IO[bytes]:
    """Make the folder, unless it is there, and return the file in it that is locked."""
    if path.exists() and not path.is_dir():
        raise InputError(f"{path} is a file, and a folder is needed; name another place")
    try:
        path.mkdir(parents=True, exist_ok=True)
        shown = [name for name in os.listdir(path) if name not in (RUN, LOCK) and not name.startswith(".")]
        others = [name for name in shown if not own.fullmatch(name)]
        if others and not begun:
            raise InputError(
                f"{path} holds other files ({min(others)}) and is no folder of a run; name an empty or a new "
                "one"
            )
        return (path / LOCK).open("ab")
    except OSError as error:
        raise InputError(
            f"cannot write into the folder {path}: {error.strerror or error}; choose another place"
        ) from None


def _take_away_if_bare(path: Path) -> None:
    """Take a folder away in which nothing has been done."""
    with contextlib.suppress(OSError):
        if {LOCK, RUN}.issuperset(os.listdir(path)):
            for name in os.listdir(path):
                os.unlink(path / name)
            os.rmdir(path)
