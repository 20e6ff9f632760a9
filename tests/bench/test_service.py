"""A service is loaded from another process, and the page says what was seen."""

import asyncio
import contextlib
import itertools
import json
from types import SimpleNamespace

import pytest

from forpass.bench import load
from forpass.bench.service import measure_service, service_page
from forpass.cli import bench as command
from forpass.cli.output import Reporter

FOUND = {
    "date": "2026-01-02",
    "machine": {"threads": 2, "processor": "x86-64"},
    "versions": {"python": "3"},
    "seconds": 5.0,
    "others": 0.25,
    "loads": [
        {
            "model": "one network",
            "records": 100,
            "connections": 8,
            "requests": 1234.5,
            "p50": 0.0012,
            "p99": 0.0034,
            "answers": 6172,
            "processor": 0.000567,
        }
    ],
}


@pytest.mark.slow
def test_a_service_is_loaded():
    pytest.importorskip("uvicorn", reason="needs uvicorn, of the extra serve")
    found = measure_service(quick=True, note=lambda text: None)
    assert [(one["records"], one["connections"]) for one in found["loads"]] == [(1, 1), (1, 8)]
    for one in found["loads"]:
        assert 0 < one["p50"] <= one["p99"] and one["requests"] > 0


def test_the_page_has_a_line_for_each_load():
    page = service_page(FOUND)
    assert "0.2 other processes wanted one" in page
    assert "processes" not in service_page({**FOUND, "others": None})
    line = page.splitlines()[-1]
    assert line == "| one network | 100 | 8 | 1,234 | 123,450 | 1.2 ms | 3.4 ms | 567 us |"


def test_the_command_hands_out_what_was_measured(monkeypatch, capsys):
    monkeypatch.setattr("forpass.bench.service.measure_service", lambda quick, note: FOUND)
    command.service(True, "", Reporter(as_json=True))
    assert json.loads(capsys.readouterr().out) == FOUND


ANSWER = b"HTTP/1.1 %d X\r\nContent-Length: 5\r\n\r\n"


def answered(status=200, connections=3, seconds=30.0, closes=False, meanwhile=lambda: None):
    """Load a server that answers in two pieces, and does something between them; return what was seen."""
    serving = []

    async def serve(reader, writer):
        serving.append(asyncio.current_task())
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while not writer.is_closing():
                await reader.readuntil(b"{}")
                writer.write(ANSWER % status)
                await asyncio.sleep(0.002)
                meanwhile()
                writer.write(b"12345")
                if closes:
                    writer.close()
        writer.close()

    async def both():
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server:
            try:
                port = server.sockets[0].getsockname()[1]
                return await load.requested(port, connections, seconds, b"{}")
            finally:
                await asyncio.gather(*serving)  # the server hears of the end

    return asyncio.run(asyncio.wait_for(both(), 60))


@pytest.fixture
def passes(monkeypatch):
    """Return what lets seconds pass for those who load; for them no other time does."""
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(load, "time", SimpleNamespace(perf_counter=lambda: clock.now))
    return lambda seconds: setattr(clock, "now", clock.now + seconds)


def test_a_time_is_one_until_the_answer_is_whole(passes):
    takes = itertools.cycle([1.0, 1.0, 4.0])
    found = answered(connections=1, meanwhile=lambda: passes(next(takes)))
    # one is of the warm-up, and after that they end at 2, 6, 7, 8, 12 ... 30, before 30.5
    assert found == {"requests": 14 / 30, "p50": 1.0, "p99": 4.0, "answers": 14}


def test_no_answer_in_time_is_an_error(passes):
    with pytest.raises(RuntimeError, match=r"no answer within 0\.25 seconds"):
        answered(seconds=0.25, meanwhile=lambda: passes(1.0))


@pytest.mark.parametrize(("said", "match"), [({"status": 503}, "503"), ({"closes": True}, "closed")])
def test_what_is_no_answer_is_an_error(said, match):
    with pytest.raises(RuntimeError, match=match):
        answered(**said)
