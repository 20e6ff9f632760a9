"""How much a model needs a column, and how its predictions go along with one."""

import numpy as np
import pytest
from later import later

import forpass as fp
from forpass.errors import ForpassWarning, SpecError, TableError, UnknownNameError
from forpass.sampling.permutation import permutation

pd = later("pandas")
metrics = later("sklearn.metrics")

RANDOM = np.random.default_rng(5)
N = 240
TOWNS = RANDOM.choice(["ulm", "bonn", "kiel"], N)
LARGE = RANDOM.normal(size=N)


def table():
    x = np.where(np.arange(N) % 11 == 0, np.nan, LARGE)
    noise = 0.1 * RANDOM.normal(size=N)
    day = pd.Timestamp("2023-01-01") + pd.to_timedelta(np.arange(N) * 3, unit="D")
    return pd.DataFrame(
        {
            "large": x,
            "town": TOWNS,
            "day": day,
            "idle": RANDOM.normal(size=N),
            "flat": 1.0,
            "y": 3.0 * np.nan_to_num(x) + np.where(TOWNS == "ulm", 1.0, 0.0) + noise,
        }
    )


@pytest.fixture(scope="module")
def frame():
    return table()


@pytest.fixture(scope="module")
def model(frame):
    return trained(frame)


def trained(frame, target="y", seed=0):
    return fp.train_table(frame, target, epochs=60, hidden=(16,), max_one_hot=2, test=0, seed=seed)


def test_the_columns_that_matter_come_first(model, frame):
    found = fp.importance(model, frame)
    assert found.metric == "r2" and found.rows == N and found.repeats == 5
    assert found.columns[:2] == ("large", "town") and set(found.columns) == {"large", "town", "day", "idle"}
    assert found.mean[0] > 0.5 > found.mean[1] > 0.01 and found.mean == tuple(
        sorted(found.mean, reverse=True)
    )
    assert abs(dict(zip(found.columns, found.mean, strict=True))["idle"]) < 0.05
    assert all(spread >= 0 for spread in found.spread)
    assert found.before == pytest.approx(fp.evaluate(model, frame).figures["network"]["r2"])


@pytest.mark.parametrize("column", ["large", "town", "day", "idle"])
def test_it_is_what_exchanging_the_cells_of_the_table_gives(model, frame, column):
    found = fp.importance(model, frame, repeats=2, seed=7)
    worse = []
    for repeat in range(2):
        order = permutation(N, 7, "importance", repeat)
        changed = frame.assign(**{column: frame[column].to_numpy()[order]})
        worse.append(found.before - metrics.r2_score(frame["y"], model.predict(changed)))
    i = found.columns.index(column)
    assert found.mean[i] == pytest.approx(np.mean(worse), abs=1e-5)
    assert found.spread[i] == pytest.approx(np.std(worse, ddof=1), abs=1e-5)


def test_errors_count_the_other_way_round(model, frame):
    found = fp.importance(model, frame, metric="mean_absolute_error", repeats=1)
    assert found.columns[0] == "large" and found.mean[0] > 0.5 and found.spread[0] == 0.0
    mine = fp.importance(model, frame, metric=lambda t, p: -np.mean(np.abs(t - p)), repeats=1)
    assert mine.mean == pytest.approx(found.mean, abs=1e-6)


def test_it_is_the_same_again_and_other_with_another_seed(model, frame):
    one, two = fp.importance(model, frame, repeats=1), fp.importance(model, frame, repeats=1)
    assert one == two
    assert one.mean != fp.importance(model, frame, repeats=1, seed=1).mean


def test_a_cross_validation_is_measured_on_rows_that_its_networks_have_not_seen(frame):
    random = np.random.default_rng(0)
    shuffled = pd.DataFrame({"a": random.normal(size=60), "y": random.normal(size=60)})
    options = {"epochs": 400, "hidden": (64,), "dropout": 0.0}
    folds = fp.cross_validate(shuffled, "y", folds=3, **options)
    learnt_by_heart = fp.importance(fp.train_table(shuffled, "y", test=0, validation=0, **options), shuffled)
    unseen = fp.importance(folds, shuffled)
    assert unseen.rows == 60 and unseen.before < 0 < learnt_by_heart.before
    fold = [m.provenance.evaluation.figures["network"]["r2"] for m in folds.models]
    assert unseen.before == pytest.approx(np.mean(fold))


def test_an_ensemble_of_several_preprocessings_moves_the_column_for_all(frame):
    members = [trained(frame, seed=1), trained(frame[["large", "town", "y"]], seed=2)]
    both = fp.Ensemble(members)
    assert len(both.preprocessings) == 2
    found = fp.importance(both, frame, repeats=1, seed=3)
    assert set(found.columns) == {"large", "town", "day", "idle"}
    order = permutation(N, 3, "importance", 0)
    for column in ("large", "day"):
        changed = frame.assign(**{column: frame[column].to_numpy()[order]})
        worse = found.before - metrics.r2_score(frame["y"], both.predict(changed))
        assert found.mean[found.columns.index(column)] == pytest.approx(worse, abs=1e-5)
    dependence = fp.partial_dependence(both, frame, "town")
    by_hand = [np.mean(both.predict(frame.assign(town=town))) for town in dependence.values]
    assert dependence.mean[:, 0] == pytest.approx(by_hand, abs=1e-5)


def test_partial_dependence_is_the_mean_over_rows_with_the_value(model, frame):
    found = fp.partial_dependence(model, frame, "large", points=6)
    assert found.names == ("y",) and found.mean.shape == (6, 1) and found.rows == N
    present = frame["large"].dropna()
    assert (found.values[0], found.values[-1]) == (present.min(), present.max())
    assert list(found.values) == sorted(found.values)
    by_hand = [np.mean(model.predict(frame.assign(large=value))) for value in found.values]
    assert found.mean[:, 0] == pytest.approx(by_hand, abs=1e-5)
    assert np.all(np.diff(found.mean[:, 0]) > 0)
    assert "Partial dependence on large" in repr(found) and "240 rows" in repr(found)


def test_words_come_in_the_order_of_their_frequency(model, frame):
    found = fp.partial_dependence(model, frame, "town")
    counts = frame["town"].value_counts()
    assert sorted(found.values) == sorted(counts.index) and found.values[0] == counts.index[0]
    assert found.values[int(np.argmax(found.mean[:, 0]))] == "ulm"
    assert len(fp.partial_dependence(model, frame, "town", points=2).values) == 2


def test_dates_rise_and_probabilities_add_up(frame):
    classes = frame.assign(y=np.where(frame["y"] > 0, "up", "down"))
    model = fp.train_table(classes, "y", epochs=5, hidden=(4,), test=0)
    found = fp.partial_dependence(model, classes.drop(columns="y"), "day", points=4)
    assert found.names == ("down", "up") and found.mean.sum(axis=1) == pytest.approx(1.0)
    assert "2023-01-01" in repr(found)
    assert fp.importance(model, classes, repeats=1).metric == "log_loss"


def test_of_a_long_table_evenly_spread_rows_are_taken(model, frame):
    long = pd.concat([frame] * 20, ignore_index=True)
    assert fp.partial_dependence(model, long, "large", points=2).rows == 2_000


def test_a_single_row_and_a_single_value_do(model, frame):
    assert fp.importance(model, frame.iloc[:2], metric="mean_absolute_error", repeats=1).rows == 2
    found = fp.partial_dependence(model, frame.iloc[1:2], "large", points=3)
    assert len(found.values) == 1


def test_what_cannot_be_asked_is_refused(model, frame):
    with pytest.raises(
        UnknownNameError, match="column that the model makes use of 'larg'; did you mean 'large'"
    ):
        fp.partial_dependence(model, frame, "larg")
    with pytest.raises(UnknownNameError, match="'flat'"):
        fp.partial_dependence(model, frame, "flat")
    with pytest.raises(SpecError, match="repeats of importance must be a whole number of at least 1; got 0"):
        fp.importance(model, frame, repeats=0)
    with pytest.raises(SpecError, match="points of partial_dependence must be a whole number"):
        fp.partial_dependence(model, frame, "large", points=0)
    with pytest.raises(TableError, match="the table lacks the target 'y'"):
        fp.importance(model, frame.drop(columns="y"))
    with (
        pytest.raises(TableError, match="column 'large' has no value in any row"),
        pytest.warns(ForpassWarning),
    ):
        fp.partial_dependence(model, frame.assign(town=None, large=np.nan), "large")
    arrays = fp.train(fp.multilayer(1, [], 1, "squared"), None, fp.Data([[0.0], [1.0]], targets=[0.0, 1.0]))
    for ask in (fp.importance, lambda m, t: fp.partial_dependence(m, t, "a")):
        with pytest.raises(TableError, match="the model was trained on arrays, whose columns have no names"):
            ask(arrays, frame)
    with pytest.raises(fp.DataError, match="importance takes a trained model; got a str"):
        fp.importance("model.forpass", frame)


def test_it_shows_itself(model, frame):
    shown = repr(fp.importance(model, frame, repeats=2)).splitlines()
    assert shown[0].startswith("Importance on 240 rows, 2 repeats: r2 0.") and len(shown) == 6
    assert shown[1].split() == ["mean", "spread"] and shown[2].split()[0] == "large"


def test_values_are_shown_with_six_digits_where_these_tell_them_apart():
    def shown(*values):
        means = np.zeros((len(values), 1))
        return repr(fp.api.partial_dependence.PartialDependence("x", values, ("y",), means, 9))

    assert "0.3 " in shown(0.1 + 0.2, 1.0) and "0.3000000" not in shown(0.1 + 0.2, 1.0)
    assert "0.30000000000000004" in shown(0.1 + 0.2, 0.3)
