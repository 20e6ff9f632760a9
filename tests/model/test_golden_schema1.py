"""Files of earlier schemas are read for ever, and answer what they answered when they were written."""

import shutil

import numpy as np
import pytest
from golden_files import GOLDEN as ALL
from golden_files import answered, close, what_made

import forpass as fp
from forpass.spec.optimizer import LBFGSSpec

GOLDEN = ALL / "schema1"
EXPECTED, MAKE = answered(1), what_made(1)
ARRAYS = fp.Data(MAKE.X, MAKE.CODES, MAKE.Y, weights=1.0 + np.arange(40) % 2)


def test_every_file_is_read():
    assert {path.stem for path in GOLDEN.glob("*.forpass")} == {*EXPECTED, "checkpoint"}
    for name in EXPECTED:
        model = fp.load(GOLDEN / f"{name}.forpass")
        assert model.provenance.versions["forpass"] == "0.1.0"
        assert model.provenance.created.startswith("20")


def test_a_network_of_all_layers():
    model, expected = fp.load(GOLDEN / "arrays.forpass"), EXPECTED["arrays"]
    close(model.raw_scores(ARRAYS), expected["scores"], model)
    close(model.predict_proba(ARRAYS), expected["proba"], model)
    assert model.predict(ARRAYS).tolist() == expected["predict"]
    assert (model.engine, model.provenance.engine, model.provenance.rows.training) == ("numpy", "numpy", 40)
    assert (model.provenance.ended.reason, model.provenance.ended.step) == ("epochs", 30)
    assert model.provenance.evaluation is None
    assert [record.objective for record in model.history] == expected["training_loss"]
    assert {record.penalty for record in model.history} == {None}  # the two were not told apart
    assert [record.validation_loss for record in model.history] == expected["validation_loss"]
    assert [record.epoch for record in model.history] == [1, 2, 3, 4, 5, 6]


def test_what_is_read_is_what_was_described():
    """The network and the training of `make.py`, in the words of today."""
    model = fp.load(GOLDEN / "arrays.forpass")
    layers = (
        fp.Embedding(2),
        fp.Dense(6, bias=False, weights=fp.Initializer("uniform", {"low": -0.5, "high": 0.5})),
        fp.BatchNorm(momentum=0.2),
        fp.Activation("leaky_relu", {"slope": 0.2}),
        fp.Dropout(0.25),
        fp.Dense(5),
        fp.LayerNorm(),
        fp.Activation("gelu"),
        fp.Dense(3),
    )
    head = fp.Head("softmax_cross_entropy", {"smoothing": 0.1})
    penalty = fp.Penalty(0.001, 0.01, roles=("weight", "embedding"))
    assert model.spec == fp.NetworkSpec(3, layers, head, (4, 6), penalty)
    optimizer = fp.OptimizerSpec(
        "adamw",
        0.01,
        {"beta1": 0.8},
        weight_decay=0.1,
        clip_norm=1.0,
        by_role={"bias": fp.RoleFactors(0.5, 0.0), "gain": fp.RoleFactors(2.0)},
    )
    schedule = fp.ScheduleSpec("cosine"), fp.ScheduleSpec("exponential", {"decay": 0.9}, clock="epoch")
    assert model.training == fp.TrainingSpec(
        epochs=6,
        batch_size=8,
        optimizer=optimizer,
        schedule=schedule,
        dropout_schedule=fp.ScheduleSpec("flat_cosine"),
        stopping=fp.StoppingSpec(patience=5, tolerance=1e-3),
        batch_mean="batch_weight",
        dtype="float64",
        seed=11,
    )


def test_a_network_trained_by_lbfgs():
    model = fp.load(GOLDEN / "lbfgs.forpass")
    close(model.predict(MAKE.X), EXPECTED["lbfgs"]["predict"], model)
    assert (model.engine, model.provenance.engine) == ("auto", "compiled")
    assert model.training == fp.TrainingSpec(10, method="lbfgs", lbfgs=LBFGSSpec(evaluations=50))
    assert {(record.penalty, record.learning_rate) for record in model.history} == {(0.0, 0.0)}


@pytest.mark.parametrize("name", ["regression", "classification", "multilabel"])
def test_networks_of_tables(name):
    model, expected, table = fp.load(GOLDEN / f"{name}.forpass"), EXPECTED[name], MAKE.table()
    predicted = model.predict(table)
    if name == "regression":
        std = model.preprocessing.target.unit.std[0]
        close(predicted / std, np.array(expected["predict"]) / std, model)
    else:
        assert predicted.tolist() == expected["predict"]
        close(model.predict_proba(table), expected["proba"], model)
    rows, figures = expected["rows"], expected["evaluation"]["figures"]
    found = model.provenance
    assert [found.rows.training, found.rows.validation, found.rows.test] == [*rows.values()]
    assert found.evaluation.rows == expected["evaluation"]["rows"]
    renamed = {"majority": "dummy", "mean": "dummy"}
    assert found.evaluation.figures == {renamed.get(way, way): figures[way] for way in figures}


def test_a_checkpoint_goes_on_to_the_end_of_its_run(tmp_path):
    checkpoint = shutil.copy(GOLDEN / "checkpoint.forpass", tmp_path)
    model = fp.resume(checkpoint, ARRAYS, validation=ARRAYS, engine="numpy")
    whole = fp.load(GOLDEN / "arrays.forpass")
    close(model.parameters, whole.parameters, whole)
    close(model.buffers, whole.buffers, whole)
    assert len(model.history) == 6
    close([record.objective for record in model.history], EXPECTED["arrays"]["training_loss"], whole)
    close([record.validation_loss for record in model.history], EXPECTED["arrays"]["validation_loss"], whole)
    assert [record.penalty is None for record in model.history] == [True] * 3 + [False] * 3


def test_saved_again_they_are_files_of_today(tmp_path):
    for name in EXPECTED:
        model = fp.load(GOLDEN / f"{name}.forpass")
        again = fp.load(model.save(tmp_path / f"{name}.forpass"))
        assert (again.fingerprint(), again.provenance) == (model.fingerprint(), model.provenance)
        assert again.history == model.history
