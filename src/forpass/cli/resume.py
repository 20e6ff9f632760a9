"""``forpass resume``: the command that began a folder is run again."""

from __future__ import annotations

import os
from collections.abc import Iterable

import click

from forpass.cli.checkpoints import begun_by, without_option
from forpass.cli.options import without_options_of_training
from forpass.cli.output import Reporter, as_typed
from forpass.cli.request import Request
from forpass.cli.train import run
from forpass.errors import InputError

__all__ = ["resume"]


def resume(
    folder: str,
    train: click.Command,
    reporter: Reporter,
    out: str,
    force: bool,
    seconds: float | None,
) -> None:
    """Run the command again that began a folder, without its time limit: what that cut short goes on.

    Parameters
    ----------
    folder : str
    train : click.Command
        Reads the words.
    reporter : Reporter
    out, force
        As for `train`.
    seconds : float or None
        The time limit that holds now.
    """
    begun, place = begun_by(folder), os.path.realpath(folder)
    if begun is None:
        raise _not_known(folder)
    directory = _directory(folder, os.path.normpath(os.path.join(place, begun.directory)), begun.files)
    if not os.path.samefile(directory, os.curdir):
        reporter.note(f"working in {directory}, from where {folder} was begun")
        out = os.path.abspath(out) if out else ""
        os.chdir(directory)
    words = without_option(begun.command, "--time-limit")
    if seconds is not None:
        words.append(f"--time-limit={seconds}")
    if out:
        words = [*without_option(words, "--out", "-o"), f"--out={out}"]
    try:
        said = train.make_context("forpass train", words[1:]).params
    except click.UsageError:
        raise _not_known(folder) from None
    del said["json"]
    named, options = without_options_of_training(said)
    again = {"checkpoint": place, "force": force or named["force"], "words": tuple(words)}
    run(Request(**named | again), options, reporter)


def _directory(folder: str, there: str, files: Iterable[str]) -> str:
    """Return where a command finds its files: in the directory where it was run, or else here."""
    lost = ""
    for directory in (there, os.curdir):
        if os.path.isdir(directory):
            gone = [name for name in files if not os.path.isfile(os.path.join(directory, name))]
            if not gone:
                return directory
            lost = lost or gone[0]
    raise InputError(
        f"{lost} is not there any more, neither in {there}, where {folder} was begun, nor here; put it back, "
        f"or go to where it is and run the same forpass train --checkpoint {as_typed(folder)} again"
    )


def _not_known(folder: str) -> InputError:
    return InputError(
        f"{folder} does not say which command it belongs to: it was begun in Python, or its run.json is "
        "damaged or gone. Make the same call again, or run the same forpass train --checkpoint "
        f"{as_typed(folder)} again; the networks in it are found either way"
    )
