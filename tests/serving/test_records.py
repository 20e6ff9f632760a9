"""Records mean the same whichever way they are read: as a table, or one after the other."""

import numpy as np
import pytest
from served import people

import forpass as fp
from forpass.preprocessing.kinds.boolean import BooleanColumn
from forpass.preprocessing.kinds.category import CategoryColumn
from forpass.preprocessing.kinds.date import DateColumn
from forpass.preprocessing.kinds.dropped import DroppedColumn
from forpass.preprocessing.kinds.number import NumberColumn
from forpass.preprocessing.notation import Notation
from forpass.preprocessing.pipeline import Preprocessing
from forpass.serving.columns import column_of, types_of
from forpass.serving.records import AS_A_TABLE, Records

ODD = {"size": "1.5", "town": 7, "floor": "2", "member": "yes", "since": 20200101}
"""Cells of other types than their columns usually have, of which some can be read."""


@pytest.fixture(scope="module")
def learnt():
    table = {name: cells for name, cells in people().items() if name in (*ODD, "fit")}
    return Preprocessing.learn(table, "fit", schema={"floor": "category", "since": "date"})


@pytest.fixture
def reader(learnt):
    """What reads records, and the numbers of rows that were encoded at once."""
    asked = []

    def encode(rows):
        asked.append(len(rows))
        return learnt.encode(rows)

    return Records([learnt], encode), asked


def records(n):
    table = people()
    found = [{name: table[name][i].item() for name in ODD} for i in range(n)]
    return [one | {"size": None if one["size"] != one["size"] else one["size"]} for one in found]


def test_many_records_of_usual_cells_are_read_at_once(reader):
    records_of, asked = reader
    many = records(AS_A_TABLE)
    found = records_of.encoded([one | {"more": [1]} for one in many])
    assert asked == [AS_A_TABLE]
    records_of.encoded(many[1:])
    assert asked[1:] == [1] * (AS_A_TABLE - 1)
    alone = np.concatenate([records_of.encoded([one]).numbers for one in many])
    assert found.numbers.tobytes() == alone.tobytes()


@pytest.mark.parametrize("name", ["size", "floor", "member"])
def test_records_with_another_cell_are_read_one_by_one(reader, name):
    records_of, asked = reader
    many = records(AS_A_TABLE)
    many[3][name] = ODD[name]
    records_of.encoded(many)
    assert asked == [1] * AS_A_TABLE


@pytest.mark.parametrize("name", ["town", "since"])
def test_what_is_wrong_with_one_is_said_of_that_one(reader, name):
    records_of, _ = reader
    many = records(AS_A_TABLE)
    many[3][name] = ODD[name]
    with pytest.raises(fp.TableError, match=f"'{name}'"):
        records_of.encoded(many)
    (number,) = records_of.faults(many)
    assert number == 3


def test_keys_that_are_no_names_are_further_cells(reader):
    records_of, _ = reader
    (whole,) = records(1)
    assert records_of.faults([{1: 2}, whole | {3: 4, None: 5}]) == {
        0: "the record lacks the columns 'size', 'town', 'floor', 'member', 'since'; "
        "add what is missing, with null (None in Python) where a value is not known"
    }


def test_no_more_is_looked_at_than_is_to_be_told(reader):
    records_of, asked = reader
    assert list(records_of.faults([{"size": 1}, *records(2), {}, 7, {}], most=3)) == [0, 3, 4]
    assert asked == [1, 1]


def test_a_cell_is_usual_where_it_is_to_all_who_read_it(learnt):
    size, town = learnt.columns[0], learnt.columns[1]
    assert (type(size), type(town)) == (NumberColumn, CategoryColumn)
    found = types_of([learnt])
    assert found["size"] == {int, float, type(None)} and found["town"] == {str, type(None)}
    other = CategoryColumn("size", "integer", 0.0, ("1", "2"))

    class Otherwise:
        places = ((other, None, None),)

    for several in ([learnt, Otherwise()], [Otherwise(), learnt]):
        assert types_of(several)["size"] == {int, type(None)}


@pytest.mark.parametrize(
    ("spec", "example"),
    [
        (NumberColumn("a", "date", 0.0, 19_000.4, 1.0, False), "2022-01-08"),
        (NumberColumn("a", "integer", 0.0, 2.5, 1.0, False), 2),
        (NumberColumn("a", "text", 0.0, 2.5, 1.0, False, unit="kg"), Notation("kg").example),
        (DateColumn("a", "date", 0.0, 19_000.4, 1.0, False), "2022-01-08"),
        (DateColumn("a", "text", 0.0, -20_000.0, 1.0, False, "%d/%m/%y"), "31/03/15"),
        (DateColumn("a", "text", 0.0, 19_000.4, 1.0, False, zones="all"), "2022-01-08T00:00:00+00:00"),
        (
            DateColumn("a", "text", 0.0, 19_000.4, 1.0, False, "%d/%m/%Y %H:%M %z", zones="all"),
            "08/01/2022 00:00 +0000",
        ),
        (BooleanColumn("a", "float", 0.0, False), 1),
        (BooleanColumn("a", "text", 0.0, False), "true"),
        (CategoryColumn("a", "boolean", 0.0, ("false", "true")), False),
        (CategoryColumn("a", "float", 0.0, ("1.5", "2")), 1.5),
        (CategoryColumn("a", "text", 0.0, ("1.5", "2")), "1.5"),
        (CategoryColumn("a", "text", 0.0, ()), None),
        (DroppedColumn("a", "text", 0.0, "asked for"), None),
    ],
)
def test_an_example_is_as_the_training_table_held_it(spec, example):
    found = column_of(spec).example
    assert (found, type(found)) == (example, type(example))
