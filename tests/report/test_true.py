"""What a report says is so: of rows that were half learnt from, of weights, of what was never looked for."""

import dataclasses
import html
import re

import numpy as np
import pytest

import forpass as fp
from forpass.model.left_out import LeftOut
from forpass.report.answers import answers_of
from forpass.report.sections.errors import MOST_CLASSES

WORDS = re.compile(r"<(svg|style).*?</\1>|<[^>]+>", re.DOTALL)
SVG = re.compile(r"<svg.*?</svg>", re.DOTALL)


def table_of(n=120, seed=0, classes=0):
    """A table of two columns of numbers and one of words, with a target of numbers or of classes."""
    rng = np.random.default_rng(seed)
    x, z = rng.normal(size=n), rng.normal(size=n)
    score = 2.0 * x - z + 0.5 * rng.normal(size=n)
    y = [f"c{place * classes // n}" for place in np.argsort(np.argsort(score))] if classes else score.tolist()
    return {"x": x.tolist(), "z": z.tolist(), "town": [("ulm", "bonn")[i % 2] for i in range(n)], "y": y}


def both(first, second):
    return {name: first[name] + second[name] for name in first}


def small(table, **options):
    return fp.train_table(table, "y", epochs=3, hidden=(8,), **options)


def said_by(model, table, **options):
    return re.sub(r"\s+", " ", WORDS.sub(" ", fp.report_on(model, table, **options).html))


def test_a_table_whose_targets_are_all_missing_has_a_page():
    table = table_of()
    said = said_by(small(table), table | {"y": [None] * 120})
    assert "No row of this table has a target" in said and "Where does it fail?" not in said
    assert "No column looks like a leak" not in said and "too few to tell leaks" in said
    rows = fp.Data(np.empty((0, 2)), targets=np.empty(0))
    known = LeftOut.of(fp.Data([[0.0, 1.0]], targets=[0.0]), [[0]])
    assert known.members_of(rows, [0, 1]).shape == (0, 2)


@pytest.mark.slow
def test_of_half_the_rows_it_is_said_that_nobody_has_learnt_from_them():
    learnt, new = table_of(), table_of(seed=9)
    model = fp.train_table(learnt, "y", preset="fast")
    said = said_by(model, both(learnt, new))
    assert "rests on 240 rows" in said and "No network has learnt from 120 rows among them" in said
    assert "Of 120 rows that no network has learnt from the interval of 90 % holds" in said
    answers = answers_of(model, both(learnt, new))
    part = answers.asked.rows.parts[0] if hasattr(answers.asked.rows, "parts") else answers.asked.rows
    lows, highs = model.intervals.around(answers.scores.raw, part, 0.9)
    truth, fresh = np.asarray(both(learnt, new)["y"]), np.arange(240) >= 120
    unit = answers.target.unit
    inside = (unit.in_unit(lows)[:, 0] <= truth) & (truth <= unit.in_unit(highs)[:, 0])
    assert f"y in {100 * inside[fresh].mean():.1f} %" in said
    assert "by design" in said
    assert "among them" not in said_by(model, learnt)
    assert "by design" not in said_by(model, new)


@pytest.mark.slow
def test_new_rows_beside_rows_that_all_have_learnt_from_are_called_new():
    learnt, new = table_of(200, classes=3), table_of(20, seed=9, classes=3)
    model = fp.train_table(learnt, "y", preset="strong", time_limit=30.0)
    said = said_by(model, both(learnt, new))
    assert "rests on 20 rows of this table; no network has learnt from any of them" in said
    assert "Left out: 200 rows that all networks have learnt from" in said
    assert "learnt from 200 of 220 rows looked at" in said


def test_shares_are_by_weight_as_figures_are():
    table = table_of(200, classes=2) | {"w": [float(1 + 9 * (i % 3 == 0)) for i in range(200)]}
    model, new = small(table, weight="w"), table_of(90, seed=4, classes=2)
    new["w"] = [float(1 + 9 * (i % 3 == 0)) for i in range(90)]
    said, right = said_by(model, new), np.asarray(model.predict(new)) == np.asarray(new["y"])
    share = 100 * np.average(right, weights=new["w"])
    assert f"Predicted right: {right.sum()} of 90 rows, {share:.1f} % by their weights." in said
    likeliest = max(np.average(np.asarray(new["y"]) == c, weights=new["w"]) for c in ("c0", "c1"))
    assert f"would be right in {100 * likeliest:.1f} %" in said
    assert abs(share - 100 * right.mean()) > 0.1


def test_a_model_put_together_by_hand_has_figures_and_no_invented_facts():
    table = table_of()
    said = said_by(fp.Ensemble([small(table, seed=seed) for seed in (0, 1)]), table)
    assert "How many rows it has learnt from is not known" in said and "of 0 rows" not in said
    assert "Figures on the rows below" in said and "rmse" in said.lower()
    assert "A single network" not in said and "This model does not know how far off" in said


def test_a_column_that_counts_rows_is_seen_though_test_rows_are_judged():
    table = table_of(300) | {"number": np.random.default_rng(0).permutation(300).tolist()}
    with pytest.warns(fp.ForpassWarning, match="counts the rows"):
        model = small(table)
    assert "number numbers the rows" in said_by(model, table)


def test_of_few_rows_no_column_is_called_innocent():
    table = table_of(40)
    assert "too few to tell leaks and identifiers by" in said_by(small(table), table)
    assert "No column looks like a leak" in said_by(small(table), table_of(60, seed=1))


@pytest.mark.parametrize("reason", ["max_seconds", "interrupted", "epochs"])
def test_what_a_clock_has_ended_is_not_promised_again(reason):
    table = table_of()
    model = small(table)
    ended = dataclasses.replace(model.provenance.ended, reason=reason)
    model = dataclasses.replace(model, provenance=dataclasses.replace(model.provenance, ended=ended))
    said = said_by(model, table)
    assert ("give the same bits" in said) == (reason == "epochs")
    assert ("may come to something else" in said) == (reason != "epochs")


@pytest.mark.slow
def test_very_many_classes_are_a_small_page():
    table = table_of(2_000, classes=100)
    page = fp.report_on(small(table), table)
    assert f"The {MOST_CLASSES} of 100 classes in which most goes wrong" in page.html
    assert len(page.html.encode()) < 500_000


def test_very_many_columns_are_within_the_budget(monkeypatch):
    from forpass.report import worst

    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 1_500))
    table = {f"f{i}": X[:, i] for i in range(1_500)} | {"y": X[:, 0] + rng.normal(size=60)}
    monkeypatch.setattr(worst, "explain", lambda *args, **told: pytest.fail("it takes minutes"))
    with pytest.warns(fp.ForpassWarning, match="1500 features"):
        model = small(table)
    said = said_by(model, table)
    assert "Why, with so many columns, takes more time" in said


def test_nothing_is_told_twice(recwarn):
    model, new = small(table_of()), table_of(50, seed=3)
    new["town"] = [("rome", "paris", "oslo", "bern")[i % 4] for i in range(50)]
    fp.report_on(model, new)
    assert len([one for one in recwarn if issubclass(one.category, fp.ForpassWarning)]) == 1


# --- training that ends with a report ---------------------------------------------------------------


@pytest.fixture
def csv(tmp_path):
    import pandas as pd

    pd.DataFrame(table_of()).to_csv(tmp_path / "t.csv", index=False)


@pytest.mark.parametrize(
    ("error", "code"), [(KeyboardInterrupt(), 130), (fp.InputError("no room"), 2), (ValueError("odd"), 1)]
)
def test_a_report_that_fails_does_not_cost_the_model(forpass, tmp_path, csv, monkeypatch, error, code):
    def fails(*args, **told):
        raise error

    monkeypatch.setattr(forpass_report(), "report_on", fails)
    done, out, err = forpass("train", "t.csv", "-t", "y", "--epochs", 2, "--report", "r.html")
    assert done == code and "the model is trained and saved in t.forpass" in err
    assert "test rows" in out and "model    t.forpass" in out
    assert isinstance(fp.load(tmp_path / "t.forpass"), fp.TrainedModel)
    assert not (tmp_path / "r.html").exists()


def forpass_report():
    """The package, which the fixture of the command has a namesake of."""
    import importlib

    return importlib.import_module("forpass.report")


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("r.html", ("--log", "r.html")),
        ("r.html", ("--out", "r.html")),
        ("r.html", ("--out", "../{here}/r.html")),
        ("s.json", ("--schema", "s.json")),
        ("other.forpass", ()),
    ],
)
def test_a_report_takes_the_place_of_nothing_else(forpass, tmp_path, csv, place, words):
    (tmp_path / "s.json").write_text("{}", encoding="utf-8")
    words = [word.format(here=tmp_path.name) for word in words]
    code, _, err = forpass("train", "t.csv", "-t", "y", "--report", place, *words)
    assert code == 2 and re.search("cannot be both|would be lost|ending of models", err)
    assert not (tmp_path / "r.html").exists() and (tmp_path / "s.json").read_text() == "{}"


def test_of_very_many_classes_some_curves_are_drawn_and_it_is_said():
    rng = np.random.default_rng(0)
    P = rng.random((400, 60))
    drawn = fp.charts.roc_curve(np.arange(400) % 60, P, classes=range(60)).to_dict()
    assert drawn["title"]["subtitle"][1:] == [
        "the 6 lowest of 60 classes are named",
        "of the others 24 are drawn, from low to high",
    ]
    layers = [layer["data"]["values"] for layer in drawn["layer"]]
    curves = {row["class"] for rows in layers for row in rows if "class" in row}
    assert len(curves) == 30


def test_the_lines_to_be_copied_name_the_table_as_it_was_typed(forpass, tmp_path, csv):
    small(table_of()).save(tmp_path / "m.forpass")
    (tmp_path / "far").mkdir()
    (tmp_path / "t.csv").rename(tmp_path / "far/t.csv")
    assert forpass("report", "m.forpass", "far/t.csv")[0] == 0
    said = html.unescape((tmp_path / "m.html").read_text(encoding="utf-8"))
    assert "fp.read_table('far/t.csv')" in said and "forpass predict m.forpass far/t.csv" in said
    assert "t.csv has 120 rows" in said and "far/t.csv has" not in said
    typed = (tmp_path / "far/t.csv").read_text(encoding="utf-8")
    assert forpass("report", "m.forpass", "-", "--out", "p.html", stdin=typed)[0] == 0
    said = html.unescape((tmp_path / "p.html").read_text(encoding="utf-8"))
    assert "fp.read_table('table.csv')" in said and "stdin has 120 rows" in said


def test_korean_counts_end_as_koreans_end_them():
    from forpass.report import korean_sentences as korean

    assert all(unit.endswith("개") for unit in korean.UNITS.values())
    assert not [text for text in korean.OUTCOMES.values() if re.search("{units}(으로|은|을|과)", text)]


def test_drift_is_told_in_widths():
    model, new = small(table_of()), table_of(80, seed=3)
    new["x"] = [value + 5.0 for value in new["x"]]
    apart = re.search(r"x lies elsewhere .* which is ([\d.]+) times the width", said_by(model, new))
    learnt = model.preprocessing.columns[0]
    assert float(apart[1]) == pytest.approx((np.median(new["x"]) - learnt.centre) * learnt.scale, rel=0.05)


def test_errors_of_values_are_by_weight_as_figures_are():
    w = [float(1 + 19 * (i % 3 == 0)) for i in range(120)]
    model, new = small(table_of() | {"w": w}, weight="w"), table_of(90, seed=4) | {"w": w[:90]}
    off = np.abs(np.asarray(model.predict(new)) - np.asarray(new["y"]))
    found = re.search(r"less than ([\d.]+), nine in ten .* mean error is ([\d.]+), .*", said_by(model, new))
    repeated = np.repeat(off, np.array(w[:90], int))
    assert float(found[1]) == pytest.approx(np.median(repeated), abs=1e-3)
    assert float(found[2]) == pytest.approx(repeated.mean(), abs=1e-3)
