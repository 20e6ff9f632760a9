"""What a page says of mutants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forpass.bench.mutants.bounds import BASE_BYTES, CPU_SECONDS, LEARNING_SECONDS, TIMES_SIZE
from forpass.bench.mutants.judging import FAULTS
from forpass.bench.report import markdown_table

__all__ = ["mutants_section"]

INTRODUCTION = """\
## Files that are not as they should be

{count:,} mutants of good files: models of every kind, a checkpoint, a table of text. Each is read, and what
is read is used: predictions, reports, a step of training, written and read again. What comes of it must be
the right answer or a `ForpassError` that says what is wrong, and never anything else: no other error, no
warning of another package, no code that is run, no process that ends or hangs, no more memory than {base} MiB
and {times} times the size of the file. Mutants are carried out in processes of their own, so that one that
ended its process would be seen; a limit of {seconds} s of the processor ends one that hangs (training is told
to take {learning:.0f} s at most). Which mutant has which number follows from the seed, here {seed}; the good
files say how long their training took, so some bytes of theirs differ from run to run.

Bytes are flipped, overwritten, left out, doubled, exchanged, joined with those of other files. What is said
is changed in one place or some (values of other types and sizes, of 2^60 and 400 digits, text that is code,
lists in lists, keys that are missing or doubled, arrays of other types and shapes, parameters that are NaN or
infinite) and **signed again**, so that the checks behind the digest are reached. The container says wrong
types, shapes and places of arrays that are whole. Tables are written in other forms that mean the same, which
must be predicted alike; and with cells, lines, quotes, encodings and names as nobody should write them.
"""


def mutants_section(found: Mapping[str, Any]) -> str:
    """Return what became of mutants as Markdown."""
    told = {"count": found["count"], "seed": found["seed"], "seconds": CPU_SECONDS}
    told["learning"] = LEARNING_SECONDS
    parts = [INTRODUCTION.format(**told, base=BASE_BYTES >> 20, times=TIMES_SIZE)]
    head = ["", "mutants", "refused by name", "read as the good file", "another one that works", "faults"]
    lines = [[family, *map(_counted, _of(outcomes))] for family, outcomes in found["families"].items()]
    sums = [sum(columns) for columns in zip(*map(_of, found["families"].values()), strict=True)]
    parts += [markdown_table(head, [*lines, ["all", *map(_counted, sums)]]), _most(found)]
    if found["faults_in_all"]:
        parts.append(_faults(found))
    return "\n".join(parts)


def _of(outcomes: Mapping[str, int]) -> list[int]:
    """All of a family, and how many of each outcome."""
    faults = sum(outcomes[fault] for fault in FAULTS)
    fine = [outcomes[name] for name in ("refused", "unchanged", "usable")]
    return [sum(fine) + faults, *fine, faults]


def _counted(number: int) -> str:
    return f"{number:,}"


def _most(found: Mapping[str, Any]) -> str:
    """Say what the dearest of them took."""
    said = f"The slowest took {found['seconds']:.2g} s of the processor"
    memory = found["memory"]
    if memory is None:
        return f"{said}; memory cannot be measured on this system.\n"
    return (
        f"{said}; the one that took most memory {memory['bytes'] / 2**20:,.0f} MiB, of a file of "
        f"{memory['size'] / 2**10:,.0f} KiB. All took {found['minutes']:.0f} minutes.\n"
    )


def _faults(found: Mapping[str, Any]) -> str:
    """List what must not be."""
    head = ["number", "mutant", "fault", "what was done", ""]
    rows = [
        [str(fault["number"]), *(_cell(fault[name]) for name in ("family", "outcome", "what", "more"))]
        for fault in found["faults"]
    ]
    return f"Faults: {found['faults_in_all']:,}.\n\n{markdown_table(head, rows)}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
