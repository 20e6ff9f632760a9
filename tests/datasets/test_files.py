"""Files: what is read, and the one sentence for each thing that can be wrong with a file."""

import builtins
import functools
import gzip

import polars as pl
import pytest

from forpass.datasets import read_table
from forpass.errors import TableError

# no date inside, so that the names of tests are the same in every process
packed = functools.partial(gzip.compress, mtime=0)

GOOD = "name,size\na,1\nb,2.5\n"


def write(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refusal(path):
    with pytest.raises(TableError) as caught:
        read_table(path)
    message = str(caught.value)
    assert "\n" not in message
    # no traceback of polars hangs on it
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return message


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv", GOOD),
        ("t.CSV", GOOD),
        ("t.txt", GOOD.replace(",", ";")),
        ("t.tsv", GOOD.replace(",", "\t")),
        ("t.txt", GOOD.replace(",", "|")),
        ("t.csv", GOOD.replace("\n", "\r\n")),
        ("t.csv", GOOD.replace("\n", "\r")),
        ("t.csv", "\ufeff" + GOOD),
        ("t.csv", GOOD + "\n\n"),
        ("t.csv.gz", packed(GOOD.encode())),
        ("t.csv", '"name","size"\n"a","1"\n"b",2.5\n'),
    ],
)
def test_every_way_to_write_a_table_gives_the_same(tmp_path, name, content):
    frame = read_table(write(tmp_path, name, content))
    assert frame.to_dict(as_series=False) == {"name": ["a", "b"], "size": [1.0, 2.5]}


def test_parquet(tmp_path):
    frame = pl.DataFrame({"name": ["a", None], "size": [1, 2]})
    frame.write_parquet(tmp_path / "t.parquet")
    assert read_table(str(tmp_path / "t.parquet")).equals(frame)


def test_quotes_may_hold_separators_lines_and_quotes(tmp_path):
    frame = read_table(write(tmp_path, "t.csv", '"a, b",c\n"x, y",1\n"two\nlines",2\n"a ""quote""",3\n'))
    assert frame.columns == ["a, b", "c"]
    assert frame["a, b"].to_list() == ["x, y", "two\nlines", 'a "quote"']


def test_the_separator_is_looked_for_outside_quotes(tmp_path):
    frame = read_table(write(tmp_path, "t.csv", '"size; length; width",c\n1,2\n'))
    assert frame.columns == ["size; length; width", "c"]


def test_the_type_of_a_column_comes_from_the_whole_file(tmp_path):
    rows = "".join(f"{i}\n" for i in range(5000)) + "12.5\n"
    assert read_table(write(tmp_path, "t.csv", "x\n" + rows))["x"].dtype == pl.Float64


def test_a_single_column_may_have_missing_values_and_several_may_too(tmp_path):
    assert read_table(write(tmp_path, "t.csv", "x\n1\n\n2\n"))["x"].to_list() == [1, None, 2]
    assert read_table(write(tmp_path, "u.csv", "x,y\n1,\n,2\n"))["y"].to_list() == [None, 2]


def test_no_such_file_offers_the_nearest(tmp_path):
    write(tmp_path, "adult.csv", GOOD)
    message = refusal(tmp_path / "adlt.csv")
    assert "'adlt.csv'" in message and "did you mean 'adult.csv'?" in message
    assert "check the path" in refusal(tmp_path / "qqqqqqqq.csv")
    assert "nor a folder" in refusal(tmp_path / "nowhere" / "adult.csv")


@pytest.mark.parametrize(
    ("name", "content", "wanted"),
    [
        ("t.csv", "", "is empty"),
        ("t.csv", "\n\n", "blank lines"),
        ("t.csv", "a,b\n", "has a header (a, b) and no rows"),
        ("t.csv", "a,b", "has a header (a, b) and no rows"),
        ("t.csv", "a,b\n1,2\n3\n4,5\n", "has 1 fields in line 3 where the header has 2 (separator: comma)"),
        ("t.csv", "a,b\n1,2\n3,4,5\n", "has 3 fields in line 3 where the header has 2"),
        (
            "t.csv",
            "a;b\n1;2\n\n3;4\n",
            "has 0 fields in line 3 where the header has 2 (separator: semicolon)",
        ),
        ("t.csv", 'a,b\n"x\ny",2\n3\n', "has 1 fields in line 4"),
        ("t.csv", b"a,b\n1,\xe9t\xe9\n", "holds the byte 0xe9 at offset 6 (line 2), which is no UTF-8"),
        ("t.csv", "a,b\n1,2\n".encode("utf-16"), "is written in UTF-16; save it as UTF-8"),
        ("t.csv", "a,b,a\n1,2,3\n", "names the columns 1 and 3 both 'a'"),
        ("t.csv.gz", b"a,b\n1,2\n", "is no whole gzip file"),
        ("t.csv.gz", packed(GOOD.encode() * 99)[:-20], "is no whole gzip file"),
        ("t.csv.gz", packed(b""), "is empty"),
        ("t.parquet", b"PAR1 this is none PAR1", "is no whole Parquet file"),
        ("t.parquet", b"", "is empty"),
        ("t.xlsx", b"x", "has the ending '.xlsx'; files that can be read end in .csv, .tsv, .txt"),
        ("t", b"x", "has the ending '(none)'"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_in_one_sentence(tmp_path, name, content, wanted):
    assert wanted in refusal(write(tmp_path, name, content))


def test_a_folder_is_no_file(tmp_path):
    assert "is a folder" in refusal(tmp_path)


def test_a_damaged_parquet_file_is_refused(tmp_path):
    path = tmp_path / "t.parquet"
    pl.DataFrame({"x": range(1000)}).write_parquet(path)
    content = path.read_bytes()
    path.write_bytes(content[:50] + b"\xff" * 40 + content[90:])
    assert "is no whole Parquet file" in refusal(path)
    path.write_bytes(content[:200])
    assert "is no whole Parquet file" in refusal(path)


def test_a_parquet_file_without_rows_is_refused(tmp_path):
    pl.DataFrame({"x": pl.Series([], dtype=pl.Int64)}).write_parquet(tmp_path / "t.parquet")
    assert "has a header (x) and no rows" in refusal(tmp_path / "t.parquet")


def test_without_polars_the_message_is_the_line_that_installs_it(tmp_path, monkeypatch):
    path = write(tmp_path, "t.csv", GOOD)
    real = builtins.__import__

    def without(name, *rest, **more):
        if name == "polars":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(TableError, match=r'pip install "forpass\[cli\]"'):
        read_table(path)
