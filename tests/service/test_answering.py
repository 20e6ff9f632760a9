"""What a record means depends on no other, and what is wrong with one is said of that one."""

import json
from datetime import datetime

import numpy as np
import pytest
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from served import ABOUT, TOWNS, people, trained

from forpass.errors import InputError
from forpass.service.answering import MOST_FAULTS, Answering
from forpass.service.description import described
from forpass.serving.columns import Column
from forpass.serving.records import AS_A_TABLE

RECORD = {"size": 171.5, "town": "Ulm", "floor": 2, "member": True, "since": "2021-03-04"}
CELLS = {
    "size": st.one_of(
        st.floats(100, 250), st.sampled_from(["1.5", "tall", True, None, [1], 10**30, float("inf")])
    ),
    "town": st.sampled_from([*TOWNS, "Rome", 3, True, None, "", "NA"]),
    "floor": st.sampled_from([0, 1, 3, 7, 2.0, "2", None, False]),
    "member": st.sampled_from([True, False, "yes", "no", 1, 7, None]),
    "since": st.sampled_from(["2021-03-04", "2020-01-01 10:30", "yesterday", None, 20200101]),
}


@pytest.mark.parametrize("model", ["classes", "values", "several", "sets", "intervals"])
@pytest.mark.usefixtures("heard")
def test_answers_are_those_of_the_model(model, request):
    answering = request.getfixturevalue(model)
    table = people(40)
    records = [{name: column[i].item() for name, column in table.items()} for i in range(40)]
    records = [{**one, "size": None if one["size"] != one["size"] else one["size"]} for one in records]
    answers = answering.answers(records)
    predicted = answering.model.predict({name: [one[name] for one in records] for name in RECORD})
    found = [next(iter(one.values())) for one in answers]
    if isinstance(found[0], dict):
        found = [list(one.values()) for one in found]
    if isinstance(found[0], str):
        assert found == predicted.tolist()
    else:
        assert np.allclose(found, predicted, rtol=1e-6, atol=1e-6)  # as many digits as float32 leaves
    json.dumps(answers, allow_nan=False)


@settings(max_examples=examples(60))
@given(st.lists(st.fixed_dictionaries(CELLS), min_size=1, max_size=3), st.sampled_from([1, AS_A_TABLE]))
@pytest.mark.usefixtures("heard")
@pytest.mark.filterwarnings("ignore::forpass.errors.ForpassWarning")
def test_a_record_means_the_same_among_others_as_alone(classes, records, times):
    records = records * times
    faults = {fault.record: fault.detail for fault in classes.faults(records)}
    if faults:
        with pytest.raises(InputError):
            classes.answers(records)
        assert all("rows counted" not in detail for detail in faults.values())
    else:
        together = classes.answers(records)
        assert together == [classes.answers([record])[0] for record in records]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"size": "tall"}, "column 'size' holds 'tall', where a number is meant"),
        ({"town": 7}, "column 'town' held text in training"),
        ({"size": [1]}, "column 'size' holds a list"),
        ({"since": "yesterday"}, "column 'since' holds 'yesterday'"),
        ({"size": float("inf")}, "column 'size' holds inf, which cannot be scaled"),
    ],
)
def test_a_cell_that_is_wrong_is_named(classes, wrong, said):
    records = [RECORD] * 20
    records[3] = {**RECORD, **wrong}
    (fault,) = classes.faults(records)
    assert fault.record == 3 and fault.detail.startswith(said)
    with pytest.raises(InputError):
        classes.answers(records)


@pytest.mark.parametrize(
    ("target", "said", "known"),
    [
        ("floor", {}, {"label": {0, 1, 2, 3}, "probabilities": {"0", "1", "2", "3"}}),
        ("member", {}, {"label": {True, False}, "probabilities": {"false", "true"}}),
        (
            ["tall", "late"],
            {"task": "multilabel"},
            {"labels": {"tall", "late"}, "probabilities": {"tall", "late"}},
        ),
    ],
)
def test_labels_are_what_they_were_in_the_table(target, said, known):
    answering = Answering(trained(target, preset="plain", epochs=2, test=0, **said))
    for answer in answering.answers([answering.example] * 3):
        assert list(answer) == list(known)
        first, probabilities = answer.values()
        assert set(probabilities) == known["probabilities"]
        if isinstance(target, str):
            assert first in known["label"] and type(first) is type(next(iter(known["label"])))
            assert probabilities[json.dumps(first)] == max(probabilities.values())
        else:
            assert {name: int(p > 0.5) for name, p in probabilities.items()} == first
    assert json.loads(json.dumps(described(answering, ABOUT)))


def test_columns_that_are_not_there_are_named_with_what_may_be_meant(classes):
    record = {name.replace("town", "Town"): cell for name, cell in RECORD.items() if name != "member"}
    (fault,) = classes.faults([record])
    assert fault.detail == (
        "the record lacks the columns 'town' (perhaps 'Town'), 'member'; "
        "add what is missing, with null (None in Python) where a value is not known"
    )
    with pytest.raises(InputError, match=r"lacks the column 'town' \(perhaps 'Town'\); add"):
        classes.answers([{**record, "member": True}])


def test_no_more_faults_are_told_than_somebody_reads(classes):
    assert len(classes.faults([{}] * 1000)) == MOST_FAULTS


def test_further_cells_do_not_matter(classes):
    assert classes.answers([{**RECORD, "more": [1, {"a": 2}]}]) == classes.answers([RECORD])


def test_no_records_have_no_answers(classes):
    assert classes.answers([]) == [] and classes.faults([]) == []


@pytest.mark.parametrize("model", ["classes", "sets"])
def test_a_twin_is_the_same_model_with_sessions_of_its_own(model, request):
    answering = request.getfixturevalue(model)
    twin = answering.twin()
    assert twin.answers([RECORD]) == answering.answers([RECORD])
    assert twin.model.fingerprint() == answering.model.fingerprint()
    ours, theirs = (getattr(one.model, "members", (one.model,))[0] for one in (answering, twin))
    assert ours.session() is not theirs.session() and ours.parameters is theirs.parameters


def test_coverage_adds_intervals_or_sets(intervals, sets):
    (answer,) = intervals.answers([RECORD], 0.8)
    low, high = answer["interval"]
    assert low < answer["value"] < high
    (wider,) = intervals.answers([RECORD], 0.95)
    assert wider["interval"][0] < low and high < wider["interval"][1]
    assert set(sets.answers([RECORD], 0.9)[0]["set"]) <= {"no", "yes"}


def test_columns_are_told_with_an_example_that_the_model_takes(classes):
    found = {column.name: column for column in classes.columns}
    assert list(found) == list(RECORD)
    assert isinstance(found["size"], Column) and found["size"].had_gaps and not found["town"].had_gaps
    assert sorted(found["town"].words) == sorted(TOWNS)
    assert found["floor"].example in (0, 1, 2, 3) and datetime.fromisoformat(found["since"].example)
    assert classes.faults([classes.example]) == []


def test_a_csv_file_has_the_answers_of_its_records(classes, sets):
    header = ",".join(RECORD)
    text = f"{header}\n171.5,Ulm,2,true,2021-03-04\n,Bonn,0,false,2020-02-03\n".encode()
    records = classes.records_of(text)
    assert classes.answers(records)[0] == classes.answers([RECORD])[0]
    header, first, _ = sets.table(sets.encoded(records), 0.9).splitlines()
    assert header == "fit,probability of no,probability of yes,classes"
    assert first.split(",")[0] == sets.answers(records)[0]["label"]


def test_csv_of_several_values_has_a_column_for_each(several):
    header = several.table(several.encoded([RECORD])).splitlines()[0]
    assert header == "score,twice"


@pytest.mark.parametrize("text", [b"", b"PAR1\x00\x01", b"\x1f\x8b\x08", b'{"a": 1}', b"\xff\xfe\x00"])
def test_what_is_no_csv_is_refused(classes, text):
    with pytest.raises(InputError):
        classes.records_of(text)


def test_a_model_of_arrays_is_refused():
    import forpass as fp

    data = fp.Data([[0.0], [1.0]], targets=[0.0, 1.0])
    model = fp.train(fp.multilayer(1, [], 1, "squared"), fp.TrainingSpec(epochs=1), data)
    with pytest.raises(InputError, match="takes no records"):
        Answering(model)
