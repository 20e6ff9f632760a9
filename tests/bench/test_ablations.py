"""Choices of a recipe made otherwise: each changes what it says, and the table shows by how much."""

import json
from contextlib import nullcontext

import numpy as np
import pytest
from later import later
from recipe_problems import problem, recipe

from forpass.bench.tables import ablations
from forpass.bench.tables.ablations import AS_IT_IS, ablation_section
from forpass.bench.tables.choices import CHOICES, with_formulas
from forpass.errors import InputError
from forpass.recipes import PRESETS, run_recipe

pd = later("pandas")

BY_NAME = {choice.name: choice for choice in CHOICES}
STRONG = PRESETS["strong"]


def test_each_choice_has_a_name_and_makes_a_recipe():
    assert len(BY_NAME) == len(CHOICES) and AS_IT_IS not in BY_NAME
    assert not any("," in name for name in BY_NAME)  # the command takes names by commas
    for choice in CHOICES:
        changed = choice.change(STRONG)
        assert changed.name == "strong"
        if not (choice.formulas or choice.seed or choice.smoothing or choice.name.startswith("racing")):
            assert changed != STRONG


def test_choices_change_what_they_say():
    def of(name, task="values"):
        return getattr(BY_NAME[name].change(STRONG), task)

    assert [chain.name for chain in of("no linear candidates")] == ["R", "L", "P"]
    assert "L" not in [chain.name for chain in of("no logarithms")]
    assert not any("piecewise" in chain.member.numbers for chain in of("no bins") if chain.epochs)
    assert [chain.epochs for chain in of("each rung from scratch")][:3] == [(12,), (36,), (108,)]
    widths = [chain.member.hidden for chain in of("two thirds of the width") if chain.epochs]
    assert widths[0] == (64, 64)
    assert not any(
        chain.member.statistics for chain in of("no value statistics", "two_classes") if chain.epochs
    )
    assert BY_NAME["as many members again"].change(STRONG).folds[1].repeated == 4


@pytest.mark.slow
@pytest.mark.parametrize("choice", [choice for choice in CHOICES if choice.formulas], ids=lambda c: c.name)
def test_formulas_are_others_only_meanwhile(choice):
    rows, small = problem("two", n=240), recipe(racing_ratio=9.0, min_weight=0.0)

    def found(how):
        with how:
            blend = run_recipe(small, rows, 0, threads=1)
        expected = [candidate.judgement.expected_loss for candidate in blend.candidates]
        return blend.weights, blend.calibration, expected

    before, meanwhile, after = (found(how) for how in (nullcontext(), with_formulas(choice), nullcontext()))
    assert repr(meanwhile) != repr(before) == repr(after)


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 160))
    table = pd.DataFrame({"a": a, "b": b, "price": a * b + a})
    table.to_csv(tmp_path / "prices.csv", index=False)
    entry = {"file": "prices.csv", "target": "price", "task": "regression"}
    (tmp_path / "tables.json").write_text(json.dumps({"prices": entry}))
    return tmp_path


@pytest.mark.slow
def test_the_command_trains_once_what_is_the_same_keeps_and_shows(folder, forpass, monkeypatch):
    names = "no racing,the candidate with the largest weight alone,no bins"
    records = folder / "r.jsonl"
    command = ["bench", "ablations", folder, "--preset", "fast", "--choices", names, "--records", records]
    code, page, notes = forpass(*command)
    assert code == 0 and "[4/4] no bins: prices, division 0" in notes
    kept = {one["choice"]: one for one in map(json.loads, records.read_text().splitlines())}
    alone = kept["the candidate with the largest weight alone"]
    assert alone["work"] == kept[AS_IT_IS]["work"] > 0 < kept["no bins"]["work"]
    assert alone["seconds"] == kept[AS_IT_IS]["seconds"] != kept["no bins"]["seconds"]
    assert "| no bins | " in page and "log-loss" in page and "`forpass bench ablations " in page
    monkeypatch.setattr(ablations, "tried", None)  # nothing is measured again
    assert forpass(*command)[1] == page


def test_unknown_choices_are_said(folder):
    with pytest.raises(InputError, match='no choice "no bin"; there are another seed, '):
        ablations.measure_ablations(folder, folder / "r.jsonl", names=["no bin"])


def record(choice, table, error, division=0, **more):
    return {"choice": choice, "table": table, "division": division, "error": error,
            "seconds": 2.0, "work": 1e9, "version": "forpass 1.0 abc", "date": "2026-01-01",
            "machine": "x86-64", **more}  # fmt: skip


def test_changes_by_hand():
    records = [
        record(AS_IT_IS, "one", 0.1, log_loss=0.5),
        record("x", "one", 0.2, log_loss=0.5),
        record(AS_IT_IS, "one", 0.1, division=1, log_loss=0.5),
        record("x", "one", 0.1, division=1, log_loss=0.5),
        record(AS_IT_IS, "two", 0.3),
        {**record("x", "two", 0.3), "seconds": 1.0},
        record("y", "one", 0.1, log_loss=0.5),
    ]
    double = np.log((0.2 + 1e-4) / (0.1 + 1e-4))
    assert ablations.log_ratios(records, "x", "error", 1e-4) == pytest.approx([double / 2, 0.0])
    page = ablation_section(
        {
            "folder": "mine",
            "preset": "fast",
            "choices": [],
            "divisions": 2,
            "most_rows": 500,
            "records": records,
        }
    )
    assert "`forpass bench ablations mine --preset fast --divisions 2 --rows 500` on 2026-01-01: " in page
    assert "| x | +18.9 [+0.0, +41.4] | +41.4 [+41.4, +41.4] | = | = | -29.3 [-50.0, +0.0] | = |" in page
    assert "No difference here: y." in page and "| y |" not in page
