"""Separated text: what separates, what is a number, and what stays text."""

import pytest
from later import later

from forpass.datasets import cells, portions, read_table, read_table_file
from forpass.errors import ForpassWarning, TableError
from forpass.preprocessing import Preprocessing

pl = later("polars")


def in_pieces_of(monkeypatch, size):
    """Have files read in portions of so many bytes, and columns looked at in stacks of so many cells."""
    for module, name in ((portions, "FIRST"), (portions, "SIZE"), (cells, "STACK")):
        monkeypatch.setattr(module, name, size)


@pytest.fixture
def read(tmp_path):
    def reading(text, as_text=(), decimal_comma=False):
        path = tmp_path / "table.csv"
        path.write_text(text, encoding="utf-8", newline="")
        return read_table_file(path, as_text, decimal_comma)

    return reading


@pytest.mark.parametrize(
    ("text", "separator", "columns"),
    [
        ("a;b\n1,5;2,5\n", ";", ["a", "b"]),
        ("Länge, cm;Breite, cm;y\n1,5;2,5;3\n", ";", ["Länge, cm", "Breite, cm", "y"]),
        ('"a;b";"c,d,e,f"\n1;2\n', ";", ["a;b", "c,d,e,f"]),
        ("size; length,c\n1,2\n3,4\n", ",", ["size; length", "c"]),
        ("a\tb, c; d | e\n1\tx, y\n", "\t", ["a", "b, c; d | e"]),
        ("a|b|c, d\n1|2|3\n", "|", ["a", "b", "c, d"]),
        ('"text"\n"a, b"\n"c; d; e"\n', ",", ["text"]),
        ("text\na; b\nc d\n", ",", ["text"]),
        ("x\n1\n2\n", ",", ["x"]),
        ('a;b\n"two\nlines; and, more";2\n3;4\n', ";", ["a", "b"]),
        ("\n\na;b\n1;2\n", ";", ["a", "b"]),
        ("a;b;c\n1;2;3\n" * 2 + "x,y\n", ";", None),
    ],
)
def test_the_separator_is_that_of_the_rows_and_not_only_of_the_header(read, text, separator, columns):
    if columns is None:
        with pytest.raises(Exception, match="separator: semicolon"):
            read(text)
        return
    frame, form = read(text)
    assert form.separator == separator and frame.columns == columns


@pytest.mark.parametrize(
    ("cells", "wanted"),
    [
        (["1", "-2", "+3", " 4 ", ""], [1, -2, 3, 4, None]),
        (["1", "2.5", "1e3", ".5", "5.", "NaN"], [1.0, 2.5, 1000.0, 0.5, 5.0, None]),
        (["1", "?", "NA"], [1, None, None]),
        (["1", "99999999999999999999"], ["1", "99999999999999999999"]),  # a float would lose digits
        (["9007199254740993", "1.5"], ["9007199254740993", "1.5"]),
        (["9007199254740993", "1"], [9007199254740993, 1]),
        (["123456789012345678.5", "1e300"], [123456789012345678.5, 1e300]),
        (["9007199254740993.0", "1"], ["9007199254740993.0", "1"]),  # as floats these would be
        (["9007199254740993.", "9007199254740992."], ["9007199254740993.", "9007199254740992."]),  # equal
        (["9007199254740994.0", "1.5", "1" + "0" * 22 + ".0"], [9007199254740994.0, 1.5, 1e22]),
        (["true", "FALSE", "NA", ""], [True, False, None, None]),
        (["true", "1"], ["true", "1"]),
        (["02", "A3"], ["02", "A3"]),
        (["1_000", "2"], ["1_000", "2"]),
        (["?", "NA", ""], ["?", "NA", None]),
        (["1,5", "2"], ["1,5", "2"]),
    ],
)
def test_a_column_is_what_all_of_its_cells_are(read, cells, wanted):
    for further in (0, 70_000):  # more rows than are looked at first: the first ones leave it open
        text = "x,y\n" + ",0\n" * further + "".join(f'"{c}",0\n' if "," in c else f"{c},0\n" for c in cells)
        column = read(text).frame["x"][further:]
        assert (
            column.fill_nan(None).to_list() == wanted
            if column.dtype == pl.Float64
            else column.to_list() == wanted
        )


@pytest.mark.parametrize(
    ("cells", "wanted"),
    [
        (["1,5", "-0,25", "3", "", "NA"], [1.5, -0.25, 3.0, None, None]),
        (["1.234,5", "12", "1.234.567,25"], [1234.5, 12.0, 1234567.25]),
        ([",5", "5,", "1,5e3"], [0.5, 5.0, 1500.0]),
        (["1,234", "0,567"], [1.234, 0.567]),
        (["1,234", "5,678"], ["1,234", "5,678"]),  # thousands in English, or a decimal comma: nobody knows
        (["1,234,567", "1,5"], ["1,234,567", "1,5"]),
        (["1,5", "2.5"], ["1,5", "2.5"]),
        (["1.23,5", "1,5"], ["1.23,5", "1,5"]),
        (["1,5", "1,5 kg"], ["1,5", "1,5 kg"]),
        (["1.5", "2.25"], [1.5, 2.25]),
        (["1.234", "2.345"], [1.234, 2.345]),
        (["9007199254740993,0", "1,5"], ["9007199254740993,0", "1,5"]),
        (["9.007.199.254.740.993", "1,5"], ["9.007.199.254.740.993", "1,5"]),
        (["\u22129.007.199.254.740.994,0", "1,5"], [-9007199254740994.0, 1.5]),
        (["1,5", "-", "3", "\u2013", "-0,25"], [1.5, None, 3.0, None, -0.25]),
        (["1,234", "-"], ["1,234", "-"]),
        (["1,5", "-", "a"], ["1,5", "-", "a"]),
        (["-", "--"], ["-", "--"]),
    ],
)
@pytest.mark.parametrize("separator", ";\t|")
def test_a_decimal_comma_is_found_where_every_number_has_it(read, separator, cells, wanted):
    text = f"x{separator}y\n" + "".join(f"{cell}{separator}a\n" for cell in cells)
    frame, form = read(text)
    assert frame["x"].to_list() == wanted
    assert form.decimal_comma == (
        ("x",) if any("," in c for c in cells) and frame["x"].dtype == pl.Float64 else ()
    )
    assert ("decimal comma" in str(form)) == bool(form.decimal_comma)
    assert read(text, as_text=["x"]).frame["x"].to_list() == [c or None for c in cells]


def test_one_column_proves_the_decimal_comma_of_the_others(read):
    frame, form = read("a;b;c;d\n1,5;1,234;1.234;0.5\n2;2,345;999;1.25\n")
    assert frame.row(0) == (1.5, 1.234, 1234.0, 0.5)
    assert form.decimal_comma == ("a", "b", "c")


def test_a_dash_is_a_missing_number_where_the_file_has_decimal_commas(read):
    frame, form = read("a;b;c;d;e;f\n1,5;-;1.234;0.5;1;-\n-;2,345;-;-;-;-\n")
    assert frame.rows() == [(1.5, None, 1234.0, "0.5", "1", "-"), (None, 2.345, None, "-", "-", "-")]
    assert form.decimal_comma == ("a", "b", "c")


def test_a_dash_far_below_is_a_missing_number_too(read):
    frame, form = read("x;y\n" + "1,5;2\n" * 600_000 + "-;-\n")
    assert frame.row(-1) == (None, "-") and frame["x"].null_count() == 1 and form.decimal_comma == ("x",)


def test_a_decimal_comma_may_be_known(read):
    text = "a;b;c\n1,234;1.234;0.5\n2,345;999;1.25\n"
    assert read(text).frame.row(0) == ("1,234", 1.234, 0.5)
    frame, form = read(text, decimal_comma=True)
    assert frame.row(0) == (1.234, 1234.0, 0.5) and form.decimal_comma == ("a", "b")
    assert read('a,b\n"1,5",2.5\n', decimal_comma=True).frame.row(0) == ("1,5", 2.5)


def test_the_comma_is_never_a_decimal_comma_where_it_separates(read):
    frame, form = read('x,y\n"1,5",a\n"2,5",b\n')
    assert frame["x"].to_list() == ["1,5", "2,5"] and not form.assumed


def test_text_keeps_its_blanks_and_has_plain_line_ends(read):
    frame = read('a,b\r\n x ,"two\r\nlines"\r\n"",u\u2028v\x85w\r\n').frame
    assert frame.rows() == [(" x ", "two\nlines"), ("", "u\u2028v\x85w")]


def test_names_that_polars_would_take_for_patterns_or_quotes(read):
    frame = read('^.*$,"a ""b""","two\nlines"\n1,x,2.5\n').frame
    assert frame.to_dict(as_series=False) == {"^.*$": [1], 'a "b"': ["x"], "two\nlines": [2.5]}


@pytest.mark.slow
def test_small_and_large_files_are_read_alike(tmp_path, monkeypatch):
    rows = [f"{i};{i / 8};{'true' if i % 2 else 'false'};w{i % 9};{i % 7},5\n" for i in range(3000)]
    (tmp_path / "t.csv").write_text("i;f;b;t;c\n" + "".join(rows))
    at_once = read_table(tmp_path / "t.csv")
    in_pieces_of(monkeypatch, 2000)
    in_pieces = read_table(tmp_path / "t.csv")
    assert at_once.equals(in_pieces) and at_once.schema == in_pieces.schema
    assert at_once.dtypes == [pl.Int64, pl.Float64, pl.Boolean, pl.String, pl.Float64]


@pytest.mark.parametrize("mark", [";", ",", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_line_for_excel_says_what_separates(read, mark, end):
    frame, form = read(f"SEP={mark}{end}a{mark}b{end}1{mark}2{end}")
    assert frame.to_dict(as_series=False) == {"a": [1], "b": [2]}
    assert form.separator == mark and form.above == () and not form.assumed


def test_a_line_for_excel_that_says_something_strange_is_refused(read):
    with pytest.raises(TableError, match="begins with a line for Excel"):
        read("sep=^\na^b\n1^2\n")


def test_whole_numbers_with_zeros_in_front_are_told(read):
    frame, form = read("zip,month,x,y,z\n01234,01,0.5,007a,NA\n99999, 12,001.5,5,005\n")
    assert frame.row(0) == (1234, 1, 0.5, "007a", None) and form.leading_zeros == ("zip", "z")
    assert read("zip,b\n01234,1\n", as_text=["zip"]).form.leading_zeros == ()
    assert read("a;b\n100;000\n0;1\n").form.leading_zeros == ("b",)


def test_a_single_zero_in_front_far_down_is_told(tmp_path, monkeypatch):
    in_pieces_of(monkeypatch, 400)
    (tmp_path / "t.csv").write_text("a,b\n" + "".join(f"{i},{i}\n" for i in range(3000)) + "0042,3.5\n")
    assert read_table_file(tmp_path / "t.csv").form.leading_zeros == ("a",)


@pytest.mark.slow
def test_thousands_of_columns(read):
    names = [f"c{i}" for i in range(3000)]
    frame = read(";".join(names) + "\n" + ";".join("1,5" for _ in names) + "\n").frame
    assert frame.columns == names and set(frame.row(0)) == {1.5}


@pytest.mark.parametrize(
    ("cells", "wanted"),
    [
        (["1E2", "10E1", "12"], ["1E2", "10E1", "12"]),
        (["1e2", "", "NA"], ["1e2", None, "NA"]),
        (["1E2", "0.5", "12"], [100.0, 0.5, 12.0]),
        (["1E2", "-12", ""], [100.0, -12.0, None]),
        (["1e+2", "5", "?"], [100.0, 5.0, None]),
        (["12345678901234567890", "12345678901234567891"], ["12345678901234567890", "12345678901234567891"]),
    ],
)
@pytest.mark.parametrize("separator", [",", ";"])
def test_codes_that_could_be_numbers_stay_text(read, separator, cells, wanted):
    proof = '"1.5"' if separator == "," else "1,5"
    text = f"a{separator}b\n" + "".join(f"{cell}{separator}{proof}\n" for cell in cells)
    frame = read(text, decimal_comma=separator == ";" and "0.5" not in cells).frame
    assert frame["a"].to_list() == wanted


def test_the_sign_of_mathematics_is_a_minus_before_a_decimal_comma(read):
    frame, form = read("a;b\n\u22121,5;\u22121.234,5\n2,25;7\n")
    assert frame.rows() == [(-1.5, -1234.5), (2.25, 7.0)] and form.decimal_comma == ("a", "b")


def test_codes_of_a_file_become_categories_and_its_minus_signs_numbers(read):
    rows = "".join(f"{code},\u2212{i},{i % 3}\n" for i, code in enumerate(["1E2", "10E1", "12", "7E0"] * 8))
    frame = read(f"code,x,y\n{rows}").frame
    with pytest.warns(
        ForpassWarning, match="'code' is taken as text; values like '1E2' may be codes or numbers"
    ):
        columns = Preprocessing.learn(frame, "y").columns
    assert [spec.kind for spec in columns] == ["category", "number"]
    assert set(columns[0].values) == {"1E2", "10E1", "12", "7E0"} and columns[1].centre == -15.5
