"""The same formulas in the compiled engine: both types keep their type and agree with NumPy."""

import types

import numpy as np
import pytest
from running_kernels import run_kernel

from forpass.engines.bind import bind, globals_used
from forpass.engines.compiled.functions import namespace
from forpass.engines.compiled.language.code import Code
from forpass.engines.compiled.language.types import DOUBLE, I32
from forpass.engines.compiled.language.values import Value
from forpass.engines.conformance import formula_checks
from forpass.errors import EngineError
from forpass.maths import cycles, intervals, scaling, xp
from forpass.maths.activations import gelu, sigmoid, silu, softplus_vjp
from forpass.maths.calibration import calibrated_logits, calibrated_scores
from forpass.maths.losses import softmax_cross_entropy
from forpass.maths.means import MEANS
from forpass.maths.units import TRANSFORMS, clipped


def compiled(function):
    """Wrap a bound formula: on values it writes code, on numbers it is compiled and run on a line of them."""

    def call(*arguments):
        if any(isinstance(a, Value) for a in arguments):
            return function(*arguments)
        dtype = next(a.dtype.name for a in arguments if isinstance(a, np.floating))
        code = Code(dtype)
        lines = [
            code.array(code.words[i], I32 if isinstance(a, np.uint32) else code.real).line(0, code.lanes)
            for i, a in enumerate(arguments)
        ]
        results = function(*lines)
        results = results if isinstance(results, tuple) else (results,)
        for i, result in enumerate(results, start=len(lines)):
            code.array(code.words[i], result.element).set_line(0, result)
        dtypes = ["float64" if r.element == DOUBLE else "float32" for r in results]
        arrays = [np.full(16, a) for a in arguments] + [np.zeros(16, kind) for kind in dtypes]
        run_kernel(code, arrays)
        found = tuple(array[0] for array in arrays[len(lines) :])
        return found if len(found) > 1 else found[0]

    return call


OF_PREDICTIONS = [
    calibrated_logits,
    calibrated_scores,
    *(
        getattr(module, name)
        for module in (cycles, intervals, scaling)
        for name in module.__all__
        if name.islower()
    ),
    *MEANS.values(),
    *(function for transform in TRANSFORMS.values() for function in transform),
    clipped,
]

CHECKS = dict(formula_checks(namespace, compiled))


@pytest.mark.parametrize("name", CHECKS)
def test_formula_in_the_compiled_engine(name):
    CHECKS[name]()


def test_constants_become_the_working_type():
    for real in (np.float32, np.float64):
        bound = bind(gelu, xp, real)
        assert {type(bound.__globals__[name]) for name in ("HALF", "SQRT_HALF")} == {real}
        assert type(bound(real(0.5))) is real
    assert type(gelu.__globals__["HALF"]) is float  # the original is as it was


def test_a_formula_that_another_calls_is_bound_once():
    bound, wrapped = {}, []

    def wrap(function):
        wrapped.append(function.__name__)
        return function

    for function in (silu, softplus_vjp, sigmoid):
        bind(function, xp, np.float32, wrap, bound)
    assert wrapped == ["sigmoid", "silu", "softplus_vjp"]
    assert bound[silu].__globals__["sigmoid"] is bound[softplus_vjp].__globals__["sigmoid"] is bound[sigmoid]
    assert bound[silu].__globals__["sigmoid"] is not sigmoid


def test_formulas_over_rows_are_bound_with_all_they_call():
    names = []
    bind(softmax_cross_entropy, xp, wrap=lambda f: names.append(f.__name__) or f)
    assert names == ["smoothed", "shifted", "softmax_cross_entropy"]


@pytest.mark.parametrize("function", OF_PREDICTIONS, ids=lambda function: function.__name__)
def test_what_predictions_need_besides_networks_can_be_bound(function):
    bind(function, xp, np.float32)


def test_name_and_docstring_are_kept():
    bound = bind(sigmoid, xp)
    assert (bound.__name__, bound.__doc__) == (sigmoid.__name__, sigmoid.__doc__)
    assert globals_used(sigmoid.__code__) == ("xp", "ONE")


FOREIGN = [1.0, 2.0]
COUNT = 3


def uses_numpy(Z):
    return np.exp(Z)


def uses_a_list(Z):
    return Z * FOREIGN[0]


def uses_a_whole_number(Z):
    return Z * COUNT


def uses_an_unknown_name(Z):
    return Z + nowhere  # noqa: F821 - that is the point


def uses_what_xp_lacks(Z):
    return xp.arctan(Z)


def calls_a_foreign_one(Z):
    return uses_numpy(Z)


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (uses_numpy, "np"),
        (uses_a_list, "FOREIGN"),
        (uses_a_whole_number, "COUNT"),
        (uses_an_unknown_name, "nowhere"),
        (calls_a_foreign_one, "np"),
    ],
)
def test_foreign_names_are_refused(function, name):
    with pytest.raises(EngineError, match=f"global name '{name}'"):
        bind(function, xp)


def with_a_closure(half):
    def own(Z):
        return Z * half

    return own


def with_a_default(Z, half=0.5):
    return Z * half


def with_a_named_default(Z, *, half=0.5):
    return Z * half


def calls_one_with_a_default(Z):
    return with_a_default(Z)


@pytest.mark.parametrize(
    "function",
    [with_a_closure(0.5), with_a_default, with_a_named_default, calls_one_with_a_default],
    ids=lambda function: function.__qualname__,
)
def test_values_of_its_own_are_refused_by_name(function):
    with pytest.raises(EngineError, match=r"(own|with_a\w*default) carries values of its own .* as settings"):
        bind(function, xp)


def test_what_the_namespace_lacks_is_named():
    with pytest.raises(EngineError, match=r"uses xp.arctan, which forpass.maths.xp does not have"):
        bind(uses_what_xp_lacks, xp)


def test_check_finds_a_namespace_that_is_wrong():
    rough = types.ModuleType("rough_xp")
    rough.__dict__.update(vars(xp))
    rough.exp = lambda Z: np.exp(Z) * Z.dtype.type(1.0001)
    with pytest.raises(EngineError, match=r"sigmoid.*it must be"):
        dict(formula_checks(rough))["sigmoid[float32]"]()
    wide = types.ModuleType("wide_xp")
    wide.__dict__.update(vars(xp))
    wide.tanh = lambda Z: np.tanh(np.float64(Z))
    with pytest.raises(EngineError, match="returns float64; it must be float32"):
        dict(formula_checks(wide))["tanh[float32]"]()
