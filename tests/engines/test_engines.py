"""Engines by name: which there are, and that a model knows again by which it was trained."""

import sys
import tomllib
import types
from pathlib import Path

import numpy as np
import pytest

import forpass as fp
from forpass.engines import reference, select
from forpass.engines.select import ENGINES, select_engine

SPEC, TRAINING = fp.multilayer(2, [3], 1, "squared"), fp.TrainingSpec(epochs=2)
DATA = fp.Data(np.arange(12.0).reshape(6, 2) / 6.0, targets=np.arange(6.0))


@pytest.fixture
def third(monkeypatch):
    """An engine beside the two that there are: the reference's, which counts the sessions it starts."""
    engine = types.ModuleType("third_engine")
    engine.NAME, engine.orders, engine.linked, engine.started = "third", reference.orders, reference.linked, 0

    def start(*given, **more):
        engine.started += 1
        return reference.start(*given, **more)

    engine.start, engine.raw_scores_of_each = start, reference.raw_scores_of_each
    monkeypatch.setitem(sys.modules, "third_engine", engine)
    monkeypatch.setitem(ENGINES, "third", "third_engine")
    return engine


def test_only_the_compiled_engine_needs_llvmlite(third, monkeypatch):
    monkeypatch.setattr(select, "_llvmlite_is_there", lambda: False)
    assert select_engine("third") is third
    assert select_engine("numpy") is reference
    with pytest.raises(fp.EngineError, match="the engine 'compiled' needs llvmlite"):
        select_engine("compiled")
    with pytest.warns(fp.ForpassWarning, match="the NumPy engine does the work"):
        assert select_engine("auto") is reference


@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_calls_itself_what_it_is_called(name):
    assert name == select_engine(name).NAME


def test_the_import_contract_keeps_all_engines_apart():
    """A package of an engine that the contract does not name could import the others."""
    settings = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    (contract,) = (c for c in contracts if c.get("containers") == ["forpass.engines"])
    assert contract["exhaustive"]
    named = {module.removeprefix("forpass.engines.") for module in ENGINES.values()}
    assert [layer for layer in contract["layers"] if named <= set(layer.split(" | "))]


@pytest.mark.parametrize("name", ["third", ["numpy"], None])
def test_an_unknown_engine_is_refused_and_the_known_are_named(name):
    with pytest.raises(fp.UnknownNameError, match=r"unknown engine .*Known: auto, numpy, compiled"):
        select_engine(name)


def test_a_model_predicts_by_the_engine_that_trained_it(third, tmp_path):
    model = fp.train(SPEC, TRAINING, DATA, engine="third")
    assert model.engine == model.provenance.engine == "third"
    again, before = fp.load(model.save(tmp_path / "m.forpass")), third.started
    assert again.fingerprint() == model.fingerprint()
    again.predict(DATA)
    assert third.started == before + 1


def test_an_ensemble_asks_the_engine_of_all_its_members_or_numpy(third, monkeypatch):
    mine, plain = (fp.train(SPEC, TRAINING, DATA, engine=engine) for engine in ("third", "auto"))
    for members, engine in (([mine, mine], "third"), ([plain, plain], "auto"), ([mine, plain], "numpy")):
        assert fp.Ensemble(members).scores(DATA).engine == engine


def test_a_file_that_needs_an_unknown_engine_is_refused_by_name(third, tmp_path, monkeypatch):
    path, checkpoint = tmp_path / "m.forpass", tmp_path / "m.checkpoint"
    model = fp.train(SPEC, TRAINING, DATA, engine="third", checkpoint=checkpoint)
    model.save(path)
    assert fp.resume(checkpoint, DATA).engine == "third"  # the one with which the run began
    assert fp.resume(checkpoint, DATA, engine="numpy").engine == "numpy"
    fp.train(SPEC, TRAINING, DATA, engine="third", checkpoint=checkpoint)
    monkeypatch.delitem(ENGINES, "third")
    with pytest.raises(fp.ModelFileError, match=r"m\.forpass needs the engine 'third', which is not known"):
        fp.load(path)
    with pytest.raises(fp.UnknownNameError, match=r"unknown engine 'third'"):
        fp.resume(checkpoint, DATA)
