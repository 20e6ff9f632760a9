"""The benchmark measures what it says: the same work for all, medians, ratios of what was measured."""

import itertools
import json
import math
import time

import numpy as np
import pytest

from forpass.bench import probe, speed, timing
from forpass.bench.cases import CASES, DIGITS, STEEL, XOR, Recipe, examples
from forpass.bench.contenders import CONTENDERS, make
from forpass.bench.peak import OPERATIONS, multiply_add
from forpass.bench.report import page
from forpass.bench.timing import Effort, Taken, Work, in_turns

SGD = Recipe("gradient_descent", 0.05)


@pytest.mark.parametrize("case", [*CASES, XOR], ids=lambda case: case.described())
def test_batches_divide_the_examples_evenly(case):
    X, y = examples(case)
    assert X.shape == (case.n_rows, case.n_features) and X.dtype == np.float32
    assert set(y) <= set(range(case.n_classes))
    assert case.steps_per_epoch * case.batch_size == case.n_rows


def test_operations_of_a_step():
    # 27-32-7, batch 10: forward and dW for both layers, dX for the second
    assert STEEL.operations_per_step == 2 * 10 * (2 * 27 * 32 + 3 * 32 * 7)


@pytest.mark.parametrize("name", CONTENDERS)
@pytest.mark.parametrize("optimizer", ["gradient_descent", "adam"])
def test_every_contender_learns(name, optimizer):
    library = {"PyTorch": "torch", "JAX": "jax"}
    if name == "torch.compile":
        pytest.skip("takes a compiler and half a minute; it is PyTorch with one line more")
    if name in library:
        pytest.importorskip(library[name], reason=f"{name} is measured where it is installed")
    X, y = examples(XOR)
    contender = make(name, XOR, Recipe(optimizer, 0.1), X, y)
    contender.fit(400)
    P = contender.predict(X)
    assert P.shape == (4, 2)
    assert np.argmax(P, axis=1).tolist() == y.tolist()


def test_turns_are_taken_in_turn_and_the_median_counts(monkeypatch):
    now, seen = [0.0], []
    monkeypatch.setattr(timing.time, "sleep", lambda seconds: None)
    monkeypatch.setattr(timing.time, "perf_counter", lambda: now[0])
    durations = {"a": iter([1, 1, 5, 1, 2]), "b": iter([1, 1, 9, 9, 3])}  # the first two are the warm-up

    def work(name):
        def do(count):
            seen.append(name)
            now[0] += next(durations[name]) * count

        return Work(do, 1)

    taken = in_turns({"a": work("a"), "b": work("b")}, Effort(3, 1.0))
    assert taken == {"a": (2.0, 1.5, 3.5), "b": (9.0, 6.0, 9.0)}
    assert seen == ["a", "a", "b", "b", "a", "b", "b", "a", "a", "b"]


def test_all_recipes_of_a_case_take_turns_together(monkeypatch):
    asked = []

    def counted(works, effort):
        asked.append({title for title, _, _ in works})
        return {who: Taken(1e-3, 1e-3, 2e-3) for who in works}

    monkeypatch.setattr(speed, "in_turns", counted)
    rows = speed.measure_steps(["forpass"], Effort(1, 1.0), note=lambda text: None)
    assert asked == [{speed.PEAK, *speed.RECIPES}] * len(CASES)
    assert {row["contender"] for row in rows} == {"forpass"}


def test_short_things_are_repeated_until_they_last(monkeypatch):
    now, counts = [0.0], []
    monkeypatch.setattr(timing.time, "perf_counter", lambda: now[0])

    def do(count):
        counts.append(count)
        now[0] += 1e-3 + 1e-4 * count  # something done once beside each repetition

    took = in_turns({"short": Work(do, 1)}, Effort(3, 1.0))["short"].median
    assert counts[-1] >= 5000
    assert took == pytest.approx(1e-4, rel=0.01)


def test_the_peak_is_that_of_a_processor():
    began = time.perf_counter()
    multiply_add(5, threads=2)
    assert 1e9 < 2 * 5 * OPERATIONS / (time.perf_counter() - began) < 1e12


@pytest.fixture(scope="module")
def found():
    """Measure very little, but all of it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(speed, "CONTENDERS", ("forpass", "forpass numpy", "scikit-learn"))
        patch.setattr(speed, "CASES", (STEEL._replace(n_rows=100), DIGITS._replace(n_rows=320)))
        patch.setattr(speed, "QUICK", Effort(1, 1e-3))
        patch.setattr(speed, "ROWS_TO_PREDICT", 500)
        patch.setattr(speed, "PROCESSES", 1)
        patch.setattr(speed, "EPOCHS_OF_XOR", 3)
        patch.setattr(speed, "EPOCHS_OF_TEN_FITS", 1)
        patch.setattr(speed, "DIGITS", DIGITS._replace(n_rows=64))
        return speed.measure_speed(quick=True, note=lambda text: None)


@pytest.mark.slow
def test_what_is_found_is_plain_and_complete(found):
    assert json.loads(json.dumps(found)) == found
    assert {row["contender"] for row in found["steps"]} == {"forpass", "forpass numpy", "scikit-learn"}
    together = itertools.groupby(found["steps"], lambda row: row["recipe"])
    assert [recipe for recipe, _ in together] == list(speed.RECIPES)
    for row in (*found["steps"], *found["tasks"]):
        assert row["quartiles"][0] <= row["seconds"] <= row["quartiles"][1]
    assert len({row["case"] for row in found["steps"]}) == 2
    assert len({row["task"] for row in found["tasks"]}) == 4
    assert all(0 < row["seconds"] < math.inf for row in (*found["steps"], *found["tasks"], *found["imports"]))
    assert all(0 < row["of_peak"] < 1.5 for row in found["steps"])
    assert [(row["network"], row["dtype"]) for row in found["starts"]] == [
        ("relu", "float32"),
        ("relu", "float64"),
        ("largest", "float32"),
        ("largest", "float64"),
    ]
    assert all(row["kernels"] > 10 and row["cold"] > row["warm"] for row in found["starts"])
    assert all(row["peak_bytes"] > row["data_bytes"] for row in found["memory"])


@pytest.mark.slow
def test_the_page_shows_the_better_number_of_threads_and_ratios_to_it(found):
    rows = [
        {"contender": "forpass", "threads": 1, "seconds": 2e-6, "of_peak": 0.5},
        {"contender": "forpass", "threads": 2, "seconds": 3e-6, "of_peak": 0.2},
        {"contender": "scikit-learn", "threads": 1, "seconds": 300e-6, "of_peak": 0.0},
        {"contender": "scikit-learn", "threads": 2, "seconds": 250e-6, "of_peak": 0.0},
        {"contender": "JAX", "threads": 2, "seconds": 2.2e-6, "of_peak": 0.0},
    ]
    both = {"recipe": "SGD", "case": "steel"}
    steps = [
        row
        | both
        | {
            "quartiles": [0.9 * row["seconds"], 1.1 * row["seconds"]],
            "peak_gigaflops": 90.0 * row["threads"] + n,
        }
        for n, row in enumerate(rows)
    ]
    text = page(found | {"steps": steps})
    assert "| steel | 2 (1t) | 50% (1t), 20% (2t) | 250 (2t) 125x | 2.2 (2t) ~1.1x |" in text
    assert "90 to 92 GFLOP/s by 1 thread, 181 to 184 GFLOP/s by 2 threads" in text
    assert "Between the quartiles of the turns lie 20% of the median, at most 20%." in text
    for heading in ("# Performance", "## Training steps: SGD", "## Whole tasks", "## Starting up"):
        assert heading in text


def test_a_probe_prints_one_object(capsys):
    probe.main("start", "relu", "float32")
    said = json.loads(capsys.readouterr().out)
    assert set(said) == {"train", "compiled"}


def test_who_is_not_installed_is_left_out_with_the_reason(monkeypatch):
    def missing(name, *words):
        raise ImportError

    monkeypatch.setattr(speed, "make", missing)
    assert speed._absent() == dict.fromkeys(CONTENDERS, "it is not installed")


@pytest.mark.slow
def test_a_long_table_is_measured_and_told(forpass, tmp_path):
    code, out, err = forpass("bench", "long-table", "--rows", 1000, "--out", "page.md", "--json")
    assert code == 0, err
    found, page = json.loads(out), (tmp_path / "page.md").read_text()
    assert [c["words"][0] for c in found["commands"]] == ["train", "evaluate", "predict"] * 2
    assert found["rows"] * found["columns"] == 30_000
    for command in found["commands"]:
        assert 0 <= command["own_bytes"] <= command["peak_bytes"]
        assert 0.1 < command["seconds"] < 300 and 2e7 < command["peak_bytes"] < 5e9
        assert f"{command['peak_bytes'] / 1e6:,.0f} MB | {command['peak_bytes'] / 30_000:.0f} |" in page
    assert forpass("bench", "long-table", "--rows", 10)[0] == 2
