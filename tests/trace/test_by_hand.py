"""Traces of networks so small that every number is computed by hand: two members, and rows with weights."""

import numpy as np
import pytest

import forpass as fp
from forpass.trace import element, readers


def traced(spec, parameters, data, **training):
    """Trace the first step of gradient descent with rate 0.1 from some parameters."""
    steps = fp.OptimizerSpec("gradient_descent", learning_rate=0.1)
    trained = fp.train(spec, fp.TrainingSpec(1, optimizer=steps, dtype="float64", **training), data)
    model = fp.TrainedModel(spec, np.asarray(parameters, np.float64), np.empty(0), training=trained.training)
    return model.trace(data)


def test_two_members_share_a_weight_and_have_sizes_of_their_own():
    """Each of the two rows is a row of the batch for each member: a x w + b, with a of the member."""
    spec = fp.NetworkSpec(
        1, (fp.Columnwise("scale", by_member=True), fp.Dense(1)), fp.Head("squared"), members=2
    )
    # scale is 1 for member 0 and 2 for member 1; W = 3, b = 0.5
    tape = traced(spec, [1.0, 2.0, 3.0, 0.5], fp.Data([[1.0], [-1.0]], targets=[[4.0], [0.0]]))
    # rows of the batch: row 0 of members 0 and 1, then row 1 of both
    assert tape["X"].ravel().tolist() == [1.0, 1.0, -1.0, -1.0]
    scaled = next(entry for entry in tape if entry.phase == "forward").name
    assert tape[scaled].ravel().tolist() == [1.0, 2.0, -1.0, -2.0]
    z = "Z1"
    assert tape[z].ravel().tolist() == [3.5, 6.5, -2.5, -5.5]
    # dz = (z - t) / 4
    np.testing.assert_allclose(tape["dZ1"].ravel(), [-0.125, 0.625, -0.625, -1.375], rtol=1e-15)
    # dw = sum of dz and scaled x: -0.125 + 1.25 + 0.625 + 2.75; by member dscale is the sum of dz w x
    name = next(entry.name for entry in tape if entry.phase == "parameters" and entry.value.shape == (2, 1))
    np.testing.assert_allclose(tape["dW1"].ravel(), [4.5], rtol=1e-15)
    np.testing.assert_allclose(tape[f"d{name}"].ravel(), [1.5, 6.0], rtol=1e-15)
    np.testing.assert_allclose(tape[f"{name}.new"].ravel(), [0.85, 1.4], rtol=1e-15)
    assert element(tape, scaled, (3, 0)).numbers == "scale((-1), 2)"
    assert {c.place for c in element(tape, f"d{name}", (1, 0)).reads if c.name == "X"} == {(1, 0), (3, 0)}
    assert str(next(r for r in readers(tape, name, (1, 0)) if r.name == scaled)) == f"{scaled}[1::2, 0]"


def test_rows_count_by_their_weights():
    """Weights 1 and 3, mean 2: losses weigh 1/4 and 3/4 of the two rows."""
    spec = fp.NetworkSpec(1, (fp.Dense(1),), fp.Head("squared"))
    data = fp.Data([[1.0], [2.0]], targets=[[1.0], [0.0]], weights=[1.0, 3.0])
    tape = traced(spec, [2.0, -1.0], data)
    # z = 1, 3; losses 0 and 9/2; objective (1 0 + 3 4.5) / 4; dz = w (z - t) / 4
    assert tape["Z1"].ravel().tolist() == [1.0, 3.0]
    assert tape["w"].tolist() == [1.0, 3.0] and tape["loss"].tolist() == [0.0, 4.5]
    assert tape["objective"] == 3.375
    assert tape["dZ1"].ravel().tolist() == [0.0, 2.25]
    assert (tape["dW1"].item(), tape["db1"].item()) == (4.5, 2.25)
    assert tape["W1.new"].item() == pytest.approx(1.55, rel=1e-15)
    assert tape["b1.new"].item() == pytest.approx(-1.225, rel=1e-15)
    assert [str(cell) for cell in element(tape, "dZ1", (1, 0)).reads] == ["Z1[1, 0]", "T[1, 0]", "w[1]"]
    assert "dZ1[1, :]" in map(str, readers(tape, "w", (1,)))
