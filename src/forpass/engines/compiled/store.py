"""Compiled kernels on disk: one small file each, whole or not at all.

They lie in FORPASS_CACHE where that is set, otherwise in the user's cache folder; those of each version
of the sources in a folder of its own. Where nothing can be written, everything works as before, only
that each process compiles for itself.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

__all__ = ["folder", "read", "write"]

DAYS_KEPT = 30
"""A version to which nothing was added for so long goes when a new one comes."""


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


def read(version: str, digest: str) -> bytes | None:
    """Return the machine code kept under a digest, or None: not there, cut off or altered."""
    try:
        content = (folder() / version / digest).read_bytes()
    except (OSError, RuntimeError):  # RuntimeError: there is no home folder
        return None
    code, check = content[:-32], content[-32:]
    return code if code and hashlib.sha256(code).digest() == check else None


def write(version: str, digest: str, code: bytes) -> None:
    """Keep machine code; where that fails, do without."""
    temporary = None
    try:
        target = folder() / version / digest
        if not target.parent.exists():
            _forget_old_versions()
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


def _forget_old_versions() -> None:
    with contextlib.suppress(OSError, RuntimeError):
        for version in folder().iterdir():
            # never anything but what was written here, whatever folder FORPASS_CACHE names
            ours = version.is_dir() and len(version.name) == len(hashlib.sha256().hexdigest())
            if ours and version.stat().st_mtime < time.time() - DAYS_KEPT * 24 * 3600:
                shutil.rmtree(version, ignore_errors=True)
