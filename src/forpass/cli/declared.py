"""What the commands and those of ``forpass bench`` declare alike."""

from __future__ import annotations

import click

__all__ = ["InThisOrder", "json_option"]

json_option = click.option(
    "--json", is_flag=True, help="Print one JSON object on stdout and nothing else there."
)


class InThisOrder(click.Group):
    """Commands, listed as they follow each other here."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name them."""
        return list(self.commands)
