"""What columns are for: schemas, weights, dates in time, and tables too small or too odd to learn from."""

import datetime

import numpy as np
import pytest
from later import later

import forpass as fp
from forpass.api import evaluation
from forpass.api.baselines import fit_baselines
from forpass.model.provenance import RowCounts

pd = later("pandas")
metrics = later("sklearn.metrics")

N = 200
RNG = np.random.default_rng(11)
X = RNG.normal(size=N)
DAYS = [datetime.date(2020, 1, 1) + datetime.timedelta(days=int(i)) for i in RNG.permutation(3 * N)[:N]]


def table(**more):
    return {"x": X, "z": RNG.normal(size=N), "y": 3 * X + RNG.normal(size=N)} | more


def trained(frame, target="y", **settings):
    return fp.train_table(frame, target, **{"hidden": [8], "epochs": 3, "seed": 1} | settings)


# -- weights -------------------------------------------------------------------------------------
def test_a_weight_of_nothing_is_a_row_left_out():
    frame = table()
    odd = RNG.permutation(N)[:40]
    weight = np.ones(N)
    weight[odd] = 0.0
    spoilt = dict(frame, y=frame["y"].copy())
    spoilt["y"][odd] = 9.0  # within the range, so that the target's scale hardly moves
    long = fp.TrainingSpec(epochs=60, batch_size=16, optimizer=fp.OptimizerSpec("adam", 0.01))
    weighed = trained(dict(spoilt, w=weight), weight="w", training=long, epochs=60)
    figures = weighed.provenance.evaluation.figures
    plain = trained(spoilt, training=long, epochs=60).provenance.evaluation.figures
    for way in ("network", "linear"):
        assert figures[way]["r2"] > 0.8 > 0.6 > plain[way]["r2"]
    assert figures["dummy"]["root_mean_squared_error"] < plain["dummy"]["root_mean_squared_error"] - 0.2


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["numbers", "two classes", "three classes", "labels"])
def test_figures_and_baselines_are_weighed(kind):
    weight = RNG.integers(1, 6, N).astype(float)
    frame = {
        "numbers": table(),
        "two classes": table(y=np.where(X + RNG.normal(size=N) > 0, "yes", "no")),
        "three classes": table(y=np.array(list("abc"))[np.digitize(X + RNG.normal(size=N), [-0.7, 0.7])]),
        "labels": table(y=(X + RNG.normal(size=N) > 0) * 1, v=(X + RNG.normal(size=N) > 1) * 1),
    }[kind]
    target = ["y", "v"] if kind == "labels" else "y"
    parts = [
        {name: np.asarray(v)[rows] for name, v in frame.items()} for rows in np.split(np.arange(N), [150])
    ]
    learnt, apart = ({**part, "w": w} for part, w in zip(parts, np.split(weight, [150]), strict=True))
    model = trained(learnt, target, weight="w", test=apart)
    # a row of weight 3 counts as three rows
    times = apart["w"].astype(int)
    repeated = {name: np.repeat(values, times) for name, values in apart.items()} | {
        "w": np.ones(times.sum())
    }
    figures = fp.evaluate(model, apart).figures["network"]
    assert figures == pytest.approx(fp.evaluate(model, repeated).figures["network"], rel=1e-5)
    ours = model.provenance.evaluation.figures
    again = trained(learnt, target, weight="w", test=repeated).provenance.evaluation.figures
    assert list(ours) == list(again)
    for way in ours:
        assert ours[way] == pytest.approx(again[way], rel=1e-5), way
    if kind == "two classes":
        truth, decided = apart["y"] == "yes", model.predict(apart) == "yes"
        expected = metrics.balanced_accuracy_score(truth, decided, sample_weight=apart["w"])
        assert figures["balanced_accuracy"] == pytest.approx(expected)


@pytest.mark.parametrize("classes", [0, 2, 3])
def test_baselines_learn_from_a_weighed_row_as_from_several(classes):
    y = (
        X + RNG.normal(size=N)
        if classes == 0
        else np.digitize(X + RNG.normal(size=N), [-0.5, 0.9][: classes - 1])
    )
    frame = {"x": X, "z": X**2, "y": y}
    p = fp.Preprocessing.learn(frame, "y", task="classification" if classes else "regression")
    training, test = p.encode(frame, True, rows=range(150)), p.encode(frame, True, rows=range(150, N))
    weight = 1 + 4 * (X[:150] > 0)  # what is above 0 counts five times
    weighed = fp.Data(training.numbers, targets=training.targets, weights=weight)
    repeated = training.rows(np.repeat(np.arange(150), weight))

    def baselines(learnt):
        ways = fit_baselines(p.target, learnt)
        return {
            way: evaluation.figures_of(p.target, test, scores_of(test)) for way, scores_of in ways.items()
        }

    figures, expected = baselines(weighed), baselines(repeated)
    assert list(figures) == ["dummy", "linear"]
    for way in figures:
        assert figures[way] == pytest.approx(expected[way], rel=1e-3), way
        assert figures[way] != pytest.approx(baselines(training)[way], rel=1e-3)


def test_baselines_learn_from_weighed_rows():
    y = np.r_[np.zeros(100), np.ones(100)]
    frame = {"x": np.tile(np.arange(4.0), 50), "y": y, "w": np.where(y == 1, 9.0, 1.0)}
    dummy = trained(frame, weight="w").provenance.evaluation.figures["dummy"]
    # nine parts in ten, said with a probability of 0.9: -(0.9 ln 0.9 + 0.1 ln 0.1)
    assert dummy["accuracy"] == pytest.approx(0.9)
    assert dummy["log_loss"] == pytest.approx(0.3250830, abs=1e-6)


def test_the_weight_of_the_rows_of_a_part_is_not_nothing():
    with pytest.raises(fp.TableError, match=r"weight column 'w' is 0 in all 144 training rows"):
        trained(table(w=np.zeros(N)), weight="w")
    later = {name: values[:50] for name, values in table().items()}
    with pytest.raises(fp.TableError, match=r"is 0 in all 50 test rows"):
        trained(table(w=np.ones(N)), weight="w", test=later | {"w": np.zeros(50)})


# -- schemas, groups, times ----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("form", "schema"),
    [
        (lambda d: d, {}),
        (str, {}),
        (lambda d: f"{d:%Y/%m/%d}T00:00:00Z", {}),
        (lambda d: f"{d:%d.%m.%Y}", {}),
        (lambda d: f"{d:%d.%m.%y}", {"on": "date:%d.%m.%y"}),
        (lambda d: int(f"{d:%Y%m%d}"), {"on": "date:%Y%m%d"}),
    ],
)
def test_dates_of_any_make_split_the_rows_by_time(form, schema):
    latest = table(on=[form(d) for d in DAYS])
    model = trained(latest, time="on", schema=schema)
    (spec,) = (s for s in model.preprocessing.columns if s.name == "on")
    learnt = sorted(DAYS)[:144]
    assert (
        spec.kind == "date"
        and spec.centre
        == (learnt[71] - datetime.date(1970, 1, 1)).days + 0.5 * (learnt[72] - learnt[71]).days
    )
    assert model.provenance.rows == RowCounts(144, 16, 40)


def test_a_time_may_be_no_feature():
    model = trained(table(on=DAYS), time="on", schema={"on": "drop"})
    assert model.preprocessing.schema["on"] == "drop"


@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        ({"time": "on"}, r"time column 'on' holds text like '.*'; say in the schema .* date:%d.%m.%y"),
        ({"time": "word"}, r"time column 'word' holds 'a' in row 1 .*a number is meant"),
        ({"time": "y"}, "'y' is the target and cannot be the time too"),
        ({"group": "y"}, "'y' is the target and cannot be the group too"),
        ({"group": "wurd"}, r"no group column 'wurd'; .*'word'"),
        ({"weight": "y"}, "'y' is the target and cannot weigh"),
        ({"schema": {"x": "nombre"}}, "did you mean 'number'"),
        ({"target": 3}, "target takes the name of a column, or a list of names, for instance one of x, z, y"),
        ({"target": None}, "target takes the name of a column.*; got None"),
        ({"target": ["y", 3]}, r"target takes .*; got \['y', 3\]"),
        ({"target": "moment"}, "target 'moment' holds dates, which are not predicted"),
        ({"target": "iso"}, "'iso' holds dates.* say task classification"),
        ({"target": "nothing"}, "'nothing' has no value in any row"),
        (
            {"hidden": "32"},
            r"hidden of train_table takes the neurons of each layer, for instance \[128, 64\]; got '32'",
        ),
        ({"hidden": None}, "hidden of train_table takes the neurons of each layer"),
    ],
)
def test_what_cannot_be_is_said_in_one_sentence(settings, wanted):
    frame = table(
        on=[f"{d:%d.%m.%y}" for d in DAYS],
        word=list("ab") * (N // 2),
        moment=pd.Series(pd.to_datetime(DAYS)),
        iso=[str(d) for d in DAYS],
        nothing=[None] * N,
    )
    rest = {} if "time" in settings or "target" in settings else {"on": "drop"}
    with pytest.raises(fp.InputError, match=wanted):
        trained(frame, **{"schema": rest} | settings)


def test_a_group_may_be_dropped_too():
    group = [f"g{i % 10}" for i in range(N)]
    dropped = trained(table(g=group), group="g", schema={"g": "drop"})
    assert dropped.provenance.rows.training % 20 == 0
    assert dropped.preprocessing.schema["g"] == "drop"


def test_text_dates_may_be_classes_when_that_is_asked_for():
    model = trained(table(k=["2020-01-01", "2020-01-02"] * (N // 2)), "k", task="classification")
    assert model.preprocessing.target.classes == ("2020-01-01", "2020-01-02")


# -- odd tables ----------------------------------------------------------------------------------
def test_one_hidden_layer_may_be_a_number():
    frame = table()
    assert trained(frame, hidden=8).fingerprint() == trained(frame, hidden=[8]).fingerprint()
    assert fp.multilayer(3, np.int64(5), 1, "squared") == fp.multilayer(3, [5], 1, "squared")


@pytest.mark.parametrize("rows", [1, 4])
def test_too_few_rows(rows):
    frame = {"x": list(range(rows)), "y": [0.5 * i for i in range(rows)]}
    with pytest.raises(fp.TableError, match=rf"{rows} rows? ha(s|ve) a target, and at least 5 are needed"):
        trained(frame)


def test_more_features_than_rows_are_told():
    frame = {f"x{j}": RNG.normal(size=20) for j in range(15)} | {"y": RNG.normal(size=20)}
    with pytest.warns(fp.ForpassWarning, match="15 features are learnt from 14 rows, which a network"):
        trained(frame)


def test_columns_of_nothing_new_are_dropped():
    model = trained(table(one=[7] * N, none=[None] * N, nan=[float("nan")] * N))
    assert model.preprocessing.feature_names == ("x", "z")
    huge = trained(table(far=np.r_[1e200, RNG.normal(size=N - 1)]))
    assert np.isfinite(huge.predict(table(far=np.full(N, -1e300)))).all()


def test_class_numbers_as_floats_are_told_what_to_do():
    data = fp.Data(RNG.normal(size=(9, 2)), targets=[0.0, 1.0, 2.0] * 3)
    spec = fp.multilayer(2, 4, 3, "softmax_cross_entropy")
    with pytest.raises(fp.DataError, match=r"numbers of type float64 .*\(9,\); give targets.astype\(int\)"):
        fp.train(spec, None, data)


def test_an_unknown_optimiser_is_told_all_of_them():
    with pytest.raises(fp.UnknownNameError, match=r"did you mean 'lbfgs'.*adamw, lbfgs$"):
        trained(table(), optimizer="lbfg")
    with pytest.raises(fp.UnknownNameError):
        fp.OptimizerSpec(["adam"])


def test_encoding_permuted_rows_permutes_the_encoding():
    frame = table(on=[str(d) for d in DAYS], w=np.arange(N) / 7, k=list("abcd") * (N // 4))
    p = trained(frame, weight="w").preprocessing
    order = RNG.permutation(N)
    whole = p.encode(frame, with_targets=True)
    part = p.encode({name: np.asarray(values)[order] for name, values in frame.items()}, with_targets=True)
    assert np.array_equal(part.numbers, whole.numbers[order])
    assert np.array_equal(part.targets, whole.targets[order])
    assert np.array_equal(part.weights, whole.weights[order])
