"""How files are read is learnt with the table, and kept."""

import json

import pytest

from forpass.datasets import read_table_file
from forpass.preprocessing import Preprocessing, Reading

N = 40
TABLE = {
    "plot": [f"0{i % 5}" for i in range(N)],
    "size": [i * 7 % 11 + 0.5 for i in range(N)],
    "id": [f"name {i}" for i in range(N)],
    "grade": [str(i % 3) for i in range(N)],
}
SCHEMA = {"plot": "category", "id": "drop"}


def test_text_columns_are_found_out_also_of_dropped_columns_and_of_classes():
    p = Preprocessing.learn(TABLE, "grade", schema=SCHEMA)
    assert p.reading == Reading(False, ("plot", "id", "grade"))
    assert Preprocessing.learn(TABLE, "size", schema=SCHEMA).reading.text_columns == ("plot", "id", "grade")


def test_a_decimal_comma_is_part_of_what_is_learnt():
    found = Preprocessing.learn(TABLE, "size", schema=SCHEMA)
    comma = Preprocessing.learn(TABLE, "size", schema=SCHEMA, reading=Reading(decimal_comma=True))
    assert comma.reading == Reading(True, found.reading.text_columns)
    assert comma != found and comma.to_json() != found.to_json()
    again = Preprocessing.from_json(json.loads(json.dumps(comma.to_json())))
    assert again == comma and hash(again.reading) == hash(comma.reading)


@pytest.mark.parametrize("cells", [("01;1,5", "02;2,5"), ("1;1,5", "2;2,5")])
def test_few_rows_read_so_mean_what_they_meant(tmp_path, cells):
    rows = "".join(f"0{i % 5};{i * 7 % 11},5\n" for i in range(N - 5)) + "A3;1.234,5\n" * 5
    (tmp_path / "learnt.csv").write_text(f"plot;size\n{rows}")
    frame, form = read_table_file(tmp_path / "learnt.csv")
    p = Preprocessing.learn(frame, reading=Reading(bool(form.decimal_comma)))
    assert p.reading == Reading(True, ("plot",))
    (tmp_path / "later.csv").write_text("plot;size\n" + "\n".join(cells) + "\n")
    later, _ = read_table_file(tmp_path / "later.csv", p.reading.text_columns, p.reading.decimal_comma)
    assert later["plot"].to_list() == [cell.split(";")[0] for cell in cells]
    assert later["size"].to_list() == [1.5, 2.5]
