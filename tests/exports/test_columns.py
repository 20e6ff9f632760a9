"""From cells to features: to the bit those of the preprocessing, whatever stands in a table."""

import datetime
import types
import warnings

import numpy as np
import pytest
from carried import values_of

import forpass as fp
from forpass.exports.columns import inputs_of
from forpass.exports.graph import Graph
from forpass.exports.trial_rows import cells_of, rows_to_try, table_of
from forpass.exports.writer import Writer
from forpass.preprocessing import Preprocessing


def written(preprocessing):
    """The graph of a preprocessing alone, and what networks read of it."""
    writer = Writer(Graph("columns"))
    first = [fp.Embedding(2)] if any(group.kind == "code" for group in preprocessing.groups) else []
    spec = fp.NetworkSpec(inputs=preprocessing.groups, layers=[*first, fp.Dense(1)], head=fp.Head("squared"))
    return writer.graph, inputs_of(writer, preprocessing, spec)


def require_same_features(preprocessing, table=None):
    graph, inputs = written(preprocessing)
    model = types.SimpleNamespace(preprocessing=preprocessing)
    cells = rows_to_try(graph, model) if table is None else cells_of(graph, model, table)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fp.ForpassWarning)
        data = preprocessing.encode(table_of(graph, model, cells) if table is None else table)
    found = values_of(graph, cells)
    if inputs.X is not None:
        assert found[inputs.X.name].dtype == np.float32
        np.testing.assert_array_equal(found[inputs.X.name], data.numbers)
    if inputs.codes is not None:
        np.testing.assert_array_equal(found[inputs.codes.name], data.codes)
    return graph


def learnt(cells, options=None, **more):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fp.ForpassWarning)
        return Preprocessing.learn(cells, options=options or fp.ColumnOptions(), **more)


NUMBERS = [1.5, -2.0, 40.0, 40.0, 0.0, 7.25] * 20
DATES = [datetime.datetime(2019, 12, 30, 6) + datetime.timedelta(days=11.5 * i) for i in range(120)]

COLUMNS = {
    "numbers": NUMBERS,
    "whole numbers": [int(10 * x) for x in NUMBERS],
    "numbers with gaps": [None if i % 9 == 0 else x for i, x in enumerate(NUMBERS)],
    "float32": np.array(NUMBERS, np.float32),
    "numbers as text": [f"{1000 * x:,.1f} kg" for x in NUMBERS],
    "truth": [bool(i % 3) for i in range(120)],
    "truth with gaps": [None if i % 11 == 0 else bool(i % 3) for i in range(120)],
    "yes and no": [["yes", "No", "?"][i % 3] for i in range(120)],
    "words": [["red", "green", "blue", None, "NA"][i % 5] for i in range(120)],
    "two words": [["red", "green"][i % 2] for i in range(120)],
    "a word and gaps": [["red", "", "?"][i % 3] for i in range(120)],
    "rare words": ["often" if i % 4 else f"w{i // 8}" for i in range(120)],
    "dates": DATES,
    "dates with gaps": [None if i % 10 == 0 else day for i, day in enumerate(DATES)],
    "dates as text": [day.strftime("%Y-%m-%d %H:%M") for day in DATES],
}


@pytest.mark.parametrize("name", COLUMNS)
def test_features_of_generated_rows_are_those_of_the_preprocessing(name):
    require_same_features(learnt({"x": COLUMNS[name], "other": NUMBERS}))


@pytest.mark.parametrize("name", COLUMNS)
def test_features_of_given_rows_are_those_of_the_preprocessing(name):
    cells = {"x": COLUMNS[name], "other": NUMBERS}
    require_same_features(learnt(cells), cells)


CATEGORIES = {
    "whole numbers": [int(i % 5) for i in range(120)],
    "numbers": [[0.1, 2.0, 1e20][i % 3] for i in range(120)],
    "float32": np.array([[0.1, 2.0, 3.5][i % 3] for i in range(120)], np.float32),
    "identifiers beyond 2^53": [2**60 + i % 3 for i in range(120)],
    "truth": [bool(i % 3) for i in range(120)],
    "truth with gaps": [None if i % 11 == 0 else bool(i % 3) for i in range(120)],
    "dates": [datetime.date(2024, 2, 27 + i % 3) for i in range(120)],
}


@pytest.mark.parametrize("coded", [False, True], ids=["levels", "codes"])
@pytest.mark.parametrize("name", CATEGORIES)
def test_categories_that_are_no_text(name, coded):
    cells = {"x": CATEGORIES[name], "other": NUMBERS}
    options = fp.ColumnOptions(max_one_hot=1 if coded else None)
    preprocessing = learnt(cells, options, schema={"x": "category"})
    require_same_features(preprocessing)
    require_same_features(preprocessing, cells)


def test_words_for_a_missing_value_that_are_numbers():
    cells = {"x": [-999.0 if i % 5 == 0 else float(i) for i in range(120)], "w": COLUMNS["words"]}
    preprocessing = learnt(cells, missing=["-999", "blue"])
    graph = require_same_features(preprocessing)
    require_same_features(preprocessing, cells)
    x, w = graph.inputs
    assert x.missing == (-999.0,)
    assert set(w.missing) == {"", "-999", "blue"}


def test_bins_and_repeated_values():
    cells = {"x": [float(i % 12) for i in range(240)], "d": [*DATES, *DATES]}
    options = fp.ColumnOptions(bins=fp.Bins(max_bins=8), values=True)
    preprocessing = learnt(cells, options)
    assert {group.kind for group in preprocessing.groups} >= {"number", "value"}
    graph, inputs = written(preprocessing)
    cells = {
        "x": np.array([0.0, 1.0, 1.5, np.nan, 11.0, 1e9]),
        "d": np.array([0.0, 18262.0, 1.5, np.nan, 9e4, -1.0]),
    }
    found = values_of(graph, cells)
    model = types.SimpleNamespace(preprocessing=preprocessing)
    data = preprocessing.encode(table_of(graph, model, cells), aloud=False)
    np.testing.assert_array_equal(found[inputs.X.name], data.numbers)
    np.testing.assert_array_equal(found[inputs.codes.name], data.codes)
