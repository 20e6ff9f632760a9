"""Explanations of predictions: contributions of the columns of a table, through a model."""

import itertools
import json

import numpy as np
import pytest
from later import later

import forpass as fp
from forpass.errors import DataError, SpecError, TableError, UnknownNameError

pd = later("pandas")
shap = later("shap")

RANDOM = np.random.default_rng(5)
N = 120
TOWNS = RANDOM.choice(["ulm", "bonn", "kiel"], N)
LARGE = np.where(np.arange(N) % 11 == 0, np.nan, RANDOM.normal(size=N))


def table():
    day = pd.Timestamp("2023-01-01") + pd.to_timedelta(np.arange(N) * 3, unit="D")
    return pd.DataFrame(
        {
            "large": LARGE,
            "town": TOWNS,
            "day": day,
            "idle": RANDOM.normal(size=N).round(3),
            "flat": 1.0,
            "y": 30.0 * np.nan_to_num(LARGE) * np.where(TOWNS == "ulm", 1.0, -0.5) + 200.0,
        }
    )


def numbers(m, rows=60):
    """Columns of numbers alone, and a target in which they play together."""
    X = RANDOM.normal(size=(rows, m))
    return pd.DataFrame(
        {f"x{j}": X[:, j] for j in range(m)} | {"y": np.tanh(X @ np.ones(m)) + X[:, 0] * X[:, 1]}
    )


def trained(frame, target="y", **options):
    how = {"epochs": 30, "hidden": (8,), "max_one_hot": 2, "test": 0, "validation": 0, **options}
    return fp.train_table(frame, target, **how)


@pytest.fixture(scope="module")
def frame():
    return table()


@pytest.fixture(scope="module")
def model(frame):
    return trained(frame)


def by_definition(predict, columns, x, background):
    """Put the cells of x into each background row, one after the other, in every order of the columns."""
    orders = list(itertools.permutations(columns))
    rows, owners = [], []
    for order in orders:
        for b in range(len(background)):
            row = background.iloc[b].copy()
            rows.append(row.copy())
            for column in order:
                row[column] = x[column]
                rows.append(row.copy())
            owners += order
    said = predict(pd.DataFrame(rows).astype(background.dtypes)).reshape(-1, len(columns) + 1)
    added = np.diff(said, axis=1).ravel()
    return {c: added[np.array(owners) == c].sum() / len(orders) / len(background) for c in columns}


def as_dict(found):
    return dict(zip(found.columns, found.contributions, strict=True))


@pytest.mark.parametrize("row", [0, 5])
def test_it_is_the_definition_on_cells_of_the_table(model, frame, row):
    """Missing cells (row 0), embedded words and dates; the model predicts in float32, some 1e-7 of 200."""
    background = frame.iloc[20:24]
    found = fp.explain(model, frame, row, background=background)
    expected = by_definition(model.predict, ["large", "town", "day", "idle"], frame.iloc[row], background)
    assert as_dict(found) == pytest.approx(expected, abs=1e-3) and "flat" not in found.columns
    assert max(map(abs, expected.values())) > 1.0
    assert found.base == pytest.approx(model.predict(background).mean(), rel=1e-6)
    assert found.prediction == pytest.approx(model.predict(frame)[row], rel=1e-6)
    assert found.base + sum(found.contributions) == pytest.approx(found.prediction, rel=1e-12)
    assert found.is_exact and set(found.standard_errors) == {0.0} and found.background_rows == 4
    assert list(map(abs, found.contributions)) == sorted(map(abs, found.contributions), reverse=True)
    values = dict(zip(found.columns, found.values, strict=True))
    assert values["town"] == TOWNS[row] and values["day"] == frame["day"][row].strftime("%Y-%m-%d")
    assert values["large"] is None if row == 0 else float(values["large"]) == frame["large"][row]
    assert ("missing" in repr(found)) == (row == 0)


def test_of_a_linear_network_weight_times_distance_from_the_mean():
    frame = numbers(4)
    model = trained(frame, hidden=())
    found = fp.explain(model, frame, 3, background_rows=len(frame))
    X = model.encode(frame).numbers.astype(np.float64)
    scale = model.preprocessing.target.unit.std[0]
    expected = model.weights["W1"][:, 0] * (X[3] - X.mean(axis=0)) * scale
    assert as_dict(found) == pytest.approx(dict(zip(frame.columns[:4], expected, strict=True)), abs=1e-5)


def test_a_column_in_which_the_row_is_like_all_others_has_0(model, frame):
    background = frame[frame["town"] == frame["town"][1]]
    found = as_dict(fp.explain(model, frame, 1, background=background))
    assert found["town"] == 0.0 and found["large"] != 0.0


def test_many_columns_by_orders_with_their_errors():
    frame = numbers(12)
    model = trained(frame, hidden=(6,))
    found = fp.explain(model, frame, 2, background_rows=10)
    assert found.rounds >= 2 and max(found.standard_errors) > 0.0
    assert found.base + sum(found.contributions) == pytest.approx(found.prediction, rel=1e-12)
    assert found == fp.explain(model, frame, 2, background_rows=10)
    assert found != fp.explain(model, frame, 2, background_rows=10, seed=1)
    rough = fp.explain(model, frame, 2, background_rows=10, max_evaluations=1)
    assert rough.rounds == 2 and "standard error" in repr(rough)
    fine = fp.explain(model, frame, 2, background_rows=10, tolerance=0.0, max_evaluations=20_000)
    assert max(fine.standard_errors) < max(rough.standard_errors)
    errors = dict(zip(rough.columns, rough.standard_errors, strict=True))
    for column, share in as_dict(fine).items():
        assert as_dict(rough)[column] == pytest.approx(share, abs=5.0 * errors[column] + 1e-4)


def test_an_ensemble_of_several_preprocessings(frame):
    members = [trained(frame, seed=1), trained(frame[["large", "town", "y"]], seed=2, max_one_hot=9)]
    both = fp.Ensemble(members)
    assert len(both.preprocessings) == 2
    background = frame.iloc[30:33]
    found = as_dict(fp.explain(both, frame, 7, background=background))
    expected = by_definition(both.predict, ["large", "town", "day", "idle"], frame.iloc[7], background)
    assert found == pytest.approx(expected, abs=1e-3)


def test_classes_are_explained_by_their_probabilities(frame):
    classes = frame.assign(y=np.array([3, 1, 2])[np.digitize(frame["y"], [195.0, 205.0])])
    model = trained(classes)
    P = model.predict_proba(classes)
    found = fp.explain(model, classes, 4)
    assert found.of == str(model.predict(classes)[4]) and found.is_probability
    assert found.prediction == pytest.approx(P[4].max(), abs=1e-6)
    each = [fp.explain(model, classes, 4, of=one) for one in (1, 2, "3")]
    assert [one.prediction for one in each] == pytest.approx(P[4], abs=1e-6)
    together = np.sum([[as_dict(one)[c] for c in ("large", "town", "day", "idle")] for one in each], axis=0)
    assert together == pytest.approx(np.zeros(4), abs=1e-6)  # what one class gains, others lose
    with pytest.raises(UnknownNameError, match="unknown class '4'"):
        fp.explain(model, classes, of=4)
    assert "gives 3 a probability of" in each[2].sentence


def test_the_decided_class_by_the_models_threshold(frame):
    model = trained(frame.assign(y=np.where(frame["y"] > 200, "up", "down")), threshold=0.99)
    assert fp.explain(model, frame, 3).of == model.predict(frame)[3]
    assert {fp.explain(model, frame, row).of for row in range(6)} == set(model.predict(frame)[:6])


def test_labels_and_several_values_by_name(frame):
    two = frame.assign(a=(frame["y"] > 200).astype(int), b=np.arange(N) % 2)
    labels = trained(two.drop(columns="y"), ["a", "b"], task="multilabel")
    P = labels.predict_proba(two)
    assert fp.explain(labels, two, 2).of == "ab"[int(P[2].argmax())]
    assert fp.explain(labels, two, 2, of="b").prediction == pytest.approx(P[2, 1], abs=1e-6)
    values = trained(frame.assign(z=np.random.default_rng(1).normal(size=N)), ["y", "z"])
    assert fp.explain(values, frame, of="z").prediction == pytest.approx(
        values.predict(frame)[0, 1], rel=1e-5
    )
    with pytest.raises(SpecError, match=r"predicts y, z; say which is to be explained: of='y'"):
        fp.explain(values, frame)
    with pytest.raises(UnknownNameError, match="unknown column of values"):
        fp.explain(values, frame, of="q")


def test_a_fitted_estimator_and_the_words_that_mean_missing(frame):
    said = frame.assign(large=["none" if np.isnan(x) else str(x) for x in frame["large"]])
    model = fp.TableRegressor(hidden_layer_sizes=(3,), max_iter=5, missing=["none"]).fit(
        said.drop(columns="y"), said["y"]
    )
    found = fp.explain(model, said.drop(columns="y"), 0)
    assert dict(zip(found.columns, found.values, strict=True))["large"] is None


def test_as_text_and_as_plain_values(model, frame):
    found = fp.explain(model, frame, 5)
    plain = json.loads(json.dumps(found.to_json()))
    assert plain["columns"] == list(found.columns) and plain["sentence"] == found.sentence
    assert plain["contributions"] == list(found.contributions)
    assert f"{found.columns[0]} = {found.values[0]} " in found.sentence
    assert found.sentence.count(" it by ") == 4 and "the other column " in found.sentence
    lines = repr(found).splitlines()
    assert lines[0].startswith("Explanation of row 5: y ") and len(lines) == 2 + len(found.columns)
    largest = lines[2].split()[-1]
    assert set(largest) == {"+" if found.contributions[0] > 0 else "-"} and len(largest) == 20


def test_a_name_that_would_command_the_terminal_is_shown_as_one_writes_it():
    found = fp.Explanation(0, "y\x1b[2J", False, 1.0, 1.0, ("a\nb",), ("x\x1b[31m",), (0.0,), (0.0,), 0, 3, 4)
    assert "\x1b" not in repr(found) + found.sentence and "no column changes it" in found.sentence
    assert len(repr(found).splitlines()) == 3


def test_what_cannot_be_explained(model, frame):
    with pytest.raises(SpecError, match="row 120 of explain is not there: the table has 120 rows"):
        fp.explain(model, frame, N)
    with pytest.raises(SpecError, match="row of explain"):
        fp.explain(model, frame, -1)
    with pytest.raises(TableError, match="town"):
        fp.explain(model, frame.drop(columns="town"))
    with pytest.raises(TableError, match="town"):
        fp.explain(model, frame, background=frame.drop(columns="town"))
    with pytest.raises(TableError, match="nothing to compare row 0 with"):
        fp.explain(model, frame.iloc[:1])
    with pytest.raises(SpecError, match="background_rows of explain"):
        fp.explain(model, frame, background_rows=0)
    with pytest.raises(SpecError, match="tolerance of explain"):
        fp.explain(model, frame, tolerance=-1.0)
    with pytest.raises(DataError, match="explain takes a trained model"):
        fp.explain(frame, model)
    arrays = fp.train(
        fp.multilayer(1, [], 1, "squared"), fp.TrainingSpec(1), fp.Data([[0.0], [1.0]], targets=[0.0, 1.0])
    )
    with pytest.raises(TableError, match="trained on arrays"):
        fp.explain(arrays, frame)


@pytest.mark.oracle
def test_shap_says_the_same():
    """Its exact explainer to rounding (float32 of values around 1); its permutations what they can."""
    pytest.importorskip("shap", reason="shap is the oracle: install the dependency group 'oracle'")
    frame = numbers(5)
    model, names = trained(frame, hidden=(6,)), list(frame.columns[:5])
    background = frame[names].to_numpy()[:20]

    def predict(X):
        return model.predict({name: X[:, j] for j, name in enumerate(names)}).astype(np.float64)

    found = fp.explain(model, frame, 31, background=frame.iloc[:20])
    masker = shap.maskers.Independent(background, max_samples=20)
    x = frame[names].to_numpy()[31:32]
    exact = shap.explainers.Exact(predict, masker)(x)
    assert found.base == pytest.approx(float(np.ravel(exact.base_values)[0]), abs=1e-5)
    assert as_dict(found) == pytest.approx(dict(zip(names, exact.values[0], strict=True)), abs=1e-5)
    sampled = fp.explain(model, frame, 31, background=frame.iloc[:20], max_evaluations=1, seed=2)
    theirs = shap.explainers.Permutation(predict, masker, seed=0)(x, max_evals=2 * 11 * 50)
    errors = dict(zip(sampled.columns, sampled.standard_errors, strict=True))
    for name, share in zip(names, theirs.values[0], strict=True):
        assert as_dict(sampled)[name] == pytest.approx(share, abs=5.0 * errors[name] + 0.01)
