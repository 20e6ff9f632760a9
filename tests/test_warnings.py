"""Warnings point at the line that called forpass, however deep inside the reason was found."""

import warnings

import numpy as np
import pytest

import forpass as fp
from forpass.engines import select
from forpass.told import each_told_once, warn_the_caller

N = 24
TABLE = {
    "size": np.sin(np.arange(N)).tolist(),
    "height": [f"{i % 5},5" for i in range(N)],  # text that looks like numbers
    "grade": ["low", "high"] * (N // 2),
}
QUICK = {"epochs": 1, "hidden": [2], "test": 0.0, "validation": 0.0}
WITH_GAPS = {**TABLE, "grade": [None, *TABLE["grade"][1:]]}
PLAIN = {"size": TABLE["size"], "grade": TABLE["grade"]}


def learn():
    return fp.Preprocessing.learn(PLAIN, "grade", weight=None)


CALLS = {
    "a column is taken as text, on the road of a table": lambda: fp.train_table(TABLE, "grade", **QUICK),
    "a column is taken as text": lambda: fp.Preprocessing.learn(TABLE, "grade"),
    "a target is missing": lambda: fp.Preprocessing.learn({**PLAIN, "grade": WITH_GAPS["grade"]}, "grade"),
    "a gap is new": lambda: learn().encode({"size": [None, 1.0]}),
    "few rows": lambda: fp.train_table(
        {**{f"x{i}": np.sin((i + 2) * np.arange(N)) for i in range(N + 1)}, "grade": TABLE["grade"]},
        "grade",
        **QUICK,
    ),
    "folds, in threads of their own": lambda: fp.cross_validate(TABLE, "grade", folds=2, epochs=1, hidden=2),
    "an estimator of tables": lambda: fp.TableClassifier(max_iter=1).fit(
        {"height": TABLE["height"], "size": TABLE["size"]}, TABLE["grade"]
    ),
    "an estimator's fit did not converge": lambda: fp.MLPClassifier((2,), max_iter=1).fit(
        np.eye(4), [0, 1, 0, 1]
    ),
    "a neuron's fit did not converge": lambda: fp.Perceptron(max_iter=1).fit(
        [[0.0], [1.0], [2.0]], [0, 1, 0]
    ),
    "partial_fit with a large batch": lambda: fp.MLPClassifier((2,), batch_size=9).partial_fit(
        np.eye(4), [0, 1, 0, 1], classes=[0, 1]
    ),
}


@pytest.mark.parametrize("what", CALLS)
def test_a_warning_points_at_the_call(what):
    call = CALLS[what]
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        call()
    assert warned
    first = call.__code__.co_firstlineno
    for warning in warned:
        assert warning.filename == __file__
        assert first <= warning.lineno <= first + 4


def test_an_engine_that_is_not_there_is_told_at_the_call(monkeypatch):
    monkeypatch.setattr(select, "_llvmlite_is_there", lambda: False)
    data = fp.Data(np.eye(2), targets=[0, 1])
    spec = fp.multilayer(2, [], 2, "softmax_cross_entropy")
    with pytest.warns(fp.ForpassWarning, match="llvmlite is not installed") as warned:
        fp.train(spec, fp.TrainingSpec(epochs=1), data)
    assert {warning.filename for warning in warned} == {__file__}


def test_what_differs_by_its_figures_alone_is_told_once_and_columns_are_told_apart():
    said = [
        "column 'n1' has 160 values",
        "column 'n1' has 1,200 values",
        "column 'n2' has 160 values",
        'column "it\'s 1" has 3.5 values',
        'column "it\'s 2" has 3.5 values',
    ]
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        with each_told_once():
            for message in said:
                warn_the_caller(message)
        warn_the_caller(said[0])
    assert [str(w.message) for w in found] == [said[0], said[2], said[3], said[4], said[0]]
