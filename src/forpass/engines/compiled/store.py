"""Compiled kernels on disk: one small file each, whole or not at all.

The folder is FORPASS_CACHE where that is set, otherwise the user's cache folder. Where nothing can be
written, everything works as before, only that each process compiles for itself.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
from pathlib import Path

__all__ = ["folder", "read", "write"]


def folder() -> Path:
    """Return where compiled kernels are kept."""
    if given := os.environ.get("FORPASS_CACHE"):
        return Path(given)
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = str(Path.home() / "Library" / "Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "forpass" / "kernels"


def read(digest: str) -> bytes | None:
    """Return the machine code kept under a digest, or None: not there, cut off or altered."""
    try:
        content = (folder() / digest).read_bytes()
    except (OSError, RuntimeError):  # RuntimeError: there is no home folder
        return None
    code, check = content[:-32], content[-32:]
    return code if code and hashlib.sha256(code).digest() == check else None


def write(digest: str, code: bytes) -> None:
    """Keep machine code; where that fails, do without."""
    temporary = None
    try:
        target = folder() / digest
        target.parent.mkdir(parents=True, exist_ok=True)
        # a file of its own that is renamed when whole: others see all of it or nothing
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".")
        with os.fdopen(handle, "wb") as file:
            file.write(code + hashlib.sha256(code).digest())
        os.replace(temporary, target)
    except (OSError, RuntimeError):
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
