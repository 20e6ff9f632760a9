"""One value, one word, whatever holds it; labels keep their type, long numbers their digits."""

import datetime
import decimal
import re

import numpy as np
import pytest
from later import later

import forpass as fp
from forpass.errors import ForpassWarning, SpecError, TableError
from forpass.preprocessing import Preprocessing, learn_target, learn_target_again, read_columns
from forpass.preprocessing.words import levels_of, numbers_of, word_of

pd, pl, pa = later("pandas"), later("polars"), later("pyarrow")

SHUFFLED = np.arange(40) * 37 % 40
A, B = 2**53, 2**53 + 1  # two numbers that are one float


def column(values):
    return read_columns({"x": values}).columns["x"]


def words(values):
    """The word of each cell, None where it is missing."""
    found = levels_of(column(values))
    return [None if code < 0 else found.words[code] for code in found.codes]


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (7, "7"),
        (7.0, "7"),
        (np.float32(0.1), "0.1"),
        (decimal.Decimal("7.50"), "7.5"),
        (decimal.Decimal("7.0"), "7"),
        (decimal.Decimal(A + 1), str(A + 1)),
        (2**80, str(2**80)),
        (True, "true"),
        (np.bool_(False), "false"),
        (datetime.date(2024, 1, 31), "2024-01-31"),
        (datetime.datetime(2024, 1, 31, 12, 30), "2024-01-31 12:30:00"),
        (" a ", "a"),
        (float("inf"), "inf"),
    ],
)
def test_a_value_is_one_word(value, word):
    assert word_of(value) == word


HOLDERS = {
    "1 2": [
        lambda: [1, 2],
        lambda: [1.0, 2.0],
        lambda: ["1", " 2"],
        lambda: np.array([1, 2], dtype=np.uint8),
        lambda: np.array([1, 2], dtype=np.float32),
        lambda: pd.Series([1, 2], dtype="category"),
        lambda: pd.Categorical([1.0, 2.0]),
        lambda: pd.Series([1, 2], dtype="Int64"),
        lambda: pl.Series(["1", "2"], dtype=pl.Categorical),
        lambda: pa.array([1, 2]).dictionary_encode(),
        lambda: pa.array(["1", "2"]).dictionary_encode(),
        lambda: pa.chunked_array([pa.array([1, 2]).dictionary_encode()]),
        lambda: np.array(["1", "2"], dtype=np.dtypes.StringDType()),
        lambda: [decimal.Decimal("1.0"), decimal.Decimal(2)],
    ],
    "true false": [
        lambda: [True, False],
        lambda: np.array([True, False]),
        lambda: pd.Series([True, False], dtype="category"),
        lambda: pd.Series([True, False], dtype="boolean"),
        lambda: pl.Series([True, False]),
        lambda: pa.array([True, False]).dictionary_encode(),
        lambda: ["true", "false"],
    ],
    "2024-01-31 2024-02-01": [
        lambda: [datetime.date(2024, 1, 31), datetime.date(2024, 2, 1)],
        lambda: np.array(["2024-01-31", "2024-02-01"], dtype="datetime64[D]"),
        lambda: pd.to_datetime(["2024-01-31", "2024-02-01"]),
        lambda: pd.Series(pd.to_datetime(["2024-01-31", "2024-02-01"])).astype("category"),
        lambda: ["2024-01-31", "2024-02-01"],
    ],
}


@pytest.mark.parametrize(
    ("expected", "make"), [(expected.split(), make) for expected, makes in HOLDERS.items() for make in makes]
)
def test_the_word_does_not_depend_on_what_holds_the_value(expected, make):
    assert words(make()) == expected


def test_values_of_several_types_are_the_words_that_each_would_be_alone():
    assert words([True, 1, 2.0, "x ", None, datetime.date(2024, 1, 31)]) == [
        "true",
        "1",
        "2",
        "x",
        None,
        "2024-01-31",
    ]


def test_text_of_numpy_is_text_and_says_itself_what_is_missing():
    text = np.dtypes.StringDType
    assert words(np.array(["a", "", "NA"], dtype=text())) == ["a", None, None]
    assert words(np.array(["a", np.nan], dtype=text(na_object=np.nan))) == ["a", None]
    assert words(np.array(["a", None], dtype=text(na_object=None))) == ["a", None]
    assert words(np.array([["a"], ["b"]], dtype=text())[:, 0]) == ["a", "b"]
    table = read_columns(np.array([["a", "x"], ["b", "y"]], dtype=text()))
    assert [table.columns["x1"].cell(i) for i in range(2)] == ["x", "y"]


def test_text_of_numpy_is_a_target_of_every_estimator():
    y, X = np.array(["a", "b"] * 10, dtype=np.dtypes.StringDType()), np.arange(20.0)[:, None] % 2
    for make in (fp.MLPClassifier, fp.TableClassifier):
        fitted = make((8,), max_iter=200, learning_rate_init=0.05, random_state=0).fit(X, y)
        assert fitted.predict(X).tolist() == y.tolist()
    parts = fp.MLPClassifier((4,)).partial_fit(X, y, classes=np.unique(y))
    assert parts.classes_.tolist() == ["a", "b"]


# --- labels --------------------------------------------------------------------------------------

LABELS = [
    lambda: pd.Series([1, 2] * 9, dtype="category"),
    lambda: pd.Series([1.5, 2.0] * 9, dtype="category"),
    lambda: pd.Series([True, False] * 9, dtype="category"),
    lambda: pd.Series(["a", "b"] * 9, dtype="category"),
    lambda: pd.cut(pd.Series([1, 5, 9] * 6), [0, 3, 6, 9], labels=[1, 2, 3]),
    lambda: pd.Series([3, 1] * 9, dtype=pd.CategoricalDtype([1, 2, 3], ordered=True)),
    lambda: pd.Categorical([1, 2] * 9),
    lambda: pa.array([1, 2] * 9).dictionary_encode(),
    lambda: pa.chunked_array([pa.array([True, False] * 9).dictionary_encode()]),
    lambda: pl.Series(["a", "b"] * 9, dtype=pl.Enum(["b", "a"])),
    lambda: np.array(["a", "b"] * 9, dtype=np.dtypes.StringDType()),
    lambda: np.array([A, B, A + 2] * 6),
    lambda: np.array([2**63, 2**63 + 1] * 9, dtype=np.uint64),
    lambda: np.array([2**70, 2**70 + 1] * 9, dtype=object),
]


def plain(values):
    """The values as Python has them."""
    if isinstance(values, np.ndarray) or hasattr(values, "tolist"):
        return list(values.tolist())
    return values.to_pylist() if hasattr(values, "to_pylist") else values.to_list()


@pytest.mark.parametrize("make", LABELS)
def test_labels_keep_the_type_of_the_values(make, tmp_path):
    values = plain(make())
    table = {"x": [float(sorted(set(values)).index(v)) for v in values], "y": make()}
    task = "classification"
    model = fp.train_table(
        table, "y", test=0, validation=0, epochs=60, hidden=[8], learning_rate=0.05, task=task
    )
    found = plain(fp.load(model.save(tmp_path / "m.forpass")).predict(table))
    assert found == values and {type(v) for v in found} == {type(v) for v in values}
    assert fp.evaluate(model, table).figures["network"]["accuracy"] == 1.0
    how = {"max_iter": 60, "learning_rate_init": 0.05, "validation_fraction": 0, "random_state": 0}
    classifier = fp.TableClassifier((8,), **how)
    classifier.fit({"x": table["x"]}, make())
    assert plain(classifier.classes_) == sorted(set(values))
    assert plain(classifier.predict({"x": table["x"]})) == values
    assert classifier.score({"x": table["x"]}, make()) == 1.0


def test_the_score_is_the_share_of_rows_that_are_right_by_their_weights():
    x, y = [0.0, 1.0] * 10, ["a", "b"] * 10
    classifier = fp.TableClassifier((8,), max_iter=60, learning_rate_init=0.05, random_state=0).fit(
        {"x": x}, y
    )
    assert classifier.predict({"x": x}).tolist() == y
    other = ["a", "c", *y[2:]]  # a class that is none is never predicted
    assert classifier.score({"x": x}, other) == 19 / 20
    weights = [1.0, 0.0, *[1.0] * 18]
    assert classifier.score({"x": x}, other, weights) == 1.0
    with pytest.raises(ValueError, match="X has 20, y has 19"):
        classifier.score({"x": x}, y[1:])
    with pytest.raises(ValueError, match="contains NaN"):
        classifier.score({"x": x}, [None, *y[1:]])


def test_a_class_is_found_by_its_word_or_its_value():
    spec = learn_target(read_columns({"y": pd.Series([1, 2] * 9, dtype="category")}), "y")
    assert spec.classes == (1, 2)
    for others in ([2, 1], [2.0, 1.0], ["2", " 1"], pd.Categorical(["2", "1"])):
        assert spec.numbers(read_columns({"y": others})).tolist() == [1, 0]
    truth = learn_target(read_columns({"y": [0, 1] * 9}), "y")
    assert truth.numbers(read_columns({"y": [True, False]})).tolist() == [1, 0]
    with pytest.raises(
        TableError, match=r"holds '01' in row 2 .*, a class the training rows did not have \(1, 2\)"
    ):
        spec.numbers(read_columns({"y": ["1", "01"]}))


def test_class_weights_go_by_the_labels_themselves():
    y = pd.Series([1, 2] * 9, dtype="category")
    classifier = fp.TableClassifier((4,), max_iter=2, class_weight={1: 3.0, 2: 1.0})
    assert classifier.fit({"x": [0.0, 1.0] * 9}, y).classes_.tolist() == [1, 2]
    classifier.set_params(class_weight={1: 3.0, "1": 1.0})
    with pytest.raises(SpecError, match="names a class twice, as 1 and as '1'; say it once"):
        classifier.fit({"x": [0.0, 1.0] * 9}, y)


def test_labels_that_differ_by_blanks_are_one_class():
    table = {"x": [0.0, 0.0, 1.0] * 6, "y": ["no", " no", "yes "] * 6}
    with pytest.warns(
        ForpassWarning, match="holds 'no' and ' no', which differ by blanks: they are one class, 'no'"
    ):
        spec = learn_target(read_columns(table), "y")
    assert spec.classes == ("no", "yes ")  # as it stands where there is one way
    assert spec.numbers(read_columns(table)).tolist() == [0, 0, 1] * 6
    assert spec.numbers(read_columns({"y": ["yes", " yes"]})).tolist() == [1, 1]


# --- the same rows in Python and in a file ---------------------------------------------------------

CATEGORIES = [
    lambda: pd.Categorical(["01", "02", "A3", "02"] * 10),
    lambda: pd.Categorical([True, False, False, True] * 10),
    lambda: pd.Categorical([1, 2, 3, 2] * 10),
    lambda: pd.Categorical([1.5, 2.0, None, 2.0] * 10),
    lambda: pd.Categorical(["x", "y", "z", None] * 10),
    lambda: pd.Categorical(pd.to_datetime(["2024-01-31", "2024-02-01"] * 20)),
]


@pytest.mark.parametrize("make", CATEGORIES)
def test_a_category_is_the_same_in_python_and_in_a_file(make, tmp_path):
    frame = pd.DataFrame({"c": make(), "x": np.arange(40.0) % 7})
    frame.to_csv(tmp_path / "t.csv", index=False)
    learnt = Preprocessing.learn(frame)
    read = fp.read_table(tmp_path / "t.csv", learnt.reading.text_columns)
    np.testing.assert_array_equal(learnt.encode(read).numbers, learnt.encode(frame).numbers)
    of_file = Preprocessing.learn(fp.read_table(tmp_path / "t.csv"), schema={"c": "category"})
    np.testing.assert_array_equal(of_file.encode(frame).numbers, of_file.encode(read).numbers)


def test_a_category_of_text_stays_text_in_a_file_that_holds_numbers_alone(tmp_path):
    frame = pd.DataFrame({"c": pd.Categorical(["01", "02", "A3"] * 10), "x": np.arange(30.0) % 7})
    learnt = Preprocessing.learn(frame)
    assert learnt.reading.text_columns == ("c",)
    some = frame[frame["c"] != "A3"]
    some.to_csv(tmp_path / "some.csv", index=False)
    read = fp.read_table(tmp_path / "some.csv", learnt.reading.text_columns)
    np.testing.assert_array_equal(learnt.encode(read).numbers, learnt.encode(some).numbers)


@pytest.mark.parametrize("values", [[1, 2], [True, False], [1.5, 2.5]])
def test_text_that_has_become_something_else_is_refused(values):
    learnt = Preprocessing.learn({"c": ["A1", "B2"] * 10})
    with pytest.raises(
        TableError, match=r"column 'c' held text in training, like 'A1', and holds .* give it as text"
    ):
        learnt.encode({"c": values})


# --- long whole numbers ----------------------------------------------------------------------------

LONG = [
    lambda: [str(A), str(B)] * 10,
    lambda: [A, B] * 10,
    lambda: np.array([A, B] * 10),
    lambda: np.array([2**63, 2**63 + 1] * 10, dtype=np.uint64),
    lambda: [2**63, 2**63 + 1] * 10,
    lambda: [2**100, 2**100 + 1] * 10,
    lambda: [A, None, B, None] * 5,
    lambda: [A, 0.5, B, 0.5] * 5,
    lambda: [decimal.Decimal(A), decimal.Decimal(B)] * 10,
    lambda: pd.Series([A, None, B, None] * 5, dtype="Int64"),
    lambda: pd.array([A, None, B, None] * 5, dtype="Int64"),
    lambda: pa.array([A, None, B, None] * 5),
    lambda: pl.Series([A, B] * 10, dtype=pl.Decimal(20, 0)),
    lambda: pl.Series([A, None, B, None] * 5),
    lambda: np.ma.array([A, 0, B, 0] * 5, mask=[0, 1, 0, 1] * 5),
]


@pytest.mark.parametrize("make", LONG)
def test_no_digit_of_a_whole_number_is_lost(make):
    learnt = Preprocessing.learn({"id": make()})
    (spec,) = learnt.columns
    known = [word for word in words(make()) if word not in (None, "0.5")]
    assert len(set(known)) == 2
    assert spec.kind == "category" and set(known) <= set(spec.values)
    X = learnt.encode({"id": make()}).numbers
    places = [i for i, word in enumerate(words(make())) if word == known[0]]
    others = [i for i, word in enumerate(words(make())) if word == known[1]]
    assert (X[places] == X[places[0]]).all() and not (X[places[0]] == X[others[0]]).all()


def test_long_numbers_in_a_file_keep_their_digits(tmp_path):
    ids = [10**19 + 1, 10**19 + 2]  # beyond 64 bits with a sign
    (tmp_path / "t.csv").write_text("id,x\n" + "".join(f"{ids[i % 2]},{i % 7}\n" for i in range(40)))
    learnt = Preprocessing.learn(fp.read_table(tmp_path / "t.csv"))
    assert learnt.columns[0].values == tuple(map(str, ids))


@pytest.mark.parametrize("ends", [".0", ".", ".000"])
def test_long_numbers_with_an_empty_fraction_keep_their_digits(tmp_path, ends):
    """They were equal floats, without a word."""
    ids = [f"{2**53 + i % 2}{ends}" for i in range(40)]
    (tmp_path / "t.csv").write_text("id,x\n" + "".join(f"{word},{i % 7}\n" for i, word in enumerate(ids)))
    for table in (fp.read_table(tmp_path / "t.csv"), {"id": ids, "x": np.arange(40.0) % 7}):
        learnt = Preprocessing.learn(table)
        assert (learnt.columns[0].kind, learnt.columns[0].values) == ("category", tuple(sorted(set(ids))))


def test_long_numbers_that_stay_apart_are_numbers_and_named():
    times = {"t": SHUFFLED * 10**15 + 10**18 + 1, "x": np.arange(40.0) % 7}
    with pytest.warns(ForpassWarning, match=r"whole numbers beyond 2\*\*53, like 1\d+, whose last digits"):
        learnt = Preprocessing.learn(times)
    assert learnt.columns[0].kind == "number"
    Preprocessing.learn(times, schema={"t": "number"})  # said, and not named any more


def test_identifiers_that_are_floats_already_are_named():
    ids = {"id": SHUFFLED * 2.0**30 + 1e18, "x": np.arange(40.0) % 7}
    with pytest.warns(ForpassWarning, match="as floats, which have lost digits"):
        Preprocessing.learn(ids)


# --- masks -----------------------------------------------------------------------------------------

SHORT = {
    "array": lambda v: v,
    "pandas": lambda v: pd.Series(v, name="x"),
    "categories": lambda v: pd.Series(v).astype("category"),
    "categories of Float32": lambda v: pd.Series(v, dtype="Float32").astype("category"),
    "categories of Arrow": lambda v: pd.Series(v, dtype="float[pyarrow]").astype("category"),
    "Float32": lambda v: pd.Series(v, dtype="Float32"),
    "polars": lambda v: pl.Series("x", v),
    "pyarrow": lambda v: pa.chunked_array([v]),
    "dictionary": lambda v: pa.array(v).dictionary_encode(),
    "list": list,
    "objects": lambda v: np.array([*v, None], dtype=object)[:-1],
    "masked": lambda v: np.ma.masked_array(v, mask=[False, False, True]),
    "beside gaps": lambda v: [*v, None, float("nan")],
    "beside a number": lambda v: [*v, 7],
    "beside text": lambda v: [*v, "a"],
}


@pytest.mark.parametrize("holder", SHORT)
def test_a_number_of_few_digits_is_the_shortest_word_that_names_it(holder):
    v = np.array([0.1, 0.7, 0.1], np.float32)
    assert words(SHORT[holder](v))[:2] == ["0.1", "0.7"]


@pytest.mark.parametrize(
    "holder", ["array", "polars", "pyarrow", "list", "masked", "beside gaps", "beside text"]
)
def test_so_is_one_of_fewer_digits(holder):
    v = np.array([0.1, 0.7, 0.1], np.float16)
    assert words(SHORT[holder](v))[:2] == ["0.1", "0.7"]


def test_as_a_number_it_stays_what_it_is():
    for kind in (np.float16, np.float32):
        v = np.array([0.1, 0.7, 0.1], kind)
        categories = [pd.Categorical(v)] if kind is np.float32 else []
        for held in (v, list(v), pa.array(v).dictionary_encode(), *categories):
            np.testing.assert_array_equal(numbers_of("x", column(held)), v.astype(np.float64))


def test_a_model_of_few_digits_knows_the_rows_of_a_file(tmp_path):
    v = np.array([0.1, 0.2] * 20, np.float32)
    (tmp_path / "rows.csv").write_text("c,y\n" + "0.1,0.1\n0.2,0.2\n" * 20)
    table = fp.read_table(tmp_path / "rows.csv")
    for held in (v, pd.Categorical(v), list(v)):
        kinds = {"schema": {"c": "category"}, "task": "classification"}
        model = fp.train_table({"c": held, "y": held}, "y", epochs=1, **kinds)
        assert sorted(model.preprocessing.columns[0].values) == ["0.1", "0.2"]
        assert model.preprocessing.target.classes == (0.1, 0.2)
        np.testing.assert_array_equal(model.predict_proba(table), model.predict_proba({"c": held}))
        assert fp.evaluate(model, table).rows == 40


MASKED = [
    (np.array([1, 2, 3]), [1.0, np.nan, 3.0], "integer"),
    (np.array([1.5, 2, 3]), [1.5, np.nan, 3.0], "float"),
    (np.array([1.5, 2, 3], dtype=np.float32), [1.5, np.nan, 3.0], "float"),
    (np.array([True, True, False]), [1.0, np.nan, 0.0], "boolean"),
    (np.array(["1970-01-02", "2000-01-01", "1970-01-04"], dtype="datetime64[D]"), [1.0, np.nan, 3.0], "date"),
    (np.array([1, 2, 3], dtype="timedelta64[D]"), [1.0, np.nan, 3.0], "float"),
]


@pytest.mark.parametrize(("plain", "expected", "kind"), MASKED)
def test_what_is_masked_is_missing(plain, expected, kind):
    found = column(np.ma.array(plain, mask=[0, 1, 0]))
    assert found.kind == kind
    np.testing.assert_array_equal(found.values, expected)


def test_masked_text_and_objects_are_missing():
    assert words(np.ma.array(["a", "b"], mask=[0, 1])) == ["a", None]
    assert words(np.ma.array(["a", object()], mask=[0, 1], dtype=object)) == ["a", None]
    assert words([1.0, np.ma.masked]) == ["1", None]


X = np.ma.array(np.arange(40.0).reshape(20, 2))
X[3, 0] = np.ma.masked
X.data[3, 0] = 1e9


def test_a_table_of_masked_numbers_learns_nothing_below_the_mask():
    for given in (X, {"x0": X[:, 0], "x1": X[:, 1]}):
        spec = Preprocessing.learn(given).columns[0]
        assert spec.share_missing == 0.05 and spec.centre == 20.0
    regressor = fp.TableRegressor((4,), max_iter=2, validation_fraction=0).fit(X, np.arange(20.0))
    assert regressor.model_.preprocessing.columns[0].share_missing > 0
    assert regressor.predict(X).max() < 100


Y = np.ma.array(np.arange(20.0) % 2, mask=[1] + [0] * 19)
ESTIMATORS = ["MLPClassifier", "MLPRegressor", "TableClassifier", "TableRegressor", "LogisticNeuron"]


@pytest.mark.parametrize("name", ESTIMATORS)
def test_a_masked_target_is_refused(name):
    with pytest.raises(ValueError, match=r"y (is a masked array with missing values|contains NaN)"):
        getattr(fp, name)(max_iter=2).fit(X.filled(0.0), Y)


@pytest.mark.parametrize("name", ["MLPClassifier", "MLPRegressor", "LogisticNeuron"])
def test_masked_features_are_refused_where_none_may_be_missing(name):
    y = np.arange(20) % 2
    with pytest.raises(ValueError, match="X is a masked array with missing values"):
        getattr(fp, name)(max_iter=2).fit(X, y)


@pytest.mark.filterwarnings("ignore:max_iter")
def test_masked_rows_to_predict_and_weights_are_refused():
    y = np.arange(20) % 2
    classifier = fp.MLPClassifier(max_iter=2).fit(X.filled(0.0), y)
    with pytest.raises(ValueError, match="X is a masked array"):
        classifier.predict(X)
    for make in (fp.MLPClassifier, fp.TableClassifier):
        with pytest.raises(ValueError, match="sample_weight is a masked array"):
            make(max_iter=2).fit(X.filled(0.0), y, sample_weight=Y)


def test_a_mask_that_masks_nothing_changes_nothing():
    plain = np.arange(12.0).reshape(6, 2)
    found = read_columns(np.ma.array(plain))
    np.testing.assert_array_equal(found.columns["x1"].values, plain[:, 1])


def test_rows_of_a_table_with_a_masked_target_are_left_out_and_counted():
    table = {"x": np.arange(20.0) % 7, "y": np.ma.array(np.arange(20) % 2, mask=[1, 1] + [0] * 18)}
    with pytest.warns(ForpassWarning, match="2 rows left out, without a value of the target 'y'"):
        assert fp.train_table(table, "y", epochs=1).provenance.rows.training == 13


# --- numbers in a target, and dates with and without zones -----------------------------------------

PRICES = [f"{18_071 + 10 * i:,}" for i in SHUFFLED]


def test_a_target_of_numbers_with_separators_is_learnt_and_measured():
    table = {"x": SHUFFLED + np.arange(40) % 3 * 0.9, "y": PRICES}
    model = fp.train_table(table, "y", epochs=200, hidden=[], learning_rate=0.05, test=0, batch_size=8)
    target = model.preprocessing.target
    assert target.task == "regression" and target.notations == (("", ",", "."),)
    assert target.unit.mean[0] == pytest.approx(18_266, abs=100)
    assert "like '18,071', 18071" in target.why
    plain = {"x": table["x"], "y": [float(price.replace(",", "")) for price in PRICES]}
    assert fp.evaluate(model, table).figures == fp.evaluate(model, plain).figures
    assert np.abs(model.predict(table) - plain["y"]).mean() < 30
    assert type(target).from_json(target.to_json()) == target


def test_a_regressor_scores_what_is_written_as_it_was_when_it_learnt():
    X, plain = {"x": SHUFFLED % 7}, [float(price.replace(",", "")) for price in PRICES]
    regressor = fp.TableRegressor((4,), max_iter=3, random_state=0).fit(X, PRICES)
    assert regressor.score(X, PRICES) == regressor.score(X, plain) == regressor.score(X, plain, np.ones(40))
    with pytest.raises(ValueError, match="y has 39"):
        regressor.score(X, plain[1:])


@pytest.mark.parametrize(
    ("words", "task"),
    [
        ([f"€ {value:,}" for value in range(1000, 1040)], "regression"),
        ([f"{value}%" for value in range(40)], "regression"),
        ([f"{value}A" for value in range(40)], "classification"),
        (["1,000", "2,000"] * 20, "classification"),
        (["1,000", "none"] * 20, "classification"),
    ],
)
def test_text_is_a_number_to_predict_where_it_is_hardly_a_class(words, task):
    assert learn_target(read_columns({"y": words}), "y").task == task


def test_how_a_target_is_written_is_told_from_all_rows():
    table = {"y": [*PRICES, "1,5"]}  # a decimal comma, in a row that is no training row
    whole = learn_target(read_columns(table), "y", "regression")
    assert whole.notations == (("", "", ","),)
    again = learn_target_again(whole, read_columns(table), np.arange(3))
    assert again.notations == whole.notations and again.unit.mean[0] == pytest.approx(
        (18.071 + 18.441 + 18.411) / 3
    )


def test_the_schema_says_what_a_target_is():
    few = {"x": np.arange(40.0) % 7, "y": ["1,000", "2,000"] * 20}
    assert Preprocessing.learn(few, "y").target.classes == ("1,000", "2,000")
    said = Preprocessing.learn(few, "y", schema={"y": "number"}).target
    assert (said.task, said.unit.mean) == ("regression", (1500.0,))
    rings = {"x": np.arange(40.0) % 7, "y": [3, 4, 5, 9] * 10}
    assert Preprocessing.learn(rings, "y", schema={"y": "category"}).target.classes == (3, 4, 5, 9)
    model = fp.train_table(rings, "y", schema={"y": "category"}, epochs=1)
    assert model.preprocessing.target.classes == (3, 4, 5, 9)
    for schema, task, words in (
        ({"y": "drop"}, None, "is the target and cannot be of the kind 'drop'"),
        ({"y": "date"}, None, "is the target and cannot be of the kind 'date'"),
        (
            {"y": "number"},
            "classification",
            "is of the kind 'number', to predict by regression, and the task is",
        ),
    ):
        with pytest.raises(TableError, match=re.escape(words)):
            fp.train_table(rings, "y", schema=schema, task=task)


def test_dates_with_a_zone_beside_dates_without_are_named():
    zone = datetime.timezone(datetime.timedelta(hours=9))
    naive = [datetime.datetime(2024, 1, 1 + i % 28, 12) for i in range(40)]
    aware = [when.replace(tzinfo=zone) for when in naive]
    mixed = naive[:20] + aware[20:]
    for make in (list, pd.Series, lambda dates: [when.isoformat() for when in dates]):
        with pytest.warns(ForpassWarning, match="'t' holds dates with a time zone and dates without one"):
            Preprocessing.learn({"t": make(mixed)})
    learnt = Preprocessing.learn({"t": naive})
    with pytest.warns(ForpassWarning, match="'t' .some with a time zone, which no training row had"):
        learnt.encode({"t": aware})
    learnt.encode({"t": naive})
    of_zone = Preprocessing.learn({"t": pd.Series(aware)})
    with pytest.warns(ForpassWarning, match="'t' .some without a time zone, which all training rows had"):
        of_zone.encode({"t": naive})
    of_zone.encode({"t": [when.isoformat() for when in aware]})
