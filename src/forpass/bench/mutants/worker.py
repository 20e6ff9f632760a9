"""A process that carries out one mutant after another, within bounds, and writes a line about each.

Run as ``python -m forpass.bench.mutants.worker FOLDER SEED FIRST END STEP``. A line is a JSON list of the
fields of `Carried`. What ends this process is seen by who started it: the mutant is the one after the last
line.
"""

from __future__ import annotations

import json
import math
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from forpass.bench.mutants import bounds
from forpass.bench.mutants.bounds import READY, Carried, allowed_bytes
from forpass.bench.mutants.cases import case_of
from forpass.bench.mutants.forging import CANARY
from forpass.bench.mutants.judging import Judge

__all__ = ["Watched", "main"]


def main(folder: str, seed: int, first: int, end: int, step: int) -> None:
    """Carry out mutants first, first + step, ... below end."""
    watched = Watched(folder)
    sys.addaudithook(watched.hear)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        judge = Judge(Path(folder), Path(scratch))
        limits = _Limits()
        print(READY, flush=True)
        for number in range(first, end, step):
            print(json.dumps(_carried(judge, watched, limits, seed, number)), flush=True)


def _carried(judge: Judge, watched: Watched, limits: _Limits, seed: int, number: int) -> Carried:
    case = case_of(seed, number, judge.bases)
    limits.begin()
    began, before = time.process_time(), resident_peak(anew=True)
    with watched.closely():
        outcome, more = judge.judge(case, number)
    seconds, after = time.process_time() - began, resident_peak()
    taken = None if before is None or after is None else max(0, after - before)
    if watched.heard:
        outcome, more = "code", ", ".join(watched.heard[:3])
    elif "MemoryError" in more or (taken is not None and taken > allowed_bytes(len(case.blob))):
        outcome, more = "memory", more or f"{taken} bytes for a file of {len(case.blob)}"
    what = f"{case.base}: {case.what}"[:200]
    return Carried(number, case.family, outcome, what, more, len(case.blob), seconds, taken)


# -- bounds --------------------------------------------------------------------------------------
class _Limits:
    """Limits of the system on this process; none where there is no such thing."""

    def __init__(self) -> None:
        try:
            import resource
        except ImportError:
            self._set_time = None
            return

        def set_time() -> None:
            usage = resource.getrusage(resource.RUSAGE_SELF)
            end = math.ceil(usage.ru_utime + usage.ru_stime) + bounds.CPU_SECONDS  # whole seconds only
            resource.setrlimit(resource.RLIMIT_CPU, (end, resource.getrlimit(resource.RLIMIT_CPU)[1]))

        self._set_time = set_time
        if (size := address_space()) is not None:
            hard = resource.getrlimit(resource.RLIMIT_AS)[1]
            resource.setrlimit(resource.RLIMIT_AS, (size + bounds.ADDRESSES, hard))

    def begin(self) -> None:
        """Let the next mutant have its time."""
        if self._set_time is not None:
            self._set_time()


def address_space() -> int | None:
    """Return the size of this process's address space in bytes; None where it is not known."""
    return _status("VmSize:")


def resident_peak(anew: bool = False) -> int | None:
    """Return the most memory that this process has held, since it was asked `anew`; None: not known."""
    if anew:
        try:
            Path("/proc/self/clear_refs").write_text("5")
        except OSError:
            return None
    return _status("VmHWM:")


def _status(name: str) -> int | None:
    try:
        with open("/proc/self/status", encoding="ascii") as file:
            return next(int(line.split()[1]) << 10 for line in file if line.startswith(name))
    except (OSError, StopIteration):
        return None


# -- code ----------------------------------------------------------------------------------------
STARTS = "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty"
"""Events of Python that begin other programs."""

NEVER = {*STARTS, "socket.connect", "socket.bind", "pickle.find_class", "ctypes.dlopen"}
"""Events that no file may bring about."""


class Watched:
    """Hears what Python does while a mutant is read and used, and keeps what it must not do.

    Parameters
    ----------
    folder : str
        The only place to which anything may be written.
    """

    def __init__(self, folder: str) -> None:
        self.heard: list[str] = []
        self._folder, self._on = os.path.realpath(folder), False

    @contextmanager
    def closely(self) -> Iterator[None]:
        """Listen for the time of one mutant."""
        self.heard, self._on = [], True
        try:
            yield
        finally:
            self._on = False

    def hear(self, event: str, args: tuple[Any, ...]) -> None:
        """Keep what must not happen: it is called at every event."""
        if not self._on:
            return
        if event in NEVER or (event == "import" and str(args[0]).startswith(CANARY)):
            self.heard.append(f"{event} {str(args)[:80]}")
        elif event == "open" and self._writes(*args):
            self.heard.append(f"writes {args[0]!r}")

    def _writes(self, path: Any, mode: Any, flags: Any) -> bool:
        """Whether something is opened to be written that lies elsewhere."""
        if not isinstance(flags, int) or not flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            return False
        if isinstance(path, int) or os.fsdecode(path) == os.devnull:
            return False
        return not os.path.realpath(path).startswith(self._folder)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
