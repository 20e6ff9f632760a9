"""Ensemble: the mean of what its members predict, with the face of one model."""

import copy
import dataclasses
import json
import pickle

import numpy as np
import pytest
from later import later

import forpass as fp
from forpass.model import Scores, TrainedModel
from forpass.model.archive import read_archive, write_archive
from forpass.preprocessing.units import Unit

pd = later("pandas")

load_iris, load_diabetes, load_wine = later("sklearn.datasets", "load_iris", "load_diabetes", "load_wine")

RNG = np.random.default_rng(8)
X = RNG.normal(size=(60, 4))
SPECS = {
    "classes": fp.multilayer(4, [6], 3, "softmax_cross_entropy"),
    "two classes": fp.multilayer(4, [6], 1, "sigmoid_cross_entropy", activation="tanh"),
    "labels": fp.multilayer(4, [6], 3, "sigmoid_cross_entropy"),
    "values": fp.multilayer(4, [6], 2, "squared"),
    "counts": fp.multilayer(4, [], 1, "poisson"),
}
TARGETS = {
    "classes": RNG.integers(0, 3, 60),
    "two classes": (X[:, :1] > 0) * 1.0,
    "labels": (X[:, :3] > 0) * 1.0,
    "values": X[:, :2] ** 2,
    "counts": RNG.poisson(2.0, (60, 1)) * 1.0,
}


def member(task, seed=0, **settings):
    training = fp.TrainingSpec(**{"epochs": 8, "seed": seed} | settings)
    return fp.train(SPECS[task], training, fp.Data(X, targets=TARGETS[task]))


def members(task, n=3):
    return [member(task, seed) for seed in range(n)]


def in_float64(model):
    """A model's predictions after the link, in float64, by NumPy."""
    return Scores(model.spec.head, model.raw_scores(X).astype(np.float64), "numpy").predictions


# -- what it predicts ----------------------------------------------------------------------------
@pytest.mark.parametrize("weights", [None, [3.0, 1.0, 2.0], [0.0, 1.0, 0.0]])
@pytest.mark.parametrize("task", SPECS)
def test_it_is_the_mean_of_what_its_members_predict(task, weights):
    of = members(task)
    ensemble = fp.Ensemble(of, weights)
    mean = np.average([in_float64(m) for m in of], axis=0, weights=weights)
    scores = ensemble.scores(X)
    assert scores.raw.dtype == np.float64
    np.testing.assert_allclose(scores.predictions, mean, rtol=1e-13)
    if task == "values":
        np.testing.assert_allclose(ensemble.predict(X), mean, rtol=1e-13)
    elif task == "counts":
        np.testing.assert_allclose(ensemble.predict(X), mean[:, 0], rtol=1e-13)
    elif task == "classes":
        np.testing.assert_allclose(ensemble.predict_proba(X), mean, rtol=1e-13)
        np.testing.assert_array_equal(ensemble.predict(X), mean.argmax(axis=1))
    elif task == "two classes":
        np.testing.assert_allclose(ensemble.predict_proba(X)[:, 1:], mean, rtol=1e-13)
        np.testing.assert_array_equal(ensemble.predict(X), mean[:, 0] > 0.5)
    else:
        np.testing.assert_array_equal(ensemble.predict(X), mean > 0.5)


@pytest.mark.parametrize("task", SPECS)
def test_an_ensemble_of_one_predicts_as_it_does(task):
    model = member(task)
    ensemble = fp.Ensemble([model])
    np.testing.assert_array_equal(ensemble.predict(X) > 0, model.predict(X) > 0)
    np.testing.assert_allclose(ensemble.scores(X).predictions, model.scores(X).predictions, rtol=2e-6)


def test_where_all_are_sure_the_loss_is_still_finite_and_right():
    """A probability that rounds to 1 has a logarithm of 1 - p that no rounding has lost."""
    raws = [np.array([[50.0]]), np.array([[60.0]])]
    scores = Scores.mean(fp.Head("sigmoid_cross_entropy"), raws, [0.5, 0.5])
    expected = -np.log(0.5 * np.exp(-50.0) + 0.5 * np.exp(-60.0))
    assert scores.loss(np.array([[0.0]])) == pytest.approx(expected, rel=1e-14)
    raws = [np.array([[0.0, 800.0]]), np.array([[0.0, 900.0]])]
    scores = Scores.mean(fp.Head("softmax_cross_entropy"), raws, [0.25, 0.75])
    assert scores.loss(np.array([0])) == pytest.approx(800.0 - np.log(0.25), rel=1e-14)
    rates = Scores.mean(fp.Head("poisson"), [np.array([[1000.0]])] * 2, [0.5, 0.5])
    assert rates.raw.tolist() == [[1000.0]]


def test_figures_are_those_of_the_mean():
    ensemble, T = fp.Ensemble(members("classes")), TARGETS["classes"]
    P = np.mean([in_float64(m) for m in ensemble.members], axis=0)
    scores = ensemble.scores(X)
    assert scores.loss(T) == pytest.approx(-np.log(P[np.arange(60), T]).mean(), rel=1e-12)
    assert scores.metric("accuracy", T) == np.mean(P.argmax(axis=1) == T)


def test_values_have_no_probabilities():
    with pytest.raises(fp.DataError, match="gives no probabilities; use predict"):
        fp.Ensemble(members("values", 2)).predict_proba(X)


def test_networks_of_any_size_type_and_loss_go_together():
    small = fp.train(
        fp.multilayer(4, [], 2, "absolute"),
        fp.TrainingSpec(epochs=2, dtype="float64"),
        fp.Data(X, targets=TARGETS["values"]),
        engine="numpy",
    )
    ensemble = fp.Ensemble([member("values"), small])
    assert ensemble.head.loss == "squared"
    mean = (in_float64(ensemble.members[0]) + in_float64(small)) / 2
    np.testing.assert_allclose(ensemble.predict(X), mean, rtol=1e-13)


# -- tables --------------------------------------------------------------------------------------
def wine(names=False):
    table = load_wine(as_frame=True).frame
    table["colour"] = np.array(["red", "white", None], dtype=object)[np.arange(len(table)) % 3]
    if names:
        table["target"] = np.array(["low", "middle", "high"])[table["target"]]
    return table


QUICK = {"hidden": (6,), "epochs": 6}


def test_of_several_preprocessings_each_encodes_the_table_itself():
    table = wine(names=True)
    one = fp.train_table(table, "target", seed=1, **QUICK)
    other = fp.train_table(table.drop(columns=["colour", "alcohol"]), "target", seed=2, **QUICK)
    ensemble = fp.Ensemble([one, other, one], [1, 2, 1])
    assert ensemble.preprocessings == (one.preprocessing, other.preprocessing)
    assert ensemble.places == (0, 1, 0)
    mean = (one.predict_proba(table).astype(float) + other.predict_proba(table)) / 2
    np.testing.assert_allclose(ensemble.predict_proba(table), mean, rtol=1e-5)
    words = np.array(["high", "low", "middle"])
    assert ensemble.predict(table).tolist() == words[mean.argmax(axis=1)].tolist()


def test_rows_that_others_encoded_are_refused():
    """As many parts were taken, whatever their numbers mean, and fewer raised an IndexError."""
    table = wine(names=True)
    drops = ["colour"], ["alcohol"], ["ash"]
    one, two, three = (fp.train_table(table.drop(columns=drop), "target", **QUICK) for drop in drops)
    ensemble, other, all_three = (
        fp.Ensemble([one, two]),
        fp.Ensemble([one, three]),
        fp.Ensemble([one, two, three]),
    )
    encoded = ensemble.encode(table)
    again = fp.Ensemble([one, two, one], [1, 0, 0])
    np.testing.assert_array_equal(again.predict(encoded), one.predict(table))  # the same preprocessings
    for wrong, message in (
        (other, "by 2 preprocessings, part 2 by one that no member has; this one has 2"),
        (all_three, "by 2 preprocessings; this one has 3"),
        (fp.Ensemble([two, one]), "by 2 preprocessings; this one has 2, in another order"),
        (fp.Ensemble([one, one]), "part 2 by one that no member has; this one has 1"),
    ):
        with pytest.raises(fp.DataError, match=f"encoded for another ensemble, .*{message}: give the table"):
            wrong.predict(encoded)
    with pytest.raises(fp.InputError):
        one.predict(encoded)


def test_a_table_can_be_traced():
    table = wine(names=True)
    one = fp.train_table(table, "target", seed=1, **QUICK)
    other = fp.train_table(table.drop(columns="colour"), "target", seed=2, **QUICK)
    tape = fp.Ensemble([one, other]).trace(table, member=1)
    np.testing.assert_array_equal(tape["X"], other.encode(table).numbers)
    np.testing.assert_array_equal(tape["X"], other.trace(other.encode(table, with_targets=True))["X"])


def test_one_preprocessing_encodes_once(monkeypatch):
    table = wine()
    model = fp.train_table(table, "target", **QUICK)
    again = dataclasses.replace(model, parameters=model.parameters * np.float32(1.1))
    ensemble = fp.Ensemble([model, again])
    calls = []
    encode = fp.Preprocessing.encode
    monkeypatch.setattr(fp.Preprocessing, "encode", lambda *args: calls.append(1) or encode(*args))
    ensemble.predict(table)
    assert calls == [1]


def test_a_preprocessing_that_was_read_again_is_the_same(tmp_path):
    model = fp.train_table(wine(), "target", **QUICK)
    again = fp.load(model.save(tmp_path / "m.forpass"))
    assert len(fp.Ensemble([model, again]).preprocessings) == 1


def test_values_are_averaged_in_their_unit():
    table = load_diabetes(as_frame=True).frame
    high, low = table[table["target"] > 150], table[table["target"] <= 150]
    models = [fp.train_table(part, "target", **QUICK) for part in (high, low)]
    assert models[0].preprocessing.target.unit.mean != models[1].preprocessing.target.unit.mean
    ensemble = fp.Ensemble(models, [1, 3])
    expected = (models[0].predict(table) + 3 * models[1].predict(table)) / 4
    np.testing.assert_allclose(ensemble.predict(table), expected, rtol=1e-6)


def test_evaluate_measures_an_ensemble():
    table = load_diabetes(as_frame=True).frame
    parts = [table.iloc[::2], table.iloc[1::2]]
    ensemble = fp.Ensemble([fp.train_table(part, "target", **QUICK) for part in parts])
    missing = table.astype({"target": float})
    missing.loc[:9, "target"] = np.nan
    with pytest.warns(fp.ForpassWarning, match="10 rows left out"):
        found = fp.evaluate(ensemble, missing)
    error = table["target"][10:] - ensemble.predict(table)[10:]
    assert found.rows == len(table) - 10
    assert found.figures["network"]["mean_absolute_error"] == pytest.approx(np.abs(error).mean(), rel=1e-6)

    classes = wine(names=True)
    ensemble = fp.Ensemble([fp.train_table(classes, "target", seed=s, **QUICK) for s in (1, 2)])
    figures = fp.evaluate(ensemble, classes).figures["network"]
    assert figures["accuracy"] == np.mean(ensemble.predict(classes) == classes["target"])


def test_an_array_cannot_suit_several_preprocessings():
    table = wine()
    ensemble = fp.Ensemble([fp.train_table(table, "target", seed=s, **QUICK) for s in (1, 2)])
    with pytest.raises(fp.DataError, match=r"the 2 members encode tables in 2 ways.*give the table"):
        ensemble.predict(fp.Data(X))
    encoded = ensemble.encode(table)
    assert encoded.n_rows == len(table)
    np.testing.assert_array_equal(ensemble.predict(encoded), ensemble.predict(table))


# -- what is refused -----------------------------------------------------------------------------
def test_members_that_predict_different_things_are_refused():
    of = {task: member(task) for task in SPECS}
    for task, what in (
        ("labels", "the kind of target of member 2 is probability, of member 1 class"),
        ("values", "the kind of target of member 2 is real"),
    ):
        with pytest.raises(fp.SpecError, match=what):
            fp.Ensemble([of["classes"], of[task]])
    with pytest.raises(fp.SpecError, match="the number of outputs of member 3 is 3, of member 1 1"):
        fp.Ensemble([of["two classes"], of["two classes"], of["labels"]])
    wide = fp.multilayer(5, [], 3, "softmax_cross_entropy")
    with pytest.raises(fp.SpecError, match="the number of features of member 2 is 5, of member 1 4"):
        fp.Ensemble([of["classes"], TrainedModel(wide, np.zeros(18), np.zeros(0))])


def test_members_of_other_tables_are_refused():
    table = pd.DataFrame({"a": RNG.normal(size=60), "b": RNG.normal(size=60), "y": np.arange(60) % 2})
    table["word"] = np.where(table["y"], "yes", "no")
    table["other"] = np.where(table["y"], "yes", "never")

    def model(target, **more):
        return fp.train_table(table[["a", "b", target]], target, hidden=(), epochs=1, **more)

    word = model("word")
    with pytest.raises(fp.SpecError, match="the input of member 2 is arrays, of member 1 tables"):
        fp.Ensemble([word, member("two classes")])
    with pytest.raises(fp.SpecError, match="the target of member 2 is other, of member 1 word"):
        fp.Ensemble([word, model("other")])
    target = dataclasses.replace(word.preprocessing.target, classes=("no", "maybe"))
    renamed = dataclasses.replace(word, preprocessing=dataclasses.replace(word.preprocessing, target=target))
    with pytest.raises(
        fp.SpecError, match=r'classes of member 2 is \["no", "maybe"\], of member 1 \["no", "yes'
    ):
        fp.Ensemble([word, renamed])


def test_what_makes_no_ensemble():
    model = member("classes")
    for given, what in (
        ([], "needs at least one member"),
        (model, "members of an ensemble must be a sequence"),
        ([model, SPECS["classes"]], "member 2 is a NetworkSpec; give trained models"),
        ([fp.Ensemble([model])], "member 1 is an Ensemble"),
    ):
        with pytest.raises(fp.SpecError, match=what):
            fp.Ensemble(given)
    for weights, what in (
        (2.0, "weights of an ensemble must be a sequence"),
        ([1.0], "an ensemble of 2 members has 1 weights"),
        ([1.0, -1.0], "each weight of an ensemble must be a finite number of at least 0; got -1"),
        ([1.0, np.nan], "each weight of an ensemble"),
        ([0.0, 0.0], "all weights of the ensemble are 0"),
        ([1e308, 1e308], "add up to infinity"),
    ):
        with pytest.raises(fp.SpecError, match=what):
            fp.Ensemble([model, model], weights)


# -- the file ------------------------------------------------------------------------------------
def ensembles():
    yield fp.Ensemble(members("classes"), [1, 2, 4])
    table = wine(names=True)
    one = fp.train_table(table, "target", seed=1, **QUICK)
    other = fp.train_table(table.drop(columns="colour"), "target", seed=2, engine="numpy", **QUICK)
    yield fp.Ensemble([one, other, one], [0.2, 0.3, 0.5])


def test_saved_and_loaded_it_is_the_same(tmp_path):
    for ensemble, rows in zip(ensembles(), (X, wine()), strict=True):
        loaded = fp.load(ensemble.save(tmp_path / "e.forpass"))
        assert isinstance(loaded, fp.Ensemble)
        assert loaded.fingerprint() == ensemble.fingerprint()
        assert (loaded.weights, loaded.places) == (ensemble.weights, ensemble.places)
        for ours, theirs in zip(ensemble.members, loaded.members, strict=True):
            assert (theirs.history, theirs.provenance) == (ours.history, ours.provenance)
            assert (theirs.training, theirs.engine) == (ours.training, ours.engine)
        np.testing.assert_array_equal(loaded.predict_proba(rows), ensemble.predict_proba(rows))
        again = loaded.save(tmp_path / "again.forpass")
        assert again.read_bytes() == (tmp_path / "e.forpass").read_bytes()


def test_weights_keep_their_bits_in_a_file(tmp_path):
    """Those of a file add up to 1 but for rounding, and are not divided once more."""
    of = members("classes", 2) * 5
    for weights in (None, *np.random.default_rng(1).random((20, 10))):
        ensemble = fp.Ensemble(of, weights)
        loaded = fp.load(ensemble.save(tmp_path / "e.forpass"))
        assert loaded.weights == ensemble.weights
        assert loaded.fingerprint() == ensemble.fingerprint()


def test_a_shared_preprocessing_is_written_once(tmp_path):
    *_, ensemble = ensembles()
    content = read_archive(ensemble.save(tmp_path / "e.forpass"), "ensemble").content
    assert len(content["preprocessings"]) == 2
    assert [member["preprocessing"] for member in content["members"]] == [0, 1, 0]
    loaded = fp.load(tmp_path / "e.forpass")
    assert loaded.members[0].preprocessing is loaded.members[2].preprocessing


def test_a_model_can_be_taken_out(tmp_path):
    ensemble = next(ensembles())
    alone = fp.load(fp.load(ensemble.save(tmp_path / "e.forpass")).members[1].save(tmp_path / "m.forpass"))
    assert alone.fingerprint() == ensemble.members[1].fingerprint()


@pytest.mark.parametrize(
    "changed",
    [
        {"weights": None},
        {"weights": [1.0]},
        {"weights": [0.2, -0.3, 0.5]},
        {"members": []},
        {"members": [1, 2, 3]},
        {"members": None},
        {"preprocessings": []},
        {"preprocessings": [7]},
    ],
)
def test_a_signed_file_of_nonsense(tmp_path, changed):
    *_, ensemble = ensembles()
    file = ensemble.save(tmp_path / "e.forpass")
    _, arrays, content = read_archive(file, "ensemble")
    write_archive(file, "ensemble", arrays, content | changed)
    with pytest.raises(fp.ModelFileError):
        fp.load(file)
    write_archive(file, "ensemble", {}, content)
    with pytest.raises(fp.ModelFileError):
        fp.load(file)


# -- its face ------------------------------------------------------------------------------------
def test_a_fingerprint_sees_members_and_weights():
    a, b = members("classes", 2)
    prints = [
        fp.Ensemble(of, weights).fingerprint()
        for of, weights in (([a, b], None), ([a, b], [1, 2]), ([b, a], [2, 1]), ([a, a], None), ([a], None))
    ]
    assert len({*prints, a.fingerprint()}) == 6
    assert fp.Ensemble([a, b], [5, 5]).fingerprint() == prints[0]


def test_it_can_be_copied_and_pickled():
    ensemble = next(ensembles())
    for again in (copy.copy(ensemble), copy.deepcopy(ensemble), pickle.loads(pickle.dumps(ensemble))):
        assert again.fingerprint() == ensemble.fingerprint()
        np.testing.assert_array_equal(again.predict(X), ensemble.predict(X))


def test_a_member_can_be_traced():
    ensemble, data = fp.Ensemble(members("classes")), fp.Data(X, targets=TARGETS["classes"])
    for number, model in enumerate(ensemble.members):
        tape = ensemble.trace(data, number, rows=[4, 2])
        np.testing.assert_array_equal(tape["Z2"], model.trace(data, [4, 2])["Z2"])
    np.testing.assert_array_equal(ensemble.trace(data)["Z2"], ensemble.members[0].trace(data)["Z2"])


def test_what_it_says_of_itself():
    a, b = members("values", 2)
    small = TrainedModel(fp.multilayer(4, [], 2, "squared"), np.zeros(10), np.zeros(0))
    ensemble = fp.Ensemble([a, small, b], [1, 2, 1])
    assert repr(ensemble) == "<Ensemble of 3, squared, 98 parameters>"
    summary = ensemble.summary()
    assert summary.startswith("members 1 (weight 0.25), 3 (weight 0.25):\n#  layer")
    assert "\n\nmember 2 (weight 0.5):\n" in summary


@pytest.mark.slow
def test_the_command_takes_it(forpass, tmp_path):
    table = wine(names=True)
    table.to_csv(tmp_path / "wine.csv", index=False)
    seeds = (1, 2)
    ensemble = fp.Ensemble([fp.train_table(table, "target", seed=s, **QUICK) for s in seeds])
    ensemble.save(tmp_path / "e.forpass")
    code, out, _ = forpass("predict", "e.forpass", "wine.csv", "--proba", "--json")
    assert code == 0
    predictions = json.loads(out)["predictions"]
    assert predictions["target"] == ensemble.predict(table).tolist()
    np.testing.assert_allclose(predictions["probability of low"], ensemble.predict_proba(table)[:, 1])
    code, out, _ = forpass("evaluate", "e.forpass", "wine.csv", "--json")
    assert code == 0
    assert json.loads(out)["figures"] == fp.evaluate(ensemble, table).to_json()["figures"]
    code, out, _ = forpass("inspect", "e.forpass")
    assert (
        code == 0 and "members 1 (weight 0.5), 2 (weight 0.5)" in out and "member 2\ntrained with adam" in out
    )
    code, out, _ = forpass("inspect", "e.forpass", "--json")
    assert [member["training"]["seed"] for member in json.loads(out)["members"]] == [*seeds]
    code, out, _ = forpass("check", "e.forpass")
    assert code == 0 and "member 1, built like 1 other: gradient check passed" in out


def test_rates_of_which_the_range_is_known_are_those_of_each_member():
    """Raw scores of rates are logarithms, to which a range of values says nothing."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=60)
    table = {"x": x.tolist(), "y": rng.poisson(np.exp(0.5 * x)).astype(float).tolist()}
    learnt = fp.Preprocessing.learn(table, "y", task="regression")
    target = dataclasses.replace(learnt.target, unit=Unit((0.0,), (1.0,)))
    preprocessing = dataclasses.replace(learnt, target=target.with_range([[1.0], [9.0]]))
    data = fp.Data(preprocessing.encode(table).numbers, targets=np.array(table["y"])[:, None])
    network = fp.train(fp.multilayer(1, [], 1, "poisson"), fp.TrainingSpec(epochs=3), data)
    model = dataclasses.replace(network, preprocessing=preprocessing)
    together = fp.Ensemble([model, model])
    np.testing.assert_allclose(together.raw_scores(table), model.raw_scores(table), rtol=1e-6)
    np.testing.assert_allclose(together.predict(table), model.predict(table), rtol=1e-6)


def test_what_members_are_brought_to_can_be_read_and_is_what_is_done():
    x = np.linspace(-1.0, 1.0, 30)
    table = {"x": x.tolist(), "y": (3.0 * x + 1.0).tolist()}
    learnt = fp.Preprocessing.learn(table, "y", task="regression")
    held = Unit((1.0,), (1.0,), (1.0,), (1.0,))  # to the same value in all rows
    units = [learnt.target.unit, learnt.target.unit, Unit((5.0,), (2.0,)), held]
    models = []
    for seed, unit in enumerate(units):
        own = dataclasses.replace(learnt, target=dataclasses.replace(learnt.target, unit=unit))
        data = own.encode(table, with_targets=True)
        network = fp.train(fp.multilayer(1, [], 1, "squared"), fp.TrainingSpec(epochs=3, seed=seed), data)
        models.append(dataclasses.replace(network, preprocessing=own))
    ensemble = fp.Ensemble(models, [0.5, 0.0, 0.25, 0.25])
    plan = ensemble.together()
    assert plan.members == (models[0], models[2], models[3])
    assert (plan.weights, plan.sharpness, plan.calibration) == ((0.5, 0.25, 0.25), (1.0, 1.0, 1.0), None)
    assert [ensemble.preprocessings[place] for place in plan.places] == [
        m.preprocessing for m in plan.members
    ]
    assert (plan.unit, plan.units) == (units[0], ((units[2], (1,)), (units[3], (2,))))
    assert ensemble.together() is plan
    Z = [model.raw_scores(table).astype(np.float64) for model in plan.members]
    for own, those in plan.units:
        for i in those:
            Z[i] = plan.unit.standardised(own.predicted(Z[i]))
    by_hand = sum(w * z for w, z in zip(plan.weights, Z, strict=True))
    np.testing.assert_allclose(ensemble.raw_scores(table), by_hand, rtol=1e-12)
