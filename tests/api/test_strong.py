"""Blends of a recipe: measured out of fold on all rows, decided, weighed and described."""

import dataclasses

import numpy as np
import pytest
from later import later

import forpass as fp
from forpass.recipes import PRESETS, Chain, Folds, LinearMember, Member
from forpass.sampling.splits import dealt_out

accuracy_score, f1_score = later("sklearn.metrics", "accuracy_score", "f1_score")
log_loss, r2_score = later("sklearn.metrics", "log_loss", "r2_score")

N = 120


def small(name="small", **changes):
    """A recipe of small networks beside a linear model, that takes next to no time."""
    chains = Chain("A", Member((8,)), [2, 4]), Chain("B", Member((6,)), [3]), Chain("linear", LinearMember())
    tasks = dict.fromkeys(("two_classes", "classes", "labels", "values"), chains)
    defaults = {"folds": (Folds(1, 3, 3, 1),), "rungs": 2, "racing_ratio": 9.0, "max_loss_ratio": 9.0}
    return dataclasses.replace(PRESETS["fast"], name=name, **{**tasks, **defaults, **changes})


def table(task, n=N, seed=0):
    rng = np.random.default_rng(seed)
    x, v = rng.normal(size=(2, n))
    z = x + 0.5 * rng.normal(size=n)
    found = {"x": x.tolist(), "v": v.tolist(), "word": rng.choice(list("abc"), n).tolist()}
    if task == "values":
        found["y"] = (100.0 + 20.0 * z).tolist()
    elif task == "labels":
        found |= {"p": (z > 0).astype(int).tolist(), "q": ((v > 0.3) | (z < -1)).astype(int).tolist()}
    else:
        cuts = [0.0] if task == "two_classes" else [-0.6, 0.6]
        found["y"] = np.array(["low", "mid", "top"])[np.digitize(z, cuts)].tolist()
    return found


TARGETS = {"two_classes": "y", "classes": "y", "labels": ["p", "q"], "values": "y"}


@pytest.fixture(scope="module")
def models():
    return {task: fp.train_table(table(task), target, preset=small()) for task, target in TARGETS.items()}


@pytest.mark.parametrize("task", TARGETS)
def test_all_rows_measure_it_and_none_is_set_apart(models, task):
    facts = models[task].provenance
    assert (facts.rows.training, facts.rows.validation, facts.rows.test) == (N, 0, 0)
    assert facts.evaluation.rows == N and facts.on_test is None
    assert list(facts.evaluation.figures) == ["network", "dummy", "linear"]
    assert facts.evaluation.comparison.unit == "rows out of fold" and facts.evaluation.comparison.units == N
    sentence = str(dataclasses.replace(facts.evaluation.comparison, low=-1.0, high=1.0))
    assert f"cannot be told apart on {N} rows out of fold: " in sentence


@pytest.mark.parametrize("task", TARGETS)
def test_members_share_one_preprocessing_and_have_not_seen_all_rows(models, task):
    model = models[task]
    assert len(model.preprocessings) == 1 and sum(model.weights) == pytest.approx(1.0)
    for member in model.members:
        rows = member.provenance.rows
        assert rows.training + rows.validation == N and rows.validation >= N // 3


def test_members_keep_how_they_learnt_over_all_rungs(models, tmp_path):
    model = models["classes"]
    networks = [member for member in model.members if member.training is not None]
    assert networks
    for member in networks:  # of the second rung, with the first before it: 8 and 16 epochs
        assert (member.training.epochs, len(member.history)) == (16, 24)
        assert [record.epoch for record in member.history] == list(range(1, len(member.history) + 1))
    back = fp.load(model.save(tmp_path / "m.forpass"))
    assert [member.history for member in back.members] == [member.history for member in model.members]


def test_equal_rows_in_different_folds_are_said():
    once = table("values", 60)
    twice = {name: cells * 2 for name, cells in once.items()}
    model = fp.train_table(twice, "y", preset=small())
    equal = model.provenance.equal_rows
    assert 40 < equal <= 120 and equal % 2 == 0
    assert f"{equal} of 120 rows are equal to a row of another fold" in model.provenance.remarks[0]
    assert "equal to a row of another fold" in str(model.report())
    assert fp.Provenance.from_json(model.provenance.to_json()).equal_rows == equal
    assert fp.train_table(once, "y", preset=small()).provenance.equal_rows == 0


def test_members_say_which_fold_they_have_not_seen():
    rows, chain = table("values"), Chain("A", Member((8,)), [3])
    for folds, numbers in ((Folds(1, 3, 3, 0), [0, 1, 2]), (Folds(1, 3, 3, 2), [0, 1, 2, 3, 4])):
        model = fp.train_table(rows, "y", preset=small(values=(chain,), folds=(folds,)))
        assert [member.provenance.fold for member in model.members] == numbers
    model = fp.train_table(rows, "y", preset=small(values=(chain,), refit="all"))
    assert {member.provenance.fold for member in model.members} == {None}


@pytest.mark.parametrize("task", TARGETS)
def test_the_same_seed_gives_the_same_bits_and_a_file_keeps_all_of_it(models, task, tmp_path):
    again = fp.train_table(table(task), TARGETS[task], preset=small(), threads=1)
    assert again.fingerprint() == models[task].fingerprint()
    loaded = fp.load(again.save(tmp_path / "m.forpass"))
    assert loaded.fingerprint() == again.fingerprint()
    assert loaded.provenance == again.provenance
    other = fp.train_table(table(task), TARGETS[task], preset=small(), seed=1)
    assert other.fingerprint() != again.fingerprint()


def test_figures_out_of_fold_are_those_of_predictions_of_rows_that_were_left_out():
    """With one chain and one network a fold, the blend out of fold is the network that left the row out."""
    recipe = small(values=(Chain("A", Member((8,)), [3]),), folds=(Folds(1, 3, 3, 0),))
    rows = table("values")
    model = fp.train_table(rows, "y", preset=recipe)
    P = np.stack([member.predict(rows) for member in model.members])
    left_out = P[dealt_out(N, 3, 0), np.arange(N)]
    y = np.array(rows["y"])
    expected = r2_score(y, np.clip(left_out, y.min(), y.max()))
    assert model.provenance.evaluation.figures["network"]["r2"] == pytest.approx(expected, abs=1e-6)
    assert expected < r2_score(y, model.predict(rows))


def test_a_blend_is_never_measured_by_what_it_learnt_by_heart():
    """A target of pure noise: out of fold nothing of it is known, whatever the members know by heart."""
    rng = np.random.default_rng(3)
    rows = {f"x{i}": rng.normal(size=N).tolist() for i in range(20)} | {"y": rng.normal(size=N).tolist()}
    chain = Chain("A", Member((64,), dropout=0.0, weight_decay=0.0, learning_rate=0.3), [40])
    model = fp.train_table(rows, "y", preset=small(values=(chain,), folds=(Folds(1, 3, 3, 0),)))
    assert r2_score(rows["y"], model.predict(rows)) > 0.5
    assert model.provenance.evaluation.figures["network"]["r2"] < 0.1


def test_test_rows_are_measured_besides(models):
    rows = table("classes", 200)
    model = fp.train_table(rows, "y", preset=small(), test=0.25)
    facts = model.provenance
    assert (facts.rows.training, facts.rows.test) == (150, 50)
    assert facts.evaluation.rows == 150 and facts.on_test.rows == 50
    assert facts.on_test.comparison.unit == "rows" and set(facts.on_test.figures) == {
        "network",
        "dummy",
        "linear",
    }
    own = table("classes", 90, seed=5)
    model = fp.train_table(table("classes"), "y", preset=small(), test=own)
    found = model.provenance.on_test.figures["network"]
    assert found["accuracy"] == pytest.approx(accuracy_score(own["y"], model.predict(own)))
    assert found["log_loss"] == pytest.approx(log_loss(own["y"], model.predict_proba(own)), rel=1e-4)
    assert fp.evaluate(model, own).figures["network"] == pytest.approx(dict(found))


def test_a_threshold_is_chosen_on_rows_out_of_fold():
    rows = table("two_classes", 300)
    model = fp.train_table(rows, "y", preset=small(), threshold="f1")
    plain = fp.train_table(rows, "y", preset=small())
    assert model.threshold != 0.5 == plain.threshold
    assert {member.threshold for member in model.members} == {model.threshold}
    decided = np.where(model.predict_proba(rows)[:, 1] > model.threshold, "mid", "low")
    assert decided.tolist() == model.predict(rows).tolist()
    fixed = fp.train_table(rows, "y", preset=small(), threshold=0.3)
    assert fixed.threshold == 0.3
    # a row does not decide about itself: what is measured is no better than the best threshold of all rows
    f1 = f1_score(rows["y"], model.predict(rows), pos_label="mid")
    assert model.provenance.evaluation.figures["network"]["f1"] <= f1 + 0.05


def test_weights_of_classes_change_what_is_learnt_and_no_figure():
    rows = table("two_classes", 200)
    even = fp.train_table(rows, "y", preset=small())
    much = fp.train_table(rows, "y", preset=small(), class_weight={"mid": 20.0})
    assert much.provenance.class_weights == {"low": 1.0, "mid": 20.0}
    assert much.fingerprint() != even.fingerprint()
    assert (
        much.provenance.evaluation.classes["mid"]["rows"] == even.provenance.evaluation.classes["mid"]["rows"]
    )


def rare(k, n=900, seed=0):
    """Rows of `k` classes, one of them common, and their class numbers."""
    rng = np.random.default_rng(seed)
    x, v = rng.normal(size=(2, n))
    y = np.digitize(x + rng.normal(size=n), [1.9] if k == 2 else [-1.9, 1.9])
    return {"x": x, "v": v, "y": np.array(["a", "b", "c"])[y]}, y


@pytest.mark.parametrize("k", [2, 3])
def test_class_weights_decide_and_probabilities_are_those_of_the_table(tmp_path, k):
    rows, y = rare(k)
    model = fp.train_table(rows, "y", preset=small(), class_weight="balanced", test=1 / 3)
    shares = np.bincount(y) / len(y)
    assert model.predict_proba(rows).mean(axis=0) == pytest.approx(shares, abs=0.03)
    decided = np.mean(model.predict(rows)[:, None] == np.array(list("abc")[:k]), axis=0)
    assert decided.min() > 0.15 > 1.3 * shares.min()
    if k == 2:  # above w_0 / (w_0 + w_1), where balanced weights go as 1 / share of the training rows
        weights = list(model.provenance.class_weights.values())
        assert model.threshold == pytest.approx(weights[0] / sum(weights))
    else:
        P = model.predict_proba(rows) * list(model.provenance.class_weights.values())
        assert (model.predict(rows) == np.array(list("abc"))[P.argmax(axis=1)]).all()
    for found in (model.provenance.evaluation, model.provenance.on_test):
        assert found.figures["network"]["log_loss"] < found.figures["dummy"]["log_loss"]
        assert found.figures["linear"]["log_loss"] < found.figures["dummy"]["log_loss"]
        assert found.figures["linear"]["balanced_accuracy"] > 0.6
    again = fp.load(model.save(tmp_path / "m.forpass"))
    assert again.fingerprint() == model.fingerprint()
    assert (again.predict(rows) == model.predict(rows)).all()
    # so it is where rows are asked of the members that left them out, and in cross-validation
    assert fp.importance(model, rows, metric="balanced_accuracy", repeats=1).before > 0.6
    folds = fp.cross_validate(rows, "y", folds=2, preset=small(), class_weight="balanced")
    P, names = folds.probabilities, np.array(list("abc")[:k])
    assert P.mean(axis=0) == pytest.approx(shares, abs=0.03)
    assert np.mean(folds.predictions[:, None] == names, axis=0).min() > 0.15


def test_a_threshold_that_is_said_counts_more_than_class_weights():
    model = fp.train_table(rare(2)[0], "y", preset=small(), class_weight="balanced", threshold=0.4)
    assert model.threshold == 0.4


def test_of_several_labels_class_weights_decide_too():
    rows = table("labels", 600)
    model = fp.train_table(rows, ["p", "q"], preset=small(), class_weight={"q": 9.0})
    P, decided = model.predict_proba(rows), model.predict(rows)
    assert P.mean(axis=0) == pytest.approx([np.mean(rows["p"]), np.mean(rows["q"])], abs=0.05)
    assert (decided == np.column_stack([P[:, 0] > 0.5, P[:, 1] > 0.1])).all()


def test_what_has_no_weight_at_all_undoes_nothing():
    model = fp.train_table(rare(3)[0], "y", preset=small(), class_weight={"a": 0.0, "b": 2.0})
    assert set(model.predict(rare(3)[0])) <= {"b", "c"}


def test_rows_without_weight_are_as_if_they_were_not_there():
    rows = table("values", 150)
    rows["w"] = [1.0] * 120 + [0.0] * 30
    far = dict(rows, y=rows["y"][:120] + [1e6] * 30)
    one, other = (fp.train_table(t, "y", weight="w", preset=small()) for t in (rows, far))
    assert one.provenance.evaluation.rows == other.provenance.evaluation.rows == 120


def test_groups_stay_together_and_time_goes_one_way():
    rows = table("values")
    rows |= {"g": np.repeat(np.arange(24), 5).tolist(), "t": np.linspace(0.0, 1.0, N).tolist()}
    by_group = fp.train_table(rows, "y", group="g", preset=small()).provenance.evaluation
    assert (by_group.comparison.unit, by_group.comparison.units) == ("groups out of fold", 24)
    in_time = fp.train_table(rows, "y", time="t", preset=small()).provenance.evaluation
    assert in_time.rows == 90  # the earliest quarter is learnt from, and never left out


def test_a_metric_stands_first_and_the_same_networks_come_of_it(models):
    model = fp.train_table(table("two_classes"), "y", preset=small(), metric="roc_auc")
    assert model.fingerprint() == models["two_classes"].fingerprint()
    assert next(iter(model.provenance.evaluation.figures["network"])) == "roc_auc"
    assert model.provenance.evaluation.comparison.metric == "roc_auc"
    assert next(iter(fp.evaluate(model, table("two_classes")).figures["network"])) == "roc_auc"


def test_what_was_tried_is_told(models):
    account = models["values"].provenance.recipe
    assert account["recipe"]["name"] == "small"
    tried = [
        (found["chain"], found["network"], found["epochs"], found["members"])
        for found in account["candidates"]
    ]
    assert tried[:3] == [("A", "1 x 8", 2, 4), ("B", "1 x 6", 3, 4), ("linear", "linear, penalty 33", 0, 4)]
    kept = sum(found["members"] for found in account["candidates"] if found["weight"])
    assert kept == len(models["values"].members)


def test_estimators_have_the_attributes_of_scikit_learn():
    rows = table("two_classes")
    X, y = {name: rows[name] for name in ("x", "v", "word")}, rows["y"]
    classifier = fp.TableClassifier(preset=small(), random_state=0).fit(X, y)
    assert classifier.n_iter_ >= 2 and classifier.loss_curve_ is None is classifier.validation_scores_
    assert classifier.classes_.tolist() == ["low", "mid"] and classifier.threshold_ == 0.5
    assert classifier.schema_ == {"x": "number", "v": "number", "word": "category"}
    assert classifier.predict_proba(X).shape == (N, 2) and classifier.score(X, y) > 0.7
    assert classifier.report() == classifier.model_.report() and "expected cal" in repr(classifier.report())
    rows = table("values")
    regressor = fp.TableRegressor(preset=small(), random_state=0).fit(X, rows["y"])
    assert regressor.predict(X).shape == (N,) and regressor.score(X, rows["y"]) > 0.3


def test_cross_validation_measures_a_recipe_on_rows_that_none_of_its_networks_saw():
    rows = table("classes")
    found = fp.cross_validate(rows, "y", folds=3, preset=small())
    assert len(found.models) == 3 and len(found.rows) == N
    accuracy = accuracy_score(np.array(rows["y"])[found.rows], found.predictions)
    sizes = [len(rows) for rows in found.test_rows]
    assert np.average(found.figures["network"]["accuracy"], weights=sizes) == pytest.approx(accuracy)


def test_intervals_and_sets_of_estimators_are_those_of_their_networks():
    rows = table("two_classes")
    X = {name: rows[name] for name in ("x", "v", "word")}
    classifier = fp.TableClassifier(preset=small(), random_state=0).fit(X, rows["y"])
    sets = classifier.predict_set(X, 0.8)
    assert sets == classifier.model_.predict_set(X, 0.8) and {len(found) for found in sets} <= {1, 2}
    numbers = table("values")["y"]
    regressor = fp.TableRegressor(preset=small(), random_state=0).fit(X, numbers)
    low, high = regressor.predict_interval(X, coverage=0.8).T
    assert (low < high).all() and np.mean((low <= numbers) & (numbers <= high)) > 0.6
    plain = fp.TableRegressor((4,), max_iter=1).fit(X, numbers)
    with pytest.raises(fp.DataError, match="predict_interval needs the networks of a recipe"):
        plain.predict_interval(X)


def test_the_command_predicts_with_a_coverage(tmp_path, forpass):
    for task, columns in (("classes", "y,classes"), ("values", "y,y low,y high")):
        rows = table(task)
        lines = [",".join(map(str, cells)) for cells in zip(*rows.values(), strict=True)]
        (tmp_path / "t.csv").write_text("\n".join([",".join(rows), *lines]))
        fp.train_table(rows, "y", preset=small()).save(tmp_path / "m.forpass")
        code, out, err = forpass("predict", "m.forpass", "t.csv", "--coverage", "0.8")
        assert code == 0 and out.splitlines()[0] == columns and len(out.splitlines()) == N + 1
    fp.train_table(rows, "y", epochs=1).save(tmp_path / "p.forpass")
    code, _, err = forpass("predict", "p.forpass", "t.csv", "--coverage", "0.8")
    assert code == 2 and "--coverage needs a model that knows how far off it is" in err


def test_a_model_of_a_recipe_is_shown_measured_and_checked_by_the_command(tmp_path, forpass):
    rows = table("classes")
    lines = [",".join(map(str, cells)) for cells in zip(*rows.values(), strict=True)]
    (tmp_path / "t.csv").write_text("\n".join([",".join(rows), *lines]))
    model = fp.train_table(rows, "y", preset=small())
    model.save(tmp_path / "m.forpass")
    code, out, _ = forpass("inspect", "m.forpass")
    assert code == 0 and "recipe small: " in out and "linear, penalty 33" in out
    assert f"out of fold, {N} rows:" in out and "two classes" in out
    code, out, _ = forpass("evaluate", "m.forpass", "t.csv")
    assert code == 0 and "accuracy" in out
    code, out, _ = forpass("check", "m.forpass")
    assert code == 0 and "gradient check passed" in out and "member 1" in out


def test_where_linear_models_predict_they_are_not_compared_with_themselves(tmp_path, forpass):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3, 300))
    rows = {"a": x[0], "b": x[1], "c": x[2], "y": x.sum(axis=0) + 0.5 * rng.normal(size=300)}
    model = fp.train_table(rows, "y", preset=small(racing_ratio=1.0), test=0.2)
    facts = model.provenance
    assert all(found["chain"] == "linear" for found in facts.recipe["candidates"] if found["weight"])
    for found in (facts.evaluation, facts.on_test):
        assert (found.comparison.subject, found.comparison.baseline) == ("linear", "dummy")
        assert found.verdict.startswith("The linear model that predicts does better than the dummy baseline:")
        assert fp.Evaluation.from_json(found.to_json()) == found
    assert facts.remarks == ("A linear model predicts: no network did better out of fold.",)
    model.save(tmp_path / "m.forpass")
    code, out, _ = forpass("inspect", "m.forpass")
    assert code == 0 and "The linear model that predicts does better" in out
    assert "network does better" not in out


def test_a_linear_model_is_not_said_to_beat_networks_that_were_not_trained():
    alone = dict.fromkeys(("two_classes", "classes", "labels", "values"), (Chain("linear", LinearMember()),))
    model = fp.train_table(table("values"), "y", preset=small(**alone))
    assert model.provenance.remarks == ("A linear model predicts; no network was trained.",)
    folds = fp.cross_validate(table("values"), "y", folds=2, preset=small(**alone))
    assert folds.comparison.subject == "linear" and folds.verdict.startswith("The linear model that predicts")


def test_a_class_of_one_row_is_learnt_and_not_measured():
    rows, _ = rare(2, 200)
    rows["y"] = rows["y"].astype(object)
    rows["y"][11] = "z"
    with pytest.warns(
        fp.ForpassWarning, match="class 'z' .* single row, which is never both learnt and measur"
    ):
        model = fp.train_table(rows, "y", preset=small())
    found = model.provenance.evaluation
    assert found.rows == 199 and found.classes["z"]["rows"] == 0
    # networks that had not seen the class would be sure that there is none
    assert found.figures["network"]["log_loss"] < found.figures["dummy"]["log_loss"]
    assert model.predict_proba(rows)[:, 2].mean() > 0.001
    X = {name: column for name, column in rows.items() if name != "y"}
    with pytest.warns(fp.ForpassWarning, match="class 'z' .* has a single row"):
        classifier = fp.TableClassifier(preset=small(), random_state=0).fit(X, rows["y"])
    assert classifier.classes_.tolist() == ["a", "b", "z"]


def test_a_target_that_is_linear_in_a_column_is_found_so():
    x, v = np.random.default_rng(0).normal(size=(2, 400))
    rows, chains = {"x": x, "v": v, "y": 3.0 * x - v}, (Chain("linear", LinearMember(1.0)),)
    of_recipe = fp.train_table(rows, "y", preset=small(values=chains)).provenance.evaluation.figures
    of_network = fp.train_table(rows, "y", epochs=1).provenance.evaluation.figures
    assert of_recipe["network"]["r2"] > 0.998 and of_recipe["linear"]["r2"] > 0.998
    assert of_network["linear"]["r2"] > 0.998
