"""Compiled kernels on disk: one small file each, whole or not at all, and only this user's own.

They lie in FORPASS_CACHE where that is set, otherwise in the user's cache folder; those of each version
of the sources in a folder of its own. Where nothing can be written, everything works as before, only
that each process compiles for itself.

Machine code is carried out as it is found, so it is believed only where nobody else can have written it: the
folder and the file are this user's, nobody else may write to them, and the file's digest covers its name.
What is refused is compiled anew, and a line says why.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import shutil
import stat
import sys
import tempfile
import time
from pathlib import Path

__all__ = ["folder", "number_of_kept", "read", "refuse", "write"]

PREFIX = "forpass-kernels-"
"""Before the name of a version's folder: others in the same place are left alone."""
DAYS_KEPT = 30
"""A version to which nothing was added for so long goes when a new one comes."""
DIGEST_BYTES = 32
POSIX = os.name == "posix"

_told: set[str] = set()
"""Why something was refused in this process: each reason is said once."""


def folder() -> Path | None:
    """Return where compiled kernels are kept; None where there is no such place.

    A place that depends on the working directory is none: whoever may write there would decide what is
    carried out.
    """
    if own := os.environ.get("FORPASS_CACHE"):
        if not os.path.isabs(own):
            refuse(f"FORPASS_CACHE is {own!r}, which is not a whole path from the root on")
            return None
        return Path(own)
    given = {"win32": "LOCALAPPDATA", "darwin": ""}.get(sys.platform, "XDG_CACHE_HOME")
    usual = {"win32": "AppData/Local", "darwin": "Library/Caches"}.get(sys.platform, ".cache")
    base = os.environ.get(given, "")
    if os.path.isabs(base):  # a relative one is to be ignored, says the convention
        return Path(base) / "forpass" / "kernels"
    try:
        home = Path.home()
    except RuntimeError:
        return None
    named = os.environ.get("HOME") if POSIX else None
    if named == "" or not home.is_absolute():  # an empty HOME becomes the root, or the working directory
        return None
    return home / usual / "forpass" / "kernels"


def refuse(why: str) -> None:
    """Say once in a process why kept kernels are not used."""
    if why not in _told:
        _told.add(why)
        logging.getLogger("forpass").warning("compiling anew instead of using kept machine code: %s", why)


def read(version: str, digest: str) -> bytes | None:
    """Return the machine code kept under a digest; None where there is none that can be believed."""
    if (place := folder()) is None:
        return None
    target = place / (PREFIX + version)
    try:
        if problem := _folder_problem(target):
            refuse(problem)
            return None
        content = _content(target / digest)
    except OSError:
        return None
    if content is None:
        return None
    code, check = content[:-DIGEST_BYTES], content[-DIGEST_BYTES:]
    if code and _check(version, digest, code) == check:
        return code
    refuse(f"a file in {target} is cut off, altered, or under another's name")
    return None


def number_of_kept(version: str) -> int:
    """Return how many kernels of a version are kept; whether they can be believed, is seen later."""
    try:
        return 0 if (place := folder()) is None else len(os.listdir(place / (PREFIX + version)))
    except OSError:
        return 0


def write(version: str, digest: str, code: bytes) -> None:
    """Keep machine code; where that fails, do without."""
    if (place := folder()) is None:
        return
    temporary = None
    try:
        target = place / (PREFIX + version) / digest
        if not target.parent.exists():
            _forget_old_versions(place)
            _make_private(target.parent)
        if problem := _folder_problem(target.parent):
            refuse(problem)
            return
        # a file of its own that is renamed when whole: others see all of it or nothing
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".")
        with os.fdopen(handle, "wb") as file:
            file.write(code + _check(version, digest, code))
        os.replace(temporary, target)
    except OSError:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)


def _check(version: str, digest: str, code: bytes) -> bytes:
    """The digest at a file's end: of its name and its content."""
    return hashlib.sha256(f"{version}/{digest}\n".encode() + code).digest()


def _folder_problem(path: Path) -> str:
    """Say why what lies in a folder cannot be believed; "" where it can.

    Where it is this user's own but others may write to it, they no longer may.
    """
    if not POSIX:
        return ""
    found = os.lstat(path)
    if not stat.S_ISDIR(found.st_mode):
        return f"{path} is no folder"
    if found.st_uid != os.geteuid():
        return f"the folder {path} belongs to another user; set FORPASS_CACHE to a folder of your own"
    if found.st_mode & 0o077:
        os.chmod(path, 0o700)
    return ""


def _content(path: Path) -> bytes | None:
    """Read a file; None, and say why, where it is not this user's own."""
    if not POSIX:
        return path.read_bytes()
    # never through a link, and without waiting: who opens a pipe waits for its other end
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        handle = os.open(path, flags)
    except FileNotFoundError:
        return None
    except OSError as error:
        refuse(f"{path} cannot be read ({error.strerror})")
        return None
    try:
        if problem := _file_problem(os.fstat(handle)):
            refuse(f"{path} {problem}")
            return None
        with os.fdopen(handle, "rb", closefd=False) as file:
            return file.read()
    finally:
        os.close(handle)


def _file_problem(found: os.stat_result) -> str:
    """Say why what stands in a file cannot be believed; "" where it can."""
    if not stat.S_ISREG(found.st_mode):
        return "is no plain file"
    if found.st_uid != os.geteuid():
        return "belongs to another user"
    return "may be written to by others" if found.st_mode & 0o022 else ""


def _make_private(path: Path) -> None:
    """Make a folder, and those above it that are missing, which only this user may enter."""
    if not path.parent.exists():
        _make_private(path.parent)
    path.mkdir(mode=0o700, exist_ok=True)


def _forget_old_versions(place: Path) -> None:
    with contextlib.suppress(OSError):
        for version in place.glob(PREFIX + "*"):
            if version.stat().st_mtime < time.time() - DAYS_KEPT * 24 * 3600:
                shutil.rmtree(version, ignore_errors=True)
