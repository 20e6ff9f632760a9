"""Every option of training through every door: keyword, parameter of an estimator, word on a command line."""

import inspect

import numpy as np
import pytest
from later import later

import forpass as fp
from forpass.api.options import OPTIONS, require_options
from forpass.api.presets import setup_for
from forpass.estimators.parameters import TABLE_CLASSIFIER
from forpass.training import Run

pd = later("pandas")

N = 300


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(0)
    word = rng.choice(list("abcdefghij"), N, p=np.arange(10, 0, -1) / 55)
    x = rng.normal(size=N)
    return pd.DataFrame({"x": x, "word": word, "y": np.where(x + (word < "d") > 0.5, "yes", "no")})


def layers(model, kind):
    return [layer for layer in model.spec.layers if isinstance(layer, kind)]


# of each option a value that is not its default, the words that say it, and what is seen of it in the model
def words_of(missing):
    return None if missing is None else list(missing)


YES = {"yes": 100.0, "no": 0.001}


def says_yes(model):
    """Whether it has learnt that little but yes counts: without weights such a row is rather a no."""
    return model.predict_proba({"x": [-1.0], "word": ["j"]})[0, 1] > 0.5


ALLOWED = []
"""How many threads each run that began was allowed."""


@pytest.fixture(autouse=True)
def runs_noted(monkeypatch):
    plan = Run.plan
    ALLOWED.clear()
    monkeypatch.setattr(Run, "plan", lambda run: ALLOWED.append(run.session.threads) or plan(run))


def threads_of(model):
    """How many threads could take part in all its training: a file does not tell."""
    (threads,) = set(ALLOWED)
    return threads


def guided(model):
    return model.training.stopping.monitor == "validation_metric"


SEEN = {
    "preset": ("plain", "plain", lambda m: "plain" if isinstance(m, fp.TrainedModel) else None),
    "hidden": ([7, 5], "7,5", lambda m: [layer.units for layer in layers(m, fp.Dense)][:-1]),
    "activation": ("tanh", "tanh", lambda m: layers(m, fp.Activation)[0].name),
    "dropout": (0.25, "0.25", lambda m: layers(m, fp.Dropout)[0].rate),
    "max_categories": (4, "4", lambda m: len(m.preprocessing.columns[1].values)),
    "missing": (["gone", "-9"], "gone,-9", lambda m: words_of(m.preprocessing.reading.missing)),
    "max_one_hot": (3, "3", lambda m: 3 if m.spec.code_sizes == (6,) and m.spec.n_features == 1 else None),
    "embedding_dimension": (2, "2", lambda m: layers(m, fp.Embedding)[0].dimension),
    "label_smoothing": (0.1, "0.1", lambda m: m.spec.head.settings["smoothing"]),
    "class_weight": (YES, "yes=100,no=0.001", lambda m: YES if says_yes(m) else None),
    "optimizer": ("rmsprop", "rmsprop", lambda m: m.training.optimizer.name),
    "learning_rate": (0.02, "0.02", lambda m: m.training.optimizer.learning_rate),
    "weight_decay": (0.3, "0.3", lambda m: m.training.optimizer.weight_decay),
    "epochs": (3, "3", lambda m: m.training.epochs),
    "batch_size": (20, "20", lambda m: m.training.batch_size),
    "metric": ("log_loss", "log_loss", lambda m: m.history[0].metric if guided(m) else None),
    "threshold": (0.3, "0.3", lambda m: round(1 - m.threshold, 9) if m.threshold != 0.5 else None),
    "positive": ("no", "no", lambda m: m.preprocessing.target.positive),
    "patience": (4, "4", lambda m: m.training.stopping.patience),
    "time_limit": (30.5, "30.5", lambda m: m.training.stopping.max_seconds),
    "seed": (6, "6", lambda m: m.training.seed),
    "refit": (True, None, lambda m: m.provenance.refit is not None),
    "importance": (True, None, lambda m: m.provenance.importance is not None),
    "engine": ("numpy", "numpy", lambda m: m.provenance.engine),
    "threads": (1, "1", threads_of),
}


def by_keyword(frame, tmp_path, forpass, said):
    return fp.train_table(frame, "y", **{name: value for name, (value, _) in said.items()})


def by_parameter(frame, tmp_path, forpass, said):
    parameters = {OPTIONS[name].estimator or name: value for name, (value, _) in said.items()}
    return fp.TableClassifier(**parameters).fit(frame[["x", "word"]], frame["y"]).model_


def by_words(frame, tmp_path, forpass, said):
    frame.to_csv(tmp_path / "t.csv", index=False)
    said = [(f"--{name.replace('_', '-')}", word) for name, (_, word) in said.items()]
    words = [word for option in said for word in option if word is not None]
    code, _, err = forpass("train", "t.csv", "-t", "y", "--force", *words)
    assert code == 0, err
    return fp.load(tmp_path / "t.forpass")


DOORS = [
    pytest.param(by_keyword, id="keyword"),
    pytest.param(by_parameter, id="parameter"),
    pytest.param(by_words, id="words", marks=pytest.mark.slow),
]


def test_every_option_is_tried():
    assert list(SEEN) == list(OPTIONS)


@pytest.mark.filterwarnings("ignore:column 'word' has .* different values")
@pytest.mark.parametrize("door", DOORS)
def test_what_is_said_is_seen_in_the_model(frame, tmp_path, forpass, door):
    model = door(frame, tmp_path, forpass, {name: seen[:2] for name, seen in SEEN.items()})
    assert {name: seen(model) for name, (*_, seen) in SEEN.items()} == {
        name: value for name, (value, *_) in SEEN.items()
    }


@pytest.mark.parametrize("door", DOORS)
def test_what_is_not_said_is_the_default(frame, tmp_path, forpass, door):
    model = door(frame, tmp_path, forpass, {"epochs": (1, "1"), "seed": (0, "0")})
    other = {"dropout": 0.1, "batch_size": 32, "hidden": [128, 128], "epochs": 1, "engine": "compiled"}
    other |= {"weight_decay": 0.0, "preset": "plain"}
    assert not layers(model, fp.Embedding) and not model.spec.code_sizes
    for name in SEEN.keys() - {"max_categories", "embedding_dimension", "seed"}:
        assert SEEN[name][2](model) == other.get(name, OPTIONS[name].default), name


@pytest.mark.parametrize("name", OPTIONS)
def test_each_door_shows_an_option_with_its_default(name):
    shown = inspect.signature(fp.train_table).parameters[name]
    assert shown.default == OPTIONS[name].default and shown.kind is inspect.Parameter.KEYWORD_ONLY
    assert f"\n{name} : " in inspect.getdoc(fp.train_table)
    if name != "seed":  # the estimators' random_state is scikit-learn's
        parameter = OPTIONS[name].estimator or name
        assert parameter in {p.name for p in TABLE_CLASSIFIER}
        assert fp.TableClassifier().get_params()[parameter] == OPTIONS[name].default


def test_a_training_of_ones_own_stands_in_for_defaults_and_gives_way_to_what_is_said():
    own = fp.TrainingSpec(
        epochs=7, batch_size=5, optimizer=fp.OptimizerSpec("momentum", 0.3, {"mu": 0.8}), seed=9
    )
    assert setup_for(50, {}, own).training == own
    setup = setup_for(50, {"learning_rate": 0.1, "epochs": 8, "hidden": 3}, own)
    assert setup.training.optimizer == fp.OptimizerSpec("momentum", 0.1, {"mu": 0.8})
    assert (setup.training.epochs, setup.training.batch_size, setup.training.seed) == (8, 5, 9)
    assert setup.network["hidden"] == 3
    other = setup_for(50, {"optimizer": "adam"}, own).training.optimizer
    assert other == fp.OptimizerSpec("adam", 0.3)  # settings of another optimiser mean nothing to it


@pytest.mark.parametrize(("rows", "size"), [(2_999, 32), (3_000, 64), (10_000, 128), (30_000, 256)])
def test_longer_tables_have_larger_batches(rows, size):
    assert setup_for(rows, {}).training.batch_size == size
    assert setup_for(rows, {"batch_size": 7}).training.batch_size == 7


def test_no_dropout_for_lbfgs_unless_it_is_said(frame):
    model = fp.train_table(frame, "y", optimizer="lbfgs", epochs=2, hidden=4)
    assert not layers(model, fp.Dropout)
    with pytest.raises(fp.InputError, match="lbfgs cannot train a network with dropout"):
        fp.train_table(frame, "y", optimizer="lbfgs", epochs=2, hidden=4, dropout=0.1)


@pytest.mark.parametrize("door", DOORS)
def test_patience_may_be_endless(frame, tmp_path, forpass, door):
    said = {"patience": (float("inf"), "inf"), "epochs": (1, "1")}
    assert door(frame, tmp_path, forpass, said).training.stopping.patience is None


@pytest.mark.parametrize("door", DOORS)
def test_a_limit_of_time_ends_training(frame, tmp_path, forpass, door):
    said = {"time_limit": (1e-3, "0.001"), "epochs": (10**6, "1000000"), "patience": (10**6, "1000000")}
    assert door(frame, tmp_path, forpass, said).provenance.ended.reason == "max_seconds"


@pytest.mark.parametrize("door", DOORS)
def test_weight_decay_makes_weights_smaller(frame, tmp_path, forpass, door):
    said = {"epochs": (40, "40"), "learning_rate": (0.01, "0.01"), "hidden": (8, "8"), "seed": (1, "1")}
    free, decayed = (
        door(frame, tmp_path, forpass, said | {"weight_decay": (decay, str(decay))}).weights["W2"]
        for decay in (0.0, 20.0)
    )
    # a step of Adam is about the learning rate, and decay of 20 takes a fifth: they balance near 1/20
    assert np.abs(decayed).sum() < 0.5 * np.abs(free).sum()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:column 'x' leaks the target")
@pytest.mark.parametrize("door", DOORS)
def test_label_smoothing_keeps_probabilities_off_0_and_1(frame, tmp_path, forpass, door):
    easy = frame.assign(y=np.where(frame["x"] > 0, "yes", "no"))
    said = {
        "epochs": (300, "300"),
        "learning_rate": (0.02, "0.02"),
        "dropout": (0.0, "0"),
        "hidden": (8, "8"),
    }
    said |= {"patience": (300, "300"), "seed": (1, "1")}
    sure, smoothed = (
        door(easy, tmp_path, forpass, said | {"label_smoothing": (share, str(share))}) for share in (0.0, 0.2)
    )
    assert np.median(sure.predict_proba(easy).max(axis=1)) > 0.97
    # with a share of 0.2 given to both classes the surest it can be is 0.9
    assert 0.8 < np.median(smoothed.predict_proba(easy).max(axis=1)) < 0.95
    # what is measured in the end are the targets as they are
    figures = fp.evaluate(smoothed, easy).figures["network"]
    P = smoothed.predict_proba(easy)[np.arange(N), (easy["y"] == "yes").astype(int)]
    assert figures["log_loss"] == pytest.approx(-np.log(P).mean(), rel=1e-5)


@pytest.mark.filterwarnings("ignore:column 'x' leaks the target")
def test_label_smoothing_of_three_classes_and_of_numbers(frame):
    three = frame.assign(y=np.digitize(frame["x"], [-0.5, 0.5]).astype(str))
    model = fp.train_table(three, "y", epochs=2, label_smoothing=0.3)
    assert model.spec.head == fp.Head("softmax_cross_entropy", {"smoothing": 0.3})
    with pytest.raises(
        fp.SpecError, match="label_smoothing is for classes and labels, and this is a regression"
    ):
        fp.train_table(frame.assign(y=frame["x"] ** 2), "y", label_smoothing=0.3)


def test_no_decay_for_lbfgs(frame):
    with pytest.raises(fp.SpecError, match=r"optimizer.weight_decay=0.1 \(give the network Penalty"):
        fp.train_table(frame, "y", optimizer="lbfgs", weight_decay=0.1)


def test_no_batches_for_lbfgs(frame):
    """Unless their size is said: of a long table the usual one is larger."""
    for said in ({}, {"batch_size": "auto"}):
        assert setup_for(20_000, {"optimizer": "lbfgs", **said}).training.batch_size is None
    with pytest.raises(fp.SpecError, match=r"batch_size=64 \(it takes all examples at once\); leave it out"):
        fp.train_table(frame, "y", optimizer="lbfgs", batch_size=64)


@pytest.mark.parametrize("door", DOORS)
def test_categories_of_many_values_are_looked_up(frame, tmp_path, forpass, door):
    said = {"max_one_hot": (5, "5"), "embedding_dimension": (3, "3"), "epochs": (60, "60")}
    model = door(frame, tmp_path, forpass, said | {"learning_rate": (0.01, "0.01"), "hidden": (16, "16")})
    assert [group.kind for group in model.spec.inputs] == ["number", "code"]
    assert model.weights["E1"].shape == (model.spec.code_sizes[0], 3)
    assert model.program.operations[1].d_in == 1 + 3
    # the word decides: rows that differ in nothing else are told apart
    rows = {"x": [0.2, 0.2, 0.2], "word": ["a", "h", "never seen"]}
    with pytest.warns(fp.ForpassWarning, match="never seen"):
        probabilities = model.predict_proba(rows)[:, 1]
    assert probabilities[0] > 0.6 > 0.4 > probabilities[1]
    np.testing.assert_array_equal(
        fp.load(model.save(tmp_path / "c.forpass")).predict(frame), model.predict(frame)
    )


WRONG = {
    "preset": ("fasd", "unknown {} 'fasd'; did you mean 'fast'"),
    "hidden": ([8, 0], "each of {} must be a whole number of at least 1; got 0"),
    "activation": ("rely", "unknown {} 'rely'; did you mean 'relu'"),
    "dropout": (1.0, "{} must be below 1; got 1.0"),
    "max_categories": (0, "{} must be a whole number of at least 1; got 0"),
    "missing": ("NA", "{} must be a list of words, for instance ['NA', '?']; got 'NA'"),
    "max_one_hot": (-1, "{} must be a whole number of at least 0; got -1"),
    "embedding_dimension": (0, "{} must be a whole number of at least 1; got 0"),
    "label_smoothing": (1.0, "{} must be below 1; got 1.0"),
    "class_weight": ("balance", "unknown {} 'balance'; did you mean 'balanced'"),
    "weight_decay": (-0.1, "{} must be a finite number of at least 0; got -0.1"),
    "optimizer": ("adm", "unknown {} 'adm'; did you mean 'adam'"),
    "learning_rate": (0.0, "{} must be a finite number above 0; got 0.0"),
    "epochs": (2.5, "{} must be a whole number of at least 1; got 2.5"),
    "batch_size": ("big", "{}, unless it is 'auto', must be a whole number of at least 1; got 'big'"),
    "metric": ("auc", "unknown {} 'auc'; did you mean 'roc_auc'"),
    "threshold": (1.5, "{}, unless it is the name of a metric, must be below 1; got 1.5"),
    "positive": (["yes"], "{} takes a class: text, a number or a truth value; got ['yes']"),
    "patience": (-1, "{} must be a whole number of at least 0; got -1"),
    "time_limit": (-1, "{} must be a finite number above 0; got -1"),
    "seed": (-1, "{} must be a whole number of at least 0; got -1"),
    "refit": ("yes", "{} must be True or False; got 'yes'"),
    "importance": (1, "{} must be True or False; got 1"),
    "engine": ("numpi", "unknown {} 'numpi'; did you mean 'numpy'"),
    "threads": (0, "{} must be a whole number of at least 1; got 0"),
}


def test_every_option_refuses_something():
    assert WRONG.keys() == OPTIONS.keys()


@pytest.mark.parametrize("name", WRONG)
def test_wrong_values_are_refused_by_the_name_under_which_they_were_given(frame, name):
    value, message = WRONG[name]
    for what, refused in (
        (f"{name} of train_table", lambda: fp.train_table(frame, "y", **{name: value})),
        (f"--{name}", lambda: require_options({name: value}, lambda name: f"--{name}")),
    ):
        with pytest.raises(fp.InputError) as error:
            refused()
        assert message.format(what) in str(error.value)
    parameter = OPTIONS[name].estimator or name
    if name != "seed":
        with pytest.raises(fp.InputError) as error:
            fp.TableClassifier(**{parameter: value}).fit(frame[["x"]], frame["y"])
        assert message.format(f"{parameter} of TableClassifier") in str(error.value)


def test_an_option_that_there_is_not(frame):
    with pytest.raises(fp.UnknownNameError, match="unknown option 'hiden'; did you mean 'hidden'"):
        fp.train_table(frame, "y", hiden=3)
