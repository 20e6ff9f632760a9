"""Files of schema 2 are read for ever, and answer what they answered when they were written."""

import shutil

import numpy as np
import pytest
from golden_files import GOLDEN as ALL
from golden_files import answered, close, what_made

import forpass as fp
from forpass.errors import ModelFileError
from forpass.maths.activations import ACTIVATIONS

GOLDEN = ALL / "schema2"
EXPECTED, MAKE = answered(2), what_made(2)


@pytest.fixture
def registered():
    """The activation that a file names."""
    with ACTIVATIONS.extended(MAKE.BENT):
        yield


@pytest.mark.usefixtures("registered")
def test_every_file_is_read():
    assert {path.stem for path in GOLDEN.glob("*.forpass")} == {*EXPECTED, "checkpoint"}
    for name in EXPECTED:
        model = fp.load(GOLDEN / f"{name}.forpass")
        for member in getattr(model, "members", [model]):
            assert member.provenance.versions["forpass"] == "0.1.0"


def test_a_network_of_all_layers():
    model, expected, data = fp.load(GOLDEN / "arrays.forpass"), EXPECTED["arrays"], MAKE.arrays()
    assert (model.spec, model.training, model.engine) == (MAKE.everything(), MAKE.training(), "numpy")
    close(model.raw_scores(data), expected["scores"], model)
    close(model.predict_proba(data), expected["proba"], model)
    assert model.predict(data).tolist() == expected["predict"]
    assert [record.to_json() for record in model.history] == expected["history"]
    assert len(model.history) == 6


def test_a_network_trained_by_lbfgs():
    model = fp.load(GOLDEN / "lbfgs.forpass")
    assert model.training == MAKE.by_curvature()
    close(model.predict(MAKE.X), EXPECTED["lbfgs"]["predict"], model)


def test_a_network_with_a_part_of_the_users_own():
    with pytest.raises(ModelFileError, match="'bent'"):
        fp.load(GOLDEN / "own_part.forpass")
    with ACTIVATIONS.extended(MAKE.BENT):
        model = fp.load(GOLDEN / "own_part.forpass")
        assert model.spec == MAKE.own_part()
        close(model.predict(MAKE.X), EXPECTED["own_part"]["predict"], model)


@pytest.mark.parametrize("name", [*MAKE.TARGETS, "ensemble"])
def test_networks_of_tables(name):
    model, expected = fp.load(GOLDEN / f"{name}.forpass"), EXPECTED[name]
    parameters = getattr(model, "members", [model])[0]
    predicted = model.predict(MAKE.table())
    if name == "regression":
        std = model.preprocessing.target.unit.std[0]
        close(predicted / std, np.array(expected["predict"]) / std, parameters)
    else:
        assert predicted.tolist() == expected["predict"]
        close(model.predict_proba(MAKE.table()), expected["proba"], parameters)
    if name != "ensemble":
        assert model.provenance.to_json() == expected["provenance"]


def test_categories_that_became_codes():
    model = fp.load(GOLDEN / "codes.forpass")
    assert [group.name for group in model.spec.inputs if group.kind == "code"] == ["floor", "zip"]
    assert isinstance(model.spec.layers[0], fp.Embedding)


def test_an_ensemble():
    ensemble = fp.load(GOLDEN / "ensemble.forpass")
    assert ensemble.weights == (2 / 3, 1 / 3)
    alone = [fp.load(GOLDEN / f"{name}.forpass").fingerprint() for name in ("classification", "codes")]
    assert [member.fingerprint() for member in ensemble.members] == alone


def test_a_checkpoint_goes_on_to_the_end_of_its_run(tmp_path):
    checkpoint = shutil.copy(GOLDEN / "checkpoint.forpass", tmp_path)
    ways = {"validation": MAKE.arrays(), "engine": "numpy", "metric": "accuracy"}
    model, whole = fp.resume(checkpoint, MAKE.arrays(), **ways), fp.load(GOLDEN / "arrays.forpass")
    close(model.parameters, whole.parameters, whole)
    close(model.buffers, whole.buffers, whole)
    close(
        [record.training_loss for record in model.history],
        [record.training_loss for record in whole.history],
        whole,
    )


@pytest.mark.usefixtures("registered")
def test_saved_again_they_are_files_of_today(tmp_path):
    for name in EXPECTED:
        model = fp.load(GOLDEN / f"{name}.forpass")
        again = fp.load(model.save(tmp_path / f"{name}.forpass"))
        assert again.fingerprint() == model.fingerprint()
