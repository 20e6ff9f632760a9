"""What a network predicts with that depends on parameters alone."""

import numpy as np
import pytest

from forpass.engines.ready import ready
from forpass.spec.operation import Operation


def operation(opcode, parameters, settings=()):
    return Operation(opcode, 1, "Z1", (0,), 1, (2,), 3, parameters, settings=settings)


@pytest.mark.parametrize("networks", [(), (4,)])
def test_weights_have_their_sizes_and_their_multiplier_in_them(networks):
    rng = np.random.default_rng(0)
    V, s = rng.standard_normal((*networks, 5, 3)), rng.random((*networks, 5))
    sizes = ready(operation("piecewise", ("V", "s"), (0.5,)), {"V": V, "s": s})
    np.testing.assert_allclose(sizes["V"], V * s[..., None] * 0.5)
    alone = ready(operation("piecewise", ("V",), (0.5,)), {"V": V})
    np.testing.assert_allclose(alone["V"], V * 0.5)
    found = ready(operation("affine", ("V", "s"), (2.0,)), {"V": V.astype(np.float32), "s": s, "other": s})
    assert list(found) == ["V", "s"] and found["V"].dtype == np.float32
    np.testing.assert_array_equal(found["V"], V.astype(np.float32) * 2)


def test_all_others_predict_with_what_is_trained():
    held = {"gamma": np.ones(3), "beta": np.zeros(3)}
    assert ready(operation("layer_norm", ("gamma", "beta"), (1e-5,)), held) == held
    assert ready(operation("affine", ("gamma", "beta")), held)["gamma"] is held["gamma"]
