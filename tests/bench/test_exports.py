"""Exports are measured on tables: each form is compared twice, and the page says what was found."""

import json
from importlib.util import find_spec

import numpy as np
import pytest

from forpass.bench import exports
from forpass.bench.exports import OURS, exports_page, measure_exports
from forpass.bench.timing import Effort
from forpass.exports import FORMS
from forpass.exports.c.library import compiler


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    lines = [f"{x:.3f},{'ab'[i % 2]},{x + i % 2:.3f}" for i, x in enumerate(rng.normal(size=60))]
    (tmp_path / "t.csv").write_text("\n".join(["x,word,y", *lines]) + "\n")
    listed = {"small": {"file": "t.csv", "target": "y", "task": "regression"}}
    (tmp_path / "tables.json").write_text(json.dumps(listed))
    return tmp_path


@pytest.mark.slow
def test_each_form_is_measured(folder, monkeypatch):
    pytest.importorskip("onnx", reason="onnx is not installed")
    monkeypatch.setattr(exports, "EFFORT", Effort(1, 0.001))
    found = measure_exports(folder, ["plain"], 40, note=lambda line: None)
    assert [row["form"] for row in found["exports"]] == [OURS, *FORMS]
    here = {"numpy", *["onnx"] * bool(find_spec("onnxruntime")), *["c"] * bool(compiler())}
    assert {row["form"] for row in found["exports"][1:] if row["rows"]} == here
    for row in found["exports"][1:]:
        assert row["bytes"] > 1000
        if row["form"] in here:
            assert row["deviation"] < 16 * np.finfo(np.float32).eps  # some dozens of roundings
            assert row["rows"] > 200 and row["seconds"] > 0
    assert json.loads(json.dumps(found)) == found
    assert "| small | " in exports_page(found)


COSTS = {"optimised": "-Os", "code": 2500, "numbers": 100_000, "seconds": 4e-6}


def test_the_page_says_what_was_found():
    about = {"table": "small", "preset": "plain"}
    rows = [
        {**about, "form": OURS, "seconds": 2e-4, "bytes": 1000},
        {**about, "form": "numpy", "seconds": 1e-3, "bytes": 2000, "deviation": 3e-7, "rows": 9},
        {
            **about,
            "form": "c",
            "bytes": 3000,
            "deviation": None,
            "rows": 0,
            "in_c": [COSTS, {**COSTS, "optimised": "-O2"}],
        },
    ]
    place = {"date": "2026-01-01", "machine": {"threads": 2, "processor": "x"}, "versions": {"numpy": "2"}}
    page = exports_page(
        {
            **place,
            "folder": "mine",
            "presets": ["plain"],
            "most_rows": 2000,
            "time_limit": None,
            "exports": rows,
        }
    )
    assert "forpass bench exports mine --presets plain --out" in page
    assert all(f"\n- {form.name}: {form.asked}\n" in page for form in FORMS.values())
    assert "| small | 3.0e-07 |" in page
    assert "| small | not carried out |" in page
    assert "| plain | 2.5 + 100 kB, 4 us | 2.5 + 100 kB, 4 us |" in page
    assert "| plain | 200 us, 1 kB | 1000 us, 2 kB | -, 3 kB |" in page
