"""Formulas of one's own: chosen by name in descriptions, engines, checks, estimators and files."""

from contextlib import ExitStack, contextmanager

import numpy as np
import pytest
from later import later

import forpass as fp
from forpass.engines import compiled, reference
from forpass.engines.conformance import engine_checks
from forpass.maths import xp
from forpass.maths.activations import ACTIVATIONS, Activation
from forpass.maths.columnwise import COLUMNWISE, Columnwise, Trained
from forpass.maths.losses import LOSSES, Loss
from forpass.maths.optimizers import OPTIMIZERS, Optimizer
from forpass.maths.registries import REGISTRIES
from forpass.maths.registry import Hyperparameter, require_sound

exceptions = later("sklearn.exceptions")

HALF = 0.5
ONE = 1.0


def bent(Z, share):
    return Z + share * (xp.sqrt(Z * Z + ONE) - ONE)


def bent_vjp(dA, Z, A, share):
    return dA * (ONE + share * Z / xp.sqrt(Z * Z + ONE))


def bent_wrongly_vjp(dA, Z, A, share):
    return dA * (ONE - share * Z / xp.sqrt(Z * Z + ONE))


def cosh_like(Z, T):
    return xp.sqrt((Z - T) * (Z - T) + ONE) - ONE


def cosh_like_vjp(dL, Z, T):
    return dL * (Z - T) / xp.sqrt((Z - T) * (Z - T) + ONE)


def doubled_vjp(dA, Z, A):
    return dA + dA


def lion(theta, g, m, rate, beta, rest):
    return theta - rate * xp.sign(beta * m + rest * g), beta * m + rest * g


def lion_coefficients(t, beta):
    return beta, ONE - beta


def swished(Z):
    return Z / (ONE + xp.exp(-Z))


def swished_vjp(dA, Z, A):
    """Read both: the derivative is a + s (1 - a) with s = a / z, which is better taken from z."""
    S = ONE / (ONE + xp.exp(-Z))
    return dA * (A + S * (ONE - A))


def gated(Z, g):
    return Z / (ONE + g * g)


def gated_vjp(dA, Z, A, g):
    D = ONE + g * g
    return dA / D, -(g + g) * Z * dA / (D * D)


GATED = Columnwise(
    "gated", gated, gated_vjp, "z / (1 + g^2)", (Trained("gate", "gate", "normal", (("std", 0.5),)),), "Z"
)
BENT = Activation(
    "bent", bent, bent_vjp, "z + share (...)", "Z", (), "", (Hyperparameter("share", 0.5, 0.0, 1.0),)
)
SWISHED = Activation("swished", swished, swished_vjp, "z / (1 + e^-z)", "ZA")
COSH = Loss("cosh_like", cosh_like, cosh_like_vjp, "sqrt((z - t)^2 + 1) - 1", "elements", "identity", "real")
LION = Optimizer(
    "lion", lion, ("m",), lion_coefficients, "theta - rate sign(m)", (Hyperparameter("beta", 0.9, 0.0, 1.0),)
)

RNG = np.random.default_rng(3)
X = RNG.normal(size=(60, 3))
DATA = fp.Data(X, targets=np.sin(X[:, 0]) + X[:, 1])


@pytest.fixture
def own_parts():
    """Register one of each for the length of a test."""
    with registered(PARTS):
        yield


def network():
    layers = (fp.Dense(5), fp.Activation("bent", {"share": 0.3}), fp.Columnwise("gated"), fp.Dense(1))
    return fp.NetworkSpec(3, layers, fp.Head("cosh_like"))


def training(**more):
    return fp.TrainingSpec(epochs=5, optimizer=fp.OptimizerSpec("lion", 0.01), seed=1, **more)


def test_they_can_be_described_only_while_they_are_registered(own_parts):
    assert network().layers[1].settings == {"share": 0.3}
    assert training().optimizer.settings == {"beta": 0.9}


def test_without_registering_they_are_unknown():
    for make in (network, training, lambda: fp.Head("cosh_like")):
        with pytest.raises(fp.UnknownNameError):
            make()


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_the_gradient_check_looks_at_them(own_parts, engine):
    assert fp.gradient_check(network(), DATA, engine=engine).passed


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_the_gradient_check_finds_what_is_wrong_in_them(engine):
    wrong = (ACTIVATIONS, BENT._replace(vjp=bent_wrongly_vjp), "")
    with registered([wrong, *PARTS[1:]]):
        report = fp.gradient_check(network(), DATA, engine=engine)
    assert [block.name for block in report.blocks if block.verdict == "FAILED"] == ["W1", "b1"]


@pytest.mark.parametrize("engine", [reference, compiled], ids=lambda engine: engine.NAME)
def test_a_derivative_may_read_both_what_went_in_and_what_came_out(engine):
    with ACTIVATIONS.extended(SWISHED):
        checks = dict(engine_checks(engine))
        for dtype in ("float32", "float64"):
            checks[f"gradient[activation swished, {dtype}]"]()
            checks[f"trajectory[activation swished, adam, {dtype}]"]()
        spec = fp.multilayer(3, [4], 1, "squared", activation="swished")
        assert fp.gradient_check(spec, DATA, engine=engine.NAME).passed
        tape = fp.train(spec, fp.TrainingSpec(epochs=1), DATA).trace(DATA)
        assert {entry.name: entry.inputs for entry in tape}["dZ1"] == ("dA1", "Z1", "A1")


@pytest.mark.parametrize("engine", [reference, compiled], ids=lambda engine: engine.NAME)
def test_conformance_iterates_them(own_parts, engine):
    checks = dict(engine_checks(engine))
    for name in ("activation bent, float32", "columnwise gated, float64", "loss cosh_like, float64"):
        checks[f"gradient[{name}]"]()
    for name in ("activation bent, adam", "loss cosh_like, lion", "everything, lion"):
        for dtype in ("float32", "float64"):
            checks[f"trajectory[{name}, {dtype}]"]()
    checks["resumed run[lion, float32]"]()


def test_conformance_forgets_them():
    with ACTIVATIONS.extended(BENT):
        assert "gradient[activation bent, float32]" in dict(engine_checks(reference))
    assert "gradient[activation bent, float32]" not in dict(engine_checks(reference))


def test_both_engines_train_with_them(own_parts):
    models = [fp.train(network(), training(dtype="float64"), DATA, engine=e) for e in ("numpy", "compiled")]
    np.testing.assert_allclose(models[0].parameters, models[1].parameters, rtol=1e-9)


def test_estimators_take_an_activation_of_ones_own(own_parts):
    y = DATA.targets[:, 0]
    model = fp.MLPRegressor(hidden_layer_sizes=(4,), activation="bent", max_iter=3, random_state=0)
    with pytest.warns(exceptions.ConvergenceWarning):
        model.fit(X, y)
    assert model.model_.spec.layers[1].name == "bent"


# -- files --------------------------------------------------------------------------------------------


def test_a_file_names_them_and_reads_back(own_parts, tmp_path):
    model = fp.train(network(), training(), DATA)
    model.save(tmp_path / "own.forpass")
    again = fp.load(tmp_path / "own.forpass")
    assert again.spec == model.spec and again.training == model.training
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    assert again.fingerprint() == model.fingerprint()


PARTS = [
    (ACTIVATIONS, BENT, "activation 'bent'"),
    (COLUMNWISE, GATED, "columnwise function 'gated'"),
    (LOSSES, COSH, "loss 'cosh_like'"),
    (OPTIMIZERS, LION, "optimizer 'lion'"),
]


@pytest.mark.parametrize("left_out", PARTS, ids=lambda part: part[0].kind)
def test_a_file_that_needs_one_not_registered_is_refused_by_name(tmp_path, left_out):
    model_file, checkpoint = tmp_path / "own.forpass", tmp_path / "own.checkpoint"
    with registered(PARTS):
        fp.train(network(), training(), DATA, checkpoint=checkpoint).save(model_file)
    with registered([part for part in PARTS if part is not left_out]):
        for read, path in ((fp.load, model_file), (lambda path: fp.resume(path, DATA), checkpoint)):
            message = f"{path.name} needs the {left_out[2]}, which is not registered here; import what"
            with pytest.raises(fp.ModelFileError, match=message):
                read(path)


@contextmanager
def registered(parts):
    with ExitStack() as stack:
        for registry, record, _ in parts:
            stack.enter_context(registry.extended(record))
        yield


# -- registering ---------------------------------------------------------------------------------------


def test_register_finds_the_registry_by_the_records_type():
    with ACTIVATIONS.extended(), COLUMNWISE.extended(), LOSSES.extended(), OPTIMIZERS.extended():
        for registry, record, _ in PARTS:
            fp.register(record)
            assert registry[record.name] is record
            assert list(registry)[-1] == record.name
    assert "bent" not in ACTIVATIONS and "cosh_like" not in LOSSES and "lion" not in OPTIMIZERS


def test_a_name_belongs_to_one_record():
    with ACTIVATIONS.extended(BENT):
        fp.register(BENT)  # the same once more
        fp.register(Activation(*BENT))
        for other in (BENT._replace(vjp=bent_wrongly_vjp), BENT._replace(kinks=(0.0,))):
            with pytest.raises(fp.SpecError, match="the activation 'bent' is registered already, with other"):
                fp.register(other)
        assert ACTIVATIONS["bent"] is BENT
    with pytest.raises(fp.SpecError, match="the activation 'relu' is registered already"):
        fp.register(BENT._replace(name="relu"))


@pytest.mark.parametrize("name", [None, 3, "", " ", "be\nnt", "my bent", "bent-2", "2bent", ["bent"]])
def test_a_name_is_a_word(name):
    """Every message that offers the nearest names would fall over another."""
    with (
        ACTIVATIONS.extended(),
        pytest.raises(
            fp.SpecError, match="the name of the activation must be a word of letters, digits and _"
        ),
    ):
        fp.register(BENT._replace(name=name))


def test_formulas_with_values_of_their_own_are_different():
    def stretched(by):
        def f(Z, factor=by):
            return factor * Z

        return Activation("stretched", f, doubled_vjp, "factor z", reads="")

    with ACTIVATIONS.extended(stretched(2.0)), pytest.raises(fp.SpecError, match="is registered already"):
        fp.register(stretched(3.0))


def test_a_cell_of_a_notebook_can_be_run_again():
    cell = "def f(Z):\n    return ONE * Z\ndef f_vjp(dA, Z, A):\n    return ONE * dA\n"
    own, elsewhere = {"ONE": 1.0}, {"ONE": 2.0}
    with ACTIVATIONS.extended():
        for scope in (own, own):
            exec(cell, scope)
            fp.register(Activation("mine", scope["f"], scope["f_vjp"], "z", ""))
        exec(cell, elsewhere)  # the same words mean something else there
        with pytest.raises(fp.SpecError, match="registered already"):
            fp.register(Activation("mine", elsewhere["f"], elsewhere["f_vjp"], "z", ""))


def test_extended_ends_however_its_block_ends():
    for registry in REGISTRIES.values():
        before = dict(registry)
        with pytest.raises(ZeroDivisionError), registry.extended():
            _register_and_fail(registry)
        assert dict(registry) == before
    with pytest.raises(fp.SpecError), ACTIVATIONS.extended(BENT, BENT._replace(name="relu")):
        raise AssertionError("not reached")
    assert "bent" not in ACTIVATIONS


def _register_and_fail(registry):
    registry.register(next(iter(registry.values()))._replace(name="more"))
    assert "more" in registry
    raise ZeroDivisionError


@pytest.mark.parametrize("thing", ["relu", bent, fp.Activation("relu"), None])
def test_what_is_no_record_is_refused(thing):
    with pytest.raises(
        fp.SpecError, match=r"must be a record, one of forpass\.maths\.activations\.Activation,"
    ):
        fp.register(thing)


# -- what could not work is refused where it is registered --------------------------------------------
SHARE, GATE = BENT.hyperparameters[0], GATED.trained[0]


@pytest.mark.parametrize("registry", REGISTRIES.values(), ids=lambda registry: registry.kind)
def test_our_own_records_are_sound(registry):
    for record in registry.values():
        require_sound(registry.kind, record)


def asked(**deviation):
    return BENT._replace(hyperparameters=(SHARE._replace(**deviation),))


def trained(**deviation):
    return GATED._replace(trained=(GATE._replace(**deviation),))


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (BENT._replace(function="bent"), "function of the activation 'bent' must be a function; got 'bent'"),
        (BENT._replace(vjp=None), "vjp of the activation 'bent' must be a function; got None"),
        (
            BENT._replace(reads="AZ"),
            "reads of the activation 'bent' must be one of '', 'Z', 'A', 'ZA'; got 'AZ'",
        ),
        (BENT._replace(reads=None), "reads of the activation 'bent' must be one of"),
        (
            BENT._replace(reads="A"),
            "vjp of the activation 'bent' reads Z, and reads='A' does not say so; say reads='ZA'",
        ),
        (
            BENT._replace(reads=""),
            "vjp of the activation 'bent' reads Z, and reads='' does not say so; say reads='Z'",
        ),
        (
            SWISHED._replace(reads="Z"),
            "vjp of the activation 'swished' reads A, and reads='Z' does not say so; say",
        ),
        (
            GATED._replace(reads="A"),
            "vjp of the columnwise function 'gated' reads Z, and reads='A' does not say so",
        ),
        (BENT._replace(formula=3), "formula of the activation 'bent' must be text; got 3"),
        (
            BENT._replace(kinks=0.0),
            r"kinks of the activation 'bent' must be a tuple of \(a number, ...\); got 0.0",
        ),
        (BENT._replace(kinks=("0",)), "kinks of the activation 'bent' must be a tuple"),
        (BENT._replace(trainable=1), "trainable of the activation 'bent' must be True or False; got 1"),
        (
            BENT._replace(hyperparameters=("share",)),
            "must be a tuple of .a Hyperparameter, ....; got .'share',.",
        ),
        (BENT._replace(hyperparameters=SHARE), "must be a tuple of .a Hyperparameter"),
        (
            BENT._replace(hyperparameters=(SHARE, SHARE)),
            "'share' stands twice among what the activation 'bent' has",
        ),
        (asked(name="the share"), "the name of Hyperparameter 1 of the activation 'bent' must be a word of"),
        (
            asked(default="0.5"),
            "default of Hyperparameter 1 of the activation 'bent' must be a number; got '0.5'",
        ),
        (asked(default=np.nan), "default of Hyperparameter 1 .* must be a number; got nan"),
        (
            asked(default=2.0),
            "default of share of the activation 'bent' must be a number from 0 to 1; got 2.0",
        ),
        (asked(low=0.6), "default of share .* must be a number from 0.6 to 1; got 0.5"),
        (asked(high=None), "high of Hyperparameter 1 .* must be a number; got None"),
        (
            BENT._replace(hyperparameters=()),
            r"function .* is called with \(Z\), but takes \(Z, share\); settings",
        ),
        (BENT._replace(vjp=bent), r"vjp .* is called with \(dA, Z, A, share\), but takes \(Z, share\)"),
        (
            COSH._replace(over="rows of it"),
            "over of the loss 'cosh_like' must be one of 'elements', 'rows'; got",
        ),
        (
            COSH._replace(targets="reals"),
            "targets of the loss 'cosh_like' must be one of 'real', 'count', 'label'",
        ),
        (
            COSH._replace(switch=bent_vjp),
            r"switch of the loss .* is called with \(Z, T\), but takes \(dA, Z, A",
        ),
        (COSH._replace(link="logit"), "unknown link 'logit'; did you mean 'logistic'"),
        (LION._replace(slots="m"), "slots of the optimizer 'lion' must be a tuple of .text, ....; got 'm'"),
        (LION._replace(coefficients=bent_vjp), r"coefficients .* is called with \(t, beta\), but takes"),
        (LION._replace(weight_decay="0"), "weight_decay of the optimizer 'lion' must be a number; got '0'"),
        (
            GATED._replace(reads="X"),
            "reads of the columnwise function 'gated' must be one of '', 'Z', 'A', 'ZA'",
        ),
        (GATED._replace(trained=()), r"function .* is called with \(Z\), but takes \(Z, g\)"),
        (trained(name=""), "the name of Trained 1 of the columnwise function 'gated' must be a word"),
        (trained(role=None), "role of Trained 1 of the columnwise function 'gated' must be text; got None"),
        (trained(role=""), "role of Trained 1 .* must be a word; got ''"),
        (trained(initializer="normals"), "unknown initializer 'normals'; did you mean 'normal'"),
        (trained(settings=(("size", 0.5),)), "unknown setting of the initializer 'normal' 'size'"),
        (trained(settings={"std": 0.5}), "settings of Trained 1 .* must be a tuple of"),
    ],
)
def test_a_record_that_could_not_work_is_refused_at_once(record, message):
    registry = REGISTRIES[type(record)]
    with registry.extended(), pytest.raises(fp.InputError, match=message) as caught:
        fp.register(record)
    assert isinstance(caught.value, fp.SpecError | fp.UnknownNameError)
    assert record.name not in registry
