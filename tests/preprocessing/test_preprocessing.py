"""Preprocessing as a whole: learn, encode, decode, describe, keep."""

import numpy as np
import pytest
from later import later

from forpass.errors import ForpassWarning, ModelFileError, TableError
from forpass.preprocessing import Preprocessing

pl = later("polars")

PEOPLE = {
    "age": [20, 30, 40, 50, 60],
    "job": ["cook", "clerk", "cook", "judge", None],
    "smokes": ["no", "yes", "no", "yes", "no"],
    "always": [1, 1, 1, 1, 1],
    "rich": ["yes", "no", "no", "yes", "no"],
}


def test_a_small_table_by_hand():
    p = Preprocessing.learn(PEOPLE, "rich")
    assert p.feature_names == ("age", "job=cook", "job=clerk", "job=judge", "job=(missing)", "smokes")
    data = p.encode(PEOPLE, with_targets=True, dtype=np.float64)
    # age: quarters 30, 40, 50: (20 - 40) / 20 = -1, and 1 / sqrt(1 + 1/9) = 0.9487
    assert data.numbers[0] == pytest.approx([-0.94868330, 1, 0, 0, 0, -1])
    assert data.numbers[4] == pytest.approx([0.94868330, 0, 0, 0, 1, -1])
    assert data.targets.tolist() == [[1], [0], [0], [1], [0]]
    assert p.decode([[0.9], [0.1]]).tolist() == ["yes", "no"]
    assert [tuple(row) for row in p.describe()] == [
        ("age", "number", "integer", 0.0, "(x - 40) * 0.05, clipped smoothly"),
        ("job", "category", "text", 0.2, "4 columns of 0/1: cook, clerk, judge, (missing)"),
        ("smokes", "boolean", "text", 0.0, "-1 / +1"),
        ("always", "drop", "integer", 0.0, "dropped: always 1"),
        ("rich", "target", "", 0.0, "classification, 2 classes"),
    ]


def test_types_of_what_comes_out():
    p = Preprocessing.learn(PEOPLE, "rich")
    data = p.encode(PEOPLE, with_targets=True)
    assert data.numbers.dtype == data.targets.dtype == np.float32
    assert data.numbers.flags.c_contiguous
    assert p.encode(PEOPLE).targets is None


def test_dropped_columns_and_targets_need_not_be_there_later():
    p = Preprocessing.learn(PEOPLE, "rich")
    later = {name: PEOPLE[name] for name in ("smokes", "job", "age")} | {"more": [None] * 5}
    assert np.array_equal(p.encode(later).numbers, p.encode(PEOPLE).numbers)


def test_missing_columns_are_all_named_with_the_nearest():
    p = Preprocessing.learn(PEOPLE, "rich")
    with pytest.raises(TableError, match=r"lacks the columns 'age' \(perhaps 'ages'\), 'job'; add or rename"):
        p.encode({"ages": [1], "smokes": ["no"]})


def test_messages_count_rows_of_the_users_table():
    p = Preprocessing.learn({"x": [1, 2, 3, 4], "y": ["a", "b", "a", "b"]}, "y")
    later = {"x": ["1", "2", "oops", "4"], "y": ["a", None, "b", "a"]}
    with pytest.warns(ForpassWarning), pytest.raises(TableError, match="'oops' in row 3"):
        p.encode(later, with_targets=True)
    later = {"x": [1, 2, 3, 4], "y": ["a", None, "b", "zebra"]}
    with pytest.warns(ForpassWarning), pytest.raises(TableError, match="'zebra' in row 4"):
        p.encode(later, with_targets=True)
    with pytest.raises(TableError, match=r"column 'x' holds inf in row 4"):
        Preprocessing.learn({"x": [1.0, 2, 3, float("inf")], "y": ["a", "b", "a", "b"]}, "y", rows=[1, 2, 3])


def test_rows_without_a_target_are_left_out_with_their_number():
    table = {"x": [1, 2, 3, 400], "y": [1.5, 2.5, 3.5, None]}
    with pytest.warns(ForpassWarning, match="1 row left out, without a value of the target 'y'"):
        p = Preprocessing.learn(table, "y")
    assert p.columns[0].centre == 2.0
    with pytest.warns(ForpassWarning, match="1 row left out"):
        data = p.encode(table, with_targets=True)
    assert len(data.numbers) == len(data.targets) == 3
    assert len(p.encode(table).numbers) == 4


def test_overrides_of_kinds():
    table = {"zip": [10115, 80331, 10115], "id": [1, 2, 3], "y": [0.5, 1.5, 2.5]}
    p = Preprocessing.learn(table, "y", schema={"zip": "category", "id": "drop"})
    assert p.feature_names == ("zip=80331",)
    with pytest.raises(TableError, match=r"no column 'zipp'; .*'zip'"):
        Preprocessing.learn(table, "y", schema={"zipp": "category"})
    with pytest.raises(TableError, match="column 'y' is the target"):
        Preprocessing.learn(table, "y", schema={"y": "drop"})


def test_nothing_to_learn_from_is_refused():
    with pytest.raises(TableError, match=r"no column is left to learn from \('x' always 1\)"):
        Preprocessing.learn({"x": [1, 1], "y": [1.5, 2.5]}, "y")
    with pytest.raises(TableError, match="no column is left"):
        Preprocessing.learn({"y": [1.5, 2.5]}, "y")


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        ([], "rows must be"),
        ([0.5], "rows must be"),
        ([[0]], "rows must be"),
        ([-1, 0], "0 to 4"),
        ([5], "0 to 4"),
    ],
)
def test_training_rows_must_be_rows(rows, wanted):
    with pytest.raises(TableError, match=wanted):
        Preprocessing.learn(PEOPLE, "rich", rows=rows)


def test_features_alone():
    p = Preprocessing.learn({"x": [1, 2, 3]})
    assert p.target is None and p.feature_names == ("x",)
    assert Preprocessing.from_json(p.to_json()) == p
    with pytest.raises(TableError, match="no target was learnt"):
        p.encode({"x": [1]}, with_targets=True)
    with pytest.raises(TableError, match="no target was learnt"):
        p.decode([1])


def test_the_order_of_training_rows_and_doubles_do_not_matter():
    table = {"x": [1.0, 2.0, 4.0, 8.0], "w": ["a", "b", "a", "b"]}
    assert Preprocessing.learn(table, rows=[3, 0, 0, 0, 1]) == Preprocessing.learn(table, rows=[0, 1, 3])


def test_learning_again_from_another_make_of_the_table_gives_an_equal_object():
    assert Preprocessing.learn(pl.DataFrame(PEOPLE), "rich") == Preprocessing.learn(PEOPLE, "rich")


def test_other_json_is_refused():
    plain = Preprocessing.learn(PEOPLE, "rich").to_json()
    with pytest.raises(ModelFileError, match="schema 4 and this forpass reads up to 3"):
        Preprocessing.from_json(plain | {"schema": 4})
    for broken in (
        {},
        {"schema": 1},
        {"schema": 2},
        {"schema": 3},
        {"schema": "two"},
        plain | {"columns": [{"name": "x"}]},
        plain | {"target": {"tusk": 1}},
    ):
        with pytest.raises(ModelFileError, match="is not what forpass writes"):
            Preprocessing.from_json(broken)


def test_a_dropped_column_of_schema_2_is_one_of_names_where_its_reason_says_so():
    table = {"id": [f"a{i}" for i in range(60)], "same": ["x"] * 60, "size": [0.5, 1.5, 2.5] * 20}
    with pytest.warns(ForpassWarning, match="as in names or identifiers"):
        today = Preprocessing.learn(table)
    assert [getattr(spec, "names_rows", None) for spec in today.columns] == [True, False, None]
    before = today.to_json() | {"schema": 2}
    for column in before["columns"]:
        column.pop("names_rows", None)
    assert Preprocessing.from_json(before) == today
    before["columns"][1]["reason"] = "always of 3 rows"  # a word may end as the reason of others does
    assert not Preprocessing.from_json(before).columns[1].names_rows
