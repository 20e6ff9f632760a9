"""The OpenAPI document of a service: its paths, and the records and answers of its own model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forpass.service.answering import Answering
from forpass.serving.columns import Column

__all__ = ["described"]

WORDS_SHOWN = 100
TYPES: dict[type, str] = {bool: "boolean", int: "number", float: "number", str: "string"}
NUMBER: dict[str, Any] = {"type": "number"}
TEXT = {"type": "string"}
COUNT = {"type": "integer"}


def described(answering: Answering, about: Mapping[str, str]) -> dict[str, Any]:
    """Return the document, as plain JSON values.

    Parameters
    ----------
    answering : Answering
    about : mapping
        ``model``, what it is called; ``fingerprint``; ``version``, of forpass.
    """
    example = answering.example
    schemas = {
        "Record": _record(answering),
        "Answer": _answer(answering),
        "Problem": _problem(),
        "Answers": _object(
            {
                "predictions": {"type": "array", "items": _ref("Answer")},
                "notes": {
                    "type": "array",
                    "items": TEXT,
                    "description": "What is new in the records: words and gaps that no training row had.",
                },
            },
            required=["predictions"],
        ),
    }
    answer = {"predictions": answering.answers([example])}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"Predictions of {about['model']}",
            "version": about["fingerprint"][:16],
            "description": f"{answering.model!r}, served by forpass {about['version']}.",
        },
        "paths": _paths(answering, example, answer),
        "components": {"schemas": schemas},
    }


def _paths(answering: Answering, example: Mapping[str, Any], answer: Mapping[str, Any]) -> dict[str, Any]:
    columns = {name: {"type": "array"} for name in example}
    predict: dict[str, Any] = {
        "operationId": "predict",
        "summary": "Predict each record; all of them are answered, or none.",
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "anyOf": [
                            _ref("Record"),
                            {"type": "array", "items": _ref("Record")},
                            _object(columns, required=list(columns)),
                        ]
                    },
                    "examples": {
                        "record": {"value": example},
                        "records": {"value": [example, example]},
                        "columns": {"value": {name: [cell, cell] for name, cell in example.items()}},
                    },
                },
                "text/csv": {"schema": TEXT},
            },
        },
        "responses": {
            "200": {
                "description": "An answer to each record, in their order.",
                "content": {
                    "application/json": {"schema": _ref("Answers"), "example": answer},
                    "text/csv": {"schema": TEXT},
                },
            },
            **{str(status): _refused(what) for status, what in REFUSALS.items()},
        },
    }
    if answering.covers:
        predict["parameters"] = [
            {
                "name": "coverage",
                "in": "query",
                "schema": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
                "description": "Also intervals of values, or sets of classes, that hold the truth so often.",
            }
        ]
    return {
        "/predict": {"post": predict},
        "/schema": {"get": _told("schema", "This document.", "application/json")},
        "/health": {
            "get": _told("health", "That the service answers, and with which model.", "application/json")
        },
        "/metrics": {"get": _told("metrics", "Counts, as Prometheus reads them.", "text/plain")},
    }


REFUSALS = {
    400: "The body is not JSON, or the query is not understood.",
    408: "The body did not come in time.",
    413: "The body is too long, or has too many records.",
    415: "The body is neither JSON nor CSV, is compressed, or is in an encoding that is not known.",
    422: "Records that cannot be answered, each named with what is wrong; or a table that cannot be read.",
    431: "The headers are too long.",
    500: "A fault of forpass.",
    503: "Too much to do; try again after the seconds of Retry-After.",
}


def _record(answering: Answering) -> dict[str, Any]:
    columns = {column.name: _cell(column) for column in answering.columns}
    return {
        **_object(columns, required=list(columns)),
        "description": "A cell for each column; null for a value that is not known. Others do not matter.",
    }


def _cell(column: Column) -> dict[str, Any]:
    said: dict[str, Any] = {"description": f"A {column.kind}."}
    if type(column.example) in TYPES:  # of a kind of one's own nothing is known
        said["type"] = [TYPES[type(column.example)], "null"]
    if not column.had_gaps:
        said["description"] += " No training row had a gap in it."
    if column.words:
        shown = column.words[:WORDS_SHOWN]
        said["description"] += f" It knows {len(column.words)} words" + (
            f", the most frequent: {', '.join(shown[:10])}."
            if len(column.words) > 10
            else f": {', '.join(shown)}."
        )
    of_words = column.words and type(column.example) is str
    said["examples"] = list(column.words[:WORDS_SHOWN]) if of_words else [column.example]
    return said


def _answer(answering: Answering) -> dict[str, Any]:
    target, pair = answering.target, {"type": "array", "items": NUMBER, "minItems": 2, "maxItems": 2}
    if target.task == "regression":
        one = len(target.names) == 1
        fields = {"value": NUMBER} if one else {"values": _each(target.names, NUMBER)}
        if answering.covers:
            fields |= {"interval": pair} if one else {"intervals": _each(target.names, pair)}
        return _object(fields, required=list(fields)[:1])
    if target.task == "multilabel":
        fields = {"labels": _each(target.names, COUNT), "probabilities": _each(target.names, NUMBER)}
    else:
        label: dict[str, Any] = {"enum": answering.labels}
        fields = {"label": label, "probabilities": _each(answering.words, NUMBER)}
        if answering.covers:
            fields["set"] = {"type": "array", "items": label}
    if not answering.gives_probabilities:
        del fields["probabilities"]
    return _object(fields, required=list(fields)[:2])


def _problem() -> dict[str, Any]:
    error = _object({"record": COUNT, "detail": TEXT}, required=["record", "detail"])
    fields = {
        "title": TEXT,
        "status": COUNT,
        "detail": TEXT,
        "errors": {"type": "array", "items": error, "description": "Records are counted from 0."},
    }
    return _object(fields, required=["title", "status", "detail"])


def _refused(what: str) -> dict[str, Any]:
    return {"description": what, "content": {"application/problem+json": {"schema": _ref("Problem")}}}


def _told(name: str, what: str, kind: str) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": what,
        "responses": {"200": {"description": what, "content": {kind: {"schema": {}}}}},
    }


def _each(names: Any, schema: Mapping[str, Any]) -> dict[str, Any]:
    return _object({str(name): schema for name in names}, required=[str(name) for name in names])


def _object(properties: Mapping[str, Any], required: list[str]) -> dict[str, Any]:
    return {"type": "object", "properties": dict(properties), "required": required}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}
