"""The OpenAPI document describes what is taken and given."""

import json
import re
from dataclasses import replace

import pytest
from served import ABOUT, application, ask, people

import forpass as fp
from forpass.service.answering import Answering
from forpass.service.description import described

TYPES = {
    "number": (int, float),
    "integer": (int,),
    "string": (str,),
    "boolean": (bool,),
    "null": (type(None),),
    "array": (list,),
    "object": (dict,),
}


def fits(value, schema, document):
    """Say whether a value is what a schema of these documents describes."""
    if "$ref" in schema:
        return fits(value, document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], document)
    if "anyOf" in schema:
        return any(fits(value, one, document) for one in schema["anyOf"])
    if "enum" in schema:
        return value in schema["enum"]
    types = schema.get("type", list(TYPES))
    types = [types] if isinstance(types, str) else types
    if not any(type(value) in TYPES[one] for one in types):
        return False
    if isinstance(value, dict):
        fields = schema.get("properties", {})
        return set(schema.get("required", ())) <= set(value) and all(
            fits(value[name], fields[name], document) for name in value if name in fields
        )
    if isinstance(value, list):
        return all(fits(one, schema.get("items", {}), document) for one in value)
    return True


@pytest.mark.parametrize("model", ["classes", "values", "several", "sets", "intervals"])
@pytest.mark.usefixtures("heard")
def test_examples_are_answered_and_described(model, request):
    answering = request.getfixturevalue(model)
    app = application(answering)
    document = ask(app, "/schema").json
    assert document["openapi"] == "3.1.0"
    predict = document["paths"]["/predict"]["post"]
    asked = predict["requestBody"]["content"]["application/json"]
    given = predict["responses"]["200"]["content"]["application/json"]
    query = "?coverage=0.8" if "parameters" in predict else ""
    assert bool(query) is (model in ("sets", "intervals"))
    for example in asked["examples"].values():
        assert fits(example["value"], asked["schema"], document)
        response = ask(app, f"POST /predict{query}", example["value"])
        assert response.status == 200 and fits(response.json, given["schema"], document)
    assert fits(given["example"], given["schema"], document)
    refused = ask(app, "/predict", [{"size": 1}, 2])
    assert fits(refused.json, document["components"]["schemas"]["Problem"], document)


@pytest.mark.usefixtures("heard")
def test_a_model_without_probabilities_is_served_without_them():
    table = {name: cells for name, cells in people().items() if name in ("size", "fit")}
    p = fp.Preprocessing.learn(table, "fit")
    spec = fp.multilayer(p.n_features, [2], 1, "hinge")
    model = fp.train(spec, fp.TrainingSpec(epochs=1), p.encode(table, with_targets=True))
    app = application(Answering(replace(model, preprocessing=p)))
    document = ask(app, "/schema").json
    (answer,) = ask(app, "/predict", {"size": 150.0}).json["predictions"]
    assert list(answer) == ["label"] and fits(answer, {"$ref": "/Answer"}, document)
    assert ask(app, "/predict", {"size": 150.0}, {"accept": "text/csv"}).body.startswith(b"fit\n")


def test_a_record_of_other_types_does_not_fit(classes):
    document = described(classes, ABOUT)
    record = classes.example
    schema = document["components"]["schemas"]["Record"]
    assert fits(record, schema, document) and fits({**record, "size": None}, schema, document)
    assert not fits({**record, "size": "x"}, schema, document)
    assert not fits({name: record[name] for name in record if name != "town"}, schema, document)


def test_all_references_are_there(classes):
    document = described(classes, ABOUT)
    named = re.findall(r"#/components/schemas/(\w+)", json.dumps(document))
    assert set(named) == set(document["components"]["schemas"])


def test_all_paths_are_described(classes):
    from forpass.service.application import PATHS

    found = {path: next(iter(verbs)).upper() for path, verbs in described(classes, ABOUT)["paths"].items()}
    assert found == PATHS


def test_words_of_a_category_are_told(classes):
    town = described(classes, ABOUT)["components"]["schemas"]["Record"]["properties"]["town"]
    assert town["type"] == ["string", "null"] and "knows 3 words" in town["description"]
    assert sorted(town["examples"]) == ["Bonn", "Kiel", "Ulm"]
