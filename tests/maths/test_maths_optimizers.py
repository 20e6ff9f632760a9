"""Optimisers against torch, scikit-learn, laws that follow from their definitions, and valleys to descend."""

import math

import numpy as np
import pytest

from forpass.maths.clipping import clip_norm_factor, clip_value
from forpass.maths.optimizers import OPTIMIZERS
from forpass.maths.penalties import decayed


def run(name, gradient, theta, steps, rate, dtype=np.float64, weight_decay=None, **settings):
    """Take steps as an engine does; return all positions, the first included."""
    record = OPTIMIZERS[name]
    settings = OPTIMIZERS.settings(name, settings)
    decay = record.weight_decay if weight_decay is None else weight_decay
    theta = np.asarray(theta, dtype=dtype)
    slots = [np.zeros_like(theta) for _ in record.slots]
    path = [theta]
    for t in range(1, steps + 1):
        coefficients = [dtype(c) for c in record.coefficients(t, *settings.values())]
        r = dtype(rate(t) if callable(rate) else rate)
        g = gradient(theta)
        if decay:
            theta = decayed(theta, r, dtype(decay))
        theta, *slots = record.step(theta, g, *slots, r, *coefficients)
        path.append(theta)
    return np.array(path)


START = np.array([1.0, -2.0, 0.5, 3.0])
CURVATURE = np.array([[3.0, 1.0, 0.0, 0.0], [1.0, 2.0, 0.5, 0.0], [0.0, 0.5, 1.0, 0.2], [0.0, 0.0, 0.2, 0.3]])


def slope(theta):
    return CURVATURE @ theta + np.sin(theta)


TORCH = {
    "gradient_descent": ("SGD", {}, {}),
    "momentum": ("SGD", {"mu": 0.8}, {"momentum": 0.8}),
    "nesterov": ("SGD", {"mu": 0.8}, {"momentum": 0.8, "nesterov": True}),
    "adagrad": ("Adagrad", {"epsilon": 0.01}, {"eps": 0.01}),
    "rmsprop": ("RMSprop", {"rho": 0.8, "epsilon": 0.01}, {"alpha": 0.8, "eps": 0.01}),
    "adam": ("Adam", {"beta1": 0.8, "beta2": 0.9, "epsilon": 0.01}, {"betas": (0.8, 0.9), "eps": 0.01}),
    "adamw": ("AdamW", {"beta1": 0.8, "beta2": 0.9, "epsilon": 0.01}, {"betas": (0.8, 0.9), "eps": 0.01}),
}


def torch_path(optimizer, steps, rate, **options):
    torch = pytest.importorskip("torch", reason="torch is an oracle of the test extra")
    theta = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    rule = getattr(torch.optim, optimizer)([theta], lr=rate, **options)
    path = [START]
    for _ in range(steps):
        theta.grad = torch.tensor(slope(theta.detach().numpy()))
        rule.step()
        path.append(theta.detach().numpy().copy())
    return np.array(path)


@pytest.mark.oracle
@pytest.mark.parametrize("defaults", [False, True])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_same_path_as_torch(name, defaults):
    optimizer, ours, theirs = TORCH[name]
    if defaults:  # torch has no default momentum
        ours, theirs = ({"mu": 0.9}, theirs | {"momentum": 0.9}) if "mu" in ours else ({}, {})
    path = run(name, slope, START, 20, 0.05, **ours)
    np.testing.assert_allclose(path, torch_path(optimizer, 20, 0.05, **theirs), rtol=1e-12)
    assert np.abs(path[-1] - START).max() > 0.1


@pytest.mark.oracle
def test_decoupled_decay_as_torch():
    path = run("adamw", slope, START, 20, 0.05, weight_decay=0.5)
    np.testing.assert_allclose(path, torch_path("AdamW", 20, 0.05, weight_decay=0.5), rtol=1e-12)
    assert OPTIMIZERS["adamw"].weight_decay == 0.01  # torch's default
    assert [o.name for o in OPTIMIZERS.values() if o.weight_decay] == ["adamw"]


def sklearn_path(optimizer, steps):
    theta = START.copy()
    path = [START]
    for _ in range(steps):
        optimizer.update_params([theta], [slope(theta)])
        path.append(theta.copy())
    return np.array(path)


@pytest.mark.parametrize("name", ["momentum", "nesterov"])
def test_same_path_as_scikit_learn_sgd(name):
    from sklearn.neural_network._stochastic_optimizers import SGDOptimizer

    oracle = SGDOptimizer([START], 0.05, momentum=0.8, nesterov=name == "nesterov")
    np.testing.assert_allclose(
        run(name, slope, START, 20, 0.05, mu=0.8), sklearn_path(oracle, 20), rtol=1e-12
    )


@pytest.mark.parametrize("name", ["momentum", "nesterov"])
def test_a_falling_rate_acts_as_in_scikit_learn(name):
    from sklearn.neural_network._stochastic_optimizers import SGDOptimizer

    oracle = SGDOptimizer([START], 0.05, momentum=0.8, nesterov=name == "nesterov", lr_schedule="invscaling")
    theta = START.copy()
    for t in range(20):
        oracle.update_params([theta], [slope(theta)])
        oracle.iteration_ends(t + 1)
    ours = run(name, slope, START, 20, lambda t: 0.05 / math.sqrt(t), mu=0.8)
    np.testing.assert_allclose(ours[-1], theta, rtol=1e-12)


@pytest.mark.parametrize("epsilon", [1e-8, 0.1])
def test_epsilon_hat_is_scikit_learns_epsilon(epsilon):
    from sklearn.neural_network._stochastic_optimizers import AdamOptimizer

    oracle = sklearn_path(AdamOptimizer([START], 0.05, 0.8, 0.9, epsilon), 20)
    settings = {"beta1": 0.8, "beta2": 0.9}
    ours = run("adam", slope, START, 20, 0.05, epsilon=0.0, epsilon_hat=epsilon, **settings)
    np.testing.assert_allclose(ours, oracle, rtol=1e-12)
    if epsilon == 0.1:  # and not torch's
        other = run("adam", slope, START, 20, 0.05, epsilon=epsilon, **settings)
        assert np.abs(other - oracle).max() > 0.01


# a constant gradient c for steps 1, 2, ...: what follows from the definitions, on paper
GRADIENT = np.array([2.0, -0.5])
RATE = 0.1


def moves(name, steps=6, **settings):
    return np.diff(
        run(name, lambda theta: GRADIENT, [0.0, 0.0], steps, RATE, weight_decay=0.0, **settings), axis=0
    )


T = np.arange(1, 7)[:, None]


def test_constant_gradient_gradient_descent():
    np.testing.assert_allclose(moves("gradient_descent"), np.tile([-0.2, 0.05], (6, 1)), rtol=1e-14)


def test_constant_gradient_momentum_is_a_geometric_sum():
    expected = -RATE * GRADIENT * (1.0 - 0.5**T) / 0.5
    np.testing.assert_allclose(moves("momentum", mu=0.5), expected, rtol=1e-14)


def test_constant_gradient_nesterov_is_one_step_ahead():
    np.testing.assert_allclose(moves("nesterov", mu=0.5)[:-1], moves("momentum", mu=0.5)[1:], rtol=1e-14)


def test_constant_gradient_adagrad_slows_down_as_one_over_root_t():
    expected = -RATE * np.sign(GRADIENT) / np.sqrt(T)
    np.testing.assert_allclose(moves("adagrad"), expected, rtol=1e-9)


def test_constant_gradient_rmsprop_starts_too_fast():
    # a mean that starts from 0 is too small by 1 - rho^t, and nothing makes up for it
    expected = -RATE * np.sign(GRADIENT) / np.sqrt(1.0 - 0.75**T)
    np.testing.assert_allclose(moves("rmsprop", rho=0.75), expected, rtol=1e-7)


@pytest.mark.parametrize("name", ["adam", "adamw"])
def test_constant_gradient_adam_steps_by_the_rate(name):
    expected = np.tile(-RATE * np.sign(GRADIENT), (6, 1))
    np.testing.assert_allclose(moves(name), expected, rtol=1e-7)
    # with Algorithm 1's epsilon: rate c / (|c| + epsilon) in every step
    expected = np.tile([-0.1 * 2.0 / 2.5, 0.1 * 0.5 / 1.0], (6, 1))
    np.testing.assert_allclose(moves(name, epsilon=0.5), expected, rtol=1e-12)


def test_adam_second_step_by_hand():
    # beta1 = beta2 = 1/2, gradients 1 then 3, no epsilon worth mentioning:
    # m = 1/4 + 3/2 = 7/4, v = 1/4 + 9/2 = 19/4, both over 1 - 1/4: 7/3 and 19/3
    gradients = iter([np.array(1.0), np.array(3.0)])
    path = run("adam", lambda theta: next(gradients), 0.0, 2, 0.5, beta1=0.5, beta2=0.5, epsilon=1e-30)
    np.testing.assert_allclose(
        path, [0.0, -0.5, -0.5 - 0.5 * (7.0 / 3.0) / math.sqrt(19.0 / 3.0)], rtol=1e-15
    )


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_zero_gradient_moves_nothing(name):
    # a unit that is switched off has gradient 0 from the first step on: no 0 / 0
    path = run(name, np.zeros_like, START, 3, 0.1, dtype=np.float32, weight_decay=0.0)
    np.testing.assert_array_equal(path, np.tile(START.astype(np.float32), (4, 1)))


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_elementwise(name):
    # what happens to one parameter does not depend on its neighbours
    together = run(name, np.sin, START, 5, 0.1)
    for i in range(4):
        np.testing.assert_array_equal(together[:, i], run(name, np.sin, START[i : i + 1], 5, 0.1)[:, 0])


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_float32_follows_float64(name):
    single = run(name, lambda theta: slope(theta).astype(theta.dtype), START, 20, 0.05, dtype=np.float32)
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, run(name, slope, START, 20, 0.05), rtol=2e-5, atol=2e-6)


# rate, steps: reached is 1e-6 of the start, but by rules whose step stays near the rate in size however
# small the gradient is: they reach only the square of the rate
QUADRATIC = {
    "gradient_descent": (0.2, 300),
    "momentum": (0.1, 300),
    "nesterov": (0.1, 300),
    "adagrad": (1.0, 300),
    "rmsprop": (0.001, 5000),
    "adam": (0.1, 1000),
    "adamw": (0.1, 1000),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_finds_the_bottom_of_a_quadratic_bowl(name):
    rate, steps = QUADRATIC[name]

    def value(theta):
        return 0.5 * (4.0 * theta[0] ** 2 + 0.4 * theta[1] ** 2)

    path = run(name, lambda theta: np.array([4.0, 0.4]) * theta, [1.0, -2.0], steps, rate, weight_decay=0.0)
    assert value(path[-1]) < 1e-6 * value(path[0])


ROSENBROCK = {
    "gradient_descent": (1e-3, 20_000),
    "momentum": (1e-3, 2_000),
    "nesterov": (1e-3, 2_000),
    "adagrad": (0.5, 10_000),
    "rmsprop": (1e-3, 10_000),
    "adam": (1e-2, 5_000),
    "adamw": (1e-2, 5_000),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_follows_rosenbrocks_valley(name):
    rate, steps = ROSENBROCK[name]

    def value(theta):
        x, y = theta
        return (1.0 - x) ** 2 + 100.0 * (y - x * x) ** 2

    def gradient(theta):
        x, y = theta
        return np.array([-2.0 * (1.0 - x) - 400.0 * x * (y - x * x), 200.0 * (y - x * x)])

    path = run(name, gradient, [-1.2, 1.0], steps, rate, weight_decay=0.0)
    assert value(path[0]) > 24.0
    assert value(path[-1]) < 1e-3


def test_clip_value():
    g = np.array([-np.inf, -2.0, -1.5, 0.0, 1.0, 1.5, 7.0])
    np.testing.assert_array_equal(clip_value(g, 1.5), [-1.5, -1.5, -1.5, 0.0, 1.0, 1.5, 1.5])
    assert math.isnan(clip_value(math.nan, 1.0))


def test_clip_by_norm(rng):
    g = rng.normal(size=50)
    norm = np.linalg.norm(g)
    assert clip_norm_factor(norm, norm * 2.0) == 1.0
    assert clip_norm_factor(norm, norm) == 1.0
    assert clip_norm_factor(0.0, 1.0) == 1.0
    np.testing.assert_allclose(np.linalg.norm(g * clip_norm_factor(norm, 0.25)), 0.25, rtol=1e-14)
