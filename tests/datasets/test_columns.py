"""Columns of a text file: what answers by itself, and what polars reads, is what asking every cell gives."""

import functools

import numpy as np
import pytest
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from later import later

from forpass.datasets import cells, columns, portions, read_table, read_table_file

pl = later("polars")

NUMBERS = ("1", "-2", "0.5", "1e5", "2.50", "-0", "0", "12", "+3", "1.", ".5", "9007199254740993")
ODD = (
    *("", "NA", "null", "?", " ", " 1", "1 ", "\t1", "007", "-007", "00", "1E2", "inf", "-inf", "nan", "NaN"),
    *("NAN", "0x10", "1_000", "1d", ".", "-", "true", "TRUE", "True", "False", "abc", "1E400", "5e-324"),
    *("\xa01", "2024-01-01", "-9223372036854775808", "9223372036854775808", "12345678901234567890"),
    *("1,5", "-0,25", "1.234,5", "1,234", ",5", "5,", "\u22121,5", "99999999999999999999,5"),
)
SORTS = (("3", "4"), ("0.25", "1.5"), ("1,5", "2"), ("true", "false"), ("a", "b c"), NUMBERS, ODD)
SIZES = ((portions, "FIRST"), (portions, "SIZE"), (cells, "STACK"))


def columns_of_a_sort():
    """Columns of numbers, of words, or of anything; a few of their cells may be of another sort."""
    return st.sampled_from(SORTS).flatmap(
        lambda sort: st.lists(
            st.one_of(*[st.sampled_from(sort)] * 7, st.sampled_from(ODD)), min_size=20, max_size=20
        )
    )


@pytest.mark.slow
@settings(max_examples=examples(200))
@given(
    table=st.lists(columns_of_a_sort(), min_size=1, max_size=4),
    separator=st.sampled_from(",;"),
    line_end=st.sampled_from(["\n", "\r\n"]),
    quoted=st.booleans(),
    decimal_comma=st.booleans(),
    missing=st.sampled_from([None, ("0", "abc", "-2")]),
    sizes=st.tuples(*[st.integers(1, 80)] * 3),
)
def test_few_cells_asked_give_what_asking_all_gives(
    tmp_path_factory, table, separator, line_end, quoted, decimal_comma, missing, sizes
):
    path = tmp_path_factory.mktemp("tables") / "table.csv"
    rows = [[f"c{j}" for j in range(len(table) + 1)], *zip(*table, ["w"] * 20, strict=True)]
    quotes = [[f'"{cell}"' if quoted or separator in cell else cell for cell in row] for row in rows]
    path.write_text("".join(separator.join(row) + line_end for row in quotes), encoding="utf-8", newline="")
    read = functools.partial(read_table_file, path, decimal_comma=decimal_comma, missing=missing)
    with pytest.MonkeyPatch.context() as patch:
        for module in (cells, columns):
            patch.setattr(module, "PLAINLY", dict.fromkeys(cells.PLAINLY, frozenset()))
        all_asked = read()
    with pytest.MonkeyPatch.context() as patch:
        for (module, name), size in zip(SIZES, sizes, strict=True):
            patch.setattr(module, name, size)
        few_asked = read()
    assert few_asked.form == all_asked.form and few_asked.frame.schema == all_asked.frame.schema
    assert repr(few_asked.frame.rows()) == repr(all_asked.frame.rows())  # of nan and -0.0, too


def test_numbers_are_those_that_python_reads(tmp_path, monkeypatch):
    monkeypatch.setattr(portions, "FIRST", 1000)
    rng = np.random.default_rng(0)
    bits = rng.integers(0, 2**63, 20_000, dtype=np.int64).view(np.float64)
    written = [repr(float(x)) for x in bits[np.abs(bits) < 2**53]]
    digits = ["0." + "".join(map(str, rng.integers(0, 10, n))) for n in rng.integers(1, 60, 5_000)]
    numbers = ["0.5"] * 1000 + written + digits  # polars reads what comes last
    (tmp_path / "t.csv").write_text("x,y\n" + "".join(f"{number},\n" for number in numbers))
    read = read_table(tmp_path / "t.csv")["x"].to_numpy()
    np.testing.assert_array_equal(read.view(np.int64), np.array([*map(float, numbers)]).view(np.int64))


def test_what_polars_refuses_further_down_is_read_as_text_there(tmp_path, monkeypatch):
    monkeypatch.setattr(portions, "FIRST", 200)
    monkeypatch.setattr(portions, "SIZE", 200)
    dtypes = []
    read = portions.Portion.read
    monkeypatch.setattr(
        portions.Portion, "read", lambda *a, **k: dtypes.append((frame := read(*a, **k)).dtypes) or frame
    )
    rows = ["1.5,2.5"] * 200 + ["3.5 ,4.5"] + ["1.5,2.5"] * 200
    (tmp_path / "t.csv").write_text("a,b\n" + "\n".join(rows) + "\n")
    frame = read_table(tmp_path / "t.csv")
    assert frame.dtypes == [pl.Float64] * 2 and frame["a"].sum() == 603.5 and frame["b"].sum() == 1004.5
    both, none, one = [pl.Float64] * 2, [pl.String] * 2, [pl.String, pl.Float64]
    assert [dtypes[0], dtypes[1], dtypes[-1]] == [none, both, one]
    assert dtypes.count(none) == 2 and both not in dtypes[dtypes.index(one) :]


@pytest.mark.parametrize("rows", [["1.5", '"2,5"', "x"], ['"1\n5"', "", "2", '"a""b"'], ["1", "", "", "2"]])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_portions_end_where_rows_end(tmp_path, monkeypatch, rows, line_end):
    path = tmp_path / "t.csv"
    path.write_bytes((line_end.join(["x", *rows]) + line_end).encode())
    whole = read_table(path)
    for size in range(1, 12):
        monkeypatch.setattr(portions, "FIRST", size)
        monkeypatch.setattr(portions, "SIZE", size)
        assert read_table(path).equals(whole)
