"""The page of a trace: it holds what the trace says, and steps through it."""

import json
import re

import numpy as np
import pytest
from browser import needs_browser, told_by

import forpass as fp
from forpass.trace import element
from forpass.trace.page import MOST_CELLS, trace_page, write_trace

ROWS = ["row 0: </script><script>alert(1)</script> 3 -> x 0.5", "row 1: 가격 4 -> x 0.7"]


@pytest.fixture(scope="module")
def tape():
    rng = np.random.default_rng(2)
    data = fp.Data(rng.normal(size=(5, 3)), targets=rng.normal(size=(5, 1)))
    return fp.train(fp.multilayer(3, [4], 1, "squared", activation="tanh"), fp.TrainingSpec(2), data).trace(
        data
    )


def data_of(page):
    return json.loads(
        re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)[1]
    )


def test_it_holds_what_the_trace_says(tape):
    found = data_of(trace_page(tape, ROWS))
    assert found["rows"] == ROWS
    assert [entry["name"] for entry in found["entries"]] == [entry.name for entry in tape]
    for entry in found["entries"]:
        value = tape[entry["name"]]
        cells = [cell for row in entry["rows"] for cell in row["cells"]]
        np.testing.assert_allclose([float(cell) for cell in cells], value.ravel(), rtol=1e-3)
    z = next(entry for entry in found["entries"] if entry["name"] == "Z1")
    expected = element(tape, "Z1", (1, 2))
    assert z["rows"][1]["elements"][2]["told"][1:] == [f"= {expected.symbols}", f"= {expected.numbers}"]
    for entry in found["entries"]:  # every link leads to a cell that is shown
        for told in (told for row in entry["rows"] for told in row["elements"]):
            for _, name, row, column in told["made"] + told["read"]:
                other = next(one for one in found["entries"] if one["name"] == name)
                assert row < len(other["rows"]) and column < len(other["heads"])


def test_text_from_the_table_stays_text(tape):
    page = trace_page(tape, ROWS)
    assert page.count("</script>") == 2 and "alert(1)" in page
    assert "default-src 'none'" in page and not re.search(r"(src|href)=", page)


def test_a_large_network_is_cut_and_says_so(tmp_path):
    rng = np.random.default_rng(2)
    data = fp.Data(rng.normal(size=(50, 200)), targets=rng.normal(size=(50, 1)))
    model = fp.train(fp.multilayer(200, [100], 1, "squared"), fp.TrainingSpec(1), data)
    path = write_trace(tmp_path / "trace.html", model.trace(data))
    found = data_of(path.read_text(encoding="utf-8"))
    assert sum(len(row["cells"]) for entry in found["entries"] for row in entry["rows"]) <= MOST_CELLS
    assert "of 200 rows" in next(entry["left_out"] for entry in found["entries"] if entry["name"] == "W1")
    assert path.stat().st_size < 3e6


@needs_browser
def test_it_steps_through_the_entries_in_a_browser(tape, tmp_path):
    script = """
      const text = id => page.getElementById(id).textContent, title = () => text("title");
      tell(title()); press("n"); tell(title()); press("p"); tell(title());
      press("ArrowDown", "ArrowRight"); tell(text("formula"));
      press("b"); tell(title()); press("u"); tell(title()); press("]"); press("[");
      press("Backspace", "Backspace", "Backspace", "Backspace"); tell(title());
      press("f"); press("Enter"); page.activeElement.click(); tell(title());
      page.querySelectorAll("#read button")[0].click(); tell(title());
      tell(page.querySelectorAll("#rows li")[0].textContent);
      tell(page.documentElement.scrollWidth <= page.documentElement.clientWidth);
    """
    told = json.loads(told_by(tmp_path, trace_page(tape, ROWS), script))
    assert told[:3] == ["Z1 = X W1 + b1", "A1 = tanh(Z1)", "Z1 = X W1 + b1"]
    assert " = X[" in told[3].replace("= X", " = X") and told[4].startswith("dZ2 = ")
    assert told[6] == "Z1 = X W1 + b1" and told[7] == "X: the batch" and told[8].startswith("Z1 = ")
    assert told[9] == ROWS[0] and told[10] is True


@needs_browser
def test_it_fits_a_narrow_screen(tape, tmp_path):
    script = "tell(page.documentElement.scrollWidth); tell(page.querySelectorAll('td').length);"
    width, cells = json.loads(told_by(tmp_path, trace_page(tape, ROWS), script, width=390))
    assert width <= 390 and cells == tape["Z1"].size


@needs_browser
def test_at_the_edge_of_a_value_the_cell_stays_told(tape, tmp_path):
    script = """
      const told = () => ["formula", "made", "read"].map(id => page.getElementById(id).textContent).join();
      for (const key of ["ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"]) {
        for (let i = 0; i < 9; i++) press(key);
        const there = told();
        press(key);
        tell(there.startsWith("Z1[") && told() === there);
      }
    """
    assert json.loads(told_by(tmp_path, trace_page(tape, ROWS), script)) == [True] * 4
