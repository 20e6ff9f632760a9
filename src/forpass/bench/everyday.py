"""`forpass bench everyday`: what users wait for around the steps, beside scikit-learn, polars and pandas."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from forpass.bench.everyday_tasks import OURS, STEPS, TASKS, Task
from forpass.bench.place import in_words, when_and_where
from forpass.bench.report import compared, grouped, markdown_table, overlap, spread, three_digits
from forpass.bench.speed import FULL, QUICK
from forpass.bench.timing import Effort, in_turns

__all__ = ["everyday_page", "measure_everyday"]

PAGE = """\
# Every day

Made by `forpass bench everyday --out docs/everyday.md` on {when_and_where}.

What users wait for around the steps of a network, beside scikit-learn, and polars and pandas for reading.
How it is measured: in one run, everybody in turns, {rounds} turns of about {seconds:g} s each (or of one
repetition, where that takes longer) after a warm-up and a pause, medians; everybody may use all cores.
Beside each peer's time stands how many times longer it takes than forpass, with a ~ before it where the
middle halves of their turns overlap. A goal in seconds is meant for an idle machine of two cores; one with an
x is a multiple of the first peer's time, and so is what stands in parentheses beside forpass's own. {spread}
"""
NARROW = """\
## Steps with vectors of AVX2

Microseconds per step of gradient descent, as in [performance.md](performance.md), in a process in which both
are held to AVX2 where the processor has wider vectors; of the peak of such multiply-adds.
"""
UNITS = (("s", 1.0), ("ms", 1e-3), ("us", 1e-6))


def measure_everyday(quick: bool = False, note: Callable[[str], object] = print) -> dict[str, Any]:
    """Measure everything, on this machine, now.

    Parameters
    ----------
    quick : bool
        Shorter and fewer turns: figures for a first look.
    note : callable
        Is told what is being measured.

    Returns
    -------
    dict
        Plain data: ``date``, ``machine``, ``versions``, ``effort``; ``tasks``, rows of figures, of each
        task first our own; and ``narrow``, rows as of `measure_speed`, with vectors held to AVX2.
    """
    effort = QUICK if quick else FULL
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="forpass-bench-") as folder:
        for task in TASKS:
            note(task.what)
            rows += _measured(task, Path(folder), effort)
    note("steps with vectors of AVX2")
    return {**when_and_where(), "effort": effort._asdict(), "tasks": rows, "narrow": _narrow(quick)}


def _measured(task: Task, folder: Path, effort: Effort) -> list[dict[str, Any]]:
    with task.prepare(folder) as works:
        taken = in_turns(works, effort)
    steps = taken.pop(STEPS, None)
    if steps is not None:
        taken[OURS] = type(steps)(*(max(0.0, seconds - steps.median) for seconds in taken[OURS]))
    told = {"group": task.group, "task": task.what, "goal": task.goal}
    return [
        {**told, "contender": name, "seconds": found.median, "quartiles": [found.lower, found.upper]}
        for name, found in taken.items()
    ]


def _narrow(quick: bool) -> list[dict[str, Any]]:
    """Steps in a process that is held to AVX2; none where the processor has other vectors."""
    command = [sys.executable, "-m", "forpass.bench.narrow", "quick" if quick else "full"]
    environment = os.environ | {"OPENBLAS_CORETYPE": "Haswell"}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    found: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return found


def everyday_page(found: Mapping[str, Any]) -> str:
    """Return what was measured as Markdown."""
    effort = found["effort"]
    parts = [
        PAGE.format(
            when_and_where=in_words(found),
            rounds=effort["rounds"],
            seconds=effort["seconds"],
            spread=spread(found["tasks"]),
        )
    ]
    for group, rows in grouped(found["tasks"], "group"):
        lines = [_line(what, some) for what, some in grouped(rows, "task")]
        parts.append(f"## {group}\n\n{markdown_table(['', 'goal', OURS, 'others'], lines)}")
    if found["narrow"]:
        parts.append(f"{NARROW}\n{compared(found['narrow'], 'case', 1e6, peak=True)}")
    return "\n".join(parts)


def _line(what: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    ours, *others = rows
    own, cells = _time(ours["seconds"]), []
    if "x" in ours["goal"]:
        own += f" ({three_digits(ours['seconds'] / others[0]['seconds'])}x)"
    for other in others:
        doubt = "~" if overlap(other, ours) else ""
        ratio = other["seconds"] / ours["seconds"]
        cells.append(f"{other['contender']} {_time(other['seconds'])} ({doubt}{three_digits(ratio)}x)")
    return [what, ours["goal"], own, ", ".join(cells)]


def _time(seconds: float) -> str:
    """Return a time in the unit that suits it."""
    name, unit = next((of for of in UNITS if seconds >= of[1]), UNITS[-1])
    return f"{three_digits(seconds / unit)} {name}"
