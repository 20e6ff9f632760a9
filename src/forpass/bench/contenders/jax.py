"""JAX: an epoch is one compiled `lax.scan` over its batches."""

from __future__ import annotations

import itertools
from typing import Any

import jax
import numpy as np
from jax import numpy as jnp
from numpy.typing import NDArray

from forpass.bench.cases import Case, Recipe

__all__ = ["Jax"]

ACTIVATIONS = {"relu": jax.nn.relu, "sigmoid": jax.nn.sigmoid, "tanh": jnp.tanh}


class Jax:
    """A network to be trained by a scan over steps, with its update by hand."""

    def __init__(self, case: Case, recipe: Recipe, X: NDArray[Any], y: NDArray[Any]) -> None:
        self.case, self.recipe = case, recipe
        self.X, self.y = jnp.asarray(X), jnp.asarray(y)
        self._epoch, self._scores = jax.jit(self._steps), jax.jit(self._probabilities)

    def fit(self, epochs: int) -> None:
        """Train a new network."""
        key = jax.random.key(0)
        sizes = (self.case.n_features, *self.case.hidden, self.case.n_classes)
        theta = []
        for a, b in itertools.pairwise(sizes):
            key, own = jax.random.split(key)
            theta.append((jax.random.normal(own, (a, b)) * (2.0 / a) ** 0.5, jnp.zeros(b)))
        zeros = jax.tree.map(jnp.zeros_like, theta)
        state = theta, zeros, zeros, jnp.zeros(())
        for _ in range(epochs):
            key, own = jax.random.split(key)
            state = self._epoch(state, own)
        self.theta = jax.block_until_ready(state[0])

    def predict(self, X: NDArray[np.float32]) -> NDArray[Any]:
        """Return the probability of each class."""
        return np.asarray(self._scores(self.theta, X))

    def _forward(self, theta: Any, x: Any, key: Any = None) -> Any:
        for number, (W, b) in enumerate(theta[:-1]):
            x = ACTIVATIONS[self.case.activation](x @ W + b)
            if key is not None and self.recipe.dropout:
                kept = 1.0 - self.recipe.dropout
                mask = jax.random.bernoulli(jax.random.fold_in(key, number), kept, x.shape)
                x = jnp.where(mask, x / kept, 0.0)
        W, b = theta[-1]
        return x @ W + b

    def _probabilities(self, theta: Any, x: Any) -> Any:
        return jax.nn.softmax(self._forward(theta, x))

    def _loss(self, theta: Any, x: Any, y: Any, key: Any) -> Any:
        scores = jax.nn.log_softmax(self._forward(theta, x, key))
        return -jnp.mean(jnp.take_along_axis(scores, y[:, None], 1))

    def _steps(self, state: Any, key: Any) -> Any:
        n, size = self.case.n_rows, self.case.batch_size
        key, own = jax.random.split(key)
        order = jax.random.permutation(own, n) if size < n else jnp.arange(n)

        def step(state: Any, batch: Any) -> tuple[Any, None]:
            number, rows = batch
            x, y = (self.X[rows], self.y[rows]) if size < n else (self.X, self.y)
            own = jax.random.fold_in(key, number)
            return self._updated(state, jax.grad(self._loss)(state[0], x, y, own)), None

        batches = jnp.arange(n // size), order.reshape(-1, size)
        return jax.lax.scan(step, state, batches)[0]

    def _updated(self, state: Any, gradient: Any) -> Any:
        theta, m, v, t = state
        rate = self.recipe.rate
        if self.recipe.optimizer == "gradient_descent":
            return jax.tree.map(lambda p, g: p - rate * g, theta, gradient), m, v, t
        t = t + 1.0
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, gradient)
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, gradient)
        scale = rate / (1.0 - 0.9**t)

        def moved(p: Any, m: Any, v: Any) -> Any:
            return p - scale * m / (jnp.sqrt(v / (1.0 - 0.999**t)) + 1e-8)

        return jax.tree.map(moved, theta, m, v), m, v, t
