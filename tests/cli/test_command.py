"""The command as one types it: what it prints, where, and with which exit code."""

import json
import os
import shlex
import subprocess
import sys

import pytest


@pytest.fixture
def table(tmp_path):
    """Write a table with a name that needs quotes, codes with leading zeros, and a gap."""
    lines = [
        f"{i % 17 / 10},{('01', '02', '03', 'A3')[i % 4]},{'' if i % 9 == 0 else i % 5},{'np'[i % 4 % 2]}"
        for i in range(120)
    ]
    path = tmp_path / "table.csv"
    path.write_text("\n".join(['"a ""quoted"" name",zip,count,y', *lines]) + "\n", encoding="utf-8")
    return path


@pytest.mark.slow
def test_a_table_goes_in_and_predictions_come_out(forpass_process, table, tmp_path):
    code, out, _ = forpass_process(
        "train", table, "-t", "y", "--epochs", 40, "--hidden", 8, "--out", "m.forpass"
    )
    assert code == 0 and "network" in out and "linear" in out and "dummy" in out
    code, out, _ = forpass_process("predict", "m.forpass", table)
    assert code == 0 and out.splitlines()[0] == "y" and len(out.splitlines()) == 121
    code, out, _ = forpass_process("inspect", "m.forpass")
    assert code == 0 and 'a "quoted" name' in out
    assert forpass_process("check", "m.forpass")[0] == 0
    assert forpass_process("predict", "m.forpass", table, "--proba", "--out", "p.parquet")[0] == 0
    assert (tmp_path / "p.parquet").exists()


@pytest.mark.slow
def test_rows_mean_the_same_alone_as_in_their_table(forpass, table, tmp_path):
    # Read by themselves, rows of 01 and 02 would be whole numbers.
    assert forpass("train", table, "-t", "y", "--epochs", 40, "--hidden", 8, "--out", "m.forpass")[0] == 0
    lines = table.read_text(encoding="utf-8").splitlines()
    places = [i for i, line in enumerate(lines[1:]) if ",02," in line]
    (tmp_path / "some.csv").write_text("\n".join([lines[0], *(lines[1 + i] for i in places)]) + "\n")
    whole = forpass("predict", "m.forpass", table, "--proba", "--json")[1]
    some = forpass("predict", "m.forpass", "some.csv", "--proba", "--json")[1]
    whole, some = (json.loads(text)["predictions"]["probability of p"] for text in (whole, some))
    assert some == pytest.approx([whole[i] for i in places], rel=1e-5)


@pytest.mark.slow
def test_a_table_to_measure_on_is_read_as_the_one_to_learn_from(forpass, table, tmp_path):
    # Without 03 and A3 the column of codes would hold whole numbers, all of them unknown to the network.
    lines = table.read_text(encoding="utf-8").splitlines()
    few = [lines[0], *(line for line in lines[1:] if ",01," in line or ",02," in line)]
    (tmp_path / "few.csv").write_text("\n".join(few) + "\n")
    words = (
        "train",
        table,
        "-t",
        "y",
        "--epochs",
        40,
        "--test",
        "few.csv",
        "--out",
        "m.forpass",
        "--json",
    )
    trained = json.loads(forpass(*words)[1])["evaluation"]["figures"]["network"]
    measured = json.loads(forpass("evaluate", "m.forpass", "few.csv", "--json")[1])["figures"]["network"]
    assert trained == measured and trained["accuracy"] == 1.0


@pytest.mark.slow
def test_compiling_is_announced_once(forpass_process, table, tmp_path, monkeypatch):
    monkeypatch.setenv("FORPASS_CACHE", str(tmp_path / "kernels"))
    said = "note: compiling for this processor"
    assert forpass_process("train", table, "-t", "y", "--epochs", 1)[2].count(said) == 1
    assert said not in forpass_process("train", table, "-t", "y", "--epochs", 1, "--force")[2]


@pytest.mark.slow
def test_the_same_seed_gives_the_same_model(forpass_process, forpass, table):
    words = ("train", table, "-t", "y", "--epochs", 3, "--json", "--force", "--seed")
    runs = forpass_process(*words, 4), forpass(*words, 4), forpass(*words, 5)
    first, second, third = (json.loads(out)["fingerprint"] for _, out, _ in runs)
    assert first == second != third


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("train", "table.csv", "-t", "yy"), "did you mean 'y'?"),
        (("train", "table.csv"), "Say --target COLUMN"),
        (("train", "tabel.csv", "-t", "y"), "did you mean 'table.csv'?"),
        (("train", "table.csv", "-t", "y", "--epochs", "0"), "epochs"),
        (
            ("train", "table.csv", "-t", "y", "--batch-size", "0"),
            "--batch-size, unless it is 'auto', must be",
        ),
        (("train", "table.csv", "-t", "y", "--hidden", "many"), "--hidden takes whole numbers"),
        (("train", "table.csv", "-t", "y", "--activation", "rely"), "did you mean 'relu'"),
        (("train", "table.csv", "-t", "y", "--activation", "step"), "cannot be trained by gradient"),
        (("train", "table.csv", "-t", "y", "--optimizer", "lbfgs", "--dropout", "0.5"), "with dropout"),
        (("train", "table.csv", "-t", "y", "--schema", "=number"), "COLUMN=KIND"),
        (("train", "table.csv", "-t", "y", "--schema", "zip"), "COLUMN=KIND, for instance zip=category"),
        (("train", "table.csv", "-t", "y", "--schema", "ziip=drop"), "did you mean 'zip'?"),
        (("train", "table.csv", "-t", "y", "--schema", "zip=categry"), "did you mean 'category'?"),
        (("train", "table.csv", "-t", "y", "--schema", "zip=number"), "'zip' holds 'A3' in row 4"),
        (("train", "table.csv", "-t", "y", "--schema", "zip=date:x"), "nothing in it begins with %"),
        (("train", "table.csv", "-t", "y", "--schema", "none.json"), "none.json cannot be read"),
        (("train", "table.csv", "-t", "y", "--drop", "zip", "--schema", "zip=category"), "say one of them"),
        (("train", "table.csv", "-t", "y", "--weight", "y"), "'y' is the target and cannot weigh"),
        (("train", "table.csv", "-t", "y", "--weight", "count"), "weight column 'count' is missing in row 1"),
        (("train", "table.csv", "-t", "y", "--group", "zip,count"), "--group takes one column"),
        (("train", "table.csv", "-t", "y", "--time", "zip"), "time column 'zip' holds 'A3' in row 4"),
        (("train", "table.csv", "-t", "y", "--optimizer", "lbfg"), "did you mean 'lbfgs'"),
        (("train", "table.csv", "-t", "y", "--validation", "1.5"), "--validation takes a share"),
        (("train", "table.csv", "-t", "y", "--test", "-0.5"), "--test takes a share from 0 to below 1"),
        (("train", "table.csv", "-t", "y", "--out", "table.csv"), "would be lost"),
        (("train", "table.csv", "-t", "y", "--out", "."), "is a folder"),
        (("train", "table.csv", "-t", "y", "--out", "nowhere/m.forpass"), "there is no folder"),
        (
            ("train", "table.csv", "-t", "y", "--learning-rate", "1e30", "--optimizer", "gradient_descent"),
            "a lower --learning-rate (it was 1e+30)",
        ),
        (("predict", "table.csv", "table.csv"), "not a forpass model file"),
        (("data", "irsi"), "did you mean 'iris'?"),
        (("check", "iris", "--rows", "-1"), "--rows"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(forpass, table, tmp_path, words, said):
    before = table.read_bytes()
    code, out, err = forpass(*words)
    assert code == 2 and said in err and out == ""
    assert "clip_norm" not in err  # which the command has not
    assert table.read_bytes() == before and os.listdir(tmp_path) == ["table.csv"]
    code, out, _ = forpass(*words, "--json")
    assert code == 2 and said in json.loads(out)["error"]


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
def test_a_full_disk_is_no_fault_of_the_program(forpass_process):
    with open("/dev/full", "w") as full:
        for words in (("data",), ("data", "--json")):
            code, _, err = forpass_process(*words, stdout=full)
            assert code == 2 and "not complete" in err


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_streams_that_nobody_reads(table, tmp_path):
    def ended(line):
        words = f"{shlex.quote(sys.executable)} -m forpass {line}"
        return subprocess.run(
            ["bash", "-c", words], cwd=tmp_path, capture_output=True, text=True, check=False
        )

    closed = ended("data >&-")
    assert closed.returncode == 0 and closed.stderr == ""
    many = ended("data digits | head -1; exit ${PIPESTATUS[0]}")
    assert many.returncode in (0, 141) and "Traceback" not in many.stderr


@pytest.mark.slow
def test_what_ails_a_network_is_told(forpass, tmp_path):
    (tmp_path / "t.csv").write_text("a,y\n" + "".join(f"{i % 7},{'pq'[i % 7 > 3]}\n" for i in range(200)))
    words = ("train", "t.csv", "-t", "y", "--optimizer", "gradient_descent", "--dropout", 0)
    words = (*words, "--learning-rate", 1e-9, "--epochs", 12, "--patience", 99)
    code, out, _ = forpass(*words)
    assert code == 0
    told = " ".join(out.split())
    assert "Found: training: the objective (training loss and penalty) fell by 0.0% in 12 epochs" in told
    assert "; try a higher --learning-rate (it was 1e-09), or more --epochs." in told
    code, out, _ = forpass(*words, "--force", "--json")
    assert "learning_rate_too_low" in {finding["kind"] for finding in json.loads(out)["findings"]}
    code, out, _ = forpass("train", "t.csv", "-t", "y", "--force", "--preset", "plain")
    assert code == 0 and "Found" not in out
