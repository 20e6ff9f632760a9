"""Diagnosis: each fault is found in a network built to have it, and in a healthy one none."""

import dataclasses

import numpy as np
import pytest
from later import later

import forpass as fp
from forpass.diagnosis.finding import KINDS
from forpass.maths.activations import ACTIVATIONS
from forpass.maths.losses import LOSSES
from forpass.model import TrainedModel
from forpass.spec.program import lower

load_diabetes, load_iris, load_wine = later("sklearn.datasets", "load_diabetes", "load_iris", "load_wine")


def standardised(load):
    X, y = load(return_X_y=True)
    return (X - X.mean(axis=0)) / X.std(axis=0), y


@pytest.fixture
def iris():
    X, y = standardised(load_iris)
    return fp.Data(X, targets=y)


def untrained(spec, seed=0, **changed):
    """A model with drawn parameters, some of them changed by name, and no history."""
    program = lower(spec)
    training = fp.TrainingSpec(
        epochs=1, batch_size=None, seed=seed, optimizer=fp.OptimizerSpec("adam", 1e-30)
    )
    X = np.zeros((2, spec.n_features))
    T = np.zeros((2, spec.n_outputs)) if spec.head.loss != "softmax_cross_entropy" else np.array([0, 1])
    model = fp.train(spec, training, fp.Data(X, targets=T))
    named = model.weights | {
        name: np.broadcast_to(v, model.weights[name].shape) for name, v in changed.items()
    }
    vector = program.parameters.flatten(named, np.float32)
    return TrainedModel(spec, vector, model.buffers)


def found(model, data, kind):
    return [finding for finding in fp.diagnose(model, data) if finding.kind == kind]


# -- a healthy network ---------------------------------------------------------------------------
@pytest.mark.slow
@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu"])
@pytest.mark.parametrize("optimizer", [("adam", 1e-3), ("nesterov", 0.01)], ids=lambda o: o[0])
@pytest.mark.parametrize("load", [load_iris, load_wine, load_diabetes], ids=lambda load: load.__name__[5:])
def test_nothing_is_found_in_a_healthy_network(load, optimizer, activation):
    X, y = standardised(load)
    if load is load_diabetes:
        data, k, loss = fp.Data(X, targets=(y - y.mean()) / y.std()), 1, "squared"
    else:
        data, k, loss = fp.Data(X, targets=y), 3, "softmax_cross_entropy"
    spec = fp.multilayer(X.shape[1], [32, 32], k, loss, activation=activation, dropout=0.1)
    model = fp.train(spec, fp.TrainingSpec(epochs=25, optimizer=fp.OptimizerSpec(*optimizer)), data)
    assert fp.diagnose(model, data) == []


@pytest.mark.slow
def test_nothing_is_found_in_a_table_model():
    table = load_iris(as_frame=True).frame
    model = fp.train_table(table, "target", hidden=(32,), epochs=30)
    assert fp.diagnose(model, model.preprocessing.encode(table, with_targets=True)) == []


# -- units ---------------------------------------------------------------------------------------
def test_dead_relu_units_are_counted_and_named(iris):
    spec = fp.multilayer(4, [8, 6], 3, "softmax_cross_entropy")
    b1 = np.zeros(8)
    b1[:3] = -1e3  # three units that no example can lift above 0
    (finding,) = found(untrained(spec, b1=b1), iris, "dead_units")
    assert finding.layer == "layer 2 (relu, 8 -> 8)"
    assert finding.value == 3 / 8
    assert str(finding).startswith("layer 2 (relu, 8 -> 8): 3 of 8 units (38%) give 0 for every example")


def test_one_dead_unit_of_many_is_no_finding(iris):
    b1 = np.zeros(32)
    b1[5] = -1e3
    assert (
        found(untrained(fp.multilayer(4, [32], 3, "softmax_cross_entropy"), b1=b1), iris, "dead_units") == []
    )


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "elu", "selu"])
def test_saturated_units(iris, activation):
    spec = fp.multilayer(4, [8], 3, "softmax_cross_entropy", activation=activation)
    (finding,) = found(untrained(spec, b1=-20.0), iris, "saturated_units")
    assert (finding.layer, finding.value) == (f"layer 2 ({activation}, 8 -> 8)", 1.0)
    assert found(untrained(spec), iris, "saturated_units") == []


def test_weights_that_are_too_large_saturate(iris):
    spec = fp.multilayer(4, [8], 3, "softmax_cross_entropy", activation="tanh")
    (finding,) = found(untrained(spec, W1=np.full((4, 8), 1e4)), iris, "saturated_units")
    assert finding.value == 1.0


@pytest.mark.parametrize("activation", [a for a in ACTIVATIONS if ACTIVATIONS[a].trainable])
def test_every_activation_far_below_zero_is_idle_unless_it_has_slope_there(iris, activation):
    spec = fp.multilayer(4, [8], 3, "softmax_cross_entropy", activation=activation)
    model = untrained(spec, b1=-40.0)
    kinds = {f.kind for f in fp.diagnose(model, iris)} & {"dead_units", "saturated_units"}
    if activation in ("identity", "leaky_relu"):  # the slope below zero is 1, or exactly a hundredth
        expected = set()
    elif activation in ("unclipped", "sigmoid", "tanh", "elu", "selu"):
        expected = {"saturated_units"}
    else:
        expected = {"dead_units"}
    assert kinds == expected


# -- gradients -----------------------------------------------------------------------------------
def test_ten_sigmoid_layers_make_the_gradient_vanish(iris):
    spec = fp.multilayer(4, [16] * 10, 3, "softmax_cross_entropy", activation="sigmoid")
    (finding,) = found(untrained(spec), iris, "vanishing_gradient")
    assert finding.layer == "layer 1 (affine, 4 -> 16)"
    assert finding.value < 1e-3
    relu = fp.multilayer(4, [16] * 10, 3, "softmax_cross_entropy")
    assert found(untrained(relu), iris, "vanishing_gradient") == []


def test_large_weights_make_the_gradient_explode(iris):
    large = fp.Dense(16, weights=fp.Initializer("normal", {"std": 3.0}))
    layers = 6 * (large, fp.Activation("leaky_relu"))
    spec = fp.NetworkSpec(4, (*layers, fp.Dense(3)), fp.Head("softmax_cross_entropy"))
    (finding,) = found(untrained(spec), iris, "exploding_gradient")
    assert (finding.layer, finding.value > 1e3) == ("layer 1 (affine, 4 -> 16)", True)


# -- learning rate -------------------------------------------------------------------------------
def test_a_rate_that_makes_the_loss_jump(iris):
    spec = fp.multilayer(4, [16], 3, "softmax_cross_entropy", activation="tanh")
    training = fp.TrainingSpec(epochs=15, optimizer=fp.OptimizerSpec("gradient_descent", 5.0))
    (finding,) = found(fp.train(spec, training, iris), iris, "learning_rate_too_high")
    assert finding.layer == "training"
    assert "the objective (training loss and penalty) rose" in finding.message
    assert "it was 5)" in finding.remedy


def test_a_step_that_is_large_beside_the_parameters(iris):
    spec = fp.multilayer(4, [16], 3, "softmax_cross_entropy")
    # One epoch of one batch has no history to judge by; only the size of a step tells.
    training = fp.TrainingSpec(epochs=1, batch_size=None, optimizer=fp.OptimizerSpec("adam", 0.5))
    (finding,) = found(fp.train(spec, training, iris), iris, "learning_rate_too_high")
    assert finding.layer.endswith("16)") or finding.layer.endswith("3)")
    assert "one step changes W" in finding.message
    lower = dataclasses.replace(training, optimizer=fp.OptimizerSpec("adam", 1e-3))
    assert found(fp.train(spec, lower, iris), iris, "learning_rate_too_high") == []


def judged(spec, data, optimizer):
    """What is said of the step of an optimiser, where no history tells anything."""
    training = fp.TrainingSpec(epochs=1, batch_size=None, optimizer=optimizer)
    return found(fp.train(spec, training, data), data, "learning_rate_too_high")


def test_a_step_that_only_a_factor_by_role_makes_large(iris):
    spec = fp.multilayer(4, [16], 3, "softmax_cross_entropy")
    assert judged(spec, iris, fp.OptimizerSpec("adam", 1e-3)) == []
    weights = {"weight": fp.RoleFactors(learning_rate=300.0)}
    (finding,) = judged(spec, iris, fp.OptimizerSpec("adam", 1e-3, by_role=weights))
    assert "one step changes W" in finding.message
    held = {"weight": fp.RoleFactors(learning_rate=0.0)}
    assert judged(spec, iris, fp.OptimizerSpec("adam", 0.5, by_role=held)) == []


def test_a_step_that_only_weight_decay_makes_large(iris):
    spec = fp.multilayer(4, [16], 3, "softmax_cross_entropy")
    (finding,) = judged(spec, iris, fp.OptimizerSpec("adamw", 1e-3, weight_decay=200.0))
    # a step loses 1e-3 times 200 of each parameter, and the optimiser's own part is small beside it
    assert finding.value == pytest.approx(0.2, abs=0.02)
    none = {"weight": fp.RoleFactors(decay=0.0)}
    assert judged(spec, iris, fp.OptimizerSpec("adamw", 1e-3, weight_decay=200.0, by_role=none)) == []


@pytest.mark.parametrize("clipping", [{"clip_norm": 1e-3}, {"clip_value": 1e-4}])
def test_a_gradient_that_is_clipped_makes_no_large_step(iris, clipping):
    spec = fp.multilayer(4, [16], 3, "softmax_cross_entropy")
    (finding,) = judged(spec, iris, fp.OptimizerSpec("gradient_descent", 5.0))
    assert "one step changes W" in finding.message
    assert judged(spec, iris, fp.OptimizerSpec("gradient_descent", 5.0, **clipping)) == []


def test_a_large_step_is_found_in_a_network_with_running_statistics(iris):
    layers = (fp.Dense(8), fp.BatchNorm(), fp.Activation("relu"), fp.Dropout(0.2), fp.Dense(3))
    spec = fp.NetworkSpec(4, layers, fp.Head("softmax_cross_entropy"))
    assert judged(spec, iris, fp.OptimizerSpec("adam", 1e-3)) == []
    assert len(judged(spec, iris, fp.OptimizerSpec("adam", 0.5))) == 1


def test_a_loss_that_falls_while_the_penalty_rises_more_is_no_progress(iris):
    """What the steps descend is judged: loss and penalty together."""
    spec = fp.multilayer(4, [4], 3, "softmax_cross_entropy", activation="tanh")
    model = fp.train(spec, fp.TrainingSpec(epochs=12), iris)
    rising = [
        dataclasses.replace(record, training_loss=1.0 - 0.01 * i, penalty=0.0 if i < 6 else 2.0)
        for i, record in enumerate(model.history)
    ]
    (finding,) = found(dataclasses.replace(model, history=rising), iris, "learning_rate_too_high")
    assert "in epoch 7" in finding.message


@pytest.mark.parametrize(("optimizer", "rate"), [("gradient_descent", 1e-4), ("adam", 1e-6), ("adam", 1e-12)])
def test_a_rate_with_which_nothing_happens(iris, optimizer, rate):
    spec = fp.multilayer(4, [16], 3, "softmax_cross_entropy", activation="tanh")
    training = fp.TrainingSpec(epochs=12, optimizer=fp.OptimizerSpec(optimizer, rate))
    (finding,) = found(fp.train(spec, training, iris), iris, "learning_rate_too_low")
    assert finding.value < 0.05
    assert f"it was {rate:g}" in finding.remedy


def test_lbfgs_has_no_rate_to_judge(iris):
    spec = fp.multilayer(4, [8], 3, "softmax_cross_entropy", penalty=fp.Penalty(l2=0.01))
    training = fp.TrainingSpec(method="lbfgs", epochs=40, dtype="float64")
    kinds = {f.kind for f in fp.diagnose(fp.train(spec, training, iris), iris)}
    assert not kinds & {"learning_rate_too_high", "learning_rate_too_low"}


# -- outcome -------------------------------------------------------------------------------------
def test_constant_predictions_are_no_better_than_a_guess(iris):
    spec = fp.multilayer(4, [16], 3, "softmax_cross_entropy")
    findings = fp.diagnose(untrained(spec, W2=0.0), iris)
    assert [f.kind for f in findings if f.layer == "output"] == [
        "constant_predictions",
        "no_better_than_guess",
    ]
    guess = findings[-1]
    # three classes of equal size: a network whose scores are all 0 loses log 3, exactly what the shares lose
    assert guess.value == pytest.approx(1.0, abs=1e-6)
    assert f"gives {np.log(3):.4g}" in guess.message


@pytest.mark.parametrize("loss", [name for name in LOSSES if LOSSES[name].over == "elements"])
def test_noise_cannot_be_predicted_but_a_line_can(loss, rng):
    X = rng.normal(size=(300, 3))
    line, noise = X @ np.array([[1.0], [-2.0], [0.5]]), rng.normal(size=(300, 1))
    spec = fp.multilayer(3, [], 1, loss)
    training = fp.TrainingSpec(epochs=30, optimizer=fp.OptimizerSpec("adam", 0.03))
    for score, learnable in ((line, True), (noise, False)):
        if loss == "poisson":
            T = np.round(np.exp(score))
        elif fp.Head(loss).link == "logistic" or loss in ("hinge", "perceptron"):
            T = (score > np.quantile(score, 0.3)).astype(float)
        else:
            T = score
        model = fp.train(spec, training, fp.Data(X[:150], targets=T[:150]))
        unseen = fp.Data(X[150:], targets=T[150:])
        assert (found(model, unseen, "no_better_than_guess") == []) is learnable


# -- the scale of targets ------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("T", "said"),
    [
        (lambda z: 2e5 + 8e4 * z, "a mean of 2e+05 and a standard deviation of 8e+04,"),
        (lambda z: 1e-3 * z, "a mean of 0 and a standard deviation of 0.001,"),
        (lambda z: 50.0 + z, "a mean of 50 and a standard deviation of 1,"),
        (lambda z: np.full_like(z, 1e3), "a mean of 1e+03 and a standard deviation of 0,"),
        (lambda z: np.stack([z, 100.0 * z], axis=1), "a standard deviation of 100 in column 2,"),
    ],
)
def test_a_target_that_nobody_scaled_is_named(T, said):
    X = np.random.default_rng(0).normal(size=(200, 3))
    z = (X[:, 0] - X[:, 0].mean()) / X[:, 0].std()
    data = fp.Data(X, targets=T(z))
    model = untrained(fp.multilayer(3, [8], data.targets.shape[1], "squared"))
    (finding,) = found(model, data, "unscaled_target")
    assert said in finding.message and "TransformedTargetRegressor" in finding.remedy
    near = fp.Data(X, targets=z)
    assert found(untrained(fp.multilayer(3, [8], 1, "squared")), near, "unscaled_target") == []


def test_a_target_that_has_been_learnt_or_has_no_scale_is_not_blamed(iris):
    x = np.linspace(-2.0, 2.0, 100)[:, None]
    data = fp.Data(x, targets=1e3 * np.sin(x))
    training = fp.TrainingSpec(method="lbfgs", epochs=200)
    model = fp.train(fp.multilayer(1, [16], 1, "squared", activation="tanh"), training, data)
    assert found(model, data, "unscaled_target") == []
    counts = fp.Data(x, targets=np.round(1e3 + 100 * x))
    assert found(untrained(fp.multilayer(1, [4], 1, "poisson")), counts, "unscaled_target") == []
    classes = untrained(fp.multilayer(4, [4], 3, "softmax_cross_entropy"))
    assert found(classes, iris, "unscaled_target") == []


# -- features and the question itself ------------------------------------------------------------
def test_large_features_are_named(iris):
    X = iris.numbers.copy()
    X[:, 2] = 5000.0 + X[:, 2]
    spec = fp.multilayer(4, [16], 3, "softmax_cross_entropy")
    (finding,) = found(untrained(spec), fp.Data(X, targets=iris.targets), "large_features")
    assert "feature 3 are about 5e+03" in finding.message
    assert found(untrained(spec), iris, "large_features") == []


def test_large_features_below_a_batch_norm_do_no_harm(iris):
    spec = fp.NetworkSpec(4, (fp.BatchNorm(), fp.Dense(3)), fp.Head("softmax_cross_entropy"))
    assert found(untrained(spec), fp.Data(1e4 * iris.numbers, targets=iris.targets), "large_features") == []


def test_findings_come_in_the_order_of_kinds(iris):
    spec = fp.multilayer(4, [16], 3, "softmax_cross_entropy")
    findings = fp.diagnose(untrained(spec, b1=-1e9), fp.Data(1e4 * iris.numbers, targets=iris.targets))
    places = [KINDS.index(f.kind) for f in findings]
    assert places == sorted(places) and len(set(places)) >= 3


def test_what_cannot_be_looked_at(iris):
    model = untrained(fp.multilayer(4, [], 3, "softmax_cross_entropy"))
    with pytest.raises(fp.DataError, match=r"must be Data; got ndarray\. Give Data\(X, targets=y\)"):
        fp.diagnose(model, iris.numbers)
    with pytest.raises(fp.DataError, match=r"Data with targets; give Data\(X, targets=y\)"):
        fp.diagnose(model, fp.Data(iris.numbers))
    weightless = fp.Data(iris.numbers, targets=iris.targets, weights=np.zeros(150))
    with pytest.raises(fp.DataError, match="weight above 0"):
        fp.diagnose(model, weightless)


def test_rows_without_weight_are_not_looked_at(iris):
    X, w = iris.numbers.copy(), np.ones(150)
    X[::7], w[::7] = 1e6, 0.0
    model = untrained(fp.multilayer(4, [8], 3, "softmax_cross_entropy"))
    assert found(model, fp.Data(X, targets=iris.targets, weights=w), "large_features") == []


def test_neither_model_nor_data_change(iris):
    model = untrained(fp.multilayer(4, [8], 3, "softmax_cross_entropy"))
    before, X = model.fingerprint(), iris.numbers.copy()
    fp.diagnose(model, iris)
    assert model.fingerprint() == before
    np.testing.assert_array_equal(iris.numbers, X)


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def test_a_description_alone_is_not_diagnosed(iris):
    with pytest.raises(fp.DataError, match=r"a trained model; got a NetworkSpec: train it first$"):
        fp.diagnose(fp.multilayer(4, [8], 3, "softmax_cross_entropy"), iris)


def test_several_networks_at_once_are_not_diagnosed(iris):
    model = untrained(fp.multilayer(4, [8], 3, "softmax_cross_entropy"))
    with pytest.raises(fp.DataError, match="one network; give one of the ensemble's members"):
        fp.diagnose(fp.Ensemble((model, model)), iris)


@pytest.mark.slow
def test_estimators_and_tables_are_diagnosed():
    table = {"a": [float(i // 3) for i in range(60)], "y": ["u", "v", "u"] * 20}  # nothing to find in them
    estimator = fp.TableClassifier(max_iter=2, random_state=0).fit({"a": table["a"]}, table["y"])
    rows = {"a": table["a"], "target": table["y"]}
    expected = fp.diagnose(estimator.model_, estimator.model_.encode(rows, with_targets=True))
    assert [str(f) for f in fp.diagnose(estimator, rows)] == [str(f) for f in expected] != []


@pytest.mark.parametrize("rows", [1, 50, 150])
def test_members_are_diagnosed_on_any_number_of_rows(iris, rows):
    layers = [fp.Dense(4), fp.Activation("relu"), fp.Dense(3, by_member=True)]
    spec = fp.NetworkSpec(4, layers, fp.Head("softmax_cross_entropy"), members=4)
    training = fp.TrainingSpec(epochs=1, batch_size=8, optimizer=fp.OptimizerSpec("adam", 0.01))
    model = fp.train(spec, training, iris)
    assert isinstance(fp.diagnose(model, iris.rows(slice(rows))), list)
