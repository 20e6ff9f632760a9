"""``forpass train`` and ``forpass resume``: what can be said, and the help that lists it."""

from __future__ import annotations

import sys
from typing import Any

import click

from forpass.cli.declared import (
    ANY_TABLE,
    InParts,
    json_option,
    max_bytes_option,
    max_memory_option,
    place_option,
    schema_option,
    table_argument,
)
from forpass.cli.options import training_options, without_options_of_training

__all__ = ["resume", "train"]


@click.command(
    cls=InParts,
    short_help="Learn to predict a column of a table, and measure it.",
    epilog=f"TABLE is {ANY_TABLE}",
)
@table_argument
@click.option(
    "--target", "-t", default="", metavar="COLUMN", help="What to predict; several columns by commas."
)
@place_option(
    "--out",
    "-o",
    metavar="FILE",
    help="Where the model goes, in place of what is there [TABLE.forpass, unless it is there].",
)
@click.option("--force", is_flag=True, help="Replace a TABLE.forpass that is there already.")
@place_option(
    "--log",
    metavar="FILE",
    help="Append a line of JSON to this file after each epoch of a network.",
)
@place_option("--report", metavar="FILE", help="Also write a report on the model to this file, as HTML.")
@click.option("--lang", default="en", metavar="en|ko", help="The report in English or Korean [en].")
@click.option("--task", default="", help="classification, regression or multilabel, if the target misleads.")
@place_option(
    "--validation",
    metavar="SHARE|FILE",
    help="Rows that say when a single network stops: a share of those that are no test rows, or a table [0.1 "
    "with --preset plain, 0.2 with realmlp or tabm].",
)
@place_option(
    "--test",
    metavar="SHARE|FILE",
    help="Rows to measure on in the end: a share, or a table of its own [0.2 with --preset plain, "
    "realmlp or tabm; otherwise all rows measure, each out of fold].",
)
@click.option("--group", default="", metavar="COLUMN", help="Rows of one group are never split.")
@click.option(
    "--time", default="", metavar="COLUMN", help="The latest rows are test rows, and validation rows."
)
@click.option("--drop", default="", metavar="COLUMNS", help="Columns to leave out, by commas.")
@click.option(
    "--weight", default="", metavar="COLUMN", help="How much each row counts, in training and in all figures."
)
@schema_option
@training_options()
@place_option(
    "--checkpoint",
    metavar="DIR",
    help="A folder for checkpoints. If this training is killed, forpass resume DIR goes on from it.",
)
@max_bytes_option
@max_memory_option
@json_option
def train(json: bool, **said: Any) -> None:
    """Train networks to predict a column of a table, and measure them on rows that they have not seen."""
    from forpass.cli.output import reporting
    from forpass.cli.request import Request
    from forpass.cli.train import run

    words, options = without_options_of_training(said)
    with reporting(json) as reporter:
        run(Request(**words, words=tuple(sys.argv[1:])), options, reporter)


@click.command(short_help="Go on with a training that was killed.")
@click.argument("folder", metavar="DIR")
@place_option(
    "--out",
    "-o",
    metavar="FILE",
    help="Where the model goes, in place of what is there [where forpass train would have written it].",
)
@click.option("--force", is_flag=True, help="Replace a TABLE.forpass that another command has written.")
@click.option("--time-limit", type=float, default=None, metavar="S", help="Seconds for all of it [no limit].")
@json_option
def resume(folder: str, out: str, force: bool, time_limit: float | None, json: bool) -> None:
    """Go on with what forpass train --checkpoint DIR began, wherever it was stopped.

    It ends with the model that it would have come to, bit for bit. The table must be as it was. The limit of
    time that the training may have had does not hold any more: what was cut short goes on.
    """
    from forpass.cli.output import reporting
    from forpass.cli.resume import resume

    with reporting(json) as reporter:
        resume(folder, train, reporter, out, force, time_limit)
