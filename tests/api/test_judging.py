"""What a network is judged by: metrics, weights of classes, thresholds, the positive class, each class."""

import importlib

import numpy as np
import pytest
from later import later

import forpass as fp
from forpass.api.metrics import TargetMeaning, metric_for
from forpass.api.setup import Setup
from forpass.maths.metrics import METRICS, Metric
from forpass.preprocessing.units import Unit
from forpass.training.events import BaselineStep

pd = later("pandas")
metrics = later("sklearn.metrics")
get_scorer, make_scorer = later("sklearn.metrics", "get_scorer", "make_scorer")

N = 400
QUICK = {"hidden": 8, "epochs": 8, "learning_rate": 0.01, "seed": 3}


@pytest.fixture(scope="module")
def rare():
    """Two classes in words, of which a tenth is ill, and not always plainly."""
    rng = np.random.default_rng(0)
    ill = rng.random(N) < 0.12
    x = rng.normal(size=(N, 2)) + 1.3 * ill[:, None]
    return pd.DataFrame({"x": x[:, 0], "z": x[:, 1], "y": np.where(ill, "ill", "well")})


@pytest.fixture(scope="module")
def houses():
    rng = np.random.default_rng(1)
    x = rng.normal(size=N)
    price = 200_000 + 50_000 * x + rng.normal(0, 10_000, N)
    return pd.DataFrame({"x": x, "price": price})


def three_of(houses):
    """Return three classes that x tells apart, but for a slip here and there."""
    noise = np.random.default_rng(2).normal(0, 0.5, N)
    return pd.DataFrame({"x": houses["x"], "y": np.digitize(houses["x"] + noise, [-0.5, 0.5])})


def validation_of(table, seed=3):
    """Return the validation rows of `train_table`, as a table."""
    from forpass.api.road import look, split
    from forpass.preprocessing import read_columns

    columns = read_columns(table)
    rows = split(look(columns, table.columns[-1]), 0.1, 0.2, seed)
    return table.iloc[rows.validation], table.iloc[rows.test]


# -- metrics -------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["log_loss", "roc_auc", "average_precision", "f1", "balanced_accuracy"])
def test_a_metric_says_which_epoch_is_kept_and_stands_first(rare, name):
    model = fp.train_table(rare, "y", metric=name, **QUICK)
    looked = [record.validation_metric for record in model.history]
    best = max(looked) if METRICS[name].higher_is_better else min(looked)
    assert model.provenance.ended.best_epoch == looked.index(best) + 1
    assert model.training.stopping.monitor == "validation_metric"
    evaluation = model.provenance.evaluation
    assert evaluation.metric == name == next(iter(evaluation.figures["network"]))
    assert fp.evaluate(model, rare).metric == name
    validation, _ = validation_of(rare)
    assert fp.evaluate(model, validation).figures["network"][name] == pytest.approx(best, rel=1e-6)


@pytest.mark.parametrize(
    ("name", "oracle"),
    [
        ("root_mean_squared_error", "root_mean_squared_error"),
        ("mean_absolute_percentage_error", "mean_absolute_percentage_error"),
        ("pinball:0.9", "mean_pinball_loss"),
    ],
)
def test_values_are_measured_in_their_own_unit(houses, name, oracle):
    model = fp.train_table(houses, "price", metric=name, **QUICK)
    validation, _ = validation_of(houses)
    settings = {"alpha": 0.9} if "pinball" in name else {}
    expected = getattr(metrics, oracle)(validation["price"], model.predict(validation), **settings)
    best = model.history[model.provenance.ended.best_epoch - 1]
    assert best.metric == name
    assert best.validation_metric == pytest.approx(expected, rel=1e-5)


def share_of_the_ill(truth, predicted):
    assert set(truth) <= {"ill", "well"} >= set(predicted)
    return np.mean(predicted[truth == "ill"] == "ill")


def test_a_function_sees_labels_as_they_stand_in_the_table(rare):
    model = fp.train_table(rare, "y", metric=share_of_the_ill, **QUICK)
    validation, test = validation_of(rare)
    looked = [record.validation_metric for record in model.history]
    assert model.provenance.ended.best_epoch == looked.index(max(looked)) + 1
    assert share_of_the_ill(validation["y"], model.predict(validation)) == max(looked)
    figures = model.provenance.evaluation.figures
    assert next(iter(figures["network"])) == "share_of_the_ill"
    assert figures["network"]["share_of_the_ill"] == share_of_the_ill(test["y"], model.predict(test))
    assert "share_of_the_ill" not in fp.evaluate(model, test).figures["network"]  # a file holds no function


@pytest.mark.parametrize(
    ("scorer", "name"),
    [
        (lambda: get_scorer("roc_auc"), "roc_auc_score"),
        (lambda: get_scorer("neg_log_loss"), "neg_log_loss"),
        (lambda: make_scorer(metrics.f1_score, pos_label="ill"), "f1_score"),
    ],
)
def test_a_scorer_of_scikit_learn_gives_what_it_gives_for_the_estimator(rare, scorer, name):
    classifier = fp.TableClassifier((8,), max_iter=6, random_state=3, metric=scorer())
    train, watched = rare.iloc[:300], rare.iloc[300:]
    X, y = ["x", "z"], "y"
    classifier.fit(train[X], train[y], validation_data=(watched[X], watched[y]))
    assert classifier.model_.history[0].metric == name
    best = classifier.best_validation_score_
    assert scorer()(classifier, watched[X], watched[y]) == pytest.approx(best, rel=1e-6)


@pytest.mark.slow
def test_a_scorer_of_values_and_of_several_classes(houses):
    model = fp.train_table(houses, "price", metric=get_scorer("neg_mean_absolute_error"), **QUICK)
    validation, _ = validation_of(houses)
    error = metrics.mean_absolute_error(validation["price"], model.predict(validation))
    assert max(r.validation_metric for r in model.history) == pytest.approx(-error, rel=1e-5)
    three = three_of(houses)
    model = fp.train_table(three, "y", metric=get_scorer("roc_auc_ovr"), **QUICK)
    validation, _ = validation_of(three)
    P = model.predict_proba(validation).astype(np.float64)
    P /= P.sum(axis=1, keepdims=True)
    area = metrics.roc_auc_score(validation["y"], P, multi_class="ovr")
    assert max(r.validation_metric for r in model.history) == pytest.approx(area, rel=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("threshold", [0.9, "f1"])
def test_a_scorer_is_told_what_the_threshold_decides(rare, threshold):
    scorer = make_scorer(metrics.f1_score, pos_label="ill")
    model = fp.train_table(rare, "y", metric=scorer, threshold=threshold, positive="ill", **QUICK)
    _, test = validation_of(rare)
    figures = model.provenance.evaluation.figures["network"]
    assert figures["f1_score"] == metrics.f1_score(test["y"], model.predict(test), pos_label="ill")
    assert figures["f1_score"] == figures["f1"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scorer", "ours"),
    [
        (lambda: make_scorer(metrics.f1_score, average="macro"), "f1"),
        (lambda: get_scorer("roc_auc"), "roc_auc"),
        (lambda: get_scorer("average_precision"), "average_precision"),
    ],
)
def test_a_scorer_of_several_labels(rare, scorer, ours):
    b = (rare["x"] + rare["z"] > 1).astype(int)
    labels = pd.DataFrame({"x": rare["x"], "a": (rare["y"] == "ill").astype(int), "b": b})
    looked = [fp.train_table(labels, ["a", "b"], metric=m, **QUICK).history for m in (scorer(), ours)]
    seen, expected = ([record.validation_metric for record in history] for history in looked)
    assert seen == pytest.approx(expected)


def log_loss(truth, predicted):
    return 1.0


@pytest.mark.parametrize(
    "metric", [log_loss, METRICS["r2"]._replace(name="f1"), lambda: metrics.mean_squared_error]
)
def test_what_is_called_like_another_metric_is_refused(rare, metric):
    metric = metric() if getattr(metric, "__name__", "") == "<lambda>" else metric
    with pytest.raises(fp.SpecError, match=r"is not the one of forpass that is called so; say '.*', as text"):
        fp.train_table(rare, "y", metric=metric, **QUICK)


def test_a_record_of_ones_own_needs_no_registry(rare):
    brier = Metric(
        "brier", lambda t, p, w: float(np.average((p - t)[:, 0] ** 2, weights=w)), "", False,
        ("classification",), "probabilities",
    )  # fmt: skip
    model = fp.train_table(rare, "y", metric=brier, **QUICK)
    looked = [record.validation_metric for record in model.history]
    assert model.provenance.ended.best_epoch == looked.index(min(looked)) + 1


def test_weights_of_rows_reach_functions_that_take_them():
    data = fp.Data(np.arange(8.0)[:, None], targets=np.arange(8) % 2.0, weights=np.arange(8.0))
    spec, training = fp.multilayer(1, [2], 1, "sigmoid_cross_entropy"), fp.TrainingSpec(2)
    seen = []

    def takes(truth, predicted, sample_weight):
        seen.append(sample_weight.tolist())
        return 1.0

    fp.train(spec, training, data, validation=data, metric=takes)
    assert seen[0] == list(range(8))
    with pytest.raises(fp.SpecError, match=r"rows have weights here, and the metric <lambda> takes none"):
        fp.train(spec, training, data, validation=data, metric=lambda t, p: 1.0)


@pytest.mark.parametrize(
    ("metric", "error", "message"),
    [
        ("auc", fp.UnknownNameError, "unknown metric .* 'auc'; did you mean 'roc_auc'"),
        ("rmse", fp.UnknownNameError, "did you mean 'root_mean_squared_error'"),
        ("r2", fp.SpecError, "r2 measures regression, and this is a classification; use one of accuracy"),
        ("recall", fp.SpecError, "calls every row positive has the best; take f1"),
        ("precision", fp.SpecError, "precision is shown for each class and is no metric to go by"),
        (7, fp.SpecError, "metric .* takes the name of a metric, a scorer or a function; got 7"),
    ],
)
def test_a_metric_that_cannot_be(rare, metric, error, message):
    with pytest.raises(error, match=message):
        fp.train_table(rare, "y", metric=metric, **QUICK)
    with pytest.raises(error, match=message):
        fp.TableClassifier(metric=metric, max_iter=2).fit(rare[["x", "z"]], rare["y"])


def test_no_threshold_is_best_for_one_side(rare):
    with pytest.raises(fp.SpecError, match=r"recall is shown .* take f1"):
        fp.train_table(rare, "y", threshold="recall", **QUICK)


def test_a_metric_that_is_undefined_on_the_validation_rows_guides_nobody(rare):
    well = rare[rare["y"] == "well"].head(5)
    with pytest.raises(
        fp.DataError, match=r"roc_auc is undefined on the 5 validation rows: all rows are of one"
    ):
        fp.train_table(rare, "y", metric="roc_auc", validation=well, **QUICK)
    model = fp.train_table(rare, "y", validation=well, **QUICK)  # by the loss it goes
    assert len(model.history) > 1


def test_nothing_is_encoded_again_to_look(rare, monkeypatch):
    calls, encode = [], fp.Preprocessing.encode

    def counted(self, *args, **named):
        calls.append(1)
        return encode(self, *args, **named)

    monkeypatch.setattr(fp.Preprocessing, "encode", counted)
    fp.train_table(rare, "y", metric="f1", **QUICK)
    assert len(calls) == 3  # training, validation, test: once each, whatever is looked at


# -- going on ------------------------------------------------------------------------------------
def laid_aside(path, metric, monitor="auto"):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 3))
    data = fp.Data(X, targets=(X[:, 0] > 0) * 1.0)
    spec = fp.multilayer(3, [4], 1, "sigmoid_cross_entropy")
    training = fp.TrainingSpec(6, stopping=fp.StoppingSpec(monitor=monitor))
    whole = fp.train(spec, training, data, validation=data, metric=metric)
    stop = lambda event: isinstance(event, fp.EpochEnded) and event.record.epoch == 3  # noqa: E731
    fp.train(spec, training, data, validation=data, metric=metric, checkpoint=path, listener=stop)
    return data, whole


def right(truth, predicted):
    return float(np.mean(truth == predicted))


def test_resumed_by_a_metric_of_the_registry_to_the_same_bits(tmp_path):
    data, whole = laid_aside(tmp_path / "c", "roc_auc")
    resumed = fp.resume(tmp_path / "c", data, validation=data)
    assert resumed.fingerprint() == whole.fingerprint()
    assert [r.validation_metric for r in resumed.history] == [r.validation_metric for r in whole.history]
    laid_aside(tmp_path / "c", "roc_auc")
    with pytest.raises(
        fp.SpecError, match="is guided by the metric roc_auc, and now f1 is given; leave it out"
    ):
        fp.resume(tmp_path / "c", data, validation=data, metric="f1")


def test_a_function_is_to_be_given_again(tmp_path):
    data, whole = laid_aside(tmp_path / "c", right)
    with pytest.raises(
        fp.SpecError, match=r"metric right, a function, which a file cannot hold; give it again"
    ):
        fp.resume(tmp_path / "c", data, validation=data)
    resumed = fp.resume(tmp_path / "c", data, validation=data, metric=right)
    assert resumed.fingerprint() == whole.fingerprint()


def test_what_monitors_something_else_may_look_at_another_metric(tmp_path):
    data, whole = laid_aside(tmp_path / "c", "accuracy", monitor="validation_loss")
    assert fp.resume(tmp_path / "c", data, validation=data, metric="f1").fingerprint() == whole.fingerprint()


# -- weights of classes --------------------------------------------------------------------------
def test_weights_of_classes_are_weights_of_training_rows(rare):
    by_hand = rare.assign(w=np.where(rare["y"] == "ill", 5.0, 2.0))
    said = QUICK | {"test": 0.0, "validation": 0.0}
    a = fp.train_table(rare, "y", class_weight={"ill": 5.0, "well": 2.0}, **said)
    b = fp.train_table(by_hand[["x", "z", "w", "y"]], "y", weight="w", **said)
    assert a.parameters.tolist() == b.parameters.tolist()


def test_balanced_classes_weigh_alike(rare):
    said = QUICK | {"test": 0.0, "validation": 0.0}
    ill = (rare["y"] == "ill").sum()
    weights = {"ill": N / 2 / ill, "well": N / 2 / (N - ill)}
    a = fp.train_table(rare, "y", class_weight="balanced", **said)
    b = fp.train_table(rare, "y", class_weight=weights, **said)
    np.testing.assert_allclose(a.parameters, b.parameters, rtol=1e-4, atol=1e-5)


def test_validation_rows_weigh_for_the_loss_and_not_for_the_metric(rare):
    model = fp.train_table(rare, "y", class_weight="balanced", **QUICK)
    validation, test = validation_of(rare)
    last = fp.train_table(
        rare, "y", class_weight="balanced", **QUICK | {"patience": float("inf"), "epochs": 1}
    )
    record = last.history[0]
    assert record.validation_metric == np.mean(last.predict(validation) == validation["y"])
    plain = metrics.log_loss(validation["y"] == "well", last.predict_proba(validation)[:, 1])
    assert abs(record.validation_loss - plain) > 0.01
    found = model.provenance.evaluation.figures["network"]["accuracy"]
    assert found == np.mean(model.predict(test) == test["y"])
    assert metrics.recall_score(test["y"], model.predict(test), pos_label="ill") > 0.3


def test_weights_of_several_labels():
    rng = np.random.default_rng(0)
    X, E = rng.normal(size=(200, 2)), rng.normal(1.0, 0.5, 200)
    table = {"x": X[:, 0], "z": X[:, 1], "a": (X[:, 0] > E) * 1, "b": (X[:, 1] > E) * 1}
    said = {"hidden": 4, "epochs": 3, "test": 0.0, "validation": 0.0}
    by_name = fp.train_table(table, ["a", "b"], class_weight={"a": 3.0}, **said)
    each = fp.train_table(table, ["a", "b"], class_weight=[{0: 1.0, 1: 3.0}, {}], **said)
    by_hand = fp.train_table(table | {"w": np.where(table["a"], 3.0, 1.0)}, ["a", "b"], weight="w", **said)
    assert by_name.parameters.tolist() == each.parameters.tolist() == by_hand.parameters.tolist()
    fp.train_table(table, ["a", "b"], class_weight="balanced", **said)
    with pytest.raises(fp.SpecError, match="has 1 mappings; give one for each of the 2 labels a, b"):
        fp.train_table(table, ["a", "b"], class_weight=[{0: 1.0}], **said)


def test_a_model_knows_the_weights_of_its_classes(rare, tmp_path):
    model = fp.train_table(rare, "y", class_weight="balanced", **QUICK)
    learnt = model.provenance.rows.training
    found = dict(model.provenance.class_weights)
    assert list(found) == ["ill", "well"]
    # both classes weigh the same, and all rows together as many as there are
    counts = {name: learnt / 2 / weight for name, weight in found.items()}
    assert sum(counts.values()) == pytest.approx(learnt) and all(
        c == pytest.approx(round(c)) for c in counts.values()
    )
    said = f"rows counted by their classes: ill {found['ill']:.4g}, well {found['well']:.4g}."
    assert said in model.provenance.remarks[0] and said in repr(model.provenance)
    again = fp.load(model.save(tmp_path / "m.forpass")).provenance
    assert again == model.provenance and list(again.class_weights.items()) == list(found.items())
    plain = fp.train_table(rare, "y", **QUICK).provenance
    assert plain.class_weights == {} and "class_weights" not in plain.to_json() and plain.remarks == ()


def test_weights_of_labels_are_known_by_label_and_value(rare):
    table = {"x": rare["x"], "a": np.arange(len(rare)) % 2, "b": np.arange(len(rare)) % 3 // 2}
    model = fp.train_table(table, ["a", "b"], class_weight={"b": 3.0}, **QUICK)
    assert model.provenance.class_weights == {"a=0": 1.0, "a=1": 1.0, "b=0": 1.0, "b=1": 3.0}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("balance", "did you mean 'balanced'"),
        ({"sick": 2.0}, "'sick'.*Known: ill, well"),
        ({"ill": -1.0}, "the weight of 'ill' in class_weight of .* at least 0; got -1.0"),
        ({"ill": "much"}, "the weight of 'ill' .* got 'much'"),
        (3, "must be 'balanced', or a weight for each class"),
        ([{"ill": 1.0}, {}], "must be one mapping from class to weight here"),
        ({"ill": 1.0, " ill": 2.0}, "names a class twice, as 'ill' and as ' ill'; say it once"),
    ],
)
def test_weights_that_cannot_be(rare, given, message):
    with pytest.raises(fp.InputError, match=message):
        fp.train_table(rare, "y", class_weight=given, **QUICK)


@pytest.mark.parametrize(
    ("given", "validation", "use"),
    [({"ill": 0, "well": 0}, 0.1, "training"), ({"well": 0}, ["well"] * 3, "validation")],
)
def test_weights_that_leave_nothing(rare, given, validation, use):
    if isinstance(validation, list):
        validation = rare[rare["y"] == "well"].head(len(validation))
    message = f"class_weight leaves none of the .* {use} rows a weight above 0; give the classes"
    with pytest.raises(fp.DataError, match=message):
        fp.train_table(rare, "y", class_weight=given, validation=validation, **QUICK)


def test_weights_are_for_classes(houses):
    with pytest.raises(
        fp.SpecError, match="class_weight is for classes and labels, and this is a regression"
    ):
        fp.train_table(houses, "price", class_weight="balanced", **QUICK)


# -- thresholds ----------------------------------------------------------------------------------
def test_a_threshold_is_chosen_on_validation_rows_and_decides(rare):
    plain = fp.train_table(rare, "y", **QUICK)
    model = fp.train_table(rare, "y", threshold="balanced_accuracy", **QUICK)
    assert model.threshold != 0.5
    np.testing.assert_array_equal(model.predict_proba(rare), plain.predict_proba(rare))
    above = model.predict_proba(rare)[:, 1] > model.threshold
    assert model.predict(rare).tolist() == np.where(above, "well", "ill").tolist()
    validation, _ = validation_of(rare)
    reached = [
        metrics.balanced_accuracy_score(validation["y"], found.predict(validation))
        for found in (plain, model)
    ]
    assert reached[1] >= reached[0]
    P = model.predict_proba(validation)[:, 1]
    best = max(
        metrics.balanced_accuracy_score(validation["y"], np.where(t < P, "well", "ill")) for t in [0.0, *P]
    )
    assert reached[1] == pytest.approx(best)
    assert model.fingerprint() != plain.fingerprint()


def test_a_threshold_is_kept_in_the_file_and_in_copies(rare, tmp_path):
    import pickle

    model = fp.train_table(rare, "y", threshold=0.8, **QUICK)
    assert model.threshold == 0.8
    again = fp.load(model.save(tmp_path / "m.forpass"))
    for copy in (again, pickle.loads(pickle.dumps(model))):
        assert (copy.threshold, copy.fingerprint()) == (0.8, model.fingerprint())
        assert copy.predict(rare).tolist() == model.predict(rare).tolist()
    assert copy.predict(rare.head(1)).tolist() == model.predict(rare).tolist()[:1]  # a single row by itself
    ensemble = fp.Ensemble([model, fp.train_table(rare, "y", threshold=0.6, **QUICK | {"seed": 4})])
    assert ensemble.threshold == pytest.approx(0.7)
    above = ensemble.predict_proba(rare)[:, 1] > 0.7
    assert ensemble.predict(rare).tolist() == np.where(above, "well", "ill").tolist()


def test_the_fingerprint_of_a_model_without_a_threshold_has_not_changed(rare):
    model = fp.train_table(rare, "y", **QUICK)
    assert "threshold" not in model.to_json()


def test_a_threshold_is_that_of_the_positive_class(rare):
    ill = fp.train_table(rare, "y", threshold=0.2, positive="ill", **QUICK)
    P = ill.predict_proba(rare)
    assert ill.predict(rare).tolist() == np.where(P[:, 0] > 0.2, "ill", "well").tolist()
    classifier = fp.TableClassifier((8,), max_iter=3, threshold=0.2, positive="ill", random_state=0)
    classifier.fit(rare[["x", "z"]], rare["y"])
    assert classifier.threshold_ == pytest.approx(0.2) and classifier.model_.threshold == pytest.approx(0.8)
    assert classifier.classes_.tolist() == ["ill", "well"]


def test_the_baselines_decide_likewise(rare):
    said = QUICK | {"positive": "ill"}
    low = fp.train_table(rare, "y", threshold=0.05, **said).provenance.evaluation.figures
    usual = fp.train_table(rare, "y", **said).provenance.evaluation.figures
    assert low["linear"]["recall"] > usual["linear"]["recall"]
    assert low["dummy"]["recall"] == 1.0  # a tenth is ill, more than 0.05
    chosen = fp.train_table(rare, "y", threshold="f1", **said).provenance.evaluation.figures
    assert chosen["dummy"]["recall"] == 1.0  # better than none, for F1


def test_the_linear_baseline_is_fitted_once_whatever_it_decides_by(rare):
    fits = []

    def listen(event):
        fits.append(isinstance(event, BaselineStep) and event.step == 1)

    fp.train_table(rare, "y", threshold="f1", listener=listen, **QUICK)
    assert sum(fits) == 1


def test_a_threshold_outlives_a_refit_and_decides_in_folds(rare):
    said = QUICK | {"threshold": "balanced_accuracy", "class_weight": "balanced", "metric": "roc_auc"}
    chosen, again = (fp.train_table(rare, "y", refit=refit, **said) for refit in (False, True))
    assert again.provenance.refit.rows == N and again.threshold == chosen.threshold != 0.5
    assert again.parameters.tolist() != chosen.parameters.tolist()
    found = fp.cross_validate(rare, "y", folds=2, **QUICK | {"threshold": 0.9})
    above = found.probabilities[:, 1] > 0.9
    assert found.predictions.tolist() == np.where(above, "well", "ill").tolist()
    assert not above.all()


@pytest.mark.parametrize(
    ("said", "error", "message"),
    [
        ({"threshold": 1.0}, fp.SpecError, "threshold .* must be below 1; got 1.0"),
        ({"threshold": 0}, fp.SpecError, "threshold .* above 0; got 0"),
        (
            {"threshold": "roc_auc"},
            fp.SpecError,
            "a metric of decisions, .* accuracy, balanced_accuracy, f1; got",
        ),
        ({"threshold": "f2"}, fp.SpecError, "takes a probability, or a metric of decisions, .*; got 'f2'"),
        ({"threshold": "auc"}, fp.SpecError, "which a threshold changes: accuracy, .*; got 'auc'"),
        (
            {"threshold": "f1", "validation": 0.0},
            fp.SpecError,
            "chosen on validation rows, and there are none",
        ),
        (
            {"positive": "sick"},
            fp.TableError,
            "positive must be one of the classes 'ill' and 'well'; got 'sick'",
        ),
    ],
)
def test_thresholds_and_positive_classes_that_cannot_be(rare, said, error, message):
    with pytest.raises(error, match=message):
        fp.train_table(rare, "y", **QUICK | said)


@pytest.mark.parametrize("said", [{"threshold": 0.3}, {"positive": 1}])
def test_they_are_for_two_classes(houses, said):
    three = three_of(houses)
    with pytest.raises(fp.InputError, match=r"two classes, .* 3 classes; leave it out"):
        fp.train_table(three, "y", **QUICK | said)
    with pytest.raises(fp.InputError, match=r"two classes, .* is a regression; leave it out"):
        fp.train_table(houses, "price", **QUICK | said)


def test_a_model_refuses_a_threshold_between_anything_else():
    import dataclasses

    data = fp.Data(np.eye(3), targets=np.arange(3))
    model = fp.train(fp.multilayer(3, [], 3, "softmax_cross_entropy"), fp.TrainingSpec(1), data)
    with pytest.raises(fp.SpecError, match=r"decides between two classes, and the network has 3 output"):
        dataclasses.replace(model, threshold=0.3)


# -- each class ----------------------------------------------------------------------------------
def test_each_class_is_measured_by_itself(rare):
    model = fp.train_table(rare, "y", positive="ill", threshold=0.2, **QUICK)
    evaluation = model.provenance.evaluation
    _, test = validation_of(rare)
    expected = metrics.precision_recall_fscore_support(
        test["y"], model.predict(test), labels=["ill", "well"], zero_division=np.nan
    )
    found = [list(figures.values()) for figures in evaluation.classes.values()]
    np.testing.assert_allclose(np.array(found)[:, [1, 2, 3, 0]].T, expected, rtol=1e-12)
    network = evaluation.figures["network"]
    assert [network[name] for name in ("precision", "recall", "f1")] == found[0][1:]
    assert evaluation.positive == "ill" == fp.evaluate(model, test).positive
    assert "positive class: ill" in repr(evaluation)


def test_of_many_classes_the_worst_are_shown():
    classes = {
        f"c{i}": {"rows": 9.0, "precision": 1.0, "recall": 0.5, "f1": 0.99 - i / 100} for i in range(15)
    }
    classes["gone"] = {"rows": 0.0, "precision": np.nan, "recall": np.nan, "f1": np.nan}
    shown = repr(fp.Evaluation(9, {"network": {"accuracy": 0.5}}, classes=classes))
    assert "the 12 worst of 16" in shown and "c14" in shown and "c2 " not in shown and "gone" not in shown
    few = repr(fp.Evaluation(9, {"network": {"accuracy": 0.5}}, classes=dict(list(classes.items())[-12:])))
    assert few.count("c") and "worst" not in few and "undefined" in few


def test_an_evaluation_goes_through_json_in_its_order(rare):
    import json

    evaluation = fp.train_table(rare, "y", metric="f1", **QUICK).provenance.evaluation
    stored = json.loads(json.dumps(evaluation.to_json(), sort_keys=True))
    assert repr(type(evaluation).from_json(stored)) == repr(evaluation)


# -- estimators ----------------------------------------------------------------------------------
def test_an_mlp_stops_by_its_metric(rare):
    X, y = rare[["x", "z"]].to_numpy(), rare["y"].to_numpy()
    said = {"early_stopping": True, "max_iter": 15, "random_state": 0, "learning_rate_init": 0.01}
    classifier = fp.MLPClassifier((8,), metric="roc_auc", **said)
    with pytest.warns(UserWarning, match="max_iter"):
        classifier.fit(X, y)
    assert classifier.model_.history[0].metric == "roc_auc"
    assert classifier.best_validation_score_ == max(classifier.validation_scores_)
    by_loss = fp.MLPClassifier((8,), metric="log_loss", **said)
    with pytest.warns(UserWarning, match="max_iter"):
        by_loss.fit(X, y)
    assert by_loss.best_validation_score_ == min(by_loss.validation_scores_)
    by_words = fp.MLPClassifier((8,), metric=share_of_the_ill, **said | {"max_iter": 3})
    with pytest.warns(UserWarning, match="max_iter"):
        by_words.fit(X, y)
    with pytest.raises(fp.SpecError, match="r2 measures regression"):
        fp.MLPClassifier((8,), metric="r2", **said).fit(X, y)


def test_an_mlp_of_a_quantile_stops_by_its_pinball_loss(houses):
    X, y = houses[["x"]].to_numpy(), houses["price"].to_numpy() / 1e5
    regressor = fp.MLPRegressor(
        hidden_layer_sizes=(8,), loss="quantile", quantile=0.9, metric="pinball:0.9", early_stopping=True,
        max_iter=5, random_state=0,
    )  # fmt: skip
    with pytest.warns(UserWarning, match="max_iter"):
        regressor.fit(X, y, validation_data=(X[:50], y[:50]))
    expected = metrics.mean_pinball_loss(y[:50], regressor.predict(X[:50]), alpha=0.9)
    assert regressor.best_validation_score_ == pytest.approx(expected, rel=1e-6)


def test_meanings_and_metrics_can_be_sent_elsewhere():
    import pickle

    meaning = TargetMeaning("regression", None, Unit((2.0,), (3.0,)))
    metric = metric_for("root_mean_squared_error", meaning)
    copy = pickle.loads(pickle.dumps(metric))
    assert copy.function(np.zeros((2, 1)), np.ones((2, 1)), None) == 3.0
    assert Setup.__dataclass_fields__["judging"]


# -- the command ---------------------------------------------------------------------------------
@pytest.mark.slow
def test_the_command_says_it_all(rare, tmp_path, forpass):
    rare.to_csv(tmp_path / "t.csv", index=False)
    code, out, err = forpass(
        "train", "t.csv", "-t", "y", "--epochs", 4, "--metric", "average_precision", "--class-weight",
        "ill=3,well=1", "--threshold", "f1", "--positive", "ill",
    )  # fmt: skip
    assert code == 0, err
    head = next(line for line in out.splitlines() if "accuracy" in line)
    assert head.split()[:2] == ["average", "precision"]
    out = " ".join(out.split())
    assert "The positive class is ill, as was said. It is predicted above a probability of" in out
    assert "best for f1 on the validation rows." in out and " ill " in out
    model = fp.load(tmp_path / "t.forpass")
    code, out, _ = forpass("predict", "t.forpass", "t.csv")
    assert code == 0 and out.split()[1:] == model.predict(rare).tolist()
    code, out, _ = forpass("evaluate", "t.forpass", "t.csv")
    assert code == 0 and f"{1 - model.threshold:.4g}" in out
    for words, message in (
        (("--metric", "auc"), "did you mean 'roc_auc'"),
        (("--metric", "r2"), "r2 measures regression, and this is a classification"),
        (("--class-weight", "ill=2,ill =3"), "--class-weight names the class 'ill' twice; say it once"),
        (("--class-weight", "ill=x"), "for instance yes=3,no=1; got 'ill=x'"),
        (("--class-weight", "sick=2"), "Known: ill, well"),
        (("--threshold", "2"), "--threshold"),
    ):
        code, _, err = forpass("train", "t.csv", "-t", "y", "--epochs", 1, "--force", *words)
        assert code == 2 and message in err


def test_weights_of_classes_are_found_once_a_training(rare, monkeypatch):
    judging, calls = importlib.import_module("forpass.api.judging"), []
    factors_of = judging.factors_of
    monkeypatch.setattr(judging, "factors_of", lambda *given: calls.append(1) or factors_of(*given))
    fp.train_table(rare, "y", class_weight="balanced", **QUICK)
    assert len(calls) == 1
    fp.train_table(rare, "y", class_weight="balanced", refit=True, **QUICK)
    assert len(calls) == 3  # those of all rows are others
