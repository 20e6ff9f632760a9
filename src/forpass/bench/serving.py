"""`forpass bench serving`: how long a served model lets one wait, beside the whole of forpass."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import forpass as fp
from forpass import serving
from forpass.bench.place import in_words, when_and_where
from forpass.bench.report import grouped, markdown_table, overlap, spread, three_digits
from forpass.bench.speed import FULL, QUICK
from forpass.bench.timing import Taken, Work, in_turns
from forpass.engines.threads import processors
from forpass.model import Ensemble, TrainedModel

__all__ = ["measure_serving", "serving_page"]

OURS = "forpass.serving"
WHOLE, BY_NUMPY = "forpass", 'forpass, engine="numpy"'
TABLE_ROWS = 1000

PAGE = """\
# How fast NumPy alone answers

Made by `forpass bench serving --out docs/serving-speed.md` on {when_and_where}.

A table of {columns} columns, {rows:,} rows and two classes; a network and the ensembles of the presets, in
files of their own. How it is measured: in one run, everybody in turns, {rounds} turns of about {seconds:g} s
each (or of one repetition, where that takes longer) after a warm-up and a pause, medians. {spread} Beside
each time of another stands how many times longer it takes than `forpass.serving`, with a ~ before it where
the middle halves of their turns overlap. How to use it: [serving.md](serving.md).

{models}
"""
FIRST = """\
## The first answer

A process that imports, reads the file and answers one row; what was compiled to bytecode before stays. Of
`forpass` the compiled engine answers, whose kernels are in its cache.
"""
ROW = """\
## A row

A dict, to an answer with its probabilities: `served(row)`, beside `model.predict_proba([row])` of the whole
of forpass with its compiled engine and with the NumPy engine.
"""
MANY = """\
## Many rows

Microseconds a row, of {rows:,} rows: `served.answers(rows)`, which answers each dict as if it were alone, and
`predict_proba` of a table.
"""
SAME = """\
## The same numbers

How far probabilities are from those of the engines of forpass, at most, over these {rows:,} rows.
"""


class Made(NamedTuple):
    """A model, its file, and how it is called."""

    name: str
    model: TrainedModel | Ensemble
    path: Path


def measure_serving(quick: bool = False, note: Callable[[str], object] = print) -> dict[str, Any]:
    """Measure everything, on this machine, now.

    Parameters
    ----------
    quick : bool
        A smaller table, fewer models, shorter and fewer turns: figures for a first look.
    note : callable
        Is told what is being measured.

    Returns
    -------
    dict
        Plain data: ``date``, ``machine``, ``versions``, ``effort``; ``table`` and ``models``, what was made;
        ``first``, ``row`` and ``many``, rows of figures, and ``same``, how far answers differ.
    """
    effort, table = (QUICK, people(400)) if quick else (FULL, people(4000))
    found: dict[str, Any] = {"first": [], "row": [], "many": [], "same": [], "models": []}
    with tempfile.TemporaryDirectory(prefix="forpass-bench-") as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found["first"] += _rows("no model", in_turns(_starts(Path(folder)), effort))
        for made in _models(table, Path(folder), quick, note):
            note(f"{made.name}: answers")
            of_one = {"first": _first, "row": _one_row, "many": _many_rows}
            for what, works in of_one.items():
                at_once = min(TABLE_ROWS, len(table["y"])) if what == "many" else 1
                found[what] += _rows(made.name, in_turns(works(made, table), effort), at_once)
            found["same"].append({"model": made.name, **_differences(made, table)})
            found["models"].append({"model": made.name, **_size(made)})
    size = {"columns": len(table) - 1, "rows": len(table["y"])}
    return {**when_and_where(), "effort": effort._asdict(), "table": size, **found}


def people(n: int) -> dict[str, list[Any]]:
    """A table of 14 columns, six of numbers and eight of words, and two classes in words."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n, 6))
    words = (2, 2, 3, 5, 6, 8, 16, 40)
    W = [rng.integers(0, count, n) for count in words]
    score = X @ rng.standard_normal(6) + sum(rng.standard_normal(c)[w] for c, w in zip(words, W, strict=True))
    numbers = {f"number{j}": X[:, j].round(3).tolist() for j in range(6)}
    texts = {f"word{j}": [f"w{k}" for k in w] for j, w in enumerate(W)}
    return {**numbers, **texts, "y": np.where(score + rng.standard_normal(n) > 0, "yes", "no").tolist()}


def _models(
    table: Mapping[str, Any], folder: Path, quick: bool, note: Callable[[str], object]
) -> Iterator[Made]:
    presets = ("fast",) if quick else ("fast", "default", "strong")
    options: dict[str, dict[str, Any]] = {"a network": {"hidden": (128, 128), "epochs": 5}}
    options |= {f"preset {name}": {"preset": name} for name in presets}
    for name, said in options.items():
        note(f"{name}: training")
        model = fp.train_table(table, "y", **said)
        yield Made(name, model, model.save(folder / f"{name.replace(' ', '-')}.forpass"))


# -- who does what ---------------------------------------------------------------------------------
def _starts(folder: Path) -> dict[str, Work]:
    """Processes that import less: below them nobody gets."""
    return {
        "python": _process(folder, "pass"),
        "import numpy": _process(folder, "import numpy"),
        "import forpass.serving": _process(folder, "from forpass import serving"),
    }


def _first(made: Made, table: Mapping[str, Any]) -> dict[str, Work]:
    row, folder = _records(table)[0], made.path.parent
    ours = f"from forpass import serving; serving.load({str(made.path)!r})({row!r})"
    whole = f"import forpass as fp; fp.load({str(made.path)!r}).predict_proba([{row!r}])"
    return {OURS: _process(folder, ours), WHOLE: _process(folder, whole)}


def _process(folder: Path, program: str) -> Work:
    # compiled once, as what is installed is: whatever this environment says of bytecode
    surroundings = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    surroundings["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")

    def run(count: int) -> None:
        for _ in range(count):
            subprocess.run([sys.executable, "-c", program], env=surroundings, check=True)

    return Work(run, processors())


def _one_row(made: Made, table: Mapping[str, Any]) -> dict[str, Work]:
    served, numpy, rows = serving.load(made.path), _by_numpy(made.model), _records(table)[:200]
    return {
        OURS: _each(served, rows),
        WHOLE: _each(lambda row: made.model.predict_proba([row]), rows),
        BY_NUMPY: _each(lambda row: numpy.predict_proba([row]), rows),
    }


def _many_rows(made: Made, table: Mapping[str, Any]) -> dict[str, Work]:
    served, numpy, rows = serving.load(made.path), _by_numpy(made.model), _records(table)[:TABLE_ROWS]
    some = {name: column[:TABLE_ROWS] for name, column in table.items()}

    return {
        f"{OURS}, answers": _over_and_over(lambda: served.answers(rows)),
        f"{OURS}, predict_proba": _over_and_over(lambda: served.predict_proba(some)),
        WHOLE: _over_and_over(lambda: made.model.predict_proba(some)),
        BY_NUMPY: _over_and_over(lambda: numpy.predict_proba(some)),
    }


def _each(answer: Callable[[Any], object], rows: Sequence[Any]) -> Work:
    """Answer so many rows, one after the other."""
    next_row = itertools.cycle(rows).__next__
    return _over_and_over(lambda: answer(next_row()))


def _over_and_over(do: Callable[[], object]) -> Work:
    def times(count: int) -> None:
        for _ in range(count):
            do()

    return Work(times, processors())


def _records(table: Mapping[str, Any]) -> list[dict[str, Any]]:
    names = [name for name in table if name != "y"]
    return [dict(zip(names, cells, strict=True)) for cells in zip(*(table[n] for n in names), strict=True)]


def _by_numpy(model: TrainedModel | Ensemble) -> TrainedModel | Ensemble:
    """The same model with the NumPy engine."""
    if isinstance(model, TrainedModel):
        return replace(model, engine="numpy")
    return model.with_members([replace(member, engine="numpy") for member in model.members])


# -- what is found ---------------------------------------------------------------------------------
def _rows(model: str, taken: Mapping[str, Taken], at_once: int = 1) -> list[dict[str, Any]]:
    """Rows of figures, of one of so many rows that are answered at once."""
    found = []
    for name, seconds in taken.items():
        median, *quartiles = (part / at_once for part in seconds)
        found.append({"model": model, "contender": name, "seconds": median, "quartiles": quartiles})
    return found


def _differences(made: Made, table: Mapping[str, Any]) -> dict[str, float]:
    P = serving.load(made.path).predict_proba(table)
    others = {WHOLE: made.model, BY_NUMPY: _by_numpy(made.model)}
    return {name: float(np.abs(P - other.predict_proba(table)).max()) for name, other in others.items()}


def _size(made: Made) -> dict[str, int]:
    members = made.model.members if isinstance(made.model, Ensemble) else (made.model,)
    size = sum(member.parameters.size for member in members)
    return {"members": len(members), "parameters": size, "bytes": made.path.stat().st_size}


def serving_page(found: Mapping[str, Any]) -> str:
    """Return what was measured as Markdown."""
    effort, size = found["effort"], found["table"]
    models = [
        [m["model"], str(m["members"]), f"{m['parameters']:,}", f"{m['bytes'] / 1e6:.2f} MB"]
        for m in found["models"]
    ]
    head = PAGE.format(
        when_and_where=in_words(found),
        spread=spread([*found["first"], *found["row"], *found["many"]]),
        models=markdown_table(["model", "networks", "parameters", "file"], models),
        **effort,
        **size,
    )
    bounds = ", ".join(
        f"`{row['contender']}` {row['seconds'] * 1e3:.0f} ms"
        for row in found["first"]
        if row["model"] == "no model"
    )
    first = [row for row in found["first"] if row["model"] != "no model"]
    same = [
        [row["model"], *(f"{row[name]:.1e}" if row[name] else "0" for name in (WHOLE, BY_NUMPY))]
        for row in found["same"]
    ]
    rows = min(TABLE_ROWS, size["rows"])
    return "\n".join(
        [
            head.rstrip() + "\n",
            f"{FIRST}\nBelow that nobody gets: {bounds}. Milliseconds:\n\n{_beside(first, 1e3)}",
            f"{ROW}\nMicroseconds:\n\n{_beside(found['row'], 1e6)}",
            f"{MANY.format(rows=rows)}\n{_beside(found['many'], 1e6)}",
            f"{SAME.format(rows=size['rows'])}\n{markdown_table(['model', WHOLE, BY_NUMPY], same)}",
        ]
    )


def _beside(rows: Sequence[Mapping[str, Any]], unit: float) -> str:
    """A line for each model, a column for each contender, the first of which is ours."""
    names = list(dict.fromkeys(row["contender"] for row in rows))
    lines = []
    for model, of_model in grouped(rows, "model"):
        ours, *others = of_model
        cells = [model, three_digits(ours["seconds"] * unit)]
        for other in others:
            doubt = "~" if overlap(other, ours) else ""
            ratio = three_digits(other["seconds"] / ours["seconds"])
            cells.append(f"{three_digits(other['seconds'] * unit)} ({doubt}{ratio}x)")
        lines.append(cells)
    return markdown_table(["model", *names], lines)
