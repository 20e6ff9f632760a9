"""The lesson gates: truth tables, and that one neuron makes no XOR."""

import numpy as np
import pytest

from forpass import Activation, Data, Dense, Head, NetworkSpec, TrainingSpec, train
from forpass.errors import SpecError
from forpass.lessons import gates
from forpass.lessons.page import Page


def test_gates_made_by_hand(figures):
    found = figures("gates")
    assert found["NAND"] == [1, 1, 1, 0]
    assert found["OR"] == [0, 1, 1, 1]
    assert found["AND"] == [0, 0, 0, 1]
    assert found["XOR"] == [0, 1, 1, 0]


def test_no_single_neuron_computes_xor(figures):
    settings = figures("gates")["settings"]
    assert settings["XOR"] == 0
    assert min(settings["NAND"], settings["OR"], settings["AND"]) > 1000


def test_its_trace_says_how_xor_came_about():
    lines = []
    gates.as_matrices(Page("gates", lines.append))
    worked_out = [line.strip() for line in lines if line.lstrip().startswith("= ")]
    assert worked_out == [
        "= 0 * (-2) + 1 * (-2) + 3 = 1",
        "= step(1) = 1",
        "= 1 * 1 + 1 * 1 + (-1) = 1",
        "= step(1) = 1",
    ]


def test_a_step_is_not_trained_by_gradient():
    spec = NetworkSpec(2, (Dense(2), Activation("step"), Dense(1)), Head("squared"))
    with pytest.raises(SpecError, match="cannot be trained by gradient"):
        train(spec, TrainingSpec(epochs=1), Data(np.eye(2), targets=[0.0, 1.0]))
