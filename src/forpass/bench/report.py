"""What was measured, as a page: `docs/performance.md`; and what every page of figures is made of."""

from __future__ import annotations

import itertools
import operator
import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from forpass.bench.place import in_words

__all__ = ["compared", "grouped", "markdown_table", "overlap", "page", "spread", "three_digits"]

OURS = "forpass"

INTRODUCTION = """\
# Performance

Made by `forpass bench speed --out docs/performance.md` on {when_and_where}.

How it is measured: in one run, everybody in turns, {rounds} turns of about {seconds:g} s each after a
warm-up and a pause, medians. The same networks, batches and float type (float32) for all, plain noise as
data, a new order of examples in every epoch. Everybody with one thread and with {threads}; what is shown
is the better of the two, the number of threads behind it (t). Beside each peer's time stands how many
times longer it takes than forpass, with a ~ before it where the middle halves of their turns overlap, so
that it may as well be 1. The peak is what multiply-adds alone come to in the same turns, in float32:
{peaks}.

forpass: `train` with the compiled engine, all bookkeeping included, and the same with the NumPy engine.
scikit-learn: `MLPClassifier.fit` without early stopping. PyTorch: an ordinary loop over batches that are
taken from one tensor by number, several times faster than its DataLoader, and the fused Adam.
torch.compile: the same with network and loss compiled, compiling not counted. JAX: one compiled `lax.scan`
an epoch, compiling not counted; it chooses its threads itself.
"""


def page(found: Mapping[str, Any]) -> str:
    """Return all that was measured as Markdown."""
    effort = found["effort"]
    parts = [
        INTRODUCTION.format(
            when_and_where=in_words(found),
            threads=found["machine"]["threads"],
            peaks=_peaks(found["steps"]),
            rounds=effort["rounds"],
            seconds=effort["seconds"],
        )
    ]
    parts += [f"Not measured: {name}, {reason}.\n" for name, reason in found["absent"].items()]
    for recipe, rows in grouped(found["steps"], "recipe"):
        note = " scikit-learn has no dropout and goes without." if "dropout" in recipe else ""
        text = f"Microseconds per step: forward, backward, update.{note} {spread(rows)}"
        parts.append(f"## Training steps: {recipe}\n\n{text}\n\n{compared(rows, 'case', 1e6, peak=True)}")
    tasks = found["tasks"]
    parts.append(f"## Whole tasks\n\nMilliseconds. {spread(tasks)}\n\n{compared(tasks, 'task', 1e3)}")
    parts.append(_starts(found["starts"], found["imports"]))
    if found["memory"]:
        parts.append(_memory(found["memory"]))
    return "\n".join(parts)


def compared(rows: Sequence[Mapping[str, Any]], what: str, unit: float, peak: bool = False) -> str:
    """A line for each thing, a column for each contender."""
    names = list(dict.fromkeys(row["contender"] for row in rows))
    head = ["", *names]
    if peak:
        head.insert(2, "of the peak")
    lines = []
    for title, group in grouped(rows, what):
        best = {name: _best(group, name) for name in names}
        ours = best[OURS]
        cells = [title]
        for name in names:
            cell = f"{three_digits(best[name]['seconds'] * unit)} ({best[name]['threads']}t)"
            if name != OURS:
                doubt = "~" if overlap(best[name], ours) else ""
                cell += f" {doubt}{three_digits(best[name]['seconds'] / ours['seconds'])}x"
            cells.append(cell)
            if name == OURS and peak:
                fractions = (f"{r['of_peak']:.0%} ({r['threads']}t)" for r in group if r["contender"] == OURS)
                cells.append(", ".join(fractions))
        lines.append(cells)
    return markdown_table(head, lines)


def _peaks(rows: Sequence[Mapping[str, Any]]) -> str:
    """What the cores could compute while the cases were measured, in words."""
    found: dict[int, list[float]] = {}
    for row in rows:
        found.setdefault(row["threads"], []).append(row["peak_gigaflops"])
    return ", ".join(
        f"{min(peaks):.0f} to {max(peaks):.0f} GFLOP/s by {threads} thread" + "s" * (threads > 1)
        for threads, peaks in sorted(found.items())
    )


def _best(rows: Iterable[Mapping[str, Any]], name: str) -> Mapping[str, Any]:
    return min((row for row in rows if row["contender"] == name), key=operator.itemgetter("seconds"))


def overlap(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
    """Whether the middle halves of the turns of two have something in common."""
    (a_lower, a_upper), (b_lower, b_upper) = a["quartiles"], b["quartiles"]
    return bool(a_lower <= b_upper and b_lower <= a_upper)


def spread(rows: Iterable[Mapping[str, Any]]) -> str:
    """How far turns lie apart, in a sentence."""
    widths = [(row["quartiles"][1] - row["quartiles"][0]) / row["seconds"] for row in rows]
    return (
        f"Between the quartiles of the turns lie {statistics.median(widths):.0%} of the median, "
        f"at most {max(widths):.0%}."
    )


def _starts(starts: Sequence[Mapping[str, Any]], imports: Sequence[Mapping[str, Any]]) -> str:
    kinds = {
        "relu": "a ReLU classifier",
        "largest": "ten activations, both norms, embedding, dropout, AdamW",
    }
    lines = [
        [
            f"{kinds[row['network']]}, {row['dtype']}",
            str(row["kernels"]),
            f"{row['cold']:.2f} s",
            f"{row['warm']:.2f} s",
        ]
        for row in starts
    ]
    modules = [[row["module"], f"{row['seconds']:.2f} s"] for row in imports]
    return (
        "## Starting up\n\nThe first `train`, of one epoch, in a new process, after the imports: cold, when\n"
        "every kernel has to be compiled, and warm, when they are found on disk.\n\n"
        + markdown_table(["network", "kernels", "cold", "warm"], lines)
        + "\nA process that does nothing but import (`sys`: nothing at all).\n\n"
        + markdown_table(["module", "seconds"], modules)
    )


def _memory(rows: Sequence[Mapping[str, Any]]) -> str:
    million = 1 << 20
    lines = [[row["contender"], f"{row['peak_bytes'] / million:.0f} MiB"] for row in rows]
    return (
        f"## Memory\n\nMost memory of a process that trains 784-50-10 on a table of "
        f"{rows[0]['data_bytes'] / million:.0f} MiB, its libraries included.\n\n"
        + markdown_table(["", "peak"], lines)
    )


def grouped(rows: Sequence[Mapping[str, Any]], key: str) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """Put rows that follow each other and have the same under a key together."""
    return [(name, list(group)) for name, group in itertools.groupby(rows, operator.itemgetter(key))]


def three_digits(number: float) -> str:
    """Three digits that mean something."""
    return f"{number:.0f}" if number >= 100 else f"{number:.3g}"


def markdown_table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    rows = [head, ["---"] * len(head), *lines]
    return "".join("| " + " | ".join(row) + " |\n" for row in rows)
