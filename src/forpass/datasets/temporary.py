"""Folders for temporary files, of which a process that is killed leaves none for long.

TMPDIR/forpass-xxxxxxxx/held    locked by the process whose folder it is; holds its number
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from forpass.locks import try_lock

__all__ = ["temporary_folder"]

PREFIX, HELD = "forpass-", "held"
FOLDER = re.compile(r"forpass-[a-z0-9_]{8}")


@contextlib.contextmanager
def temporary_folder() -> Iterator[Path]:
    """Make a folder that is gone when the block is left; first take away those of processes that are dead."""
    _take_away_what_the_dead_left()
    with tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with (folder / HELD).open("wb", buffering=0) as held:
            try_lock(held.fileno())
            held.write(str(os.getpid()).encode())  # an empty one is not locked yet, and is left alone
            yield folder


def _take_away_what_the_dead_left() -> None:
    with contextlib.suppress(OSError):
        for name in sorted(os.listdir(tempfile.gettempdir())):
            if FOLDER.fullmatch(name):
                _take_away_unless_held(Path(tempfile.gettempdir(), name))


def _take_away_unless_held(folder: Path) -> None:
    """Take a folder away that `temporary_folder` made in another process, which is dead.

    On some network drives a process is given a lock that it has already: its own are known by its number.
    """
    with contextlib.suppress(OSError):
        with (folder / HELD).open("r+b") as held:
            process = held.read()
            ours = process.isdigit() and process != str(os.getpid()).encode()
            dead = ours and try_lock(held.fileno())
        if dead:
            shutil.rmtree(folder, ignore_errors=True)
