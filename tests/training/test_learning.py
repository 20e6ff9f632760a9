"""Learning: what must come of it, from Rosenblatt's theorem to an XOR that no seed misses."""

import numpy as np
import pytest

import forpass as fp
from forpass.engines.protocol import StepStats

XOR = fp.Data([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], targets=[0.0, 1.0, 1.0, 0.0])


# -- XOR over 100 seeds --------------------------------------------------------------------------
@pytest.mark.slow
def test_xor_is_learnt_from_every_one_of_100_seeds():
    """2-8-1 with tanh learns it from all 100; 2-4-1 in as many epochs from 99."""
    spec = fp.multilayer(2, [8], 1, "sigmoid_cross_entropy", activation="tanh")
    missed = []
    for seed in range(100):
        training = fp.TrainingSpec(
            epochs=200, batch_size=None, optimizer=fp.OptimizerSpec("adam", 0.05), seed=seed
        )
        if fp.train(spec, training, XOR).predict(XOR).tolist() != [0, 1, 1, 0]:
            missed.append(seed)
    assert missed == []


def test_xor_cannot_be_learnt_by_one_layer():
    spec = fp.multilayer(2, [], 1, "sigmoid_cross_entropy")
    training = fp.TrainingSpec(epochs=200, batch_size=None, optimizer=fp.OptimizerSpec("adam", 0.05))
    model = fp.train(spec, training, XOR)
    assert np.sum(model.predict(XOR) == [0, 1, 1, 0]) <= 3
    # the best a plane can do is to say one half everywhere
    assert model.history[-1].training_loss == pytest.approx(np.log(2), abs=0.01)


# -- the perceptron convergence theorem ----------------------------------------------------------
@pytest.mark.parametrize("seed", range(5))
def test_a_perceptron_errs_no_more_often_than_novikoff_allows(seed, spy):
    """Novikoff 1962: from zero weights at rate 1, at most (R / gamma)^2 corrections, in any order.

    R is the length of the longest example (a 1 for the bias included), gamma the margin with which some
    plane of length 1 divides the classes.
    """
    rng = np.random.default_rng(seed)
    d, margin = 5, 0.4
    plane = rng.normal(size=d + 1)
    plane /= np.linalg.norm(plane)
    X = rng.uniform(-2.0, 2.0, (100, d))
    distance = np.column_stack([X, np.ones(100)]) @ plane
    X, distance = X[np.abs(distance) > margin], distance[np.abs(distance) > margin]
    y = (distance > 0).astype(float)
    R, gamma = np.sqrt(np.max(np.sum(X**2, axis=1)) + 1.0), np.min(np.abs(distance))

    corrections = 0

    def watch(session, plan, advance):
        nonlocal corrections
        parts, before = [], session.state().parameters
        for i in range(plan.n_steps):
            parts.append(advance(plan.part(i, i + 1)))
            after = session.state().parameters
            corrections += not np.array_equal(before, after)
            before = after
        losses, penalties = (np.concatenate([getattr(s, n) for s in parts]) for n in ("losses", "penalties"))
        return StepStats(losses, penalties, None)

    spy(watch)
    epochs = 30
    spec = fp.multilayer(d, [], 1, "perceptron")
    training = fp.TrainingSpec(
        epochs=epochs,
        batch_size=1,
        optimizer=fp.OptimizerSpec("gradient_descent", 1.0),
        dtype="float64",
        seed=seed,
    )
    zeros = {"W1": np.zeros((d, 1)), "b1": np.zeros(1)}
    model = fp.train(spec, training, fp.Data(X, targets=y), parameters=zeros, engine="numpy")
    assert 0 < corrections <= (R / gamma) ** 2
    # having stopped erring, it divides the classes
    np.testing.assert_array_equal(model.predict(X), y)


def test_a_perceptron_never_comes_to_rest_on_xor():
    spec = fp.multilayer(2, [], 1, "perceptron")
    training = fp.TrainingSpec(
        epochs=300, batch_size=1, optimizer=fp.OptimizerSpec("gradient_descent", 1.0), dtype="float64"
    )
    zeros = {"W1": np.zeros((2, 1)), "b1": np.zeros(1)}
    model = fp.train(spec, training, XOR, parameters=zeros)
    # Minsky & Papert 1969: no plane divides it, so every epoch has a correction ...
    assert np.sum(model.predict(XOR) == [0, 1, 1, 0]) <= 3
    # ... and yet the weights stay bounded (the cycling theorem)
    assert np.max(np.abs(model.parameters)) < 5.0


# -- one batch can be overfitted -----------------------------------------------------------------
@pytest.mark.parametrize(
    "activation", ["relu", "leaky_relu", "tanh", "sigmoid", "elu", "selu", "gelu", "mish"]
)
def test_one_batch_of_noise_can_be_learnt_by_heart(activation):
    rng = np.random.default_rng(1)
    data = fp.Data(rng.normal(size=(32, 8)), targets=rng.integers(0, 4, 32))
    spec = fp.multilayer(8, [64, 64], 4, "softmax_cross_entropy", activation=activation)
    training = fp.TrainingSpec(epochs=400, batch_size=None, optimizer=fp.OptimizerSpec("adam", 0.01))
    model = fp.train(spec, training, data)
    assert model.history[-1].training_loss < 0.02
    np.testing.assert_array_equal(model.predict(data), data.targets)


@pytest.mark.parametrize(
    ("optimizer", "rate"),
    [
        ("gradient_descent", 0.3),
        ("momentum", 0.1),
        ("nesterov", 0.1),
        ("adagrad", 0.1),
        ("rmsprop", 0.003),
        ("adam", 0.01),
        ("adamw", 0.01),
    ],
)
def test_every_optimizer_overfits_one_batch(optimizer, rate):
    rng = np.random.default_rng(2)
    data = fp.Data(rng.normal(size=(24, 8)), targets=rng.normal(size=(24, 2)))
    spec = fp.multilayer(8, [64], 2, "squared", activation="tanh")
    training = fp.TrainingSpec(epochs=800, batch_size=None, optimizer=fp.OptimizerSpec(optimizer, rate))
    losses = [record.training_loss for record in fp.train(spec, training, data).history]
    assert losses[-1] < 0.02 * losses[0]


def test_a_deep_network_with_every_kind_of_layer_learns():
    rng = np.random.default_rng(3)
    codes = rng.integers(0, 5, (200, 1))
    X = rng.normal(size=(200, 3))
    T = np.sin(X[:, :1]) + (codes == 2) * 1.0
    spec = fp.NetworkSpec(
        3,
        (
            fp.Embedding(2),
            fp.Dense(32),
            fp.BatchNorm(),
            fp.Activation("relu"),
            fp.Dropout(0.05),
            fp.Dense(32),
            fp.LayerNorm(),
            fp.Activation("gelu"),
            fp.Dense(1),
        ),
        fp.Head("squared"),
        code_sizes=(5,),
    )
    training = fp.TrainingSpec(epochs=40, optimizer=fp.OptimizerSpec("adam", 0.01))
    data = fp.Data(X, codes, T)
    model = fp.train(spec, training, data.rows(slice(0, 150)))
    unseen = data.rows(slice(150, 200))
    residual = model.predict(unseen) - unseen.targets[:, 0]
    assert np.mean(residual**2) < 0.1 * np.var(unseen.targets)
