"""Plans: what is decided of a step before it begins; and each defect of a writer is caught."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from forpass.engines import reference
from forpass.engines.conformance import engine_checks
from forpass.engines.plans import PlanWriter, scalar_places
from forpass.errors import DataError, EngineError, SpecError, UnknownNameError
from forpass.maths.dropout import keep_threshold
from forpass.maths.optimizers import OPTIMIZERS
from forpass.spec.data import Data
from forpass.spec.layers import Activation, Dense, Dropout, LayerNorm
from forpass.spec.network import Head, NetworkSpec, Penalty
from forpass.spec.optimizer import OptimizerSpec, RoleFactors
from forpass.spec.program import lower
from forpass.spec.training import TrainingSpec

N, BATCH = 200, 24
"""A batch of 24 weights is summed otherwise with a 0 behind it: to the first, NumPy adds eight at a time."""

RNG = np.random.default_rng(4)
WEIGHTS = np.where(np.arange(N) % 9 == 0, 0.0, RNG.uniform(0.1, 3.0, N))
SPEC = NetworkSpec(
    3,
    (Dropout(0.25), Dense(4), LayerNorm(), Activation("relu"), Dropout(0.5), Dense(2)),
    Head("squared"),
    penalty=Penalty(l1=0.1, l2=0.4),
)
BY_ROLE = {"bias": RoleFactors(2.0, 0.0), "gain": RoleFactors(0.0, 3.0)}
ADAMW = OptimizerSpec("adamw", 0.01, weight_decay=0.5, by_role=BY_ROLE)
MEANS = ("mean_weight", "batch_weight")
TABLES = ("weights", "normalisers", "learning_rate", "scalars", "thresholds")


def examples(weights=WEIGHTS, n=N):
    return Data(np.zeros((n, 3)), targets=np.zeros((n, 2)), weights=weights)


def written_by(writer, batch_mean="mean_weight", spec=SPEC, data=None, rows=None, optimizer=ADAMW):
    training = TrainingSpec(optimizer=optimizer, batch_mean=batch_mean)
    return writer(lower(spec), training, examples() if data is None else data, rows)


def steps_of(writer, begin=0, end=None, first=2**32 - 3, rows=None):
    """Plan the batches begin .. end - 1 of one order of the rows; rate, decay and dropout change."""
    order = np.random.default_rng(8).permutation(N) if rows is None else rows
    batches = [order[i : i + BATCH] for i in range(0, len(order), BATCH)]
    batches.insert(2, order[:0])  # nobody came
    end = len(batches) if end is None else end
    steps, pieces = np.arange(begin, end), batches[begin:end]
    return writer.steps(
        first + begin,
        np.concatenate(pieces),
        np.concatenate([[0], np.cumsum([len(piece) for piece in pieces])]),
        0.01 * (1.0 + steps % 3),
        0.5 * (1.0 + steps % 2),
        np.array([1.0, 0.5, 0.0, 1.5])[steps % 4],
    )


def assert_same_plan(got, wanted):
    assert got.first == wanted.first
    for name in ("rows", "bounds", *TABLES):
        np.testing.assert_array_equal(getattr(got, name), getattr(wanted, name), err_msg=name, strict=True)


# -- laws of a writer -------------------------------------------------------------------------------
def weights_are_sums_of_batches(writer):
    """A batch without rows or without weight sums to 0."""
    plan = steps_of(written_by(writer))
    right = [np.sum(WEIGHTS[plan.batch(i)]) for i in range(plan.n_steps)]
    np.testing.assert_allclose(plan.weights, right, rtol=1e-14)
    assert plan.weights.dtype == np.float64 and plan.weights[2] == 0.0
    plan = steps_of(written_by(writer, data=examples(None)))
    np.testing.assert_array_equal(plan.weights, np.diff(plan.bounds).astype(float), strict=True)
    nothing = written_by(writer).steps(
        0, np.array([0, 9, 1]), np.array([0, 2, 3]), np.ones(2), np.zeros(2), np.ones(2)
    )
    assert nothing.weights.tolist() == [0.0, WEIGHTS[1]]


def a_step_depends_on_nothing_but_its_batch(writer):
    """Planned alone, with those before it, or with those after it: equal bits."""
    for batch_mean in MEANS:
        whole = steps_of(written_by(writer, batch_mean))
        for begin, end in itertools.combinations(range(whole.n_steps + 1), 2):
            assert_same_plan(steps_of(written_by(writer, batch_mean), begin, end), whole.part(begin, end))


def normalisers_are_as_batch_mean_says(writer):
    by_mean, by_batch = (steps_of(written_by(writer, batch_mean)) for batch_mean in MEANS)
    np.testing.assert_allclose(by_mean.normalisers, np.diff(by_mean.bounds) * WEIGHTS.mean(), rtol=1e-14)
    np.testing.assert_array_equal(by_batch.normalisers, by_batch.weights)
    assert not np.may_share_memory(by_batch.normalisers, by_batch.weights)
    for batch_mean in MEANS:
        plan = steps_of(written_by(writer, batch_mean, data=examples(None)))
        np.testing.assert_array_equal(plan.normalisers, np.diff(plan.bounds).astype(float))


def the_mean_weight_is_of_the_training_rows(writer):
    rows = np.flatnonzero(np.arange(N) % 3 == 1)
    plan = steps_of(written_by(writer, rows=rows), rows=rows)
    np.testing.assert_allclose(plan.normalisers, np.diff(plan.bounds) * WEIGHTS[rows].mean(), rtol=1e-14)
    own = written_by(writer, data=examples().rows(rows))
    same = steps_of(own, rows=np.arange(len(rows)))
    for name in TABLES:  # as if there were no others: equal bits
        np.testing.assert_array_equal(getattr(plan, name), getattr(same, name), err_msg=name)


def losses_and_penalties_have_their_prices(writer):
    for per, over in itertools.product(("objective", "batch_weight"), ("sum", "mean")):
        penalty, head = replace(SPEC.penalty, per=per), replace(SPEC.head, over_outputs=over)
        spec = replace(SPEC, penalty=penalty, head=head)
        plan, places = steps_of(written_by(writer, spec=spec)), scalar_places(lower(spec), TrainingSpec())
        counted = plan.weights > 0.0
        share = 1.0 / plan.weights[counted] if per == "batch_weight" else np.ones(counted.sum())
        columns = plan.scalars[counted]
        scale = 1.0 / plan.normalisers[counted] / (2 if over == "mean" else 1)
        np.testing.assert_allclose(columns[:, places.loss_scale], scale, rtol=1e-15)
        np.testing.assert_allclose(columns[:, places.l1], 0.1 * share, rtol=1e-15)
        np.testing.assert_allclose(columns[:, places.l2], 0.4 * share, rtol=1e-15)
    free = written_by(writer, spec=replace(SPEC, penalty=Penalty(per="batch_weight")))
    plan = steps_of(free)
    prices = plan.scalars[:, [free.places.l1, free.places.l2]]
    np.testing.assert_array_equal(prices, 0.0)  # in an empty batch too: not 0 / 0


def rates_and_decays_go_by_role(writer):
    written = written_by(writer)
    plan, places, blocks = steps_of(written), written.places, lower(SPEC).parameters.blocks
    steps = np.arange(plan.n_steps)
    for number, block in enumerate(blocks):
        factors = BY_ROLE.get(block.role, RoleFactors())
        rate = plan.scalars[:, places.learning_rate[number]]
        decay = plan.scalars[:, places.decay[number]]
        np.testing.assert_array_equal(rate, plan.learning_rate * factors.learning_rate, err_msg=block.name)
        np.testing.assert_array_equal(decay, 0.5 * (1.0 + steps % 2) * factors.decay, err_msg=block.name)
    np.testing.assert_array_equal(plan.learning_rate, 0.01 * (1.0 + steps % 3))


def coefficients_go_by_the_global_step(writer):
    for name, record in OPTIMIZERS.items():
        written = written_by(writer, optimizer=OptimizerSpec(name, 0.01))
        plan = steps_of(written, first=6)
        for i in (0, 4):
            right = record.coefficients(7.0 + i, *written.training.optimizer.settings.values())
            found = plan.scalars[i, list(written.places.coefficients)]
            np.testing.assert_allclose(found, right, rtol=1e-14, err_msg=name)


def dropouts_have_their_thresholds(writer):
    written = written_by(writer)
    plan, places = steps_of(written), written.places
    dropouts = [op for op in written.program.operations if op.opcode == "dropout"]
    for i, factor in enumerate((1.0, 0.5, 0.0, 1.5)):
        for op in dropouts:
            rate = op.settings[0] * factor
            threshold = plan.thresholds[i, places.threshold[op.number]]
            # 0 says that nothing is dropped, and only that
            assert threshold == (0 if rate == 0.0 else keep_threshold(rate))
            assert plan.scalars[i, places.kept_scale[op.number]] == 1.0 / (1.0 - rate)


def a_gradient_is_planned_like_a_step(writer):
    for batch_mean in MEANS:
        written = written_by(writer, batch_mean)
        whole = steps_of(written)
        look = written.gradient(whole.batch(4), whole.first + 4)
        for name in ("weights", "normalisers", "thresholds"):
            np.testing.assert_array_equal(getattr(look, name), getattr(whole.part(4, 5), name))
        places = written.places
        objective = [places.loss_scale, places.l1, places.l2, *places.kept_scale.values()]
        np.testing.assert_array_equal(look.scalars[:, objective], whole.scalars[4:5, objective])
        assert (look.first, look.n_steps, look.batch(0).dtype) == (whole.first + 4, 1, np.int64)
        assert written.gradient(np.arange(3), dropout=0.0).thresholds.tolist() == [[0, 0]]


def rows_without_an_objective_are_refused(writer):
    written, one = written_by(writer), np.ones(1)
    for rows, message in (
        ([], "there are no rows to look at; name at least one"),
        ([0, N], rf"rows run from 0 to {N - 1}; got 0 to {N}"),
        ([-1, 1], rf"rows run from 0 to {N - 1}; got -1 to 1"),
        ([0, 9, 18], "weight 0; name at least one that counts"),
        (np.ones(N, bool), "rows must be row numbers; got bool"),
        ([1.0], "rows must be row numbers; got float64"),
    ):
        with pytest.raises(DataError, match=message):
            written.gradient(np.asarray(rows, None if len(rows) else np.int64))
    for rows in ([0, N], [-1, 1]):
        with pytest.raises(DataError, match=rf"rows run from 0 to {N - 1}"):
            written.steps(0, np.array(rows), np.array([0, 2]), one, one, one)
    for factor in (2.0, 3.0):  # of a rate of 0.5
        with pytest.raises(
            SpecError, match=rf"raises a rate of 0\.5 to {0.5 * factor:g}; it must stay below 1"
        ):
            written.steps(0, np.array([1]), np.array([0, 1]), one, one, factor * one)
        with pytest.raises(SpecError, match="raises a rate"):
            written.gradient(np.array([1]), dropout=factor)


LAWS = (
    weights_are_sums_of_batches,
    a_step_depends_on_nothing_but_its_batch,
    normalisers_are_as_batch_mean_says,
    the_mean_weight_is_of_the_training_rows,
    losses_and_penalties_have_their_prices,
    rates_and_decays_go_by_role,
    coefficients_go_by_the_global_step,
    dropouts_have_their_thresholds,
    a_gradient_is_planned_like_a_step,
    rows_without_an_objective_are_refused,
)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_law(law):
    law(PlanWriter)


# -- writers with a defect --------------------------------------------------------------------------
class AZeroBehindTheLastBatch(PlanWriter):
    """Gives reduceat an end for a batch without rows: the last batch is then summed in other groups."""

    expected = a_step_depends_on_nothing_but_its_batch

    def _sums(self, rows, bounds):
        weights, normalisers = super()._sums(rows, bounds)
        if self.data.weights is not None:
            drawn = np.append(self.data.weights[rows].astype(np.float64), 0.0)
            last = np.add.reduceat(drawn, bounds[:-1])[-1]
            weights = np.append(weights[:-1], last if bounds[-1] > bounds[-2] else 0.0)
        own = self.training.batch_mean == "batch_weight"
        return weights, weights.copy() if own else normalisers


class RunningSums(PlanWriter):
    """Takes the difference of two running sums, each of which is rounded."""

    expected = a_step_depends_on_nothing_but_its_batch

    def _sums(self, rows, bounds):
        weights, normalisers = super()._sums(rows, bounds)
        if self.data.weights is not None:
            sums = np.concatenate([[0.0], np.cumsum(self.data.weights[rows])])
            weights = np.diff(sums[bounds])
        own = self.training.batch_mean == "batch_weight"
        return weights, weights.copy() if own else normalisers


class AnEmptyBatchHasTheNextOnesFirstRow(PlanWriter):
    """What reduceat makes of two equal bounds."""

    expected = weights_are_sums_of_batches

    def _sums(self, rows, bounds):
        weights, normalisers = super()._sums(rows, bounds)
        if self.data.weights is not None:
            weights = np.add.reduceat(np.append(self.data.weights[rows], 0.0), bounds[:-1])
        return weights, normalisers


class SumsInSinglePrecision(PlanWriter):
    expected = weights_are_sums_of_batches

    def _sums(self, rows, bounds):
        weights, normalisers = super()._sums(rows, bounds)
        return weights.astype(np.float32).astype(np.float64), normalisers


class RowsForWeights(PlanWriter):
    expected = weights_are_sums_of_batches

    def _sums(self, rows, bounds):
        return np.diff(bounds).astype(np.float64), super()._sums(rows, bounds)[1]


class AlwaysItsOwnWeight(PlanWriter):
    expected = normalisers_are_as_batch_mean_says

    def _sums(self, rows, bounds):
        weights, _ = super()._sums(rows, bounds)
        return weights, weights.copy()


class NeverItsOwnWeight(PlanWriter):
    expected = normalisers_are_as_batch_mean_says

    def _sums(self, rows, bounds):
        weights, _ = super()._sums(rows, bounds)
        return weights, np.diff(bounds) * self._mean_weight


class OneArrayForBoth(PlanWriter):
    expected = normalisers_are_as_batch_mean_says

    def _sums(self, rows, bounds):
        weights, normalisers = super()._sums(rows, bounds)
        return weights, weights if self.training.batch_mean == "batch_weight" else normalisers


class MeanOfAllRows(PlanWriter):
    expected = the_mean_weight_is_of_the_training_rows

    def __init__(self, program, training, data, rows=None):
        super().__init__(program, training, data)


class MeanOfThePlan(PlanWriter):
    """Takes the mean over the rows of the plan: another one for every stretch."""

    expected = a_step_depends_on_nothing_but_its_batch

    def _sums(self, rows, bounds):
        if self.data.weights is not None and len(rows):
            self._mean_weight = float(self.data.weights[rows].mean())
        return super()._sums(rows, bounds)


class SumOverOutputs(PlanWriter):
    expected = losses_and_penalties_have_their_prices

    def _write_objective(self, scalars, weights, normalisers):
        super()._write_objective(scalars, weights, normalisers)
        scalars[:, self.places.loss_scale] = 1.0 / np.where(normalisers, normalisers, 1.0)


class OnePriceForEveryBatch(PlanWriter):
    expected = losses_and_penalties_have_their_prices

    def _write_objective(self, scalars, weights, normalisers):
        super()._write_objective(scalars, weights, normalisers)
        scalars[:, self.places.l1] = self.program.penalty.l1


class NothingDividedByNothing(PlanWriter):
    expected = losses_and_penalties_have_their_prices

    def _write_objective(self, scalars, weights, normalisers):
        super()._write_objective(scalars, weights, normalisers)
        if self.program.penalty.per == "batch_weight":
            with np.errstate(all="ignore"):
                scalars[:, self.places.l2] = self.program.penalty.l2 / weights


class AllRolesAlike(PlanWriter):
    expected = rates_and_decays_go_by_role

    def _write_update(self, scalars, first, learning_rate, decay):
        super()._write_update(scalars, first, learning_rate, decay)
        scalars[:, self.places.learning_rate] = learning_rate[:, None]


class DecayOfAllRolesAlike(PlanWriter):
    expected = rates_and_decays_go_by_role

    def _write_update(self, scalars, first, learning_rate, decay):
        super()._write_update(scalars, first, learning_rate, decay)
        scalars[:, self.places.decay] = decay[:, None]


class CountsFromThePlansStart(PlanWriter):
    expected = coefficients_go_by_the_global_step

    def _write_update(self, scalars, first, learning_rate, decay):
        super()._write_update(scalars, 0, learning_rate, decay)


class CountsFromZero(PlanWriter):
    expected = coefficients_go_by_the_global_step

    def _write_update(self, scalars, first, learning_rate, decay):
        with np.errstate(all="ignore"):
            super()._write_update(scalars, first - 1, learning_rate, decay)


class DropoutWithoutFactor(PlanWriter):
    expected = dropouts_have_their_thresholds

    def _write_dropout(self, scalars, thresholds, dropout):
        super()._write_dropout(scalars, thresholds, np.ones_like(dropout))


class ScaleOfTheFullRate(PlanWriter):
    expected = dropouts_have_their_thresholds

    def _write_dropout(self, scalars, thresholds, dropout):
        super()._write_dropout(scalars, thresholds, np.ones_like(dropout))
        before = scalars.copy()
        super()._write_dropout(scalars, thresholds, dropout)
        scalars[...] = before


class LooksWithoutItsStep(PlanWriter):
    expected = a_gradient_is_planned_like_a_step

    def gradient(self, rows, step=0, dropout=1.0):
        return super().gradient(rows, 0, dropout)


class CountsRowsFromTheEnd(PlanWriter):
    expected = rows_without_an_objective_are_refused

    def gradient(self, rows, step=0, dropout=1.0):
        if np.asarray(rows).dtype.kind == "i":
            rows = np.where(rows < 0, np.add(rows, self.data.n_rows), rows)
        return super().gradient(rows, step, dropout)


class TakesAMaskForNumbers(PlanWriter):
    expected = rows_without_an_objective_are_refused

    def gradient(self, rows, step=0, dropout=1.0):
        return super().gradient(np.asarray(rows).astype(np.int64), step, dropout)


class LooksAtWhatWeighsNothing(PlanWriter):
    expected = rows_without_an_objective_are_refused

    def gradient(self, rows, step=0, dropout=1.0):
        if len(rows) and np.asarray(rows).dtype.kind == "i" and np.all(np.asarray(rows) % 9 == 0):
            return None
        return super().gradient(rows, step, dropout)


class DropsEverything(PlanWriter):
    expected = rows_without_an_objective_are_refused

    def _require_dropout(self, factors):
        factors[...] = np.minimum(factors, 1.9)


DEFECTS = PlanWriter.__subclasses__()


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda cls: cls.__name__)
def test_a_defect_is_caught_by_the_law_that_is_meant_for_it(defect):
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        defect.expected(defect)


def test_every_law_has_a_defect_that_it_catches():
    assert {defect.expected for defect in DEFECTS} == set(LAWS)


@pytest.mark.slow
def test_an_engine_does_not_pass_with_such_a_writer(monkeypatch):
    """The laws of engines plan every stretch anew: what depends on the plan shows in their states too."""
    check = dict(engine_checks(reference))["same bits for any chunks[mean of each batch, float64]"]
    check()
    sums = PlanWriter._sums

    def by_the_plan(self, rows, bounds):
        weights, normalisers = sums(self, rows, bounds)
        return weights, normalisers * (1.0 + 1e-9 * len(rows))

    monkeypatch.setattr(PlanWriter, "_sums", by_the_plan)
    with pytest.raises(EngineError, match="a run divided at"):
        check()


# -- parts --------------------------------------------------------------------------------------------
def test_a_part_shares_what_it_can_and_counts_rows_from_its_own_beginning():
    whole = steps_of(written_by(PlanWriter))
    part = whole.part(3, 6)
    assert (part.first, part.n_steps, part.stop) == (whole.first + 3, 3, whole.first + 6)
    assert part.bounds[0] == 0 and len(part.rows) == part.bounds[-1]
    for i in range(3):
        np.testing.assert_array_equal(part.batch(i), whole.batch(3 + i))
    assert np.may_share_memory(part.rows, whole.rows)
    assert whole.part(4, 4).n_steps == 0
    assert_same_plan(whole.part(2, 8).part(1, 4), whole.part(3, 6))
    assert_same_plan(whole.part(0, whole.n_steps), whole)


def test_roles_are_those_of_forpass_and_those_of_the_network():
    program = lower(NetworkSpec(2, (Dense(3, weight_role="first"), Dense(1)), Head("squared")))
    assert [block.role for block in program.parameters.blocks] == ["first", "bias", "weight", "bias"]

    def treated(**by_role):
        return scalar_places(program, TrainingSpec(optimizer=OptimizerSpec(by_role=by_role)))

    assert treated(first=RoleFactors(2.0)).learning_rate == (3, 5, 5, 5)
    assert treated(embedding=RoleFactors(2.0)).learning_rate == (3, 3, 3, 3)  # none here, and no mistake
    message = "unknown role of parameters in by_role of OptimizerSpec 'frist'; did you mean 'first'"
    with pytest.raises(UnknownNameError, match=message):
        treated(frist=RoleFactors(2.0))


def test_blocks_that_are_treated_alike_share_their_columns():
    program = lower(SPEC)
    places = scalar_places(program, TrainingSpec(optimizer=ADAMW))
    pairs = list(zip(places.learning_rate, places.decay, strict=True))
    roles = [block.role for block in program.parameters.blocks]
    assert len(set(pairs)) == 3
    for (role, pair), (other, same) in itertools.combinations(zip(roles, pairs, strict=True), 2):
        treated_alike = BY_ROLE.get(role) == BY_ROLE.get(other)
        assert (pair == same) is treated_alike, (role, other)
    columns = [places.loss_scale, places.l1, places.l2, *places.coefficients, *places.kept_scale.values()]
    columns += [column for pair in set(pairs) for column in pair]
    assert sorted(columns) == list(range(len(columns)))  # every column has one meaning


def test_a_writer_needs_no_targets_and_writes_nothing_of_the_callers():
    rows, bounds = np.arange(4), np.array([0, 2, 4])
    given = [rows, bounds, *(np.array([0.1, 0.2]) for _ in range(3))]
    for array in given:
        array.flags.writeable = False
    written_by(PlanWriter).steps(0, *given)


def test_what_lbfgs_has_no_use_for_is_left_out():
    training = TrainingSpec(method="lbfgs")
    assert len(scalar_places(lower(SPEC), training).coefficients) == 0
