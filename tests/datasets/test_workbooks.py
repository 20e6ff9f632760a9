"""Workbooks, where openpyxl is installed; otherwise the line that installs it."""

import builtins
import datetime
import io

import pytest

from forpass.datasets import read_table, read_table_file
from forpass.errors import TableError


@pytest.fixture
def workbook(tmp_path):
    openpyxl = pytest.importorskip("openpyxl", reason="openpyxl is not installed")

    def make(*sheets):
        book = openpyxl.Workbook()
        book.remove(book.active)
        for name, rows in sheets:
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append(row)
        book.save(tmp_path / "t.xlsx")
        return tmp_path / "t.xlsx"

    return make


ROWS = [["name", "size", "day"], ["a", 1, datetime.date(2024, 1, 11)], ["b", 2.5, None], [None, "NA", None]]
DAYS = [datetime.datetime(2024, 1, 11), None, None]
TABLE = {"name": ["a", "b", None], "size": [1.0, 2.5, None], "day": DAYS}


@pytest.mark.parametrize(
    "rows",
    [
        ROWS,
        [[], ROWS[0], *ROWS[1:3], [], ROWS[3], []],
        [["Sales 2024"], [], *ROWS],
        [[*row, None, None] for row in ROWS],
    ],
)
def test_a_sheet_is_read_like_a_file_of_text(workbook, rows):
    frame, form = read_table_file(workbook(("Empty", []), ("Sizes", rows)))
    assert frame.to_dict(as_series=False) == TABLE
    assert form.kind == "Excel" and form.above == (("Sales 2024",) if rows[0] == ["Sales 2024"] else ())


def test_of_several_sheets_the_first_is_read_and_told(workbook):
    path = workbook(("One", [["a"], [1]]), ("Two", [["b"], [2]]))
    frame, form = read_table_file(path)
    assert frame.to_dict(as_series=False) == {"a": [1]}
    assert form.sheet == "One" and form.assumed and "its sheet 'One'" in str(form)
    assert read_table(io.BytesIO(path.read_bytes())).columns == ["a"]


def test_what_is_wrong_with_a_workbook_is_said(workbook):
    with pytest.raises(TableError, match="nothing but empty sheets"):
        read_table(workbook(("Empty", [])))
    with pytest.raises(TableError, match="names the columns 1 and 2 both 'a'"):
        read_table(workbook(("Twice", [["a", "a"], [1, 2]])))
    path = workbook(("One", [["a"], [1]]))
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(TableError, match="is no whole workbook"):
        read_table(path)


def test_without_openpyxl_the_message_is_the_line_that_installs_it(tmp_path, monkeypatch):
    (tmp_path / "t.xlsx").write_bytes(b"PK\x03\x04" + bytes(100))
    real = builtins.__import__

    def without(name, *rest, **more):
        if name == "openpyxl":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(TableError, match=r'pip install "forpass\[excel\]"'):
        read_table(tmp_path / "t.xlsx")
