"""The network: its picture, its operations with their shapes, its parameters."""

from __future__ import annotations

from collections.abc import Iterator

from forpass.report.blocks import Block, Paragraph, Section, Table
from forpass.report.given import Given
from forpass.spec.picture import network_svg
from forpass.spec.summary import summary_rows

__all__ = ["network"]


def network(given: Given) -> Section:
    """Show the network, of several the one with the largest weight."""
    return Section("network", given.words("network.title"), list(_blocks(given)))


def _blocks(given: Given) -> Iterator[Block]:
    say, member, several = given.words, given.shown_member, len(given.members) > 1
    parameters = f"{given.parameters:,}"
    if several:
        networks = say.count(len(given.members), "network")
        yield Paragraph(say("network.several", networks=networks, parameters=parameters))
    else:
        yield Paragraph(say("network.single", parameters=parameters))
    yield given.pictures.of_svg(network_svg(member.spec, given.names), say("network.picture"))
    rows = [row[1:] for row in summary_rows(member.program)[1:]]
    yield Table(say("network.layers"), say.heads("network.head"), rows, (3,), folded=True)
