"""The command that serves: what it refuses before it listens, and that it answers what `predict` writes."""

import builtins

import pytest
from served import people, trained

import forpass as fp
from forpass.service.answering import Answering


@pytest.fixture
def model(tmp_path):
    table = {"size": [float(i % 7) for i in range(60)], "fit": ["yes", "no", "no"] * 20}
    fp.train_table(table, "fit", preset="plain", epochs=1, test=0).save(tmp_path / "m.forpass")
    return "m.forpass"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--port", "70000"), "--port takes a number from 0 to 65535; got 70000"),
        (("--seconds", "0"), "--seconds takes a number above 0"),
        (("--max-rows", "0"), "--max-rows"),
        (("--max-bytes", "-1"), "--max-bytes"),
        (("--log", "nowhere/log.jsonl"), "there is no folder nowhere"),
        (("--log", "m.forpass"), "would be lost"),
        (("--threads", "0"), "--threads"),
    ],
)
def test_what_makes_no_sense_is_refused(forpass, model, words, said):
    pytest.importorskip("uvicorn", reason="needs uvicorn, of the extra serve")
    code, _, err = forpass("serve", model, *words)
    assert code == 2 and said in err


def test_what_serving_needs_is_said_where_it_is_not_there(forpass, model, monkeypatch):
    importing = builtins.__import__

    def without(name, *more):
        if name.partition(".")[0] == "uvicorn":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return importing(name, *more)

    monkeypatch.delitem(__import__("sys").modules, "forpass.service.server", raising=False)
    monkeypatch.setattr(builtins, "__import__", without)
    code, _, err = forpass("serve", model)
    assert code == 2 and 'serving needs uvicorn; install it with: pip install "forpass[serve]"' in err


@pytest.mark.parametrize(
    ("target", "said", "words", "header"),
    [
        ("fit", {"preset": "plain"}, ("--proba",), "fit,probability of no,probability of yes"),
        ("member", {"preset": "plain"}, ("--proba",), "member,probability of false,probability of true"),
        (
            ["tall", "late"],
            {"preset": "plain", "task": "multilabel"},
            ("--proba",),
            "tall,late,probability of tall,probability of late",
        ),
        ("score", {"preset": "plain"}, (), "score"),
        (["score", "twice"], {"preset": "plain"}, (), "score,twice"),
        pytest.param(
            "fit",
            {"preset": "fast"},
            ("--proba", "--coverage", "0.8"),
            "fit,probability of no,probability of yes,classes",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            "score",
            {"preset": "fast"},
            ("--coverage", "0.8"),
            "score,score low,score high",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_tables_that_the_service_answers_are_those_that_the_command_writes(
    forpass, tmp_path, target, said, words, header
):
    model = (
        trained(target, epochs=2, test=0, **said) if said["preset"] == "plain" else trained(target, **said)
    )
    model.save(tmp_path / "m.forpass")
    names = [name for name in people() if name not in target]
    lines = [",".join(map(str, row)) for row in zip(*(people(40)[name] for name in names), strict=True)]
    text = "\n".join([",".join(names), *lines]).replace("nan", "") + "\n"
    (tmp_path / "t.csv").write_text(text)
    code, printed, _ = forpass("predict", "m.forpass", "t.csv", *words)
    answering = Answering(model)
    encoded = answering.encoded(answering.records_of(text.encode()))
    assert code == 0 and printed.splitlines()[0] == header
    if target == "member":
        assert printed.splitlines()[1].partition(",")[0] in ("false", "true")
    assert printed == answering.table(encoded, 0.8 if "--coverage" in words else None)
