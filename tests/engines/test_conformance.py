"""Every engine passes the conformance suite, and the suite finds every defect that is put in."""

import contextlib
import functools
from dataclasses import replace

import numpy as np
import pytest

from forpass.engines import reference
from forpass.engines.conformance import check_engine, engine_checks, formula_checks
from forpass.engines.protocol import StepStats, ValueAndGradient
from forpass.engines.reference import ReferenceSession, input_operations, operations, passes
from forpass.engines.reference import engine as reference_engine
from forpass.engines.reference import update as reference_update
from forpass.engines.select import ENGINES, select_engine
from forpass.errors import EngineError
from forpass.maths import xp

CHECKS = dict(engine_checks(reference))


@functools.cache
def checks_of(engine):
    return dict(engine_checks(select_engine(engine)))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", CHECKS)
def test_an_engine(name, engine):
    checks_of(engine)[name]()


FORMULAS = dict(formula_checks(xp))


@pytest.mark.parametrize("name", FORMULAS)
def test_formulas_in_numpy(name):
    FORMULAS[name]()


# -- engines with a defect --------------------------------------------------------------------------


class Defective:
    """An engine whose sessions are of a given class: the reference's with a defect."""

    NAME = "defective"

    def __init__(self, session):
        self.start, self.orders, self.linked = session, session.orders, session.linked
        self.raw_scores_of_each = session.raw_scores_of_each


class Faithful(ReferenceSession):
    """The reference session; a defect overrides something of it."""

    def __init__(self, program, state, data=None, training=None):
        super().__init__(program, state, data, training)

    orders, linked = staticmethod(reference.orders), staticmethod(reference.linked)
    raw_scores_of_each = staticmethod(reference.raw_scores_of_each)


class Patched(Faithful):
    """The reference session with a formula replaced, only while it works for this engine."""

    @contextlib.contextmanager
    def defect(self):
        with pytest.MonkeyPatch.context() as patch:
            self.apply(patch)
            yield

    def advance(self, plan):
        with self.defect():
            return super().advance(plan)

    def value_and_gradient(self, plan):
        with self.defect():
            return super().value_and_gradient(plan)

    def raw_scores(self, data, rows=None):
        with self.defect():
            return super().raw_scores(data, rows)


class WrongSign(Faithful):
    expected = "gradient"

    def value_and_gradient(self, plan):
        found = super().value_and_gradient(plan)
        found.gradient[-1] *= -1.0
        return found


class OneEpochAhead(Faithful):
    expected = "orders"

    @staticmethod
    def orders(n, key, first, count):
        return reference.orders(n, key, first + 1, count)


class ForgottenLink(Faithful):
    expected = "link[logistic"

    @staticmethod
    def linked(link, Z):
        return Z.copy()


class LinkInFloat64(Faithful):
    expected = "link[softmax, float32"

    @staticmethod
    def linked(link, Z):
        return reference.linked(link, Z.astype(np.float64))


class LinkThatOverflows(Faithful):
    expected = "link[softmax"

    @staticmethod
    def linked(link, Z):
        with np.errstate(all="ignore"):
            E = np.exp(Z * Z.dtype.type(64.0)) ** (1.0 / 64.0)
            return E / np.sum(E, axis=1, keepdims=True)


class ScoresOfTheFirst(Faithful):
    expected = "raw_scores"

    @staticmethod
    def raw_scores_of_each(sessions, data, rows=None, threads=None):
        return [session.raw_scores(data, rows) * 2 for session in sessions]


class GradientOffByATenThousandth(Faithful):
    expected = "gradient"

    def value_and_gradient(self, plan):
        found = super().value_and_gradient(plan)
        return found._replace(gradient=found.gradient * found.gradient.dtype.type(1.0001))


class WrongStepOfOneParameter(Faithful):
    expected = "trajectory"

    def advance(self, plan):
        theta = self._state.parameters
        before = theta[-1]
        stats = super().advance(plan)
        theta[-1] -= 2.0 * (theta[-1] - before)
        return stats


class DroppedBias(Patched):
    expected = "gradient"

    def apply(self, patch):
        patch.setattr(operations, "affine", lambda X, W, b: X @ W)


class ForgottenMask(Patched):
    expected = "gradient[dropout"

    def apply(self, patch):
        forward, _ = operations.OPERATIONS["dropout"]
        patch.setitem(operations.OPERATIONS, "dropout", (forward, lambda op, run, dY: (dY,)))


class WritesOverWhatOthersRead(Patched):
    """An activation that writes over its input, which is right as long as nobody else reads that."""

    expected = "gradient[residual of an activation"

    def apply(self, patch):
        forward, backward = operations.OPERATIONS["activation"]

        def over_its_input(op, run, Z):
            Z[...] = forward(op, run, Z)
            return Z

        patch.setitem(operations.OPERATIONS, "activation", (over_its_input, backward))


class WritesOverADerivativeOfOthers(Patched):
    """A way back that writes over what it was handed, which a sum hands to another as well."""

    expected = "gradient[residual,"

    def apply(self, patch):
        forward, backward = operations.OPERATIONS["activation"]

        def over_its_output(op, run, dA):
            dA[...] = backward(op, run, dA)[0]
            return (dA,)

        patch.setitem(operations.OPERATIONS, "activation", (forward, over_its_output))


class ForgetsAReader(Patched):
    """Takes the derivative of the last reader for that of all."""

    expected = "gradient[residual"

    def apply(self, patch):
        patch.setattr(passes, "sum", lambda others, start: start, raising=False)


class AddsUpFromTheFirstOperation(Patched):
    expected = "order of sums"

    def apply(self, patch):
        def upwards(others, start):
            *above, lowest = [start, *others]
            return sum(reversed(above), start=lowest)

        patch.setattr(passes, "sum", upwards, raising=False)


class SameMaskEveryStep(Faithful):
    expected = "gradient[dropout"

    def value_and_gradient(self, plan):
        return super().value_and_gradient(replace(plan, first=0))


class StepNumberCutTo32Bits(Faithful):
    expected = "gradient[dropout"

    def value_and_gradient(self, plan):
        return super().value_and_gradient(replace(plan, first=plan.first % 2**32))


class OffByOneStep(Faithful):
    expected = "trajectory[dropout"

    def advance(self, plan):
        stats = super().advance(replace(plan, first=plan.first + 1))
        return stats if stats.bad_step is None else replace(stats, bad_step=stats.bad_step - 1)


class CountsStepsFromItsOwnStart(Faithful):
    """The masks begin again with every plan: right when there is one plan from step 0."""

    expected = "same bits for any chunks"

    def advance(self, plan):
        stats = super().advance(replace(plan, first=0))
        return stats if stats.bad_step is None else replace(stats, bad_step=stats.bad_step + plan.first)


class ScalarsOfTheFirstStep(Faithful):
    """Reads rates, coefficients and prices once for a plan."""

    expected = "trajectory"

    def advance(self, plan):
        return super().advance(replace(plan, scalars=np.tile(plan.scalars[:1], (plan.n_steps, 1))))


class ThresholdsOfTheFirstStep(Faithful):
    """Reads once for a plan how much is dropped."""

    expected = "trajectory[dropout"

    def advance(self, plan):
        first = np.tile(plan.thresholds[:1], (plan.n_steps, 1))
        return super().advance(replace(plan, thresholds=first))


class ChunkDependent(Faithful):
    """Rounds away a bit at the end of each plan, as an engine that unpads and repads might."""

    expected = "same bits for any chunks"

    def advance(self, plan):
        stats = super().advance(plan)
        theta = self._state.parameters
        theta[...] = np.nextafter(theta, theta.dtype.type(np.inf))
        return stats


class NeverTheSame(Faithful):
    expected = "same bits twice"
    rng = np.random.default_rng(0)

    def advance(self, plan):
        stats = super().advance(plan)
        theta = self._state.parameters
        theta *= 1.0 + np.finfo(theta.dtype).eps * self.rng.integers(0, 2, theta.shape).astype(theta.dtype)
        return stats


class AnotherSumForEveryTeam(Faithful):
    """Adds what each thread found in another order for another number of threads."""

    expected = "same bits for any threads"

    def advance(self, plan):
        stats = super().advance(plan)
        theta = self._state.parameters
        theta *= 1.0 + np.finfo(theta.dtype).eps * ((self.threads or 0) % 2)
        return stats


class WritesIntoTheExamples(Faithful):
    """Standardises what it is given, where it lies."""

    expected = "caller's arrays"

    def __init__(self, program, state, data=None, training=None):
        if data is not None and isinstance(data.numbers, np.ndarray) and data.numbers.flags.writeable:
            data.numbers[...] = data.numbers + 0.0 * data.numbers[0] + 1e-12
        super().__init__(program, state, data, training)


class WritesIntoThePlan(Faithful):
    expected = "caller's arrays"

    def advance(self, plan):
        stats = super().advance(plan)
        if plan.rows.flags.writeable:
            plan.rows.sort()
        return stats


class WorksOnTheCallersState(Faithful):
    expected = "caller's arrays"

    def __init__(self, program, state, data=None, training=None):
        super().__init__(program, state, data, training)
        self._state = state


class WorksOnTheCallersParameters(Faithful):
    expected = "caller's arrays"

    def set_parameters(self, parameters):
        self._state = replace(self._state, parameters=parameters)


class ExportsViews(Faithful):
    expected = "caller's arrays"

    def state(self):
        return self._state


class NeedsToWrite(Faithful):
    """Takes no read-only arrays, as a compiled function does that was declared without them."""

    expected = "any memory"

    def __init__(self, program, state, data=None, training=None):
        if data is not None and isinstance(data.numbers, np.ndarray) and not data.numbers.flags.writeable:
            raise TypeError("no matching signature for readonly array")
        super().__init__(program, state, data, training)


class ReadsMemoryAsItLies(Faithful):
    """Takes columns for rows."""

    expected = "any memory"

    def __init__(self, program, state, data=None, training=None):
        if data is not None and isinstance(data.numbers, np.ndarray):
            lying = data.numbers.ravel(order="K").reshape(data.numbers.shape)
            data = replace(data, numbers=lying)
        super().__init__(program, state, data, training)


class ForgetsSlots(Faithful):
    expected = "resumed run"

    def __init__(self, program, state, data=None, training=None):
        super().__init__(program, replace(state, slots=0.0 * state.slots), data, training)


class ForgetsSlotsWithTheParameters(Faithful):
    expected = "looking changes nothing"

    def set_parameters(self, parameters):
        super().set_parameters(parameters)
        self._state.slots[...] = 0.0


class ForgetsRunningStatistics(Patched):
    expected = "trajectory[batch norm"

    def apply(self, patch):
        patch.setitem(reference_update.UPDATES, "batch_norm", lambda op, run: None)


class PredictsInTrainingMode(Faithful):
    expected = "raw_scores[batch norm"

    def _run(self, batch, step):
        nothing = reference_engine.Step(0, 1.0, np.zeros(99), np.zeros(9, np.int64), self._places)
        return super()._run(batch, step or nothing)


class ScoresTheFirstRows(Faithful):
    expected = "raw_scores"

    def raw_scores(self, data, rows=None):
        return super().raw_scores(data, rows if rows is None else np.arange(len(rows)))


class ScoresRowsAsTheyLie(Faithful):
    expected = "raw_scores"

    def raw_scores(self, data, rows=None):
        return super().raw_scores(data, rows if rows is None else np.sort(rows))


class ComputesInFloat64(Faithful):
    expected = "raw_scores"

    def raw_scores(self, data, rows=None):
        return super().raw_scores(data, rows).astype(np.float64)


class GradientInFloat64(Faithful):
    expected = "types"

    def value_and_gradient(self, plan):
        found = super().value_and_gradient(plan)
        return found._replace(gradient=found.gradient.astype(np.float64))


class StepsOnNothing(Faithful):
    """Takes a step of size 0 / small number instead of skipping a batch of weight 0."""

    expected = "zero weight"

    def advance(self, plan):
        stats = super().advance(plan)
        theta, slots = self._state.parameters, self._state.slots
        if np.any(plan.weights == 0.0):
            slots *= slots.dtype.type(0.9)
            theta *= theta.dtype.type(0.99)
        return stats


class PenaltyOfSkippedBatches(Faithful):
    """Reports the penalty of the step before where there was no step."""

    expected = "zero weight"

    def advance(self, plan):
        stats = super().advance(plan)
        for i in np.flatnonzero(plan.weights == 0.0):
            stats.penalties[i] = stats.penalties[i - 1]
        return stats


class BadStepOffByOne(Faithful):
    expected = "bad step"

    def advance(self, plan):
        stats = super().advance(plan)
        return stats if stats.bad_step is None else replace(stats, bad_step=stats.bad_step + 1)


class BadStepWithinThePlan(Faithful):
    expected = "bad step"

    def advance(self, plan):
        stats = super().advance(plan)
        return stats if stats.bad_step is None else replace(stats, bad_step=stats.bad_step - plan.first)


class LooksOnlyAtLosses(Patched):
    expected = "bad step"

    def apply(self, patch):
        patch.setattr(reference_engine, "_all_finite", lambda vector: True)


class LooksNotAtPenalties(Faithful):
    expected = "infinite penalty"

    def _passes(self, plan, i):
        run = super()._passes(plan, i)
        run.penalty = float(np.nan_to_num(run.penalty))
        return run


class NoClippingByValue(Patched):
    expected = "trajectory[clip by value"

    def apply(self, patch):
        patch.setattr(reference_update, "clip_value", lambda g, limit: g)


class NoClippingByNorm(Patched):
    expected = "trajectory[clip by norm"

    def apply(self, patch):
        patch.setattr(reference_update, "clip_norm_factor", lambda norm, limit: 1.0)


class NoDecay(Patched):
    expected = "trajectory[weight decay"

    def apply(self, patch):
        patch.setattr(reference_update, "decayed", lambda theta, rate, decay: theta)


class AllRolesLearnAlike(Faithful):
    expected = "trajectory[factors by role"

    def __init__(self, program, state, data=None, training=None):
        super().__init__(program, state, data, training)
        rates = self._places.learning_rate
        self._places = self._places._replace(learning_rate=rates[-1:] * len(rates))


class AllRolesDecayAlike(Faithful):
    expected = "trajectory[factors by role"

    def __init__(self, program, state, data=None, training=None):
        super().__init__(program, state, data, training)
        decays = self._places.decay
        self._places = self._places._replace(decay=decays[-1:] * len(decays))


class NoPenaltyInTheGradient(Patched):
    expected = "gradient[penalty l2"

    def apply(self, patch):
        patch.setattr(passes, "_add_penalty_gradient", lambda run: None)


class PenaltyInTheLoss(Faithful):
    expected = "trajectory[penalty l2"

    def advance(self, plan):
        stats = super().advance(plan)
        return replace(stats, losses=stats.losses + stats.penalties * plan.normalisers)


class MeanForSum(Faithful):
    expected = "trajectory"

    def advance(self, plan):
        stats = super().advance(plan)
        return replace(stats, losses=stats.losses / plan.normalisers)


class NoWeights(Faithful):
    expected = "gradient[weights"

    def __init__(self, program, state, data=None, training=None):
        if data is not None and data.weights is not None:
            data = replace(data, weights=None)
        super().__init__(program, state, data, training)


class DividesByTheBatchsOwnWeight(Faithful):
    expected = "gradient[weights"

    def value_and_gradient(self, plan):
        return super().value_and_gradient(replace(plan, normalisers=plan.weights))


class SumsOverOutputs(Faithful):
    expected = "gradient[mean over outputs"

    def __init__(self, program, state, data=None, training=None):
        summed = replace(program.spec.head, over_outputs="sum")
        program = replace(program, spec=replace(program.spec, head=summed))
        super().__init__(program, state, data, training)


class ScalesByItself(Faithful):
    """Divides derivatives by the normaliser, whatever the plan says of several outputs."""

    expected = "gradient[mean over outputs"

    def value_and_gradient(self, plan):
        scalars = plan.scalars.copy()
        scalars[:, self._places.loss_scale] = 1.0 / plan.normalisers
        return super().value_and_gradient(replace(plan, scalars=scalars))


class NoSmoothing(Faithful):
    expected = "gradient[label smoothing"

    def __init__(self, program, state, data=None, training=None):
        if "smoothing" in program.head.settings:
            rough = replace(program.head, settings={"smoothing": 0.0})
            program = replace(program, spec=replace(program.spec, head=rough))
        super().__init__(program, state, data, training)


class OnlyTheLastOfRepeatedCodes(Patched):
    expected = "gradient[embedding"

    def apply(self, patch):
        def assigned(dY, codes, n_codes):
            dE = np.zeros((n_codes, dY.shape[1]), dY.dtype)
            dE[codes] = dY
            return dE

        patch.setattr(input_operations, "embed_vjp", assigned)


class NoSparseArrays(Faithful):
    expected = "gradient[sparse"

    def __init__(self, program, state, data=None, training=None):
        if data is not None and not isinstance(data.numbers, np.ndarray):
            raise NotImplementedError("sparse")
        super().__init__(program, state, data, training)


class LookingIsAStep(Faithful):
    expected = "looking changes nothing"

    def value_and_gradient(self, plan):
        found = super().value_and_gradient(plan)
        buffers = self._state.buffers
        buffers *= buffers.dtype.type(0.99)
        return found


class LooksAtTheFirstOfSeveral(Faithful):
    expected = "wrong plans"

    def value_and_gradient(self, plan):
        return super().value_and_gradient(plan.part(0, 1))


class LooksAtNoExamples(Faithful):
    """Hands back nothing where there is nothing to look at."""

    expected = "wrong plans"

    def value_and_gradient(self, plan):
        if self.data is None:
            return ValueAndGradient(0.0, 0.0, np.zeros_like(self._state.parameters))
        return super().value_and_gradient(plan)


class StepsOnNoExamples(Faithful):
    expected = "wrong plans"

    def advance(self, plan):
        if self.data is None:
            return StepStats(*np.zeros((2, plan.n_steps)), None)
        return super().advance(plan)


class SpoiltByARefusal(Faithful):
    """Looks on at the batch of the plan that it refused."""

    expected = "wrong plans"
    refused = None

    def value_and_gradient(self, plan):
        if plan.n_steps != 1:
            self.refused = plan.part(0, 1)
        return super().value_and_gradient(plan if plan.n_steps != 1 else self.refused or plan)


class RefusesStep(Faithful):
    expected = "no activation to train"

    def __init__(self, program, state, data=None, training=None):
        if any(op.function == "step" for op in program.operations):
            raise ValueError("step is not known")
        super().__init__(program, state, data, training)


class FlattensInAnotherOrder(Faithful):
    """Exports the transposed weights of its own layout."""

    expected = "trajectory"

    def state(self):
        state, layout = super().state(), self.program.parameters
        views = layout.views(state.parameters)
        swapped = {name: np.ascontiguousarray(view.T).reshape(view.shape) for name, view in views.items()}
        return replace(state, parameters=layout.flatten(swapped, state.parameters.dtype))


def run_all(checks):
    for check in checks:
        check()


def descendants(cls):
    for child in cls.__subclasses__():
        yield child
        yield from descendants(child)


DEFECTS = [cls for cls in descendants(Faithful) if cls is not Patched]


def test_an_engine_is_an_object_with_a_name_and_three_functions():
    for name, check in engine_checks(Defective(Faithful)):
        if name.startswith(("gradient[everything", "raw_scores[everything", "same bits twice[adam")):
            check()


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda cls: cls.__name__)
def test_defect_is_caught_by_the_check_that_is_meant_for_it(defect):
    meant = [check for name, check in engine_checks(Defective(defect)) if name.startswith(defect.expected)]
    assert meant
    with pytest.raises(EngineError, match=r"the engine defective fails ") as caught:
        run_all(meant)
    assert f"fails {defect.expected}" in str(caught.value)
    broken = isinstance(caught.value.__cause__, Exception)  # it raised where it should compute
    assert broken is (defect in (NeedsToWrite, NoSparseArrays, RefusesStep)), caught.value


def test_check_engine_stops_at_the_first_failure():
    with pytest.raises(
        EngineError, match=r"fails gradient\[activation identity, float32\]: the gradient, b2 at \[1\] is"
    ):
        check_engine(Defective(WrongSign))


def test_check_engine_reports(monkeypatch):
    few = [pair for pair in CHECKS.items() if pair[0].startswith("gradient[activation relu")]
    monkeypatch.setattr("forpass.engines.conformance.suite.engine_checks", lambda engine: iter(few))
    assert [(r.passed, r.message) for r in check_engine(reference)] == [(True, ""), (True, "")]
    wrong = Defective(WrongSign)
    failing = [(n, c) for n, c in engine_checks(wrong) if n.startswith("gradient[activation relu")]
    monkeypatch.setattr("forpass.engines.conformance.suite.engine_checks", lambda engine: iter(failing))
    results = check_engine(wrong, on_fail="report")
    assert [r.passed for r in results] == [False, False]
    assert all("the gradient, b2" in r.message for r in results)


def test_every_check_has_its_own_name():
    names = [name for name, _ in engine_checks(reference)]
    assert len(names) == len(set(names))
