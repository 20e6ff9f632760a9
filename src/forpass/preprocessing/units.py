"""Values to be predicted, from the unit of a table to that in which a network learns them, and back."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forpass.maths.units import TRANSFORMS, clipped, logarithm

__all__ = ["Unit", "of_logarithms"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Unit:
    """How values y are learnt, column by column: z = (g(y) - mean) / std.

    g(y) is y itself, or with the transform ``"log"``, for values of which few are very large,
    log(1 + (y - origin) / size), and below the origin, where no training row is, a line
    (`forpass.maths.units`). g rises, so what lies between two values lies between them in both units.

    Attributes
    ----------
    mean, std : tuple of float
        Of g(y) on the training rows, of each column; a std of 0 is kept as 1.
    low, high : tuple of float
        Between these a prediction is held; empty where it may be anything.
    transform : {"", "log"}
    origin, size : tuple of float
        Of ``"log"`` the least value of the training rows, and how far above it their median lies, or where
        that is nowhere their mean. A standard deviation would be that of the few very large ones.

    Examples
    --------
    >>> unit = Unit((1.0,), (0.5,), high=(40.0,), transform="log", origin=(2.0,), size=(3.0,))
    >>> Z = unit.standardised(np.array([[2.0], [11.0], [-4.0]]))
    >>> Z.round(3).tolist(), unit.in_unit(Z).round(3).tolist()
    ([[-2.0], [0.773], [-6.0]], [[2.0], [11.0], [-4.0]])
    >>> unit.predicted([[9.0]]).tolist()
    [[40.0]]
    """

    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    transform: str = ""
    origin: tuple[float, ...] = ()
    size: tuple[float, ...] = ()

    def wrong(self, columns: int) -> str:
        """Name the first part that no unit of so many columns has; "" where all is right."""
        right = {
            "mean": len(self.mean) == columns,
            "std": len(self.std) == columns and all(std > 0 for std in self.std),
            "range": len(self.low) == len(self.high)
            and len(self.low) in (0, columns)
            and all(low <= high for low, high in zip(self.low, self.high, strict=True)),
            "transform": self.transform in TRANSFORMS
            and len(self.origin) == len(self.size) == (columns if self.transform else 0)
            and all(size > 0 for size in self.size),
        }
        return next((name for name, is_right in right.items() if not is_right), "")

    @property
    def is_linear(self) -> bool:
        """Whether predictions are z std + mean and nothing else."""
        return not (self.transform or self.low or self.high)

    @property
    def constants(self) -> tuple[Array, ...]:
        """Those of the transform (see `forpass.maths.units`), each (k,)."""
        own = (self.origin, self.size) if self.transform else ()
        return tuple(np.array(constant) for constant in (self.mean, self.std, *own))

    @property
    def range(self) -> tuple[Array, Array]:
        """Between which a prediction is held, each (k,); infinite where it may be anything."""
        return np.array(self.low or -np.inf), np.array(self.high or np.inf)

    def standardised(self, values: ArrayLike) -> Array:
        """Return values (n, k) of the table as they are learnt."""
        y = np.asarray(values, np.float64)
        return np.asarray(TRANSFORMS[self.transform].standardised(y, *self.constants))

    def in_unit(self, Z: ArrayLike) -> Array:
        """Return learnt values (n, k) in the unit of the table: `standardised`, turned round."""
        with np.errstate(over="ignore"):
            return np.asarray(TRANSFORMS[self.transform].in_unit(np.asarray(Z, np.float64), *self.constants))

    def predicted(self, Z: ArrayLike) -> Array:
        """Return predictions (n, k) in the unit of the table, held between `low` and `high`."""
        values = self.in_unit(Z)
        return np.asarray(clipped(values, *self.range)) if self.low or self.high else values

    def sizes(self, values: ArrayLike) -> Array:
        """Return by how much values (n, k) change where z changes by as much as it is, or by 1 if less.

        A relative error of z, times this, is the error of the value. Of values that are learnt as they are it
        is their own size.
        """
        y = np.asarray(values, np.float64)
        mean, std = np.array(self.mean), np.array(self.std)
        scaled = bool(self.transform) | (mean != 0.0) | (std != 1.0)
        g = self.standardised(y) * std if self.transform else y - mean
        slope = np.maximum(y - np.array(self.origin), 0.0) + np.array(self.size) if self.transform else 1.0
        return np.asarray(np.where(scaled, np.maximum(np.abs(g), std) * slope, np.abs(y)))


def of_logarithms(values: ArrayLike) -> Unit:
    """Return the unit with the transform ``"log"``, learnt from the training rows' values (n, k)."""
    y = np.asarray(values, np.float64)
    origin, middle, mean = y.min(axis=0), np.median(y, axis=0), y.mean(axis=0)
    size = _or_one(np.where(middle > origin, middle, mean) - origin)
    g = logarithm(y, origin, size)
    found = {"mean": g.mean(axis=0), "std": _or_one(g.std(axis=0)), "origin": origin, "size": size}
    return Unit(transform="log", **{name: tuple(part.tolist()) for name, part in found.items()})


def _or_one(widths: Array) -> Array:
    """Return widths of columns; 1 for one that never changes."""
    return np.where(widths > 0.0, widths, 1.0)
