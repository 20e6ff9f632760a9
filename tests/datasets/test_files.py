"""Files: what is read, and the one sentence for each thing that can be wrong with a file."""

import builtins
import contextlib
import errno
import functools
import gzip
import os
import random
import subprocess
import sys
import tempfile

import pytest
from later import later

from forpass.datasets import TableForm, read_table, read_table_file
from forpass.errors import TableError

pl = later("polars")

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
        ("t.csv", "a,b\n1,2\n3\n4,5\n", "has 1 field in line 3 where the header has 2 (separator: comma)"),
        ("t.csv", "a,b\n1,2\n3,4,5\n", "has 3 fields in line 3 where the header has 2"),
        ("t.csv", "a;b\n1;2\n\n3\n", "has 1 field in line 4 where the header has 2 (separator: semicolon)"),
        ("t.csv", "a,b\n1,2\n3,4,", "has 3 fields in line 3 where the header has 2"),
        ("t.csv", "a,b\n1,2\r3\n", "has 1 field in line 3 where the header has 2"),
        ("t.csv", 'a,b\n"x";"y,z"\n', "has a quote in line 2 that does not begin or end a field"),
        ("t.csv", 'a,b\n1,2\n3,"x', "has a quote that opens in line 3 and is never closed; close it, or"),
        ("t.csv", 'a,b\n"x\ny",2\n3\n', "has 1 field in line 4"),
        ("t.csv", "\n\na,b\n1,2\n3\n", "has 1 field in line 5"),
        ("t.csv", "a,b\r1,2\r3\r", "has 1 field in line 3"),
        ("t.csv", 'a,b\r\n"x\r\ny",2\r\n3\r\n', "has 1 field in line 4"),
        ("t.csv", "a,b\n1,2\n3\n".encode("utf-16"), "has 1 field in line 3"),
        ("t.csv", 'a,b\n1,2\n"x,2\n3,4\n', "has a quote that opens in line 3 and is never closed"),
        ("t.csv", 'a,b\n1,2\n"x""y","z\n3,4\n', "has a quote that opens in line 3 and is never closed"),
        ("t.csv", 'a,b\n"x\ny",2\n"z\nu","v\n3,4\n', "has a quote that opens in line 5 and is never closed"),
        ("t.csv", 'a,b\n1,"x\n3,4\n"5",6\n', "opens in line 2 and is not closed before the one in line 4"),
        ("t.csv", 'a,b\n1,2\n5" pipe,2\n', "has a quote in line 3 that does not begin or end a field"),
        ("t.csv", 'a,b\n1,2\n"x"y,2\n', "has a quote in line 3 that does not begin or end a field"),
        ("t.csv", '"a,b\n' + "1,2\n" * 50000, "has a header line that cannot be read"),
        ("t.csv", "a,b,a\n1,2,3\n", "names the columns 1 and 3 both 'a'"),
        (
            "t.csv.gz",
            b"a,b\n1,2\n",
            "is not a gzip file; if it is not compressed, take .gz off its name",
        ),
        ("t.csv.gz", packed(b"\n\n"), "blank lines"),
        ("t.csv.gz", packed(GOOD.encode()) + b"rubbish", "is not a whole gzip file"),
        ("t.csv.gz", packed(GOOD.encode() * 99)[:-20], "is not a whole gzip file"),
        ("t.csv.gz", packed(b""), "is empty"),
        ("t.parquet", b"PAR1 this is none PAR1", "is no whole Parquet file"),
        ("t.parquet", b"", "is empty"),
        ("t.parquet", GOOD, "is no Parquet file; if it is separated text, give its name the ending .csv"),
        ("t.parquet", packed(GOOD.encode()), "looks like a gzip file, not like Parquet"),
        ("t.xls", b"x", "has the ending '.xls'; files that can be read end in .csv, .tsv, .txt, .json, "),
        ("t.xlsx", b"x", "is no Excel workbook"),
        ("t.arrow", b"x", "is no Arrow file"),
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


def test_a_file_tells_how_it_is_written(tmp_path):
    _, form = read_table_file(write(tmp_path, "t.csv", GOOD))
    assert form == TableForm("text", "UTF-8", ",") and not form.assumed
    korean = "이름;키\n철수;175,5\n영희;162\n".encode("cp949")
    frame, form = read_table_file(write(tmp_path, "k.csv.gz", packed(korean)))
    assert frame.to_dict(as_series=False) == {"이름": ["철수", "영희"], "키": [175.5, 162.0]}
    assert form == TableForm("text", "CP949", ";", ("키",)) and form.assumed
    assert str(form) == "CP949, separated by semicolons, decimal comma"
    frame.write_parquet(tmp_path / "k.parquet")
    again, form = read_table_file(tmp_path / "k.parquet")
    assert again.equals(frame) and str(form) == "Parquet" and not form.assumed


def test_names_of_files_are_no_patterns(tmp_path):
    write(tmp_path, "tab.csv", "other,columns\n1,2\n")
    path = write(tmp_path, "t[ab]*.csv", GOOD)
    assert read_table(path).columns == ["name", "size"]
    read_table(path).write_parquet(tmp_path / "t[ab]*.parquet")
    assert read_table(tmp_path / "t[ab]*.parquet").columns == ["name", "size"]


def test_nothing_is_left_in_the_folder_for_temporary_files(tmp_path, monkeypatch):
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    for name, content in (("t.csv.gz", packed(GOOD.encode("utf-16"))), ("u.csv.gz", packed(b"a,b\n1\n"))):
        with contextlib.suppress(TableError):
            read_table(write(tmp_path, name, content))
        assert list(place.iterdir()) == []


def test_a_plain_file_needs_no_room_for_temporary_files(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    assert read_table(write(tmp_path, "t.csv", GOOD)).height == 2
    assert "which the variable TMPDIR names" in refusal(write(tmp_path, "u.csv.gz", packed(GOOD.encode())))


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    path = write(tmp_path, "t.csv", GOOD)

    def forbidden(self, *_, **__):
        raise PermissionError(errno.EACCES, "Permission denied", str(self))

    monkeypatch.setattr(type(path), "open", forbidden)
    assert "cannot be read (Permission denied); check who may read it" in refusal(path)


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="this system has no /proc")
def test_memory_holds_little_more_than_the_frame(tmp_path):
    """Six times as many rows need no more than three times what their numbers take as float64."""
    rows = b"1.5,2.25,3.125,4.0625,5.5,6.75,7.875,8.125\n" * 100_000
    peaks = []
    for repeats in (4, 24):
        path = write(tmp_path, "t.csv", b"a,b,c,d,e,f,g,h\n" + rows * repeats)
        ran = subprocess.run([sys.executable, "-c", PEAK, path], capture_output=True, check=True)
        peaks.append(int(ran.stdout) * 1024)
    assert peaks[1] - peaks[0] < 3 * (24 - 4) * 100_000 * 8 * 8


PEAK = """
import sys
from forpass.datasets import read_table
frame = read_table(sys.argv[1])
print(open("/proc/self/status").read().partition("VmHWM:")[2].split()[0])
"""

PIECES = {
    "t.csv": b"name,size,city\n" + b"".join(b"n%d,%d.5,\xec\x84\x9c\n" % (i, i) for i in range(60)),
    "u.csv": "이름,크기\n".encode("cp949") + b"".join(b"\xb0\xa1,%d\n" % i for i in range(60)),
    "w.csv": "name;größe\n".encode("utf-16") + "ä;1,5\n".encode("utf-16-le") * 40,
}  # fmt: skip


def damaged(kind, seed, folder):
    """Write a small file, cut off or with some bytes changed at random."""
    chance = random.Random(seed)
    name = chance.choice(list(PIECES))
    content = bytearray(PIECES[name])
    if kind == "gzip":
        content, name = bytearray(packed(bytes(content))), name + ".gz"
    elif kind == "parquet":
        frame = pl.DataFrame({"x": range(300), "y": [f"text {i % 7}" for i in range(300)]})
        frame.write_parquet(folder / "t.parquet")
        content, name = bytearray((folder / "t.parquet").read_bytes()), "t.parquet"
    if chance.random() < 0.4:
        del content[chance.randrange(len(content)) :]
    for _ in range(chance.choice((0, 1, 1, 3, 20))):
        if content:
            content[chance.randrange(len(content))] = chance.randrange(256)
    return write(folder, name, bytes(content))


@pytest.mark.parametrize("kind", ["text", "gzip", "parquet"])
def test_a_damaged_file_is_read_or_refused_and_nothing_else(tmp_path, kind):
    refused = []
    for seed in range(60):
        path = damaged(kind, seed, tmp_path)
        try:
            frame = read_table(path)
        except TableError as error:
            refused.append(str(error))
        else:
            assert frame.height and frame.width
    assert 0 < len(refused) < 60
    assert all("\n" not in message and str(tmp_path) in message for message in refused)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (",a\n0,1\n", ["column 1", "a"]),  # as pandas writes its index
        ("a,,c\n1,2,3\n", ["a", "column 2", "c"]),
        ('"a"," "\n0,1\n', ["a", "column 2"]),
    ],
)
def test_a_column_without_a_name_is_called_by_its_place(tmp_path, text, names):
    (tmp_path / "t.csv").write_text(text)
    assert read_table(tmp_path / "t.csv").columns == names
