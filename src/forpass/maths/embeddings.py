"""Embeddings: a learnt row of numbers for each category, looked up by its code.

Codes are whole numbers in 0 .. n_codes - 1; preprocessing gives them out, a code for "unknown"
included. Looking a row up is the product of a one-hot vector with the matrix, without the zeros.
"""

from typing import Any

from forpass.maths import xp

__all__ = ["embed", "embed_vjp"]


def embed(E: Any, codes: Any) -> Any:
    """Y[i] = E[codes[i]] for E (n_codes, d), codes (n,) -> Y (n, d).

    Examples
    --------
    >>> import numpy as np
    >>> embed(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([1, 1, 0])).tolist()
    [[3.0, 4.0], [3.0, 4.0], [1.0, 2.0]]
    """
    return xp.gather_rows(E, codes)


def embed_vjp(dY: Any, codes: Any, n_codes: Any) -> Any:
    """dE[c] = sum of dY[i] where codes[i] = c, in row order; dY (n, d) -> dE (n_codes, d).

    Examples
    --------
    >>> import numpy as np
    >>> embed_vjp(np.array([[1.0], [2.0], [4.0]]), np.array([1, 1, 0]), 3).tolist()
    [[4.0], [3.0], [0.0]]
    """
    return xp.scatter_add_rows(dY, codes, n_codes)
