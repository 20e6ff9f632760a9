"""A table of numbers of which only what is on the screen is drawn, however many there are."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.events import Click
from textual.geometry import Size, clamp
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from forpass.trace.elements import written
from forpass.trace.tables import Shown

__all__ = ["NumberTable"]

WIDTH = 11
"""Of a column: ``-1.234e-05`` and a blank."""


class NumberTable(ScrollView, can_focus=True):
    """The numbers of a value in rows and columns, with a cursor that keys and the mouse move."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "numbers--head",
        "numbers--zero",
        "numbers--cursor",
        "numbers--lost",
    }
    # the bar for scrolling has its place from the beginning: one that came later would hide the cursor
    DEFAULT_CSS = """
    NumberTable { height: 1fr; scrollbar-gutter: stable; background: $surface; color: $foreground; }
    NumberTable > .numbers--head { background: $panel; color: $foreground; text-style: bold; }
    NumberTable > .numbers--zero { color: $text-muted; }
    NumberTable > .numbers--lost { color: $text-error; text-style: bold; }
    NumberTable > .numbers--cursor { background: $primary-darken-1; color: $text; }
    NumberTable:focus > .numbers--cursor { background: $primary; color: $text; text-style: bold; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1, 0)", "up", show=False),
        Binding("down", "move(1, 0)", "down", show=False),
        Binding("left", "move(0, -1)", "left", show=False),
        Binding("right", "move(0, 1)", "right", show=False),
        Binding("pageup", "page(-1)", "a page up", show=False),
        Binding("pagedown", "page(1)", "a page down", show=False),
        Binding("home", "end(False, False)", "first column", show=False),
        Binding("end", "end(True, False)", "last column", show=False),
        Binding("ctrl+home", "end(False, True)", "first number", show=False),
        Binding("ctrl+end", "end(True, True)", "last number", show=False),
        Binding("enter", "choose", "to what it was made of", show=False),
    ]

    class Moved(Message):
        """The cursor stands on another cell."""

        def __init__(self, row: int, column: int) -> None:
            super().__init__()
            self.row, self.column = row, column

    class Chosen(Message):
        """The cell at the cursor was chosen, with Enter or a second click."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.part: Shown | None = None
        self.row, self.column = 0, 0

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return self.part.rows if self.part else 0

    @property
    def columns(self) -> int:
        """How many columns there are."""
        return self.part.columns if self.part else 0

    def show(self, part: Shown, row: int, column: int) -> None:
        """Show a value, with the cursor at a row and a column; nobody is told."""
        self.part, self.row, self.column = part, row, column
        self.virtual_size = Size(self._label_width + self.columns * WIDTH, self.rows + 1)
        self.call_after_refresh(self._keep_in_sight)
        self.refresh()

    def on_resize(self) -> None:
        """Keep the cursor in sight on another screen."""
        self.call_after_refresh(self._keep_in_sight)

    def move_to(self, row: int, column: int) -> None:
        """Move the cursor to a cell, or to the nearest that there is."""
        if not self.rows or not self.columns:
            return
        row, column = clamp(row, 0, self.rows - 1), clamp(column, 0, self.columns - 1)
        if (row, column) != (self.row, self.column):
            self.row, self.column = row, column
            self._keep_in_sight()
            self.refresh()
            self.post_message(self.Moved(row, column))

    def action_move(self, rows: int, columns: int) -> None:
        """Move the cursor by so many rows and columns."""
        self.move_to(self.row + rows, self.column + columns)

    def action_page(self, by: int) -> None:
        """Move the cursor by as many rows as are seen."""
        self.move_to(self.row + by * max(1, self._screen.height - 1), self.column)

    def action_end(self, last: bool, rows: bool) -> None:
        """Move the cursor to an end of its row, or of all rows."""
        row = (self.rows - 1 if last else 0) if rows else self.row
        self.move_to(row, self.columns - 1 if last else 0)

    def action_choose(self) -> None:
        """Choose the cell at the cursor."""
        self.post_message(self.Chosen())

    def on_click(self, event: Click) -> None:
        """Move the cursor to where the mouse is; where it is already, choose the cell."""
        offset = event.get_content_offset(self)
        if offset is None or offset.y < 1 or offset.x < self._label_width:
            return
        row = offset.y - 1 + self.scroll_offset.y
        place = (offset.x - self._label_width) // WIDTH
        if row < self.rows and place < len(self._in_sight):
            column = self._in_sight[place]
            if (row, column) == (self.row, self.column):
                self.action_choose()
            self.move_to(row, column)

    def render_line(self, y: int) -> Strip:
        """Draw a line of the screen: the heads of the columns, or a row of numbers."""
        width, row, plain = self.size.width, self.scroll_offset.y + y - 1, self.rich_style
        if self.part is None or row >= self.rows:
            return Strip.blank(width, plain)
        head = self.get_component_rich_style("numbers--head")
        columns = self._in_sight
        if y == 0:
            label, cells = "", [Segment(self._head(j).rjust(WIDTH - 1) + " ", head) for j in columns]
        else:
            label, cells = self.part.row_head(row), [self._cell(row, j) for j in columns]
        named = Strip([Segment(label.rjust(self._label_width - 1) + " ", head)], self._label_width)
        numbers = Strip(cells, WIDTH * len(columns))
        return Strip.join([named, numbers]).adjust_cell_length(width, head if y == 0 else plain)

    @property
    def _in_sight(self) -> range:
        """The columns for which there is room: whole ones, as part of a number would look like another."""
        first = -(-self.scroll_offset.x // WIDTH)
        return range(first, min(self.columns, first + self._fitting))

    @property
    def _screen(self) -> Size:
        """What bars for scrolling leave of the size."""
        return self.scrollable_content_region.size

    @property
    def _fitting(self) -> int:
        return max(1, (self._screen.width - self._label_width) // WIDTH)

    @property
    def _label_width(self) -> int:
        """How wide the heads of rows are: as the last, and a blank; nothing where there is a single one."""
        last = self.part.row_head(self.rows - 1) if self.part and self.rows else ""
        return len(last) + 2 if last else 1

    def _head(self, column: int) -> str:
        assert self.part is not None
        return str(column) if self.part.entry.value.ndim else "value"

    def _cell(self, row: int, column: int) -> Segment:
        """Write a number; what is 0 is pale, what is not finite stands out."""
        assert self.part is not None
        value = self.part.entry.value[self.part.place_at(row, column)].item()
        text = written(value).rjust(WIDTH - 1) + " "
        if (row, column) == (self.row, self.column):
            return Segment(text, self.get_component_rich_style("numbers--cursor"))
        return Segment(text, self._style_of(value))

    def _style_of(self, value: float) -> Style:
        if not math.isfinite(value):
            return self.get_component_rich_style("numbers--lost")
        return self.rich_style if value else self.get_component_rich_style("numbers--zero")

    def _keep_in_sight(self) -> None:
        """Scroll as little as shows the cursor, beside the heads, which stay where they are."""
        left, top = self.scroll_offset
        height = max(1, self._screen.height - 1)
        x = clamp(left, (self.column + 1 - self._fitting) * WIDTH, self.column * WIDTH)
        y = clamp(top, self.row - height + 1, self.row)
        self.scroll_to(x, y, animate=False, immediate=True, force=True)
