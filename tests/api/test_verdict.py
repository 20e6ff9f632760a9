"""Whether a network earns its place: intervals that hold what they should, and the sentence they give."""

import numpy as np
import pytest

import forpass as fp
from forpass.api.bootstrap import compared, interval_of
from forpass.api.evaluation import figures_of, measured
from forpass.api.metrics import TargetMeaning, metric_for
from forpass.clock import Clock
from forpass.maths.metrics import METRICS
from forpass.model.comparison import Comparison
from forpass.preprocessing import TargetSpec
from forpass.preprocessing.units import Unit

VALUES = TargetSpec("regression", ("y",), unit=Unit((0.0,), (1.0,)))
CLASSES = TargetSpec("classification", ("y",), classes=("no", "yes"))


def scores_of_values(P):
    return fp.Scores(fp.Head("squared"), P[:, None])


def scores_of_classes(P):
    return fp.Scores.of_predictions(fp.Head("sigmoid_cross_entropy"), P[:, None])


def rows_of_classes(n, seed=0, weights=None):
    """Rows of which one way to predict knows a little more than the other."""
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < 0.5) * 1.0
    ours = np.clip(0.5 + (y - 0.5) * 0.4 + rng.normal(scale=0.2, size=n), 0.02, 0.98)
    theirs = np.clip(0.5 + (y - 0.5) * 0.3 + rng.normal(scale=0.2, size=n), 0.02, 0.98)
    data = fp.Data(np.zeros((n, 1)), targets=y[:, None], weights=weights)
    return data, {"network": scores_of_classes(ours), "linear": scores_of_classes(theirs)}


def comparison(target, data, ways, **more):
    figures = {way: figures_of(target, data, scores) for way, scores in ways.items()}
    return compared(target, data, ways, figures, **{"seed": 0, **more})


def per_row(data, ways):
    return ways["network"].losses(data.targets) - ways["linear"].losses(data.targets)


@pytest.mark.parametrize("n", [60, 400, 20_000])
def test_the_interval_of_a_mean_is_that_of_the_normal_distribution(n):
    data, ways = rows_of_classes(n)
    found, d = comparison(CLASSES, data, ways), per_row(data, ways)
    assert found.difference == pytest.approx(d.mean(), rel=1e-6)
    half = 1.96 * d.std(ddof=1) / np.sqrt(n)
    # a quantile of 1,000 replicates is known to 1 / (phi(1.96) sqrt(1000 / (0.025 * 0.975))) = 8 % of a
    # standard error, two of them and the sizes of 500 heaps to a few per cent of the width
    assert found.high - found.low == pytest.approx(2 * half, rel=0.12)
    assert (found.high + found.low) / 2 == pytest.approx(d.mean(), abs=0.15 * half)
    assert (found.units, found.unit, found.metric) == (n, "rows", "log_loss")


@pytest.mark.slow
def test_it_holds_the_truth_as_often_as_it_says():
    """Of 95 % intervals of a difference that is 0 about 5 % do not hold 0."""
    outcomes = []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        y, noise = (rng.random(80) < 0.5) * 1.0, rng.normal(scale=0.1, size=(2, 80))
        ours, theirs = np.clip(0.5 + (y - 0.5) * 0.4 + noise, 0.02, 0.98)
        data = fp.Data(np.zeros((80, 1)), targets=y[:, None])
        ways = {"network": scores_of_classes(ours), "linear": scores_of_classes(theirs)}
        outcomes.append(comparison(CLASSES, data, ways).outcome)
    apart = sum(outcome in ("better", "worse") for outcome in outcomes)
    assert 1 <= apart <= 13  # 5 expected, with a standard deviation of 2.2; small samples add a little


def test_weights_count_in_the_interval():
    rng = np.random.default_rng(1)
    w = rng.integers(0, 4, 500).astype(float)
    data, ways = rows_of_classes(500, weights=w)
    found, d = comparison(CLASSES, data, ways), per_row(data, ways)
    mean = np.average(d, weights=w)
    half = 1.96 * np.sqrt(np.sum((w * (d - mean)) ** 2)) / w.sum()  # of a ratio of sums, by linearisation
    assert found.difference == pytest.approx(mean, rel=1e-6)
    assert found.high - found.low == pytest.approx(2 * half, rel=0.12)
    assert found.units == np.count_nonzero(w)
    scaled, _ = rows_of_classes(500, weights=8 * w)
    assert comparison(CLASSES, scaled, ways) == found


def test_rows_of_one_group_are_one_chance():
    data, ways = rows_of_classes(100)
    ten = np.repeat(np.arange(100), 10)
    many = fp.Data(np.zeros((1000, 1)), targets=data.targets[ten])
    repeated = {way: fp.Scores(scores.head, scores.raw[ten]) for way, scores in ways.items()}
    alone, naive = comparison(CLASSES, data, ways), comparison(CLASSES, many, repeated)
    grouped = comparison(CLASSES, many, repeated, groups=ten)
    assert (grouped.low, grouped.high) == pytest.approx((alone.low, alone.high), rel=1e-9)
    assert (grouped.units, grouped.unit) == (100, "groups")
    assert (naive.high - naive.low) * np.sqrt(10) == pytest.approx(alone.high - alone.low, rel=0.2)


@pytest.mark.slow
def test_r2_is_compared_as_if_the_rows_had_been_drawn():
    rng = np.random.default_rng(0)
    n = 120
    t = rng.normal(size=n)
    P, Q = t + rng.normal(scale=0.5, size=n), t + rng.normal(scale=0.6, size=n)
    w = rng.uniform(0.5, 2.0, n)
    data = fp.Data(np.zeros((n, 1)), targets=t[:, None], weights=w)
    ways = {"network": scores_of_values(P), "linear": scores_of_values(Q)}
    found = comparison(VALUES, data, ways)
    differences = []
    for _ in range(1000):
        drawn = rng.integers(0, n, n)
        part = fp.Data(np.zeros((n, 1)), targets=t[drawn, None], weights=w[drawn])
        r2 = [figures_of(VALUES, part, scores_of_values(p[drawn]))["r2"] for p in (P, Q)]
        differences.append(r2[0] - r2[1])
    low, high = np.quantile(differences, [0.025, 0.975])
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.15 * (high - low))


@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("n", [300, 20_000])
def test_any_metric_is_compared_by_its_rows(n, grouped):
    """Log loss by another name is computed row by row, and has about the interval that it has by sums."""
    w = np.random.default_rng(2).integers(0, 3, n).astype(float)
    data, ways = rows_of_classes(n, weights=w)
    groups = np.arange(n) // 3 if grouped else None
    own = METRICS["log_loss"]._replace(name="own")
    figures = {way: {"own": s.metric("log_loss", data.targets, w)} for way, s in ways.items()}
    found = compared(CLASSES, data, ways, figures, 0, groups, own)
    by_sums = comparison(CLASSES, data, ways, groups=groups)
    assert (found.metric, found.higher_is_better, found.units) == ("own", False, by_sums.units)
    # the quantiles of 200 replicates are known to about a fifth of a standard error
    width = by_sums.high - by_sums.low
    assert (found.low, found.high) == pytest.approx((by_sums.low, by_sums.high), abs=0.15 * width)


@pytest.mark.parametrize("metric", ["roc_auc", "balanced_accuracy", "f1", lambda t, p: np.mean(t == p)])
def test_the_verdict_is_of_the_metric_that_was_asked_for(metric):
    rng = np.random.default_rng(0)
    x = rng.normal(size=400)
    table = {"x": x, "y": np.where(x**2 + 0.5 * rng.normal(size=400) > 0.7, "yes", "no")}
    how = {"hidden": 16, "epochs": 60, "learning_rate": 0.02, "metric": metric}
    evaluation = fp.train_table(table, "y", **how).provenance.evaluation
    found, name = evaluation.comparison, next(iter(evaluation.figures["network"]))
    assert found.metric == name and found.network == evaluation.figures["network"][name]
    assert found.outcome == "better" and found.low < found.difference < found.high


def test_a_metric_that_some_rows_do_not_define_is_compared_on_the_others():
    def picky(truth, predicted):
        if len(set(truth[:5])) < 2:
            raise ValueError("undefined")
        return float(np.mean(truth == predicted))

    rng = np.random.default_rng(0)
    x = rng.normal(size=400)
    table = {"x": x, "y": np.where(x + rng.normal(size=400) > 0, "yes", "no")}
    found = fp.train_table(table, "y", hidden=4, epochs=5, metric=picky).provenance.evaluation.comparison
    assert found.metric == "picky" and found.low <= found.difference <= found.high


def test_folds_are_compared_by_the_metric_that_was_asked_for():
    rng = np.random.default_rng(0)
    x = rng.normal(size=200)
    table = {"x": x, "y": x + rng.normal(size=200)}
    found = fp.cross_validate(table, "y", folds=3, metric="mean_absolute_error", hidden=4, epochs=3)
    assert found.comparison.metric == "mean_absolute_error" and not found.comparison.higher_is_better
    assert found.comparison.network == found.mean["network"]["mean_absolute_error"]


def test_the_same_seed_gives_the_same_interval_and_another_one_another():
    data, ways = rows_of_classes(200)
    first, second, other = (comparison(CLASSES, data, ways, seed=seed) for seed in (3, 3, 4))
    assert first == second != other


def test_it_is_the_best_baseline_that_counts():
    data, ways = rows_of_classes(200)
    found = measured(CLASSES, data, {**ways, "dummy": ways["network"]}, 0).comparison
    assert (found.baseline, found.difference, found.low, found.high) == ("dummy", 0.0, 0.0, 0.0)
    assert found.outcome == "cannot be told apart"


def case(network, other, low, high, units=100, unit="rows", metric="log_loss", higher=False, over=False):
    return Comparison("linear", metric, higher, network, other, low, high, units, unit, over)


@pytest.mark.parametrize(
    ("found", "outcome", "said"),
    [
        (case(0.2, 0.3, -0.15, -0.05), "better", "does better than the linear baseline: log loss 0.2000"),
        (
            case(0.3, 0.2, 0.05, 0.15),
            "worse",
            "does worse than the linear baseline and does not earn its place",
        ),
        (case(0.2, 0.3, -0.25, 0.05), "cannot be told apart", "cannot be told apart on 100 test rows"),
        (case(0.2, 0.2, 0.0, 0.0), "cannot be told apart", "difference 0.0000"),
        (case(0.9, 0.8, 0.05, 0.15, metric="r2", higher=True), "better", "r2 0.9000 against 0.8000"),
        (case(0.8, 0.9, -0.15, -0.05, metric="r2", higher=True), "worse", "r2 0.8000 against 0.9000"),
        (case(0.2, 0.3, -0.15, -0.05, 29), "too few", "0.3000. Cross-validation measures on all rows."),
        (case(0.2, 0.3, -0.15, -0.05, 12, "groups"), "too few", "12 groups of test rows are too few"),
        (case(0.2, 0.3, -0.15, -0.05, 5, "folds"), "better", "does better"),
        (case(np.nan, 0.3, np.nan, np.nan, over=True), "worse", "does worse"),
        (
            case(np.nan, 0.3, np.nan, np.nan, metric="f1", higher=True),
            "undefined",
            "cannot be compared on 100 test rows: f1 undefined against 0.3000 (no row is of the positive",
        ),
        (
            case(0.3, np.nan, np.nan, np.nan, metric="own", higher=True),
            "undefined",
            "own 0.3000 against undefined.",
        ),
        (case(np.nan, np.nan, np.nan, np.nan, 1), "undefined", "cannot be compared"),
        (case(np.nan, np.nan, np.nan, np.nan, over=True), "undefined", "cannot be compared"),
    ],
)
def test_the_sentence_says_what_the_interval_says(found, outcome, said):
    assert found.outcome == outcome
    assert said in str(found)
    assert ("does better" in str(found)) == (outcome == "better")


def test_a_figure_that_is_undefined_decides_nothing():
    """No row is of the positive class: the network calls none so, which is no F1, the baseline calls some."""
    data = fp.Data(np.zeros((40, 1)), targets=np.zeros((40, 1)))
    ways = {"network": scores_of_classes(np.full(40, 0.2)), "linear": scores_of_classes(np.full(40, 0.8))}
    found = measured(CLASSES, data, ways, 0, metric="f1")
    assert np.isnan(found.comparison.network) and found.comparison.other == 0.0
    assert found.comparison.outcome == "undefined" and not found.comparison.overflowed
    assert found.verdict == found.verdict.partition(" But")[0] and "cannot be compared" in repr(found)
    assert fp.Evaluation.from_json(found.to_json()) == found


@pytest.mark.parametrize("metric", [None, "roc_auc", "f1"])
def test_a_network_that_overflows_is_worse_whatever_is_asked(metric):
    data, ways = rows_of_classes(40)
    raw = ways["network"].raw.copy()
    raw[3] = np.inf
    over = {**ways, "network": fp.Scores(ways["network"].head, raw)}
    found = measured(CLASSES, data, over, 0, metric=metric)
    assert found.comparison.outcome == "worse" and found.comparison.overflowed
    assert "But" not in found.verdict  # no other figure of it is defined, and so none is better
    again = fp.Evaluation.from_json(found.to_json())
    assert again.comparison.outcome == "worse"
    before = found.to_json()
    del before["comparison"]["overflowed"]  # as it was stored before this was told
    assert fp.Evaluation.from_json(before).comparison.outcome == "undefined"


def test_a_figure_that_says_the_opposite_is_named():
    """Better probabilities may come with worse decisions, and then that is said too."""
    figures = {
        "network": {"accuracy": 0.90, "log_loss": 0.2},
        "linear": {"accuracy": 0.95, "log_loss": 0.3},
    }
    verdict = fp.Evaluation(100, figures, case(0.2, 0.3, -0.15, -0.05)).verdict
    assert verdict.endswith("But its accuracy is worse: 0.9000 against 0.9500.")
    agreed = {**figures, "linear": {"accuracy": 0.85, "log_loss": 0.3}}
    assert "But" not in fp.Evaluation(100, agreed, case(0.2, 0.3, -0.15, -0.05)).verdict
    assert "But" not in fp.Evaluation(100, figures, case(0.2, 0.3, -0.15, 0.05)).verdict


def test_a_model_keeps_what_was_found(tmp_path):
    table = {"x": np.linspace(-1, 1, 200), "y": np.linspace(-1, 1, 200) ** 2}
    model = fp.train_table(table, "y", epochs=5, hidden=8)
    found = model.provenance.evaluation
    assert found.comparison.units == found.rows == model.provenance.rows.test
    again = fp.load(model.save(tmp_path / "m.forpass")).provenance.evaluation
    assert again == found and again.verdict == found.verdict
    assert fp.evaluate(model, table).verdict == ""


def test_groups_of_a_table_are_drawn_together():
    rng = np.random.default_rng(0)
    table = {"x": rng.normal(size=300), "who": np.repeat(np.arange(60), 5), "y": rng.normal(size=300)}
    found = fp.train_table(table, "y", group="who", epochs=2, hidden=4).provenance.evaluation
    assert found.comparison.unit == "groups" and found.comparison.units == found.rows // 5


# -- a limit of time -----------------------------------------------------------------------------
def waiting(now, seconds):
    """A metric whose figure takes its time."""

    def share(truth, predicted):
        now[0] += seconds
        return float(np.mean(truth == predicted))

    return share


@pytest.mark.parametrize(("seconds", "has_interval"), [(0.004, True), (0.012, True), (0.014, False)])
def test_a_comparison_ends_a_second_after_the_time_is_up(now, seconds, has_interval):
    """It drew 200 times, whatever the limit was. Forty times are enough, of two figures each."""
    data, ways = rows_of_classes(200)
    figures = {way: {"share": 0.5} for way in ways}
    metric = metric_for(waiting(now, seconds), TargetMeaning.of_target(CLASSES, CLASSES.task))
    found = compared(
        CLASSES, data, ways, figures | {"network": {"share": 0.6}}, 0, metric=metric, clock=Clock(1e-9)
    )
    assert 1.0 <= now[0] < 1.0 + 5 * seconds  # then a draw under way ends, and all rows are measured
    assert np.isfinite([found.low, found.high]).all() == has_interval
    assert ("interval" in str(found)) == has_interval


def test_the_time_limit_holds_for_the_comparison_too(now):
    table = {"a": [i * 7 % 11 for i in range(200)], "y": [["u", "v"][i * 5 % 7 > 3] for i in range(200)]}
    metric = waiting(now, 2.0)
    model = fp.train_table(table, "y", metric=metric, time_limit=100.0, hidden=(4,), epochs=3)
    assert 100.0 <= now[0] < 110.0  # 200 times two figures take 800 seconds
    assert model.provenance.evaluation.rows == 40


# --- how far chance reaches in one figure -----------------------------------------------------------


def test_the_interval_of_one_mean_is_that_of_the_normal_distribution():
    data, ways = rows_of_classes(4000)
    low, high = interval_of(CLASSES, data, ways["network"])
    losses = ways["network"].losses(data.targets)
    reach = 1.96 * losses.std() / np.sqrt(len(losses))
    # 1,000 replicates tell a quantile of 2.5 % to 0.1 sigma, and heaps of eight rows change it little
    assert (low, high) == pytest.approx((losses.mean() - reach, losses.mean() + reach), abs=0.15 * reach)


def test_the_interval_of_r2_holds_what_it_is_of():
    rng = np.random.default_rng(1)
    y = rng.normal(size=300)
    data = fp.Data(np.zeros((300, 1)), targets=y[:, None])
    scores = scores_of_values(y + 0.5 * rng.normal(size=300))
    low, high = interval_of(VALUES, data, scores)
    assert 0.6 < low < scores.metric("r2", data.targets) < high < 0.9


def test_of_scores_that_overflowed_there_is_no_interval():
    data = fp.Data(np.zeros((3, 1)), targets=np.ones((3, 1)))
    assert np.isnan(interval_of(VALUES, data, scores_of_values(np.array([1.0, np.inf, 0.0])))).all()
