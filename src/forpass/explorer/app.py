"""The explorer's screen: entries on the left, numbers in the middle, where they come from on the right."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import ClassVar, NamedTuple

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Footer, Header, Input, OptionList, Static
from textual.widgets.option_list import Option

from forpass.engines.reference.tape import Tape, TapeEntry
from forpass.errors import ForpassError
from forpass.explorer.table import NumberTable
from forpass.trace import element, readers
from forpass.trace.elements import Element, cell_said, require_place
from forpass.trace.made import Place
from forpass.trace.tables import shown
from forpass.trace.text import largest, made_of, statistics_line, told_of

__all__ = ["TraceExplorer"]

MOST_LINKS = 200
"""So many cells are listed from which, or to which, a number goes."""


class Spot(NamedTuple):
    """Where one stands: an entry, and a place in it."""

    name: str
    place: Place


class TraceExplorer(App[None]):
    """A step of training, through which one walks with keys or the mouse.

    Parameters
    ----------
    tape : Tape
        As `TrainedModel.trace` gives it.
    rows : sequence of str
        Of each row of the batch, what preprocessing made of it.
    """

    TITLE = "forpass trace"
    CSS = """
    #entries { width: 30; border-right: solid $primary; }
    #middle { width: 1fr; }
    #about { height: auto; padding: 0 1; border-bottom: solid $primary; }
    #right { width: 44%; border-left: solid $primary; }
    #element { height: auto; max-height: 50%; padding: 0 1; }
    #links { height: 1fr; border-top: solid $primary; }
    #search { display: none; dock: bottom; }
    .-narrow #entries { width: 18; }
    .-narrow #right { width: 36%; }
    """
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - textual declares it so
        (0, "-narrow"),
        (110, "-wide"),
    ]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "step(1)", "next"),
        Binding("p", "step(-1)", "previous"),
        Binding("right_square_bracket", "layer(1)", "next layer", key_display="]"),
        Binding("left_square_bracket", "layer(-1)", "previous layer", key_display="["),
        Binding("f", "phase('forward')", "forward"),
        Binding("l", "phase('loss')", "loss"),
        Binding("b", "phase('backward')", "backward"),
        Binding("u", "phase('update')", "update"),
        Binding("backspace", "return", "back"),
        Binding("slash", "search", "search", key_display="/"),
        Binding("escape", "leave", "to the numbers", show=False),
        Binding("question_mark", "help", "help", key_display="?"),
        Binding("q", "quit", "quit"),
    ]

    def __init__(self, tape: Tape, rows: Sequence[str] = ()) -> None:
        super().__init__()
        self.tape, self.rows = tape, rows
        self.entries = list(tape)
        self.number = {entry.name: i for i, entry in enumerate(self.entries)}
        self.spot = Spot(self.entries[0].name, largest(self.entries[0]))
        self.visited: list[Spot] = []
        self.links: list[Spot | None] = []

    def compose(self) -> ComposeResult:
        """Lay out the screen."""
        yield Header()
        with Horizontal():
            yield OptionList(*_listed(self.entries), id="entries")
            with Vertical(id="middle"):
                yield Static(id="about", markup=False)
                yield NumberTable(id="value")
            with Vertical(id="right"):
                yield Static(id="element", markup=False)
                yield OptionList(id="links", markup=False)
        yield Input(placeholder="an entry or a cell: Z1, or Z1[0, 3]", id="search")
        yield Footer()

    def on_mount(self) -> None:
        """Begin where the forward pass begins."""
        begin = next((e for e in self.entries if e.phase == "forward"), self.entries[0])
        self._show(Spot(begin.name, largest(begin)))
        self._table.focus()

    @property
    def entry(self) -> TapeEntry:
        """The entry that is shown."""
        return self.tape.entry(self.spot.name)

    def go(self, name: str, place: Place | None = None) -> None:
        """Go to an entry, at a place or at its largest number; from there one can go back."""
        entry = self.tape.entry(name)
        self.visited.append(self.spot)
        self._show(Spot(name, largest(entry) if place is None else place))

    def action_step(self, by: int) -> None:
        """Go on, or back, by one operation."""
        number = self.number[self.spot.name] + by
        if 0 <= number < len(self.entries):
            self.go(self.entries[number].name)

    def action_layer(self, by: int) -> None:
        """Go to where the next layer begins, or this one or the one before."""
        begins = [
            i
            for i, entry in enumerate(self.entries)
            if not i or _section(entry) != _section(self.entries[i - 1])
        ]
        here = self.number[self.spot.name]
        others = [i for i in begins if (i > here if by > 0 else i < here)]
        if others:
            self.go(self.entries[others[0] if by > 0 else others[-1]].name)

    def action_phase(self, phase: str) -> None:
        """Go to where a phase begins."""
        if found := next((entry for entry in self.entries if entry.phase == phase), None):
            self.go(found.name)

    def action_return(self) -> None:
        """Go back to where one came from."""
        if self.visited:
            self._show(self.visited.pop())

    def action_search(self) -> None:
        """Ask for a name."""
        search = self.query_one("#search", Input)
        search.display = True
        search.value = ""
        search.focus()

    def action_leave(self) -> None:
        """Leave search and lists for the numbers."""
        self.query_one("#search", Input).display = False
        self._table.focus()

    def action_help(self) -> None:
        """Show or hide the keys with what they do."""
        if self.screen.query("HelpPanel"):
            self.action_hide_help_panel()
        else:
            self.action_show_help_panel()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go to the first entry of that name, or one that begins with it, or holds it, and to its cell."""
        try:
            name, place = cell_said(event.value)
        except ForpassError as error:
            self.action_leave()
            self.notify(str(error), severity="warning")
            return
        wanted = name.lower()
        names = [entry.name for entry in self.entries]
        orders = (str.__eq__, str.startswith, str.__contains__)
        found = next((n for order in orders for n in names if order(n.lower(), wanted)), None)
        self.action_leave()
        if found is None or not wanted:
            self.notify(f"no entry is called {event.value!r}", severity="warning")
            return
        try:
            self.go(found, None if place is None else require_place(self.tape.entry(found), place))
        except ForpassError as error:
            self.notify(str(error), severity="warning")

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Go to the entry, or to the cell, that was chosen."""
        if event.option_list.id == "entries":
            self.go(str(event.option_id))
        elif (spot := self.links[event.option_index]) is not None:
            self.go(spot.name, spot.place)
        self._table.focus()

    def on_number_table_moved(self, event: NumberTable.Moved) -> None:
        """Say of the number under the cursor where it came from."""
        self.spot = Spot(self.spot.name, shown(self.entry).place_at(event.row, event.column))
        self._tell()

    def on_number_table_chosen(self, event: NumberTable.Chosen) -> None:
        """Go over to the list of what the number was made of."""
        links = self.query_one("#links", OptionList)
        links.focus()
        links.action_first()

    @property
    def _table(self) -> NumberTable:
        return self.query_one("#value", NumberTable)

    def _show(self, spot: Spot) -> None:
        """Show an entry, with the cursor at a place of it."""
        self.spot, entry, part = spot, self.tape.entry(spot.name), shown(self.tape.entry(spot.name))
        self.sub_title = f"{entry.phase}  {entry.layer}"
        self._table.show(part, *part.position_of(spot.place))
        joined = " = " if entry.inputs else ": "
        lines = [f"{entry.name}{joined}{entry.formula}", f"{entry.value.shape}  {statistics_line(entry)}"]
        self.query_one("#about", Static).update("\n".join(lines))
        entries = self.query_one("#entries", OptionList)
        entries.highlighted = entries.get_option_index(entry.name)
        self._tell()

    def _tell(self) -> None:
        """Say of the number at the cursor what it was made of and what reads it."""
        links = self.query_one("#links", OptionList)
        links.clear_options()
        self.links = []
        if not self.entry.value.size:
            self.query_one("#element", Static).update("")
            return
        found = element(self.tape, *self.spot)
        self.query_one("#element", Static).update("\n".join(self._told(found)))
        for prompt, spot in _links(self.tape, found):
            self.links.append(spot)
            links.add_option(Option(prompt, disabled=spot is None))

    def _told(self, found: Element) -> list[str]:
        of_row = [self.rows[found.cell.place[0]]] if found.cell.name == "X" and self.rows else []
        return told_of(self.tape, found) + of_row


def _section(entry: TapeEntry) -> tuple[str, str]:
    """What entries of one layer in one phase have in common."""
    return entry.phase, entry.layer


def _listed(entries: Iterable[TapeEntry]) -> Iterable[Option]:
    """List entries under their phases."""
    for phase, some in itertools.groupby(entries, key=lambda entry: entry.phase):
        yield Option(f"[bold]{phase}[/]", disabled=True)
        for entry in some:
            yield Option(f"  {entry.name}", id=entry.name)


def _links(tape: Tape, found: Element) -> Iterable[tuple[str, Spot | None]]:
    """List the cells from which a number came, then those that are made of it; headlines lead nowhere."""
    made = [(f"  {text}", Spot(cell.name, cell.place)) for text, cell in made_of(found)]
    yield from _headed("made of", made)
    goes = [(f"  {r}", Spot(r.name, r.first)) for r in readers(tape, *found.cell[:2])]
    yield from _headed("read by", goes)


def _headed(title: str, links: list[tuple[str, Spot]]) -> Iterable[tuple[str, Spot | None]]:
    yield (title if links else f"{title}: nothing"), None
    yield from links[:MOST_LINKS]
    if len(links) > MOST_LINKS:
        yield f"  and {len(links) - MOST_LINKS:,} more", None
