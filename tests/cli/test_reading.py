"""Files through the command: what is told of good ones, and the one sentence about bad ones."""

import functools
import gzip
import io
import json
import os
import zipfile

import pytest
from later import later

pl = later("polars")

packed = functools.partial(gzip.compress, mtime=0)

GOOD = "x,y\n" + "".join(f"{i / 8},{'ab'[i % 2]}\n" for i in range(60))
KOREAN = "크기;결과\n" + "".join(f"{i // 8},{i % 8}5;{'가나'[i % 2]}\n" for i in range(60))


FORM = {"kind": "text", "decimal_comma": [], "leading_zeros": [], "above": [], "sheet": ""}


def torn_parquet():
    file = io.BytesIO()
    pl.DataFrame({"x": range(1000), "y": ["a", "b"] * 500}).write_parquet(file)
    return file.getvalue()[:-100]


def workbook():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("[Content_Types].xml", "")
        archive.writestr("xl/workbook.xml", "")
    return file.getvalue()


BAD = {
    "ragged.csv": (GOOD.encode() + b"1\n", "has 1 field in line 62 where the header has 2"),
    "long.csv": ('x,y\n"two\nlines",a\n1,a,b\n', "has 3 fields in line 4 where the header has 2"),
    "quote.csv": (GOOD + '"1,a\n', "has a quote that opens in line 62 and is never closed"),
    "empty.csv": ("", "is empty"),
    "blank.csv": ("\n\n\r\n", "holds nothing but blank lines"),
    "header.csv": ("x,y\n", "has a header (x, y) and no rows"),
    "twice.csv": ("y,x,y\na,1,b\n", "names the columns 1 and 3 both 'y'"),
    "nul.csv": (GOOD.encode() + b"1,\x00\n", f"holds a NUL byte at offset {len(GOOD) + 2} (line 62)"),
    "damaged.csv": (b"x,\xea\xb2\xb0\xea\xb3\xbc\n1,a\n2,\xff\n", "0xff at offset 15 (line 3), which is no"),
    "wide.csv": (KOREAN.encode("utf-16")[:-1], "(line 61), which is no UTF-16-LE"),
    "russian.csv": ("рост,ответ\n1,да\n".encode("cp1251"), "looks neither Korean (CP949) nor Western"),
    "torn.csv.gz": (packed(GOOD.encode())[:-30], "is not a whole gzip file"),
    "loose.csv.gz": (GOOD, "is not a gzip file"),
    "torn.parquet": (torn_parquet, "is no whole Parquet file"),
    "text.parquet": (GOOD, "is no Parquet file"),
    "sheet.csv": (workbook(), "looks like an Excel workbook"),
    "sheet.xlsb": (workbook(), "looks like an Excel workbook"),
    "page.csv": ("<!DOCTYPE html><html></html>", "looks like a web page (HTML)"),
    "records.txt": ('[{"x": 1, "y": "a"}]', "looks like JSON"),
}  # fmt: skip


def write(folder, name, content):
    content = content() if callable(content) else content
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())


@pytest.mark.slow
@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_in_one_sentence_and_nothing_is_written(forpass, tmp_path, name):
    content, wanted = BAD[name]
    write(tmp_path, name, content)
    code, out, err = forpass("train", name, "-t", "y", "--json")
    assert code == 2 and err.count("\n") == 1 and err.startswith(f"error: {name} ") and wanted in err
    assert json.loads(out) == {"error": err.removeprefix("error: ").rstrip("\n"), "kind": "TableError"}
    assert os.listdir(tmp_path) == [name]


@pytest.mark.slow
def test_a_model_file_is_no_table(forpass, tmp_path):
    write(tmp_path, "t.csv", GOOD)
    assert forpass("train", "t.csv", "-t", "y", "--epochs", 1)[0] == 0
    code, out, err = forpass("evaluate", "t.forpass", "t.forpass")
    assert code == 2 and out == "" and err.count("\n") == 1
    assert "t.forpass looks like a model file (safetensors), not like separated text; give a table" in err


@pytest.mark.slow
def test_a_bad_table_leaves_predictions_unwritten(forpass, tmp_path):
    write(tmp_path, "t.csv", GOOD)
    assert forpass("train", "t.csv", "-t", "y", "--epochs", 1)[0] == 0
    write(tmp_path, "bad.csv", "x\n1\n2,3\n")
    code, out, err = forpass("predict", "t.forpass", "bad.csv", "--out", "p.csv")
    assert code == 2 and out == "" and "has 2 fields in line 3 where the header has 1" in err
    assert not (tmp_path / "p.csv").exists()


@pytest.mark.slow
def test_what_had_to_be_assumed_is_said_in_one_line(forpass, tmp_path):
    write(tmp_path, "k.csv", KOREAN.encode("cp949"))
    write(tmp_path, "v.csv", KOREAN.replace("가", "나", 2).encode("utf-16"))
    words = ("train", "k.csv", "-t", "결과", "--epochs", 1, "--test", "v.csv", "--out", "m.forpass")
    code, out, err = forpass(*words, "--json")
    assert code == 0
    assert err.count("read as") == 2
    assert "k.csv: read as CP949, separated by semicolons, decimal comma\n" in err
    assert "v.csv: read as UTF-16-LE, separated by semicolons, decimal comma\n" in err
    told = json.loads(out)["read_as"]
    assert told == {
        "k.csv": FORM | {"encoding": "CP949", "separator": ";", "decimal_comma": ["크기"]},
        "v.csv": FORM | {"encoding": "UTF-16-LE", "separator": ";", "decimal_comma": ["크기"]},
    }
    for words in (
        ("evaluate", "m.forpass", "k.csv"),
        ("predict", "m.forpass", "k.csv"),
        ("check", "k.csv", "-t", "결과"),
    ):
        code, out, err = forpass(*words)
        assert code == 0 and err.count("k.csv: read as CP949, separated by semicolons, decimal comma\n") == 1
        assert "read as" not in out


@pytest.mark.slow
def test_numbers_mean_the_same_alone_as_in_their_table(forpass, tmp_path):
    # By themselves these rows do not show that the comma is a decimal one, nor the point between thousands.
    rows = [f"{i % 9},{i % 7}00;{i % 5 + 1}.000;{i % 9 + i % 5}\n" for i in range(90)]
    doubtful = [row for row in rows if row[0] != "0"]
    write(tmp_path, "t.csv", "a;b;y\n" + "".join([*rows, "0,5;7;4\n"]))
    write(tmp_path, "some.csv", "a;b;y\n" + "".join(doubtful))
    assert forpass("train", "t.csv", "-t", "y", "--epochs", 20, "--out", "m.forpass")[0] == 0
    assert forpass("train", "t.csv", "-t", "y", "--epochs", 1, "--test", "some.csv")[0] == 0
    whole = json.loads(forpass("predict", "m.forpass", "t.csv", "--json")[1])["predictions"]["y"]
    some = json.loads(forpass("predict", "m.forpass", "some.csv", "--json")[1])["predictions"]["y"]
    assert some == pytest.approx([whole[i] for i, row in enumerate(rows) if row[0] != "0"], rel=1e-5)


@pytest.mark.slow
def test_of_a_plain_file_only_programs_are_told(forpass, tmp_path):
    write(tmp_path, "t.csv", GOOD)
    code, out, err = forpass("train", "t.csv", "-t", "y", "--epochs", 1, "--json")
    assert code == 0 and "read as" not in err
    assert json.loads(out)["read_as"] == {"t.csv": FORM | {"encoding": "UTF-8", "separator": ","}}
    assert "read_as" not in json.loads(forpass("check", "iris", "--json")[1])


@pytest.mark.slow
def test_codes_that_are_read_as_numbers_are_named(forpass, tmp_path):
    rows = "".join(f"{i % 50:05},{'ab'[i % 2]}\n" for i in range(200))
    write(tmp_path, "t.csv", f"zip,y\n{rows}".encode())
    code, _, err = forpass("train", "t.csv", "-t", "y", "--epochs", 1)
    assert code == 0 and "note: column 'zip' has zeros in front of whole numbers" in err
    for kind in ("category", "number"):
        err = forpass("train", "t.csv", "-t", "y", "--epochs", 1, "--schema", f"zip={kind}")[2]
        assert "zeros in front" not in err
