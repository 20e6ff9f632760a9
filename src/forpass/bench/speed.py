"""`forpass bench speed`: steps, whole tasks, starting up, memory."""

from __future__ import annotations

import functools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from forpass.bench import peak
from forpass.bench.cases import CASES, DIGITS, STEEL, XOR, Case, Recipe, examples
from forpass.bench.contenders import CONTENDERS, Contender, make
from forpass.bench.place import when_and_where
from forpass.bench.probe import NETWORKS
from forpass.bench.timing import Effort, Taken, Work, in_turns
from forpass.engines.threads import processors

__all__ = ["FULL", "QUICK", "RECIPES", "measure_speed", "measure_steps"]

RECIPES = {
    "SGD": Recipe("gradient_descent", 1e-3),
    "Adam, dropout 0.1": Recipe("adam", 1e-3, 0.1),
}
FULL, QUICK = Effort(7, 0.25), Effort(3, 0.05)
EPOCHS_OF_XOR, EPOCHS_OF_TEN_FITS, ROWS_TO_PREDICT = 500, 20, 100_000
PROCESSES = 5
"""Fresh processes for each figure of starting up."""

PEAK = "the peak"
"""Stands among those who take turns: multiply-adds alone."""

Note = Callable[[str], object]
Rows = list[dict[str, Any]]


def measure_speed(quick: bool = False, note: Note = print) -> dict[str, Any]:
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
        Plain data: ``date``, ``machine``, ``versions``; ``effort``, the turns that everybody got;
        ``absent``, the reason by the name of each who could not be measured; and rows of figures,
        ``steps``, ``tasks``, ``starts``, ``imports`` and ``memory``.
    """
    effort = QUICK if quick else FULL
    absent = _absent()
    for name, reason in absent.items():
        note(f"without {name}: {reason}")
    present = [name for name in CONTENDERS if name not in absent]
    steps = measure_steps(present, effort, note)
    tasks = list(_tasks(present, effort, note))
    return {
        **when_and_where(),
        "effort": effort._asdict(),
        "absent": absent,
        "steps": steps,
        "tasks": tasks,
        "starts": _starts(note),
        "imports": _imports(note),
        "memory": _memory(present, note),
    }


# -- what is measured ------------------------------------------------------------------------------
def measure_steps(
    present: list[str], effort: Effort, note: Note, recipes: Mapping[str, Recipe] = RECIPES
) -> Rows:
    """Seconds of a step, bookkeeping of the whole fit included; by recipe, and within that by case."""
    rows: Rows = []
    for case in CASES:
        note(f"steps: {case.described()}")
        # both recipes and the peak in the same turns: a machine that others use too is not always as fast
        works = {
            (PEAK, "", threads): Work(functools.partial(peak.multiply_add, threads=threads), threads)
            for threads in _numbers_of_threads()
        }
        for title, recipe in recipes.items():
            fits = _works({name: _contender(name, case, recipe).fit for name in present})
            works |= {(title, *who): work for who, work in fits.items()}
        taken = in_turns(works, effort)
        most = {n: n * peak.OPERATIONS / taken.pop((PEAK, "", n)).median for n in _numbers_of_threads()}
        for (title, name, threads), epoch in taken.items():
            step = Taken(*(seconds / case.steps_per_epoch for seconds in epoch))
            rows.append(
                {
                    "recipe": title,
                    "case": case.described(),
                    **_figures(name, threads, step),
                    "of_peak": case.operations_per_step / step.median / most[threads],
                    "peak_gigaflops": most[threads] / 1e9,
                }
            )
    return sorted(rows, key=lambda row: list(recipes).index(row["recipe"]))


def _tasks(present: list[str], effort: Effort, note: Note) -> Iterator[dict[str, Any]]:
    """Seconds of whole tasks."""
    X, _ = examples(STEEL, ROWS_TO_PREDICT)
    tasks: dict[str, tuple[Case, Recipe, Callable[[Contender], object]]] = {
        f"xor, {EPOCHS_OF_XOR} epochs of Adam": (XOR, Recipe("adam", 0.05), lambda c: c.fit(EPOCHS_OF_XOR)),
        f"ten fits of {DIGITS.described()}, {EPOCHS_OF_TEN_FITS} epochs of Adam": (
            DIGITS,
            Recipe("adam", 1e-3),
            _ten_fits,
        ),
        "predict 1 row, steel": (STEEL, RECIPES["SGD"], lambda c: c.predict(X[:1])),
        f"predict {ROWS_TO_PREDICT:,} rows, steel": (STEEL, RECIPES["SGD"], lambda c: c.predict(X)),
    }
    for title, (case, recipe, task) in tasks.items():
        note(title)
        contenders = {name: _contender(name, case, recipe) for name in present}
        for contender in contenders.values():
            contender.fit(1)
        works = _works({name: _repeated(task, c) for name, c in contenders.items()})
        for (name, threads), taken in in_turns(works, effort).items():
            yield {"task": title, **_figures(name, threads, taken)}


def _figures(contender: str, threads: int, taken: Taken) -> dict[str, Any]:
    """Who took how long, as plain data."""
    quartiles = [taken.lower, taken.upper]
    return {"contender": contender, "threads": threads, "seconds": taken.median, "quartiles": quartiles}


def _contender(name: str, case: Case, recipe: Recipe) -> Contender:
    return make(name, case, recipe, *examples(case))


def _ten_fits(contender: Contender) -> None:
    for _ in range(10):
        contender.fit(EPOCHS_OF_TEN_FITS)


def _repeated(task: Callable[[Contender], object], contender: Contender) -> Callable[[int], object]:
    def do(count: int) -> None:
        for _ in range(count):
            task(contender)

    return do


def _works(does: dict[str, Callable[[int], object]]) -> dict[tuple[str, int], Work]:
    """Everybody with one thread and with all; what compiles for a number of threads, with all."""
    works = {}
    for name, do in does.items():
        for threads in (processors(),) if name in ("JAX", "torch.compile") else _numbers_of_threads():
            works[name, threads] = Work(do, threads)
    return works


def _numbers_of_threads() -> tuple[int, ...]:
    """One, and all."""
    return tuple(dict.fromkeys((1, processors())))


# -- fresh processes -------------------------------------------------------------------------------
def _starts(note: Note) -> Rows:
    """Train for one epoch in a new process: with nothing compiled yet, then with all on disk."""
    rows: Rows = []
    for network in NETWORKS:
        for dtype in ("float32", "float64"):
            note(f"starting up: {network}, {dtype}")
            with tempfile.TemporaryDirectory() as folder:
                cold = _probe("start", network, dtype, FORPASS_CACHE=folder)
                warm = [_probe("start", network, dtype, FORPASS_CACHE=folder) for _ in range(PROCESSES)]
            row = {"network": network, "dtype": dtype, "kernels": cold["compiled"]}
            row |= {"cold": cold["train"], "warm": statistics.median(probe["train"] for probe in warm)}
            rows.append(row)
    return rows


def _imports(note: Note) -> Rows:
    """Seconds of a process that imports a package and ends."""
    note("imports")
    rows: Rows = []
    for module in ("sys", "numpy", "forpass", "sklearn.neural_network", "torch", "jax"):
        try:
            times = [_seconds_to_import(module) for _ in range(PROCESSES)]
        except subprocess.CalledProcessError:  # not installed
            continue
        rows.append({"module": module, "seconds": statistics.median(times)})
    return rows


def _seconds_to_import(module: str) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", f"import {module}"], check=True, capture_output=True)
    return time.perf_counter() - began


def _memory(present: list[str], note: Note) -> Rows:
    """Most memory of a process that trains on the table of mnist's size."""
    if sys.platform == "win32":  # it has no `resource`
        return []
    note("memory")
    return [{"contender": name, **_probe("memory", name)} for name in present if name != "torch.compile"]


def _probe(*words: str, **environment: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "forpass.bench.probe", *words]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ | environment)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


# -- where it is measured --------------------------------------------------------------------------
def _absent() -> dict[str, str]:
    """Contenders that cannot be measured here, and why."""
    absent = {}
    for name in CONTENDERS:
        try:
            _contender(name, XOR, RECIPES["SGD"]).fit(1)
        except ImportError:
            absent[name] = "it is not installed"
        except Exception as error:  # noqa: BLE001  # for instance there is no compiler for torch.compile
            absent[name] = f"it fails here: {str(error).splitlines()[0] if str(error) else error!r}"
    return absent
