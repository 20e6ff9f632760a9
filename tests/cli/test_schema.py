"""Schemas, dates, weights and figures on the command line."""

import datetime
import json

import pytest

from forpass.cli.tables import schema_for, schema_said
from forpass.errors import InputError
from forpass.model.figures import column

ROWS = 150


@pytest.fixture
def sales(tmp_path):
    """Write sales with codes, dates and prices as people write them."""
    lines = ["code;on;price;weight;sold"]
    for i in range(ROWS):
        day = datetime.date(2020, 1, 1) + datetime.timedelta(weeks=i * 37 % ROWS)
        lines.append(f"{i % 4:02};{day:%d.%m.%Y};{1000 + i * 37 % 900:,} €;{1 + i % 3};{i * 37 % 900 / 10}")
    path = tmp_path / "sales.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.slow
def test_a_schema_may_stand_in_a_file_and_on_the_line(forpass, sales, tmp_path):
    kinds = {"code": "category", "price": "number"}
    (tmp_path / "kinds.json").write_text(json.dumps(kinds), encoding="utf-8")
    words = ["train", sales, "-t", "sold", "--epochs", 3, "--hidden", 8, "--schema", "kinds.json"]
    words += ["--schema", "on=date:%d.%m.%Y", "--weight", "weight", "--time", "on"]
    code, out, err = forpass(*words, "--json")
    assert code == 0, err
    assert json.loads(out)["rows"] == {"training": 108, "validation": 12, "test": 30}
    assert "'price' leaks the target 'sold'" in err and "taken as text" not in err
    shown = json.loads(forpass("inspect", "sales.forpass", "--json")[1])
    assert shown["schema"] == {"code": "category", "on": "date:%d.%m.%Y", "price": "number"}
    text = forpass("inspect", "sales.forpass")[1]
    assert "column" in text and "date:%d.%m.%Y" in text and "sine and cosine of its place in the year" in text
    assert "read like '1,234.5 €'" in text and "how much each row counts" in text
    # what was printed can be fed back, and gives the same network
    (tmp_path / "fed.json").write_text(json.dumps(shown["schema"]), encoding="utf-8")
    again = ["train", sales, "-t", "sold", "--epochs", 3, "--hidden", 8, "--schema", "fed.json"]
    code, out, err = forpass(*again, "--weight", "weight", "--time", "on", "--json", "--force")
    assert json.loads(out)["fingerprint"] == shown["fingerprint"]


def test_a_schema_is_said_once_for_each_column():
    columns = ["a", "b", "c=1,d"]
    with pytest.raises(InputError, match=r"is given once for each column: --schema a=drop --schema b=drop$"):
        schema_for(schema_said(["a=drop,b=drop"]), "", columns)
    assert schema_for(schema_said(["a,b=drop"]), "", columns) == {"a": "drop", "b": "drop"}
    assert schema_for(schema_said(["c=1,d=drop"]), "", columns) == {"c=1,d": "drop"}
    with pytest.raises(InputError, match="of column 'a' drop and category; say one of them"):
        schema_for(schema_said(["a,b=drop", "a=category"]), "", columns)


@pytest.mark.slow
def test_what_is_not_known_is_said_when_predicting(forpass, sales, tmp_path):
    words = ("train", sales, "-t", "sold", "--epochs", 2, "--hidden", 4, "--schema", "code=category")
    code, _, err = forpass(*words, "--drop", "price,on")
    assert code == 0 and "note" not in err.replace("note: compiling", "")
    lines = sales.read_text(encoding="utf-8").splitlines()
    (tmp_path / "new.csv").write_text("\n".join([lines[0], lines[1].replace("00", "99", 1), lines[2]]) + "\n")
    code, out, err = forpass("predict", "sales.forpass", "new.csv")
    assert code == 0 and len(out.splitlines()) == 3
    assert err.strip().endswith("'code' (1 row, for instance '99')")
    (tmp_path / "bare.csv").write_text("code;weight\n00;1\n01;2\n")
    code, _, err = forpass("evaluate", "sales.forpass", "bare.csv")
    assert code == 2 and "lacks the target 'sold', which is needed to measure" in err
    code, _, err = forpass("predict", "sales.forpass", "bare.csv", "--proba")
    assert code == 2 and "predicts numbers, which have no probabilities; leave --proba out" in err


def test_the_words_of_a_schema(tmp_path):
    file = tmp_path / "a.json"
    file.write_text('{"a": "drop", "b": "number"}')
    assert schema_said([str(file), "b=category"]) == {"a": "drop", "b": "category"}
    assert schema_said(["c=d=category"]) == {"c=d": "category"}
    assert schema_said(["b=date:%Y=%m"]) == {"b": "date:%Y=%m"}
    assert schema_for({"a": "drop"}, "a,b", ["a", "b"]) == {"a": "drop", "b": "drop"}
    assert schema_said(["b=category", "b=category"]) == {"b": "category"}
    with pytest.raises(InputError, match="--schema says of column 'b' category and number; say one of them"):
        schema_said(["b=category", "b=number"])
    for content in ("[1]", '{"a": 1}', "{", ""):
        file.write_text(content)
        with pytest.raises(InputError, match=r"a\.json (must hold one object|is not JSON)"):
            schema_said([str(file)])


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ([0.95, 0.5, None], ["0.9500", "0.5000", ""]),
        ([0.4747, -0.0002987], ["0.4747", "-0.0003"]),
        ([8.805, 15.867, 10.4], ["8.80", "15.87", "10.40"]),
        ([757.04, 1092.5, 3941.44], ["757", "1,092", "3,941"]),
        ([66590.0, 115548.0], ["66,590", "115,548"]),
        ([0.00012345, 0.0003], ["0.0001234", "0.0003"]),
        ([0.0, 0.0], ["0.0000", "0.0000"]),
        ([1.5e12, 3.0], ["1.5e+12", "3.0000"]),
        ([123456.7, 0.0123, 57.3], ["123,457", "0.0123", "57"]),
        ([123456.7, 1.234, -0.00002], ["123,457", "1.2340", "-2e-05"]),
        ([12.34, 0.05, 0.0], ["12.34", "0.0500", "0.00"]),
        ([0.81, 0.00001], ["0.8100", "1e-05"]),
        ([float("inf"), 0.5, float("nan")], ["inf", "0.5000", "undefined"]),
    ],
)
def test_figures_below_each_other_have_equally_many_digits(values, shown):
    assert column(values) == shown
