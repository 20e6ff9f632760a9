"""What is trained where it is not said, and what is refused together: through every door."""

import dataclasses
import json

import numpy as np
import pytest

import forpass as fp
from forpass.api.presets import with_preset
from forpass.recipes import PRESETS, Chain, Folds, LinearMember, Member

N = 60


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    x = rng.normal(size=N)
    return {"x": x.tolist(), "y": np.where(x + 0.3 * rng.normal(size=N) > 0, "yes", "no").tolist()}


@pytest.fixture(scope="module")
def tiny():
    """A recipe of two small networks and a linear model, that takes next to no time."""
    chains = Chain("A", Member((8,)), [2]), Chain("linear", LinearMember())
    tasks = dict.fromkeys(("two_classes", "classes", "labels", "values"), chains)
    folds = (Folds(1, 2, 2, 0),)
    return dataclasses.replace(PRESETS["fast"], name="tiny", **tasks, folds=folds)


@pytest.mark.parametrize("option", ["hidden", "epochs", "learning_rate", "patience", "refit"])
def test_what_only_a_single_network_has_makes_one(option):
    assert with_preset({option: 1})["preset"] == "plain"
    assert with_preset({"seed": 1, "time_limit": 3.0, "metric": "f1"})["preset"] == "default"
    assert with_preset({option: 1, "preset": "plain"})["preset"] == "plain"
    with pytest.raises(fp.SpecError, match=f"preset 'strong' trains .* and {option} is of a single network"):
        with_preset({option: 1, "preset": "strong"})


def kind_of(model):
    return "single" if isinstance(model, fp.TrainedModel) else model.provenance.recipe["recipe"]["name"]


def test_each_door_takes_a_recipe_and_follows_the_rule(table, tiny, tmp_path, forpass):
    (tmp_path / "t.csv").write_text(
        "x,y\n" + "".join(f"{x},{y}\n" for x, y in zip(*table.values(), strict=True))
    )
    (tmp_path / "tiny.json").write_text(json.dumps(tiny.to_json()))

    def by_words(*words):
        code, _, err = forpass("train", "t.csv", "-t", "y", "--force", *words)
        assert code == 0, err
        return fp.load(tmp_path / "t.forpass")

    X, y = {"x": table["x"]}, table["y"]
    of_recipe = [
        fp.train_table(table, "y", preset=tiny),
        fp.TableClassifier(preset=tiny, random_state=0).fit(X, y).model_,
        by_words("--preset", "tiny.json"),
        *fp.cross_validate(table, "y", folds=2, preset=tiny).models,
    ]
    assert {kind_of(model) for model in of_recipe} == {"tiny"}
    answers = [model.predict_proba(X).tolist() for model in of_recipe[:3]]
    assert answers[0] == answers[1] == answers[2]
    single = [
        fp.train_table(table, "y", epochs=1),
        fp.train_table(table, "y", validation=0.2, preset="plain", time_limit=0.01),
        fp.TableClassifier((4,), max_iter=1).fit(X, y).model_,
        fp.TableClassifier(preset="plain", time_limit=0.01).fit(X, y).model_,
        fp.TableClassifier(time_limit=0.01).fit(X, y, validation_data=(X, y)).model_,
        by_words("--epochs", "1"),
        *fp.cross_validate(table, "y", folds=2, epochs=1).models,
    ]
    assert {kind_of(model) for model in single} == {"single"}


def test_each_door_trains_realmlp(table, tmp_path, forpass, monkeypatch):
    monkeypatch.setattr("forpass.recipes.realmlp.EPOCHS", 16)
    csv = "x,y\n" + "".join(f"{x},{y}\n" for x, y in zip(*table.values(), strict=True))
    (tmp_path / "t.csv").write_text(csv)
    code, out, err = forpass("train", "t.csv", "-t", "y", "--preset", "realmlp")
    assert code == 0 and "Found" not in out, err
    X, y, said = {"x": table["x"]}, table["y"], {"preset": "realmlp"}
    models = [
        fp.train_table(table, "y", **said),
        fp.TableClassifier(random_state=0, **said).fit(X, y).model_,
        fp.TableClassifier(random_state=0, **said).fit(X, y, validation_data=(X, y)).model_,
        fp.load(tmp_path / "t.forpass"),
        *fp.cross_validate(table, "y", folds=2, **said).models,
    ]
    assert {model.spec for model in models} == {models[0].spec}
    assert {model.training.stopping.restore_best for model in models} == {"last"}
    rows = [dataclasses.astuple(model.provenance.rows) for model in models]
    assert rows == [(38, 10, 12), (48, 12, 0), (60, 60, 0), (38, 10, 12), (24, 6, 30), (24, 6, 30)]
    whole = fp.train_table(table, "y", refit=True, validation=0.1, test=0, **said)
    assert whole.provenance.refit.rows == N
    assert (whole.predict(X) == np.array(y)).mean() > 0.7


@pytest.fixture
def small_tabm(monkeypatch):
    """TabM of a few members and units: it is the way to it that is tried."""
    for name, number in (("MEMBERS", 3), ("UNITS", 8), ("PATIENCE", 4), ("MOST_EPOCHS", 16)):
        monkeypatch.setattr(f"forpass.recipes.tabm.{name}", number)


def test_each_door_trains_tabm(table, tmp_path, forpass, small_tabm):
    csv = "x,y\n" + "".join(f"{x},{y}\n" for x, y in zip(*table.values(), strict=True))
    (tmp_path / "t.csv").write_text(csv)
    code, out, err = forpass("train", "t.csv", "-t", "y", "--preset", "tabm")
    assert code == 0 and "Found" not in out, err
    X, y, said = {"x": table["x"]}, table["y"], {"preset": "tabm"}
    models = [
        fp.train_table(table, "y", **said),
        fp.TableClassifier(random_state=0, **said).fit(X, y).model_,
        fp.load(tmp_path / "t.forpass"),
        *fp.cross_validate(table, "y", folds=2, **said).models,
    ]
    assert {model.spec for model in models} == {models[0].spec} and models[0].spec.members == 3
    assert {model.training.stopping.patience for model in models} == {4}
    rows = [dataclasses.astuple(model.provenance.rows) for model in models]
    assert rows == [(38, 10, 12), (48, 12, 0), (38, 10, 12), (24, 6, 30), (24, 6, 30)]
    assert fp.TableRegressor(**said).fit(X, table["x"]).predict(X).shape == (N,)
    with pytest.raises(fp.SpecError, match="preset 'tabm' is a network as it is published, and epochs would"):
        fp.train_table(table, "y", preset="tabm", epochs=3)
    whole = fp.train_table(table, "y", refit=True, test=0, **said)
    assert whole.provenance.refit.rows == N


def test_what_would_change_a_published_network_is_refused(table):
    for name in ("validation", "validation_data", "validation_fraction"):
        assert with_preset({"preset": "realmlp", "refit": True}, [name])["preset"] == "realmlp"
    with pytest.raises(fp.SpecError, match="preset 'realmlp' is a network as it is published, and epochs wo"):
        fp.train_table(table, "y", preset="realmlp", validation=0.3, epochs=3)
    with pytest.raises(fp.SpecError, match="and training would change it"):
        fp.train_table(table, "y", preset="realmlp", training=fp.TrainingSpec())


def test_what_does_not_go_together_is_refused_by_the_names_of_the_door(table, tiny, forpass, tmp_path):
    X, y = {"x": table["x"]}, table["y"]
    with pytest.raises(fp.SpecError, match=r"preset 'tiny' .*, and validation is of a single network"):
        fp.train_table(table, "y", preset=tiny, validation=0.2)
    with pytest.raises(fp.SpecError, match=r"preset 'fast' .*, and training is of a single network"):
        fp.train_table(table, "y", preset="fast", training=fp.TrainingSpec())
    with pytest.raises(fp.SpecError, match=r"preset 'fast' .*, and max_iter is of a single network"):
        fp.TableClassifier(preset="fast", max_iter=3).fit(X, y)
    with pytest.raises(fp.SpecError, match=r"preset 'fast' .*, and validation_data is of a single network"):
        fp.TableClassifier(preset="fast").fit(X, y, validation_data=(X, y))
    (tmp_path / "t.csv").write_text("x,y\n1,a\n2,b\n" * 5)
    code, _, err = forpass("train", "t.csv", "-t", "y", "--preset", "fast", "--batch-size", "3")
    assert code == 2 and "--preset 'fast' trains" in err and "and --batch-size is of a single" in err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "gone.json cannot be read: No such file or directory; check the path"),
        ("{", "gone.json is not JSON"),
        ("[1]", "a recipe must be a mapping of its fields; got [1]"),
        ('{"nam": 1}', "unknown field of a recipe 'nam'; did you mean 'name'"),
    ],
)
def test_a_file_that_is_no_recipe(content, said, tmp_path, forpass):
    if content is not None:
        (tmp_path / "gone.json").write_text(content)
    (tmp_path / "t.csv").write_text("x,y\n1,a\n2,b\n" * 5)
    code, _, err = forpass("train", "t.csv", "-t", "y", "--preset", "gone.json")
    assert code == 2 and said in err


def test_parameters_that_are_as_by_default_are_not_said(table, tiny):
    X, y = {"x": table["x"]}, table["y"]
    said = {"hidden_layer_sizes": [128, 128], "max_iter": 200, "validation_fraction": 0.1}
    assert kind_of(fp.TableClassifier(preset=tiny, **said).fit(X, y).model_) == "tiny"
