"""`plot` where one looks for it: results that draw themselves, and everything that a report holds."""

import ast
from pathlib import Path

import numpy as np
import pytest
from in_charts import rows_in, subtitle, text_of

import forpass as fp
from forpass import charts
from forpass.api.partial_dependence import PartialDependence
from forpass.errors import DataError
from forpass.model.history import History
from forpass.model.reliability import Reliability
from forpass.model.report import Report
from forpass.model.tried import Tried

SOURCES = Path(fp.__file__).parent


@pytest.fixture(autouse=True)
def _altair_is_there():
    pytest.importorskip("altair", reason="altair is not installed (the extra plot)")


IMPORTANCE = fp.Importance("r2", 0.9, ("a", "b"), (0.7, 0.2), (0.1, 0.0), 40, 5)
RELIABILITY = Reliability("all labels", (30.0, 10.0), (0.25, 0.75), (0.5, 1.0))
EVALUATION = fp.Evaluation(
    1200,
    {
        "network": {"accuracy": 0.9, "log_loss": 0.25, "recall": 0.8},
        "linear": {"accuracy": 0.8, "log_loss": 0.5, "recall": 0.7},
        "dummy": {"accuracy": 0.6, "log_loss": 0.75, "recall": float("nan")},
    },
    metric="log_loss",
    reliability=RELIABILITY,
)
TRIED = (Tried("wide", "8-9-1", 1, 20, 5, 0.31, 0.02, 0.3, 0.75, 12.0),)
RESULTS = {
    "history": (History([fp.EpochRecord(i, i, 1.0 / i, 0.0, 0.1, 0.0) for i in (1, 2)]), "learning_curve"),
    "reliability": (RELIABILITY, "reliability_diagram"),
    "importance": (IMPORTANCE, "importance"),
    "evaluation": (EVALUATION, "report"),
    "report": (Report("a network", evaluation=EVALUATION), "report"),
    "dependence": (PartialDependence("a", (1.0, 2.0), ("x",), np.eye(2)[:, :1], 9), "partial_dependence"),
    "explanation": (
        fp.Explanation(7, "y", False, 7.0, 8.0, ("a",), ("1",), (-1.0,), (0.0,), 0, 9, 9),
        "waterfall",
    ),
}


@pytest.mark.parametrize("name", RESULTS)
def test_a_result_draws_itself_as_its_chart_does(name):
    result, chart = RESULTS[name]
    expected = getattr(charts, chart)(result, title="Mine").to_dict()
    assert result.plot(title="Mine").to_dict() == expected
    assert expected["title"]["text"] == "Mine"


def test_only_plots_and_reports_go_the_way_up():
    """Whoever else needs what stands above belongs above it."""
    reaching = {}
    for path in sorted(SOURCES.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if "above import" not in text and 'import_module("forpass' not in text:
            continue
        tree = ast.parse(text)
        methods = {"drawn": "plot", "reported": "report"}
        plots = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name in methods.values()]
        within = {id(n) for plot in plots for n in ast.walk(plot)}
        calls = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id in methods]
        reaching[path.relative_to(SOURCES).as_posix()] = all(id(call) in within for call in calls)
    assert reaching.pop("above.py")
    models = {"model/ensemble.py", "model/trained.py"}
    assert len(reaching) == len(RESULTS) + len(models) and models <= reaching.keys()
    assert all(reaching.values()), reaching


# --- figures and reports -------------------------------------------------------------------------


def test_figures_stand_beside_those_without_a_network():
    chart = charts.figures(EVALUATION)
    panels = chart.to_dict()["concat"]
    assert [panel["title"]["text"] for panel in panels] == ["log loss", "accuracy", "recall"]
    assert [panel["title"]["subtitle"][:4] for panel in panels] == ["less", "more", "more"]
    shown = [(row["way"], row["value"], row["figure"]) for row in rows_in(chart.concat[0], "way")]
    assert shown[:3] == [("network", 0.25, "0.2500"), ("linear", 0.5, "0.5000"), ("dummy", 0.75, "0.7500")]
    undefined = [(row["value"], row["figure"]) for row in rows_in(chart.concat[2], "way")][2]
    assert undefined == (None, "undefined")
    assert "1,200 rows" in subtitle(chart)
    with pytest.raises(DataError, match=r"forpass\.evaluate"):
        charts.figures(0.9)


def test_figures_that_are_all_undefined_are_named():
    chart = charts.figures(fp.Evaluation(1, {"network": {"r2": float("nan")}}))
    assert rows_in(chart, "way")[0]["figure"] == "undefined" and text_of(chart)


def test_a_report_has_all_that_was_found():
    whole = Report("a network", True, EVALUATION, EVALUATION, "fast", TRIED, importance=IMPORTANCE)
    described = charts.report(whole).to_dict()
    lines = [[part["title"]["text"] for part in line.get("hconcat", [line])] for line in described["vconcat"]]
    assert lines == [
        ["Out of fold"],
        ["On test rows"],
        ["Reliability", "Importance of columns"],
        ["Candidates of the recipe"],
    ]
    assert "config" not in described["vconcat"][0] and described["config"]["background"] == "#ffffff"
    assert "expected calibration error 0.2500" in described["description"]


def test_a_report_without_figures_says_how_to_get_some():
    with pytest.raises(DataError, match="was not measured"):
        charts.report(Report("a network"))
    with pytest.raises(DataError, match=r"model\.report"):
        charts.report(0.5)


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "page"])
def test_a_report_is_saved_as_a_picture(theme, tmp_path):
    pytest.importorskip("vl_convert", reason="vl-convert is not installed (the extra plot)")
    whole = Report("a network", True, EVALUATION, None, "fast", TRIED, importance=IMPORTANCE)
    svg = charts.save(whole.plot(), tmp_path / "report.svg", theme=theme).read_text(encoding="utf-8")
    assert "Candidates of the recipe" in svg and "log loss" in svg
