"""docs/model-file.schema.json: what forpass writes is of that form, and what it would not write is not."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
from forged import changed, delete, places, put
from golden_files import GOLDEN
from later import later

import forpass as fp
from forpass.api.setup import PUBLISHED
from forpass.preprocessing.kinds import KINDS
from forpass.recipes import PRESETS

jsonschema = later("jsonschema")
pd = later("pandas")

ROOT = Path(__file__).parents[2]
PLACE = ROOT / "docs" / "model-file.schema.json"
FILES = sorted(path.stem for path in (GOLDEN / "schema3").glob("*.forpass"))
MOST_CHANGES = 60


def head_of(path):
    """The text of a file, parsed."""
    blob = path.read_bytes()
    size = int.from_bytes(blob[:8], "little")
    return json.loads(json.loads(blob[8 : 8 + size])["__metadata__"]["forpass"])


@pytest.fixture(scope="module")
def validators():
    """For each kind of file what checks its head: the schema as a whole would say less of what is wrong."""
    schema = json.loads(PLACE.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return {
        head["properties"]["kind"]["const"]: jsonschema.Draft202012Validator(
            {**head, "$defs": schema["$defs"]}
        )
        for head in schema["oneOf"]
    }


@pytest.fixture
def wrong(validators):
    """What is wrong with a head; nothing if it is of the form."""

    def found(head):
        error = next(validators[head["kind"]].iter_errors(head), None)
        if error is None:
            return ""
        best = jsonschema.exceptions.best_match([error])
        return f"{list(best.absolute_path)}: {best.message[:300]}"

    return found


def test_the_schema_is_what_is_made_of_the_records_today():
    spec = importlib.util.spec_from_file_location("file_schema", ROOT / "examples" / "file_schema.py")
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    assert program.text() == PLACE.read_text(encoding="utf-8"), "the form has changed: make schema"


@pytest.mark.parametrize("name", FILES)
def test_golden_files_are_of_the_form(name, wrong):
    assert wrong(head_of(GOLDEN / "schema3" / f"{name}.forpass")) == ""


def test_the_schema_as_a_whole_says_the_same():
    whole = jsonschema.Draft202012Validator(json.loads(PLACE.read_text(encoding="utf-8")))
    head = head_of(GOLDEN / "schema3" / "checkpoint.forpass")
    assert whole.is_valid(head) and not whole.is_valid(head | {"kind": "model"})


OPEN = ("recipe", "recipe"), ("versions",), ("settings",), ("figures",), ("by_role",)
"""Where anything may stand under any name: what a recipe was, names of the user's."""


def is_open(path):
    return any(path[i : i + len(inner)] == inner for inner in OPEN for i in range(len(path)))


@pytest.mark.parametrize("name", ["arrays", "checkpoint", "classification", "codes", "undefined"])
def test_what_stands_elsewhere_or_is_of_another_type_is_not(name, wrong):
    head = head_of(GOLDEN / "schema3" / f"{name}.forpass")
    closed = [("content", *path) for path in places(head["content"]) if not is_open(path)]
    for path in closed[:: len(closed) // MOST_CHANGES]:
        assert wrong(changed(head, path, put({"x": 1}))), path
        if isinstance(path[-1], str):
            renamed = changed(head, path, lambda container, key: container.update({f"{key}x": 1}))
            assert wrong(renamed), path


@pytest.mark.parametrize("key", ["digest", "schema", "content"])
def test_what_must_be_there_must(key, wrong):
    head = head_of(GOLDEN / "schema3" / "lbfgs.forpass")
    assert wrong(changed(head, (key,), delete))
    for inner in ("spec", "engine", "history", "preprocessing", "provenance", "training"):
        assert wrong(changed(head, ("content", inner), delete))


# -- fresh models --------------------------------------------------------------------------------
def table(n=90):
    """Every kind of column, of every form that is learnt."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "number": rng.standard_normal(n),
            "hours": rng.choice([20.0, 38.5, 40.0, 12.0, 8.0, 25.0, 30.0, 32.0, 35.0, 37.5], n),
            "price": [f"{x:,.2f} €" for x in 5000 * rng.random(n)],
            "few": rng.choice(["a", "b", "c"], n),
            "many": rng.choice([f"w{i}" for i in range(9)], n),
            "flag": rng.random(n) > 0.5,
            "sold": rng.random(n) > 0.5,
            "day": pd.to_datetime("2023-01-01") + pd.to_timedelta(rng.integers(0, 800, n), unit="D"),
            "written": [f"{1 + i % 28:02}.{1 + i % 12:02}.2021" for i in range(n)],
            "always": 1,
            "class": rng.choice(["no", "yes", "perhaps"], n),
            "value": rng.random(n),
        }
    )
    frame.loc[::7, ["number", "price"]] = None
    frame.loc[::9, "few"] = None
    return frame


SCHEMA = {"price": "number", "always": "drop", "written": "date:%d.%m.%Y"}


def trained(target, **how):
    frame = table()
    others = [name for name in ("class", "value") if name not in target]
    return fp.train_table(frame.drop(columns=others), target, schema=SCHEMA, **{"seed": 1, **how})


WAYS = {
    "classes": ("class", {"epochs": 2, "hidden": (4,), "class_weight": "balanced", "max_one_hot": 4}),
    "threshold": ("flag", {"epochs": 2, "hidden": (4,), "threshold": 0.25}),
    "values": ("value", {"epochs": 2, "hidden": (4,), "refit": True, "importance": True}),
    "labels": (["flag", "sold"], {"epochs": 2, "hidden": (4,), "task": "multilabel"}),
    "arrays": (None, {}),
}


@pytest.mark.parametrize("way", WAYS)
def test_fresh_networks_are_of_the_form(way, wrong, tmp_path):
    target, how = WAYS[way]
    if target is None:
        data = fp.Data([[0.0], [1.0]], targets=[1.0, 3.0])
        model = fp.train(fp.multilayer(1, [2], 1, "squared"), fp.TrainingSpec(2), data)
    else:
        model = trained(target, **how)
        assert way != "values" or None not in (model.provenance.refit, model.provenance.importance)
        kinds = {column.kind for column in model.preprocessing.columns}
        assert kinds >= {record.spec.kind for record in KINDS.values()} - (
            {"boolean"} if way == "labels" else set()
        )
    assert wrong(head_of(model.save(tmp_path / "m"))) == ""


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::forpass.ForpassWarning")
@pytest.mark.parametrize("target", ["class", "value"])
@pytest.mark.parametrize("preset", [*PRESETS, *PUBLISHED])
def test_fresh_models_of_presets_are_of_the_form(preset, target, wrong, tmp_path):
    model = trained(target, preset=preset, time_limit=5.0)
    assert wrong(head_of(model.save(tmp_path / "m"))) == ""


def test_networks_in_a_folder_are_of_the_form(wrong, tmp_path):
    data = fp.Data(np.arange(12.0).reshape(6, 2), targets=np.arange(6) % 2)
    spec = fp.multilayer(2, [3], 2, "softmax_cross_entropy")
    limited = fp.TrainingSpec(epochs=9, seed=1, stopping=fp.StoppingSpec(max_seconds=1e-9))
    jobs = [fp.Job(spec, training, data) for training in (fp.TrainingSpec(epochs=2), limited)]
    fp.train_many(jobs, checkpoint=tmp_path)
    files = [*tmp_path.glob("*.forpass"), *tmp_path.glob("*.state")]
    assert len(files) == 2 and [wrong(head_of(file)) for file in files] == ["", ""]
