"""The namespace in which all mathematics of forpass is written, for NumPy.

The functions of `forpass.maths` use the one free name ``xp`` and nothing else that computes.
An engine that computes by other means brings a module with these same names, and
`forpass.engines.bind` hands it to the same formulas. This module is the one for NumPy; it is the
definition of what each name means.

Elementwise names take scalars or arrays. Row reductions take ``(n, d)`` and give ``(n, 1)``,
column reductions give ``(1, d)``, so that results combine with what they were taken from. Reductions
over members take ``(m, n, d)`` and give ``(n, d)``.
"""

import functools
import math
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from forpass.maths.quantile import normal_quantile

Array: TypeAlias = NDArray[Any]
"""An array of numbers; its shape stands in the docstring of each function that takes one."""

# -- elementwise ---------------------------------------------------------------------------------
exp = np.exp
expm1 = np.expm1
log = np.log
log1p = np.log1p
tanh = np.tanh
sqrt = np.sqrt
absolute = np.abs
sign = np.sign
minimum = np.minimum
maximum = np.maximum
sin = np.sin
cos = np.cos
power = np.power  # x ** y; for coefficients computed once a step
floor = np.floor
ndtri = normal_quantile  # inverse of the normal distribution function; for initial parameters


def erfc(z: Any) -> Any:
    """Complementary error function: 1 - erf(z) without cancellation.

    SciPy's; where it is not installed, that of Python, number by number.
    """
    try:
        from scipy.special import erfc  # a quarter of a second to import, and few need it
    except ModuleNotFoundError:
        return erfc_of_each(z)
    return erfc(z)


def erfc_of_each(z: Any) -> Any:
    """Return the same by Python's own function, in the type of `z`."""
    return np.frompyfunc(math.erfc, 1, 1)(z).astype(np.asarray(z).dtype)


def picked(Z: Any, rows: Any) -> Any:
    """Pick numbers of each column, by their rows: Z (n, d), rows (k, d) -> (k, d); for initial parameters."""
    return np.take_along_axis(Z, rows, axis=0)


def where(condition: Any, if_true: Any, if_false: Any) -> Any:
    """Choose elementwise; a scalar in gives a scalar out (`numpy.where` would give a 0-d array)."""
    return np.where(condition, if_true, if_false)[()]


# -- reductions ----------------------------------------------------------------------------------
def row_sum(Z: Array) -> Any:
    """Sum each row: (n, d) -> (n, 1)."""
    return np.sum(Z, axis=-1, keepdims=True)


def row_max(Z: Array) -> Any:
    """Take the largest of each row: (n, d) -> (n, 1)."""
    return np.max(Z, axis=-1, keepdims=True)


def row_length(Z: Array) -> Any:
    """Return d, the number of columns of ``(n, d)``, as a number of the working type."""
    return Z.dtype.type(Z.shape[-1])


def column_sum(Z: Array) -> Any:
    """Sum each column: (n, d) -> (1, d)."""
    return np.sum(Z, axis=0, keepdims=True)


def column_length(Z: Array) -> Any:
    """Return n, the number of rows of ``(n, d)``, as a number of the working type."""
    return Z.dtype.type(Z.shape[0])


def member_sum(Z: Array) -> Any:
    """Add members up, one after the other: (m, n, d) -> (n, d)."""
    # not np.sum, which adds the members of a single row up in another order than those of many
    return functools.reduce(np.add, Z)


def member_max(Z: Array) -> Any:
    """Take the largest of all members: (m, n, d) -> (n, d)."""
    return np.maximum.reduce(Z, axis=0)


# -- products ------------------------------------------------------------------------------------
def matmul(A: Array, B: Array) -> Any:
    """Multiply matrices: (n, k) (k, m) -> (n, m)."""
    return np.matmul(A, B)


def transpose(A: Array) -> Any:
    """Swap rows and columns: (n, m) -> (m, n)."""
    return A.T


def eye(size: int, like: Array) -> Any:
    """Return the unit matrix (size, size) in the type of `like`."""
    return np.eye(size, dtype=like.dtype)


# -- look-up -------------------------------------------------------------------------------------
def gather_rows(E: Array, codes: Array) -> Any:
    """Copy out rows by number: (n_codes, d), (n,) -> (n, d)."""
    return np.take(E, codes, axis=0)


def scatter_add_rows(dY: Array, codes: Array, n_codes: int) -> Any:
    """Add up rows of the same number, in row order: (n, d), (n,) -> (n_codes, d)."""
    dE = np.zeros((n_codes, dY.shape[1]), dY.dtype)
    np.add.at(dE, codes, dY)
    return dE


# -- 32-bit integers, for philox -----------------------------------------------------------------
THIRTY_TWO = np.uint64(32)


def u32(x: Any) -> Any:
    """Reduce to an unsigned 32-bit integer: x modulo 2^32."""
    return np.asarray(x).astype(np.uint32, copy=False)[()]


def mulhi32(a: Any, b: Any) -> Any:
    """Return the upper 32 bits of the 64-bit product of two unsigned 32-bit integers."""
    return (np.multiply(a, b, dtype=np.uint64, casting="unsafe") >> THIRTY_TWO).astype(np.uint32)


def mullo32(a: Any, b: Any) -> Any:
    """Return the lower 32 bits of the product of two unsigned 32-bit integers."""
    return np.multiply(a, b, dtype=np.uint32, casting="unsafe")


def add32(a: Any, b: Any) -> Any:
    """Add two unsigned 32-bit integers modulo 2^32."""
    return np.add(a, b, dtype=np.uint32, casting="unsafe")
