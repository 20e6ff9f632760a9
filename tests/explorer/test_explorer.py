"""The explorer, driven through every key."""

import asyncio
from contextlib import asynccontextmanager

import numpy as np
import pytest

import forpass as fp
from forpass.trace.elements import written
from forpass.trace.text import largest

pytest.importorskip("textual", reason="the explorer needs textual, an extra")
from textual.widgets import Input, OptionList, Static

from forpass.explorer import TraceExplorer
from forpass.explorer.table import WIDTH, NumberTable


@pytest.fixture(scope="module")
def tape():
    rng = np.random.default_rng(2)
    data = fp.Data(rng.normal(size=(5, 3)), targets=rng.normal(size=(5, 1)))
    spec = fp.multilayer(3, [4], 1, "squared", activation="tanh")
    return fp.train(spec, fp.TrainingSpec(2), data).trace(data)


ROWS = [f"row {i}: a {i} -> a 0.{i}" for i in range(5)]


def driven(tape, act):
    """Run the explorer without a terminal, and what is done to it."""

    @asynccontextmanager
    async def opened():
        app = TraceExplorer(tape, ROWS)
        async with app.run_test(size=(140, 40)) as pilot:
            await pilot.pause()

            async def press(*keys):
                await pilot.press(*keys)
                await pilot.pause()

            yield app, press, pilot

    async def run():
        async with opened() as (app, press, pilot):
            await act(app, press, pilot)

    asyncio.run(run())


def text_of(app, name):
    return str(app.query_one(f"#{name}", Static).content)


def prompts(app):
    links = app.query_one("#links", OptionList)
    return [str(links.get_option_at_index(i).prompt) for i in range(links.option_count)]


def test_it_begins_with_the_forward_pass(tape):
    async def act(app, press, pilot):
        assert app.spot == ("Z1", largest(tape.entry("Z1")))
        assert text_of(app, "about").startswith("Z1 = X W1 + b1\n(5, 4)  least ")
        table = app.query_one("#value", NumberTable)
        assert (table.rows, table.columns) == (5, 4)
        assert isinstance(app.focused, NumberTable)

    driven(tape, act)


@pytest.mark.slow
def test_forward_and_back_by_operation_by_layer_and_by_phase(tape):
    async def act(app, press, pilot):
        names = [entry.name for entry in tape]
        here = names.index("Z1")
        await press("n")
        assert app.spot.name == names[here + 1] == "A1"
        await press("p", "p")
        assert app.spot.name == names[here - 1]
        await press("f")
        assert app.spot.name == "Z1"
        await press("]")
        assert app.spot.name == "A1"
        await press("]")
        assert app.spot.name == "Z2"
        await press("[")
        assert app.spot.name == "A1"
        await press("l")
        assert app.spot.name == "loss"
        await press("b")
        assert app.spot.name == "dZ2"
        await press("u")
        assert app.entry.phase == "update"
        await press("backspace", "backspace")
        assert app.spot.name == "loss"

    driven(tape, act)


@pytest.mark.slow
def test_nothing_lies_before_the_first_and_after_the_last(tape):
    async def act(app, press, pilot):
        names = [entry.name for entry in tape]
        app.go(names[0])
        await press("p", "[")
        assert app.spot.name == names[0]
        app.go(names[-1])
        await press("n", "]")
        assert app.spot.name == names[-1]
        for _ in range(len(app.visited) + 2):
            await press("backspace")
        assert app.spot.name == "Z1" and not app.visited

    driven(tape, act)


@pytest.mark.slow
def test_the_cursor_says_what_a_number_is_made_of(tape):
    async def act(app, press, pilot):
        app.go("Z1", (0, 0))
        await press("right", "down")
        assert app.spot == ("Z1", (1, 1))
        assert "= X[1, 0] W1[0, 1] + X[1, 1] W1[1, 1] + X[1, 2] W1[2, 1] + b1[1]" in text_of(app, "element")
        listed = prompts(app)
        assert listed[0] == "made of" and listed[1].startswith("  X[1, 0]  ")
        assert "read by" in listed and "  A1[1, 1]" in listed

    driven(tape, act)


@pytest.mark.slow
def test_one_follows_a_number_to_where_it_came_from_and_where_it_goes(tape):
    async def act(app, press, pilot):
        app.go("Z1", (1, 2))
        await press("enter")
        assert app.focused.id == "links"
        await press("down", "enter")  # the second cell of the first product
        assert app.spot == ("W1", (0, 2)) and isinstance(app.focused, NumberTable)
        await press("enter")
        goes = prompts(app).index("  Z1[:, 2]")
        app.query_one("#links", OptionList).highlighted = goes
        await press("enter")
        assert app.spot == ("Z1", (0, 2))
        await press("enter")
        await press("escape")
        assert isinstance(app.focused, NumberTable)

    driven(tape, act)


@pytest.mark.slow
def test_search(tape):
    async def act(app, press, pilot):
        await press("slash")
        assert isinstance(app.focused, Input)
        await press(*"w2.new", "enter")
        assert app.spot.name == "W2.new" and isinstance(app.focused, NumberTable)
        await press("slash", *"dw", "enter")
        assert app.spot.name == "dW2"
        await press("slash", *"nothing", "enter")
        assert app.spot.name == "dW2"
        await press("slash", *"W1[2, 3]", "enter")
        assert app.spot == ("W1", (2, 3)) and app.query_one("#value", NumberTable).row == 2
        await press("slash", *"W1[2, x]", "enter")
        await press("slash", *"W1[9, 9]", "enter")
        assert app.spot == ("W1", (2, 3)) and isinstance(app.focused, NumberTable)
        await press("slash", "escape")
        assert isinstance(app.focused, NumberTable) and not app.query_one("#search").display

    driven(tape, act)


@pytest.mark.slow
def test_the_mouse_chooses_an_entry(tape):
    async def act(app, press, pilot):
        entries = app.query_one("#entries", OptionList)
        await pilot.click("#entries", offset=(6, 3))
        await pilot.pause()
        assert app.spot.name == "T"
        assert entries.highlighted == entries.get_option_index("T")

    driven(tape, act)


@pytest.mark.slow
def test_help_and_the_rows_of_the_table(tape):
    async def act(app, press, pilot):
        await press("question_mark")
        assert app.screen.query("HelpPanel")
        await press("question_mark")
        assert not app.screen.query("HelpPanel")
        app.go("X", (3, 0))
        await pilot.pause()
        assert ROWS[3] in text_of(app, "element")

    driven(tape, act)


@pytest.mark.slow
def test_it_ends_with_q(tape):
    async def act(app, press, pilot):
        await press("q")
        assert not app.is_running or app._exit

    driven(tape, act)


@pytest.mark.slow
def test_every_entry_can_be_shown(tape):
    async def act(app, press, pilot):
        for entry in tape:
            app.go(entry.name)
            assert app.query_one("#value", NumberTable).rows >= 1

    driven(tape, act)


@pytest.fixture(scope="module")
def wide():
    rng = np.random.default_rng(2)
    data = fp.Data(rng.normal(size=(3, 784)), targets=rng.normal(size=(3, 1)))
    return fp.train(fp.multilayer(784, [100], 1, "squared"), fp.TrainingSpec(1), data).trace(data)


def drawn(table):
    """Return what stands on the screen, line by line."""
    return ["".join(segment.text for segment in table.render_line(y)) for y in range(table._screen.height)]


def test_keys_reach_every_number_of_a_large_value_of_which_a_screen_is_drawn(wide, monkeypatch):
    cells, draw = [], NumberTable._cell
    monkeypatch.setattr(
        NumberTable, "_cell", lambda table, *place: cells.append(place) or draw(table, *place)
    )

    async def act(app, press, pilot):
        app.go("W1", (0, 0))
        await pilot.pause()
        assert 0 < len(cells) < 784 * 100 / 10  # of all numbers those on a screen, a few times
        table = app.query_one("#value", NumberTable)
        assert (table.rows, table.columns) == (784, 100)
        await press("ctrl+end")
        assert app.spot == ("W1", (783, 99)) and drawn(table)[-1].split()[0] == "783"
        assert written(wide["W1"][783, 99].item()) in drawn(table)[-1] and drawn(table)[0].split()[-1] == "99"
        await press("pageup", "home", "up")
        assert app.spot == ("W1", (783 - (table._screen.height - 1) - 1, 0))
        assert drawn(table)[0].split()[0] == "0"
        await press("ctrl+home", "left", "up")
        assert app.spot == ("W1", (0, 0)) and drawn(table)[1].split()[0] == "0"
        await press("end", "pagedown")
        assert app.spot == ("W1", (table._screen.height - 1, 99))
        app.go("W1", (400, 50))
        await pilot.pause()
        line = next(line for line in drawn(table) if line.split()[0] == "400")
        assert written(wide["W1"][400, 50].item()) in line

    driven(wide, act)


@pytest.mark.slow
def test_the_mouse_moves_the_cursor_and_chooses_what_it_stands_on(wide):
    async def act(app, press, pilot):
        app.go("W1", (783, 99))
        await pilot.pause()
        table = app.query_one("#value", NumberTable)
        last, x = table._screen.height - 1, table._label_width + (len(table._in_sight) - 2) * WIDTH + 3
        await pilot.click("#value", offset=(x, last - 3))
        await pilot.pause()
        row, column = app.spot.place
        assert row == 780 and column == 98
        await pilot.click("#value", offset=(x, last - 3))
        await pilot.pause()
        assert app.focused.id == "links"
        await pilot.click("#value", offset=(8, 0))  # heads are no numbers
        await pilot.pause()
        assert app.spot.place == (780, 98)
        top = table.scroll_offset.y
        for _ in range(3):
            table.scroll_up(animate=False, immediate=True)
        assert table.scroll_offset.y == top - 3 and app.spot.place == (780, 98)

    driven(wide, act)
