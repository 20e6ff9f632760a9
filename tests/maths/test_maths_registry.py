"""All registries: a name once, unknown names, settings; and the modules they stand in."""

import ast
import importlib
import math
from pathlib import Path

import pytest

import forpass.maths
from forpass.errors import SpecError, UnknownNameError
from forpass.maths.optimizers import OPTIMIZERS
from forpass.maths.registries import REGISTRIES as BY_RECORD
from forpass.maths.registry import Hyperparameter, Registry

REGISTRIES = list(BY_RECORD.values())
RECORDS = [(registry, name) for registry in REGISTRIES for name in registry]
HYPERPARAMETERS = [(registry, name, h) for registry, name in RECORDS for h in registry[name].hyperparameters]
FOLDER = Path(forpass.maths.__path__[0])
MODULES = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "__init__")
HOST_ONLY = {"xp", "registry", "registries", "constants", "metrics", "classwise", "quantile", "threshold"}
HOST_ONLY |= {"calibration", "curves", "means", "measuring", "ranking", "reliability", "statistics"}
FORMULAS = [
    (module, node.name)
    for module in MODULES
    if module not in HOST_ONLY
    for node in ast.parse((FOLDER / f"{module}.py").read_text(encoding="utf-8")).body
    if isinstance(node, ast.FunctionDef) and not (ast.get_docstring(node) or "").startswith("Host only")
]


def of_registry(case):
    return (
        case.kind
        if isinstance(case, Registry)
        else case.name
        if isinstance(case, Hyperparameter)
        else str(case)
    )


@pytest.mark.parametrize(("registry", "name"), RECORDS, ids=of_registry)
def test_a_name_stands_once(registry, name):
    with pytest.raises(SpecError, match=f"the {registry.kind} '{name}' stands twice"):
        Registry(registry.kind, *registry.values(), registry[name])


@pytest.mark.parametrize(("registry", "name"), RECORDS, ids=of_registry)
def test_a_record_is_complete(registry, name):
    record = registry[name]
    assert record.name == name
    assert record.formula
    assert len({h.name for h in record.hyperparameters}) == len(record.hyperparameters)
    function = next(part for part in record if callable(part))
    assert function.__doc__
    assert function.__module__.startswith("forpass.maths.")


@pytest.mark.parametrize("registry", REGISTRIES, ids=of_registry)
def test_an_unknown_name_is_answered_with_the_nearest(registry):
    for name in registry:
        typo = name + "#"
        with pytest.raises(
            UnknownNameError, match=f"unknown {registry.kind} '{typo}'; did you mean .*'{name}'"
        ):
            registry[typo]
    with pytest.raises(UnknownNameError, match=f"Known: {', '.join(registry)}"):
        registry["qqqqqqqqqqqqqqqqqq"]
    assert "qqqqqqqqqqqqqqqqqq" not in registry


@pytest.mark.parametrize(("registry", "name"), RECORDS, ids=of_registry)
def test_an_unknown_setting_is_refused(registry, name):
    with pytest.raises(UnknownNameError, match=f"unknown setting of the {registry.kind} '{name}' 'qqqq'"):
        registry.settings(name, {"qqqq": 1.0})


@pytest.mark.parametrize(("registry", "name", "hyperparameter"), HYPERPARAMETERS, ids=of_registry)
def test_settings_are_validated(registry, name, hyperparameter):
    key = hyperparameter.name
    assert registry.settings(name, {})[key] == hyperparameter.default
    assert list(registry.settings(name, {})) == [h.name for h in registry[name].hyperparameters]
    for end, outwards in ((hyperparameter.low, -math.inf), (hyperparameter.high, math.inf)):
        if math.isfinite(end):
            assert registry.settings(name, {key: end})[key] == end
            with pytest.raises(
                SpecError, match=f"{key} of the {registry.kind} '{name}' must be a number from"
            ):
                registry.settings(name, {key: math.nextafter(end, outwards)})
    for wrong in (math.nan, True, "1", None):
        with pytest.raises(SpecError, match="must be a number"):
            registry.settings(name, {key: wrong})


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_settings_at_the_ends_of_their_intervals_do_not_divide_by_zero(name):
    # but for adam with both epsilons 0, which its docstring rules out
    record = OPTIMIZERS[name]
    instead = {"epsilon_hat": 1e-8} if "epsilon_hat" in OPTIMIZERS.settings(name, {}) else {}
    for h in record.hyperparameters:
        for end in (end for end in (h.low, h.high) if math.isfinite(end)):
            settings = OPTIMIZERS.settings(
                name, {h.name: end} if h.name == "epsilon_hat" else instead | {h.name: end}
            )
            for t in (1, 2, 1000):
                coefficients = record.coefficients(t, *settings.values())
                assert all(math.isfinite(c) for c in coefficients)
                for g in (0.0, 1.0):
                    step = record.step(1.0, g, *[0.0] * len(record.slots), 0.1, *coefficients)
                    assert all(math.isfinite(part) for part in step)


@pytest.mark.parametrize("module", MODULES)
def test_public_names_exist(module):
    loaded = importlib.import_module(f"forpass.maths.{module}")
    if module in ("xp", "constants"):  # all that stands in them is public
        return
    assert len(set(loaded.__all__)) == len(loaded.__all__)
    assert all(hasattr(loaded, name) for name in loaded.__all__)


@pytest.mark.parametrize(("module", "name"), FORMULAS)
def test_a_formula_can_be_bound_to_another_engine(module, name):
    # the rules that let a tool copy a formula with other globals: see forpass.maths.constants
    tree = ast.parse((FOLDER / f"{module}.py").read_text(encoding="utf-8"))
    formula = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name)
    assert not formula.decorator_list
    assert not (formula.args.defaults or formula.args.kwonlyargs or formula.args.vararg or formula.args.kwarg)
    for node in (part for statement in formula.body for part in ast.walk(statement)):
        assert not isinstance(node, ast.FunctionDef | ast.Lambda | ast.ClassDef), (
            "no function inside a function"
        )
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), "a bare float literal"
        assert not (isinstance(node, ast.Name) and node.id == "np"), "only xp computes"
        assert not (isinstance(node, ast.Call) and node.keywords), "no keywords: namespaces do not share them"
