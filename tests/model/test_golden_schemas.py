"""Files of schema 2 and 3 are read for ever, and answer what they answered when they were written."""

import json
import shutil

import numpy as np
import pytest
from golden_files import GOLDEN, answered, close, what_made

import forpass as fp
from forpass.errors import ModelFileError
from forpass.maths.activations import ACTIVATIONS
from forpass.model.archive import read_archive
from forpass.spec.layers import LAYERS

MAKE = what_made(2)
"""It made the models that both schemas have files of."""

EXPECTED = {schema: answered(schema) for schema in (2, 3)}
FILES = [(schema, name) for schema, expected in EXPECTED.items() for name in expected]

of_both = pytest.mark.parametrize("schema", [2, 3])


def path_of(schema, name):
    return GOLDEN / f"schema{schema}" / f"{name}.forpass"


def of(schema, name):
    """A model, and what it answered."""
    return fp.load(path_of(schema, name)), EXPECTED[schema][name]


@pytest.fixture
def registered():
    """The activation that a file names."""
    with ACTIVATIONS.extended(MAKE.BENT):
        yield


@of_both
@pytest.mark.usefixtures("registered")
def test_every_file_is_read(schema):
    expected = EXPECTED[schema]
    assert {path.stem for path in path_of(schema, "x").parent.glob("*.forpass")} == {*expected, "checkpoint"}
    for name in expected:
        model, _ = of(schema, name)
        for member in getattr(model, "members", [model]):
            assert member.provenance.versions["forpass"] == "0.1.0"


@of_both
def test_a_network_of_all_layers(schema):
    (model, expected), data = of(schema, "arrays"), MAKE.arrays()
    assert (model.spec, model.training, model.engine) == (MAKE.everything(), MAKE.training(), "numpy")
    close(model.raw_scores(data), expected["scores"], model)
    close(model.predict_proba(data), expected["proba"], model)
    assert model.predict(data).tolist() == expected["predict"]
    assert [record.to_json() for record in model.history] == expected["history"]
    assert len(model.history) == 6


@of_both
def test_a_network_trained_by_lbfgs(schema):
    model, expected = of(schema, "lbfgs")
    assert model.training == MAKE.by_curvature()
    close(model.predict(MAKE.X), expected["predict"], model)


@of_both
def test_a_network_with_a_part_of_the_users_own(schema):
    with pytest.raises(ModelFileError, match="'bent'"):
        fp.load(path_of(schema, "own_part"))
    with ACTIVATIONS.extended(MAKE.BENT):
        model, expected = of(schema, "own_part")
        assert model.spec == MAKE.own_part()
        close(model.predict(MAKE.X), expected["predict"], model)


@of_both
@pytest.mark.parametrize("name", [*MAKE.TARGETS, "ensemble"])
def test_networks_of_tables(schema, name):
    model, expected = of(schema, name)
    parameters = getattr(model, "members", [model])[0]
    predicted = model.predict(MAKE.table())
    if name == "regression":
        std = model.preprocessing.target.unit.std[0]
        close(predicted / std, np.array(expected["predict"]) / std, parameters)
    else:
        assert predicted.tolist() == expected["predict"]
        close(model.predict_proba(MAKE.table()), expected["proba"], parameters)
    if name != "ensemble":
        np.testing.assert_equal(model.provenance.to_json(), expected["provenance"])  # NaN as well


@of_both
def test_categories_that_became_codes(schema):
    model, _ = of(schema, "codes")
    assert [group.name for group in model.spec.inputs if group.kind == "code"] == ["floor", "zip"]
    assert isinstance(model.spec.layers[0], fp.Embedding)


@of_both
def test_an_ensemble(schema):
    ensemble, _ = of(schema, "ensemble")
    assert ensemble.weights == (2 / 3, 1 / 3)
    alone = [of(schema, name)[0].fingerprint() for name in ("classification", "codes")]
    assert [member.fingerprint() for member in ensemble.members] == alone


@of_both
def test_a_checkpoint_goes_on_to_the_end_of_its_run(schema, tmp_path):
    checkpoint = shutil.copy(path_of(schema, "checkpoint"), tmp_path)
    ways = {"validation": MAKE.arrays(), "engine": "numpy", "metric": "accuracy"}
    model, (whole, _) = fp.resume(checkpoint, MAKE.arrays(), **ways), of(schema, "arrays")
    close(model.parameters, whole.parameters, whole)
    close(model.buffers, whole.buffers, whole)
    close(
        [record.training_loss for record in model.history],
        [record.training_loss for record in whole.history],
        whole,
    )


@pytest.mark.parametrize(("schema", "name"), FILES)
@pytest.mark.usefixtures("registered")
def test_saved_again_it_is_a_file_of_today(schema, name, tmp_path):
    model, _ = of(schema, name)
    again = fp.load(model.save(tmp_path / "again.forpass"))
    assert again.fingerprint() == model.fingerprint()


# -- what only schema 3 has files of --------------------------------------------------------------
THIRD = what_made(3)


def test_schema_3_has_a_file_of_every_layer():
    def named(value):
        if isinstance(value, dict):
            return {value.get("is")}.union(*map(named, value.values()))
        return set().union(*map(named, value)) if isinstance(value, list) else set()

    found = set()
    for path in path_of(3, "x").parent.glob("*.forpass"):
        found |= named(read_archive(path, "model", "ensemble", "checkpoint").content)
    assert found >= {layer.__name__ for layer in LAYERS}


@pytest.mark.parametrize("name", THIRD.OF_RECIPES)
def test_ensembles_of_recipes(name):
    model, expected = of(3, name)
    rows = THIRD.without(THIRD.OF_RECIPES[name])
    if name == "intervals":
        # some thirty members, each rounded to some 1e-7 of values around 1
        np.testing.assert_allclose(model.predict(rows), expected["predict"], atol=1e-5)
        np.testing.assert_allclose(model.predict_interval(rows, 0.8), expected["ends"], atol=1e-4)
        return
    np.testing.assert_allclose(model.predict_proba(rows), expected["proba"], atol=1e-5)
    assert model.predict(rows).tolist() == expected["predict"]
    assert [list(found) for found in model.predict_set(rows, 0.8)] == expected["sets"]
    assert (len(model.calibration.matrix), len(model.decision_weights)) == (
        (3, 3) if name == "three" else (0, 0)
    )


def test_a_network_of_several_members():
    model, expected = of(3, "members")
    assert model.spec == THIRD.inputs()
    targets = MAKE.X[:, 0] - MAKE.X[:, 1]
    close(model.predict(fp.Data(MAKE.X, MAKE.CODES, targets)), expected["predict"], model)


def test_figures_that_are_undefined():
    model, expected = of(3, "undefined")
    figures = model.provenance.evaluation.figures["network"]
    assert (
        np.isnan(figures["roc_auc"])
        and b'\\"roc_auc\\":{\\"float\\":\\"nan\\"}' in path_of(3, "undefined").read_bytes()
    )
    np.testing.assert_equal(model.provenance.to_json(), expected["provenance"])


@pytest.mark.parametrize("name", [*EXPECTED[3], "checkpoint"])
def test_no_file_of_schema_3_holds_what_is_no_json(name):
    def no_json(word):
        raise AssertionError(f"{word} is no JSON")

    blob = path_of(3, name).read_bytes()
    size = int.from_bytes(blob[:8], "little")
    header = json.loads(blob[8 : 8 + size], parse_constant=no_json)
    json.loads(header["__metadata__"]["forpass"], parse_constant=no_json)
