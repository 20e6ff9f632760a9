"""Tables as they are: any frame, text, dates, gaps, sparse and wide; y in any form."""

import datetime
import pickle

import numpy as np
import pytest
import scipy.sparse
from later import later
from scikit_learns_checks import require_scikit_learns_checks

import forpass as fp

pd = later("pandas")
pl = later("polars")
pa = later("pyarrow")
clone = later("sklearn.base", "clone")
load_diabetes, load_iris = later("sklearn.datasets", "load_diabetes", "load_iris")
exceptions = later("sklearn.exceptions")
balanced_accuracy_score = later("sklearn.metrics", "balanced_accuracy_score")
GridSearchCV, cross_val_score = later("sklearn.model_selection", "GridSearchCV", "cross_val_score")
make_pipeline = later("sklearn.pipeline", "make_pipeline")
FunctionTransformer = later("sklearn.preprocessing", "FunctionTransformer")
TableClassifier, TableRegressor = later("forpass", "TableClassifier", "TableRegressor")

REASONS = dict.fromkeys(
    ("check_sample_weight_equivalence_on_dense_data", "check_sample_weight_equivalence_on_sparse_data"),
    "a share of the rows is for validation: two equal rows may be split, one row of weight 2 cannot be",
)

OF_RECIPES = {"check_class_weight_classifiers": "it sets max_iter, which is of a single network"}


@pytest.mark.slow
@pytest.mark.parametrize(
    "cls_and_parameters",
    [
        (TableClassifier, {"hidden_layer_sizes": (16,), "max_iter": 50, "learning_rate_init": 0.02}),
        (TableRegressor, {"hidden_layer_sizes": (16,), "max_iter": 100, "learning_rate_init": 0.02}),
        (TableClassifier, {"preset": "fast"}),
        (TableRegressor, {"preset": "fast"}),
    ],
    ids=["plain classifier", "plain regressor", "classifier by a recipe", "regressor by a recipe"],
)
@pytest.mark.filterwarnings("ignore")
def test_scikit_learns_checks(cls_and_parameters):
    cls, parameters = cls_and_parameters
    by_recipe = "preset" in parameters and cls.__name__ == "TableClassifier"
    require_scikit_learns_checks(cls(**parameters), REASONS | (OF_RECIPES if by_recipe else {}))


def rooms(n=240, seed=0):
    """Rooms with size, floor, date of building and gaps, and what they cost."""
    rng = np.random.default_rng(seed)
    size = rng.uniform(15.0, 120.0, n)
    floor = rng.choice(["ground", "middle", "top"], n)
    built = [datetime.date(1950, 1, 1) + datetime.timedelta(days=int(d)) for d in rng.integers(0, 25_000, n)]
    garden = rng.random(n) < 0.3
    rent = 8.0 * size + 150.0 * (floor == "top") + 100.0 * garden + rng.normal(0.0, 10.0, n)
    columns = {
        "size": [None if gap else float(s) for s, gap in zip(size, rng.random(n) < 0.05, strict=True)],
        "floor": [None if gap else str(f) for f, gap in zip(floor, rng.random(n) < 0.05, strict=True)],
        "built": built,
        "garden": garden.tolist(),
    }
    return columns, rent


FRAMES = {
    "pandas": later("pandas", "DataFrame"),
    "polars": later("polars", "DataFrame"),
    "pyarrow": later("pyarrow", "table"),
    "dict": dict,
}
QUICK = {"hidden_layer_sizes": (16,), "learning_rate_init": 0.02, "max_iter": 60, "random_state": 0}


@pytest.mark.parametrize("make", FRAMES.values(), ids=FRAMES)
def test_any_frame_gives_the_same_network(make):
    columns, rent = rooms()
    model = TableRegressor(**QUICK).fit(make(columns), rent)
    assert model.schema_ == {"size": "number", "floor": "category", "built": "date", "garden": "boolean"}
    assert model.feature_names_in_.tolist() == list(columns) and model.n_features_in_ == 4
    assert model.score(make(columns), rent) > 0.9
    same = TableRegressor(**QUICK).fit(pd.DataFrame(columns), rent)
    assert model.model_.fingerprint() == same.model_.fingerprint()


def test_a_record_batch_has_names():
    columns, rent = rooms()
    model = TableRegressor(**QUICK).fit(pa.RecordBatch.from_pydict(columns), rent)
    swapped = pa.RecordBatch.from_pydict(dict(reversed(columns.items())))
    np.testing.assert_array_equal(model.predict(swapped), model.predict(columns))
    with pytest.raises(fp.TableError, match="collect it first"):
        TableRegressor(**QUICK).fit(pl.DataFrame(columns).lazy(), rent)
    with pytest.raises(fp.TableError, match="two columns are called 'size'"):
        TableRegressor(**QUICK).fit(pd.DataFrame(np.ones((9, 2)), columns=["size", "size"]), np.arange(9.0))


def test_what_only_pandas_has():
    columns, rent = rooms()
    frame = pd.get_dummies(pd.DataFrame(columns)[["size", "floor"]], columns=["floor"], sparse=True)
    frame["month"] = pd.period_range("2001-01", periods=240, freq="M")
    model = TableRegressor(**QUICK).fit(frame, rent)
    assert model.schema_["floor_top"] == "boolean" and model.schema_["month"] == "date"
    with pytest.raises(fp.TableError, match="'z' holds values of the type complex128"):
        TableRegressor(**QUICK).fit(frame.assign(z=1j), rent)


def test_columns_are_found_by_name():
    columns, rent = rooms()
    frame = pd.DataFrame(columns)
    model = TableRegressor(**QUICK).fit(frame, rent)
    expected = model.predict(frame)
    other = frame.assign(colour="red")[["garden", "colour", "built", "floor", "size"]]
    np.testing.assert_array_equal(model.predict(other), expected)
    np.testing.assert_array_equal(model.predict(frame.to_numpy()), expected)  # by place
    with pytest.raises(fp.TableError, match=r"lacks the column 'size' .perhaps 'sise'"):
        model.predict(frame.rename(columns={"size": "sise"}))
    with pytest.raises(ValueError, match="X has 3 features, but TableRegressor is expecting 4"):
        model.predict(frame.to_numpy()[:, :3])
    with pytest.warns(fp.ForpassWarning, match="'floor' .1 row, for instance 'cellar'"):
        model.predict(frame.head(3).assign(floor=["top", "cellar", "top"]))


def test_the_schema_can_be_overruled():
    columns, rent = rooms()
    columns["postcode"] = np.random.default_rng(1).choice([10115, 20095, 80331], 240).tolist()
    frame = pd.DataFrame(columns)
    model = TableRegressor(**QUICK).fit(frame, rent)
    assert model.schema_["postcode"] == "number"
    changed = model.schema_ | {"postcode": "category", "built": "drop"}
    again = TableRegressor(schema=changed, **QUICK).fit(frame, rent)
    assert (again.schema_["postcode"], again.schema_["built"]) == ("category", "drop")
    with pytest.raises(fp.TableError, match="'postcod'"):
        TableRegressor(schema={"postcod": "category"}, **QUICK).fit(frame, rent)


# -- y -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "labels", [["cheap", "dear"], [True, False], [0, 1], [3, 7, 9], [1.0, 2.0], ["a", "b", "c"]], ids=str
)
@pytest.mark.parametrize(
    "make",
    [np.array, list, later("pandas", "Series"), later("polars", "Series")],
    ids=["array", "list", "pandas", "polars"],
)
def test_classes_of_any_type(labels, make):
    columns, rent = rooms()
    place = np.searchsorted(np.quantile(rent, np.arange(1, len(labels)) / len(labels)), rent)
    y = make([labels[i] for i in place])
    model = TableClassifier(**QUICK).fit(columns, y)
    assert model.classes_.tolist() == sorted(labels)
    predicted = model.predict(columns)
    assert set(predicted.tolist()) <= set(labels) and type(
        predicted[0].item() if hasattr(predicted[0], "item") else predicted[0]
    ) is type(labels[0])
    assert model.score(columns, np.array(y)) > 0.75
    P = model.predict_proba(columns)
    assert P.shape == (240, len(labels))
    np.testing.assert_allclose(P.sum(axis=1), 1.0, rtol=1e-5)


TWO_TIMES = [datetime.datetime(2024, 1, 1, 9, 30), datetime.datetime(2024, 1, 2)]


@pytest.mark.filterwarnings("ignore:column 'a' leaks")
@pytest.mark.parametrize(
    ("labels", "kept"),
    [
        ([datetime.date(2024, 1, 1), datetime.date(2024, 1, 2)], "datetime64[D]"),
        (TWO_TIMES, "datetime64[us]"),
        ([datetime.timedelta(hours=1), datetime.timedelta(hours=2)], "timedelta64[us]"),
        ([datetime.time(9), datetime.time(10)], ["09:00:00", "10:00:00"]),
        (
            [time.replace(tzinfo=datetime.UTC) for time in TWO_TIMES],
            ["2024-01-01 09:30:00", "2024-01-02"],
        ),
    ],
)
def test_categories_are_classes_of_the_type_that_they_have(labels, kept):
    """Of dates and durations they were text, and no prediction was equal to any label."""
    X, y = {"a": [0.0, 1.0] * 30}, pd.Series(labels * 30, dtype="category")
    model = TableClassifier((8,), max_iter=30, learning_rate_init=0.05, random_state=0).fit(X, y)
    kept, expected = (kept, labels) if isinstance(kept, str) else ("object", kept)
    assert (model.classes_.dtype, model.classes_.tolist()) == (kept, expected)
    assert model.predict(X).tolist() == expected * 30
    assert (model.predict(X).dtype, model.score(X, y)) == (kept, 1.0)
    assert model.score(X, y.to_frame()) == 1.0
    assert model.fit(X, y.to_frame()).classes_.tolist() == expected


@pytest.mark.filterwarnings("ignore:column 'a' leaks")
def test_intervals_are_classes_by_their_words():
    X = {"a": [0.25, 0.75] * 30}
    y = pd.cut(pd.Series(X["a"]), [0.0, 0.5, 1.0])
    model = TableClassifier((8,), max_iter=30, learning_rate_init=0.05, random_state=0).fit(X, y)
    assert model.classes_.tolist() == ["(0.0, 0.5]", "(0.5, 1.0]"]
    assert model.predict(X).tolist() == y.astype(str).tolist()
    assert model.score(X, y) == 1.0


def test_one_hot_columns_are_classes():
    columns, rent = rooms()
    dear = rent > np.median(rent)
    y = pd.DataFrame({"cheap": (~dear).astype(int), "dear": dear.astype(int)})
    model = TableClassifier(**QUICK).fit(columns, y)
    assert model.classes_.tolist() == ["cheap", "dear"]
    assert model.predict(columns).shape == (240, 2) and (model.predict(columns).sum(axis=1) == 1).all()
    assert model.score(columns, y) > 0.8
    three = np.eye(3, dtype=int)[np.searchsorted(np.quantile(rent, [0.3, 0.6]), rent)]
    assert TableClassifier(**QUICK).fit(columns, three).predict(columns).shape == (240, 3)


def test_several_labels_and_several_values():
    columns, rent = rooms()
    labels = np.column_stack([rent > np.median(rent), rent < 300, rent > 900]).astype(int)
    model = TableClassifier(**QUICK).fit(columns, labels)
    assert model.predict(columns).shape == model.predict_proba(columns).shape == (240, 3)
    assert model.score(columns, labels) > 0.8
    values = pl.DataFrame({"rent": rent, "tax": rent * 0.1 + 3.0})
    regressor = TableRegressor(**QUICK).fit(columns, values)
    assert regressor.predict(columns).shape == (240, 2)
    assert regressor.score(columns, values.to_numpy()) > 0.9
    with pytest.raises(fp.TableError, match="take TableRegressor"):
        TableClassifier(**QUICK).fit(columns, values)


def test_y_named_like_a_column_of_x():
    columns, rent = rooms()
    model = TableRegressor(**QUICK).fit(columns, pd.Series(rent, name="size"))
    assert model.score(columns, rent) > 0.9
    shifted = pd.Series(rent, name="rent", index=np.arange(240)[::-1])  # rows belong together by place
    assert TableRegressor(**QUICK).fit(columns, shifted).score(columns, rent) > 0.9


# -- sparse and wide ---------------------------------------------------------------------------------
def words_of_documents(n=200, d=5000, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    counts = scipy.sparse.random(
        n, d, 0.005, random_state=rng, data_rvs=lambda k: rng.integers(1, 5, k)
    ).tolil()
    for row in range(n):  # ten telling words for each class
        counts[row, 10 * y[row] + rng.integers(0, 10, 4)] = 1
    return counts.tocsr(), np.array(["ham", "spam"])[y]


@pytest.mark.parametrize("make", [scipy.sparse.csr_matrix, scipy.sparse.csc_array, scipy.sparse.coo_array])
def test_sparse_and_wide(make, tmp_path):
    X, y = words_of_documents()
    model = TableClassifier(**QUICK).fit(make(X[:150]), y[:150])
    assert model.score(make(X[150:]), y[150:]) > 0.8
    np.testing.assert_array_equal(model.predict(X[:9].toarray()), model.predict(X[:9]))
    stored = fp.load(model.model_.save(tmp_path / "spam.forpass"))
    np.testing.assert_array_equal(stored.predict(X), model.predict(X))
    with pytest.raises(fp.TableError, match="no schema"):
        TableClassifier(schema={"x0": "drop"}).fit(X, y)
    with pytest.raises(fp.DataError, match="5000"):
        stored.predict(X[:, :10])


@pytest.mark.parametrize("make", [scipy.sparse.csr_array, scipy.sparse.csc_matrix, scipy.sparse.coo_array])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_gap_in_a_sparse_matrix_is_named_by_row_and_column(make, value):
    X = np.zeros((40, 6))
    X[::3, 2] = 1.0
    y = np.arange(40) % 2
    fitted = TableClassifier((4,), max_iter=1).fit(make(X), y)
    X[17, 4] = X[25, 1] = value
    named = f"holds {value} in row 18, column 5 \\(both counted from 1\\)"
    for call in (lambda: fitted.predict(make(X)), lambda: TableClassifier((4,), max_iter=1).fit(make(X), y)):
        with pytest.raises(fp.TableError, match=named):
            call()


def test_a_sparse_column_is_scaled_and_not_centred():
    X = scipy.sparse.csr_array(np.array([[0.0, -50.0], [2.0, 0.0], [4.0, 25.0], [0.0, 0.0]] * 5))
    y = np.array([0.0, 1.0, 2.0, 0.0] * 5)
    model = TableRegressor(validation_fraction=0, max_iter=2).fit(X, y)
    encoded = model.model_.encode(X[:3]).numbers
    np.testing.assert_allclose(encoded.toarray(), [[0.0, -1.0], [0.5, 0.0], [1.0, 0.5]])


def test_more_columns_than_rows():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 200))
    assert TableClassifier(**QUICK).fit(X, X[:, 0] > 0).score(X, X[:, 0] > 0) > 0.8


# -- weights, watching, groups -----------------------------------------------------------------------
def test_weights():
    columns, rent = rooms()
    w = np.where(np.arange(240) % 2, 0.0, 1.0)
    kept = {name: values[::2] for name, values in columns.items()}
    a = TableRegressor(**QUICK).fit(columns, rent, sample_weight=w)
    b = TableRegressor(**QUICK).fit(kept, rent[::2])
    assert a.model_.parameters.tolist() == b.model_.parameters.tolist()  # a row of weight 0 is no row
    dear = rent > np.quantile(rent, 0.9)
    plain = TableClassifier(**QUICK | {"max_iter": 10}).fit(columns, dear)
    balanced = TableClassifier(class_weight="balanced", **QUICK | {"max_iter": 10}).fit(columns, dear)
    of_dear = [model.predict(columns)[dear].mean() for model in (plain, balanced)]
    assert of_dear[1] >= of_dear[0] and balanced_accuracy_score(dear, balanced.predict(columns)) > 0.8
    said = TableClassifier(class_weight={True: 5.0, False: 0.5}, **QUICK | {"max_iter": 10}).fit(
        columns, dear
    )
    by_hand = TableClassifier(**QUICK | {"max_iter": 10}).fit(
        columns, dear, sample_weight=np.where(dear, 5.0, 0.5)
    )
    np.testing.assert_array_equal(by_hand.model_.parameters, said.model_.parameters)


def test_validation_rows():
    columns, rent = rooms()
    frame = pd.DataFrame(columns)
    own = TableRegressor(**QUICK).fit(frame[:180], rent[:180], validation_data=(frame[180:], rent[180:]))
    assert own.best_validation_score_ == max(own.validation_scores_)
    assert own.model_.provenance.rows.training == 180
    none = TableRegressor(validation_fraction=0, **QUICK).fit(frame, rent)
    assert none.validation_scores_ is None and none.n_iter_ == 60
    assert none.model_.provenance.rows.training == 240
    families = np.repeat(np.arange(24), 10)
    TableRegressor(**QUICK).fit(frame, rent, groups=families)
    with pytest.raises(fp.TableError, match="groups has 7 values; give one for each of the 240 rows"):
        TableRegressor(**QUICK).fit(frame, rent, groups=families[:7])
    with pytest.raises(fp.SpecError, match="validation_data must be a tuple"):
        TableRegressor(**QUICK).fit(frame, rent, validation_data=frame)


def test_groups_may_be_words_and_gaps():
    columns, rent = rooms()
    TableRegressor(**QUICK).fit(columns, rent, groups=[None] * 100 + ["a", "b"] * 70)


def test_columns_of_y_to_watch_are_found_by_name():
    columns, rent = rooms()
    y = pd.DataFrame({"dear": (rent > 600).astype(int), "cheap": (rent < 300).astype(int)})
    scores = [
        TableClassifier(**QUICK).fit(columns, y, validation_data=(columns, looked_at)).validation_scores_
        for looked_at in (y, y[["cheap", "dear"]])
    ]
    assert scores[0] == scores[1]
    by_place = TableClassifier(**QUICK).fit(columns, y, validation_data=(columns, y.to_numpy()))
    assert by_place.validation_scores_ == scores[0]
    sparse = TableClassifier(**QUICK).fit(columns, scipy.sparse.csr_matrix(y))
    assert sparse.predict(columns).shape == (240, 2)


@pytest.mark.filterwarnings("ignore:column 'x[0-9]' leaks the target")
def test_groups_are_not_divided():
    """Rows of a group are copies: only where copies were split could validation rows be known by heart."""
    rng = np.random.default_rng(0)
    X = np.repeat(rng.normal(size=(40, 8)), 10, axis=0)
    y = np.repeat(rng.normal(size=40), 10)  # noise: nothing but the copies can tell it
    settings = QUICK | {"hidden_layer_sizes": (64,), "max_iter": 100}
    divided = TableRegressor(**settings).fit(X, y)
    together = TableRegressor(**settings).fit(X, y, groups=np.repeat(np.arange(40), 10))
    assert divided.best_validation_score_ > 0.8 > 0.5 > together.best_validation_score_


def test_verbose(capsys):
    columns, rent = rooms()
    TableRegressor(verbose=True, **QUICK).fit(columns, rent)
    assert "validation" in capsys.readouterr().out


# -- in company --------------------------------------------------------------------------------------
@pytest.mark.slow
def test_clone_pickle_grid_and_folds():
    columns, rent = rooms()
    frame = pd.DataFrame(columns)
    model = TableRegressor(schema={"built": "drop"}, **QUICK).fit(frame, rent)
    assert clone(model).get_params() == model.get_params()
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict(frame), model.predict(frame))
    search = GridSearchCV(
        model, {"hidden_layer_sizes": [(4,), 16], "schema": [None, {"built": "drop"}]}, cv=2
    )
    assert search.fit(frame, rent).best_score_ > 0.8
    pipeline = make_pipeline(FunctionTransformer(lambda t: t.drop(columns="built")), TableRegressor(**QUICK))
    assert cross_val_score(pipeline, frame, rent, cv=2).mean() > 0.8


def test_the_seed_repeats_the_fit():
    columns, rent = rooms()
    a = TableRegressor(**QUICK | {"random_state": None}).fit(columns, rent)
    b = TableRegressor(**QUICK | {"random_state": a.seed_}).fit(columns, rent)
    np.testing.assert_array_equal(a.predict(columns), b.predict(columns))


# -- wrong things ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y": ["cheap"] * 240}, "one class only, 'cheap'"),
        ({"y": [None] + [1, 2] * 119 + [1]}, "NaN, or what means it, in row 1"),
        (
            {"y": ["a", "None"] * 120},
            r"in row 2 .*, where 'None' means something, keep it as a value with missing=\[\]",
        ),
        ({"y": np.full(240, np.nan)}, "in row 1"),
        ({"y": np.arange(10)}, "X has 240, y has 10"),
        ({"y": None}, "requires y"),
        ({"y": np.linspace(0.0, 1.0, 240)}, "continuous"),
        ({"size": [np.inf] + [1.0] * 239}, "'size' holds inf in row 1"),
        ({"size": [1e301, -1e301] * 120}, "cannot be scaled"),
        ({"everything": None}, "no column is left"),
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore::forpass.ForpassWarning")
def test_tables_that_cannot_be_used(change, message):
    columns, rent = rooms()
    y = change.pop("y", (rent > 500).astype(int)) if "y" in change else (rent > 500).astype(int)
    if "everything" in change:
        columns = {"a": [None] * 240, "b": [1.0] * 240}
    else:
        columns |= change
    with pytest.raises(ValueError, match=message):
        TableClassifier(**QUICK).fit(columns, y)


def test_wrong_parameters():
    columns, rent = rooms()
    for parameters, message in (
        ({"hidden_layer_sizes": 0}, "hidden_layer_sizes of TableRegressor"),
        ({"activation": "rely"}, "did you mean 'relu'"),
        ({"dropout": 1.0}, "dropout of TableRegressor must be below 1"),
        ({"max_iter": 0}, "max_iter of TableRegressor"),
        ({"batch_size": "big"}, "batch_size of TableRegressor"),
        ({"learning_rate_init": -1.0}, "learning_rate_init of TableRegressor"),
        ({"validation_fraction": 1.0}, "validation_fraction of TableRegressor"),
        ({"engine": "fast"}, "unknown engine"),
    ):
        with pytest.raises(fp.InputError, match=message):
            TableRegressor(**parameters).fit(columns, rent)
    with pytest.raises(fp.UnknownNameError, match="did you mean 'max_iter'"):
        TableRegressor().set_params(maxiter=3)
    with pytest.raises(exceptions.NotFittedError):
        TableRegressor().predict(columns)


def test_text_instead_of_a_number():
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    with pytest.raises(fp.TableError, match="'target' holds 'much'"):
        TableRegressor(**QUICK).fit(X, y.astype(object).where(y.index != 5, "much"))


@pytest.mark.slow
def test_iris_and_diabetes():
    X, y = load_iris(return_X_y=True, as_frame=True)
    for preset in ("fast", "plain"):
        classifier = TableClassifier(preset=preset, random_state=0)
        assert cross_val_score(classifier, X, y, cv=3).mean() > 0.93
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    for preset in ("fast", "plain"):
        assert cross_val_score(TableRegressor(preset=preset, random_state=0), X, y, cv=3).mean() > 0.4


def test_a_dash_among_values_is_a_missing_one_and_refused_as_such():
    X, y = {"x": list(range(12))}, [f"{i}.5" for i in range(11)] + ["-"]
    regressor = TableRegressor(max_iter=1, hidden_layer_sizes=(2,))
    gone = r"^Input y contains NaN, or what means it, in row 12 .*where '-' means something"
    with pytest.raises(fp.TableError, match=gone):
        regressor.fit(X, y)
    whole = {"x": X["x"][:-1]}, y[:-1]
    with pytest.raises(fp.TableError, match=gone):
        regressor.fit(*whole, validation_data=(X, y))
    with pytest.raises(fp.TableError, match=gone):
        regressor.fit(*whole).score(X, y)
    signs = TableClassifier(max_iter=1, hidden_layer_sizes=(2,)).fit(X, ["+", "-"] * 6)
    assert signs.classes_.tolist() == ["+", "-"]
