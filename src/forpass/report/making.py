"""A report on a model and a table: made, and written to a file."""

from __future__ import annotations

import html
import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forpass.api.moving import preprocessing_of
from forpass.errors import InputError
from forpass.model.files import whole_file
from forpass.model.given import given_model
from forpass.report.answers import answers_of
from forpass.report.given import Given, shown
from forpass.report.page import page_of
from forpass.report.pictures import Pictures
from forpass.report.sections import SECTIONS
from forpass.report.words import words_of
from forpass.told import each_told_once

__all__ = ["ReportPage", "report_on", "require_installed"]

INSTALL = 'reports need Jinja2, Altair and vl-convert; install them with: pip install "forpass[report]"'

NEEDED = ("jinja2", "altair", "vl_convert")


def require_installed() -> None:
    """Refuse where what reports are made with is missing, with the line that installs it.

    Raises
    ------
    InputError
    """
    if not all(map(importlib.util.find_spec, NEEDED)):
        raise InputError(INSTALL)


@dataclass(frozen=True, repr=False)
class ReportPage:
    """A report as a page of HTML.

    Attributes
    ----------
    title : str
    html : str
        All of it: it needs no network, no script and no other file.

    Examples
    --------
    >>> ReportPage("Predicting species", "<!doctype html> ...")
    <ReportPage 'Predicting species', 0.00 MB; .save('report.html')>
    """

    title: str
    html: str

    def __repr__(self) -> str:
        return f"<ReportPage {self.title!r}, {len(self.html.encode()) / 1e6:.2f} MB; .save('report.html')>"

    def _repr_html_(self) -> str:
        """Show the page in a notebook, within a frame of its own."""
        frame = "width: 100%; height: 640px; border: 1px solid rgba(128,128,128,.45)"
        return f'<iframe srcdoc="{html.escape(self.html, quote=True)}" sandbox style="{frame}"></iframe>'

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the page to a file, which appears whole or not at all; return where it is.

        Raises
        ------
        InputError
            When the place cannot be written to.
        """
        with whole_file(path) as file:
            file.write(self.html.encode())
        return Path(path)


def report_on(
    model: Any,
    table: Any,
    *,
    language: str = "en",
    model_file: str = "",
    table_name: str = "",
    table_file: str = "",
) -> ReportPage:
    """Make a report on a model: how good it is, where it fails, what it looks at, how it learnt.

    Each row is judged by networks that have not learnt from it, where the model knows: so it may be given the
    table that it has learnt from, or other rows. Of more than 10,000 rows an even sample is looked at.

    Parameters
    ----------
    model : TrainedModel, Ensemble or fitted estimator
    table : DataFrame, or anything a table can be made of
        With the target.
    language : {"en", "ko"}, default "en"
        English or Korean.
    model_file, table_name : str, optional
        What model and table are called in the report.
    table_file : str, optional
        Where the table is, for the lines to be copied; `table_name` if it is not said.

    Returns
    -------
    ReportPage

    Raises
    ------
    TableError
        When the model was trained on arrays, or the table does not fit it or lacks the target.
    UnknownNameError
        For another language.
    InputError
        Where Jinja2 or charts are not installed.

    Examples
    --------
    >>> import forpass as fp
    >>> iris = fp.load_dataset("iris")
    >>> model = fp.train_table(iris.frame, iris.target, epochs=30)
    >>> page = fp.report_on(model, iris.frame)
    >>> page.title, page.html.startswith("<!doctype html>")
    ('Predicting species', True)
    """
    words, given = words_of(language), given_model("report_on", model)
    require_installed()
    target = preprocessing_of(given).target
    assert target is not None
    with each_told_once():
        answers = answers_of(given, table)
        about = Given(answers, words, Pictures(words), model_file, table_name, table_file)
        sections = [section(about) for section in SECTIONS]
    title = words("page.title", target=", ".join(map(shown, target.names[:4])))
    made = given.provenance.created[:10]
    subtitle = words(
        "page.subtitle",
        table=f"{shown(table_name)} · " if table_name else "",
        when=f"{words('page.made', day=made)} · " if made else "",
        version=given.provenance.versions.get("forpass", ""),
    )
    return ReportPage(title, page_of(sections, words, title, subtitle))
