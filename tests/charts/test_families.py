"""What goes into charts of classes, columns, networks, recipes and surfaces comes out of them."""

import numpy as np
import pytest
from in_charts import rows_in, subtitle, text_of

import forpass as fp
from forpass import charts
from forpass.api.partial_dependence import PartialDependence
from forpass.engines.reference.tape import Tape
from forpass.errors import DataError, UnknownNameError
from forpass.model.importance import Importance
from forpass.model.reliability import Reliability
from forpass.model.tried import Tried


@pytest.fixture(autouse=True)
def _altair_is_there():
    pytest.importorskip("altair", reason="altair is not installed (the extra plot)")


# --- classes -------------------------------------------------------------------------------------


def test_rows_are_counted_by_true_and_decided_class():
    chart = charts.confusion_matrix([1, 1, 2, 2, 2], [1.0, 2.0, 2.0, 2.0, 1.0], classes=[2, 1, 3])
    counts = {(row["true"], row["decided"]): row["rows"] for row in rows_in(chart, "true", "decided")}
    assert counts == {
        **{(a, b): 0 for a in "123" for b in "123"},
        ("1", "1"): 1,
        ("1", "2"): 1,
        ("2", "2"): 2,
        ("2", "1"): 1,
    }
    assert "3 of 5 rows are right: 60.0 %" in subtitle(chart)
    shares = [row["share"] for row in rows_in(chart, "share") if row["true"] == "3"]
    assert set(shares) == {0.0}  # of a class without rows


@pytest.mark.slow
def test_of_many_classes_cells_have_no_figures_and_the_worst_curves_have_names():
    letters = [chr(65 + i) for i in range(26)]
    rng = np.random.default_rng(0)
    t = np.tile(np.arange(26), 8)
    P = 0.5 * np.eye(26)[t] + rng.dirichlet(np.ones(26), len(t))
    truth = [letters[i] for i in t]
    matrix = charts.confusion_matrix(truth, [letters[i] for i in P.argmax(axis=1)])
    assert len(matrix.to_dict()["layer"]) == 1 and len(rows_in(matrix, "true")) == 26 * 26
    for chart in (charts.roc_curve(truth, P), charts.precision_recall_curve(truth, P)):
        assert "the 6 lowest of 26 classes are named" in subtitle(chart)
        assert len({row["class"] for row in rows_in(chart, "class")}) == 26


def test_a_roc_curve_has_the_points_that_scores_make():
    chart = charts.roc_curve(["no", "yes", "no", "yes"], [[0.9, 0.1], [0.6, 0.4], [0.6, 0.4], [0.2, 0.8]])
    points = [(row["x"], row["y"]) for row in rows_in(chart, "class")]
    assert points == [(0.0, 0.0), (0.0, 0.5), (0.5, 1.0), (1.0, 1.0)]
    assert "0.875, of class yes" in subtitle(chart)


def test_a_class_without_rows_is_said():
    P = np.array([[0.6, 0.3, 0.1], [0.2, 0.7, 0.1], [0.5, 0.4, 0.1]])
    chart = charts.roc_curve(["a", "b", "a"], P, classes=["a", "b", "c"])
    assert "1 of 3 classes have no rows to be told apart" in subtitle(chart)
    with pytest.raises(DataError, match="3 columns for 2 classes"):
        charts.roc_curve(["a", "b", "a"], P)
    with pytest.raises(DataError, match="only one class"):
        charts.roc_curve([1, 1], [0.2, 0.3], classes=[0, 1])


def test_classes_and_probabilities_that_do_not_fit_are_refused():
    with pytest.raises(DataError, match="'c' is none of the classes a, b"):
        charts.confusion_matrix(["a", "c"], ["a", "b"], classes=["a", "b"])
    with pytest.raises(DataError, match="truth 1, decided 2"):
        charts.confusion_matrix(["a"], ["a", "b"])
    with pytest.raises(DataError, match="must be finite"):
        charts.roc_curve([0, 1], [0.5, np.nan])
    with pytest.raises(DataError, match="two classes; truth has 3"):
        charts.roc_curve([0, 1, 2], [0.1, 0.2, 0.3])


def test_a_reliability_diagram_has_its_bins_and_error():
    found = Reliability("all labels", (30.0, 10.0), (0.25, 0.75), (0.5, 1.0))
    chart = charts.reliability_diagram(found)
    bins = [(row["rows"], row["predicted"], row["observed"]) for row in rows_in(chart, "rows")]
    assert (30.0, 0.25, 0.5) in bins and (10.0, 0.75, 1.0) in bins
    assert "expected calibration error 0.2500" in subtitle(chart)
    with pytest.raises(DataError, match="without any"):
        charts.reliability_diagram(0.5)


# --- columns -------------------------------------------------------------------------------------


def test_importance_has_means_and_spreads_of_the_most_needed_columns():
    names = tuple(f"column {i}" for i in range(25))
    found = Importance("r2", 0.9, names, tuple(np.linspace(1.0, -0.2, 25)), (0.5,) * 25, 40, 5, unmeasured=3)
    chart = charts.importance(found)
    rows = {row["column"]: row for row in rows_in(chart, "column")}
    assert list(rows) == list(names[:20])
    assert (rows["column 0"]["from"], rows["column 0"]["to"]) == (0.5, 1.5)
    assert "5 columns that are needed less" in subtitle(chart)
    assert "for 3 columns there was no time" in subtitle(chart)
    with pytest.raises(DataError, match=r"forpass\.importance"):
        charts.importance({"a": 1.0})


def test_partial_dependence_is_a_line_of_numbers_and_dots_of_words():
    numbers = PartialDependence("size", (1.0, 2.5), ("price",), np.array([[3.0], [4.0]]), rows=7)
    chart = charts.partial_dependence(numbers, unit="€")
    assert [(row["value"], row["mean"]) for row in rows_in(chart, "mean")] == [(1.0, 3.0), (2.5, 4.0)]
    assert "mean price [€]" in text_of(chart).encode().decode("unicode_escape")
    words = PartialDependence(
        "town", ("ulm", "bonn"), ("no", "yes"), np.array([[0.8, 0.2], [0.4, 0.6]]), rows=7
    )
    chart = charts.partial_dependence(words)
    assert [(row["value"], row["mean"]) for row in rows_in(chart, "mean")] == [("ulm", 0.2), ("bonn", 0.6)]
    many = PartialDependence("x", (0, 1), tuple("abcdefgh"), np.outer([0, 1], np.arange(8)) / 28, rows=7)
    chart = charts.partial_dependence(many)
    assert {row["name"] for row in rows_in(chart, "name")} == set("cdefgh")
    assert "6 of 8, those that move most" in subtitle(chart)


def explanation(shares, errors=(), values=()):
    n, base = len(shares), 10.0
    names = tuple(f"column {i}" for i in range(n))
    return fp.Explanation(
        5,
        "price",
        False,
        base + sum(shares),
        base,
        names,
        tuple(values or map(str, range(n))),
        tuple(shares),
        tuple(errors or (0.0,) * n),
        4 if errors else 0,
        40,
        99,
    )


def test_a_waterfall_leads_from_the_mean_to_the_prediction():
    chart = charts.waterfall(explanation([-4.0, 1.5], values=("red", None)), unit="€")
    bars = rows_in(chart, "a column")[:2]
    assert [(b["column"], b["from"], b["to"], b["contribution"], b["a column"]) for b in bars] == [
        ("column 0 = red", 10.0, 6.0, "\N{MINUS SIGN}4.0000", "lowers it"),
        ("column 1 is missing", 6.0, 7.5, "+1.5000", "raises it"),
    ]
    lines = [row for row in rows_in(chart, "contribution") if "a column" not in row]
    assert [(r["place"], r["column"], r["contribution"]) for r in lines[-2:]] == [
        (0, "mean of 40 background rows", "10.00"),
        (3, "prediction", "7.50"),
    ]
    joints = [(row["place"], row["next"], row["from"]) for row in rows_in(chart, "next")]
    assert joints == [(0, 1, 10.0), (1, 2, 6.0), (2, 3, 7.5)]
    assert subtitle(chart) == "price 7.50, 2.5000 below the mean of 10.00"
    assert "price [\\u20ac]" in text_of(chart)
    with pytest.raises(DataError, match=r"forpass\.explain"):
        charts.waterfall({"column 0": 1.0})


def test_a_waterfall_has_standard_errors_where_not_all_orders_were_tried():
    chart = charts.waterfall(explanation([3.0, -1.0], errors=[0.5, 0.25]))
    assert {(row["low"], row["high"]) for row in rows_in(chart, "a column")} == {(12.5, 13.5), (11.75, 12.25)}
    assert "± standard error" in subtitle(chart)
    drawn = [layer["mark"].get("style") for layer in chart.to_dict()["layer"]]
    assert "spread" in drawn
    exact = charts.waterfall(explanation([3.0, -1.0])).to_dict()["layer"]
    assert "spread" not in [layer["mark"].get("style") for layer in exact]


@pytest.mark.parametrize(("columns", "bars"), [(11, 11), (12, 11), (21, 11)])
def test_columns_beyond_ten_have_one_bar_together(columns, bars):
    shares = [2.0**-i for i in range(columns)]
    chart = charts.waterfall(explanation(shares))
    drawn = rows_in(chart, "a column")[:bars]
    assert len({row["place"] for row in rows_in(chart, "a column")}) == bars
    assert drawn[-1]["to"] == pytest.approx(10.0 + sum(shares), rel=1e-15)
    assert (drawn[-1]["column"] == f"{columns - 10} other columns") == (columns > 11)


def test_a_waterfall_of_a_prediction_that_no_column_changes():
    chart = charts.waterfall(explanation([0.0, 0.0]))
    assert subtitle(chart) == "price 10.00, which is the mean of 10.00"


# --- networks and recipes ------------------------------------------------------------------------


def tape_of(activation, A):
    tape = Tape()
    tape.record("A1", np.asarray(A, float), f"{activation}(Z1)", "layer 2", 2, "forward", ["Z1"])
    return tape


def test_dead_and_saturated_units_stand_out():
    chart = charts.activations(tape_of("relu", [[0.0, 1.0], [0.0, 0.5], [0.0, 0.0]]))
    assert {row["unit"]: row["unit is"][:4] for row in rows_in(chart, "unit")} == {1: "dead", 2: "lear"}
    assert "1 dead and 0 saturated of 2 units" in subtitle(chart)
    chart = charts.activations(tape_of("tanh", [[0.999, 0.2], [-0.999, 0.999]]))
    found = {
        row["unit"]: (row["unit is"][:4], row["least"], row["greatest"]) for row in rows_in(chart, "unit")
    }
    assert found == {1: ("satu", -0.999, 0.999), 2: ("lear", 0.2, 0.999)}


def test_of_a_wide_layer_some_units_are_drawn():
    chart = charts.activations(tape_of("relu", np.ones((3, 100))))
    assert (
        "64 units are drawn" in subtitle(chart) and len({row["unit"] for row in rows_in(chart, "unit")}) == 64
    )
    with pytest.raises(DataError, match="no activation"):
        charts.activations(Tape())


def test_weights_are_drawn_at_their_pixels():
    chart = charts.weight_images(np.arange(12.0).reshape(6, 2), (2, 3))
    found = {(row["unit"], row["x"], row["y"]): row["weight"] for row in rows_in(chart, "weight")}
    assert len(found) == 12 and found[2, 1, 1] == 9.0
    with pytest.raises(DataError, match=r"no image of 2 x 2"):
        charts.weight_images(np.zeros((6, 2)), (2, 2))


def test_sizes_of_weights_are_those_of_the_model():
    data = fp.Data([[0.0], [1.0], [2.0]], targets=[0.0, 1.0, 2.0])
    model = fp.train(fp.multilayer(1, [4], 1, "squared"), fp.TrainingSpec(epochs=3), data)
    rows = {row["block"].split()[0]: row for row in rows_in(charts.weight_sizes(model), "block")}
    assert list(rows) == list(model.weights)
    W = model.weights["W1"].astype(float)
    assert rows["W1"]["root mean square"] == pytest.approx(np.sqrt(np.mean(W**2)), rel=1e-12)
    with pytest.raises(DataError, match="a member"):
        charts.weight_sizes(None)


def test_sizes_over_time_are_those_that_were_kept():
    sizes, data = fp.Sizes(), fp.Data([[0.0], [1.0], [2.0]], targets=[0.0, 1.0, 2.0])
    fp.train(fp.multilayer(1, [4, 3], 1, "squared"), fp.TrainingSpec(epochs=3), data, listener=sizes)
    chart = charts.sizes_over_time(sizes)
    rows = rows_in(chart, "layer", "value")
    assert {row["layer"] for row in rows} == {"W1  1x4", "W2  4x3", "W3  3x1"}
    for kind in ("weights", "gradients", "updates"):
        drawn = {
            row["epoch"]: row["value"] for row in rows if row["size of"] == kind and "W2" in row["layer"]
        }
        kept = {record.epoch: getattr(record, kind).get("W2") for record in sizes.records}
        assert drawn == {epoch: value for epoch, value in kept.items() if value}
    with pytest.raises(DataError, match="without any"):
        charts.sizes_over_time(fp.Sizes())


def test_of_a_deep_network_twelve_layers_are_drawn():
    sizes, data = fp.Sizes(), fp.Data([[0.0], [1.0], [2.0]], targets=[0.0, 1.0, 2.0])
    fp.train(fp.multilayer(1, [2] * 15, 1, "squared"), fp.TrainingSpec(epochs=1), data, listener=sizes)
    chart = charts.sizes_over_time(sizes)
    layers = chart.to_dict()["facet"]["sort"]
    assert len(layers) == 12 and layers[0][:4] == "W1  " and layers[-1][:4] == "W16 "
    assert "12 of 16 layers are drawn" in subtitle(chart)


def test_candidates_have_their_loss_seconds_and_fate():
    tried = [
        Tried("wide", "8-256-1", 1, 20, 5, 0.31, 0.02, 0.30, 0.75, 12.0),
        Tried("wide", "8-256-1", 2, 40, 5, 0.30, 0.02, 0.28, 0.0, 24.0),
        Tried("odd", "8-4-1", 1, 20, 2, 0.9, 0.1, 0.8, 0.0, 1.0, dropped=True),
    ]
    chart = charts.candidates(tried)
    found = [(row["seconds"], row["expected loss"], row["candidate is"]) for row in rows_in(chart, "rung")][
        :3
    ]
    assert found == [(12.0, 0.3, "in the blend"), (24.0, 0.28, "left out"), (1.0, 0.8, "dropped early")]
    assert "least expected loss 0.28: wide, 40 epochs" in subtitle(chart)
    with pytest.raises(DataError, match="without a recipe"):
        charts.candidates([])


@pytest.mark.slow
def test_a_decision_surface_shows_what_the_model_predicts():
    iris = fp.load_dataset("iris")
    model = fp.train_table(iris.frame, iris.target, epochs=10, preset="plain")
    x, y = "petal length (cm)", "petal width (cm)"
    chart = charts.decision_surface(model, iris.frame, x, y, target=iris.target)
    cells = rows_in(chart, "predicted")
    assert len(cells) == 48 * 48 and "middle or commonest" in subtitle(chart)
    others = {"sepal length (cm)": 5.8, "sepal width (cm)": 3.0}  # the medians
    some = cells[:: len(cells) // 9]
    at = {x: [(c["x"] + c["x2"]) / 2 for c in some], y: [(c["y"] + c["y2"]) / 2 for c in some]}
    again = model.predict(at | {key: [value] * len(some) for key, value in others.items()})
    assert [cell["predicted"] for cell in some] == list(again)
    with pytest.raises(UnknownNameError, match="column of the table"):
        charts.decision_surface(model, iris.frame, x, "petal wdth")
    beside = {**iris.frame, "tags": [[1]] * 150}
    assert charts.decision_surface(model, beside, x, y, target=iris.target).to_dict() == chart.to_dict()
    with pytest.raises(DataError, match="not of numbers"):
        charts.decision_surface(model, iris.frame, x, iris.target)
