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


@pytest.fixture
def figures():
    """Return ``figures(lesson)``: what a lesson has computed, by name."""
    return lambda name: told(name).figures
