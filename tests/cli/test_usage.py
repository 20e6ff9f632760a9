"""Wrong usage: one sentence, exit code 2, one JSON object where that is wanted."""

import json

import pytest

WRONG = [
    (("train", "t.csv", "--taget", "y"), "unknown option '--taget'; did you mean '--target' or"),
    (("train", "t.csv", "-q"), "unknown option '-q'. Known: --target, -t"),
    (("inspect", "m", "--josn"), "unknown option '--josn'; did you mean '--json'?"),
    (("trian", "t.csv"), "unknown command 'trian'; did you mean 'train'?"),
    (("bench", "spede"), "unknown command 'spede'; did you mean 'speed'?"),
    (("train",), "missing argument 'TABLE'; forpass train -h shows what it takes"),
    (("data", "a", "b"), "got unexpected extra argument(s) (b); forpass data -h"),
    (("train", "t.csv", "--epochs", "many"), "'many'"),
    (("train", "t.csv", "--learning-rate=x"), "'x'"),
    (("check", "iris", "--rows"), "option '--rows' requires an argument"),
]


@pytest.mark.parametrize(("words", "said"), WRONG)
def test_wrong_usage_is_one_sentence(forpass, words, said):
    code, out, err = forpass(*words)
    assert code == 2 and out == "" and said in err
    assert err.startswith("error: ") and err.count("\n") == 1


@pytest.mark.parametrize(("words", "said"), [WRONG[0], WRONG[3], WRONG[5], WRONG[7]])
def test_with_json_wrong_usage_is_one_object_on_stdout(forpass, words, said):
    command, *others = words
    code, out, err = forpass(command, "--json", *others)
    assert code == 2 and said in err
    assert json.loads(out) == {"error": err.removeprefix("error: ").rstrip("\n"), "kind": "UsageError"}


def test_an_option_at_the_end_that_wants_a_value_takes_json_for_none(forpass):
    code, out, _ = forpass("check", "iris", "--json", "--rows")
    assert code == 2 and "'--rows' requires an argument" in json.loads(out)["error"]


@pytest.mark.parametrize("words", [(), ("bench",)])
def test_a_group_of_commands_without_a_command_shows_its_help(forpass, words):
    code, out, err = forpass(*words)
    assert code == 2 and out == "" and err.startswith("Usage: forpass") and "Commands:" in err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("predict", "t.csv", "m.forpass"), "the model comes first, then the table: write m.forpass t.csv"),
        (("evaluate", "t.csv", "m.forpass"), "the model comes first, then the table: write m.forpass t.csv"),
        (("predict", "n.forpass", "t.csv"), "cannot read n.forpass: No such file or directory; did you mean"),
        (("inspect", "quite-another"), "No such file or directory; check the path"),
        (("train", "", "-t", "y"), "the name of the table is empty; name a file, or a data set"),
        (("train", "one.csv", "-t", "y"), "no column is left to learn from (there is no other)"),
    ],
)
def test_what_a_new_user_gets_wrong_is_said_with_the_remedy(forpass, tmp_path, words, said):
    (tmp_path / "m.forpass").write_bytes(b"")
    (tmp_path / "t.csv").write_text("a,y\n1,p\n")
    (tmp_path / "one.csv").write_text("y\n" + "p\nq\n" * 10)
    code, out, err = forpass(*words)
    assert code == 2 and out == "" and said in err


@pytest.mark.slow
@pytest.mark.parametrize("words", [(), ("bench",)])
def test_lists_of_commands_end_no_sentence_in_dots(forpass, words):
    out = forpass(*words, "--help")[1]
    assert "Commands:" in out and "..." not in out.partition("Commands:")[2]
