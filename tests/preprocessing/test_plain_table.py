"""Reading: every make of table gives the same columns, and what is no table is refused."""

import datetime
import decimal

import numpy as np
import pytest
from later import later

from forpass.errors import TableError
from forpass.preprocessing import read_columns
from forpass.preprocessing.series import columns_of_frame

pd = later("pandas")
pl = later("polars")

NAN = float("nan")
MIXED = {
    "whole": [3, 1, 2],
    "gaps": [1, None, 3],
    "real": [0.5, None, -2.25],
    "yes": [True, False, True],
    "maybe": [True, None, False],
    "text": ["a", None, 'ü, "b"'],
    "when": [datetime.datetime(1970, 1, 2, 12), None, datetime.datetime(1969, 12, 31)],
    "day": [datetime.date(2000, 1, 1), None, datetime.date(1970, 1, 2)],
    "money": [decimal.Decimal("1.5"), None, decimal.Decimal(2)],
    "nothing": [None, None, None],
}


def _records(columns):
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


# kind and values of each; NumPy and pandas keep whole numbers with gaps as floats
EXPECTED = {
    "whole": ("integer", [3, 1, 2]),
    "gaps": ("integer", [1.0, NAN, 3.0]),
    "real": ("float", [0.5, NAN, -2.25]),
    "yes": ("boolean", [True, False, True]),
    "maybe": ("boolean", [1.0, NAN, 0.0]),
    "text": ("text", ["a", None, 'ü, "b"']),
    "when": ("date", [1.5, NAN, -1.0]),
    "day": ("date", [10957.0, NAN, 1.0]),
    "money": ("float", [1.5, NAN, 2.0]),
    "nothing": ("text", [None, None, None]),
}
MAKES = {
    "dict": lambda: MIXED,
    "polars": lambda: pl.DataFrame(MIXED),
    "pyarrow": lambda: pl.DataFrame(MIXED).to_arrow(),
    "pandas": lambda: pd.DataFrame(MIXED),
    "pandas nullable": lambda: pd.DataFrame(MIXED).convert_dtypes(),
    "pandas on arrow": lambda: pl.DataFrame(MIXED).to_pandas(use_pyarrow_extension_array=True),
    "dict of arrays": lambda: {name: pd.DataFrame(MIXED)[name].to_numpy() for name in MIXED},
    "dict of series": lambda: dict(zip(MIXED, pl.DataFrame(MIXED).iter_columns(), strict=True)),
}


@pytest.mark.parametrize("kind", ["str", "object", "string[python]", "string[pyarrow]"])
@pytest.mark.parametrize(
    "cells",
    [
        ["b", "a", None, "b", " a ", "NA", "", "  ", "?", "NA", "c"],
        [None, "a"],
        ["NA", " NA ", "?"],
        [None, None],
        ["", "a"],
    ],
)
def test_text_of_pandas_is_what_the_same_cells_are_in_a_list(kind, cells):
    expected = read_columns({"c": cells}).columns["c"]
    series = pd.Series(cells, dtype=kind)
    for given in (pd.DataFrame({"c": series}), {"c": series}, pd.DataFrame({"n": 1, "c": series})):
        column = read_columns(given).columns["c"]
        assert (column.kind, column.words, list(column.gaps)) == ("text", expected.words, expected.gaps)
        assert column.values.dtype == np.int32 and column.values.tolist() == expected.values.tolist()


@pytest.mark.parametrize("make", MAKES)
def test_every_make_of_table_gives_the_same_columns(make):
    table = read_columns(MAKES[make]())
    assert table.names == tuple(MIXED)
    assert len(table) == 3
    for name, (kind, values) in EXPECTED.items():
        column = table.columns[name]
        if (make, name) in {("pandas", "gaps"), ("dict of arrays", "gaps")}:
            kind = "float"
        assert column.kind == kind, name
        if kind == "text":
            assert column.cells() == values and column.values.dtype == np.int32
        else:
            np.testing.assert_array_equal(
                column.values, np.array(values, dtype=column.values.dtype), err_msg=name
            )
        assert column.is_text == (kind == "text")


POLARS = {
    "Int8": [1, -2, 3],
    "Int64": [2**62, 0, -5],
    "UInt64": [2**63 + 1, 0, 7],
    "Int128": [1, 2, 3],
    "Float32": [0.1, None, 3.0],
    "Float64": [0.1, float("nan"), None],
    "Boolean": [True, False, True],
    "String": [" a", "a", "NA"],
    "Date": [datetime.date(2020, 1, 2), None, datetime.date(2021, 1, 1)],
    "Categorical": ["a", "b", "a"],
    "Null": [None, None, None],
}


@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("kind", POLARS)
def test_a_column_of_polars_is_what_narwhals_makes_of_it(kind, gaps):
    values = [*POLARS[kind], *([None] if gaps else [])]
    frame = pl.DataFrame({"c": pl.Series(values, dtype=getattr(pl, kind), strict=False)})
    frame = pl.concat([frame, frame], rechunk=False)
    direct, wanted = read_columns(frame).columns["c"], dict(columns_of_frame(frame))["c"]()
    assert (direct.kind, direct.words, direct.gaps) == (wanted.kind, wanted.words, wanted.gaps)
    assert direct.values.dtype == wanted.values.dtype
    np.testing.assert_array_equal(direct.values, wanted.values)


@pytest.mark.parametrize("make", [dict, later("pandas", "DataFrame"), later("polars", "DataFrame"), _records])
def test_only_some_columns_are_read_where_all_of_them_are_there(make):
    frame = make({"a": [1, 2], "b": [3, 4], "c": ["x", "y"]})
    assert read_columns(frame, only=["c", "a"]).names == ("a", "c")
    assert read_columns(frame, only=["c", "d"]).names == ("a", "b", "c")


def test_an_array_has_columns_called_x():
    array = np.array([[1, 2], [3, 4]], dtype=np.uint8)
    table = read_columns(array)
    assert table.names == ("x0", "x1")
    assert table.columns["x1"].kind == "integer" and table.columns["x1"].values.tolist() == [2, 4]
    assert read_columns(np.array([["a", 1], ["b", 2]], dtype=object)).columns["x1"].kind == "integer"
    assert read_columns(np.array([["a"], ["b"]])).columns["x0"].cells() == ["a", "b"]


def test_declared_categories_stay_categories_even_of_numbers():
    frame = pd.DataFrame({"zip": pd.Categorical([10115, None, 80331])})
    column = read_columns(frame).columns["zip"]
    assert (column.kind, column.cells()) == ("category", [10115, None, 80331])
    column = read_columns(pl.DataFrame({"c": pl.Series(["b", None], dtype=pl.Categorical)})).columns["c"]
    assert (column.kind, column.cells()) == ("category", ["b", None])


def test_columns_of_mixed_things_become_text():
    assert read_columns({"m": [1, "a", None]}).columns["m"].cells() == ["1", "a", None]
    assert read_columns(pd.DataFrame({"m": [1, "a", None]})).columns["m"].cells() == ["1", "a", None]


def test_times_with_a_zone_are_taken_at_their_instant():
    zone = datetime.timezone(datetime.timedelta(hours=6))
    when = datetime.datetime(1970, 1, 1, 6, tzinfo=zone)
    assert read_columns({"t": [when]}).columns["t"].values.tolist() == [0.0]
    assert read_columns(pd.DataFrame({"t": pd.Series([when])})).columns["t"].values.tolist() == [0.0]
    spans = read_columns({"d": np.array([36, 0], dtype="timedelta64[h]")}).columns["d"]
    assert (spans.kind, spans.values.tolist()) == ("float", [1.5, 0.0])
    assert read_columns(pl.DataFrame({"d": [datetime.timedelta(hours=36)]})).columns["d"].values.tolist() == [
        1.5
    ]


@pytest.mark.parametrize(
    "make",
    [
        lambda: [2**70, 1],
        lambda: pl.Series([2**70, 1], dtype=pl.Int128),
        lambda: [2**53 + 1, None],
        lambda: pl.Series([2**53 + 1, None]),
        lambda: pd.Series([-(2**53) - 1, None], dtype="Int64"),
    ],
)
def test_no_digit_of_a_huge_whole_number_is_lost(make):
    values = make()
    column = read_columns({"x": values}).columns["x"]
    assert column.kind == "text"
    assert [None if cell is None else int(cell) for cell in column.cells()] == [
        None if pd.isna(v) else int(v) for v in values
    ]


def test_whole_numbers_of_64_bits_stay_numbers():
    for values in ([2**63 - 1, -(2**63)], pl.Series([2**63 - 1, -(2**63)])):
        column = read_columns({"x": values}).columns["x"]
        assert (column.kind, column.values.tolist()) == ("integer", [2**63 - 1, -(2**63)])
    assert read_columns({"x": [2**53, None]}).columns["x"].values.tolist()[0] == 2.0**53


def test_rows_are_taken_in_the_order_asked_for():
    table = read_columns(MIXED).take([2, 0])
    assert table.columns["whole"].values.tolist() == [2, 3]
    assert table.columns["text"].cells() == ['ü, "b"', "a"]


@pytest.mark.parametrize(
    ("frame", "wanted"),
    [
        (lambda: pd.DataFrame([[1, 2]], columns=["a", "a"]), "two columns are called 'a'"),
        (lambda: pd.DataFrame([[1, 2]], columns=["1", 1]), "two columns are called '1'"),
        (lambda: pd.DataFrame({"a": []}), "has no rows, only the column names a"),
        (later("polars", "DataFrame"), "has no columns"),
        ({}, "has no columns"),
        ({"a": [1, 2], "b": [1]}, "column 'b' has 1 row where 'a' has 2"),
        ({"a": "text"}, "column 'a' is a str"),
        ({"a": np.zeros(())}, r"column 'a' has shape \(\)"),
        (np.zeros(3), r"an array of shape \(3,\) is no table"),
        (lambda: pl.DataFrame({"a": [1]}).lazy(), "LazyFrame is no table; collect it first"),
        ([[1, 2]], "a list is no table; give a DataFrame"),
        (7, "an? int is no table"),
    ],
)
def test_what_is_no_table_is_refused(frame, wanted):
    with pytest.raises(TableError, match=wanted):
        read_columns(frame() if callable(frame) else frame)


def test_a_missing_column_offers_the_nearest():
    table = read_columns({"income": [1], "age": [2], "sex": [3]})
    with pytest.raises(TableError, match=r"no target column 'incme'; .*instance 'income'"):
        table.column("incme", "target column")
    with pytest.raises(TableError, match=r"among its 3 columns, for instance 'income', 'age', 'sex'"):
        table.column("zzzzz")
