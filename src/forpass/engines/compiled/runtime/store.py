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

PREFIX = "forpass-kernels-"
"""Before the name of a version's folder: others in the same place are left alone."""
DAYS_KEPT = 30
"""A version to which nothing was added for so long goes when a new one comes."""


def folder() -> Path | None:
    """Return where compiled kernels are kept; None where the user has no home folder."""
    if own := os.environ.get("FORPASS_CACHE"):
        return Path(own)
    given = {"win32": "LOCALAPPDATA", "darwin": ""}.get(sys.platform, "XDG_CACHE_HOME")
    usual = {"win32": "AppData/Local", "darwin": "Library/Caches"}.get(sys.platform, ".cache")
    if base := os.environ.get(given):
        return Path(base) / "forpass" / "kernels"
    try:
        return Path.home() / usual / "forpass" / "kernels"
    except RuntimeError:
        return None


def read(version: str, digest: str) -> bytes | None:
    """Return the machine code kept under a digest, or None: not there, cut off or altered."""
    if (place := folder()) is None:
        return None
    try:
        content = (place / (PREFIX + version) / digest).read_bytes()
    except OSError:
        return None
    code, check = content[:-32], content[-32:]
    return code if code and hashlib.sha256(code).digest() == check else None


def write(version: str, digest: str, code: bytes) -> None:
    """Keep machine code; where that fails, do without."""
    if (place := folder()) is None:
        return
    temporary = None
    try:
        target = place / (PREFIX + version) / digest
        if not target.parent.exists():
            _forget_old_versions(place)
        target.parent.mkdir(parents=True, exist_ok=True)
        # a file of its own that is renamed when whole: others see all of it or nothing
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".")
        with os.fdopen(handle, "wb") as file:
            file.write(code + hashlib.sha256(code).digest())
        os.replace(temporary, target)
    except OSError:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)


def _forget_old_versions(place: Path) -> None:
    with contextlib.suppress(OSError):
        for version in place.glob(PREFIX + "*"):
            if version.stat().st_mtime < time.time() - DAYS_KEPT * 24 * 3600:
                shutil.rmtree(version, ignore_errors=True)
