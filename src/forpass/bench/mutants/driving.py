"""Processes that carry out mutants: started, watched, and started again behind one that ended them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from forpass.bench.mutants.bases import Bases, make_bases
from forpass.bench.mutants.bounds import READY, Carried
from forpass.bench.mutants.cases import FAMILIES, case_of
from forpass.bench.mutants.judging import FAULTS, FINE
from forpass.engines.threads import processors

__all__ = ["measure_mutants"]

WORKER = "forpass.bench.mutants.worker"
"""The module that a process runs."""

SILENCE = 900.0
"""A process that has said nothing for so many seconds hangs, whatever it waits for."""

MOST_TOLD = 100
"""So many faults are kept with all that is known of them."""

NOTED = 60.0
"""Seconds between two notes of how far it is."""


def measure_mutants(
    count: int, seed: int = 0, note: Callable[[str], object] = print, workers: int | None = None
) -> dict[str, Any]:
    """Carry out mutants 0 .. count - 1 of a seed.

    Parameters
    ----------
    count : int
    seed : int
    note : callable
        Is told how far it is.
    workers : int, optional
        So many processes side by side; by default as many as there are cores.

    Returns
    -------
    dict
        Plain data: ``count``, ``seed``, ``families`` (for each how many of its mutants had which outcome),
        ``faults`` (each with number, family, outcome, what was done and more), ``seconds`` and ``bytes`` (the
        most that one took; of bytes None where they cannot be measured).
    """
    workers = min(workers or processors(), max(1, count))
    with tempfile.TemporaryDirectory(prefix="forpass-mutants-") as name:
        folder = Path(name)
        make_bases(folder)
        tally, lines = Tally(count, note), [Line(folder, seed, w, count, workers) for w in range(workers)]
        threads = [threading.Thread(target=line.drive, args=(tally,)) for line in lines]
        for thread in threads:
            thread.start()
        try:
            while any(thread.is_alive() for thread in threads):
                time.sleep(0.2)
                for line in lines:
                    line.end_if_silent()
        finally:
            for line in lines:
                line.end()
            for thread in threads:
                thread.join()
    for line in lines:
        if line.failed:
            raise RuntimeError(line.failed)
    return {"count": count, "seed": seed, **tally.found()}


class Tally:
    """Counts what became of mutants, from several threads."""

    def __init__(self, count: int, note: Callable[[str], object]) -> None:
        self._lock, self._note, self._count = threading.Lock(), note, count
        self._done, self._noted, self._began = 0, time.monotonic(), time.monotonic()
        self._families = {family: dict.fromkeys((*FINE, *FAULTS), 0) for family in FAMILIES}
        self._faults: list[Carried] = []
        self._slowest, self._largest = 0.0, dict.fromkeys(("bytes", "size"), 0)
        self._measured = False

    def add(self, carried: Carried) -> None:
        """Count one more."""
        with self._lock:
            self._done += 1
            self._families[carried.family][carried.outcome] += 1
            if carried.outcome in FAULTS:
                self._faults.append(carried)
                self._note(f"mutant {carried.number}, {carried.outcome}: {carried.what}: {carried.more}")
            self._slowest = max(self._slowest, carried.seconds)
            if carried.bytes is not None:
                self._measured = True
                if carried.bytes > self._largest["bytes"]:
                    self._largest = {"bytes": carried.bytes, "size": carried.size}
            if time.monotonic() - self._noted > NOTED:
                self._noted = time.monotonic()
                self._note(f"{self._done:,} of {self._count:,} mutants, {len(self._faults)} faults")

    def found(self) -> dict[str, Any]:
        """Return everything as plain data."""
        faults = sorted(self._faults)
        return {
            "families": self._families,
            "faults": [dict(fault._asdict()) for fault in faults[:MOST_TOLD]],
            "faults_in_all": len(faults),
            "seconds": self._slowest,
            "memory": self._largest if self._measured else None,
            "minutes": (time.monotonic() - self._began) / 60.0,
        }


class Line:
    """One process after another, each of which goes on behind the mutant that ended the one before."""

    def __init__(self, folder: Path, seed: int, first: int, end: int, step: int) -> None:
        self._folder, self._seed, self._end, self._step = folder, seed, end, step
        self._next, self._ended = first, threading.Event()
        self._process: subprocess.Popen[str] | None = None
        self._heard = time.monotonic()
        self.failed = ""

    def drive(self, tally: Tally) -> None:
        """Carry out all mutants of this line; what goes wrong here is kept for who started it."""
        try:
            self._drive(tally)
        except Exception as error:  # noqa: BLE001 - of any kind, and it is raised again
            self.failed = f"{type(error).__name__}: {error}"

    def _drive(self, tally: Tally) -> None:
        while self._next < self._end:
            code, ready, said = self._carry_out(tally)
            if self._ended.is_set() or self._next >= self._end:
                return
            if not ready:
                self.failed = f"a worker ended with {code} before its first mutant: {said[-2000:]}"
                return
            tally.add(self._culprit(code, said))
            self._next += self._step

    def _carry_out(self, tally: Tally) -> tuple[int, bool, str]:
        """Count what a process says; return how it ended, whether it began, and its last words."""
        numbers = (self._seed, self._next, self._end, self._step)
        command = [sys.executable, "-m", WORKER, str(self._folder), *map(str, numbers)]
        one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS"), "1")
        own = {"FORPASS_CACHE": str(self._folder / "kernels"), "TMPDIR": str(self._folder)}
        environment = os.environ | one | own
        ready = False
        with tempfile.TemporaryFile("w+", dir=self._folder, errors="replace") as errors:
            self._heard = time.monotonic()
            process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment, encoding="utf-8"
            )
            self._process = process
            for line in _lines(process):
                self._heard = time.monotonic()
                if line == READY:
                    ready = True
                    continue
                carried = Carried(*json.loads(line))
                tally.add(carried)
                self._next = carried.number + self._step
            code = process.wait()
            errors.seek(0)
            return code, ready, errors.read()

    def _culprit(self, code: int, said: str) -> Carried:
        """Return what became of the mutant that ended its process."""
        case = case_of(self._seed, self._next, Bases.of(self._folder))
        hangs = code in (-getattr(signal, "SIGXCPU", 0), -getattr(signal, "SIGKILL", 0))
        last = said.strip().splitlines()[-1:] or [""]
        more = f"the process ended with {code}: {last[0][:200]}"
        what = f"{case.base}: {case.what}"[:200]
        return Carried(
            self._next, case.family, "hang" if hangs else "crash", what, more, len(case.blob), 0.0, None
        )

    def end_if_silent(self) -> None:
        """End a process that says nothing any more."""
        if time.monotonic() - self._heard > SILENCE and self._process is not None:
            self._heard = time.monotonic()
            self._process.kill()

    def end(self) -> None:
        """End whatever is going on."""
        self._ended.set()
        if self._process is not None and self._process.poll() is None:
            self._process.kill()


def _lines(process: subprocess.Popen[str]) -> Iterable[str]:
    assert process.stdout is not None
    with process.stdout as stream:
        for line in stream:
            yield line.rstrip("\n")
