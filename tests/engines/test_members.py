"""Members: networks that share weights are what the same networks are by themselves."""

import numpy as np
import pytest

import forpass as fp
from forpass.checks import gradient_check
from forpass.engines import reference
from forpass.engines.conformance.cases import cases, plan_of
from forpass.engines.initial import fresh_state
from forpass.engines.plans import PlanWriter
from forpass.engines.select import ENGINES
from forpass.maths.links import LINKS
from forpass.spec.plain import from_plain, to_plain
from forpass.spec.program import lower
from forpass.training.planning import Planner

MEMBERS = 3
RELU = fp.Activation("relu")


def scale(**more):
    return fp.Columnwise("scale", by_member=True, **more)


def ensemble_spec(loss="softmax_cross_entropy", outputs=3, members=MEMBERS):
    """A BatchEnsemble: r, W, s and b, twice, and heads that share nothing."""
    first = (
        scale(initializer="normal"),
        fp.Dense(5, bias=False),
        scale(),
        fp.Columnwise("shift", by_member=True),
    )
    second = scale(), fp.Dense(4, bias=False), scale(), fp.Columnwise("shift", by_member=True)
    heads = fp.Dense(outputs, by_member=True)
    return fp.NetworkSpec(2, [*first, RELU, *second, RELU, heads], fp.Head(loss), members=members)


def plain_networks(spec, parameters):
    """Each member as a network of its own, by the weights r W s (Wen et al. 2020)."""
    own = lower(spec).parameters.views(parameters)
    layers = [fp.Dense(5), RELU, fp.Dense(4), RELU, fp.Dense(spec.n_outputs)]
    plain = fp.NetworkSpec(2, layers, spec.head)
    for m in range(spec.members):
        W1 = own["scale0"][m][:, None] * own["W1"] * own["scale1"][m]
        W2 = own["scale1_2"][m][:, None] * own["W2"] * own["scale2"][m]
        first, second = (W1, own["shift1"][m]), (W2, own["shift2"][m])
        flat = [a.ravel() for a in (*first, *second, own["W3"][m], own["b3"][m])]
        yield plain, np.concatenate(flat)


def examples(loss, outputs, n=11):
    rng = np.random.default_rng(3)
    X = rng.normal(size=(n, 2))
    if loss == "softmax_cross_entropy":
        return fp.Data(X, targets=rng.integers(0, outputs, n), weights=rng.uniform(0.5, 2.0, n))
    targets = (
        rng.integers(0, 2, (n, outputs)).astype(float)
        if "sigmoid" in loss
        else rng.normal(size=(n, outputs)) ** 2
    )
    return fp.Data(X, targets=targets, weights=rng.uniform(0.5, 2.0, n))


def somewhere(spec, seed=5):
    return np.random.default_rng(seed).normal(size=lower(spec).parameters.size)


LOSSES = {"softmax_cross_entropy": 3, "sigmoid_cross_entropy": 1, "squared": 2, "poisson": 1}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("loss", "outputs"), LOSSES.items())
def test_members_predict_the_mean_of_what_the_plain_networks_predict(loss, outputs, engine):
    spec, data = ensemble_spec(loss, outputs), examples(loss, outputs, n=70)
    parameters = somewhere(spec)
    model = fp.TrainedModel(spec, parameters, np.empty(0), engine=engine)
    link = LINKS[spec.head.link]
    alone = [
        link.function(fp.TrainedModel(plain, own, np.empty(0), engine=engine).raw_scores(data))
        for plain, own in plain_networks(spec, parameters)
    ]
    found = link.function(model.raw_scores(data))
    np.testing.assert_allclose(found, np.mean(alone, axis=0), rtol=1e-12, atol=1e-14)
    # rows that are asked for, and more than go through at once
    times = {"numpy": 400, "compiled": 5500}[engine]
    some = model.session().raw_scores(data, np.tile([4, 0, 4, 69], times))
    once = model.raw_scores(data)[[4, 0, 4, 69]]
    np.testing.assert_allclose(some, np.tile(once, (times, 1)), rtol=0 if engine == "compiled" else 1e-13)


@pytest.mark.parametrize(("loss", "outputs"), LOSSES.items())
def test_the_objective_is_the_mean_of_the_members_objectives(loss, outputs):
    spec, data = ensemble_spec(loss, outputs), examples(loss, outputs)
    parameters, training = somewhere(spec), fp.TrainingSpec(dtype="float64", batch_mean="batch_weight")
    objectives = []
    for plain, own in [(spec, parameters), *plain_networks(spec, parameters)]:
        program = lower(plain)
        session = reference.start(program, fresh_state(program, training, parameters=own), data, training)
        plan = PlanWriter(program, training, data).gradient(np.arange(data.n_rows))
        objectives.append(session.value_and_gradient(plan).objective)
    assert objectives[0] == pytest.approx(np.mean(objectives[1:]), rel=1e-12)


@pytest.mark.parametrize("engine", ENGINES)
def test_gradients_are_those_of_numerical_differences(engine):
    spec = ensemble_spec()
    report = gradient_check(
        spec, examples("softmax_cross_entropy", 3), engine=engine, parameters=somewhere(spec)
    )
    assert report.passed, report


def test_a_trace_shows_each_row_once_for_each_member():
    spec, data = ensemble_spec(), examples("softmax_cross_entropy", 3)
    tape = fp.TrainedModel(spec, somewhere(spec), np.empty(0)).trace(data, rows=[7, 2])
    np.testing.assert_array_equal(tape["X"], data.numbers[[7, 7, 7, 2, 2, 2]])
    own = lower(spec).parameters.views(somewhere(spec))
    np.testing.assert_allclose(tape["S0"][4], data.numbers[2] * own["scale0"][1])
    np.testing.assert_allclose(tape["Z3"][5], tape["A2"][5] @ own["W3"][2] + own["b3"][2])
    d = tape["dZ3"]
    np.testing.assert_allclose(tape["dW3"][1], tape["A2"][[1, 4]].T @ d[[1, 4]], rtol=1e-12)


def test_each_member_has_an_order_of_its_own_and_sees_each_row_once():
    spec, data = ensemble_spec(), examples("softmax_cross_entropy", 3, n=10)
    training = fp.TrainingSpec(epochs=3, batch_size=4, seed=8)
    planner = Planner(PlanWriter(lower(spec), training, data))
    plan = planner.plan(0, planner.n_steps)
    assert plan.lengths.tolist() == [12, 12, 6] * 3
    epochs = plan.rows.reshape(3, 10, MEMBERS)
    assert all(sorted(epochs[e, :, m].tolist()) == list(range(10)) for e in range(3) for m in range(MEMBERS))
    orders = {tuple(epochs[e, :, m].tolist()) for e in range(3) for m in range(MEMBERS)}
    assert len(orders) == 9
    # however the run is divided
    later = planner.plan(4, 6)
    np.testing.assert_array_equal(later.rows, plan.rows[plan.bounds[4] : plan.bounds[6]])


@pytest.mark.parametrize(
    "how", [{"shuffle": False}, {"replacement": True}, {"last_batch": "drop"}, {"batch_size": None}]
)
def test_other_orders_give_each_member_as_many_rows(how):
    spec, data = ensemble_spec(), examples("softmax_cross_entropy", 3, n=10)
    planner = Planner(PlanWriter(lower(spec), fp.TrainingSpec(**{"epochs": 2, "batch_size": 4, **how}), data))
    plan = planner.plan(0, planner.n_steps)
    assert not np.any(plan.bounds % MEMBERS)
    if how.get("replacement"):
        assert np.any(plan.rows[::3] != plan.rows[1::3])
    own_order = Planner(
        PlanWriter(lower(spec), fp.TrainingSpec(epochs=1, batch_size=4), data),
        order=lambda _: np.arange(10)[::-1],
    )
    assert own_order.plan(0, 1).rows.tolist() == [9, 9, 9, 8, 8, 8, 7, 7, 7, 6, 6, 6]


def test_a_member_learns_as_the_plain_network_would_on_its_rows():
    # one parameter a member, so that nothing is shared: gradients are then those of k plain networks, over k
    spec = fp.NetworkSpec(1, [fp.Dense(1, by_member=True, weights="zeros")], fp.Head("squared"), members=2)
    data = fp.Data([[1.0], [2.0]], targets=[3.0, 4.0])
    training = fp.TrainingSpec(
        epochs=2, batch_size=1, optimizer=fp.OptimizerSpec("gradient_descent", 0.1), dtype="float64", seed=1
    )
    planner = Planner(PlanWriter(lower(spec), training, data))
    rows = planner.plan(0, 4).rows.reshape(-1, 2)
    own = []
    for m in range(2):
        w = b = 0.0
        for row in rows[:, m]:
            x, y = data.numbers[row, 0], data.targets[row, 0]
            error = w * x + b - y
            w, b = w - 0.1 * error * x / 2, b - 0.1 * error / 2
        own.append((w, b))
    model = fp.train(spec, training, data)
    np.testing.assert_allclose(model.weights["W1"].ravel(), [w for w, _ in own], rtol=1e-12)
    np.testing.assert_allclose(model.weights["b1"].ravel(), [b for _, b in own], rtol=1e-12)


def test_what_begins_alike():
    inputs = [
        fp.FeatureGroup("a", "number", 1),
        fp.FeatureGroup("b", "level", 3),
        fp.FeatureGroup("c", "code", 0, 4),
    ]
    signs = scale(initializer="random_sign", alike="features")
    shift = fp.Columnwise("shift", initializer="normal", by_member=True, alike="members")
    spec = fp.NetworkSpec(
        layers=[fp.Embedding(2), signs, fp.Dense(4), shift, fp.Dense(1)],
        head=fp.Head("squared"),
        inputs=inputs,
        members=40,
    )
    program = lower(spec)
    own = program.parameters.views(fresh_state(program, fp.TrainingSpec()).parameters)
    r, b = own["scale0"], own["shift1"]
    assert set(r.ravel().tolist()) == {-1.0, 1.0}
    assert np.all(r[:, 1:4] == r[:, 1:2]) and np.all(r[:, 4:6] == r[:, 4:5])
    assert not np.all(r[:, 0] == r[:, 1]) and not np.all(r[:, 1] == r[:, 4])
    assert 8 < np.sum(r[:, 0] > 0) < 32  # 20 of 40, within 3.8 standard deviations
    assert np.all(b == b[0]) and len(set(b[0].tolist())) == 4
    # each of its own by default
    plain = fp.NetworkSpec(3, [scale(initializer="normal"), fp.Dense(1)], fp.Head("squared"), members=2)
    assert len(set(fresh_state(lower(plain), fp.TrainingSpec()).parameters[:6].tolist())) == 6


def test_training_goes_on_to_the_same_bits_and_the_file_keeps_members(tmp_path):
    spec, data = ensemble_spec(), examples("softmax_cross_entropy", 3)
    training = fp.TrainingSpec(epochs=6, batch_size=4, stopping=fp.StoppingSpec(max_steps=7))
    whole = fp.train(spec, fp.TrainingSpec(epochs=6, batch_size=4), data)
    part = fp.train(spec, training, data, checkpoint=tmp_path / "part.ckpt")
    assert part.provenance.ended.step == 7
    again = fp.load(whole.save(tmp_path / "members.model"))
    assert again.spec == spec and again.fingerprint() == whole.fingerprint()
    np.testing.assert_array_equal(again.raw_scores(data), whole.raw_scores(data))
    assert from_plain(to_plain(spec)) == spec
    assert "members" not in to_plain(fp.multilayer(2, [3], 1, "squared"))


@pytest.mark.parametrize("engine", ENGINES)
def test_any_number_of_threads_gives_the_same_bits(engine):
    spec = fp.NetworkSpec(
        40,
        [scale(initializer="normal"), fp.Dense(300), RELU, scale(), fp.Dense(2, by_member=True)],
        fp.Head("squared"),
        members=7,
    )
    rng = np.random.default_rng(0)
    data = fp.Data(rng.normal(size=(300, 40)), targets=rng.normal(size=(300, 2)))
    training = fp.TrainingSpec(epochs=1, batch_size=128)
    one, two = (fp.train(spec, training, data, engine=engine, threads=threads) for threads in (1, 2))
    np.testing.assert_array_equal(one.parameters, two.parameters)
    two = fp.TrainedModel(spec, one.parameters, one.buffers, engine=engine, threads=2)
    np.testing.assert_array_equal(one.raw_scores(data), two.raw_scores(data))


def test_what_makes_no_members_is_refused():
    with pytest.raises(
        fp.SpecError, match=r"3 members, and no layer is by_member.*give a Columnwise or Dense"
    ):
        fp.NetworkSpec(2, [fp.Dense(1)], fp.Head("squared"), members=3)
    with pytest.raises(fp.SpecError, match="whose moments would be of all of them together; take LayerNorm"):
        fp.NetworkSpec(2, [scale(), fp.BatchNorm(), fp.Dense(1)], fp.Head("squared"), members=3)
    with pytest.raises(fp.SpecError, match="members of NetworkSpec"):
        fp.NetworkSpec(2, [fp.Dense(1)], fp.Head("squared"), members=0)
    with pytest.raises(fp.SpecError, match="with by_member=True it must be 1"):
        fp.Dense(1, multiplier=2.0, by_member=True)
    with pytest.raises(fp.SpecError, match="cannot begin as 'unit_variance'"):
        fp.Dense(1, weights="unit_variance", by_member=True)
    with pytest.raises(fp.SpecError, match="says how members begin; give by_member=True"):
        fp.Columnwise("scale", alike="members")
    with pytest.raises(
        fp.SpecError, match='layer 2 has alike="features", and what it reads shows no features'
    ):
        fp.NetworkSpec(2, [fp.Dense(3), scale(alike="features"), fp.Dense(1)], fp.Head("squared"))
    case = cases()["members by their first scale"]()
    plan = plan_of(case)
    ones = np.ones(1)
    with pytest.raises(fp.SpecError, match="3 members, so each batch must have a multiple of 3 rows"):
        PlanWriter(case.program, case.training, case.data).steps(
            0, plan.rows[:4], np.array([0, 4]), ones, ones, ones
        )


def test_initial_values_may_look_at_rows_of_members():
    dense = fp.Dense(5, weights="unit_variance", biases="through_rows")
    spec = fp.NetworkSpec(
        2,
        [scale(initializer="normal"), dense, RELU, fp.Dense(1, by_member=True)],
        fp.Head("squared"),
        members=4,
    )
    data = examples("squared", 1, n=41)
    program = lower(spec)
    own = program.parameters.views(fresh_state(program, fp.TrainingSpec(), data).parameters)
    X = data.numbers * own["scale0"][np.arange(41) % 4]
    np.testing.assert_allclose((X @ own["W1"]).std(axis=0), 1.0, rtol=1e-5)


def test_lbfgs_finds_the_minimum_of_the_mean():
    spec = fp.NetworkSpec(1, [fp.Dense(1, by_member=True)], fp.Head("squared"), members=2)
    model = fp.train(
        spec,
        fp.TrainingSpec(method="lbfgs", dtype="float64"),
        fp.Data([[0.0], [1.0], [2.0]], targets=[1.0, 3.0, 5.0]),
    )
    np.testing.assert_allclose(model.weights["W1"].ravel(), [2.0, 2.0], rtol=1e-5)


def test_summary_and_name_tell_of_members():
    model = fp.TrainedModel(ensemble_spec(), somewhere(ensemble_spec()), np.empty(0))
    said = str(model.summary())
    assert (
        "scale(X, scale0[m])" in said
        and "A2 W3[m] + b3[m]" in said
        and said.endswith("the mean of 3 members")
    )
    assert repr(model).startswith("<TrainedModel 2 - 5 - 4 - 3, softmax_cross_entropy")
