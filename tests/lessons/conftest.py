"""What the lessons' tests share."""

import importlib
from functools import cache

import pytest

from forpass.lessons import LESSONS
from forpass.lessons.page import Page


@cache
def told(name: str) -> Page:
    """Return the page of a lesson, run once for all tests of a process."""
    module = next(lesson.module for lesson in LESSONS if lesson.name == name)
    page = Page(name, write=lambda line: None)
    importlib.import_module(f"forpass.lessons.{module}").lesson(page)
    return page


NEED_DATA = {"mnist", "abalone", "pulsar", "steel"}


@pytest.fixture
def with_data(request, monkeypatch):
    """Return ``with_data(lesson)``: makes its data known, or skips where they are not there."""

    def known(name):
        if name in NEED_DATA:
            monkeypatch.setenv("FORPASS_DATA", str(request.getfixturevalue("data_folder")))

    return known


@pytest.fixture
def figures(with_data):
    """Return ``figures(lesson)``: what a lesson has computed, by name."""

    def of(name):
        with_data(name)
        return told(name).figures

    return of
