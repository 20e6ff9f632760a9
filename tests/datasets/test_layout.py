"""Layout: titles above the header, blanks that separate, blank lines, and line ends of several kinds."""

import csv
import io
import random

import pytest
from examples import examples
from later import later

from forpass.datasets import read_table_file
from forpass.errors import TableError

pl = later("polars")


@pytest.fixture
def read(tmp_path):
    def reading(text, as_text=()):
        path = tmp_path / "table.csv"
        path.write_text(text, encoding="utf-8", newline="")
        return read_table_file(path, as_text)

    return reading


TABLE = {"name": ["a", "b"], "size": [1.0, 2.5]}


@pytest.mark.parametrize(
    ("text", "above"),
    [
        ("Sales 2024\nname,size\na,1\nb,2.5\n", ["Sales 2024"]),
        ("Sales 2024\n\nname,size\na,1\nb,2.5\n", ["Sales 2024"]),
        ("Sales 2024,\n,\nname,size\na,1\nb,2.5\n", ["Sales 2024", ""]),
        ('"Sales, by name"\nUnit: EUR\nname;size\na;1\nb;2.5\n', ["Sales, by name", "Unit: EUR"]),
        ("# made on 1 May, by hand, twice\nname,size\na,1\nb,2.5\n", ["# made on 1 May by hand twice"]),
        ("Sales\r\nname\tsize\r\na\t1\r\nb\t2.5\r\n", ["Sales"]),
    ],
)
def test_what_stands_above_the_header_is_passed_over_and_told(read, text, above):
    frame, form = read(text)
    assert frame.to_dict(as_series=False) == TABLE
    assert list(form.above) == above and form.assumed and "above the header" in str(form)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("text\nno, never\nyes, always\n", None),  # words alone are no proof: the rows are ragged
        ("x\n1,5\n2,6\n", None),  # as R writes its row numbers: the first row is no header
        ("#id,name\n1,a\n2,b\n", ["#id", "name"]),
        (",size\n0,1\n1,2\n", ["column 1", "size"]),
        ("id,,\n1,2,3\n4,5,6\n", ["id", "column 2", "column 3"]),
        ("a\n1\n2\n", ["a"]),
    ],
)
def test_a_header_is_no_title(read, text, names):
    if names is None:
        with pytest.raises(TableError, match="fields in line 2 where the header has 1"):
            read(text)
    else:
        frame, form = read(text)
        assert frame.columns == names and form.above == ()


def test_lines_are_counted_from_the_top_of_the_file(read):
    with pytest.raises(TableError, match="has 1 field in line 8 where the header has 2"):
        read("Sales 2024\n\nname,size\na,1\n\nb,2\nc,3\nd\n" + "e,5\n" * 20)


@pytest.mark.parametrize(
    "text",
    [
        "name size\na 1\nb 2.5\n".replace("name", "x").replace("a ", "7 ").replace("b ", "8 "),
        "  x   size\n  7      1\n 8   2.5\n",
        "x\t size\n7 \t1  \n8  2.5\n",
    ],
)
def test_blanks_separate_columns_of_numbers(read, text):
    frame, form = read(text)
    assert frame.to_dict(as_series=False) == {"x": [7, 8], "size": [1.0, 2.5]}
    assert form.separator == " " and form.assumed and "separated by blanks" in str(form)


def test_blanks_separate_beside_one_column_of_text(read):
    frame = read('long wide kind\n5.1 3.5 setosa\n4.9 3.0 "iris virginica"\n').frame
    assert frame.rows() == [(5.1, 3.5, "setosa"), (4.9, 3.0, "iris virginica")]


@pytest.mark.parametrize(
    "text",
    [
        "full name\nJohn Smith\nMary Jones\n",
        "net weight\n12 kg\n15 kg\n",
        "text\na b\nc d\n",
        "date and time\n2024-01-01 10:00 UTC\n2024-01-02 10:00 UTC\n",
    ],
)
def test_blanks_within_text_do_not_separate(read, text):
    header, *rows = text.splitlines()
    assert read(text).frame.to_dict(as_series=False) == {header: rows}


def test_a_row_that_is_too_short_is_named_where_blanks_separate(read):
    with pytest.raises(
        TableError, match=r"has 2 fields in line 12 where the header has 3 \(separator: blank\)"
    ):
        read("a b c\n" + "1 2 3\n" * 10 + "1 2\n" + "1 2 3\n" * 10)


@pytest.mark.parametrize("blank", ["\n", "\r\n", "\n\n\n", "   \n", " \t \r\n"])
@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_blank_lines_are_passed_over(read, blank, place):
    lines = ["name,size\n", "a,1\n", "b,2.5\n"]
    frame = read("".join([*lines[:place], blank, *lines[place:]])).frame
    assert frame.to_dict(as_series=False) == TABLE


def test_a_blank_line_within_quotes_and_one_in_a_single_column_are_kept(read):
    assert read('a,b\n"x\n\ny",1\n\nz,2\n').frame.rows() == [("x\n\ny", 1), ("z", 2)]
    assert read("x\n1\n\n2\n").frame["x"].to_list() == [1, None, 2]
    assert read("a\tb\n1\t2\n\t\n3\t4\n").frame.rows() == [(1, 2), (None, None), (3, 4)]


@pytest.mark.parametrize(
    "text",
    [
        "name,size\na,1\rb,2.5\n",
        "name,size\ra,1\nb,2.5\r\n",
        "name,size\r\na,1\r\rb,2.5\n",
        'name,size\n"a",1\r"b",2.5\n',
    ],
)
def test_a_lone_carriage_return_ends_a_row_beside_other_line_ends(read, text):
    assert read(text).frame.to_dict(as_series=False) == TABLE


@pytest.mark.parametrize(
    ("text", "last"),
    [("a,b\n1,2\n3,", (3, None)), ("a,b\n1,2\n3,4", (3, 4)), ('a,b\n1,2\n3,""', (3, None))],
)
def test_a_last_row_without_a_line_end(read, text, last):
    assert read(text).frame.rows() == [(1, 2), last]


def test_an_open_quote_over_a_long_file_is_named(read):
    with pytest.raises(TableError, match="has a quote that opens in line 2 and is never closed"):
        read('a,b\n"' + "1,2\n" * 300_000)


PIECES = ["a", "1", ",", "\n", '"', "\r", "\r\n", " ", "1,2\n", '"b,\nc"', ";", "\t", "é"]


def by_the_csv_module(text, width):
    rows = list(csv.reader(io.StringIO(text, newline="")))[1:]
    if width == 1:
        rows = [row or [""] for row in rows]
        while rows and rows[-1] == [""]:
            rows.pop()
        return rows
    return [row for row in rows if row and not (len(row) == 1 and row[0] and not row[0].strip())]


def tidy(rows):
    return [[(cell or "").replace("\r\n", "\n").replace("\r", "\n") for cell in row] for row in rows]


def test_what_is_read_is_what_the_csv_module_reads(read):
    """Whatever stands in a file: each row and cell is read as Python's csv module does, or it is refused."""
    chance, read_alike, tried = random.Random(0), 0, examples(400)
    for _ in range(tried):
        names = ["first", "second", "third"][: chance.choice((1, 2, 2, 3))]
        body = "".join(chance.choice(PIECES) for _ in range(chance.randrange(1, 14)))
        text = ",".join(names) + "\n" + body + chance.choice(("", "\n", "\r\n"))
        try:
            frame, form = read(text, names)
        except TableError:
            continue
        if form.separator != "," or form.above:
            continue
        got = tidy(frame.rows())
        while len(names) == 1 and got and got[-1] == [""]:
            got.pop()
        assert got == tidy(by_the_csv_module(text, len(names))), text
        read_alike += 1
    assert read_alike >= 30 * tried // 400


@pytest.mark.slow
def test_blanks_of_any_length_cost_no_time(read):
    assert read("a,b\n1,2\n" + "\n" * 8_000_000).frame.rows() == [(1, 2)]
    with pytest.raises(TableError, match="has a row behind line 2 that cannot be read"):
        read("a,b\n1,2\n" + " " * 8_000_000 + "\n")
