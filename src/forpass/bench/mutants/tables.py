"""Text files of a table, written as others write who mean the same, and as nobody should."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any, TypeAlias

from forpass.bench.mutants.damage import Chance, damaged

__all__ = ["miswritten", "rewritten"]

Lines: TypeAlias = list[list[str]]


# -- the same table, otherwise --------------------------------------------------------------------
def rewritten(text: str, rng: Chance) -> tuple[str, bytes]:
    """Return how a table was written, and the file: it says the same as before, in another form."""
    lines = list(csv.reader(io.StringIO(text)))
    delimiter = (",", ";", "\t", "|")[int(rng.integers(4))]
    quoting = (csv.QUOTE_MINIMAL, csv.QUOTE_ALL)[int(rng.integers(2))]
    end = ("\n", "\r\n", "\r")[int(rng.integers(3))]
    encoding = ("utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252")[int(rng.integers(5))]
    found = _written(lines, delimiter, quoting, end)
    if rng.random() < 0.3:
        found = found.removesuffix(end)
    elif rng.random() < 0.3:
        found += end * int(rng.integers(1, 4))
    how = f"{delimiter!r}, quoting {quoting}, {end!r}, {encoding}"
    return how, found.encode(encoding)


def _written(lines: Lines, delimiter: str = ",", quoting: Any = csv.QUOTE_MINIMAL, end: str = "\n") -> str:
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter, quoting=quoting, lineterminator=end).writerows(lines)
    return file.getvalue()


# -- a table that nobody should write so ----------------------------------------------------------
CELLS = (
    "1e400", "-1e400", "1e-400", "nan", "NaN", "-inf", "Infinity", "1_000", "1,234.5", "1.234,5", "\u22125",
    "(3)", "3-", "0x10", "٣", "½", "1e5", "0123", "9" * 25, "9" * 400, "0." + "1" * 400, "1 kg", "50%",
    "€ 3", "+7", "", " ", "  x  ", "NA", "null", "?", "-", '"', '""', "'", '"open', 'in"side', "a,b",
    "a\nb", "a;b\tc|d", "\x00", "\x1a", "\ufeff", "\u2028", "\ud7ff", "é" * 300, "x" * 70_000, "true",
    "yes", "2021-02-30", "0000-00-00", "9999-12-31", "12.13.2021", "2021-03-04T25:61", "=cmd()",
    "__import__('forpass_canary')",
)  # fmt: skip


def miswritten(text: str, rng: Chance) -> tuple[str, bytes]:
    """Return what was done to a table, and the file: one change, or some."""
    lines = list(csv.reader(io.StringIO(text)))
    done = []
    for _ in range(1 if rng.random() < 0.6 else int(rng.integers(2, 5))):
        change = CHANGES[int(rng.integers(len(CHANGES)))]
        change(lines, rng)
        done.append(change.__name__)
        lines = [line for line in lines if line] or [["x"]]
    raw, way = (
        _written(lines, str(rng.choice([",", ",", ",", ";", "\t", "|", " ", ":"]))),
        int(rng.integers(5)),
    )
    if way == 0:
        raw = raw.replace('"', "", int(rng.integers(1, 5)))
        done.append("quotes lost")
    elif way == 1:
        place = int(rng.integers(0, len(raw)))
        raw = raw[:place] + CELLS[int(rng.integers(len(CELLS)))] + raw[place:]
        done.append("put in anywhere")
    blob = raw.encode(*_encoding(rng, done))
    if way == 2:
        what, blob = damaged(blob or b" ", text.encode(), rng)
        done.append(what)
    elif way == 3 and rng.random() < 0.5:
        starts = b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x1f\x8b\x08", b"PK\x03\x04", b"PAR1", b"\n\n\n"
        blob = starts[int(rng.integers(len(starts)))] + blob
        done.append("another beginning")
    return ", ".join(done), blob


def _encoding(rng: Chance, done: list[str]) -> tuple[str, str]:
    """Choose an encoding, mostly the usual one."""
    if rng.random() < 0.7:
        return "utf-8", "replace"
    names = "utf-8-sig", "utf-16-le", "utf-16-be", "utf-16", "utf-32", "cp1252", "cp949", "cp932", "koi8-r"
    name = names[int(rng.integers(len(names)))]
    done.append(name)
    return name, "replace"


def cell(lines: Lines, rng: Chance) -> None:
    """One cell is something odd."""
    line = lines[int(rng.integers(0, len(lines)))]
    line[int(rng.integers(0, len(line)))] = CELLS[int(rng.integers(len(CELLS)))]


def column(lines: Lines, rng: Chance) -> None:
    """Many cells of a column are odd, of one sort or of several."""
    place, share = int(rng.integers(0, len(lines[0]))), rng.random()
    some = [CELLS[number] for number in rng.integers(0, len(CELLS), int(rng.choice([1, 3])))]
    for number, line in enumerate(lines[1:]):
        if place < len(line) and rng.random() < share:
            line[place] = some[number % len(some)]


def ragged(lines: Lines, rng: Chance) -> None:
    """Lines are shorter or longer than others."""
    for place in rng.integers(0, len(lines), int(rng.choice([1, 1, 5]))).tolist():
        line = lines[place]
        lines[place] = line[:-1] if rng.random() < 0.5 else line + ["more"] * int(rng.choice([1, 3, 3000]))


def header(lines: Lines, rng: Chance) -> None:
    """Names stand twice, are empty, or are missing altogether."""
    way, first = int(rng.integers(4)), lines[0]
    if way == 0:
        first[int(rng.integers(0, len(first)))] = first[int(rng.integers(0, len(first)))]
    elif way == 1:
        first[int(rng.integers(0, len(first)))] = str(rng.choice(["", " ", "1", "x" * 5000, "a\nb"]))
    elif way == 2:
        del lines[0]
    else:
        first[int(rng.integers(0, len(first)))] = CELLS[int(rng.integers(len(CELLS)))]


def columns(lines: Lines, rng: Chance) -> None:
    """Columns are left out, exchanged, or there are very many."""
    way = int(rng.integers(3))
    a, b = rng.integers(0, len(lines[0]), 2).tolist()
    many = int(rng.choice([2, 1500]))
    for number, line in enumerate(lines):
        if max(a, b) >= len(line):
            continue
        if way == 0:
            del line[a]
        elif way == 1:
            line[a], line[b] = line[b], line[a]
        else:
            line += [line[a] if number else f"c{i}" for i in range(many)]


def fewer(lines: Lines, rng: Chance) -> None:
    """Only some lines are left, or none but the header."""
    del lines[int(rng.choice([0, 1, 2, 3, 10])) :]


def more(lines: Lines, rng: Chance) -> None:
    """The whole table stands there twice, or a line many times."""
    if rng.random() < 0.5:
        lines += [list(line) for line in lines]
    else:
        lines += [list(lines[-1]) for _ in range(2000)]


def remarks(lines: Lines, rng: Chance) -> None:
    """Lines that are no rows stand above or among them."""
    said = (["# a remark"], ["Table 1", "", ""], ["sep=;"], ["-" * 40], ["", "", ""], ["total", "1"])
    place = 0 if rng.random() < 0.5 else int(rng.integers(0, len(lines)))
    lines.insert(place, list(said[int(rng.integers(len(said)))]))


CHANGES: tuple[Callable[[Lines, Chance], None], ...] = (
    cell,
    cell,
    cell,
    column,
    column,
    ragged,
    header,
    columns,
    fewer,
    more,
    remarks,
)
