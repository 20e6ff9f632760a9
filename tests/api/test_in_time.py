"""Published networks under a limit of time: begun where they fit, and never worse than a linear model."""

import dataclasses
import time

import numpy as np
import pytest

import forpass as fp
from forpass.api import in_time as module
from forpass.clock import Clock


def table(n=300, seed=0):
    rng = np.random.default_rng(seed)
    x, v = rng.normal(size=(2, n))
    return {"x": x, "v": v, "y": np.where(x + 0.3 * rng.normal(size=n) > 0, "b", "a")}


@pytest.mark.parametrize("preset", ["realmlp", "tabm"])
def test_a_network_of_which_no_few_steps_fit_is_not_begun(tmp_path, preset, monkeypatch):
    """On a machine so slow that a step takes an hour."""
    monkeypatch.setattr(module, "FIRST_SPEED", 1.0)
    monkeypatch.setattr(fp.api.training, "carried_out", lambda *_, **__: pytest.fail("it was begun"))
    began = time.monotonic()
    model = fp.train_table(table(), "y", preset=preset, time_limit=60.0, seed=0)
    assert time.monotonic() - began < 30.0
    facts, figures = model.provenance, model.provenance.evaluation.figures
    assert model.spec.layers[-1] == fp.Dense(1) and facts.ended.step == 0
    assert figures["network"] == pytest.approx(figures["linear"], abs=1e-5)
    assert (facts.evaluation.comparison.subject, facts.evaluation.comparison.baseline) == ("linear", "dummy")
    assert facts.cut_short == ("network", "training")
    assert "a linear model predicts, for the network had no time to do better" in facts.remarks[-1]
    again = fp.load(model.save(tmp_path / "m.forpass"))
    assert again.fingerprint() == model.fingerprint() and again.provenance == facts


def test_a_network_that_was_cut_short_predicts_only_where_it_is_better(monkeypatch):
    """The first has learnt nothing; the second is cut short, too, and has learnt what no linear model can."""
    rows = table(400)
    asked = {"preset": "realmlp", "time_limit": 60.0, "seed": 0}
    fit = fp.api.training.carried_out

    def cut_after(steps):
        def ends(job, *given, listener=None, **named):
            def heard(event):
                return isinstance(event, fp.training.EpochEnded) and event.record.step >= steps

            outcome = fit(job, *given, listener=heard, **named)
            return dataclasses.replace(
                outcome, ended=dataclasses.replace(outcome.ended, reason="max_seconds")
            )

        return ends

    monkeypatch.setattr(fp.api.training, "carried_out", cut_after(1))
    assert fp.train_table(rows, "y", **asked).provenance.cut_short == ("network", "training")
    rows["y"] = np.where(rows["x"] * rows["v"] > 0, "b", "a")
    monkeypatch.setattr(fp.api.training, "carried_out", cut_after(300))
    model = fp.train_table(rows, "y", **asked)
    assert model.provenance.cut_short == ("training",)
    assert model.provenance.evaluation.comparison.subject == "network"


@pytest.mark.parametrize("preset", ["realmlp", "tabm"])
@pytest.mark.parametrize("target", ["y", "x"])
def test_without_test_and_validation_rows_there_is_an_answer_too(preset, target, monkeypatch):
    monkeypatch.setattr(module, "FIRST_SPEED", 1.0)
    how = {"preset": preset, "time_limit": 5.0, "test": 0.0, "validation": 0.0}
    model = fp.train_table(table(60), target, **how)
    assert len(model.predict(table(60))) == 60 and model.provenance.cut_short == ("network", "training")


def test_the_threshold_that_a_metric_chooses_is_that_of_the_linear_model(monkeypatch):
    monkeypatch.setattr(module, "FIRST_SPEED", 1.0)
    model = fp.train_table(table(), "y", preset="tabm", time_limit=30.0, threshold="f1")
    assert model.threshold != 0.5 and model.spec.layers[-1] == fp.Dense(1)


def test_out_of_time_there_is_an_answer_too(monkeypatch):
    monkeypatch.setattr(module, "FIRST_SPEED", 1.0)
    rows = table(80)
    monkeypatch.setattr(Clock, "left", property(lambda self: 0.0 if np.isfinite(self._end) else np.inf))
    model = fp.train_table(rows, "y", preset="tabm", time_limit=1.0, test=0.0)
    assert len(model.predict(rows)) == 80 and model.spec.layers[-1] == fp.Dense(1)
