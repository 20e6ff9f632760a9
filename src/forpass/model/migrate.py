"""Files of earlier schemas, as if they had been written today.

A file says with which schema it was written. What has changed since is made up for by one plain function
for each step, from dicts to dicts, before anything is rebuilt: so no other module knows of an earlier form.
What a step does is never changed again; tests keep files of every schema, with what was answered then.
"""

from __future__ import annotations

from typing import Any

__all__ = ["SCHEMA", "migrate"]

SCHEMA = 3
"""Number of the file's form. A file with a smaller number is read for ever, one with a larger refused."""

Plain = dict[str, Any]


def migrate(content: Plain, schema: int, kind: str) -> Plain:
    """Bring the content of a file of a `kind`, written with `schema`, to the schema of today.

    Raises
    ------
    KeyError, TypeError, ValueError, AttributeError
        When it is not what was written with that schema.
    """
    for step in STEPS[schema - 1 :]:
        content = step(content, kind)
    return content


# -- from schema 1 to schema 2 -------------------------------------------------------------------
def to_second(content: Plain, kind: str) -> Plain:
    """Descriptions, history and provenance get their forms; what predicts stands outside of provenance."""
    free = content["spec"]["penalty"]["l1"] == content["spec"]["penalty"]["l2"] == 0.0
    second = content | {
        "spec": described(content["spec"]),
        "training": described(content["training"]),
        "history": [record_of_first(record, free) for record in content["history"]],
    }
    if kind == "model":
        said = content["provenance"]
        second["engine"] = "numpy" if said.get("engine") == "numpy" else "auto"
        second["provenance"] = provenance_of_first(said)
        if content["preprocessing"] is not None:  # whose own schema goes on from here
            commas = {"decimal_comma": bool(said.get("decimal_comma"))}
            second["preprocessing"] = content["preprocessing"] | commas
    return second


def described(value: Any) -> Any:
    """Rewrite a description and all that it holds, from the inside out; see `DESCRIPTIONS`."""
    if isinstance(value, list):
        return [described(item) for item in value]
    if not isinstance(value, dict):
        return value
    plain = {key: described(item) for key, item in value.items()}
    rewrite = DESCRIPTIONS.get(plain.get("is", ""))
    return plain if rewrite is None else rewrite(plain)


def network_of_first(plain: Plain) -> Plain:
    """Inputs were numbers of features and of codes; now they are groups."""
    d, sizes = plain.pop("n_features"), plain.pop("code_sizes")
    numbers = [{"is": "FeatureGroup", "name": "", "kind": "number", "width": d}] if d else []
    codes = [{"is": "FeatureGroup", "name": "", "kind": "code", "width": 0, "codes": k} for k in sizes]
    return plain | {"inputs": numbers + codes}


def training_of_first(plain: Plain) -> Plain:
    """L-BFGS was an optimiser by name; now it is a method with settings of its own."""
    optimizer = plain["optimizer"]
    if optimizer["name"] != "lbfgs":
        return plain
    del plain["optimizer"]
    settings = optimizer["settings"]
    settings = settings | {"evaluations": int(settings["evaluations"])}
    return plain | {"method": "lbfgs", "lbfgs": {"is": "LBFGSSpec", **settings}}


ROLES = {"W": "weight", "b": "bias", "gamma": "gain", "beta": "shift", "E": "embedding"}
"""Roles of parameters by what they were called, their kind: the letter of their names."""


def optimizer_of_first(plain: Plain) -> Plain:
    """The learning rate was called rate; a role of parameters was called their kind."""
    by_role = {ROLES[kind]: factors for kind, factors in plain.pop("by_kind").items()}
    return plain | {"learning_rate": plain.pop("rate"), "by_role": by_role}


def penalty_of_first(plain: Plain) -> Plain:
    """Roles of the parameters that pay were called their kinds."""
    return plain | {"roles": [ROLES[kind] for kind in plain.pop("kinds")]}


def factors_of_first(plain: Plain) -> Plain:
    """Factors on learning rate and decay, of a kind of parameters."""
    return {"is": "RoleFactors", "learning_rate": plain["rate"], "decay": plain["decay"]}


def stopping_of_first(plain: Plain) -> Plain:
    """The training loss held the penalty, and is now what is called the objective."""
    monitor = plain["monitor"]
    return plain | {"monitor": "objective" if monitor == "training_loss" else monitor}


DESCRIPTIONS = {
    "NetworkSpec": network_of_first,
    "TrainingSpec": training_of_first,
    "OptimizerSpec": optimizer_of_first,
    "KindFactors": factors_of_first,
    "Penalty": penalty_of_first,
    "StoppingSpec": stopping_of_first,
}
"""The descriptions that had another form in schema 1, by the names that they had."""


def record_of_first(record: Plain, free: bool) -> Plain:
    """The training loss held the penalty. They cannot be told apart, unless the network was free of one."""
    plain = dict(record)
    return plain | {"learning_rate": plain.pop("rate"), "penalty": 0.0 if free else None}


def provenance_of_first(said: Plain) -> Plain:
    """It was a dict into which anything could be written; of it is kept what forpass wrote.

    A model of arrays had its number of rows, one of a table the rows of each part.
    """
    rows, ended, evaluation = said.get("rows", 0), said.get("ended"), said.get("evaluation")
    parts = ("training", "learnt"), ("validation", "watched"), ("test", "held_back")
    return {
        "created": said.get("created", ""),
        "versions": said.get("versions", {}),
        "engine": said.get("engine", ""),
        "rows": {new: rows[old] for new, old in parts} if isinstance(rows, dict) else {"training": rows},
        "ended": {} if ended is None else ended,
        "evaluation": None if evaluation is None else evaluation_of_first(evaluation),
    }


def evaluation_of_first(evaluation: Plain) -> Plain:
    """What says the same of all rows was called by what it says, and is the dummy."""
    figures = {
        "dummy" if way in ("majority", "mean") else way: found for way, found in evaluation["figures"].items()
    }
    return {"rows": evaluation["rows"], "figures": figures}


# -- from schema 2 to schema 3 -------------------------------------------------------------------
PROGRESS = {
    "step": int,
    "epoch": int,
    "looks_without_improvement": int,
    "monitored_best": float,
    "rate_multiplier": float,
    "loss_sum": float,
    "weight_sum": float,
    "penalty_sum": float,
    "normaliser_sum": float,
    "best_value": float,
    "best_epoch": int,
}
"""Numbers of a checkpoint, which stood there as text, for some are infinite."""


def to_third(content: Plain, kind: str) -> Plain:
    """Numbers that are not finite are objects now, no longer NaN: of a checkpoint they were text."""
    if kind != "checkpoint":
        return content
    progress = {name: PROGRESS[name](text) for name, text in content["progress"].items()}
    return content | {"progress": progress}


STEPS = (to_second, to_third)
"""From schema 1 to 2, from 2 to 3, ..."""
