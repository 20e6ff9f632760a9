"""Words for a missing value: they are named where they count, and kept where they mean something."""

import numpy as np
import pytest
from later import later

import forpass as fp
from forpass.errors import ForpassWarning, TableError
from forpass.preprocessing import Preprocessing, read_columns, with_missing
from forpass.preprocessing.words import is_missing

pd, pl = later("pandas"), later("polars")

ROWS = {"x": [0.0, 1.0] * 20, "y": ["None", "some"] * 20}


def cells(values, words):
    column = with_missing(read_columns({"x": values}), words).columns["x"]
    return [column.cell(i) for i in range(len(column))]


def test_the_usual_words_are_missing_unless_others_are_said():
    values = ["a", "None", " NA ", "", "unknown", None]
    assert cells(values, None) == ["a", None, None, None, "unknown", None]
    assert cells(values, []) == ["a", "None", " NA ", None, "unknown", None]
    assert cells(values, ["unknown", "NA"]) == ["a", "None", None, None, None, None]


@pytest.mark.parametrize(
    "make", [list, lambda v: pd.Series(v, dtype="category"), lambda v: pl.Series(values=v)]
)
def test_words_come_back_as_they_went(make):
    table = read_columns({"x": make(["b", "None", "a", "NA", "None"])})
    kept = with_missing(table, [])
    assert [kept.columns["x"].cell(i) for i in range(5)] == ["b", "None", "a", "NA", "None"]
    again = with_missing(kept, ["None", "NA"]).columns["x"]
    assert [again.cell(i) for i in range(5)] == ["b", None, "a", None, None]


def test_numbers_can_be_words_for_a_missing_value():
    for values in ([1, -999, 3], [1.0, -999.0, 3.0], ["1", "-999", "3"], pd.Categorical([1, -999, 3])):
        column = with_missing(read_columns({"x": values}), ["-999"]).columns["x"]
        learnt = Preprocessing.learn({"x": values}, missing=["-999"], schema={"x": "number"}).columns[0]
        assert learnt.share_missing == pytest.approx(1 / 3) and learnt.centre == 2.0
        assert [column.cell(0), column.cell(2)] in ([1, 3], ["1", "3"])


@pytest.mark.parametrize(
    ("values", "words", "gone"),
    [
        (np.array([1, -999, 3], dtype=np.int16), ["-999.0", "70000"], [1]),
        (np.array([2**63 + 1, 2**63], dtype=np.uint64), [str(2**63)], [1]),
        (np.array([0.1, 0.5], dtype=np.float32), ["0.1"], [0]),
        (np.array(["1900-01-01", "2024-01-31"], dtype="datetime64[D]"), ["1900-01-01"], [0]),
        (np.array([True, False]), ["true", "1"], []),
        (np.array([1.0, np.nan, np.inf]), ["inf", "nan"], [1, 2]),
    ],
)
def test_words_for_a_missing_value_are_found_in_columns_of_every_type(values, words, gone):
    column = with_missing(read_columns({"x": values}), words).columns["x"]
    assert np.flatnonzero(is_missing(column)).tolist() == gone


def test_long_numbers_beside_a_missing_one_keep_their_digits():
    found = with_missing(read_columns({"x": [2**53 + 1, -1, 2**53]}), ["-1"]).columns["x"]
    assert [found.cell(i) for i in range(3)] == [2**53 + 1, None, 2**53]


def test_a_class_called_none_is_named_and_can_be_kept(tmp_path):
    with (
        pytest.warns(
            ForpassWarning, match=r"20 rows left out.*where 'None' means something, keep it .* missing=\[\]"
        ),
        pytest.raises(TableError, match="one class only"),
    ):
        fp.train_table(ROWS, "y")
    model = fp.train_table(ROWS, "y", missing=[], epochs=60, hidden=[8], learning_rate=0.05)
    assert model.preprocessing.target.classes == ("None", "some")
    again = fp.load(model.save(tmp_path / "m.forpass"))
    assert again.preprocessing.reading.missing == ()
    assert again.predict(ROWS).tolist() == ROWS["y"]
    assert fp.evaluate(again, ROWS).rows == 40


def test_a_single_row_is_read_with_the_same_words():
    table = {"c": ["NA", "b", "c"] * 10, "x": [1.0, -9.0, 3.0] * 10}
    learnt = Preprocessing.learn(table, missing=["-9"])
    whole = learnt.encode(table).numbers
    for row in range(3):
        for one in ({k: [v[row]] for k, v in table.items()}, pd.DataFrame(table).iloc[row : row + 1]):
            np.testing.assert_array_equal(learnt.encode(one).numbers[0], whole[row])


def test_the_estimators_of_tables_keep_it_too():
    X, y = {"x": ROWS["x"], "c": ["NA", "b"] * 20}, ROWS["y"]
    with pytest.raises(TableError, match=r"y contains NaN.* in row 1 .*'None' means something.*missing=\[\]"):
        fp.TableClassifier().fit(X, y)
    classifier = fp.TableClassifier((8,), missing=[], max_iter=60, learning_rate_init=0.05).fit(X, y)
    assert classifier.classes_.tolist() == ["None", "some"]
    assert classifier.predict(X).tolist() == y
    assert classifier.model_.preprocessing.columns[1].values == ("NA", "b")
    given = fp.TableClassifier((8,), missing=[], max_iter=2).fit(X, y, validation_data=(X, y))
    assert len(given.validation_scores_) == 2


def test_a_target_of_such_words_alone_names_them():
    with pytest.raises(TableError, match=r"has no value in any row.*'NA', '\?' mean something.*missing=\[\]"):
        fp.train_table({"x": [1.0, 2.0], "y": ["NA", "?"]}, "y")


@pytest.mark.parametrize("words", ["NA", [1], 3])
def test_what_is_no_list_of_words_is_refused(words):
    with pytest.raises(fp.InputError, match="missing"):
        fp.train_table(ROWS, "y", missing=words)
    with pytest.raises(fp.InputError, match="missing"):
        fp.TableClassifier(missing=words).fit({"x": ROWS["x"]}, ROWS["y"])


def test_codes_of_missing_words_are_looked_up_from_the_end():
    """Every place in a mixed column of words and gaps, also after some rows are taken."""
    values = ["NA", "a", None, "?", "b", "NA", ""]
    table = read_columns({"x": values}).take([5, 4, 3, 2, 1])
    assert [with_missing(table, ["?"]).columns["x"].cell(i) for i in range(5)] == ["NA", "b", None, None, "a"]
    np.testing.assert_array_equal(table.columns["x"].values < 0, [True, False, True, True, False])
