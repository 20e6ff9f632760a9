"""What commands declare alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click
from click.core import ParameterSource

from forpass.api.options import OPTIONS

__all__ = [
    "ANY_TABLE",
    "InParts",
    "InThisOrder",
    "json_option",
    "max_bytes_option",
    "max_memory_option",
    "model_argument",
    "place_option",
    "schema_option",
    "table_argument",
]


def place_option(*names: str, default: str = "", **said: Any) -> Callable[[Any], Any]:
    """Declare an option that names a file or a folder; an empty name, of a variable not set, is refused."""
    return click.option(*names, default=default, callback=_named, **said)


def _named(context: click.Context, option: click.Parameter, place: str) -> str:
    given = context.get_parameter_source(option.name or "") is not ParameterSource.DEFAULT
    if given and not place:
        raise click.BadParameter("the name is empty; give one, or leave the option out", context, option)
    return place


json_option = click.option(
    "--json", is_flag=True, help="Print one JSON object on stdout and nothing else there."
)


ANY_TABLE = (
    "a CSV, TSV, JSON, Parquet, Arrow or Excel file, - for standard input, or a named data set (see: forpass "
    "data)."
)

table_argument = click.argument("table", metavar="TABLE")
model_argument = click.argument("model", metavar="MODEL")
max_bytes_option = click.option(
    "--max-bytes",
    type=int,
    metavar="BYTES",
    help="The most that a compressed file may decompress to, and that is read from standard input "
    "[4294967296].",
)
max_memory_option = click.option(
    "--max-memory",
    type=int,
    metavar="BYTES",
    help="A CSV, Parquet or Arrow file that takes more memory as a table, eight bytes a cell, is read in "
    "portions [2147483648].",
)
schema_option = click.option(
    "--schema",
    multiple=True,
    metavar="COLUMN=KIND|FILE.json",
    help="What a column is that looks like something else, --schema once for each: zip=category, or id=drop, "
    "or born=date:%d.%m.%Y; another word names all kinds.",
)


class InThisOrder(click.Group):
    """Commands, listed as they follow each other here."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name them."""
        return list(self.commands)


class InParts(click.Command):
    """A command that lists the options of training apart, for they are many."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what is said of the table and of files, then what is said of the network and its training."""
        for heading, of_training in (("Options", False), ("Options of the network and its training", True)):
            options = [one for one in self.get_params(ctx) if isinstance(one, click.Option)]
            lines = [one.get_help_record(ctx) for one in options if (one.name in OPTIONS) is of_training]
            with formatter.section(heading):
                formatter.write_dl([line for line in lines if line is not None])
