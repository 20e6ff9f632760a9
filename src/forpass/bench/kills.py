"""Whether a training survives: it is killed at many moments, goes on, and is compared with one never stopped.

Each time a training (`victims`) is begun in a process of its own, with a folder; it is ended from outside at
a moment that differs each time, once or twice, the second time in the middle of going on. All files of the
folder are then read, the training goes on to its end, and what is known of its models is compared with what
a process came to that nobody touched: predictions, histories and figures, but for times.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from forpass.bench.report import markdown_table
from forpass.bench.victims import COMMAND, FAULTS, VICTIMS
from forpass.errors import ForpassError
from forpass.training.checkpoint import read_checkpoint
from forpass.training.folder import DONE, UNDER_WAY, counts_of

__all__ = ["WAYS", "kills_section", "measure_kills"]

SIGNALS = [name for name in ("SIGKILL", "SIGTERM", "SIGINT") if hasattr(signal, name)]
WAYS = [*SIGNALS, *(f"{fault}, then SIGKILL" for fault in FAULTS)]
"""How a training is ended; a fault of the disk is there meanwhile."""

GOLDEN = 0.6180339887498949
"""Its multiples, less their whole parts, spread evenly however many there are."""

PATIENCE = 300.0
"""Seconds within which a process must come to its end."""

SECTION = """\
## Trainings that are killed

{count} times a training was ended from outside and went on: by SIGKILL, SIGTERM and SIGINT, and by SIGKILL
while every second file could not be written, for the disk was said to be full or read-only, or the system cut
files at a few kilobytes. The moments are spread over the whole training. {under_way} kills fell while it was
at work, {twice} trainings were killed again while they went on, and {states} had networks in the middle of
their epochs to go on from. Each time all files of the folder were read, and what is known of the models
(predictions, histories, figures; not times) was compared with that of a training never stopped.

{table}

{verdict}
"""


def measure_kills(
    count: int = 100, note: Callable[[str], object] = print, only: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Kill trainings.

    Parameters
    ----------
    count : int
        How many trainings; the kinds take turns, and so do the ways to end them.
    note : callable
        Is told what is being done.
    only : sequence of str
        Names of `victims.VICTIMS`; by default all.

    Returns
    -------
    list of dict
        For each its ``training`` and ``way``; ``moments`` at which it was killed, as shares of the time that
        it takes; ``hits``, how many of them fell while it was at work; ``done`` and ``under_way``, networks
        in the folder by then; ``unreadable``, names of files that cannot be read; and ``same``, whether it
        came to what it would have come to.
    """
    names, whole, found = list(only or VICTIMS), dict[str, tuple[str, float]](), list[dict[str, Any]]()
    for number in range(count):
        turn, place = divmod(number, len(names))
        name, way = names[place], WAYS[(place + turn) % len(WAYS)]
        if name not in whole:
            note(f"{name}: never stopped")
            whole[name] = _never_stopped(name)
        moments = [(number + 1) * GOLDEN % 1.0, (number + 1) * GOLDEN**2 % 1.0][: 1 + number % 2]
        found.append(
            {"training": name, "way": way, "moments": moments, **_killed(name, way, moments, *whole[name])}
        )
        last = found[-1]
        said = "the same" if last["same"] and not last["unreadable"] else "NOT THE SAME"
        note(f"{number + 1}/{count} {name}, {way}: {said}")
    return found


def kills_section(found: Sequence[Mapping[str, Any]]) -> str:
    """Return what was measured as a section of a page, in Markdown."""
    lines = []
    for name in dict.fromkeys(one["training"] for one in found):
        cells = [name]
        for way in WAYS:
            some = [one for one in found if (one["training"], one["way"]) == (name, way)]
            cells.append(f"{sum(map(_is_right, some))} of {len(some)}" if some else "")
        lines.append(cells)
    wrong = [f"{one['training']} ({one['way']})" for one in found if not _is_right(one)]
    verdict = "All of them came to the same, and every file could be read."
    if wrong:
        verdict = (
            f"{len(wrong)} did not come to the same, or left a file that cannot be read: {', '.join(wrong)}."
        )
    return SECTION.format(
        count=len(found),
        under_way=sum(one["hits"] for one in found),
        twice=sum(one["hits"] > 1 for one in found),
        states=sum(one["under_way"] > 0 for one in found),
        table=markdown_table(["", *WAYS], lines).rstrip(),
        verdict=verdict,
    )


def _is_right(one: Mapping[str, Any]) -> bool:
    return bool(one["same"] and not one["unreadable"])


def _never_stopped(name: str) -> tuple[str, float]:
    """Return what a training comes to that nobody touches, and how long it takes."""
    with (
        tempfile.TemporaryDirectory(prefix="forpass-kills-") as place,
        _begun(name, "", "", place) as process,
    ):
        began = time.monotonic()
        said, _ = process.communicate(timeout=PATIENCE)
        return said.strip(), time.monotonic() - began


def _killed(name: str, way: str, moments: Sequence[float], whole: str, seconds: float) -> dict[str, Any]:
    """Kill a training at some moments, look into its folder, and let it come to its end."""
    fault, _, how = way.rpartition(", then ")
    hits, said = 0, ""
    with tempfile.TemporaryDirectory(prefix="forpass-kills-") as place:
        folder = Path(place) / "run"
        for moment in moments:
            with _begun(name, str(folder), fault, place) as process:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(moment * seconds)
                hits += process.poll() is None
                process.send_signal(getattr(signal, how))
                process.communicate(timeout=PATIENCE)
        unreadable = _unreadable(folder)
        done, under_way = counts_of(folder) if folder.is_dir() else (0, 0)
        # in the end the command writes its model, which must be possible
        with _begun(name, str(folder), "" if name == COMMAND else fault, place) as process:
            said, _ = process.communicate(timeout=PATIENCE)
        unreadable += _unreadable(folder)
    return {
        "hits": hits,
        "done": done,
        "under_way": under_way,
        "unreadable": unreadable,
        "same": said.strip() == whole,
    }


@contextlib.contextmanager
def _begun(name: str, folder: str, fault: str, place: str) -> Iterator[subprocess.Popen[str]]:
    """Begin a training in a process, and wait until it trains."""
    words = [sys.executable, "-m", "forpass.bench.victims", name, folder, fault]
    with subprocess.Popen(
        words, cwd=place, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=dict(os.environ)
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield process
        finally:
            process.kill()


def _unreadable(folder: Path) -> list[str]:
    """Name the checkpoints of a folder that cannot be read."""
    found = []
    for path in sorted(folder.glob("*")):
        if path.suffix in (DONE, UNDER_WAY):
            try:
                read_checkpoint(path)
            except ForpassError as error:
                found.append(f"{path.name}: {error}")
    return found
