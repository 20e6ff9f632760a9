"""What intervals and sets hold is counted, kept, and shown."""

import json

import numpy as np
import pytest
from later import later

from forpass.bench.tables import coverage
from forpass.errors import InputError

pd = later("pandas")


def test_shares_and_sizes_by_hand():
    ends = np.array([[0.0, 2.0], [0.0, 2.0], [1.0, 5.0], [3.0, 3.0]])
    y = np.array([2.0, 3.0, 0.0, 3.0])  # inside at the end, above, below, a point
    assert coverage._of_intervals(ends, y) == (0.5, pytest.approx(2.0 / y.std()))
    assert coverage._of_sets([(0,), (0, 1), (2, 1), (1,)], np.array([0, 1, 0, 1])) == (0.75, 1.5)


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 160))
    table = pd.DataFrame({"a": a, "b": b, "kind": np.where(a + 0.5 * b > 0, "x", "y"), "price": a * b + a})
    table.drop(columns="price").to_csv(tmp_path / "kinds.csv", index=False)
    table.drop(columns="kind").to_csv(tmp_path / "prices.csv", index=False)
    entries = {
        "kinds": {"file": "kinds.csv", "target": "kind", "task": "classification"},
        "prices": {"file": "prices.csv", "target": "price", "task": "regression"},
    }
    (tmp_path / "tables.json").write_text(json.dumps(entries))
    return tmp_path


@pytest.mark.slow
def test_the_command_counts_keeps_and_shows(folder, forpass, monkeypatch):
    records = folder / "r.jsonl"
    command = ["bench", "intervals", str(folder), "--divisions", "2", "--records", str(records)]
    page = forpass(*command)[1]
    kept = [json.loads(line) for line in records.read_text().splitlines()]
    assert [(one["table"], one["division"]) for one in kept] == [
        ("kinds", 0), ("kinds", 1), ("prices", 0), ("prices", 1)
    ]  # fmt: skip
    for one in kept:
        assert one["held"] == sorted(one["held"]) and one["size"] == sorted(one["size"])
        assert (
            one["held"][-1] > 0.8 and one["n_rows"] == 120 and ("right" in one) == (one["table"] == "kinds")
        )
    mean = np.mean([one["held"][1] for one in kept[:2]])
    assert "| kinds | fast | 120 | " in page and f"{mean:.3f} ± " in page
    assert f"`forpass bench intervals {folder.name} --divisions 2`" in page
    monkeypatch.setattr(coverage, "held", None)  # nothing is measured again
    assert forpass(*command)[1] == page


def test_only_recipes_have_intervals(folder):
    with pytest.raises(InputError, match='"plain" is no recipe, which intervals come from; there are fast, '):
        coverage.measure_coverage(folder, folder / "r.jsonl", ["plain"])
