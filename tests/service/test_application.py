"""What is answered, what is refused and how: asked without a socket."""

import asyncio
import io
import json
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest
from served import ABOUT, application, ask, asking, time_passes

from forpass.errors import ForpassWarning
from forpass.service.application import LARGE_AT_ONCE, Application, as_json
from forpass.service.incoming import SMALL

RECORD = {"size": 171.5, "town": "Ulm", "floor": 2, "member": True, "since": "2021-03-04"}
DEEP = b"[" * 100_000 + b"]" * 100_000
CSV = {"content-type": "text/csv"}


@pytest.fixture
def app(classes, heard):
    return application(classes)


def told(response):
    """Return what a problem says, which is one, whole and without a traceback."""
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json["status"] == response.status
    assert b"Traceback" not in response.body and b'File "' not in response.body
    return " ".join([response.json["detail"], *(one["detail"] for one in response.json.get("errors", []))])


def test_a_record_is_answered(app, classes):
    response = ask(app, "/predict", RECORD)
    assert response.status == 200 and response.headers["content-type"] == "application/json"
    assert response.json == {"predictions": classes.answers([RECORD])}
    assert response.headers["content-length"] == str(len(response.body))


@pytest.mark.parametrize("n", [2, 300])
def test_records_and_columns_are_answered_alike(app, classes, n):
    records = [{**RECORD, "size": 150.0 + i} for i in range(n)]
    expected = {"predictions": classes.answers(records)}
    assert ask(app, "/predict", records).json == expected
    columns = {name: [one[name] for one in records] for name in RECORD}
    assert ask(app, "/predict", columns).json == expected
    assert (len(json.dumps(records)) > SMALL) is (n == 300)  # both ways there are


def test_a_table_is_answered_as_json_and_as_a_table(app, classes):
    text = b"since,size,town,floor,member,more\n2021-03-04,171.5,Ulm,2,true,x\n2021-03-04,,Bonn,0,false,y\n"
    found = ask(app, "/predict", text, CSV).json["predictions"]
    assert found[0] == classes.answers([RECORD])[0] and len(found) == 2
    response = ask(app, "/predict", text, {**CSV, "accept": "text/csv, */*;q=0.1"})
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    lines = response.body.decode().splitlines()
    assert lines[0] == "fit,probability of no,probability of yes"
    assert lines[1].split(",")[0] == found[0]["label"] and len(lines) == 3


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/csv", "text/csv"),
        ("text/*", "text/csv"),
        ("Text/CSV; charset=utf-8; q=0.5, application/json;q=0.4", "text/csv"),
        ("*/*, application/json;q=0.9", "text/csv"),
        ("application/json, text/csv;q=0.1", "application/json"),
        ("application/json, text/csv", "application/json"),
        ("text/csv;q=0", "application/json"),
        ("text/csv;q=much", "application/json"),
        ("*/*", "application/json"),
        ("image/png", "application/json"),
    ],
)
def test_the_answer_has_the_form_that_is_wanted_most(app, accept, kind):
    response = ask(app, "/predict", RECORD, {"accept": accept})
    assert response.status == 200 and response.headers["content-type"].partition(";")[0] == kind


@pytest.mark.parametrize(
    ("charset", "text"),
    [("utf-16", "Ulm"), ("windows-1252", "Köln"), ("ISO-8859-2", "Łódź"), ("koi8-r", "Тула"), ("", "Köln")],
)
def test_a_table_is_read_in_the_encoding_that_is_said(app, charset, text):
    body = f"since,size,town,floor,member\n2021-03-04,1,{text},2,true\n".encode(charset or "utf-8")
    kind = f"text/csv; charset={charset}" if charset else "text/csv"
    response = ask(app, "/predict", body, {"content-type": kind})
    assert response.status == 200
    assert [text in note for note in response.json.get("notes", [])] == [True] * (text != "Ulm")


@pytest.mark.parametrize(
    ("charset", "status", "said"),
    [
        ("utf-8", 422, "the body cannot be read as utf-8 (byte 5), which the header Content-Type names"),
        ("klingon", 415, "charset klingon, which is not known"),
        ("idna", 415, "charset idna, which is not known"),
        ("rot13", 415, "charset rot13, which is not known"),
        ("a\0b", 415, "which is not known"),
    ],
)
def test_an_encoding_that_is_not_so_or_not_known_is_refused(app, charset, status, said):
    response = ask(app, "/predict", b"size\n\xe4\n", {"content-type": f"text/csv; charset={charset}"})
    assert response.status == status and said in told(response)


def test_no_records_are_no_answers(app):
    header = b"since,size,town,floor,member\n"
    for body, kind in (([], {}), (header, CSV)):
        assert ask(app, "/predict", body, kind).json == {"predictions": []}
        response = ask(app, "/predict", body, {**kind, "accept": "text/csv"})
        assert (response.status, response.body) == (200, b"fit,probability of no,probability of yes\n")


def test_requests_that_come_together_are_answered_together_each_with_its_own(classes, heard):
    app, records = application(classes), [{**RECORD, "size": 150.0 + i} for i in range(12)]
    records[5] = {**RECORD, "size": "tall"}
    answered, answers_to = [], classes.answers_to

    def counting(encoded, coverage=None):
        answered.append(encoded.n_rows)
        return answers_to(encoded, coverage)

    async def all_of_them():
        return await asyncio.gather(*(asking(app, "/predict", [one, one]) for one in records))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(classes, "answers_to", counting)
        responses = asyncio.run(all_of_them())
    assert answered == [2 * 11]
    for i, response in enumerate(responses):
        if i == 5:
            assert response.status == 422 and response.json["errors"][0]["record"] == 0
        else:
            assert response.json["predictions"] == classes.answers([records[i]]) * 2


def test_requests_with_another_coverage_are_not_mixed_up(intervals, heard):
    app = application(intervals)

    async def all_of_them():
        paths = ["/predict", "/predict?coverage=0.5", "/predict?coverage=0.9"]
        return await asyncio.gather(*(asking(app, path, RECORD) for path in paths))

    for response, coverage in zip(asyncio.run(all_of_them()), [None, 0.5, 0.9], strict=True):
        assert response.json["predictions"] == intervals.answers([RECORD], coverage)


def test_what_is_new_is_told(app):
    assert "notes" not in ask(app, "/predict", RECORD).json
    response = ask(app, "/predict", [{**RECORD, "town": "Rome"}, {**RECORD, "town": None}])
    assert response.status == 200
    assert "'Rome'" in response.json["notes"][0] and "missing values" in response.json["notes"][1]


def test_nobody_else_hears_of_what_is_new(classes):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ForpassWarning)
        assert classes.answers([{**RECORD, "town": "Rome"}])
    assert len(caught) == 1  # where nothing is served, warnings are what they were


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"", 400, "the body is not JSON"),
        (b"{", 400, "the body is not JSON"),
        (b"\xff\xfe{}", 400, "the body is not UTF-8 (byte 0)"),
        (DEEP, 400, "nested too deeply"),
        (b'{"size": NaN}', 400, "NaN is not a number in JSON; send null"),
        (b'{"size": -Infinity}', 400, "-Infinity is not a number in JSON"),
        (b'{"size": 1, "size": 2}', 400, "'size' is there twice"),
        (b'{"size": ' + b"1" * 5000 + b"}", 400, "the body is not JSON"),
        (b"7", 422, "the body is a number"),
        (b'"x"', 422, "the body is text"),
        (b"null", 422, "the body is null"),
        (b"[1]", 422, "is a number where a record is meant"),
        (b"[{}, []]", 422, "is a list where a record is meant"),
        (b"{}", 422, "lacks the columns 'size', 'town'"),
        (b"[[]]", 422, "is a list where a record is meant"),
        (b'{"size": [1, 2], "town": ["Ulm"]}', 422, "column 'town' has 1 cells where 'size' has 2"),
        (json.dumps({**RECORD, "size": "tall"}), 422, "column 'size' holds 'tall', where a number is meant"),
        (json.dumps({**RECORD, "size": 1e999}).replace("Infinity", "1e999"), 422, "holds inf"),
        (json.dumps({**RECORD, "town": "\ud800", "size": "\ud800"}), 422, "column 'size' holds"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(app, body, status, said):
    response = ask(app, "/predict", body if isinstance(body, bytes) else body.encode())
    assert response.status == status
    assert said in told(response)


def test_each_record_that_is_wrong_is_named_and_none_is_answered(app):
    records = [RECORD, {**RECORD, "size": "tall"}, RECORD, {"size": 1}]
    response = ask(app, "/predict", records)
    assert response.status == 422 and "predictions" not in response.json
    assert [one["record"] for one in response.json["errors"]] == [1, 3]
    assert response.json["detail"].startswith("2 of 4 records cannot be answered, so none was")


@pytest.mark.parametrize(
    ("n", "said"),
    [
        (19, "19 of 19 records cannot be answered, so none was; see errors"),
        (20, "20 of 20 records cannot be answered, so none was; see errors"),
        (30, "at least 20 of 30 records cannot be answered, so none was; errors has the first 20"),
    ],
)
def test_of_many_records_that_are_wrong_the_first_are_named(app, n, said):
    response = ask(app, "/predict", [{}] * n)
    assert response.json["detail"] == said
    assert len(response.json["errors"]) == min(n, 20)


@pytest.mark.parametrize(
    ("body", "said"), [(b"", "the body is empty"), (b"a,a\n1,2\n", "the body names the columns")]
)
def test_a_table_that_cannot_be_read_is_called_the_body(app, body, said):
    response = ask(app, "/predict", body, CSV)
    assert response.status == 422 and told(response).startswith(said)


def test_each_line_that_is_wrong_is_named(app):
    lines = ["size,town,floor,member,since", *["171.5,Ulm,2,true,2021-03-04"] * 40]
    lines[9] = lines[9].replace("171.5", "tall")
    response = ask(app, "/predict", "\n".join(lines).encode(), CSV)
    assert response.status == 422 and [one["record"] for one in response.json["errors"]] == [8]
    assert "holds 'tall'" in told(response)


def test_a_table_without_a_column_is_refused(app):
    response = ask(app, "/predict", b"size,town,floor\n1,Ulm,2\n", CSV)
    assert response.status == 422
    assert told(response) == (
        "the table lacks the columns 'member', 'since'; "
        "add what is missing, with empty cells where a value is not known"
    )


@pytest.mark.slow
def test_a_million_columns_are_no_harm(classes, heard):
    app = application(classes, max_bytes=1 << 25)
    record = {**RECORD, **{f"c{i}": i for i in range(1_000_000)}}
    response = ask(app, "/predict", record)
    assert response.json["predictions"] == classes.answers([RECORD])


@pytest.mark.parametrize(
    ("path", "status", "allow"),
    [
        ("GET /predict", 405, "POST, OPTIONS"),
        ("PUT /predict", 405, "POST, OPTIONS"),
        ("POST /schema", 405, "GET, HEAD, OPTIONS"),
        ("BREW /health", 405, "GET, HEAD, OPTIONS"),
        ("GET /", 404, None),
        ("POST /predict/", 404, None),
        ("GET /../../etc/passwd", 404, None),
        ("GET //etc/passwd", 404, None),
        ("GET /schema/../predict", 404, None),
        ("GET /\udcff\x00", 404, None),
    ],
)
def test_other_paths_and_methods_are_refused(app, path, status, allow):
    response = ask(app, path)
    assert (response.status, response.headers.get("allow")) == (status, allow)
    assert told(response)


@pytest.mark.parametrize(
    ("path", "allow"), [("/predict", "POST, OPTIONS"), ("*", "GET, HEAD, POST, OPTIONS")]
)
def test_options_are_told(app, path, allow):
    response = ask(app, f"OPTIONS {path}")
    assert (response.status, response.headers, response.body) == (204, {"allow": allow}, b"")


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"content-type": None}, "there is none"),
        ({"content-type": "text/plain"}, "got text/plain"),
        ({"content-type": "application/x-www-form-urlencoded"}, "got application/x-www-form-urlencoded"),
        ({"content-type": "application/json; charset=utf-16"}, "says utf-16"),
        ({"content-encoding": "gzip"}, "is compressed (gzip); send it uncompressed"),
    ],
)
def test_other_types_are_refused(app, headers, said):
    response = ask(app, "/predict", RECORD, headers)
    assert response.status == 415 and said in told(response)


@pytest.mark.parametrize(
    "kind", ["application/json", "Application/JSON; charset=UTF-8", 'application/json;charset="utf-8"']
)
def test_json_may_be_called_what_it_is(app, kind):
    assert ask(app, "/predict", RECORD, {"content-type": kind}).status == 200


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("cover=1", "got 'cover'"),
        ("coverage=1.5", "between 0 and 1; got '1.5'"),
        ("coverage=", "got ''"),
        ("coverage=nan", "got 'nan'"),
        ("coverage=0.9_9", "got '0.9_9'"),
        ("coverage=+0.9", "got ' 0.9'"),
        ("coverage=0.5&coverage=0.9", "twice"),
        ("coverage=0.9", "needs a model that knows how far off it is"),
    ],
)
def test_a_query_that_is_not_understood_is_refused(app, query, said):
    response = ask(app, f"POST /predict?{query}", RECORD)
    assert response.status == 400 and said in told(response)


def test_a_coverage_beyond_what_rows_allow_is_refused(sets, heard):
    response = ask(application(sets), "POST /predict?coverage=0.9999999", RECORD)
    assert response.status == 422 and "coverage" in told(response)


def test_a_body_that_is_too_long_is_refused_before_it_is_read(classes, heard):
    app = application(classes, max_bytes=1000)
    parts = [b" " * 600, b" " * 600]
    for headers in ({}, {"content-length": None, "transfer-encoding": "chunked"}):
        response = ask(app, "/predict", headers=headers, parts=parts)
        assert response.status == 413 and "may have 1,000 bytes" in told(response)
    response = ask(
        app, "/predict", headers={"content-length": "99999999", "expect": "100-continue"}, parts=[b""]
    )
    assert response.status == 413 and response.headers["connection"] == "close"


def test_too_many_records_are_refused(classes, heard):
    response = ask(application(classes, max_rows=3), "/predict", [RECORD] * 4)
    assert response.status == 413 and "may have 3 records, and this has 4" in told(response)


def test_a_body_that_does_not_come_is_not_waited_for(app):
    response = ask(app, "/predict", headers={"content-length": "900"}, parts=[b'{"size"'], ends=False)
    assert response.status == 408 and "within 30 seconds; 7 bytes did" in told(response)


def test_what_still_comes_is_read_for_a_while_only(classes, heard):
    app = application(classes, max_bytes=1000)
    response = ask(app, "/predict", headers={"content-length": "99999999"}, parts=[b" " * 10_000], ends=False)
    assert response.status == 413 and response.headers["connection"] == "close"


def test_of_large_requests_only_so_many_are_there_at_once(app):
    body = [RECORD] * 400
    free = threading.Event()
    app._thread.submit(free.wait, 20)  # the thread has something else to do

    async def one_too_many():
        waiting = [asyncio.create_task(asking(app, "/predict", body)) for _ in range(LARGE_AT_ONCE)]
        await asyncio.sleep(0)  # each takes its place
        refused = await asking(app, "/predict", body)
        small = await asking(app, "/predict", RECORD)
        free.set()
        return refused, small, await asyncio.gather(*waiting)

    refused, small, answered = asyncio.run(one_too_many())
    assert refused.status == 503 and refused.headers["retry-after"] == "1" and told(refused)
    assert small.status == 200 and [one.status for one in answered] == [200] * LARGE_AT_ONCE
    assert ask(app, "/predict", body).status == 200  # places are given back


def test_a_turn_that_does_not_come_is_given_up(app, monkeypatch):
    free = threading.Event()

    class Busy(ThreadPoolExecutor):
        def submit(self, *_):
            time_passes(3600.0)
            return super().submit(free.wait, 20)

    monkeypatch.setattr(app, "_thread", Busy(1))
    response = ask(app, "/predict", [RECORD] * 400)
    free.set()
    assert response.status == 503 and "no answer within 30 seconds" in told(response)
    assert app._large == 0


@pytest.mark.parametrize("n", [1, 400])
def test_a_fault_of_ours_is_told_without_its_insides(classes, heard, monkeypatch, n):
    faults = []
    app = Application(classes, ABOUT, fault=faults.append)

    def broken(*_):
        raise RuntimeError("a secret")

    for answering in (app._answering, app._twin):
        monkeypatch.setattr(answering, "answers_to", broken)
    response = ask(app, "/predict", [RECORD] * n)
    assert (
        response.status == 500 and "a fault of forpass" in told(response) and b"secret" not in response.body
    )
    assert [str(error) for error in faults] == ["a secret"]


def test_predictions_that_are_no_numbers_are_null(values, heard, monkeypatch):
    monkeypatch.setattr(values, "answers_to", lambda *_: [{"value": float("inf")}])
    assert ask(application(values), "/predict", RECORD).body == b'{"predictions":[{"value":null}]}'


def test_health_names_the_model(app):
    assert ask(app, "/health").json == {"status": "ok", **ABOUT}


def test_requests_are_counted(app):
    for body in (RECORD, [RECORD] * 3, [{}]):
        ask(app, "/predict", body)
    ask(app, "GET /nothing")
    ask(app, "BREW /predict")
    text = ask(app, "/metrics").body.decode()
    lines = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert lines['forpass_requests_total{path="/predict",method="POST",status="200"}'] == "2"
    assert lines['forpass_requests_total{path="/predict",method="POST",status="422"}'] == "1"
    assert lines['forpass_requests_total{path="other",method="GET",status="404"}'] == "1"
    assert lines['forpass_requests_total{path="/predict",method="other",status="405"}'] == "1"
    assert lines["forpass_rows_total"] == "4"
    assert lines["forpass_requests_under_way"] == "1"  # this one
    assert lines['forpass_predict_seconds_bucket{le="+Inf"}'] == lines["forpass_predict_seconds_count"] == "4"
    assert float(lines["forpass_predict_seconds_sum"]) > 0


def test_each_request_has_its_line(classes, heard):
    log = io.StringIO()
    app = Application(classes, ABOUT, log=log)
    ask(app, "/predict", [RECORD, RECORD])
    ask(app, "GET /a\nb")
    first, second = map(json.loads, log.getvalue().splitlines())
    assert (first["method"], first["path"], first["status"], first["rows"]) == ("POST", "/predict", 200, 2)
    assert first["client"] == "127.0.0.1" and first["seconds"] > 0
    assert second["path"] == "/a\nb" and second["status"] == 404


def test_the_thread_does_not_keep_small_requests_waiting(app, monkeypatch):
    answered, encoded = threading.Event(), app._twin.encoded

    def slowly(records):
        assert answered.wait(20)
        return encoded(records)

    monkeypatch.setattr(app._twin, "encoded", slowly)

    async def both():
        large = asyncio.create_task(asking(app, "/predict", [RECORD] * 2000))
        small = [await asking(app, "/predict", RECORD) for _ in range(2)]
        answered.set()
        return small, await large

    small, large = asyncio.run(both())
    assert [one.status for one in small] == [200] * 2
    assert large.status == 200 and len(large.json["predictions"]) == 2000


def test_half_a_letter_is_escaped(app):
    response = ask(app, "/predict", json.dumps({**RECORD, "size": "\ud800"}).encode())
    assert response.status == 422 and response.body.isascii()
    assert json.loads(as_json({"a": "\ud800 ü"})) == {"a": "\ud800 ü"}


def test_where_memory_is_short_it_says_to_come_again(app, monkeypatch):
    def short(*given):
        raise MemoryError

    faults = []
    monkeypatch.setattr(app, "_fault", faults.append)
    monkeypatch.setattr(app, "_routed", short)
    response = ask(app, "/predict", RECORD)
    assert response.status == 503 and "not enough memory" in told(response)
    assert response.headers["retry-after"] == "1" and not faults
    monkeypatch.undo()
    assert ask(app, "/predict", RECORD).status == 200
