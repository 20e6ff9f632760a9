"""Targets: which task is told from the values, and arrays there and back."""

import json

import numpy as np
import pytest

from forpass.errors import DataError, ForpassWarning, TableError, UnknownNameError
from forpass.preprocessing import (
    TargetSpec,
    learn_target,
    read_columns,
    rows_with_target,
    warn_of_single_rows,
)


def learn(values, task=None, rows=None):
    return learn_target(read_columns({"y": values}), "y", task, rows)


def several(task=None, rows=None, **columns):
    return learn_target(read_columns(columns), list(columns), task, rows)


@pytest.mark.parametrize(
    ("values", "task"),
    [
        (["a", "b"] * 2, "classification"),
        ([True, False] * 2, "classification"),
        ([0, 1] * 2, "classification"),
        ([1, 2] * 2, "classification"),
        ([-1, 1] * 2, "classification"),
        ([10, 500] * 2, "classification"),
        ([0.0, 1.0, 1.0, None, 0.0], "classification"),
        (list(range(3)) * 2, "classification"),
        (list(range(1, 4)) * 2, "classification"),
        (list(range(10)) * 2, "classification"),
        (list(range(11)) * 2, "regression"),
        (list(range(3, 10)) * 2, "regression"),
        ([0, 1, 3] * 2, "regression"),
        ([0.5, 1.0], "regression"),
        (["1.5", "2.5", "?"], "regression"),
        (["0", "1", "2"] * 2, "classification"),
        (["326", "327", "400"] * 2, "regression"),
        (np.array([36, 60], dtype="timedelta64[h]"), "regression"),
    ],
)
def test_the_task_is_told_from_the_values(values, task):
    spec = learn(values)
    assert spec.task == task
    assert "'y'" in spec.why and "\n" not in spec.why


def test_whole_numbers_say_why_and_how_to_choose_otherwise():
    assert "say task regression" in learn([0, 1, 2] * 2).why
    assert "7 different whole numbers from 3 to 9" in learn(list(range(3, 10)) * 2).why
    assert "say task classification" in learn(list(range(3, 10)) * 2).why
    assert learn([0, 1, 2] * 2, "regression").why == ""


@pytest.mark.parametrize(
    ("values", "classes"),
    [
        (["b", "a", "c"] * 2, ("a", "b", "c")),
        ([2, 0, 1] * 2, (0, 1, 2)),
        ([0.0, 2.0, 1.0] * 2, (0.0, 1.0, 2.0)),
        ([True, False] * 2, (False, True)),
        ([True, False, None] * 2, (False, True)),
        (["zero\0", "zero", 'ü,"\n'] * 2, ("zero", "zero\0", 'ü,"\n')),
    ],
)
def test_classes_keep_their_type_there_and_back(values, classes):
    spec = learn(values, "classification")
    assert spec.classes == classes
    assert [type(c) for c in spec.classes] == [type(c) for c in classes]
    table = read_columns({"y": [v for v in values if v is not None]})
    decoded = spec.decode(spec.encode(table))
    assert decoded.tolist() == [v for v in values if v is not None]
    assert [type(v) for v in decoded.tolist()] == [type(v) for v in values if v is not None]
    again = TargetSpec.from_json(json.loads(json.dumps(spec.to_json())))
    assert again == spec and [type(c) for c in again.classes] == [type(c) for c in classes]


def test_two_classes_are_one_column_and_more_are_numbers():
    two = learn(["b", "a", "b", "a"])
    assert two.outputs == 1
    encoded = two.encode(read_columns({"y": ["a", "b"]}))
    assert encoded.dtype == np.float32 and encoded.tolist() == [[0.0], [1.0]]
    three = learn(["b", "a", "c"] * 2)
    assert three.outputs == 3
    encoded = three.encode(read_columns({"y": ["c", "a"]}))
    assert encoded.dtype == np.int64 and encoded.tolist() == [2, 0]


def test_decoding_takes_probabilities_scores_or_class_numbers():
    two, three = learn(["no", "yes"] * 2), learn(["a", "b", "c"] * 2)
    assert two.decode([[0.2], [0.7], [0.5]]).tolist() == ["no", "yes", "no"]
    assert two.decode([0.2, 0.7]).tolist() == two.decode([0, 1]).tolist() == ["no", "yes"]
    assert two.decode([[0.8, 0.2], [0.1, 0.9]]).tolist() == ["no", "yes"]
    assert three.decode([[0, 0, 9.0], [5.0, -1, -2]]).tolist() == ["c", "a"]
    assert three.decode([1, 2]).tolist() == ["b", "c"]
    with pytest.raises(DataError, match=r"shape \(2, 2\) do not fit the target y; give 3 a row"):
        three.decode([[1, 2], [3, 4]])


def test_regression_is_standardised_on_the_training_rows():
    spec = learn([1.0, 3.0, 100.0, None], "regression", rows=np.array([0, 1]))
    assert (spec.unit.mean, spec.unit.std) == ((2.0,), (1.0,))
    assert spec.encode(read_columns({"y": [4, 2]})).tolist() == [[2.0], [0.0]]
    assert spec.decode([[2.0], [0.0]]).tolist() == [4.0, 2.0]
    assert learn([0.1] * 7, "regression").unit.std == (1.0,)


def test_several_columns_of_numbers():
    spec = several(a=[1.0, 3.0], b=[10.0, 30.0])
    assert (spec.task, spec.outputs, spec.unit.mean, spec.unit.std) == (
        "regression",
        2,
        (2.0, 20.0),
        (1.0, 10.0),
    )
    table = read_columns({"b": [10.0, 40.0], "a": [1.0, 2.0]})
    assert spec.encode(table).tolist() == [[-1.0, -1.0], [0.0, 2.0]]
    assert spec.decode(spec.encode(table)).tolist() == [[1.0, 10.0], [2.0, 40.0]]


def test_one_hot_columns_are_classes_named_by_them():
    spec = several(b=[1, 0, 1, 0, 0, 0], a=[0, 1, 0, 1, 0, 0], c=[0, 0, 0, 0, 1, 1])
    assert (spec.task, spec.classes, spec.outputs) == ("classification", ("b", "a", "c"), 3)
    table = read_columns({"a": [1, 0], "b": [0, 0], "c": [0, 1]})
    assert spec.encode(table).tolist() == [1, 2]
    assert spec.decode([2, 0]).tolist() == ["c", "b"]
    with pytest.raises(TableError, match=r"row 2 .* has 2 of the 3 classes at 1 where one is meant"):
        spec.encode(read_columns({"a": [1, 1], "b": [0, 1], "c": [0, 0]}))


def test_zero_one_columns_otherwise_are_labels():
    spec = several(a=[1, 0, 1], b=[True, False, False])
    assert (spec.task, spec.outputs) == ("multilabel", 2)
    encoded = spec.encode(read_columns({"a": [1, 0], "b": [1, 0]}), np.float64)
    assert encoded.dtype == np.float64 and encoded.tolist() == [[1.0, 1.0], [0.0, 0.0]]
    assert spec.decode([[0.9, 0.1], [0.5, 0.6]]).tolist() == [[1, 0], [0, 1]]
    assert several("multilabel", a=[1, 0], b=[0, 1]).task == "multilabel"
    with pytest.raises(TableError, match=r"target 'b' holds 2 in row 1 .*where 0 or 1 is meant"):
        spec.encode(read_columns({"a": [1], "b": [2]}))
    with pytest.raises(TableError, match=r"row 1 .* has 2 of the 2 classes at 1"):
        several("classification", a=[1, 0], b=[1, 1])


@pytest.mark.parametrize(
    ("values", "task", "wanted"),
    [
        ([None, None], None, "target 'y' has no value in any row"),
        (["a", "a"], None, "target 'y' holds one class only, 'a'"),
        ([5, 5], None, "target 'y' holds one class only, 5"),
        (["a", "b"], "regression", r"target 'y' holds 'a' in row 1 .*where a number is meant"),
        ([1.0, float("inf"), 2.0], None, r"target 'y' holds inf in row 2"),
        ([0, 1], "multilabel", "target 'y' is one column where multilabel needs several"),
    ],
)
def test_targets_that_cannot_be_learnt_are_refused(values, task, wanted):
    with pytest.raises(TableError, match=wanted):
        learn(values, task)


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        (["a", "a", "b"], "class 'b' of the target 'y' has a single row"),
        (["a", "b", "c"], r"class 'a' \(and 2 more classes\) of the target"),
        ([0, 0, 1], "class 1 .* single row, .*or say task regression"),
    ],
)
def test_a_class_with_a_single_row_is_said(values, wanted):
    table = read_columns({"y": values})
    target = learn(values)
    assert len(target.classes) == len(set(values))
    with pytest.warns(ForpassWarning, match=wanted):
        warn_of_single_rows(table, target)
    warn_of_single_rows(read_columns({"y": values * 2}), learn(values * 2))


def test_other_refusals():
    with pytest.raises(UnknownNameError, match="did you mean 'regression'"):
        learn([1, 2], "regresion")
    with pytest.raises(TableError, match=r"no target column 'incom'; .*'income'"):
        learn_target(read_columns({"income": [1, 2]}), "incom")
    with pytest.raises(TableError, match="named twice"):
        learn_target(read_columns({"a": [1, 2]}), ["a", "a"])
    with pytest.raises(TableError, match="no target column is named"):
        learn_target(read_columns({"a": [1, 2]}), [])
    with pytest.raises(TableError, match="no value in the training rows"):
        learn([None, 1.0, 2.0], rows=np.array([0]))
    with pytest.raises(TableError, match="class 'c' has no training row"):
        several(rows=np.arange(4), a=[1, 0, 1, 0, 0], b=[0, 1, 0, 1, 0], c=[0, 0, 0, 0, 1])
    spec = learn(["a", "b"] * 2)
    with pytest.raises(
        TableError, match=r"holds 'z' in row 2 .*a class the training rows did not have \('a', 'b'\)"
    ):
        spec.encode(read_columns({"y": ["a", "z"]}))
    with pytest.raises(TableError, match=r"target 'y' is missing in row 2"):
        spec.encode(read_columns({"y": ["a", None]}))


def test_a_class_may_have_one_training_row_when_another_is_a_test_row():
    assert learn(["a", "a", "b", "b"], rows=np.array([0, 1, 2])).classes == ("a", "b")


def test_rows_with_a_target():
    table = read_columns({"y": ["a", None, "?", "b"], "z": [1.0, 1.0, 1.0, None]})
    assert rows_with_target(table, "y").tolist() == [0, 3]
    assert rows_with_target(table, ["y", "z"]).tolist() == [0]
