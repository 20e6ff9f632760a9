"""PyTorch, eager and compiled: all data in one tensor, batches taken from it by number.

That is several times faster than its DataLoader.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from forpass.bench.cases import Case, Recipe

__all__ = ["PyTorch"]

ACTIVATIONS = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh}
# fused: one kernel for all parameters; a step of Adam takes 5 to 25 % less, one of gradient descent as long
OPTIMIZERS: dict[str, Callable[..., Any]] = {
    "gradient_descent": torch.optim.SGD,
    "adam": functools.partial(torch.optim.Adam, fused=True),
}


class PyTorch:
    """A network to be trained by an ordinary loop.

    Parameters
    ----------
    case, recipe : Case, Recipe
    X, y : arrays
    compiled : bool
        Let ``torch.compile`` make one function of network and loss.
    """

    def __init__(
        self, case: Case, recipe: Recipe, X: NDArray[Any], y: NDArray[Any], compiled: bool = False
    ) -> None:
        self.case, self.recipe = case, recipe
        self.X, self.y = torch.from_numpy(X), torch.from_numpy(y)
        self.net, cross_entropy = self._network(), nn.CrossEntropyLoss()

        def loss(x: Any, y: Any) -> Any:
            return cross_entropy(self.net(x), y)

        if compiled:
            torch.compiler.reset()  # or the networks before this one would count against its limit
        self.loss = torch.compile(loss) if compiled else loss

    def fit(self, epochs: int) -> None:
        """Train from new parameters; what was compiled stays."""
        torch.manual_seed(0)
        n, size = self.case.n_rows, self.case.batch_size
        for layer in self.net:
            if isinstance(layer, nn.Linear):
                layer.reset_parameters()
        self.net.train()
        optimizer = OPTIMIZERS[self.recipe.optimizer](self.net.parameters(), self.recipe.rate)
        for _ in range(epochs):
            order = torch.randperm(n) if size < n else None
            for begin in range(0, n, size):
                rows = slice(None) if order is None else order[begin : begin + size]
                optimizer.zero_grad()
                self.loss(self.X[rows], self.y[rows]).backward()
                optimizer.step()

    def predict(self, X: NDArray[np.float32]) -> NDArray[Any]:
        """Return the probability of each class."""
        self.net.eval()
        with torch.inference_mode():
            found: NDArray[Any] = self.net(torch.from_numpy(X)).softmax(1).numpy()
            return found

    def _network(self) -> nn.Sequential:
        layers: list[nn.Module] = []
        width = self.case.n_features
        for size in self.case.hidden:
            layers += [nn.Linear(width, size), ACTIVATIONS[self.case.activation]()]
            if self.recipe.dropout:
                layers.append(nn.Dropout(self.recipe.dropout))
            width = size
        return nn.Sequential(*layers, nn.Linear(width, self.case.n_classes))
