"""The lesson errata: each mistaken form fails a check that the right form passes."""

import numpy as np
import pytest

import forpass as fp
from forpass.lessons import errata


def test_1_the_misspelt_name(figures):
    assert figures("errata")["misspelt"] == "TypeError"


def test_2_the_callers_array(figures):
    found = figures("errata")["overwritten"]
    assert found["after"] == [1.0, 0.0, 0.0, 4.0] and found["posted"] == "ValueError" and found["right"] == ""
    posted, right = errata.OverwritingReLU(), errata.ReLU()
    x, dout = np.array([-1.0, 0.0, 2.0]), np.array([5.0, 6.0, 7.0])
    posted.forward(x), right.forward(x)
    np.testing.assert_array_equal(
        right.backward(dout), posted.backward(dout.copy())
    )  # only the place differs


def test_3_the_target(figures):
    assert figures("errata")["aims"] == pytest.approx([0.73, 0.50], abs=0.005)  # POSTS: 0.73 and 0.5
    z = np.linspace(-9.0, 9.0, 1001)
    for t in (0.0, 1.0):
        toward_the_label = z if t else -z
        order = np.argsort(toward_the_label)
        assert (np.diff(errata.squared(z, t)[order]) < 0).all()
        assert not (np.diff(errata.posted_squared(z, t)[order]) < 0).all()


def test_4_the_sign_of_momentum(figures):
    found = figures("errata")["momentum"]
    for name, (first, last) in found.items():
        assert (first > 1.0) == name.startswith("posted"), "one small step must go down"
        assert (abs(last) < 0.01) == (name != "posted, momentum 0")
    assert found["posted, momentum 0"][1] == pytest.approx(1.1**50, rel=1e-12)


def test_5_6_and_7_claims(figures):
    found = figures("errata")
    smallest, largest = found["sigmoid_slope"]
    assert 0 < smallest < largest == 0.25
    assert found["exponent"] == -990
    assert found["gone"] == ["TypeError", "AttributeError"]
    assert found["equal_rows"] == "ValueError"


def test_8_a_constant_in_the_logarithm(figures):
    found = figures("errata")["logarithm"]
    assert found["p - t"] == pytest.approx([-1.0, 1.0], abs=1e-12)
    # posted: about -1e-6; it is -p / (p + 1e-7) with p = e^-30
    assert found["numerical, -ln(p + 0.0000001)"][0] == pytest.approx(-np.exp(-30) / 1e-7, rel=1e-3)
    assert found["numerical, p clipped at 0.00001"] == [0.0, 0.0]
    # central differences of a value near 30: 30 * 2^-53 / 1e-4
    assert found["numerical, from raw scores"] == pytest.approx([-1.0, 1.0], abs=1e-9)
    assert figures("errata")["check_passed"] is True


@pytest.mark.parametrize("loss", ["squared", "sigmoid_squared", "sigmoid_cross_entropy"])
def test_forpass_losses_are_smallest_where_the_output_is_the_label(loss):
    """What erratum 3 fails: the prediction of the raw score with the smallest loss is the label."""
    targets = (-1.5, 2.0) if loss == "squared" else (0.0, 0.3, 1.0)
    z = np.linspace(-12.0, 12.0, 2401)
    spec = fp.NetworkSpec(1, (fp.Dense(1),), fp.Head(loss))
    network = errata.network_of(spec, {"W1": [[1.0]], "b1": [0.0]})
    for t in targets:
        tape = network.trace(fp.Data(z[:, None], targets=np.full(len(z), t)))
        best = z[np.ravel(tape["loss"]).argmin()]
        predicted = best if loss == "squared" else errata.sigmoid(best)
        assert predicted == pytest.approx(t, abs=0.006)  # a step of z is 0.01
