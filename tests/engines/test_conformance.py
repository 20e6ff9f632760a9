"""The reference passes its own conformance suite, and the suite finds every defect that is put in."""

import contextlib
from dataclasses import replace

import numpy as np
import pytest

from forpass.engines import reference
from forpass.engines.conformance import check_engine, engine_checks, formula_checks
from forpass.engines.protocol import State
from forpass.engines.reference import engine as reference_engine
from forpass.engines.reference import operations, passes
from forpass.errors import EngineError
from forpass.maths import xp

CHECKS = dict(engine_checks(reference))


@pytest.mark.parametrize("name", CHECKS)
def test_reference(name):
    CHECKS[name]()


FORMULAS = dict(formula_checks(xp))


@pytest.mark.parametrize("name", FORMULAS)
def test_formulas_in_numpy(name):
    FORMULAS[name]()


# -- engines with a defect --------------------------------------------------------------------------


class Faithful:
    """The reference engine, function by function; a defect overrides one of them."""

    NAME = "faithful"

    def start(self, program, state, data=None, training=None):
        return reference.start(program, state, data, training)

    def advance(self, engine_state, plan):
        return reference.advance(engine_state, plan)

    def value_and_gradient(self, engine_state, rows, step=0):
        return reference.value_and_gradient(engine_state, rows, step)

    def orders(self, n, key, first, count):
        return reference.orders(n, key, first, count)

    def raw_scores(self, engine_state, data):
        return reference.raw_scores(engine_state, data)

    def predictions(self, engine_state, data):
        return reference.predictions(engine_state, data)

    def export_state(self, engine_state):
        return reference.export_state(engine_state)

    def import_parameters(self, engine_state, parameters):
        reference.import_parameters(engine_state, parameters)


class Patched(Faithful):
    """The reference engine with something in it replaced, only while it works for this engine."""

    @contextlib.contextmanager
    def defect(self):
        with pytest.MonkeyPatch.context() as patch:
            self.apply(patch)
            yield

    def advance(self, engine_state, plan):
        with self.defect():
            return super().advance(engine_state, plan)

    def value_and_gradient(self, engine_state, rows, step=0):
        with self.defect():
            return super().value_and_gradient(engine_state, rows, step)

    def raw_scores(self, engine_state, data):
        with self.defect():
            return super().raw_scores(engine_state, data)


class ForgottenLink(Faithful):
    expected = "raw_scores"

    def predictions(self, engine_state, data):
        return self.raw_scores(engine_state, data)


class WrongSign(Faithful):
    expected = "gradient"

    def value_and_gradient(self, engine_state, rows, step=0):
        value, gradient = super().value_and_gradient(engine_state, rows, step)
        gradient[-1] *= -1.0
        return value, gradient


class OneEpochAhead(Faithful):
    expected = "orders"

    def orders(self, n, key, first, count):
        return super().orders(n, key, first + 1, count)


class GradientOffByATenThousandth(Faithful):
    expected = "gradient"

    def value_and_gradient(self, engine_state, rows, step=0):
        value, gradient = super().value_and_gradient(engine_state, rows, step)
        return value, gradient * gradient.dtype.type(1.0001)


class WrongStepOfOneParameter(Faithful):
    expected = "trajectory"

    def advance(self, engine_state, plan):
        before = engine_state.state.parameters[-1]
        stats = super().advance(engine_state, plan)
        engine_state.state.parameters[-1] -= 2.0 * (engine_state.state.parameters[-1] - before)
        return stats


class DroppedBias(Patched):
    expected = "gradient"

    def apply(self, patch):
        patch.setattr(operations, "affine", lambda X, W, b: X @ W)


class ForgottenMask(Patched):
    expected = "gradient[dropout"

    def apply(self, patch):
        forward, _ = operations.OPERATIONS["dropout"]
        patch.setitem(operations.OPERATIONS, "dropout", (forward, lambda op, run, dY: dY))


class SameMaskEveryStep(Faithful):
    expected = "gradient[dropout"

    def value_and_gradient(self, engine_state, rows, step=0):
        return super().value_and_gradient(engine_state, rows, 0)


class StepNumberCutTo32Bits(Faithful):
    expected = "gradient[dropout"

    def value_and_gradient(self, engine_state, rows, step=0):
        return super().value_and_gradient(engine_state, rows, step % 2**32)


class OffByOneStep(Faithful):
    expected = "trajectory"

    def advance(self, engine_state, plan):
        stats = super().advance(engine_state, replace(plan, first=plan.first + 1))
        return stats if stats.bad_step is None else replace(stats, bad_step=stats.bad_step - 1)


class CountsStepsFromItsOwnStart(Faithful):
    """Adam's t and the masks begin again with every plan: right when there is one plan from step 0."""

    expected = "same bits for any chunks"

    def advance(self, engine_state, plan):
        stats = super().advance(engine_state, replace(plan, first=0))
        return stats if stats.bad_step is None else replace(stats, bad_step=stats.bad_step + plan.first)


class ChunkDependent(Faithful):
    """Rounds away a bit at the end of each plan, as an engine that unpads and repads might."""

    expected = "same bits for any chunks"

    def advance(self, engine_state, plan):
        stats = super().advance(engine_state, plan)
        theta = engine_state.state.parameters
        theta[...] = np.nextafter(theta, theta.dtype.type(np.inf))
        return stats


class NeverTheSame(Faithful):
    expected = "same bits twice"
    rng = np.random.default_rng(0)

    def advance(self, engine_state, plan):
        stats = super().advance(engine_state, plan)
        theta = engine_state.state.parameters
        theta *= 1.0 + np.finfo(theta.dtype).eps * self.rng.integers(0, 2, theta.shape).astype(theta.dtype)
        return stats


class WritesIntoTheExamples(Faithful):
    """Standardises what it is given, where it lies."""

    expected = "caller's arrays"

    def start(self, program, state, data=None, training=None):
        if data is not None and isinstance(data.numbers, np.ndarray) and data.numbers.flags.writeable:
            data.numbers[...] = data.numbers + 0.0 * data.numbers[0] + 1e-12
        return super().start(program, state, data, training)


class WritesIntoThePlan(Faithful):
    expected = "caller's arrays"

    def advance(self, engine_state, plan):
        stats = super().advance(engine_state, plan)
        if plan.rows.flags.writeable:
            plan.rows.sort()
        return stats


class WorksOnTheCallersState(Faithful):
    expected = "caller's arrays"

    def start(self, program, state, data=None, training=None):
        engine_state = super().start(program, state, data, training)
        engine_state.state = state
        return engine_state


class ExportsViews(Faithful):
    expected = "caller's arrays"

    def export_state(self, engine_state):
        return engine_state.state


class NeedsToWrite(Faithful):
    """Takes no read-only arrays, as a compiled function does that was declared without them."""

    expected = "any memory"

    def start(self, program, state, data=None, training=None):
        if data is not None and isinstance(data.numbers, np.ndarray) and not data.numbers.flags.writeable:
            raise TypeError("no matching signature for readonly array")
        return super().start(program, state, data, training)


class ReadsMemoryAsItLies(Faithful):
    """Takes columns for rows."""

    expected = "any memory"

    def start(self, program, state, data=None, training=None):
        if data is not None and isinstance(data.numbers, np.ndarray):
            lying = data.numbers.ravel(order="K").reshape(data.numbers.shape)
            data = replace(data, numbers=lying)
        return super().start(program, state, data, training)


class ForgetsSlots(Faithful):
    expected = "resumed run"

    def start(self, program, state, data=None, training=None):
        return super().start(program, replace(state, slots=0.0 * state.slots), data, training)


class ForgetsRunningStatistics(Patched):
    expected = "trajectory[batch norm"

    def apply(self, patch):
        patch.setattr(reference_engine, "_update_buffers", lambda run: None)


class PredictsInTrainingMode(Faithful):
    expected = "raw_scores[batch norm"

    def raw_scores(self, engine_state, data):
        original = reference_engine._run

        def in_training_mode(engine_state, batch, step, dropout_factor, training=True):
            return original(engine_state, batch, step, dropout_factor, training=True)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(reference_engine, "_run", in_training_mode)
            return super().raw_scores(engine_state, data)


class ComputesInFloat64(Faithful):
    expected = "raw_scores"

    def raw_scores(self, engine_state, data):
        return super().raw_scores(engine_state, data).astype(np.float64)


class GradientInFloat64(Faithful):
    expected = "types"

    def value_and_gradient(self, engine_state, rows, step=0):
        value, gradient = super().value_and_gradient(engine_state, rows, step)
        return value, gradient.astype(np.float64)


class StepsOnNothing(Faithful):
    """Takes a step of size 0 / small number instead of skipping a batch of weight 0."""

    expected = "zero weight"

    def advance(self, engine_state, plan):
        stats = super().advance(engine_state, plan)
        for slot in engine_state.state.slots:
            slot *= slot.dtype.type(0.9) ** int(np.sum(stats.weights == 0.0))
        if np.any(stats.weights == 0.0):
            engine_state.state.parameters *= engine_state.state.parameters.dtype.type(0.99)
        return stats


class BadStepOffByOne(Faithful):
    expected = "bad step"

    def advance(self, engine_state, plan):
        stats = super().advance(engine_state, plan)
        return stats if stats.bad_step is None else replace(stats, bad_step=stats.bad_step + 1)


class BadStepWithinThePlan(Faithful):
    expected = "bad step"

    def advance(self, engine_state, plan):
        stats = super().advance(engine_state, plan)
        return stats if stats.bad_step is None else replace(stats, bad_step=stats.bad_step - plan.first)


class LooksOnlyAtLosses(Patched):
    expected = "bad step"

    def apply(self, patch):
        patch.setattr(reference_engine, "_all_finite", lambda vector: True)


class NoClippingByValue(Patched):
    expected = "trajectory[clip by value"

    def apply(self, patch):
        patch.setattr(reference_engine, "clip_value", lambda g, limit: g)


class NoClippingByNorm(Patched):
    expected = "trajectory[clip by norm"

    def apply(self, patch):
        patch.setattr(reference_engine, "clip_norm_factor", lambda norm, limit: 1.0)


class NoDecay(Patched):
    expected = "trajectory[weight decay"

    def apply(self, patch):
        patch.setattr(reference_engine, "decayed", lambda theta, rate, decay: theta)


class AllKindsAlike(Faithful):
    expected = "trajectory[factors by kind"

    def start(self, program, state, data=None, training=None):
        if training is not None:
            training = replace(training, optimizer=replace(training.optimizer, by_kind={}))
        return super().start(program, state, data, training)


class NoPenaltyInTheGradient(Patched):
    expected = "gradient[penalty l2"

    def apply(self, patch):
        patch.setattr(passes, "_add_penalty_gradient", lambda run: None)


class NoWeights(Faithful):
    expected = "gradient[weights"

    def start(self, program, state, data=None, training=None):
        if data is not None and data.weights is not None:
            data = replace(data, weights=None)
        return super().start(program, state, data, training)


class SumsOverOutputs(Faithful):
    expected = "gradient[mean over outputs"

    def start(self, program, state, data=None, training=None):
        summed = replace(program.spec.head, over_outputs="sum")
        return super().start(replace(program, spec=replace(program.spec, head=summed)), state, data, training)


class NoSmoothing(Faithful):
    expected = "gradient[label smoothing"

    def start(self, program, state, data=None, training=None):
        if "smoothing" in program.head.settings:
            rough = replace(program.head, settings={"smoothing": 0.0})
            program = replace(program, spec=replace(program.spec, head=rough))
        return super().start(program, state, data, training)


class OnlyTheLastOfRepeatedCodes(Patched):
    expected = "gradient[embedding"

    def apply(self, patch):
        def assigned(dY, codes, n_codes):
            dE = np.zeros((n_codes, dY.shape[1]), dY.dtype)
            dE[codes] = dY
            return dE

        patch.setattr(operations, "embed_vjp", assigned)


class NoSparseArrays(Faithful):
    expected = "gradient[sparse"

    def start(self, program, state, data=None, training=None):
        if data is not None and not isinstance(data.numbers, np.ndarray):
            raise NotImplementedError("sparse")
        return super().start(program, state, data, training)


class LookingIsAStep(Faithful):
    expected = "looking changes nothing"

    def value_and_gradient(self, engine_state, rows, step=0):
        result = super().value_and_gradient(engine_state, rows, step)
        for buffer in (engine_state.state.buffers,):
            buffer *= buffer.dtype.type(0.99)
        return result


class ForgetsWhatItWasAsked(Faithful):
    """Looks at rows of weight 0 by handing back what it computed before."""

    expected = "rows without objective"

    def value_and_gradient(self, engine_state, rows, step=0):
        weights = engine_state.data.weights
        if weights is None or not len(rows) or np.any(weights[rows]):
            self.found = super().value_and_gradient(engine_state, rows, step)
        return self.found


class CountsRowsFromTheEnd(Faithful):
    expected = "rows without objective"

    def value_and_gradient(self, engine_state, rows, step=0):
        if np.asarray(rows).dtype.kind == "i":
            rows = np.where(rows < 0, rows + engine_state.data.n_rows, rows)
        return super().value_and_gradient(engine_state, rows, step)


class RefusesStep(Faithful):
    expected = "no activation to train"

    def start(self, program, state, data=None, training=None):
        if any(op.function == "step" for op in program.operations):
            raise ValueError("step is not known")
        return super().start(program, state, data, training)


class FlattensInAnotherOrder(Faithful):
    """Exports the transposed weights of its own layout."""

    expected = "trajectory"

    def export_state(self, engine_state):
        state, program = super().export_state(engine_state), engine_state.program
        views = program.parameters.views(state.parameters)
        swapped = {name: np.ascontiguousarray(view.T).reshape(view.shape) for name, view in views.items()}
        return State(program.parameters.flatten(swapped, state.parameters.dtype), state.buffers, state.slots)


def run_all(checks):
    for check in checks:
        check()


def descendants(cls):
    for child in cls.__subclasses__():
        yield child
        yield from descendants(child)


DEFECTS = [cls for cls in descendants(Faithful) if cls is not Patched]


def test_an_engine_is_an_object_with_eight_functions():
    for name, check in engine_checks(Faithful()):
        if name.startswith(("gradient[everything", "raw_scores[everything", "same bits twice[adam")):
            check()


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda cls: cls.__name__)
def test_defect_is_caught_by_the_check_that_is_meant_for_it(defect):
    engine = defect()
    engine.NAME = "defective"
    meant = [check for name, check in engine_checks(engine) if name.startswith(defect.expected)]
    assert meant
    with pytest.raises(EngineError, match=r"the engine defective fails ") as caught:
        run_all(meant)
    assert f"fails {defect.expected}" in str(caught.value)


def test_check_engine_stops_at_the_first_failure():
    engine = WrongSign()
    engine.NAME = "defective"
    with pytest.raises(
        EngineError, match=r"fails gradient\[activation identity, float32\]: the gradient, b2 at \[1\] is"
    ):
        check_engine(engine)


def test_check_engine_reports(monkeypatch):
    few = [pair for pair in CHECKS.items() if pair[0].startswith("gradient[activation relu")]
    monkeypatch.setattr("forpass.engines.conformance.suite.engine_checks", lambda engine: iter(few))
    assert [(r.passed, r.message) for r in check_engine(reference)] == [(True, ""), (True, "")]
    wrong = [(n, c) for n, c in engine_checks(WrongSign()) if n.startswith("gradient[activation relu")]
    monkeypatch.setattr("forpass.engines.conformance.suite.engine_checks", lambda engine: iter(wrong))
    results = check_engine(WrongSign(), on_fail="report")
    assert [r.passed for r in results] == [False, False]
    assert all("the gradient, b2" in r.message for r in results)


def test_every_check_has_its_own_name():
    names = [name for name, _ in engine_checks(reference)]
    assert len(names) == len(set(names))
