"""Wrong usage: one sentence, exit code 2, one JSON object where that is wanted."""

import json
import re

import click
import pytest

import forpass as fp
from forpass.cli.app import app

WRONG = [
    (("train", "t.csv", "--taget", "y"), "unknown option '--taget'; did you mean '--target' or"),
    (("train", "t.csv", "-q"), "unknown option '-q'. Known: --target, -t"),
    (("inspect", "m", "--josn"), "unknown option '--josn'; did you mean '--json'?"),
    (("trian", "t.csv"), "unknown command 'trian'; did you mean 'train'"),
    (("bench", "spede"), "unknown command 'spede'; did you mean 'speed'?"),
    (("train",), "missing argument 'TABLE'; forpass train -h shows what it takes"),
    (("data", "a", "b"), "got unexpected extra argument (b); forpass data -h"),
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


def of_places(command=app, *above):
    """Yield every option that names a file or a folder, behind the words of its command."""
    if isinstance(command, click.Group):
        for name, one in command.commands.items():
            yield from of_places(one, *above, name)
        return
    needed = ["a.csv" for one in command.params if isinstance(one, click.Argument)]
    for one in command.params:
        place = re.search(r"FILE|DIR|FOLDER|TABLE", one.metavar or "")
        if place and isinstance(one, click.Option) and one.name not in ("schema", "preset"):  # say it alone
            yield *above, *needed, one.opts[0]


@pytest.mark.parametrize("words", list(of_places()), ids=" ".join)
def test_an_empty_name_of_a_file_or_folder_is_refused(forpass, words):
    """As comes of a variable of a shell that is not set."""
    code, out, err = forpass(*words, "")
    assert (code, out) == (2, "") and f"'{words[-1]}'" in err
    assert "the name is empty; give one, or leave the option out" in err


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """A table with a measurement, two classes, three classes, and a dash among numbers."""
    path = tmp_path_factory.mktemp("mixed") / "t.csv"
    lines = [
        f"{0.5 * i},{i % 7},{i % 4},{3.25 * i},{'yes' if i % 2 else 'no'},{'abc'[i % 3]},{i % 5 or '-'}"
        for i in range(60)
    ]
    path.write_text("x,z,g,price,sold,kind,odd\n" + "\n".join(lines) + "\n")
    return path


OF_OPTIONS = [
    ("price", ("--label-smoothing", 0.1), "--label-smoothing is for classes and labels"),
    ("price", ("--class-weight", "balanced"), "--class-weight is for classes and labels"),
    ("price", ("--threshold", 0.3), "--threshold decides between two classes"),
    (
        "price",
        ("--positive", "a"),
        "--positive names one of two classes, and the target price is",
    ),
    ("price", ("--group", "g", "--time", "x"), "--group and --time split the rows in different ways"),
    ("price", ("--task", "classify"), "unknown --task 'classify'"),
    ("price", ("--optimizer", "lbfgs", "--batch-size", 10), "--batch-size is for optimizers that go step by"),
    ("price", ("--optimizer", "lbfgs", "--weight-decay", 0.1), "choose another --optimizer"),
    ("kind", ("--threshold", "f1"), "--threshold decides between two classes, and the target kind has 3"),
    ("kind", ("--positive", "a"), "--positive names one of two classes, and the target kind has 3 classes"),
    ("sold", ("--positive", "perhaps"), "--positive must be one of the classes 'no' and 'yes'"),
    ("sold", ("--threshold", "f1", "--validation", 0), "--threshold 'f1' is chosen on validation rows"),
    ("sold", ("--class-weight", "yes=0,no=0"), "--class-weight leaves none of the"),
    (
        "sold",
        ("--class-weight", "perhaps=2"),
        "unknown class in --class-weight, of the target sold",
    ),
    ("x,z", ("--task", "multilabel"), "say --task regression for numbers"),
    ("odd", (), "in --missing, the words for a missing value; or say --task classification"),
]


@pytest.mark.parametrize(("target", "words", "said"), OF_OPTIONS)
@pytest.mark.parametrize("command", [("train",), ("evaluate", "--folds", 3)], ids=["train", "evaluate"])
def test_what_does_not_suit_the_table_is_said_in_options(forpass, mixed, command, target, words, said):
    code, _, err = forpass(command[0], mixed, *command[1:], "-t", target, *words)
    assert code == 2 and said in err


def test_elsewhere_options_have_their_own_names(mixed):
    with pytest.raises(fp.SpecError, match=r"^label_smoothing is for classes"):
        fp.train_table(fp.read_table(mixed), "price", label_smoothing=0.1)
