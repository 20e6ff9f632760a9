"""The page a lesson is written on: words, tables, numbers, plots, and the comparison with forpass."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from forpass.errors import InputError
from forpass.model.files import whole_file
from forpass.shown import padded, width

__all__ = ["Page"]

WIDTH = 88
INDENT = "    "
WORD = re.compile(r"[a-z]{2}")  # what is in a table and must be translated: more than x1, W2 or OR


class Page:
    """Where a lesson's words go.

    Every text is a template of `str.format`, and the template is the key of its translation.

    Parameters
    ----------
    name : str
        The lesson's; begins the names of its plots.
    write : callable
        Takes one line.
    words : mapping from template to template
        The translation; empty for English. What it lacks is said in English, and kept in `untranslated`.
    folder : path, optional
        Where plots go; without it none are drawn.

    Attributes
    ----------
    figures : dict
        What was computed, by name, as plain values.
    plots : list of str
        The files that were written.
    untranslated : list of str

    Examples
    --------
    >>> page = Page("sums")
    >>> page.say("One and one are {total}.", total=2)
    One and one are 2.
    >>> page.numbers("W1", [[0.1, 0.25], [-1.0, 3.0]])
    <BLANKLINE>
        W1 (2, 2) = [[ 0.1   0.25]
                     [-1.    3.  ]]
    """

    def __init__(
        self,
        name: str,
        write: Callable[[str], object] = print,
        words: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> None:
        self.name, self.figures, self.untranslated = name, dict[str, Any](), list[str]()
        self.plots: list[str] = []
        self._write, self._words, self._folder = write, words or {}, folder
        self._last = ""
        if folder is not None:
            _prepare_for_plots(folder)

    def part(self, title: str) -> None:
        """Begin a part under a headline."""
        title = self.word(title)
        self._put("part", title, "-" * width(title))

    def say(self, template: str, **values: object) -> None:
        """Say a paragraph."""
        self._put("words", *wrapped(self.word(template, **values)))

    def formula(self, text: str) -> None:
        """Write down a line of mathematics, the same in every language."""
        self._put("formula", INDENT + text)

    def table(self, headers: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Show rows under headers; columns of numbers stand flush right. Words are translated."""
        lines = [[self._cell(cell) for cell in row] for row in (headers, *rows)]
        self._put("table", *(INDENT + line for line in in_columns(lines)))

    def numbers(self, name: str, array: ArrayLike, digits: int = 8) -> None:
        """Show an array with its name and shape, as NumPy prints it, to so many decimals.

        A single number has no shape.
        """
        array = np.asarray(array)
        head = f"{INDENT}{name} {array.shape} = " if array.shape else f"{INDENT}{name} = "
        text = np.array2string(array, precision=digits, prefix=head, max_line_width=WIDTH)
        self._put("numbers", *(head + text).splitlines())

    def figure(self, name: str, value: Any) -> None:
        """Keep a result by name, for ``--json`` and for tests."""
        if name in self.figures:
            raise ValueError(f"the figure {name!r} stands on the page already")
        self.figures[name] = _plain(value)

    def plot(self, name: str, draw: Callable[[Any], None]) -> None:
        """Draw a plot with matplotlib where a folder was named; its labels are in English.

        Parameters
        ----------
        name : str
            The file is called ``LESSON-NAME.png``.
        draw : callable
            Takes matplotlib's axes.
        """
        if self._folder is None:
            return
        from matplotlib.figure import Figure

        picture = Figure(figsize=(6.4, 4.2), layout="constrained")
        draw(picture.add_subplot())
        path = self._folder / f"{self.name}-{name}.png"
        with whole_file(path) as file:
            picture.savefig(file, format="png", dpi=120)
        self.plots.append(str(path))

    def same(self, what: str, theirs: ArrayLike, ours: ArrayLike, digits: int) -> None:
        """Show that forpass computes the same.

        Parameters
        ----------
        what : str
            A name for it, translated.
        theirs, ours : array
            From forpass and from the lesson; of one shape.
        digits : int
            They may differ by 10^-digits, of the largest number where that is above 1.

        Raises
        ------
        AssertionError
            When they differ, or are no finite numbers.
        """
        theirs, ours = np.asarray(theirs), np.asarray(ours)
        if theirs.shape != ours.shape:
            raise AssertionError(f"{what}: forpass has the shape {theirs.shape}, the lesson {ours.shape}")
        gap = float(np.abs(theirs - ours).max())
        allowed = 10.0**-digits * max(1.0, float(np.abs(ours).max()))
        if not gap <= allowed < np.inf:  # so that NaN and infinity are refused
            raise AssertionError(f"{what}: forpass and the lesson differ by {gap:.3g}, allowed {allowed:.0e}")
        text = self.word("forpass computes the same: {what} (difference at most {gap:.1g}, allowed "
                         "{allowed:.0e})", what=self.word(what), gap=gap, allowed=allowed)  # fmt: skip
        first, *others = wrapped(text, WIDTH - len(INDENT) - 2)
        self._put("same", f"{INDENT}\N{CHECK MARK} {first}", *(f"{INDENT}  {line}" for line in others))

    def word(self, template: str, **values: object) -> str:
        """Return a text in the page's language, with its values filled in."""
        if self._words and template not in self._words:
            self.untranslated.append(template)
        return self._words.get(template, template).format(**values)

    def _cell(self, cell: object) -> str:
        if isinstance(cell, str):
            return self.word(cell) if WORD.search(cell) else cell
        return f"{cell:.6g}" if isinstance(cell, float) else str(cell)

    def _put(self, kind: str, *lines: str) -> None:
        """Write lines, below an empty one unless they go on with what stands there."""
        goes_on = kind == self._last and kind in ("formula", "numbers", "same")
        if self._last and not goes_on:
            self._write("")
        for line in lines:
            self._write(line.rstrip())
        self._last = kind


def wrapped(text: str, limit: int = WIDTH) -> list[str]:
    """Break a paragraph into lines, between words."""
    lines, line = list[str](), ""
    for word in text.split():
        if line and width(line) + 1 + width(word) > limit:
            lines.append(line)
            line = ""
        line = f"{line} {word}" if line else word
    return [*lines, line]


def in_columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lay out rows under the first, columns of numbers flush right."""
    columns = []
    for column in zip(*rows, strict=True):
        places = max(width(cell) for cell in column)
        right = all(_is_number(cell) for cell in column[1:])
        columns.append([padded(cell, places, right) for cell in column])
    return ["  ".join(cells) for cells in zip(*columns, strict=True)]


def _plain(value: Any) -> Any:
    """Make NumPy's numbers and arrays Python's."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value


def _is_number(cell: str) -> bool:
    try:
        float(cell.replace(",", "").removesuffix("%"))
    except ValueError:
        return cell in ("", "-")
    return True


def _prepare_for_plots(folder: Path) -> None:
    """Find out before the lesson begins whether its plots can be drawn."""
    try:
        import matplotlib  # noqa: F401
    except ModuleNotFoundError:
        raise InputError('plots need matplotlib; install it with: pip install "forpass[lessons]"') from None
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"cannot make the folder {folder}: {error.strerror or error}; choose another place"
        ) from None
