"""What goes into a chart comes out of it; how charts look, and how they are saved."""

import builtins
import json
import math

import numpy as np
import pytest
from in_charts import rows_in, subtitle, text_of

import forpass as fp
from forpass import charts
from forpass.api.partial_dependence import PartialDependence
from forpass.charts.drawing import MOST_POINTS
from forpass.charts.theme import GROUNDS
from forpass.errors import DataError, InputError
from forpass.model.history import EpochRecord, History
from forpass.model.importance import Importance
from forpass.model.reliability import Reliability
from forpass.model.tried import Tried


@pytest.fixture(autouse=True)
def _altair_is_there():
    pytest.importorskip("altair", reason="altair is not installed (the extra plot)")


def history(n=20, start=1.0, validation=True, metric=None):
    return History(
        EpochRecord(
            epoch,
            3 * epoch,
            start / epoch,
            0.0,
            0.01,
            0.1 * epoch,
            metric=metric,
            validation_loss=start * (0.2 + (epoch - 7) ** 2) if validation else None,
            validation_metric=1.0 - 0.01 * (epoch - 9) ** 2 if metric else None,
        )
        for epoch in range(1, n + 1)
    )


T = np.random.default_rng(0).normal(size=50)
EXPLANATION = fp.Explanation(
    7, "가격", False, 7.5, 10.0, ("크기", "b"), ("95", None), (-4.0, 1.5), (0.5, 0.25), 3, 40, 121
)


def sizes():
    heard = fp.Sizes()
    data = fp.Data(T[:, None], targets=T)
    fp.train(fp.multilayer(1, [3], 1, "squared"), fp.TrainingSpec(epochs=2), data, listener=heard)
    return heard


DRAWINGS = {
    "sizes": lambda: charts.sizes_over_time(sizes()),
    "learning curve": lambda: charts.learning_curve(history(metric="accuracy")),
    "learning curves": lambda: charts.learning_curve([history(), history(9, 2.0)]),
    "predicted": lambda: charts.predicted_against_true(T, T + 0.1, unit="km"),
    "residuals": lambda: charts.residuals(T, T[::-1]),
    "confusion": lambda: charts.confusion_matrix(list("aabbc"), list("abbbc")),
    "roc": lambda: charts.roc_curve(list("aabbcc"), np.eye(3)[[0, 1, 1, 1, 2, 0]]),
    "precision": lambda: charts.precision_recall_curve([0, 1, 0, 1], [0.1, 0.3, 0.4, 0.8]),
    "reliability": lambda: charts.reliability_diagram(Reliability("x", (3.0, 2.0), (0.2, 0.9), (0.1, 1.0))),
    "importance": lambda: charts.importance(Importance("r2", 0.9, ("a", "b"), (0.7, 0.2), (0.1, 0.0), 40, 5)),
    "dependence": lambda: charts.partial_dependence(
        PartialDependence("a", (1.0, 2.0), ("x", "y", "z"), np.eye(3)[:2], rows=9)
    ),
    "waterfall": lambda: charts.waterfall(EXPLANATION),
    "figures": lambda: charts.figures(fp.Evaluation(9, {"network": {"r2": 0.9}, "dummy": {"r2": -0.1}})),
    "images": lambda: charts.weight_images(np.eye(4), (2, 2)),
    "candidates": lambda: charts.candidates([Tried("wide", "8-9-1", 1, 20, 5, 0.31, 0.02, 0.3, 0.75, 12.0)]),
    "intervals": lambda: charts.intervals(T, T - 1.0, T + np.where(T > 1.0, -0.5, 1.0), coverage=0.9),
}


# --- all of them ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_chart_has_a_title_named_axes_and_words_for_who_cannot_see_it(name):
    chart = DRAWINGS[name]()
    described = chart.to_dict()
    assert described["title"]["text"] and described["description"].startswith(described["title"]["text"])
    assert "NaN" not in text_of(chart)


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_chart_says_no_colour_itself(name):
    """So that another configuration changes all of it."""
    described = charts.themed(DRAWINGS[name](), "dark").to_dict()
    assert described["config"]["range"]["category"] == list(GROUNDS["dark"].colours)
    rest = json.dumps({key: part for key, part in described.items() if key not in ("config", "datasets")})
    assert "#" not in rest and "rgb(" not in rest


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_letters_and_the_first_colours_stand_out_on_their_ground(theme):
    """By WCAG 2.2: 4.5 for letters, 3 for what is drawn."""
    ground = GROUNDS[theme]
    assert contrast(ground.ink, ground.paper) > 7 and contrast(ground.faint, ground.paper) > 4.5
    assert min(contrast(colour, ground.paper) for colour in ground.colours[:3]) > 3


def test_what_is_asked_wrongly_is_named():
    chart = charts.predicted_against_true([1.0], [2.0])
    with pytest.raises(InputError, match=r"theme of charts.*light"):
        charts.themed(chart, "lihgt")
    with pytest.raises(InputError, match=r"saved as .html, .json, .png, .svg; got 'chart.pdf'"):
        charts.save(chart, "chart.pdf")


# --- files ---------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("name", DRAWINGS)
def test_a_chart_is_saved_as_picture_without_a_browser(name, tmp_path):
    pytest.importorskip("vl_convert", reason="vl-convert is not installed (the extra plot)")
    chart = DRAWINGS[name]()
    picture = charts.save(chart, tmp_path / "chart.png", theme="dark").read_bytes()
    assert picture.startswith(b"\x89PNG") and len(picture) > 5_000
    svg = charts.save(chart, tmp_path / "chart.svg", theme="page").read_text(encoding="utf-8")
    assert svg.startswith("<svg role=") and "var(--ink)" in svg
    assert chart.to_dict()["title"]["text"] in svg.partition(">")[0]  # the text alternative


@pytest.mark.slow
def test_a_page_needs_no_network_and_json_is_the_chart(tmp_path):
    pytest.importorskip("vl_convert", reason="vl-convert is not installed (the extra plot)")
    chart = charts.predicted_against_true([1.0, 2.0], [1.5, 2.0])
    page = charts.save(chart, tmp_path / "chart.html").read_text(encoding="utf-8")
    assert "<script src=" not in page and "import(" not in page and "predicted value" in page
    saved = charts.save(chart, tmp_path / "chart.json").read_text(encoding="utf-8")
    assert json.loads(saved) == chart.to_dict()


def without(monkeypatch, missing):
    imported = builtins.__import__

    def importing(name, *rest):
        if name == missing:
            raise ImportError(name)
        return imported(name, *rest)

    monkeypatch.setattr(builtins, "__import__", importing)


def test_without_altair_the_line_that_installs_it_is_said(monkeypatch):
    without(monkeypatch, "altair")
    with pytest.raises(InputError, match=r'pip install "forpass\[plot\]"'):
        charts.predicted_against_true([1.0], [2.0])


def test_without_vl_convert_the_line_that_installs_it_is_said(monkeypatch, tmp_path):
    chart = charts.predicted_against_true([1.0], [2.0])
    without(monkeypatch, "vl_convert")
    with pytest.raises(InputError, match=r'vl-convert; .*pip install "forpass\[plot\]"'):
        charts.save(chart, tmp_path / "chart.png")
    assert not any(tmp_path.iterdir())


# --- learning ------------------------------------------------------------------------------------


def test_losses_are_drawn_as_they_were_and_the_best_epoch_is_marked():
    one = history(metric="accuracy")
    chart = charts.learning_curve(one)
    drawn = [row for row in rows_in(chart, "epoch", "value", "rows") if "said" not in row]
    for kind in ("training", "validation"):
        losses = [getattr(record, f"{kind}_loss") for record in one]
        assert [row["value"] for row in drawn if row["rows"] == kind][: len(one)] == losses
    assert {row["said"] for row in rows_in(chart, "said")} == {"epoch 7", "epoch 9"}  # of loss, of accuracy
    assert "Least validation loss: 0.2, epoch 7." in subtitle(chart)
    assert "Greatest validation accuracy: 1, epoch 9." in subtitle(chart)


def test_an_error_is_best_where_it_is_least():
    chart = charts.learning_curve(history(metric="mean_absolute_error"))
    assert "Least validation mean absolute error: -0.21, epoch 20." in subtitle(chart)


def test_without_validation_rows_the_training_loss_is_drawn():
    chart = charts.learning_curve(history(validation=False))
    assert {row["rows"] for row in rows_in(chart, "rows")} == {"training"}
    assert "Least training loss: 0.05, epoch 20." in subtitle(chart)


def test_several_networks_have_a_line_each():
    chart = charts.learning_curve({"narrow": history(5), "wide": history(9, 2.0)})
    lines = rows_in(chart, "network", "value")
    assert {row["network"] for row in lines} == {"narrow", "wide"}
    assert {row["rows"] for row in lines} == {"validation"}
    assert "0.4 to 4.2, at epochs 5 to 7" in subtitle(chart)


def test_networks_that_watch_no_rows_end_where_they_end():
    chart = charts.learning_curve([history(5, validation=False), history(9, 2.0, validation=False)])
    last = [
        history(5, validation=False)[-1].training_loss,
        history(9, 2.0, validation=False)[-1].training_loss,
    ]
    assert f"in its last epoch: {min(last):.4g} to {max(last):.4g}" in subtitle(chart)
    assert all(layer["mark"].get("style") != "chosen" for layer in chart.to_dict()["layer"])


def test_an_ensemble_has_a_line_for_each_of_its_networks():
    rng = np.random.default_rng(0)
    x = rng.normal(size=80)
    model = fp.train_table({"x": x, "y": np.sin(3 * x)}, "y", preset="fast", time_limit=20)
    networks = [member for member in model.members if member.history]
    assert networks
    assert len({row["network"] for row in rows_in(charts.learning_curve(model), "network")}) == len(networks)


def test_many_networks_are_drawn_without_names():
    chart = charts.learning_curve([history() for _ in range(12)])
    assert all("color" not in layer["encoding"] for layer in chart.to_dict()["layer"])
    assert len({row["network"] for row in rows_in(chart, "network")}) == 12


@pytest.mark.parametrize("validation", [True, False])
def test_one_epoch_is_a_dot(validation):
    chart = charts.learning_curve(history(1, validation=validation))
    assert '"point": true' in text_of(chart) and "epoch 1." in subtitle(chart)


def test_a_loss_that_is_no_number_is_not_drawn():
    records = (
        EpochRecord(i, i, value, 0.0, 0.1, 0.0) for i, value in ((1, 2.0), (2, math.nan), (3, math.inf))
    )
    chart = charts.learning_curve(History(records))
    assert [row["value"] for row in rows_in(chart, "value")][:3] == [2.0, None, None]
    assert "Least training loss: 2, epoch 1." in subtitle(chart)
    nowhere = charts.learning_curve(History([EpochRecord(1, 1, math.nan, 0.0, 0.1, 0.0)]))
    assert "No finite loss." in subtitle(nowhere) and text_of(nowhere)


def test_what_is_no_history_is_refused():
    with pytest.raises(DataError, match="takes a History"):
        charts.learning_curve([1.0, 2.0])
    with pytest.raises(DataError, match="at least one epoch"):
        charts.learning_curve(History())


# --- values --------------------------------------------------------------------------------------


def test_every_pair_of_values_is_drawn_as_it_is():
    chart = charts.predicted_against_true([1.0, 2.5, 4.0], np.array([[1.5], [2.0], [4.5]]), unit="km")
    points = rows_in(chart, "true", "predicted")
    assert [(row["true"], row["predicted"]) for row in points if row["true"] in (1.0, 2.5, 4.0)] == [
        (1.0, 1.5),
        (2.5, 2.0),
        (4.0, 4.5),
    ]
    assert "true value [km]" in text_of(chart) and "mean absolute error 0.5 km" in subtitle(chart)


@pytest.mark.slow
def test_a_hundred_thousand_points_are_sampled_and_it_says_so():
    t = np.linspace(0.0, 1.0, 100_000)
    for chart in (charts.predicted_against_true(t, t**2), charts.residuals(t, t**2)):
        assert f"{MOST_POINTS:,} of 100,000 rows are drawn" in subtitle(chart)
        assert "100,000 rows" in subtitle(chart)  # figures are of all of them
        assert len(text_of(chart)) < 300_000


def test_rows_without_a_number_are_left_out_and_counted():
    chart = charts.residuals([1.0, math.nan, 3.0, 4.0], [1.5, 2.0, math.inf, 3.0])
    assert [row["residual"] for row in rows_in(chart, "predicted", "residual")] == [-0.5, 1.0]
    assert "2 rows without a finite number are left out." in subtitle(chart)
    with pytest.raises(DataError, match="nothing to draw"):
        charts.residuals([math.nan], [1.0])


def test_residuals_are_counted_by_their_size():
    chart = charts.residuals(np.arange(100.0), np.zeros(100))
    bars = rows_in(chart, "from", "to", "n")
    assert sum(bar["n"] for bar in bars) == 100 and bars[0]["from"] == 0.0 and bars[-1]["to"] == 99.0


def test_a_prediction_that_is_always_the_same_is_drawn():
    assert "R2" not in subtitle(charts.predicted_against_true([2.0, 2.0], [2.0, 2.0]))


def test_an_interval_holds_its_ends_and_says_its_share():
    chart = charts.intervals([1.0, 2.0, 3.0, 9.0], [0.0, 2.0, 1.0, 1.0], [2.0, 4.0, 3.0, 2.0], coverage=0.9)
    rows = {row["true"]: row["true value"] for row in rows_in(chart, "low", "high")}
    assert rows == {1.0: "inside", 2.0: "inside", 3.0: "inside", 9.0: "outside"}
    assert "3 of 4 true values are inside: 75.0 %; asked for were 90 %" in subtitle(chart)
    assert "mean width 1.75" in subtitle(chart)


def test_columns_of_other_lengths_and_words_are_refused():
    with pytest.raises(DataError, match="truth 1, predictions 2"):
        charts.residuals([1.0], [1.0, 2.0])
    with pytest.raises(DataError, match="truth must be numbers"):
        charts.residuals(["a"], [1.0])
    with pytest.raises(DataError, match=r"got shape \(1, 2\)"):
        charts.residuals([[1.0, 2.0]], [1.0])
    with pytest.raises(DataError, match="must be finite"):
        charts.intervals([1.0], [math.nan], [2.0])
