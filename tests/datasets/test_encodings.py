# ruff: noqa: RUF001 - letters of other scripts are what this is about
"""Encodings: what real-looking text in several languages is taken for, and what is refused."""

import codecs

import pytest

from forpass.datasets import encodings, read_table, read_table_file
from forpass.errors import TableError

KOREAN = "이름,나이,도시\n김철수,31,서울특별시\n이영희,28,부산광역시 해운대구\n"
KOREAN_LONG = "번호,상품명,가격(원),비고\n" + "".join(
    f"{i},{'똠방각하 세트' if i % 50 == 0 else '유기농 사과 3kg'},{i * 100},배송 후 확인 바랍니다(℃)\n"
    for i in range(500)
)
GERMAN = "Größe;Straße;Preis\n1,5;Münchner Straße;2,25\n0,75;Übergasse;3\n"
FRENCH = "prénom,âge,ville\nZoé,31,Orléans\nFrançois,28,Évreux\n«Noël»,3,Créée\n"
PORTUGUESE = "SITUAÇÃO;DESCRIÇÃO\n1;AÇÃO\n2;INFORMAÇÕES NÃO\n"

TOLD = [
    (KOREAN, "cp949", "CP949"),
    (KOREAN, "euc_kr", "CP949"),
    (KOREAN_LONG, "cp949", "CP949"),
    ("성별,y\n남,1\n여,2\n", "cp949", "CP949"),
    ("a,b\n가,1\n", "cp949", "CP949"),
    ("등급,x\nA형,1\nB형,2\n", "cp949", "CP949"),
    (GERMAN, "cp1252", "CP1252"),
    (GERMAN * 500, "latin-1", "CP1252"),
    ("a;b\nä;1\n", "cp1252", "CP1252"),
    ("ÄRZTE,ÖL\n1,2\n", "cp1252", "CP1252"),
    (FRENCH, "cp1252", "CP1252"),
    (FRENCH * 300, "cp1252", "CP1252"),
    (PORTUGUESE, "cp1252", "CP1252"),
    ("año,niño\n¡Ánimo!,2\n«Él»,3\n", "cp1252", "CP1252"),
    ("t °C,price €\n1,2\n", "cp1252", "CP1252"),
    *[(KOREAN, codec, codec.upper()) for codec in ("utf-16-le", "utf-16-be")],
    *[("a,b\n1,2\n", codec, codec.upper()) for codec in ("utf-16-le", "utf-16-be")],
    (KOREAN, "utf-8", "UTF-8"),
    (KOREAN, "utf-8-sig", "UTF-8"),
]


def write(folder, content):
    path = folder / "table.csv"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(("text", "codec", "name"), TOLD)
def test_text_comes_out_as_it_went_in(tmp_path, text, codec, name):
    frame, form = read_table_file(write(tmp_path, text.encode(codec)))
    assert form.encoding == name
    (tmp_path / "plain.csv").write_bytes(text.encode())
    assert frame.equals(read_table(tmp_path / "plain.csv"))


@pytest.mark.parametrize(
    ("mark", "codec"),
    [
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_a_mark_decides(tmp_path, mark, codec):
    text = "姓,年\r\n张,1\r\n"  # nothing that would tell without a mark
    frame, form = read_table_file(write(tmp_path, mark + text.encode(codec)))
    assert form.encoding == codec.upper() and frame.rows() == [("张", 1)]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
def test_it_is_no_matter_where_blocks_end(tmp_path, monkeypatch, size):
    wanted = {
        codec: "\r\n" + KOREAN.replace("\n", "\r\n") + "\r\n" for codec in ("cp949", "utf-16", "utf-8-sig")
    }
    for codec, text in wanted.items():
        path = write(tmp_path, text.encode(codec))
        monkeypatch.setattr(encodings, "BLOCK", 1 << 20)
        whole = read_table(path)
        found = encodings.survey(path)
        monkeypatch.setattr(encodings, "BLOCK", size)
        pieces = encodings.survey(path)
        assert (pieces.zero, pieces.invalid, pieces.line_end, pieces.blank_end) == (
            found.zero, found.invalid, found.line_end, found.blank_end,
        )  # fmt: skip
        written = []
        encodings.transcode(path, path, "UTF-8" if codec == "utf-8-sig" else codec, "\n", written.append)
        assert "".join(written) == "\n" + KOREAN and whole.height == 2


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        ("имя,возраст\nИван,31\nМария,20\n", "cp1251"),
        ("名前,年齢,都市\n山田太郎,31,東京都\nひらがな,20,大阪府\n", "shift_jis"),
        ("名前,年齢,都市\n山田太郎,31,東京都\nひらがな,20,大阪府\n", "euc_jp"),
        ("姓名,年龄,城市\n张三,31,上海市\n李四,20,北京市\n", "gbk"),
        ("όνομα,ηλικία\nΓιώργος,3\n", "cp1253"),
        ("ชื่อ,อายุ\nสมชาย,1\n", "cp874"),
    ],
)
def test_what_is_neither_korean_nor_western_is_not_guessed(tmp_path, text, codec):
    with pytest.raises(
        TableError, match=r"which is not UTF-8, and the text looks neither .*; save the file as UTF-8"
    ):
        read_table(write(tmp_path, text.encode(codec)))


DAMAGED = KOREAN.encode().replace("운".encode(), b"\xec\x9a\xff")

WRONG = [
    # a byte of UTF-8 was damaged, or the file ends within a character
    (DAMAGED, "0xec at offset 82 (line 3), which is not UTF-8, though most of the file is"),
    (KOREAN.encode()[:-2], "0xea at offset 88 (line 3), which is not UTF-8, though most of the file is"),
    (codecs.BOM_UTF8 + b"a,b\n1,\xe9\n", "0xe9 at offset 9 (line 2), which is not UTF-8, though most"),
    (codecs.BOM_UTF8 + b"a,b\n1,\0\n", "holds a NUL byte at offset 9 (line 2)"),
    (KOREAN_LONG.encode("cp949") + b"9,\xff,1,x\n", "0xff at offset 25,786 (line 502), which is no CP949"),
    (GERMAN.encode("utf-16") + b"\x00\xd8;\x00", "0x00 at offset 124 (line 4), which is no UTF-16-LE"),
    (GERMAN.encode("utf-16")[:-1], "0x0a at offset 122 (line 3), which is no UTF-16-LE"),
    (b"a,b\n1,2\n3,\x00\n", "holds a NUL byte at offset 10 (line 3), which no text has"),
    ("a,b\n1,\0\n".encode("utf-16"), "holds a NUL character in line 2"),
    (bytes(64), "holds a NUL byte at offset 0 (line 1)"),
    (b"a,b\r1,2\r3,\x00\r", "holds a NUL byte at offset 10 (line 3)"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "wanted"), WRONG)
def test_a_wrong_byte_is_named_by_its_place(tmp_path, content, wanted):
    with pytest.raises(TableError) as caught:
        read_table(write(tmp_path, content))
    assert wanted in str(caught.value)
