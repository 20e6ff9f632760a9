"""Write docs/model-file.schema.json: what stands in a model's file, as a JSON schema (draft 2020-12).

It describes the text under ``__metadata__.forpass``. It is made of what forpass itself is made of: the fields
of its records and their types, what each refuses, and the registries; by hand is here only how records stand
in each other. `make schema` writes it, and a test compares it with what this makes.
"""

import dataclasses
import json
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import forpass as fp
from forpass.errors import SpecError, UnknownNameError
from forpass.maths.registries import REGISTRIES
from forpass.model.calibration import Calibration
from forpass.model.comparison import Comparison
from forpass.model.evaluation import Evaluation
from forpass.model.history import EpochRecord
from forpass.model.importance import Importance
from forpass.model.migrate import SCHEMA
from forpass.model.origin import Origin
from forpass.model.provenance import CUT_SHORT, Ended, Refit, RowCounts
from forpass.model.reliability import Reliability
from forpass.model.tried import Tried
from forpass.preprocessing.kinds import KINDS
from forpass.preprocessing.migrate import SCHEMA as PREPROCESSING_SCHEMA
from forpass.preprocessing.reading import Reading
from forpass.preprocessing.targets import ALWAYS, TargetSpec
from forpass.preprocessing.tasks import TASKS
from forpass.preprocessing.units import Unit
from forpass.spec.layers import LAYERS
from forpass.spec.plain import classes
from forpass.training.state import Progress

PLACE = Path(__file__).parents[1] / "docs" / "model-file.schema.json"

Schema = dict[str, Any]

TEXT, WHOLE, NUMBER, FLAG, NOTHING = (
    {"type": name} for name in ("string", "integer", "number", "boolean", "null")
)


# -- parts ---------------------------------------------------------------------------------------
def ref(name: str) -> Schema:
    """What stands under `$defs`."""
    return {"$ref": f"#/$defs/{name}"}


FIGURE = ref("figure")
DIGEST = {"type": "string", "pattern": "^[0-9a-f]{64}$"}


def closed(properties: Mapping[str, Schema], optional: typing.Iterable[str] = ()) -> Schema:
    """An object with these keys and no others."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": sorted(set(properties) - set(optional)),
        "additionalProperties": False,
    }


def a_list(of: Schema, least: int = 0) -> Schema:
    """A list of things of one form."""
    return {"type": "array", "items": of} | ({"minItems": least} if least else {})


def by_name(of: Schema) -> Schema:
    """An object of things of one form, by names of any kind."""
    return {"type": "object", "additionalProperties": of}


def either(*forms: Schema) -> Schema:
    """One of several forms."""
    return {"anyOf": list(forms)}


# -- types of fields -----------------------------------------------------------------------------
OF_TYPES: dict[Any, Schema] = {str: TEXT, int: WHOLE, float: NUMBER, bool: FLAG, types.NoneType: NOTHING}


def of_type(kind: Any, finite: bool = True) -> Schema:
    """The form of a value of a type, as files hold it; figures need not be `finite`."""
    if kind is float and not finite:
        return FIGURE
    if kind in OF_TYPES:
        return OF_TYPES[kind]
    if kind in classes().values():
        return ref(kind.__name__)
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        if set(inner) == set(LAYERS):
            return ref("layer")
        return either(*(of_type(option, finite) for option in inner))
    if origin is tuple:
        return a_list(of_type(inner[0], finite))
    assert origin is Mapping, f"a field of {kind} has no form yet"
    return by_name(of_type(inner[1], finite))


def fields_of(cls: Any, finite: bool = True, but: str = "") -> dict[str, Schema]:
    """The form of each field that a class is made of, but for one."""
    hints = typing.get_type_hints(cls)
    names = [field.name for field in dataclasses.fields(cls) if field.init and field.name != but]
    return {name: of_type(hints[name], finite) for name in names}


def record(cls: Any, optional: typing.Iterable[str] = (), finite: bool = True) -> Schema:
    """A record of which all fields but the optional ones are written."""
    return {"description": said(cls)} | closed(fields_of(cls, finite), optional)


def said(cls: Any) -> str:
    """The first sentence about a class."""
    return " ".join((cls.__doc__ or "").split("\n\n")[0].split())


# -- descriptions of networks and trainings ------------------------------------------------------
HEAD = fp.Head("squared")
EXAMPLES: dict[str, Any] = {cls.__name__: example for cls, example in LAYERS.items()} | {
    "NetworkSpec": fp.NetworkSpec(1, [fp.Dense(1)], HEAD),
    "FeatureGroup": fp.FeatureGroup("x", "number", 1),
    "Head": HEAD,
    "Penalty": fp.Penalty(),
    "Initializer": fp.Initializer("zeros"),
    "TrainingSpec": fp.TrainingSpec(),
    "OptimizerSpec": fp.OptimizerSpec(),
    "RoleFactors": fp.RoleFactors(),
    "LBFGSSpec": classes()["LBFGSSpec"](),
    "ScheduleSpec": fp.ScheduleSpec(),
    "StoppingSpec": fp.StoppingSpec(),
}
"""One of each, which is asked what it refuses."""

OF_PARTS = {registry.kind for registry in REGISTRIES.values()}
"""What a user can register more of: files may name those as well."""


def description(name: str) -> Schema:
    """A description: what it is, and what is not at its default."""
    cls, fields = classes()[name], fields_of(classes()[name])
    for field, form in fields.items():
        if form == TEXT:
            fields[field] = words_of(name, field)
    missing = dataclasses.MISSING
    needed = [f.name for f in dataclasses.fields(cls) if f.default is missing is f.default_factory]
    return {"description": said(cls)} | closed({"is": {"const": name}, **fields}, set(fields) - set(needed))


def words_of(name: str, field: str) -> Schema:
    """Which words a field of text takes: asked for one that there is not, it says which there are."""
    try:
        dataclasses.replace(EXAMPLES[name], **{field: "no such word"})
    except UnknownNameError as error:
        if error.kind in OF_PARTS:
            return TEXT | {"examples": error.known}
        return {"enum": error.known}
    except SpecError:  # it depends on other fields, and is not one of a few
        return TEXT
    return TEXT


# -- preprocessing -------------------------------------------------------------------------------
LABEL = either(TEXT, WHOLE, NUMBER, FLAG)


def column(cls: Any) -> Schema:
    """What was learnt about a column of a kind; fields that are None are left out."""
    hints = typing.get_type_hints(cls)
    optional = [name for name in fields_of(cls) if types.NoneType in typing.get_args(hints[name])]
    return {"description": said(cls)} | closed(
        {"kind": {"const": cls.kind}, **without_nothing(fields_of(cls))}, optional
    )


def without_nothing(fields: dict[str, Schema]) -> dict[str, Schema]:
    """The same fields, where null is not written."""
    found = {}
    for name, form in fields.items():
        forms = [option for option in form.get("anyOf", ()) if option != NOTHING]
        found[name] = form if not forms else forms[0] if len(forms) == 1 else either(*forms)
    return found


def target() -> Schema:
    """What is predicted, and its unit."""
    own = fields_of(TargetSpec, but="unit") | fields_of(Unit) | {"task": {"enum": list(TASKS)}}
    return {"description": said(TargetSpec)} | closed(without_nothing(own), set(own) - set(ALWAYS))


def preprocessing() -> Schema:
    """What turns a table into arrays."""
    columns = [ref(record.spec.__name__) for record in KINDS.values()]
    return closed(
        {
            "schema": {"const": PREPROCESSING_SCHEMA},
            "columns": a_list(either(*columns)),
            "target": either(ref("target"), NOTHING),
            "weight": either(TEXT, NOTHING),
            "reading": record(Reading, ("missing",)) | {"description": said(Reading)},
        }
    )


# -- what stands beside --------------------------------------------------------------------------
def evaluation() -> Schema:
    """How good a model is, beside baselines."""
    of_class = {"class": TEXT, **dict.fromkeys(("rows", "precision", "recall", "f1"), FIGURE)}
    reliability = record(Reliability)
    reliability["properties"]["error"] = NUMBER
    reliability["required"] = sorted([*reliability["required"], "error"])
    fields = {
        "rows": WHOLE,
        "figures": by_name(by_name(FIGURE)),
        "comparison": record(Comparison, ("subject",), finite=False),
        "classes": a_list(closed(of_class)),
        "positive": TEXT,
        "metric": TEXT,
        "reliability": reliability,
    }
    return {"description": said(Evaluation)} | closed(fields, set(fields) - {"rows", "figures"})


def account() -> Schema:
    """What a recipe was, and what it tried; it decides nothing, and a recipe may be one of many forms."""
    recipe = {"type": "object", "properties": {"name": TEXT}, "required": ["name"]}
    return closed(
        {"recipe": recipe, "candidates": a_list(record(Tried, ("dropped",))), "omissions": a_list(TEXT)}
    )


def provenance() -> Schema:
    """Where a model comes from."""
    always = {
        "created": TEXT,
        "versions": by_name(TEXT),
        "engine": TEXT,
        "rows": record(RowCounts),
        "ended": record(Ended),
        "evaluation": either(ref("evaluation"), NOTHING),
    }
    sometimes = {
        "refit": record(Refit),
        "cut_short": a_list({"enum": list(CUT_SHORT)}, 1),
        "class_weights": a_list(closed({"class": TEXT, "weight": NUMBER}), 1),
        "fold": WHOLE,
        "on_test": ref("evaluation"),
        "recipe": account(),
        "importance": record(Importance, ("unmeasured",), finite=False),
        "equal_rows": WHOLE,
        "origin": record(Origin, set(fields_of(Origin)) - {"seed"}),
    }
    return {"description": said(fp.Provenance)} | closed(always | sometimes, sometimes)


def epoch() -> Schema:
    """What one epoch came to; what was not measured is left out."""
    fields = fields_of(EpochRecord, finite=False)
    kept = fields["penalty"]
    fields = without_nothing(fields) | {"penalty": kept}
    optional = [field.name for field in dataclasses.fields(EpochRecord) if field.default is None]
    return {"description": said(EpochRecord)} | closed(fields, optional)


# -- files ---------------------------------------------------------------------------------------
def model(preprocessing: Schema) -> Schema:
    """A network, and what stands beside it."""
    fields = {
        "spec": ref("NetworkSpec"),
        "preprocessing": preprocessing,
        "engine": TEXT,
        "threshold": NUMBER,
        "training": either(ref("TrainingSpec"), NOTHING),
        "history": a_list(ref("epoch")),
        "provenance": ref("provenance"),
    }
    return closed(fields, ["threshold"])


def intervals() -> Schema:
    """What intervals of values, and sets of classes, are computed from."""
    numbers = dict.fromkeys(("middle", "size", "low", "high"), a_list(NUMBER, 1))
    spread = {"ensemble": ref("ensemble"), **numbers}
    of_values = closed({"is": {"const": "Intervals"}, "rows": NUMBER, "spread": closed(spread)}, ["spread"])
    return either(of_values, closed({"is": {"const": "Sets"}, "rows": NUMBER}))


def ensemble() -> Schema:
    """A model of models; members point to preprocessings by their number."""
    fields = {
        "members": a_list(model(either(WHOLE, NOTHING)), 1),
        "preprocessings": a_list(ref("preprocessing")),
        "weights": a_list(NUMBER, 1),
        "sharpness": a_list(NUMBER, 1),
        "calibration": record(Calibration, ("bias", "matrix")),
        "decision_weights": a_list(NUMBER, 1),
        "intervals": intervals(),
        "provenance": ref("provenance"),
    }
    return closed(fields, set(fields) - {"members", "preprocessings", "weights"})


def checkpoint() -> Schema:
    """A run laid aside: by `train`, or in a folder a network that is under way, or done."""
    hints = typing.get_type_hints(Progress)
    progress = {name: of_type(kind, finite=False) for name, kind in hints.items() if kind in (int, float)}
    of_train = {
        "data": DIGEST,
        "preprocessing": either(ref("preprocessing"), NOTHING),
        "metric": either(TEXT, NOTHING),
        "metric_is_a_function": FLAG,
        "ordered": FLAG,
        "engine": TEXT,
    }
    under_way = {"key": {"type": "string", "pattern": "^[0-9a-f]{40}$"}}
    done = {**under_way, "ended": record(Ended), "engine": TEXT}
    return closed(
        {
            "spec": ref("NetworkSpec"),
            "training": ref("TrainingSpec"),
            "progress": closed(progress),
            "history": a_list(ref("epoch")),
            "extra": either(*map(closed, (of_train, under_way, done))),
        }
    )


def file_schema() -> Schema:
    """The whole schema."""
    contents = {
        "model": model(either(ref("preprocessing"), NOTHING)),
        "ensemble": ref("ensemble"),
        "checkpoint": checkpoint(),
    }
    heads = [
        closed({"kind": {"const": kind}, "schema": {"const": SCHEMA}, "digest": DIGEST, "content": content})
        for kind, content in contents.items()
    ]
    parts = {
        "figure": either(NUMBER, closed({"float": {"enum": ["nan", "inf", "-inf"]}})),
        "layer": either(*(ref(layer.__name__) for layer in LAYERS)),
        "preprocessing": preprocessing(),
        "target": target(),
        "evaluation": evaluation(),
        "provenance": provenance(),
        "epoch": epoch(),
        "ensemble": ensemble(),
        **{record.spec.__name__: column(record.spec) for record in KINDS.values()},
        **{name: description(name) for name in classes()},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The text in a file of forpass",
        "description": (
            f"What stands under __metadata__.forpass of a file of schema {SCHEMA}; "
            "docs/model-file.md tells of the bytes around it."
        ),
        "oneOf": heads,
        "$defs": parts,
    }


def text() -> str:
    """The same as the file holds it."""
    return json.dumps(file_schema(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PLACE.write_text(text(), encoding="utf-8")
