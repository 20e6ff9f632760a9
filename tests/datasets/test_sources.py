"""Sources: open files, names of any bytes, and the bound of what is unpacked."""

import gzip
import io
import os
import zipfile

import pytest
from later import later

from forpass.datasets import MAX_BYTES, read_table, read_table_file
from forpass.errors import TableError

pl = later("polars")

GOOD = b"name,size\na,1\nb,2.5\n"
TABLE = {"name": ["a", "b"], "size": [1.0, 2.5]}


def written(method):
    file = io.BytesIO()
    getattr(pl.DataFrame(TABLE), method)(file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (GOOD, "text"),
        (GOOD.replace(b",", b";"), "text"),
        (gzip.compress(GOOD, mtime=0), "text"),
        (b'{"name": "a", "size": 1}\n{"name": "b", "size": 2.5}\n', "JSON"),
        (gzip.compress(b'[{"name": "a", "size": 1}, {"name": "b", "size": 2.5}]', mtime=0), "JSON"),
        (lambda: written("write_parquet"), "Parquet"),
        (lambda: written("write_ipc"), "Arrow"),
    ],
)
def test_what_an_open_file_holds_is_told_by_how_it_begins(content, kind):
    content = content() if callable(content) else content
    frame, form = read_table_file(io.BytesIO(content))
    assert frame.to_dict(as_series=False) == TABLE and form.kind == kind


def test_arrow_files(tmp_path):
    for name in ("t.arrow", "t.feather"):
        (tmp_path / name).write_bytes(written("write_ipc"))
        assert read_table(tmp_path / name).to_dict(as_series=False) == TABLE


def test_an_open_file_that_cannot_be_read_is_named():
    with pytest.raises(TableError, match="the stream is empty"):
        read_table(io.BytesIO())
    with pytest.raises(TableError, match=r"the stream is open for text .*; open it in binary mode"):
        read_table(io.StringIO("a,b\n1,2\n"))
    with pytest.raises(TableError, match="the stream has 1 field in line 3"):
        read_table(io.BytesIO(b"a,b\n1,2\n3\n"))


@pytest.mark.skipif(os.name == "nt", reason="names of files are text on Windows")
@pytest.mark.parametrize("name", [b"t\xff.csv", b"t\xff.csv.gz", b"t\xff.parquet", b"t\xff.jsonl"])
def test_a_name_may_be_no_utf_8(tmp_path, name):
    path = tmp_path / os.fsdecode(name)
    content = {
        b".csv": GOOD,
        b".gz": gzip.compress(GOOD),
        b".jsonl": b'{"name": "a", "size": 1}\n{"name": "b", "size": 2.5}\n',
        b".parquet": b"",
    }[os.path.splitext(name)[1]]
    try:
        path.write_bytes(content or written("write_parquet"))
    except OSError:
        pytest.skip("this file system takes no such names")
    assert read_table(path).to_dict(as_series=False) == TABLE


def test_names_that_polars_would_take_for_a_home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "~t.csv").write_bytes(GOOD)
    os.mkdir("~")
    (tmp_path / "~" / "t.csv").write_bytes(GOOD)
    for name in ("~t.csv", "~/t.csv"):
        assert read_table(name).to_dict(as_series=False) == TABLE


def bomb(kind, folder):
    path = folder / f"t.{kind}"
    if kind == "csv.gz":
        path.write_bytes(gzip.compress(b"a,b\n" + b"1,2\n" * 500_000))
    elif kind == "jsonl.gz":
        path.write_bytes(gzip.compress(b'{"a": 1}\n' * 200_000))
    elif kind == "parquet":
        pl.select(pl.repeat(0, 2_000_000, eager=True)).write_parquet(path)
    else:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("[Content_Types].xml", "")
            archive.writestr("xl/worksheets/sheet1.xml", bytes(2_000_000))
    return path


@pytest.mark.parametrize("kind", ["csv.gz", "jsonl.gz", "parquet", "xlsx"])
def test_what_explodes_is_refused_before_it_does(tmp_path, kind):
    if kind == "xlsx":
        pytest.importorskip("openpyxl", reason="openpyxl is not installed")
    path = bomb(kind, tmp_path)
    assert path.stat().st_size < 100_000
    with pytest.raises(TableError, match=r"max_bytes \(--max-bytes\) is 1,000,000; .*allow more bytes"):
        read_table(path, max_bytes=1_000_000)
    if kind != "xlsx":
        assert read_table(path).height


def test_a_stream_has_the_same_bound():
    with pytest.raises(TableError, match="holds more than 10 bytes, and max_bytes"):
        read_table(io.BytesIO(GOOD), max_bytes=10)
    assert MAX_BYTES == 4 * 1024**3
