"""A server at a socket: connections that are slow, long, many or odd, and its end."""

import asyncio
import contextlib
import http.client
import json
import re
import signal
import socket
import sys
import threading
import warnings
from types import SimpleNamespace

import pytest
from served import application, time_passes, trained
from terminal import ended, started
from waiting import SECONDS, wait_until

pytest.importorskip("uvicorn", reason="needs uvicorn, of the extra serve")
pytest.importorskip("httptools", reason="needs httptools, of the extra serve")

from forpass.errors import InputError
from forpass.service import incoming
from forpass.service import server as module
from forpass.service.application import LIMITS, Limits
from forpass.service.server import bound, server_of

RECORD = {"size": 171.5, "town": "Ulm", "floor": 2, "member": True, "since": "2021-03-04"}
BODY = json.dumps(RECORD).encode()


def request(body=BODY, length=None, more=b""):
    length = len(body) if length is None else length
    head = (
        f"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n"
    )
    return head.encode() + more + b"\r\n" + body


@contextlib.contextmanager
def serving(answering, limits=LIMITS):
    """Serve in a thread of this process; give the port, and the server."""
    with bound("127.0.0.1", 0) as place:
        server = server_of(application(answering, **limits._asdict()), limits)
        server.config.loop = "asyncio"  # its clock can be put forward
        thread = threading.Thread(target=server.run, kwargs={"sockets": [place]})
        thread.start()
        try:
            wait_until(lambda: server.started)
            yield place.getsockname()[1], server
        finally:
            server.should_exit = True
            thread.join(SECONDS)
    assert not thread.is_alive()


@pytest.fixture
def connect():
    """Return what connects to a port; all is closed in the end."""
    with contextlib.ExitStack() as stack:
        yield lambda port: stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=SECONDS))


def put_forward(server, seconds):
    """Let time pass for a server that has a connection."""
    loop = server.server_state.connections.copy().pop().loop
    loop.call_soon_threadsafe(time_passes, seconds)


def read_all(connection):
    """Read until the other side closes."""
    got = b""
    with contextlib.suppress(ConnectionResetError):
        while part := connection.recv(65536):
            got += part
    return got


def answer(connection):
    """Read one answer, whole, and return its status."""
    got = b""
    while b"\r\n\r\n" not in got:
        part = connection.recv(65536)
        assert part, got
        got += part
    head, _, body = got.partition(b"\r\n\r\n")
    left = int(re.search(rb"content-length: (\d+)", head)[1]) - len(body)
    while left > 0:
        part = connection.recv(left)
        assert part, f"{left} bytes of a body did not come"
        left -= len(part)
    return int(re.match(rb"HTTP/1\.1 (\d+)", head)[1])


def statuses(got):
    return re.findall(rb"HTTP/1\.1 (\d+)", got)


def problem_in(got):
    """Return the status of the one answer, which is a problem of JSON as long as is said."""
    head, _, body = got.partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head and b"connection: close" in head
    assert f"content-length: {len(body)}".encode() in head and [
        b"%d" % json.loads(body)["status"]
    ] == statuses(got)
    return json.loads(body)["status"]


@pytest.mark.usefixtures("heard")
def test_a_connection_is_used_again_and_its_requests_may_come_all_at_once(classes, connect):
    with serving(classes) as (port, _):
        connection = connect(port)
        connection.sendall(request() * 3 + b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        got = read_all(connection)
    assert statuses(got) == [b"200"] * 4
    assert got.count(b'"predictions"') == 3 and b'"status":"ok"' in got
    assert b"server:" not in got.lower()


@pytest.mark.usefixtures("heard")
def test_what_is_not_http_behind_requests_takes_their_answers_from_nobody(classes, connect):
    with serving(classes) as (port, _):
        connection = connect(port)
        connection.sendall(request() * 2 + b"GARBAGE\r\n\r\n")
        got = read_all(connection)
    assert statuses(got) == [b"200"] * 2
    assert got.count(b'"predictions"') == 2 and got.count(b"connection: close") == 1


@pytest.mark.usefixtures("heard")
def test_a_head_answer_has_no_body(classes):
    with serving(classes) as (port, _):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
        for _ in range(2):
            connection.request("HEAD", "/health")
            response = connection.getresponse()
            assert (response.status, response.read()) == (200, b"")
            assert int(response.headers["content-length"]) > 0
        connection.close()


@pytest.mark.usefixtures("heard")
@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"400"),
        (b"GET / HTTP/9.9\r\n\r\n", b"400"),
        (b"POST /predict HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"400"),
        (b"POST /predict HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", b"400"),
        (b"POST /predict HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc", b"400"),
        (b"GET /../../../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", b"404"),
        (b"GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", b"404"),
        (b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", b"204"),
        (b"GET /health HTTP/1.0\r\n\r\n", b"200"),
    ],
)
def test_odd_requests_are_refused_or_answered(classes, connect, sent, status):
    with serving(classes) as (port, _):
        connection = connect(port)
        connection.sendall(sent)
        got = read_all(connection)
    assert statuses(got) == [status]
    assert b"root:" not in got and b"Traceback" not in got
    if status == b"400":
        assert problem_in(got) == 400


@pytest.mark.usefixtures("heard")
@pytest.mark.parametrize("more", [b"a: " + b"b" * 70_000 + b"\r\n", b"a: b\r\n" * 12_000])
def test_a_head_that_is_too_long_is_refused_though_it_comes_at_once(classes, connect, more):
    with serving(classes) as (port, server):
        connection = connect(port)
        connection.sendall(request(more=more))
        got = read_all(connection)
        assert server.config.app.metrics.requests == 0
    assert problem_in(got) == 431 and b"more than 65,536 bytes" in got


@pytest.mark.usefixtures("heard")
def test_a_head_that_grows_too_long_is_refused(classes, connect):
    with serving(classes) as (port, _):
        connection = connect(port)
        for part in (b"GET /health HTTP/1.1\r\n", b"a: ", *[b"b" * 1000] * 65, b"b" * 512):
            connection.sendall(part)
        assert problem_in(read_all(connection)) == 431


@pytest.mark.usefixtures("heard")
def test_a_head_that_comes_slowly_ends_its_connection(classes, connect, monkeypatch):
    monkeypatch.setattr(module, "HEAD_SECONDS", 100.0)
    monkeypatch.setattr(module, "KEPT_SECONDS", 1000)
    with serving(classes) as (port, server):
        silent, slow, used = (connect(port) for _ in range(3))
        slow.sendall(b"GET /health HTT")
        used.sendall(request())
        assert answer(used) == 200  # what came before has been read, too
        put_forward(server, 101.0)
        assert read_all(silent) == b"" and read_all(slow) == b""
        used.sendall(request())  # who has asked may rest for longer
        assert answer(used) == 200
        other = connect(port)
        used.sendall(b"GET /hea")  # and then not dawdle
        other.sendall(request())
        assert answer(other) == 200
        put_forward(server, 101.0)
        assert read_all(used) == b""


@pytest.mark.usefixtures("heard")
def test_a_body_that_comes_slowly_ends_its_request_and_keeps_nobody_waiting(classes, connect):
    with serving(classes, Limits(seconds=300.0)) as (port, server):
        slow, other = connect(port), connect(port)
        slow.sendall(request(b'{"size"', length=100_000))
        other.sendall(request())
        assert answer(other) == 200
        put_forward(server, 301.0)
        assert statuses(read_all(slow)) == [b"408"]


@pytest.mark.usefixtures("heard")
def test_a_body_that_is_too_long_is_refused_readably(classes, monkeypatch):
    monkeypatch.setattr(incoming, "LINGER_SECONDS", SECONDS)
    with serving(classes, Limits(max_bytes=1000)) as (port, _):
        for length in (2000, 30_000_000):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
            connection.request("POST", "/predict", b" " * length, {"Content-Type": "application/json"})
            assert connection.getresponse().status == 413
            connection.close()


@pytest.mark.usefixtures("heard")
def test_connections_beyond_those_there_may_be_are_told_so(classes, connect, monkeypatch):
    monkeypatch.setattr(module, "CONNECTIONS", 3)
    with serving(classes) as (port, server):
        kept = [connect(port) for _ in range(3)]
        for connection in kept:
            connection.sendall(request())
            assert answer(connection) == 200
        got = read_all(connect(port))
        assert problem_in(got) == 503 and b"retry-after: 1" in got
        kept.pop().close()
        wait_until(lambda: len(server.server_state.connections) < 3)
        again = connect(port)
        again.sendall(request())
        assert answer(again) == 200


@pytest.mark.usefixtures("heard")
def test_at_its_end_each_answer_is_the_last_on_its_connection(classes, connect, monkeypatch):
    over = threading.Event()

    async def until_over(_):
        await asyncio.to_thread(over.wait, 20)

    monkeypatch.setattr(module, "asyncio", SimpleNamespace(sleep=until_over))
    with serving(classes) as (port, server):
        kept = [connect(port) for _ in range(3)]
        for connection in kept:
            connection.sendall(request())
            assert answer(connection) == 200
        server.should_exit = True
        wait_until(lambda: server.config.app.ending)
        for connection in kept[1:]:
            connection.sendall(request())
            got = read_all(connection)
            assert statuses(got) == [b"200"] and b"connection: close" in got
        with pytest.raises(ConnectionRefusedError):
            connect(port)
        over.set()
        assert read_all(kept[0]) == b""


@pytest.mark.slow
@pytest.mark.usefixtures("heard")
def test_answers_that_nobody_fetches_are_not_kept(classes, monkeypatch):
    monkeypatch.setattr(module, "KEPT_SECONDS", 1)
    with serving(classes) as (port, server), socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", port))
        asked = threading.Thread(
            target=sends, args=(connection, request(json.dumps([RECORD] * 9_000).encode()) * 20)
        )
        asked.start()
        asked.join(SECONDS)
        assert not asked.is_alive()
        wait_until(lambda: not server.server_state.connections)


def sends(connection, what):
    with contextlib.suppress(OSError):
        connection.sendall(what)


def test_a_place_that_is_taken_or_not_there_is_refused():
    with bound("127.0.0.1", 0) as place:
        place.listen()
        with pytest.raises(InputError, match=r"cannot serve at 127\.0\.0\.1, port \d+: .*--port 0"):
            bound("127.0.0.1", place.getsockname()[1])
    with pytest.raises(InputError, match=r"cannot serve at no\.such"):
        bound("no.such.host.invalid", 0)


def test_a_process_is_as_it_was_when_it_has_served(monkeypatch):
    def as_it_is():
        return sys.getswitchinterval(), signal.getsignal(signal.SIGTERM), warnings.showwarning

    def look(*_, **__):
        meanwhile.append(as_it_is())

    server = SimpleNamespace(run=look, handle_exit=lambda *_: None)

    before, meanwhile = as_it_is(), []
    monkeypatch.setattr(module, "server_of", lambda *_: server)
    module.serve(None, None, LIMITS, ready=look)
    assert as_it_is() == before
    assert meanwhile[0] == meanwhile[1]
    assert all(one != other for one, other in zip(meanwhile[0], before, strict=True))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("served")
    trained("fit", preset="plain", epochs=5, test=0).save(place / "m.forpass")
    return place


def port_of(process):
    """Return the port that a service says it listens at."""
    line = process.stderr.readline()
    assert "http://127.0.0.1:" in line, line
    return int(line.partition("http://127.0.0.1:")[2].partition(":")[0])


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process alone")
@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "terminate"])
def test_a_service_that_is_told_to_end_answers_what_is_under_way(folder, connect, told):
    process = started("serve", "m.forpass", "--port", "0", "--log", "log.jsonl", folder=folder)
    port = port_of(process)
    half, idle = connect(port), connect(port)
    half.sendall(request()[:-10])
    idle.sendall(request())
    assert answer(idle) == 200  # what came before has been read, too
    process.send_signal(told)
    assert read_all(idle) == b""  # it says nothing, so it may go
    with pytest.raises(ConnectionRefusedError):
        connect(port)
    half.sendall(request()[-10:])
    got = read_all(half)
    assert statuses(got) == [b"200"] and b'"predictions"' in got
    out, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 0 and err == ""
    assert out == "2 requests answered, 2 records\n"
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    assert [line["status"] for line in lines[-2:]] == [200, 200]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGTERM that could be caught")
def test_it_ends_though_a_sender_does_not(folder, connect):
    process = started("serve", "m.forpass", "--port", "0", "--seconds", "0.5", "--json", folder=folder)
    port = port_of(process)
    dawdling, other = connect(port), connect(port)
    dawdling.sendall(request()[:-10])
    other.sendall(request())
    assert answer(other) == 200  # what came before has been read, too
    process.send_signal(signal.SIGTERM)
    assert statuses(read_all(dawdling)) == [b"408"]
    out, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 0 and json.loads(out) == {"model": "m.forpass", "requests": 2, "rows": 1}


SIGNALLED_AT_ONCE = """
from forpass.cli.output import Reporter
note = Reporter.note
Reporter.note = lambda *said: note(*said) or signal.raise_signal(signal.SIG{told})
"""


@pytest.mark.slow
@pytest.mark.parametrize("told", ["INT", "TERM"])
def test_told_to_end_as_it_says_that_it_serves_it_ends_in_good_order(folder, told):
    words = "serve", "m.forpass", "--port", "0", "--json"
    code, out, err = ended(*words, folder=folder, first=SIGNALLED_AT_ONCE.format(told=told))
    assert "Ctrl-C ends it" in err
    assert code == 0 and json.loads(out) == {"model": "m.forpass", "requests": 0, "rows": 0}
