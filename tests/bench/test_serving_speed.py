"""How long a served model lets one wait is measured, and the page says what was found."""

import json

import pytest

from forpass.bench import serving
from forpass.bench.serving import BY_NUMPY, OURS, WHOLE
from forpass.bench.timing import Effort, Taken
from forpass.cli import bench as command
from forpass.cli.output import Reporter


def rows(model, **seconds):
    return serving._rows(model, {name: Taken(s, s * 0.9, s * 1.1) for name, s in seconds.items()})


FOUND = {
    "date": "2026-01-31",
    "machine": {"threads": 2, "processor": "x86-64"},
    "versions": {"forpass": "0.1.0"},
    "effort": Effort(3, 0.05)._asdict(),
    "table": {"columns": 14, "rows": 4000},
    "models": [{"model": "a network", "members": 1, "parameters": 27_777, "bytes": 120_000}],
    "first": [*rows("no model", python=0.01), *rows("a network", **{OURS: 0.125, WHOLE: 0.25})],
    "row": rows("a network", **{OURS: 5e-5, WHOLE: 5.2e-5, BY_NUMPY: 1e-4}),
    "many": rows("a network", **{f"{OURS}, answers": 2e-5, f"{OURS}, predict_proba": 4e-6}),
    "same": [{"model": "a network", WHOLE: 1.2e-7, BY_NUMPY: 0.0}],
}


def test_the_page_says_what_was_measured(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(serving, "measure_serving", lambda quick, note: FOUND)
    command.serving(quick=True, out=str(tmp_path / "page.md"), reporter=Reporter(as_json=True))
    page = (tmp_path / "page.md").read_text()
    for line in (
        "A table of 14 columns, 4,000 rows and two classes;",
        "| a network | 1 | 27,777 | 0.12 MB |",
        "Below that nobody gets: `python` 10 ms.",
        "| a network | 125 | 250 (2x) |",
        "| a network | 50 | 52 (~1.04x) | 100 (2x) |",
        "| a network | 20 | 4 (0.2x) |",
        "| a network | 1.2e-07 | 0 |",
    ):
        assert line in page
    assert json.loads(capsys.readouterr().out)["same"] == FOUND["same"]


def test_the_table_is_one_of_words_and_numbers():
    table = serving.people(50)
    assert len(table) == 15 and {len(column) for column in table.values()} == {50}
    assert set(table["y"]) == {"yes", "no"} and list(serving._records(table)[0]) == list(table)[:-1]


@pytest.mark.slow
def test_everybody_does_the_work(monkeypatch):
    few = serving.people(100)
    monkeypatch.setattr(serving, "people", lambda n: few)
    monkeypatch.setattr(serving, "QUICK", Effort(1, 0.001))
    found = serving.measure_serving(quick=True, note=lambda said: None)
    assert [row["model"] for row in found["models"]] == ["a network", "preset fast"]
    assert all(row["seconds"] > 0 for what in ("first", "row", "many") for row in found[what])
    assert all(row[BY_NUMPY] == 0.0 and row[WHOLE] < 1e-5 for row in found["same"])
    assert serving.serving_page(found)
