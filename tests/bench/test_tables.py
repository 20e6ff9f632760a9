"""Systems are compared on tables: the same rows for all, records that a run goes on from, sums and page."""

import json
import subprocess
import sys

import numpy as np
import pytest
from later import later

from forpass.bench.tables import cell, figures, given, measure, records, runner
from forpass.bench.tables.measure import measure_tables
from forpass.bench.tables.page import accuracy_page
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


TAKE_LONG = ("forpass tabm", "TabM-D")
PRESENT = [name for name, system in SYSTEMS.items() if not missing(system) and name not in TAKE_LONG]


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
            "fit_cpu_s": 3.0, "predict_s": 1.0, "peak_bytes": 1 << 20, "n_rows": 150,
            "version": f"{system} 1.0 abc", "date": "2026-01-01", "machine": "x86-64 with AVX2", "threads": 2,
            **more}  # fmt: skip


RECORDS = [
    record("A", "one", 0.1, log_loss=0.3, calibration=0.01),
    record("B", "one", 0.3, log_loss=0.5, calibration=0.03),
    record("C", "one", 0.2, log_loss=0.4, calibration=0.02),
    record("A", "two", 0.5),
    record("B", "two", 0.4),
    {
        "system": "C",
        "table": "two",
        "division": 0,
        "failed": "longer than 5 s",
        "version": "C 1.0",
        "date": "2026-01-02",
        "machine": "x86-64 with AVX-512",
        "threads": 2,
    },
]


def test_standings_by_hand():
    a, b, c = figures.standings(RECORDS)
    assert (a.error, b.error, c.error) == (0.5, 0.5, 0.75)  # C: the middle of "one", without figure on "two"
    assert (a.rank, b.rank, c.rank) == (1.5, 2.0, 2.5)
    assert (a.log_loss, a.tables, c.tables, a.fit_s, c.fit_s, c.fit_cpu_s) == (0.3, 2, 1, 4.0, 2.0, 3.0)
    assert a.interval == (0.0, 1.0)


def test_divisions_of_a_table_count_once():
    twice = [*RECORDS, *(dict(one, division=1) for one in RECORDS[:3])]
    assert figures.standings(twice) == figures.standings(RECORDS)


def test_equal_errors_are_all_best():
    np.testing.assert_array_equal(figures.normalised(np.array([0.2, 0.2])), [0.0, 0.0])


def test_presets_are_systems():
    from forpass.api.presets import SHARES
    from forpass.recipes import PRESETS

    ours = [name for name in SYSTEMS if name.startswith("forpass ")]
    assert ours == [f"forpass {preset}" for preset in (*PRESETS, *SHARES)]
    assert {"forpass fast", "forpass plain", "forpass realmlp"} < set(ours)


def quiet(text):
    return None


def test_a_run_goes_on_from_its_records(folder, monkeypatch):
    taken, versions = [], {"forpass plain": "forpass 1", "HistGradientBoosting": "scikit-learn 1"}

    def carried_out(cell, table, time_limit):
        taken.append((cell["system"], table.name, cell["division"]))
        return {"error": 0.25}

    monkeypatch.setattr(measure, "carried_out", carried_out)
    monkeypatch.setattr(measure, "version_of", lambda system: versions[system.name])
    path, names = folder / "records.jsonl", ["forpass plain", "HistGradientBoosting"]
    first = measure_tables(folder, path, names, note=quiet)
    assert len(taken) == 4 and [one["error"] for one in first["records"]] == [0.25] * 4
    path.write_bytes(path.read_bytes()[:-20])  # killed while it wrote the last one
    assert measure_tables(folder, path, names, note=quiet)["records"] == first["records"]
    assert taken[4:] == [("HistGradientBoosting", "prices", 0)]
    measure_tables(folder, path, names, divisions=2, note=quiet)
    assert {division for _, _, division in taken[5:]} == {1}
    assert len(path.read_text().splitlines()) == 8
    versions["forpass plain"] = "forpass 2"
    measure_tables(folder, path, names, note=quiet)
    assert taken[9:] == [("forpass plain", "kinds", 0), ("forpass plain", "prices", 0)]


def test_what_failed_is_tried_again_unless_it_had_no_less_time(tmp_path):
    cell, found, taken = {"system": "A", "table": "t", "division": 0}, {"failed": "it broke"}, []

    def carry_out(cell):
        taken.append(cell)
        return found

    def run(time_limit=None):
        return records.measured([cell], tmp_path / "r.jsonl", carry_out, quiet, time_limit)[0]

    assert run()["failed"] == "it broke"
    found = {"failed": "longer than 5 s", "limit": 5.0}
    assert run(5.0)["failed"] == "longer than 5 s" and len(taken) == 2
    assert run(4.0)["failed"] == "longer than 5 s" and len(taken) == 2
    found = {"error": 0.5}
    assert run(6.0)["error"] == 0.5 and len(taken) == 3
    assert run()["error"] == 0.5 and len(taken) == 3


@pytest.mark.slow
def test_a_cell_is_a_process_of_its_own(folder):
    table = given.listed(folder)[1]
    asked = {
        "system": "HistGradientBoosting",
        "table": table.name,
        "division": 0,
        "most_rows": 100,
        "threads": 1,
    }
    found = runner.carried_out(asked, table)
    assert found["n_rows"] == 100 and 0 < found["error"] < 0.9
    assert runner.carried_out(asked, table, 0.01) == {"failed": "longer than 0.01 s", "limit": 0.01}
    assert runner.carried_out({**asked, "system": "nobody"}, table) == {"failed": "KeyError: 'nobody'"}


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
    with pytest.raises(InputError, match='no system "CatBost"; there are forpass fast, '):
        measure_tables(folder, folder / "r.jsonl", ["CatBost"])
    table = given.listed(folder)[0]._replace(target="sort")
    with pytest.raises(InputError, match='no column "sort"; it has size, colour, day, kind'):
        given.dealt(table, 0)
    (folder / "r.jsonl").write_text("nothing\n{}\n")
    with pytest.raises(InputError, match=r"line 1 of .* is no record"):
        records.read_records(folder / "r.jsonl")


FOUND = {
    "folder": "mine",
    "systems": [],
    "divisions": 1,
    "most_rows": 10_000,
    "threads": 2,
    "time_limit": 5.0,
    "absent": {"CatBoost": "catboost"},
    "records": RECORDS,
}


def test_the_page_says_all():
    page = accuracy_page(FOUND)
    assert "| A | 0.500 [0.000, 1.000] | 1.5 | 0.3000 | 0.0100 | 4 s | 6 s | 1 s | 1 MiB |" in page
    assert "| C | 0.750 [0.500, 1.000] | 2.5 | 0.4000 | 0.0200 | 2 s (1 of 2 tables) |" in page
    assert "`forpass bench tables mine --time-limit 5.0 --out docs/accuracy.md` on 2026-01-01 to" in page
    assert "2 cores, x86-64 with AVX2 and x86-64 with AVX-512;" in page and "A 1.0, B 1.0, C 1.0" in page
    assert "Who takes longer than 5 s has no figure." in page
    assert "Not measured: CatBoost, for want of catboost." in page
    assert "| one | 150 | **0.1000** | 0.3000 | 0.2000 |" in page
    assert "| two | 150 | 0.5000 | **0.4000** | - |" in page
    assert "- C, two, division 0: longer than 5 s" in page


@pytest.mark.parametrize(
    ("names", "told", "apart"),
    [
        (("one", "two"), "none of these had a part in it", False),
        (("adult", "letter"), "chosen on these very tables", False),
        (("adult", "two"), "were chosen on adult, by means over all", True),
    ],
)
def test_the_page_says_on_which_tables_presets_were_developed(names, told, apart):
    named = dict(zip(("one", "two"), names, strict=True))
    renamed = [{**one, "table": named[one["table"]]} for one in RECORDS]
    page = accuracy_page({**FOUND, "time_limit": None, "records": renamed})
    assert told in page and "Who takes longer" not in page
    assert ("## Tables that no preset was developed on" in page) == apart


@pytest.mark.slow
def test_the_command(folder):
    command = [sys.executable, "-m", "forpass", "bench", "tables", str(folder), "--systems",
               "HistGradientBoosting", "--records", "r.jsonl", "--out", "page.md"]  # fmt: skip
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    assert "[2/2] HistGradientBoosting: prices, division 0" in done.stderr
    assert "| HistGradientBoosting | 0.000 [0.000, 0.000] | 1.0 |" in (folder / "page.md").read_text()
