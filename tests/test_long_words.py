"""Names and values of users in messages: shortened where they are long, and nothing that a terminal obeys."""

import json
import pickle
import tracemalloc

import numpy as np
import pytest

import forpass as fp
from forpass.errors import UnknownNameError
from forpass.shown import LONGEST_MESSAGE, bounded
from forpass.told import warn_the_caller

LONG = "x" * 50_000
SOME = [i * i % 37 for i in range(40)]
Y = ["p", "q"] * 20
MOST = 500
"""No sentence about one or two values is longer."""


def learn(table, target="y", **more):
    return fp.Preprocessing.learn(table, target, **more)


@pytest.mark.parametrize(
    "wrong",
    [
        *(
            pytest.param(
                lambda kind=kind: learn({"c": [LONG, *["1"] * 39], "y": Y}, schema={"c": kind}), id=kind
            )
            for kind in ("number", "boolean", "date", "date:%Y")
        ),
        lambda: learn({"c": SOME, "y": [LONG, *["1"] * 39]}, task="regression"),
        lambda: learn({"c": SOME, "y": [LONG] * 40}),
        lambda: learn({LONG: ["a", *["1"] * 39], "y": Y}, schema={LONG: "number"}),
        lambda: learn({LONG: [[1]] * 40, "y": Y}),
        lambda: learn({LONG: SOME, "y": Y}, "z"),
        lambda: learn({"c": SOME, "y": Y}, LONG),
        lambda: learn({"c": SOME, "y": Y}, schema={"c": LONG}),
        lambda: fp.train_table({"c": SOME, "y": Y}, "y", class_weight={LONG: 2.0}),
        lambda: fp.train_table({"c": SOME, "y": Y}, "y", metric=LONG),
        lambda: fp.load_dataset(LONG),
    ],
)
def test_a_message_shows_the_ends_of_a_long_value(wrong):
    with pytest.raises(fp.InputError) as error:
        wrong()
    assert len(str(error.value)) < MOST and "xxx...xxx" in str(error.value)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("twice.json", json.dumps([{LONG: 1}])[:-2] + f', "{LONG}": 2}}]'),
        ("twice.csv", f"{LONG},{LONG}\n1,2\n"),
        ("header.csv", f"{LONG},b\n"),
        (f"{'f' * 3000}.csv", ""),
    ],
)
def test_of_files_too(tmp_path, name, content):
    if content:
        (tmp_path / name).write_text(content)
    with pytest.raises(fp.TableError) as error:
        fp.read_table(tmp_path / name)
    assert len(str(error.value)) < MOST + len(str(tmp_path / name))


@pytest.mark.parametrize(
    "wrong",
    [
        fp.load,
        lambda path: fp.resume(path, fp.Data([[0.0]], targets=[0.0])),
        lambda path: fp.train(
            fp.multilayer(1, [], 1, "squared"), None, fp.Data([[0.0]], targets=[0.0]), checkpoint=path
        ),
    ],
    ids=["load", "resume", "checkpoint"],
)
def test_of_paths_too(wrong):
    """They are not quoted, and messages had 3,000 letters of them."""
    with pytest.raises(fp.InputError, match=r"^cannot (read|write) .*x\.\.\.x.*; ") as error:
        wrong("x" * 3000)
    assert len(str(error.value)) < MOST
    path = "/" + "/".join(["folder of a path"] * 9)
    assert bounded(f"cannot read {path}; check the path") == f"cannot read {path}; check the path"


def test_warnings_and_errors_that_travel():
    with pytest.warns(fp.ForpassWarning) as told:
        warn_the_caller(f"column {LONG!r} is left out")
    assert len(str(told[0].message)) < MOST
    error = UnknownNameError("kind", LONG, ["number"])
    assert str(pickle.loads(pickle.dumps(error))) == str(error) and error.name == LONG


def test_what_is_quoted_is_told_apart_from_what_is_prose():
    prose = "the network's rows and the users' columns aren't what they were, and so on and so forth, " * 3
    assert bounded(prose) == prose
    told = f"column 'it' holds {'it is ' * 100!r} and {chr(39) * 200!r}; the file's end"
    assert bounded(told).startswith("column 'it' holds 'it is ") and bounded(told).endswith(
        "; the file's end"
    )
    assert len(bounded(told)) < 250
    assert len(bounded("many words " * 9999)) == LONGEST_MESSAGE


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([1e200, 2e200], "2 different numbers from 1e+200 to 2e+200"),
        (["9007199254740993", "9007199254740994"], "numbers from 9007199254740993 to 9007199254740994"),
        ([3, 7], "2 different whole numbers from 3 to 7"),
    ],
)
def test_a_target_of_large_numbers_is_told_with_its_digits(values, said):
    assert said in learn({"c": SOME, "y": values * 20}).target.why


def test_the_command_shows_long_and_forged_words_as_words(forpass, tmp_path):
    red, turned = "\x1b[31m", "\u202e"
    rows = "".join(f"{i},{red if i % 2 else turned}{'no' * 900}\n" for i in range(60))
    (tmp_path / "t.csv").write_text(f"a{red},y\n{rows}")
    code, out, err = forpass("train", "t.csv", "-t", "y", "--epochs", "2", "--hidden", "4")
    assert code == 0, err
    for text in (out, err, *forpass("inspect", "t.forpass")[1:]):
        assert red not in text and turned not in text
        assert max(map(len, text.splitlines()), default=0) < MOST
    assert r"\x1b[31m" in out and r"\u202e" in out
    assert (
        red in json.loads(forpass("inspect", "t.forpass", "--json")[1])["preprocessing"]["columns"][0]["name"]
    )
    for words in (("t.csv", "-t", LONG), ("t.csv", "-t", "y", "--epochs", LONG), ("t.csv", "--schema", LONG)):
        code, _, err = forpass("train", *words)
        assert code == 2 and len(err) < MOST
    assert red not in forpass("train", f"{red}.csv")[2]


@pytest.mark.parametrize("n", [1, 2])
def test_one_is_not_several(forpass, tmp_path, n):
    (tmp_path / "t.csv").write_text("a,y\n" + "".join(f"{i * 7 % 60},{'pq'[i % 2]}\n" for i in range(60)))
    words = ("-t", "y", "--epochs", n, "--batch-size", "1000", "--hidden", "4", "-o", "m.forpass")
    out = forpass("train", "t.csv", *words)[1]
    s = "" if n == 1 else "s"
    assert "from 1 feature\n" in out and f"\n{n} epoch{s}, {n} step{s} in" in out
    assert f"\n{n} epoch{s}, {n} step{s}, " in forpass("inspect", "m.forpass")[1]
    (tmp_path / "p.csv").write_text("a,y\n" + "3,p\n" * n)
    assert f" on {n} row{s}\n" in forpass("evaluate", "m.forpass", "p.csv")[1]
    assert f"{n} prediction{s} in o.csv" in forpass("predict", "m.forpass", "p.csv", "-o", "o.csv")[2]
    model = fp.load(tmp_path / "m.forpass")
    assert f"after {n} epoch{s} and {n} step{s}" in repr(model.provenance)
    assert f"of {n} row{s}" in repr(fp.Data(np.zeros((n, 1))))
    assert f"Scores of {n} row{s}" in repr(model.scores({"a": [1.0] * n}))


def test_a_message_of_megabytes_takes_no_more_than_one_of_kilobytes_to_shorten():
    def shortened(times):
        told = f"column 'a' holds {'autoa' * times!r}; mend the cell"
        tracemalloc.start()
        try:
            return bounded(told), tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    (short, little), (long, much) = shortened(20_000), shortened(1_000_000)
    assert long == short and much < 2 * little
