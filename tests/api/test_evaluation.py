"""Figures: equal to scikit-learn's of the same names; baselines nearly equal to scikit-learn's own models."""

import functools

import numpy as np
import pytest
from later import later

import forpass as fp
from forpass.api import baselines as baselines_module
from forpass.api.evaluation import figures_of
from forpass.training import linear as linear_module

pd = later("pandas")
metrics = later("sklearn.metrics")
load_breast_cancer, load_diabetes, load_iris, load_wine = later(
    "sklearn.datasets", "load_breast_cancer", "load_diabetes", "load_iris", "load_wine"
)
DummyClassifier, DummyRegressor = later("sklearn.dummy", "DummyClassifier", "DummyRegressor")
LogisticRegression, Ridge = later("sklearn.linear_model", "LogisticRegression", "Ridge")


def trained(table, target, **settings):
    return fp.train_table(table, target, **{"hidden": (8,), "epochs": 15} | settings)


def two_classes(truth, decided, P):
    return {
        "accuracy": metrics.accuracy_score(truth, decided),
        "balanced_accuracy": metrics.balanced_accuracy_score(truth, decided),
        "precision": metrics.precision_score(truth, decided),
        "recall": metrics.recall_score(truth, decided),
        "f1": metrics.f1_score(truth, decided),
        "roc_auc": metrics.roc_auc_score(truth, P),
        "log_loss": metrics.log_loss(truth, P),
    }


def several_classes(truth, decided, P):
    return {
        "accuracy": metrics.accuracy_score(truth, decided),
        "balanced_accuracy": metrics.balanced_accuracy_score(truth, decided),
        "log_loss": metrics.log_loss(truth, P, labels=range(P.shape[1])),
    }


def values(truth, guessed):
    return {
        "r2": metrics.r2_score(truth, guessed),
        "root_mean_squared_error": metrics.root_mean_squared_error(truth, guessed),
        "mean_absolute_error": metrics.mean_absolute_error(truth, guessed),
    }


FLOAT32 = 2e-6  # targets and scores pass through float32, whose rounding is 6e-8 of each number


# -- the network's own figures -------------------------------------------------------------------
@pytest.mark.slow
def test_two_classes():
    table = load_breast_cancer(as_frame=True).frame
    model = trained(table, "target", epochs=4)
    P = model.predict_proba(table)[:, 1]
    expected = two_classes(table["target"], model.predict(table), P)
    result = fp.evaluate(model, table)
    assert result.rows == 569
    assert result.figures["network"] == pytest.approx(expected, rel=FLOAT32)
    assert 0.5 < expected["accuracy"] < 1.0


@pytest.mark.slow
def test_two_classes_in_words():
    """The positive class is the one that sorts last."""
    table = load_breast_cancer(as_frame=True).frame
    table["target"] = np.array(["malignant", "benign"])[table["target"]]
    model = trained(table, "target", epochs=4)
    decided = model.predict(table)
    figures = fp.evaluate(model, table).figures["network"]
    precision = metrics.precision_score(table["target"], decided, pos_label="malignant")
    assert figures["precision"] == pytest.approx(precision, rel=1e-12)
    expected = metrics.roc_auc_score(table["target"] == "malignant", model.predict_proba(table)[:, 1])
    assert figures["roc_auc"] == pytest.approx(expected, rel=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("load", [load_iris, load_wine])
def test_several_classes(load):
    table = load(as_frame=True).frame
    model = trained(table, "target")
    P = model.predict_proba(table)
    expected = several_classes(table["target"], model.predict(table), P / P.sum(axis=1, keepdims=True))
    assert fp.evaluate(model, table).figures["network"] == pytest.approx(expected, rel=FLOAT32)


def test_values():
    table = load_diabetes(as_frame=True).frame
    model = trained(table, "target")
    expected = values(table["target"], model.predict(table))
    assert fp.evaluate(model, table).figures["network"] == pytest.approx(expected, rel=FLOAT32)


def test_several_values():
    table = load_diabetes(as_frame=True).frame
    table["half"] = table["target"] / 2 + 10 * table["bp"]
    model = trained(table, ["target", "half"])
    expected = values(table[["target", "half"]], model.predict(table))
    assert fp.evaluate(model, table).figures["network"] == pytest.approx(expected, rel=FLOAT32)


def test_several_labels():
    table = load_wine(as_frame=True).frame
    names = ["red", "strong"]
    table["red"], table["strong"] = (table.pop("target") > 0) * 1, (table["alcohol"] > 13) * 1
    with pytest.warns(fp.ForpassWarning, match="'alcohol' leaks the target 'strong'"):
        model = trained(table, names)
    decided, P = model.predict(table), model.predict_proba(table)
    truth = table[names].to_numpy()
    expected = {
        "accuracy": metrics.accuracy_score(truth, decided),
        "f1": metrics.f1_score(truth, decided, average="macro"),
        "log_loss": sum(metrics.log_loss(truth[:, j], P[:, j]) for j in range(2)),
    }
    assert fp.evaluate(model, table).figures["network"] == pytest.approx(expected, rel=FLOAT32)


def test_a_model_of_arrays_knows_no_table():
    data = fp.Data(np.ones((4, 2)), targets=np.ones(4))
    model = fp.train(fp.multilayer(2, [], 1, "squared"), fp.TrainingSpec(epochs=1), data)
    with pytest.raises(fp.TableError, match="trained on arrays"):
        fp.evaluate(model, {"a": [1.0], "b": [2.0]})


# -- what needs no network -----------------------------------------------------------------------
NEAR = {"dummy": 1e-9, "linear": 5e-3}  # the linear model is ended by a gradient of 3e-4 of the first


def encoded(table, target, learnt=100):
    rows = np.random.default_rng(0).permutation(len(table))
    preprocessing = fp.Preprocessing.learn(table, target, rows=rows[:learnt])
    parts = [
        preprocessing.encode(table.iloc[part], with_targets=True) for part in (rows[:learnt], rows[learnt:])
    ]
    return preprocessing.target, *parts


def baselines(target, training, test):
    ways = baselines_module.fit_baselines(target, training)
    return {way: figures_of(target, test, scores_of(test)) for way, scores_of in ways.items()}


def seen(data):
    """What the linear baseline sees: features, and beside them what they were before they were clipped."""
    X = data.numbers.astype(float)
    near = X.clip(-2.375, 2.375)
    return np.column_stack([X, near / np.sqrt(1 - (near / 3) ** 2)])


def test_baselines_of_two_classes():
    target, training, test = encoded(load_breast_cancer(as_frame=True).frame, "target", 300)
    found = baselines(target, training, test)
    y = training.targets[:, 0]
    for name, model in (
        ("dummy", DummyClassifier(strategy="prior")),
        ("linear", LogisticRegression(tol=1e-8, max_iter=3000)),
    ):
        model.fit(seen(training), y)
        P = model.predict_proba(seen(test))[:, 1]
        expected = two_classes(test.targets[:, 0], model.predict(seen(test)), P)
        assert found[name] == pytest.approx(expected, rel=NEAR[name])


@pytest.mark.parametrize("load", [load_iris, load_wine])
def test_baselines_of_several_classes(load):
    target, training, test = encoded(load(as_frame=True).frame, "target")
    found = baselines(target, training, test)
    for name, model in (
        ("dummy", DummyClassifier(strategy="prior")),
        ("linear", LogisticRegression(tol=1e-8, max_iter=3000)),
    ):
        model.fit(seen(training), training.targets)
        X = seen(test)
        expected = several_classes(test.targets, model.predict(X), model.predict_proba(X))
        assert found[name] == pytest.approx(expected, rel=NEAR[name])


def test_baselines_of_values():
    table = load_diabetes(as_frame=True).frame
    target, training, test = encoded(table, "target", 300)
    found = baselines(target, training, test)
    truth = target.decode(test.targets)
    for name, model in (("dummy", DummyRegressor()), ("linear", Ridge())):
        model.fit(seen(training), training.targets.astype(float))
        guessed = target.decode(model.predict(seen(test)))
        assert found[name] == pytest.approx(values(truth, guessed), rel=max(1e-5, NEAR[name]))


def test_train_table_gives_the_baselines_its_rows(monkeypatch):
    learnt, predicted = [], []

    def spy(target, training, validation, note):
        learnt.append((training.n_rows, validation.n_rows))
        ways = real(target, training, validation, note)
        return {way: functools.partial(told, scores_of) for way, scores_of in ways.items()}

    def told(scores_of, data):
        predicted.append(data.n_rows)
        return scores_of(data)

    real = baselines_module.fit_baselines
    monkeypatch.setattr("forpass.api.judging.fit_baselines", spy)
    model = trained(load_iris(as_frame=True).frame, "target")
    rows = model.provenance.rows
    assert learnt == [(rows.training, rows.validation)]
    assert predicted == [rows.test, rows.test]  # by the dummy, and by the linear model


def test_a_label_that_all_training_rows_share_has_a_baseline():
    table = load_wine(as_frame=True).frame
    table["red"], table["wine"] = (table.pop("target") > 0) * 1, 1
    target, training, test = encoded(table, ["red", "wine"])
    assert target.task == "multilabel"
    figures = baselines(target, training, test)
    assert figures["linear"]["accuracy"] > figures["dummy"]["accuracy"]
    assert np.isfinite(figures["linear"]["log_loss"])


@pytest.mark.parametrize("target", ["letters", "numbers"])
def test_the_linear_baseline_sees_codes_as_indicators(target):
    rng = np.random.default_rng(0)
    word = rng.choice(list("abcdefgh"), 400)
    table = pd.DataFrame({"x": rng.normal(size=400), "word": word, "other": word[::-1]})
    early = (word < "d") ^ (rng.random(400) < 0.05)  # a slip here and there
    table["y"] = np.where(early, "p", "q") if target == "letters" else early * 3.0 + table["x"]
    one_hot, coded = (
        fp.train_table(table, "y", epochs=1, hidden=4, max_one_hot=most).provenance.evaluation.figures
        for most in (None, 3)
    )
    name = "log_loss" if target == "letters" else "root_mean_squared_error"
    # the same features in another order, for an iterative solver
    assert coded["linear"][name] == pytest.approx(one_hot["linear"][name], rel=0.02)
    assert coded["linear"][name] < 0.6 * coded["dummy"][name]


def test_long_tables_are_thinned_out_for_the_linear_baseline(monkeypatch):
    monkeypatch.setattr(linear_module, "LINEAR_ROWS", 50)
    data = fp.Data(np.arange(200.0)[:, None], targets=np.arange(200.0))
    some = linear_module.some_rows(data)
    assert some.n_rows == 50
    assert some.numbers[[0, -1], 0].tolist() == [0.0, 199.0]


# -- what is measured ----------------------------------------------------------------------------
def test_an_estimator_is_measured_as_its_model_is():
    table = pd.DataFrame({"a": [float(i % 3) for i in range(60)], "y": ["u", "v", "u"] * 20})
    estimator = fp.TableClassifier(max_iter=2, random_state=0).fit(table[["a"]], table["y"])
    assert fp.evaluate(estimator, table) == fp.evaluate(estimator.model_, table)
    assert fp.evaluate(estimator, table).figures["network"]["accuracy"] == estimator.score(
        table[["a"]], table["y"]
    )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (lambda: fp.multilayer(1, [], 1, "squared"), "got a NetworkSpec: train it first"),
        (lambda: fp.TableRegressor(max_iter=1), "got a TableRegressor: fit it first"),
        (lambda: "steel.forpass", "got a str: give what load returns"),
        (lambda: {"a": [1.0]}, "got a dict: the model comes first"),
    ],
    ids=["spec", "estimator", "path", "table"],
)
def test_what_is_no_model_is_refused_with_what_to_do(given, said):
    with pytest.raises(fp.DataError, match=f"^evaluate takes a trained model; {said}"):
        fp.evaluate(given(), {"a": [1.0]})
