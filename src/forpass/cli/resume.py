"""``forpass resume``: the command that began a folder is run again."""

from __future__ import annotations

import os

import click

from forpass.cli.checkpoints import without_option
from forpass.cli.options import without_options_of_training
from forpass.cli.output import Reporter, as_typed
from forpass.cli.request import Request
from forpass.cli.train import run
from forpass.errors import InputError
from forpass.training.folder import read_about

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
    about = read_about(folder)
    if about is None or not {"command", "directory"} <= about.keys():
        raise InputError(
            f"{folder} does not say which command it belongs to: it was begun in Python, or its run.json is "
            f"damaged or gone. Make the same call again, or run the same forpass train --checkpoint "
            f"{as_typed(folder)} again; the networks in it are found either way"
        )
    words, place = list(map(str, about["command"])), os.path.realpath(folder)
    there = os.path.normpath(os.path.join(place, str(about["directory"])))
    if os.path.isdir(there) and not os.path.samefile(there, os.curdir):
        reporter.note(f"working in {there}, from where {folder} was begun")
        out = os.path.abspath(out) if out else ""
        os.chdir(there)
    words = without_option(words, "--time-limit")
    if seconds is not None:
        words.append(f"--time-limit={seconds}")
    if out:
        words = [*without_option(words, "--out", "-o"), f"--out={out}"]
    said = train.make_context("forpass train", words[1:]).params
    del said["json"]
    named, options = without_options_of_training(said)
    again = {"checkpoint": place, "force": force or named["force"], "words": tuple(words)}
    run(Request(**named | again), options, reporter)
