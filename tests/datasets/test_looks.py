"""Files that are something else: each is named, with what to do about it."""

import io
import json
import pickle
import sqlite3
import tarfile
import zipfile

import numpy as np
import pytest
from later import later
from safetensors.numpy import save

from forpass.datasets import read_table
from forpass.errors import TableError

pl = later("polars")


def zipped(*names):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, "content")
    return file.getvalue()


def tarred():
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("table.csv"))
    return file.getvalue()


def in_memory(write):
    file = io.BytesIO()
    write(file)
    return file.getvalue()


def frame():
    return pl.DataFrame({"x": [1, 2], "y": ["a", "b"]})


SOMETHING_ELSE = {
    "an Excel workbook": zipped("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml"),
    "a zip archive": zipped("table.csv"),
    "an old Excel workbook": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
    "a tar archive": tarred(),
    "a compressed file": b"BZh91AY&SY" + bytes(range(40)),
    "a gzip file": b"\x1f\x8b\x08" + bytes(20),
    "a Parquet file": lambda: in_memory(frame().write_parquet),
    "an Arrow": lambda: in_memory(frame().write_ipc),
    "a model file": save({"x": np.zeros(3)}, metadata={"forpass": "{}"}),
    "an array of NumPy": in_memory(lambda file: np.save(file, np.zeros(3))),
    "a pickle": pickle.dumps([1, 2]),
    "a database": b"SQLite format 3\x00" + bytes(84),
    "a PDF": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(16),
    "a web page": b"\n<!DOCTYPE html>\n<html><body>404</body></html>\n",
    "XML": b'<?xml version="1.0"?>\n<rows/>\n',
    "JSON": json.dumps([{"x": 1}, {"x": 2}], indent=1).encode(),
    "ARFF": b"% from UCI\n@RELATION iris\n@ATTRIBUTE x NUMERIC\n@DATA\n1\n",
}


@pytest.mark.parametrize("what", SOMETHING_ELSE)
def test_what_is_no_text_is_named(tmp_path, what):
    path = tmp_path / "table.csv"
    content = SOMETHING_ELSE[what]
    path.write_bytes(content() if callable(content) else content)
    with pytest.raises(TableError, match=rf"looks like {what}.*, not like separated text; \w+"):
        read_table(path)


def test_json_in_its_other_forms(tmp_path):
    for text in ('{"x": [1, 2]}', '{"x": 1}\n{"x": 2}\n', "[[1, 2], [3, 4]]", "[1, 2, 3]", "{\n}"):
        path = tmp_path / "table.csv"
        path.write_text(text)
        with pytest.raises(TableError, match="looks like JSON"):
            read_table(path)


def test_a_file_with_another_ending_is_looked_at_too(tmp_path):
    path = tmp_path / "table.xlsb"
    path.write_bytes(SOMETHING_ELSE["an Excel workbook"])
    with pytest.raises(
        TableError, match=r"looks like an Excel workbook, not like .*; give its name the ending .xlsx"
    ):
        read_table(path)


@pytest.mark.parametrize(
    "header", ["x^2,y", "x^,b", "PAR1,PAR2", "FEA1,FEA2", "[a],[b]", "{a},{b}", "%,b", "MZ,b", "PK,b", "<b,c"]
)
def test_headers_of_tables_are_not_taken_for_something_else(tmp_path, header):
    path = tmp_path / "table.csv"
    path.write_text(f"{header}\n1,2\n")
    assert read_table(path).columns == header.split(",")


def test_a_real_database_begins_as_the_table_of_looks_says(tmp_path):
    path = tmp_path / "table.csv"
    with sqlite3.connect(path) as database:
        database.execute("create table t (x int)")
    database.close()
    assert path.read_bytes().startswith(SOMETHING_ELSE["a database"][:16])
