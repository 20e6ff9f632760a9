"""The update on the tape: it is the step that training takes, and says how."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from forpass.engines import reference
from forpass.engines.conformance import cases as conformance
from forpass.engines.initial import fresh_state
from forpass.engines.plans import PlanWriter
from forpass.maths.optimizers import OPTIMIZERS
from forpass.spec.data import Data
from forpass.spec.layers import BatchNorm, Dense
from forpass.spec.network import Head, NetworkSpec, Penalty
from forpass.spec.optimizer import OptimizerSpec
from forpass.spec.program import lower
from forpass.spec.training import TrainingSpec

ORDER = ["input", "parameters", "forward", "loss", "backward", "update"]


def everything(optimizer):
    case = conformance.everything()
    return replace(case, training=replace(case.training, optimizer=OptimizerSpec(optimizer, 0.01)))


CASES = {
    **{name: (lambda name=name: everything(name)) for name in OPTIMIZERS},
    **conformance.training_cases(),
}


def session_of(case, dtype="float64"):
    training = replace(case.training, dtype=dtype)
    state = fresh_state(case.program, training, case.data)
    state.parameters[...] = case.parameters
    return reference.start(case.program, state, case.data, training)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_it_is_the_step_that_training_takes(name, dtype):
    case = CASES[name]()
    session = session_of(case, dtype)
    for begin in range(3):  # the optimiser has something to remember
        plan = conformance.plan_of(case, begin, begin + 1)
        before = session.state()
        tape = session.trace(plan, update=True)
        for name, kept in vars(before).items():
            np.testing.assert_array_equal(kept, getattr(session.state(), name))
        session.advance(plan)
        after, layout = session.state(), case.program.parameters
        for block, view in layout.views(after.parameters).items():
            np.testing.assert_array_equal(tape[f"{block}.new"], view)
            np.testing.assert_array_equal(tape[block], layout.views(before.parameters)[block])
        for number, slot in enumerate(OPTIMIZERS[case.training.optimizer.name].slots):
            for block, view in layout.views(after.slots[number]).items():
                np.testing.assert_array_equal(tape[f"{block}.{slot}"], view)
                np.testing.assert_array_equal(
                    tape[f"{block}.{slot}.before"], layout.views(before.slots[number])[block]
                )
        for block, view in case.program.buffers.views(after.buffers).items():
            if f"{block}.new" in tape:
                np.testing.assert_array_equal(tape[f"{block}.new"], view)


@pytest.mark.parametrize("name", CASES)
def test_every_entry_says_what_it_was_made_of(name):
    case = CASES[name]()
    tape, known, phases = session_of(case).trace(conformance.plan_of(case, 0, 1), update=True), set(), []
    for entry in tape:
        assert set(entry.inputs) <= known, entry
        assert entry is tape.entry(entry.name)
        known.add(entry.name)
        phases.append(entry.phase)
        for read in entry.inputs if entry.phase == "update" and entry.layer != "optimizer" else ():
            assert read in entry.formula
    assert [phase for phase, _ in itertools.groupby(phases)] == ORDER


def small(optimizer, rows=2, **more):
    """Z1 = x w + b from w = 2, b = 1, on x = 1, 3 with targets 0 and 1: the gradients are 11 and 5 -> 4.5."""
    spec = NetworkSpec(1, (Dense(1),), Head("squared"), **more)
    data = Data([[1.0], [3.0]][:rows], targets=[0.0, 1.0][:rows])
    training = TrainingSpec(dtype="float64", optimizer=optimizer)
    state = fresh_state(lower(spec), training, data)
    state.parameters[...] = [2.0, 1.0]
    writer = PlanWriter(lower(spec), training, data)
    plan = writer.gradient(np.arange(rows), 0, 1.0, optimizer.learning_rate, optimizer.weight_decay)
    return reference.start(lower(spec), state, data, training).trace(plan, update=True)


def test_momentum_by_hand():
    tape = small(OptimizerSpec("momentum", 0.1, weight_decay=0.5))
    assert tape["Z1"].ravel().tolist() == [3.0, 7.0]
    assert (tape["dW1"].item(), tape["db1"].item()) == (10.5, 4.5)
    assert tape["W1.decayed"].item() == pytest.approx(2.0 - 0.1 * 0.5 * 2.0)
    assert tape["W1.velocity"].item() == pytest.approx(-1.05)
    assert tape["W1.new"].item() == pytest.approx(1.9 - 1.05)
    assert tape.entry("W1.new").formula == "W1.decayed + W1.velocity"
    assert tape.entry("W1.velocity").formula == "momentum.mu W1.velocity.before - W1.rate dW1"


def test_penalty_and_clipping_by_hand():
    optimizer = OptimizerSpec("gradient_descent", 0.1, clip_value=6.0, clip_norm=5.0)
    tape = small(optimizer, penalty=Penalty(l1=1.0, l2=2.0))
    assert tape["dW1.penalty"].item() == 5.0 and tape["dW1.total"].item() == 15.5
    assert (tape["dW1.clipped"].item(), tape["db1.clipped"].item()) == (6.0, 4.5)
    assert tape["norm"].item() == 7.5
    assert tape["dW1.rescaled"].item() == pytest.approx(4.0)
    assert tape["W1.new"].item() == pytest.approx(1.6) and tape["b1.new"].item() == pytest.approx(0.7)
    assert tape.entry("W1.new").inputs == ("W1", "W1.rate", "dW1.rescaled")


def test_running_averages_are_moved_on():
    spec = NetworkSpec(1, (BatchNorm(momentum=0.25), Dense(1)), Head("squared"))
    data, training = Data([[1.0], [3.0]], targets=[0.0, 1.0]), TrainingSpec(dtype="float64")
    program = lower(spec)
    session = reference.start(program, fresh_state(program, training, data), data, training)
    tape = session.trace(PlanWriter(program, training, data).gradient([0, 1]), update=True)
    mean, variance = program.buffers.names
    assert tape[f"{mean}.new"].tolist() == [0.5] and tape[f"{variance}.new"].tolist() == [0.75 + 0.25 * 2.0]
    assert tape.entry(f"{mean}.new").formula.startswith(f"0.75 {mean} + 0.25 ")


def test_lbfgs_takes_no_step_of_its_own():
    spec, data = NetworkSpec(1, (Dense(1),), Head("squared")), Data([[1.0]], targets=[0.0])
    training = TrainingSpec(method="lbfgs", dtype="float64")
    program = lower(spec)
    session = reference.start(program, fresh_state(program, training, data), data, training)
    tape = session.trace(PlanWriter(program, training, data).gradient([0]), update=True)
    assert "W1" in tape and {entry.phase for entry in tape} == set(ORDER[:-1])
