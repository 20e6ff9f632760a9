"""Records: JSON and JSON lines, alone and packed."""

import gzip
import json

import pytest
from later import later

from forpass.datasets import read_table, read_table_file
from forpass.errors import TableError

pl = later("polars")

RECORDS = [{"name": "a", "size": 1, "ok": True}, {"name": "b", "size": 2.5}, {"name": None, "late": "x"}]
TABLE = {
    "name": ["a", "b", None],
    "size": [1.0, 2.5, None],
    "ok": [True, None, None],
    "late": [None, None, "x"],
}
LINES = "\n".join(map(json.dumps, RECORDS))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.json", json.dumps(RECORDS)),
        ("t.json", json.dumps(RECORDS, indent=2)),
        ("t.jsonl", LINES),
        ("t.ndjson", LINES + "\n\n"),
        ("t.jsonl", "\ufeff" + LINES.replace("\n", "\r\n\r\n")),
        ("t.json", LINES),
        ("t.jsonl", json.dumps(RECORDS)),
        ("t.json", json.dumps(TABLE)),
        ("t.json", json.dumps({n: dict(zip("012", v, strict=True)) for n, v in TABLE.items()}, indent=1)),
    ],
)
def test_every_way_to_write_records_gives_the_same(tmp_path, name, text):
    (tmp_path / name).write_text(text, encoding="utf-8", newline="")
    (tmp_path / f"{name}.gz").write_bytes(gzip.compress(text.encode()))
    for path in (tmp_path / name, tmp_path / f"{name}.gz"):
        frame, form = read_table_file(path)
        assert frame.to_dict(as_series=False) == TABLE
        assert form.kind == "JSON" == str(form) and not form.assumed


def test_types_are_those_of_the_values(tmp_path):
    columns = {
        "whole": [1, 2],
        "long": [9007199254740993, -5],
        "longer": [123456789012345678901, 1],
        "mixed long": [9007199254740993, 1.5],
        "code": ["01", "02"],
        "mixed": [7, "A7"],
        "empty": [None, None],
    }
    (tmp_path / "t.json").write_text(json.dumps(columns))
    frame = read_table(tmp_path / "t.json")
    assert frame["whole"].dtype == pl.Int64 and frame["long"].to_list() == columns["long"]
    assert frame["longer"].to_list() == ["123456789012345678901", "1"]
    assert frame["mixed long"].to_list() == columns["mixed long"]
    assert frame["code"].to_list() == ["01", "02"] and frame["mixed"].to_list() == [7, "A7"]


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("t.json", '[{"x": 1}, 5]', "holds a number as record 2, where an object is meant"),
        ("t.json", "[[1, 2], [3, 4]]", "holds a list as record 1"),
        ("t.json", '[{"x": 1}', "is not JSON"),
        ("t.jsonl", '{"x": 1}\n{"x": }\n', "is not JSON (line 2: "),
        ("t.jsonl", '{"x": 1}\n{"x": 1, "x": 2}\n', "'x' stands twice in one object"),
        ("t.json", '{"x": [1, 2], "y": [1]}', "columns of unequal length ('x': 2, 'y': 1)"),
        ("t.json", "[]", "holds no records"),
        ("t.json", b'[{"x": 1}]' + b"\xff", "holds the byte 0xff at offset 10"),
        ("t.json", "[" * 100_000, "is not JSON"),
        ("t.json", "x,y\n1,2\n", "is not JSON"),
        ("t.json", "", "is empty"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(tmp_path, name, text, wanted):
    (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(TableError) as caught:
        read_table(tmp_path / name)
    assert wanted in str(caught.value) and "\n" not in str(caught.value)
