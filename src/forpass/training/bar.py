"""How far something is, as a bar in a notebook."""

from __future__ import annotations

import html
import re
import sys
import threading
import time
import uuid
from typing import Any

from forpass.training.events import (
    BaselineEnded,
    BaselineStep,
    Event,
    NetworksEnded,
    NetworksStarted,
    TrainingEnded,
)
from forpass.training.progress import CountLine, ManyLine, ProgressLine, ProgressReporter

__all__ = ["ProgressBar"]

SECONDS = 0.25
"""So often a bar is renewed."""

PADDING = re.compile(r"(?<=epoch) +")
"""Blanks that keep lines of text below each other."""

WIDE = 24
"""So many letters a bar of letters has, where a notebook is read as text."""


class ProgressBar:
    """A listener that shows in a notebook how far a training is: a bar, what is going on, the time left.

    There is one bar in a cell, renewed in its place at most four times a second. In a script or a terminal
    the same words come as lines of text.

    It goes with whatever takes a listener: `train`, `train_table`, `train_many`, `resume` and
    `cross_validate`, where it counts epochs or networks; `importance` and `explain`, where it counts what has
    been predicted. Estimators show it with ``verbose=1``.

    Examples
    --------
    >>> import forpass as fp
    >>> iris = fp.load_dataset("iris")
    >>> model = fp.train_table(iris.frame, iris.target, hidden=8, epochs=3, listener=fp.ProgressBar())
    epoch   1/3  loss ...
    epoch   3/3  loss ...
    """

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._reporter: ProgressReporter | None = None
        self._cell: object = None

    def __call__(self, event: Event | int, count: int = 0) -> None:
        """Show an event; or, of `importance` and `explain`, how many pieces of `count` are done."""
        with self._turn:
            notebook = _notebook()
            if notebook is None:
                self._reporter = self._reporter or ProgressReporter()
                self._reporter(event, count)
                return
            if self._cell != (cell := (notebook.execution_count,)):
                self._cell, self._place, self._next_time = cell, "", 0.0
                self._one, self._many, self._counted = ProgressLine(), ManyLine(), CountLine()
            self._take(notebook, event, count)

    def _take(self, notebook: Any, event: Event | int, count: int) -> None:
        """Show what an event changes."""
        if isinstance(event, int):
            if self._counted(event, count):
                self._show(notebook, self._counted.share, self._counted.text, last=event >= count)
        elif self._many.under_way or isinstance(event, NetworksStarted | NetworksEnded):
            last = isinstance(event, NetworksEnded)
            if self._many(event) or last:
                self._show(notebook, self._many.share, self._many.text, last)
        elif isinstance(event, BaselineStep):
            self._show(notebook, None, f"linear baseline  step {event.step}")
        elif not isinstance(event, BaselineEnded):
            last = isinstance(event, TrainingEnded)
            if self._one(event) or last:
                self._show(notebook, self._one.share, self._one.text, last)

    def _show(self, notebook: Any, share: float | None, text: str, last: bool = False) -> None:
        """Draw the bar anew, if it is time to."""
        now = time.perf_counter()
        if now < self._next_time and not last:
            return
        self._next_time, update = now + SECONDS, bool(self._place)
        self._place = self._place or f"forpass-{uuid.uuid4().hex}"
        data = {"text/html": _in_html(share, text), "text/plain": _in_letters(share, text)}
        place = {"display_id": self._place}
        notebook.display_pub.publish(data=data, metadata={}, transient=place, update=update)


def _notebook() -> Any:
    """Return IPython's shell where it is that of a notebook; None in a script and in a terminal."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return shell if hasattr(shell, "kernel") else None


def _in_html(share: float | None, text: str) -> str:
    """Return a bar and its words; a bar without an end where nobody knows how far it is."""
    value = "" if share is None else f' value="{share:.4f}"'
    words = html.escape(PADDING.sub(" ", text).replace("  ", " · "))
    return (
        '<div style="display:flex;flex-wrap:wrap;gap:.2em .9em;align-items:center;font-size:13px">'
        f'<progress{value} max="1" aria-label="progress" '
        'style="width:16em;accent-color:var(--c1,#2d8fd0)"></progress>'
        f'<span style="font-variant-numeric:tabular-nums">{words}</span></div>'
    )


def _in_letters(share: float | None, text: str) -> str:
    done = 0 if share is None else round(WIDE * share)
    return f"[{'#' * done}{'-' * (WIDE - done)}]  {text}"
