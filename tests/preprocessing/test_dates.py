"""Dates: what is read as one, and the numbers it becomes."""

import datetime
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from later import later

import forpass
from forpass.datasets import read_table
from forpass.errors import ForpassWarning, TableError, UnknownNameError
from forpass.preprocessing import Preprocessing, learn_column, read_columns
from forpass.preprocessing.dates import (
    EPOCH,
    NOTATIONS,
    column_notation,
    date_pattern,
    date_text,
    day_of_word,
    guess_notations,
    notations_said,
)

pd = later("pandas")
pl = later("polars")

NINTH_OF_MARCH = 19791  # 2024-03-09, a Saturday: 54 years of 365 days, 13 leap days, then 31 + 29 + 8


def learn(values, kind=None):
    return learn_column("c", read_columns({"c": values}).columns["c"], kind=kind)


def encode(spec, values):
    column = read_columns({"c": values}).columns["c"]
    numbers = np.full((len(column), len(spec.features)), np.nan)
    spec.encode(column, numbers, np.empty((len(column), 0), np.int32))
    return numbers


@pytest.mark.parametrize(
    ("word", "hours"),
    [
        ("2024-03-09", 0),
        ("2024/03/09", 0),
        ("2024-03-09 14:30", 14.5),
        ("2024/03/09T14:30", 14.5),
        ("2024-03-09T14:30:36", 14.51),
        ("2024-03-09 14:30:00.9", 14.50025),
        ("2024-03-09T14:30:00,900000000", 14.50025),
        ("2024-03-09T14:30Z", 14.5),
        ("2024-03-09T14:30:00+09:00", 5.5),
        ("2024-03-09 14:30-0930", 24),
        ("2024-03-09 14:30+02", 12.5),
        ("2024-3-9", 0),
        ("2024/3/09 4:05", 4 + 5 / 60),
        ("2024.03.09", 0),
        ("2024. 3. 9.", 0),
        ("2024\u5e743\u67089\u65e5", 0),
        ("2024-03-09 3:15 PM", 15.25),
        ("2024/03/09 3:15:36 p.m.", 15.26),
        ("2024-03-09 12:00 AM", 0),
        ("2024-03-09 12:30PM", 12.5),
        ("2024-03-09, 15:15 UTC", 15.25),
        ("2024-03-09 3:15 PM UTC", 15.25),
        ("2024-03-09T03:15:00 PM EST", 20.25),
        ("2024-3-9 14:30 GMT+9", 5.5),
        ("2024-03-09 14:30:00 KST", 5.5),
        ("2024-03-09 14:30:00 +0530", 9),
        ("2024-03-09T14:30:00+01:00[Europe/Berlin]", 13.5),
        ("2024-03-09 14:30:00Z[Etc/UTC]", 14.5),
        ("2024-03-09 24:00", 24),
        ("2024-03-09T24:00:00.0Z", 24),
        ("2024-03-09 24:00+02:00", 22),
        ("2024-03-09 오전 12:30", 0.5),
        ("2024-03-09 오후 3:15:36", 15.26),
        ("2024. 3. 9. 오후 12:15", 12.25),
        ("2024년 3월 9일 오후 3시 15분", 15.25),
        ("2024년 3월 9일 15시", 15),
        ("2024年3月9日 下午3:15", 15.25),
        ("2024年3月9日 午前9時5分36秒", 9 + 5 / 60 + 36 / 3600),
        ("2024-03", -8 * 24),
        ("2024/03", -8 * 24),
    ],
)
def test_iso_dates_are_read(word, hours):
    assert day_of_word(word) == pytest.approx(NINTH_OF_MARCH + hours / 24, abs=1e-11)


@pytest.mark.parametrize(
    "word",
    [
        "2024-02-30",
        "2024-03/09",
        "20240309",
        "24-03-09",
        "2024-03-09 25:00",
        "2024-03-09x",
        "2024-03-0914:30",
        "2024-03-09 15:00 PM",
        "2024-03-09 00:30 AM",
        "2024-03-09 14:30 XYZ",
        "2024-03-09 14:30 EST+2",
        "2024-03-09 14:30 IST",
        "2024-03-09 14:30 Europe/Berlin",
        "2024-03-09 14:30[Europe/Berlin]",
        "2024-03-09 24:01",
        "2024-03-09 24:00:00.1",
        "2024-03-09 오후 24:00",
        "2024-03-09 오후 0:30",
        "2024-03-09 오후 3:15 PM",
        "2024-03-09 오후",
        "2024-03-09 14:30+25",
        "2024-13",
        "2024-3",
        "4711-12",
        "4711-1-12",
        "1.2.2024",
        "2024.011",
        "14:30",
        ":",
        "",
        "1.5",
    ],
)
def test_what_is_no_iso_date(word):
    assert day_of_word(word) is None


@given(st.datetimes(datetime.datetime(1, 1, 1), datetime.datetime(9999, 12, 31)))
def test_a_date_is_written_as_it_is_read(moment):
    days = (moment - datetime.datetime(1970, 1, 1)) / datetime.timedelta(days=1)
    written = datetime.datetime.fromisoformat(date_text(days))
    assert abs(written - moment) <= datetime.timedelta(microseconds=40)  # half an ulp of 2.9 million days


def test_a_date_becomes_a_number_and_places_on_circles():
    # three years of days: quarters at a quarter and three quarters of 1095
    dates = [datetime.date(2021, 1, 1) + datetime.timedelta(days=i) for i in range(1096)]
    spec = learn(dates)
    assert (spec.kind, spec.cycles) == ("date", ("year", "week"))
    assert spec.features == ("c", "c=sin(year)", "c=cos(year)", "c=sin(week)", "c=cos(week)")
    assert date_text(spec.centre) == "2022-07-02 12:00:00" and spec.scale == pytest.approx(2 / 1095)
    # 2024-03-09: 615.5 days after the centre; day 68 of 366; a Saturday, the fifth day after Monday
    x = 615.5 * 2 / 1095
    year, week = 2 * math.pi * 68 / 366, 2 * math.pi * 5 / 7
    assert encode(spec, [datetime.date(2024, 3, 9)])[0] == pytest.approx(
        [x / math.sqrt(1 + x * x / 9), math.sin(year), math.cos(year), math.sin(week), math.cos(week)]
    )


@pytest.mark.parametrize(
    ("step", "count", "cycles"),
    [
        (datetime.timedelta(days=1), 365, ("week",)),  # a span of 364 days
        (datetime.timedelta(days=1), 366, ("year", "week")),
        (datetime.timedelta(days=7), 20, ()),  # always the same day of the week
        (datetime.timedelta(days=7), 60, ("year",)),
        (datetime.timedelta(days=1), 7, ()),  # a span of six days
        (datetime.timedelta(hours=1), 24, ()),  # less than a day
        (datetime.timedelta(hours=1), 30, ("day",)),
        (datetime.timedelta(hours=5), 60, ("week", "day")),
        (datetime.timedelta(hours=5), 2000, ("year", "week", "day")),
    ],
)
def test_a_cycle_is_told_where_the_rows_go_through_it(step, count, cycles):
    moments = [datetime.datetime(2022, 5, 4) + i * step for i in range(count)]
    assert learn(moments).cycles == cycles


def test_a_missing_date_is_the_middle_of_everything_and_marked():
    dates = [datetime.date(2020, 1, 1) + datetime.timedelta(days=i) for i in range(400)]
    spec = learn([*dates, None])
    assert spec.features[-1] == "c=(missing)"
    assert encode(spec, [None]).tolist() == [[0, 0, 0, 0, 0, 1]]
    assert encode(learn(dates), [None]).tolist() == [[0, 0, 0, 0, 0]]
    assert learn([datetime.date(2020, 1, 1)] * 3).reason == "always 2020-01-01"


def test_every_make_of_dates_gives_the_same_numbers():
    moments = [datetime.datetime(2020, 1, 1, 12) + datetime.timedelta(days=i * 1.5) for i in range(300)]
    expected = encode(learn(moments), moments)
    zone = pl.Series(moments).dt.replace_time_zone("UTC").dt.convert_time_zone("Asia/Seoul")
    for same in (
        pl.Series(moments),
        pd.Series(moments),
        pd.Index(moments),
        pd.Series(moments, dtype=object),
        np.array(moments, dtype="datetime64[s]"),
        [str(m) for m in moments],
        [f"{m:%Y/%m/%dT%H:%MZ}" for m in moments],
        zone,
        zone.to_pandas(),
        pd.Series([str(m) for m in moments], dtype=object),
    ):
        assert learn(same).kind == "date"
        assert np.array_equal(encode(learn(same), same), expected)
        assert np.array_equal(encode(learn(moments), same), expected)
    assert learn([*moments, pd.NaT]).share_missing == 1 / 301


def test_other_notations_are_read_when_they_are_said():
    german = ["31.12.2023", "1.2.2024", "?", "15.08.2024"]
    spec = learn(german, "date:%d.%m.%Y")
    assert (spec.kind, spec.format, spec.said) == ("date", "%d.%m.%Y", "date:%d.%m.%Y")
    same = learn(["2023-12-31", "2024-02-01", None, "2024-08-15"])
    assert (spec.centre, spec.scale, spec.cycles) == (same.centre, same.scale, same.cycles)
    with pytest.raises(TableError, match=r"holds '2024-02-01' in row 1 .*a date is meant, like '31.12.2024'"):
        encode(spec, ["2024-02-01"])
    compact = learn([20231231, 20240201, 20240815], "date:%Y%m%d")
    assert compact.centre == same.centre
    zoned = learn(["31.12.2023 01:00 +0900", "31.12.2023 01:00 +0000"], "date:%d.%m.%Y %H:%M %z")
    assert 1 / zoned.scale == pytest.approx(0.5 * 9 / 24)  # the middle half of nine hours


@pytest.mark.parametrize(
    ("kind", "error", "wanted"),
    [
        ("date:%q", TableError, r"'date:%q' of the column 'c' has no notation \('q' is a bad directive"),
        ("date:%d%", TableError, "has no notation"),
        ("date:%d.%d", TableError, "names a part of the date twice"),
        ("date:daily", TableError, "nothing in it begins with %.*strptime does, for instance date:%d.%m.%Y"),
        ("date:", UnknownNameError, "unknown kind of the column 'c' 'date:'; did you mean 'date'"),
        ("dat", UnknownNameError, "did you mean 'date'"),
        (None, None, ""),
    ],
)
def test_notations_that_are_none_are_refused(kind, error, wanted):
    if error is None:
        assert learn(["2024-01-01", "2024-01-02"], kind).kind == "date"
        return
    with pytest.raises(error, match=wanted):
        learn(["2024-01-01", "2024-01-02"], kind)


@pytest.mark.parametrize(
    ("words", "notations"),
    [
        (["31.12.2023", "1.2.2024"], ["%d.%m.%Y"]),
        (["31/12/2023 10:00", "01/02/2024 11:30"], ["%d/%m/%Y"]),
        (["12/31/2023", "01/02/2024"], ["%m/%d/%Y"]),
        (["01/02/2024", "03/04/2024"], ["%d/%m/%Y", "%m/%d/%Y"]),
        (["3 Jan 2024", "14 Feb 2024"], ["%d %b %Y"]),
        (["31.12.2023", "soon"], []),
        (["1.5", "2.5"], []),
        (["7.4.2023", "10.4.2023 3:15 PM UTC"], ["%d.%m.%Y"]),
        (["7.4.23", "10.4.23"], ["%d.%m.%y"]),
        (["12/31/2023 3:15 PM", "1/2/2024"], ["%m/%d/%Y"]),
        (["Dec 31, 2023, 3:15 PM", "Jan 2, 2024"], ["%b %d, %Y"]),
        (["Sat, 09 Mar 2024 14:30:00 +0100", "Sun, 10 Mar 2024 9:00 GMT"], ["%a, %d %b %Y"]),
        (["192.168.0.1"], []),
        ([], []),
    ],
)
def test_notations_are_guessed(words, notations):
    assert guess_notations(words) == notations


@pytest.mark.parametrize(
    ("words", "notation"),
    [
        (["2024-3-9", "2024-03-10"], ""),
        (["2024/3/9", "2024/12/10 4:05"], ""),
        (["2024.01.11", "2024.02.12"], ""),
        (["2023-04", "2023-05"], ""),
        (["2023-04-07 3:15 PM UTC", "2023-04-08 11:15 AM UTC"], ""),
        (["2001-02", "2002-03", "2003-04"], None),  # seasons
        (["2001-02", "2002-03", "2003-05"], ""),
        (["2024.01.11", "2.024"], None),
        (["7.4.2023", "10.4.2023"], "%d.%m.%Y"),
        (["13/04/2023", "01/02/2023"], "%d/%m/%Y"),
        (["01/02/2023", "03/04/2023"], None),  # which is the day?
        (["1.2.10", "1.10.12"], None),  # versions
        (["7 Apr 2023", "8 May 2023"], "%d %b %Y"),
        (["Sat, 9 Mar 2024", "Sun, 10 Mar 2024 14:30:00 GMT"], "%a, %d %b %Y"),
        (["2024.011", "2024.012"], None),
        (["7.4.2023", "2023-04-07"], None),
        ([], None),
    ],
)
def test_a_whole_column_has_one_notation(words, notation):
    assert column_notation(words) == notation


@pytest.mark.parametrize(
    ("words", "same"),
    [
        (["2023-4-7", "2023-4-30", "2023-11-2"], ["2023-04-07", "2023-04-30", "2023-11-02"]),
        (["2024.01.11", "2024.02.12", "-"], ["2024-01-11", "2024-02-12", None]),
        (["2023-04", "2023-06", "2023-11"], ["2023-04-01", "2023-06-01", "2023-11-01"]),
        (
            ["2023-04-07 3:15 PM UTC", "2023/4/8 12:00 AM UTC", "2023-05-08 9:00 EST"],
            ["2023-04-07T15:15", "2023-04-08T00:00", "2023-05-08T14:00"],
        ),
    ],
)
def test_a_column_with_the_year_first_is_one_of_dates(words, same, tmp_path):
    pl.DataFrame({"c": words, "other": [1, 2, 3]}).write_csv(tmp_path / "t.csv")
    expected = learn(same)
    for column in (words, pl.Series(words), pd.Series(words), read_table(tmp_path / "t.csv")["c"]):
        spec = learn(column)
        assert (spec.kind, spec.said) == ("date", "date")
        assert (spec.centre, spec.scale, spec.cycles) == (expected.centre, expected.scale, expected.cycles)
        assert np.array_equal(encode(spec, column), encode(expected, same))


def test_dates_that_are_said_to_be_such_are_read_in_the_one_notation_of_the_column():
    spec = learn(["7.4.2023", "10.4.2023 18:00", "-"], "date")
    assert spec.said == "date:%d.%m.%Y"
    assert spec.centre == learn(["2023-04-07", "2023-04-10T18:00", None]).centre
    with pytest.raises(TableError, match=r"dates like '01/02/2023', .*day first.*month first"):
        learn(["01/02/2023", "03/04/2023"], "date")
    colons = learn(["31:12:2023", "01:02:2024"], "date:%d:%m:%Y")
    assert colons.centre == learn(["2023-12-31", "2024-02-01"]).centre


@given(st.datetimes(datetime.datetime(1500, 1, 1), datetime.datetime(2199, 12, 31)), st.booleans())
def test_every_way_to_write_a_moment_is_that_moment(moment, zeros):
    moment = moment.replace(microsecond=0)
    day = (moment - datetime.datetime(1970, 1, 1)) / datetime.timedelta(days=1)
    y, m, d = f"{moment.year:04}", f"{moment.month:0{1 + zeros}}", f"{moment.day:0{1 + zeros}}"
    clock = f"{moment.hour % 12 or 12}:{moment:%M:%S} {'AM' if moment.hour < 12 else 'PM'}"
    for word, notation in (
        (f"{y}-{m}-{d} {clock}", ""),
        (f"{y}.{m}.{d} {clock} GMT", ""),
        (f"{d}.{m}.{y} {clock}", "%d.%m.%Y"),
        (f"{m}/{d}/{y}, {moment:%H:%M:%S}Z", "%m/%d/%Y"),
    ):
        assert day_of_word(word, notation) == day


@given(
    st.dates(datetime.date(1969, 1, 1), datetime.date(2068, 12, 31)),
    st.sampled_from([n for n in NOTATIONS if date_pattern(n)]),
)
def test_notations_of_digits_read_what_strftime_writes(date, notation):
    word = date.strftime(notation)
    assert day_of_word(word, notation) == (date - EPOCH.date()).days


def test_text_that_looks_like_dates_is_offered_to_be_read():
    table = {"on": [f"{d:02}.03.24" for d in range(1, 25)] * 2, "y": [0.5, 1.5] * 24}
    wanted = r"'on' is taken as text; .*'01.03.24'.* kind date:%d.%m.%y in the schema"
    with pytest.warns(ForpassWarning, match=wanted):
        Preprocessing.learn(table, "y")
    assert Preprocessing.learn(table, "y", schema={"on": "date:%d.%m.%y"}).columns[0].kind == "date"


@pytest.mark.parametrize(
    ("notation", "day"),
    [("%d-%m-%Y", 13), ("%m/%d/%Y", 13), ("%d.%m.%Y", 3), ("%d %b %Y", 3), ("%B %d, %Y", 3)],
)
def test_dates_whose_order_is_proven_are_dates_by_themselves(notation, day):
    days = [datetime.date(2011, month, day if month == 4 else 7) for month in range(1, 7)]
    spec = learn([date.strftime(notation) for date in days])
    assert spec.said == f"date:{notation}"
    assert spec.centre == learn(days).centre
    assert np.array_equal(encode(spec, [days[3].strftime(notation)]), encode(learn(days), days[3:4]))


def test_days_up_to_12_alone_prove_no_order():
    with pytest.warns(ForpassWarning, match="day first.*month first"):
        assert learn([f"{day:02}/01/2011" for day in range(1, 13)]).kind == "category"


def test_a_slip_among_dates_is_named():
    words = [f"2024-{m:02}-{d:02}" for m in (1, 2, 3) for d in range(1, 11)] * 2
    with pytest.warns(ForpassWarning, match="30 of its 31 different values are dates, but '2024-02-30'"):
        assert learn([*words, "2024-02-30"]).kind == "category"
    assert learn([*words, None]).kind == "date"
    dotted = [f"{d}.{m}.2024" for m in (1, 2, 3) for d in range(1, 11)] * 2
    with pytest.warns(ForpassWarning, match=r"30 of its 31 different values are dates, but '30\.2\.2024'"):
        assert learn([*dotted, "30.2.2024"]).kind == "category"


def test_numbers_where_dates_are_meant_and_the_other_way_round():
    dates = [datetime.date(2020, 1, 1), datetime.date(2020, 5, 1), datetime.date(2020, 9, 1)]
    with pytest.raises(TableError, match=r"holds 3 in row 1 .*a date is meant, like '2024-12-31'"):
        encode(learn(dates), [3, 7])
    with pytest.raises(TableError, match=r"holds 2020-05-01 in row 2 .*a number is meant"):
        encode(learn([1, 2, 3]), [None, dates[1]])
    assert learn(dates, "number").kind == "number"  # of days
    assert encode(learn(dates, "number"), dates[1:2])[0, 0] == 0.0
    assert learn(dates * 3, "category").values == ("2020-01-01", "2020-05-01", "2020-09-01")


def test_durations_are_numbers_of_days():
    spec = learn(np.array([12, 24, 36], dtype="timedelta64[h]"))
    assert (spec.kind, spec.centre) == ("number", 1.0)


DOUBTFUL = ["1/2/2024", "3/4/2024", "-", "11/12/2024"] * 3
BOTH = r"date:%d/%m/%Y \(day first\) or date:%m/%d/%Y \(month first\)"


def test_days_and_months_in_doubt_are_named_with_both_notations():
    with pytest.raises(TableError, match=rf"'c' holds dates like '1/2/2024', .* kind {BOTH} in the schema$"):
        learn(DOUBTFUL, "date")
    with pytest.warns(ForpassWarning, match=rf"'1/2/2024' look like dates; .* kind {BOTH} in the schema$"):
        learn(DOUBTFUL)
    first = [learn(DOUBTFUL, f"date:{notation}").centre for notation in ("%d/%m/%Y", "%m/%d/%Y")]
    assert first == [NINTH_OF_MARCH + 25, NINTH_OF_MARCH - 5]  # 3 April, 4 March
    with pytest.raises(TableError, match=r"like '1\.2\.24', .* say kind date:%d\.%m\.%y in the schema$"):
        learn(["1.2.24", "3.4.24"], "date")
    with pytest.raises(TableError, match=rf"dates like '1/2/2024', .* kind {BOTH}"):
        learn(["1/2/2024", "soon"], "date")
    with pytest.raises(TableError, match=r"'soon' in row 1 .*where a date is meant"):
        learn(["soon", "1/2/2024"], "date")


WRITTEN = {
    "%d %b %Y": ["3 Mar 2024", "03 mar 2024", "31  DEC 1999", "3\tMar 2024", "٣ Mar ٢٠٢٤", "3 March 2024"],
    "%d-%b-%Y": ["3-Mar-2024", "29-Feb-2024", "29-Feb-2023", "3-Mar-24", "3 Mar 2024"],
    "%d-%b-%y": ["3-Mar-24", "3-Mar-68", "3-Mar-69", "3-Mar-2024", "-Mar-24"],
    "%d %B %Y": ["3 March 2024", "3 may 2024", "3 Mar 2024", "3 March 24"],
    "%b %d, %Y": ["Mar 3, 2024", "Mar  3, 2024", "Mar 3,2024", "Mar 3,  2024", "Mar 33, 2024"],
    "%B %d, %Y": ["March 3, 2024", "Mar 3, 2024", "May 31, 2024", "June 31, 2024"],
    "%a, %d %b %Y": [
        "Sun, 03 Mar 2024",
        "sun, 3 Mar 2024",
        "Sun,  3 Mar 2024",
        "Sunday, 3 Mar 2024",
        "Sun, 3",
    ],
}


@pytest.mark.parametrize("notation", WRITTEN)
def test_a_month_in_words_is_read_exactly_where_strptime_reads_it(notation):
    for word in [*WRITTEN[notation], "word7", "SKU1234", "", "3 Mar 2024 ", *sum(WRITTEN.values(), [])]:
        try:
            read = datetime.datetime.strptime(word, notation).replace(tzinfo=datetime.UTC)
            expected = (read - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)).days
        except ValueError:
            expected = None
        assert day_of_word(word, notation) == expected, word


def test_months_in_words_are_in_no_doubt():
    assert guess_notations(["1 May 2020"]) == ["%d %b %Y", "%d %B %Y"]
    assert notations_said(["%d %b %Y", "%d %B %Y"]) == "date:%d %b %Y"


def test_a_time_column_in_doubt_is_named_with_both_notations():
    table = {
        "on": DOUBTFUL[:2] * 6,
        "x": [i * 7 % 11 for i in range(12)],
        "y": [i * 5 % 13 for i in range(12)],
    }
    with pytest.raises(TableError, match=rf"time column 'on' holds text like '1/2/2024'; .*: kind {BOTH}$"):
        forpass.train_table(table, "y", time="on", epochs=1)


@pytest.mark.parametrize("zone", ["IST", "Europe/Berlin", "America/Argentina/Buenos_Aires"])
@pytest.mark.parametrize("day", ["2024-03-{:02}", "{:02}.03.2024", "{} Mar 2024"])
def test_a_zone_in_doubt_is_named(day, zone):
    """They were categories without a word, and as dates refused without saying why."""
    words = [f"{day.format(d)} 14:30 {zone}" for d in range(1, 10)]
    doubt = f"how far {zone} is from UTC is in doubt"
    with pytest.warns(ForpassWarning, match=rf"is taken as text; values like .* dates, but {doubt}; write"):
        assert learn(words).kind == "category"
    notation = "" if day.startswith("2024") else ":%d.%m.%Y" if "." in day else ":%d %b %Y"
    with pytest.raises(TableError, match=rf"where a date is meant.* \({doubt}: write that instead, as in"):
        learn(words, f"date{notation}")
    assert learn([word.replace(zone, "+0100") for word in words], f"date{notation}").zones == "all"


def test_the_date_of_a_mail_is_one():
    words = [
        "Sat, 09 Mar 2024 14:30:00 +0100",
        "Sat, 09 Mar 2024 13:30:00 GMT",
        "Sun, 10 Mar 2024 12:00 +0000",
    ]
    spec = learn(words, "date")
    assert (spec.said, spec.zones) == ("date:%a, %d %b %Y", "all")
    assert (
        day_of_word(words[0], spec.format) == day_of_word(words[1], spec.format) == NINTH_OF_MARCH + 13.5 / 24
    )
