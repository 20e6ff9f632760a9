"""Which rows a single network has not seen, and how it was asked for: both are kept beside the model."""

import dataclasses
import hashlib
import json

import numpy as np
import pytest

import forpass as fp
from forpass.api.unseen import judged_unseen, unseen_by
from forpass.errors import TableError

SMALL = {"epochs": 2, "hidden": (4,), "seed": 3}


@pytest.fixture(scope="module")
def table():
    x = np.linspace(0.0, 1.0, 60)
    return {"x": x, "z": np.sin(40 * x), "y": 3.0 * x + np.sin(40 * x)}


def test_a_single_network_knows_its_test_rows_again_after_it_was_saved(table, tmp_path):
    model = fp.train_table(table, "y", **SMALL)
    rows = model.provenance.rows
    assert rows.test == 12 and rows.validation > 0
    for one in (model, fp.load(model.save(tmp_path / "m.forpass"))):
        unseen = unseen_by(one, one.encode(table, with_targets=True))
        assert unseen.shape == (60, 1) and unseen.sum() == rows.test
        judged = judged_unseen(one, one.encode(table, with_targets=True), 1000)
        figures = judged.scores(judged.rows).metric("r2", judged.rows.targets)
        assert figures == pytest.approx(model.provenance.evaluation.figures["network"]["r2"], rel=1e-6)


def test_rows_that_it_has_not_seen_are_unknown_to_it_however_they_come(table):
    model = fp.train_table(table, "y", **SMALL)
    others = {name: values + 0.001 for name, values in table.items()}
    assert unseen_by(model, model.encode(others, with_targets=True)).all()


def test_after_a_refit_it_has_seen_all_rows(table):
    model = fp.train_table(table, "y", refit=True, **SMALL)
    assert model.provenance.refit.rows == 60
    with pytest.raises(TableError, match="all networks of the model have learnt from all of these rows"):
        judged_unseen(model, model.encode(table, with_targets=True), 1000)


def test_what_was_seen_decides_no_prediction_and_no_fingerprint(table):
    model = fp.train_table(table, "y", **SMALL)
    assert dataclasses.replace(model, left_out=None).fingerprint() == model.fingerprint()


@pytest.mark.parametrize("preset", ["plain", "fast"])
def test_how_a_model_was_asked_for_is_kept(table, preset, tmp_path):
    model = fp.train_table(table, "y", preset=preset, seed=5, schema={"z": "drop"})
    origin = fp.load(model.save(tmp_path / "m.forpass")).provenance.origin
    assert (origin.seed, origin.rows, origin.columns) == (5, 60, 3)
    assert origin.call == f"train_table(table, 'y', schema={{'z': 'drop'}}, preset={preset!r}, seed=5)"
    assert origin.command == origin.sha256 == ""


def test_the_command_writes_down_its_words_and_which_file_it_read(forpass, tmp_path):
    lines = [f"{i},{i % 7}" for i in range(40)]
    content = "\n".join(["a b,y", *lines]) + "\n"
    (tmp_path / "my table.csv").write_text(content, encoding="utf-8")
    words = ("train", "my table.csv", "-t", "y", "--epochs", 2, "--json", "--out", "m.forpass")
    code, out, _ = forpass(*words)
    assert code == 0
    origin = json.loads(out)["origin"]
    assert origin["command"] == "forpass train 'my table.csv' -t y --epochs 2 --json --out m.forpass"
    assert origin["table"] == "my table.csv"
    assert origin["sha256"] == hashlib.sha256(content.encode()).hexdigest()
