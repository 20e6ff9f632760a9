"""What ONNX does not have is written with what it has: NumPy carries these formulas out, too."""

import numpy as np
import pytest
from exact_functions import FUNCTIONS, exactly

from forpass.exports.onnx import formulas
from forpass.exports.onnx.formulas import ERFC
from forpass.maths import xp

EVERYWHERE = ["expm1", "log1p"]
"""Those of both types; the others are needed in float64 alone."""


def done(name, x):
    formula = getattr(formulas, name)
    with np.errstate(all="ignore"):
        return formula(x, *ERFC) if name == "erfc" else formula(x)


@pytest.mark.parametrize(
    ("name", "dtype"), [(name, "float64") for name in FUNCTIONS] + [(name, "float32") for name in EVERYWHERE]
)
def test_formulas(name, dtype):
    x, most = FUNCTIONS[name]
    x = x.astype(dtype)
    wanted, ulp = exactly(name, x)
    found = done(name, x)
    assert found.dtype == dtype
    assert (np.abs(found - wanted) / ulp).max() <= most


@pytest.mark.parametrize("name", FUNCTIONS)
def test_where_they_end(name):
    x = np.array([0.0, -1.0, np.inf, -np.inf, np.nan])
    if name in ("sin", "cos"):
        x = x[:2]
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(done(name, x), getattr(xp, name)(x), rtol=1e-15)
