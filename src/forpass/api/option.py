"""An option of training: its default, what it means, what it may be, and what it changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from forpass.api import values
from forpass.api.setup import Apply

__all__ = ["Option"]


class Option(NamedTuple):
    """An option of training.

    Attributes
    ----------
    default : object
        What holds when nothing is said.
    doc : str
        What it means. Its first sentence is the help of the command.
    check : callable
        Refuses a value that makes no sense: see `forpass.api.values`.
    apply : callable
        ``apply(setup, value)`` returns the `Setup` with the value at its place.
    estimator : str
        What it is called by an estimator, where scikit-learn has a word of its own.
    metavar : str
        What stands for the value in the help of the command, where that is not its type.
    read : callable or None
        Turns the command's text into a value; None: the command takes a number or a word.
    single : bool
        Whether it is of a single network: a recipe says such things itself.
    """

    default: Any
    doc: str
    check: values.Check
    apply: Apply
    estimator: str = ""
    metavar: str = ""
    read: Callable[[str], Any] | None = None
    single: bool = False
