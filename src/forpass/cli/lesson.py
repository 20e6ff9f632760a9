"""``forpass lesson``: list the lessons, run one, or show its source."""

from __future__ import annotations

import functools
import glob
import importlib
import inspect
import pydoc
from pathlib import Path

from forpass.cli.output import Reporter
from forpass.errors import InputError, UnknownNameError
from forpass.lessons import LANGUAGES, LESSONS, Lesson
from forpass.lessons.korean import korean
from forpass.lessons.page import Page, in_columns

__all__ = ["run"]


def run(name: str, show: bool, plot: str, force: bool, language: str, reporter: Reporter) -> None:
    """Carry out the command."""
    if language not in LANGUAGES:
        raise UnknownNameError("language", language, LANGUAGES)
    if not name:
        if show or plot:
            option = "--show" if show else "--plot"
            raise InputError(f"{option} is for one lesson; say which: forpass lesson NAME {option}")
        _list(language, reporter)
        return
    names = [lesson.name for lesson in LESSONS]
    if name not in names:
        raise UnknownNameError("lesson", name, names)
    lesson = LESSONS[names.index(name)]
    if show and plot:
        raise InputError("--show runs nothing, so there is nothing to draw; leave out --show or --plot")
    if show:
        _show(lesson, reporter)
    else:
        _refuse_lost_plots(lesson, plot, force)
        _tell(lesson, plot, language, reporter)


def _refuse_lost_plots(lesson: Lesson, plot: str, force: bool) -> None:
    """Refuse to replace plots in a folder, unless that was asked for."""
    there = [] if force or not plot else sorted(Path(plot).glob(f"{glob.escape(lesson.name)}-*.png"))
    if there:
        raise InputError(
            f"{there[0]} is there already; say --force to replace the plots of the lesson, or name another "
            "folder"
        )


def _list(language: str, reporter: Reporter) -> None:
    words = korean() if language == "ko" else {}
    rows = [[lesson.name, words.get(lesson.line, lesson.line)] for lesson in LESSONS]
    hint = "one of them: forpass lesson NAME"
    text = "\n".join([*(line.rstrip() for line in in_columns(rows)), "", words.get(hint, hint)])
    reporter.result(text, {"lessons": [{"name": name, "line": line} for name, line in rows]})


def _show(lesson: Lesson, reporter: Reporter) -> None:
    source = inspect.getsource(importlib.import_module(f"forpass.lessons.{lesson.module}"))
    if reporter.as_json:
        reporter.result("", {"lesson": lesson.name, "source": source})
    else:
        pydoc.pager(source)


def _tell(lesson: Lesson, plot: str, language: str, reporter: Reporter) -> None:
    write = (lambda line: None) if reporter.as_json else functools.partial(print, flush=True)
    words = korean(lesson.module) if language == "ko" else None
    page = Page(lesson.name, write, words, Path(plot) if plot else None)
    try:
        importlib.import_module(f"forpass.lessons.{lesson.module}").lesson(page)
    except AssertionError as error:  # of page.same: readers change a line to see what comes of it
        raise InputError(
            f"{error}. If you have changed the lesson, this is what the change does; if not, forpass is at "
            "fault: please report it"
        ) from error
    for path in page.plots:
        reporter.note(f"written: {path}")
    if reporter.as_json:
        reporter.result("", {"lesson": lesson.name, "figures": page.figures, "plots": page.plots})
        return
    page.formula(page.word("its source: {source}", source=f"forpass lesson {lesson.name} --show"))
    following = LESSONS[LESSONS.index(lesson) + 1 :]
    if following:
        page.formula(page.word("next: {following}", following=f"forpass lesson {following[0].name}"))
