"""``forpass resume``: the words of a command are said again."""

from __future__ import annotations

import os

import click

from forpass.cli.options import without_options_of_training
from forpass.cli.output import Reporter
from forpass.cli.request import Request
from forpass.cli.train import run
from forpass.errors import InputError
from forpass.training.folder import read_about

__all__ = ["resume"]


def resume(folder: str, train: click.Command, reporter: Reporter) -> None:
    """Say the words again with which a folder was begun.

    Parameters
    ----------
    folder : str
    train : click.Command
        Reads the words.
    reporter : Reporter
    """
    about = read_about(folder)
    if about is None or "command" not in about:
        raise InputError(
            f"{folder} was begun in Python, and goes on where the same call is made again; forpass resume "
            "goes on with forpass train --checkpoint"
        )
    words, place = list(map(str, about["command"])), os.path.abspath(folder)
    if os.path.isdir(about["folder"]):  # it may be another machine
        os.chdir(about["folder"])
    said = train.make_context("forpass train", words[1:]).params
    del said["json"]
    named, options = without_options_of_training(said)
    run(Request(**named | {"checkpoint": place, "words": tuple(words)}), options, reporter)
