"""The layers that normalise, each beside what it becomes; what a layer is, says `layers`."""

from __future__ import annotations

from dataclasses import dataclass

from forpass.spec.draft import Draft
from forpass.spec.initializer import ONES, ZEROS
from forpass.spec.require import require_fraction, require_number

__all__ = ["BatchNorm", "LayerNorm"]


@dataclass(frozen=True)
class BatchNorm:
    """Give each column of a batch mean 0 and variance 1, then scale by gamma and shift by beta.

    At prediction the running averages stand in for the batch's mean and variance:
    running = (1 - momentum) running + momentum batch. The batch's statistics take no weights.
    N = gamma (X - mean) / sqrt(variance + epsilon) + beta, all (d,) but X and N (n, d)
    (Ioffe & Szegedy 2015).

    Parameters
    ----------
    momentum : float
        From 0 to 1.
    epsilon : float
        Above 0.

    Examples
    --------
    >>> import numpy as np, forpass as fp
    >>> spec = fp.NetworkSpec(1, [fp.BatchNorm(), fp.Dense(1)], fp.Head("squared"))
    >>> gamma_beta_W_b, mean_variance = np.array([1.0, 0.0, 1.0, 0.0]), np.array([5.0, 4.0])
    >>> model = fp.TrainedModel(spec, gamma_beta_W_b, mean_variance)
    >>> model.predict([[5.0], [7.0], [3.0]]).round(3).tolist()
    [0.0, 1.0, -1.0]
    """

    momentum: float = 0.1
    epsilon: float = 1e-5

    def __post_init__(self) -> None:
        require_fraction(self, "momentum")
        require_number(self, "epsilon", above=0.0)

    def lower(self, draft: Draft, x: int) -> int:
        """One ``batch_norm``, with running averages: N1 = gamma1 batch_norm(Z1) + beta1."""
        d = draft.widths[x]
        averages = [draft.statistic("mean", (d,), ZEROS), draft.statistic("variance", (d,), ONES)]
        return _normalised(draft, x, "batch_norm", (self.momentum, self.epsilon), averages)


@dataclass(frozen=True)
class LayerNorm:
    """Give each row mean 0 and variance 1, then scale by gamma and shift by beta.

    N = gamma (X - mean) / sqrt(variance + epsilon) + beta, with gamma and beta (d,), and a mean and a
    variance of each row of X (n, d) (Ba et al. 2016). It does the same in training and at prediction.

    Parameters
    ----------
    epsilon : float
        Above 0.

    Examples
    --------
    >>> import numpy as np, forpass as fp
    >>> spec = fp.NetworkSpec(2, [fp.Dense(2), fp.LayerNorm()], fp.Head("squared"))
    >>> W_b_gamma_beta = np.array([1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0])
    >>> model = fp.TrainedModel(spec, W_b_gamma_beta, np.empty(0))
    >>> model.predict([[2.0, 4.0], [9.0, -9.0]]).round(3).tolist()
    [[-1.0, 1.0], [1.0, -1.0]]
    """

    epsilon: float = 1e-5

    def __post_init__(self) -> None:
        require_number(self, "epsilon", above=0.0)

    def lower(self, draft: Draft, x: int) -> int:
        """One ``layer_norm``: N1 = gamma1 layer_norm(Z1) + beta1."""
        return _normalised(draft, x, "layer_norm", (self.epsilon,), [])


def _normalised(draft: Draft, x: int, opcode: str, settings: tuple[float, ...], averages: list[str]) -> int:
    d = draft.widths[x]
    gamma = draft.block(f"gamma{draft.depth}", "gain", (d,), ONES, d, d)
    beta = draft.block(f"beta{draft.depth}", "shift", (d,), ZEROS, d, d)
    formula = f"{gamma} {opcode}({{0}}) + {beta}"
    return draft.add(
        opcode, "N", [x], d, formula, parameters=[gamma, beta], buffers=averages, settings=settings
    )
