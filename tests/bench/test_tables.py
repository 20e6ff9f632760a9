"""Systems are compared on tables: the same rows for all, records that a run goes on from, sums and page."""

import json
import subprocess
import sys

import numpy as np
import pytest
from later import later

from forpass.bench.tables import cell, figures, given, runner
from forpass.bench.tables.measure import measure_tables
from forpass.bench.tables.page import accuracy_page
from forpass.bench.tables.runner import Cell
from forpass.bench.tables.systems import SYSTEMS, Learning, missing
from forpass.bench.tables.systems.prepared import Prepared
from forpass.errors import InputError

pd = later("pandas")

ROWS = 200


@pytest.fixture
def folder(tmp_path):
    """Two tables with dates, words, gaps and numbers: one of classes, one of values."""
    rng = np.random.default_rng(0)
    size = rng.normal(size=ROWS)
    table = pd.DataFrame(
        {
            "size": np.where(rng.random(ROWS) < 0.1, np.nan, size),
            "colour": rng.choice(["red", "blue", None], ROWS),
            "day": pd.date_range("2024-01-01", periods=ROWS).strftime("%Y-%m-%d"),
        }
    )
    table.assign(kind=np.where(size > 0, "big", "small")).to_csv(tmp_path / "kinds.csv", index=False)
    table.assign(price=3 * size + 5).to_csv(tmp_path / "prices.csv", index=False)
    entries = {
        "kinds": {"file": "kinds.csv", "target": "kind", "task": "classification"},
        "prices": {"file": "prices.csv", "target": "price", "task": "regression"},
    }
    (tmp_path / "tables.json").write_text(json.dumps(entries))
    return tmp_path


PRESENT = [name for name, system in SYSTEMS.items() if not missing(system)]


@pytest.mark.slow
@pytest.mark.parametrize("name", PRESENT)
@pytest.mark.parametrize("number", [0, 1], ids=["classes", "values"])
def test_everybody_learns(name, number, folder):
    table = given.listed(folder)[number]
    found = cell.carried_out(SYSTEMS[name], given.dealt(table, 0), Learning(table.classes, 1, 0))
    assert found["error"] < (0.35 if table.classes else 0.9)
    assert ("log_loss" in found) == ("calibration" in found) == table.classes
    assert found["n_rows"] == 150 and found["n_test"] == 50 and found["peak_bytes"] > 1e7


def test_rows_are_dealt_as_scikit_learn_deals_them(folder):
    from sklearn.model_selection import train_test_split

    table = given.listed(folder)[0]
    X = pd.read_csv(table.path)
    y = (X.pop("kind") == "small").to_numpy().astype(int)
    train, test = train_test_split(np.arange(ROWS), test_size=0.25, random_state=3, stratify=y)
    rows = given.dealt(table, 3, most_rows=40)
    pd.testing.assert_frame_equal(rows.X, X.iloc[train[:40]].reset_index(drop=True))
    np.testing.assert_array_equal(rows.y, y[train[:40]])
    np.testing.assert_array_equal(rows.y_test, y[test])


def test_dates_words_and_gaps_are_prepared():
    X = pd.DataFrame(
        {"a": [1.0, np.nan, 3.0], "w": ["x", None, "y"], "d": ["2024-01-01", "2024-01-02", None]}
    )
    prepared = Prepared(X, fill=True)
    rows = prepared(X)
    assert prepared.words == ["w", "a missing", "d day missing", "d month missing", "d weekday missing",
                              "d hour missing"]  # fmt: skip
    assert rows["a"].tolist() == [1.0, 2.0, 3.0] and rows["a missing"].tolist() == ["False", "True", "False"]
    assert rows["d day"].tolist()[:2] == [19723.0, 19724.0] and rows["d weekday"].tolist()[:2] == [0.0, 1.0]
    other = prepared(pd.DataFrame({"a": [7.0], "w": ["never seen"], "d": ["2024-02-01"]}))
    assert other["w"].isna().all() and other["d month"].tolist() == [2.0]
    assert prepared.filled(X)["w"].tolist() == ["x", "missing", "y"]


def test_figures_of_classes_by_hand():
    P = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.7, 0.3]])
    found = cell._of_classes(P, np.array([0, 1, 1, 0]))
    assert found["error"] == 0.25
    assert found["log_loss"] == pytest.approx(-np.log([0.9, 0.4, 0.8, 0.7]).mean())
    assert found["calibration"] == pytest.approx((0.1 + 0.6 + 0.2 + 0.3) / 4)  # a bin for each row


def test_figures_of_values_by_hand():
    y = np.array([1.0, 2.0, 3.0, 6.0])
    assert cell._of_values(y + 2, y)["error"] == pytest.approx(2 / y.std())


def record(system, table, error, division=0, **more):
    return {"system": system, "table": table, "division": division, "error": error, "fit_s": 2.0,
            "predict_s": 1.0, "peak_bytes": 1 << 20, **more}  # fmt: skip


RECORDS = [
    record("A", "one", 0.1, log_loss=0.3, calibration=0.01),
    record("B", "one", 0.3, log_loss=0.5, calibration=0.03),
    record("C", "one", 0.2, log_loss=0.4, calibration=0.02),
    record("A", "two", 0.5),
    record("B", "two", 0.4),
    {"system": "C", "table": "two", "division": 0, "failed": "longer than 5 s"},
]


def test_standings_by_hand():
    a, b, c = figures.standings(RECORDS)
    assert (a.error, b.error, c.error) == (0.5, 0.5, 0.75)  # C: the middle of "one", without figure on "two"
    assert (a.rank, b.rank, c.rank) == (1.5, 2.0, 2.5)
    assert (a.log_loss, c.failed, a.fit_s, c.fit_s) == (0.3, 1, 4.0, 2.0)
    assert a.interval == (0.0, 1.0)


def test_divisions_of_a_table_count_once():
    twice = [*RECORDS, *(dict(one, division=1) for one in RECORDS[:3])]
    assert figures.standings(twice) == figures.standings(RECORDS)


def test_equal_errors_are_all_best():
    np.testing.assert_array_equal(figures.normalised(np.array([0.2, 0.2])), [0.0, 0.0])


def test_a_run_goes_on_from_its_records(folder, monkeypatch):
    taken = []

    def carried_out(cell, time_limit):
        taken.append((cell.system, cell.table.name, cell.division))
        return {"error": 0.25}

    monkeypatch.setattr(runner, "_carried_out", carried_out)
    records = folder / "records.jsonl"
    names = ["forpass", "HistGradientBoosting"]
    first = measure_tables(folder, records, names, note=lambda text: None)
    assert len(taken) == 4 and [one["error"] for one in first["records"]] == [0.25] * 4
    records.write_bytes(records.read_bytes()[:-20])  # killed while it wrote the last one
    assert measure_tables(folder, records, names, note=lambda text: None)["records"] == first["records"]
    assert taken[4:] == [("HistGradientBoosting", "prices", 0)]
    measure_tables(folder, records, names, divisions=2, note=lambda text: None)
    assert {division for _, _, division in taken[5:]} == {1}
    assert len(records.read_text().splitlines()) == 8


@pytest.mark.slow
def test_a_cell_is_a_process_of_its_own(folder):
    table = given.listed(folder)[1]
    found = runner._carried_out(Cell("HistGradientBoosting", table, 0, 100, 1), None)
    assert found["n_rows"] == 100 and 0 < found["error"] < 0.9
    assert runner._carried_out(Cell("HistGradientBoosting", table, 0, 100, 1), 0.01) == {
        "failed": "longer than 0.01 s"
    }
    failed = runner._carried_out(Cell("nobody", table, 0, 100, 1), None)
    assert failed == {"failed": "KeyError: 'nobody'"}


def test_what_is_wrong_with_a_list_is_said(folder):
    entries = json.loads((folder / "tables.json").read_text())
    for change, told in [
        ({"kinds": []}, 'the entry "kinds" of .* is no object'),
        ({"kinds": {**entries["kinds"], "task": "guess"}}, 'the task "guess"; there are classification and'),
        ({"kinds": {"file": "kinds.csv", "task": "regression"}}, 'no text under "target"'),
        ({"kinds": {**entries["kinds"], "file": "no.csv"}}, r"names the file .*no\.csv, which is not there"),
        ({}, "lists no tables"),
    ]:
        (folder / "tables.json").write_text(json.dumps(change))
        with pytest.raises(InputError, match=told):
            given.listed(folder)
    with pytest.raises(InputError, match="cannot be read"):
        given.listed(folder / "nowhere")


def test_unknown_systems_targets_and_records_are_said(folder):
    with pytest.raises(InputError, match='no system "CatBost"; there are forpass, '):
        measure_tables(folder, folder / "r.jsonl", ["CatBost"])
    table = given.listed(folder)[0]._replace(target="sort")
    with pytest.raises(InputError, match='no column "sort"; it has size, colour, day, kind'):
        given.dealt(table, 0)
    (folder / "r.jsonl").write_text("nothing\n{}\n")
    with pytest.raises(InputError, match=r"line 1 of .* is no record"):
        runner.read_records(folder / "r.jsonl")


def test_the_page_says_all():
    found = {
        "date": "2026-01-01",
        "machine": {"threads": 2, "processor": "x"},
        "versions": {"python": "3"},
        "folder": "mine",
        "most_rows": 10_000,
        "threads": 2,
        "absent": {"CatBoost": "catboost"},
        "records": RECORDS,
    }
    page = accuracy_page(found)
    assert "| A | 0.500 [0.000, 1.000] | 1.5 | 0.3000 | 0.0100 | 4 s | 1 s | 1 MiB |" in page
    assert "Not measured: CatBoost, without catboost." in page
    assert "| one | **0.1000** | 0.3000 | 0.2000 |" in page and "| two | 0.5000 | **0.4000** | - |" in page
    assert "- C, two, division 0: longer than 5 s" in page


@pytest.mark.slow
def test_the_command(folder):
    command = [sys.executable, "-m", "forpass", "bench", "tables", str(folder), "--systems",
               "HistGradientBoosting", "--records", "r.jsonl", "--out", "page.md"]  # fmt: skip
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    assert "[2/2] HistGradientBoosting: prices, division 0" in done.stderr
    assert "| HistGradientBoosting | 0.000 [0.000, 0.000] | 1.0 |" in (folder / "page.md").read_text()
