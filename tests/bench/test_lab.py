"""The laboratory for recipes: networks are trained once and kept, and figures are those of what users get."""

from dataclasses import replace

import numpy as np
import pytest
from later import later
from recipe_problems import recipe

import forpass as fp
from forpass.bench.tables import lab
from forpass.bench.tables.cell import judged
from forpass.bench.tables.given import Dealt
from forpass.recipes import Chain, LinearMember

pd = later("pandas")


def rows(classes):
    rng = np.random.default_rng(3)
    X = pd.DataFrame({"a": rng.normal(size=120), "b": rng.normal(size=120), "c": rng.choice(["x", "y"], 120)})
    z = X["a"] * X["b"] + (X["c"] == "x") + 0.3 * rng.normal(size=120)
    y = np.digitize(z, [0.0, 1.0]) if classes else 50.0 + 7.0 * z.to_numpy()
    return Dealt(X[:90], y[:90], X[90:].reset_index(drop=True), y[90:])


@pytest.mark.slow
@pytest.mark.parametrize("classes", [True, False])
def test_figures_are_those_of_what_users_get(classes, tmp_path):
    dealt, asked = rows(classes), recipe(racing_ratio=9.0)
    found = lab.tried(asked, "made up", dealt, classes, tmp_path, seed=5)
    words = dealt.y.astype(str) if classes else dealt.y
    model = fp.train_table(dealt.X.assign(y=words), "y", preset=asked, seed=5, threads=1)
    answers = model.predict_proba(dealt.X_test) if classes else model.predict(dealt.X_test)
    expected = judged(np.asarray(answers, np.float64), dealt.y_test, classes)
    assert found.figures == pytest.approx(expected, rel=1e-5)


def test_what_was_trained_is_kept_and_what_only_chooses_otherwise_trains_nothing(tmp_path):
    dealt, asked = rows(classes=True), recipe(racing_ratio=9.0)
    first = lab.tried(asked, "made up", dealt, True, tmp_path, seed=5)
    written = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    within = lab.tried(replace(asked, rungs=1), "made up", dealt, True, tmp_path, seed=5)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == written
    kept, again = ([c.judgement.expected_loss for c in found.blend.candidates] for found in (first, within))
    assert again == kept[: len(again)] and len(again) < len(kept)
    lab.tried(replace(asked, batch_sizes=((1, 16),)), "made up", dealt, True, tmp_path, seed=5)
    assert len(list(tmp_path.iterdir())) > len(written)


def test_what_is_kept_is_out_of_date_when_rows_or_code_are_others(tmp_path, monkeypatch):
    dealt, asked = rows(classes=False), recipe(Chain("linear", LinearMember()))
    kept = []
    for change in (None, "a target", "a test row", "code"):
        if change == "a target":
            dealt.y[0] += 1.0
        if change == "a test row":
            dealt.X_test.loc[0, "a"] += 1.0
        if change == "code":
            monkeypatch.setattr(lab, "digest_of_training", lambda: "others")
        lab.tried(asked, "made up", dealt, False, tmp_path, seed=5)
        kept.append(len(list(tmp_path.iterdir())))
    assert kept == [4, 8, 12, 16]


def test_networks_follow_from_sources_that_train(monkeypatch):
    asked = []
    monkeypatch.setattr(lab, "digest_of_code", asked.append)
    lab.digest_of_training()
    (left_out,) = asked
    assert not {"recipes/training.py", "recipes/networks.py", "recipes/members.py", "many", "training"} & {
        *left_out
    }
    assert {"recipes/blending.py", "recipes/running.py"} < {*left_out}
