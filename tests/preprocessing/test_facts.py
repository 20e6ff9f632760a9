"""What is found out about a column is looked for once, and is that column's own."""

from collections import Counter

import numpy as np
import pytest

from forpass.preprocessing import (
    Preprocessing,
    infer_kind,
    learn_target,
    learn_target_again,
    learning,
    pipeline,
    read_columns,
    tasks,
    words,
)
from forpass.preprocessing import table as table_module
from forpass.preprocessing.table import Column
from forpass.preprocessing.words import farthest, is_missing, levels_of

N = 90
TABLE = {
    "town": [("ulm", "bonn", "kiel")[i % 3] for i in range(N)],
    "when": [f"2024-{1 + i % 12:02}-{1 + i % 28:02}" for i in range(N)],
    "price": [f"{i % 13 + 1},50 €" for i in range(N)],
    "y": [("cheap", "dear")[i * i % 7 % 2] for i in range(N)],
}
SCHEMA = {"price": "number"}


@pytest.fixture
def looks(monkeypatch):
    """Count how often the words of a column are looked at, by its words and rows."""
    count = Counter()
    look = words._levels_of_text

    def counted(column, of):
        rows = range(len(column)) if column.rows is None else column.rows
        count[of[0], tuple(rows)] += 1
        return look(column, of)

    monkeypatch.setattr(words, "_levels_of_text", counted)
    return count


@pytest.fixture
def targets_learnt(monkeypatch):
    """Count how often a target is learnt."""
    count = []
    learn = tasks.learn_task

    def counted(*arguments):
        count.append(1)
        return learn(*arguments)

    monkeypatch.setattr(tasks, "learn_task", counted)
    monkeypatch.setattr(learning, "learn_task", counted)
    return count


@pytest.mark.parametrize("rows", [None, range(60)])
def test_learning_looks_at_each_column_once(looks, targets_learnt, rows):
    table = read_columns(TABLE)
    Preprocessing.learn(table, "y", schema=SCHEMA, rows=rows)
    # the target also as a whole: whether it holds dates is asked of all its rows
    assert len(looks) == (4 if rows is None else 5)
    assert set(looks.values()) == {1} and len(targets_learnt) == 1


def test_a_target_that_is_learnt_is_not_learnt_again(looks, targets_learnt):
    table, rows = read_columns(TABLE), np.arange(60)
    target = learn_target(table, "y", rows=rows)
    p = Preprocessing.learn(table, target, schema=SCHEMA, rows=rows)
    assert len(targets_learnt) == 1
    assert p.target is target and p == Preprocessing.learn(table, "y", schema=SCHEMA, rows=rows)


def test_learning_and_encoding_the_same_short_table_share_what_was_found(looks):
    part = read_columns(TABLE).take(np.arange(60))
    p = Preprocessing.learn(part, "y", schema=SCHEMA)
    p.encode(part, with_targets=True)
    p.encode(part)
    assert len(looks) == 4 and set(looks.values()) == {1}


def test_a_long_table_keeps_nothing(monkeypatch):
    for module in (table_module, pipeline):
        monkeypatch.setattr(module, "ROWS_AT_ONCE", 50)
    table = read_columns(TABLE)
    p = Preprocessing.learn(table, "y", schema=SCHEMA)
    long = p.encode(table)
    assert all(not table.columns[name].facts for name in ("town", "when", "price"))
    monkeypatch.undo()
    assert np.array_equal(p.encode(table).numbers, long.numbers)


@pytest.mark.parametrize("look", [levels_of, is_missing, infer_kind])
def test_a_fact_is_kept_with_its_column_only(look):
    column = read_columns({"c": ["a", None, "yes", "no"]}).columns["c"]
    assert look(column) is look(column)
    rows = column.take(np.array([2, 3]))
    assert not rows.facts
    fresh = Column(rows.kind, rows.values, rows.words)
    assert repr(look(rows)) == repr(look(fresh))
    assert infer_kind(rows) == "boolean" != infer_kind(column)


def test_facts_cannot_be_written_to():
    for values in ([1.0, None, 2.0], ["a", None, "b"], [1, 2, 3]):
        column = read_columns({"c": values}).columns["c"]
        for array in (levels_of(column).codes, is_missing(column)):
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 1


def test_a_column_knows_where_its_rows_lie():
    column = read_columns({"c": [5, 6, 7, 8]}).columns["c"]
    assert column.row_name(2) == "row 3 (rows counted from 1)"
    part = column.take(np.array([3, 1])).take(np.array([1, 0]))
    assert part.rows.tolist() == [1, 3] and part.row_name(1) == "row 4 (rows counted from 1)"


def test_a_part_is_the_column_itself_only_where_it_is_all_of_it_in_order():
    table = read_columns({"c": [5, 6, 7]})

    def part(rows):
        return table.only(["c"], np.array(rows)).columns["c"]

    assert part([0, 1, 2]) is table.columns["c"]
    assert part([2, 0, 1]).values.tolist() == [7, 5, 6]
    assert part([0, 2]).values.tolist() == [5, 7]


@pytest.mark.parametrize(
    ("values", "far"),
    [
        ([1.0, -4.0, 2.0], 4.0),
        ([1.0, np.nan, -0.5], 1.0),
        ([np.nan, -np.inf, 3.0], np.inf),
        ([np.nan, np.nan], 0.0),
        (np.array([-128, 100], np.int8), 128.0),
        (np.array([2**64 - 1], np.uint64), 2.0**64),
        ([True, False], 0.0),
    ],
)
def test_how_far_numbers_go_from_zero(values, far):
    column = read_columns({"c": np.asarray(values)}).columns["c"]
    assert farthest(column) == far == column.facts["farthest"]


def test_a_target_learnt_of_more_rows_keeps_the_task():
    table = read_columns({"y": [1, 2, 3, 4, 5, 5, 9, 12]})
    whole = learn_target(table, "y")
    again = learn_target_again(whole, table, np.arange(5))
    # by themselves the first rows would be five classes
    assert learn_target(table, "y", rows=np.arange(5)).task == "classification"
    assert again.task == whole.task == "regression" and whole.why and again.why == ""
    assert again.unit.mean == (3.0,)
    others = learn_target_again(whole, table, np.arange(4, 8))
    assert others == learn_target(table, "y", rows=np.arange(4, 8)) and "from 5 to 12" in others.why
