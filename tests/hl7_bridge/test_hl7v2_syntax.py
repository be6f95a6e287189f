"""Messages as text: separators, escapes, character sets, and where something is wrong."""

import random

import hl7
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hl7_bridge.hl7v2.charsets import Charset
from hl7_bridge.hl7v2.errors import MessageError, UndecodableError, UnencodableError
from hl7_bridge.hl7v2.escapes import STANDARD, Delimiters, UnknownSwitchError, escape, plain, unescape
from hl7_bridge.hl7v2.syntax import NULL, Composite, Formatted, Message, Repeated, Segment, parse, segment
from hl7_bridge.hl7v2.transliteration import TABLE

HEADER = "MSH|^~\\&|HIS|HOSP|SCRIBE||20260914102000||ADT^A04|M1|P|2.5||||||{charset}"
CUSTOM = Delimiters("#", "*", "%", "!", "@")
KOREAN = "뷁 힣 龍 김서준 µg 진료"


def message(*lines: str, charset: str = "UNICODE UTF-8") -> str:
    return "\r".join([HEADER.format(charset=charset), *lines]) + "\r"


@settings(max_examples=300, deadline=None)
@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=80), st.sampled_from([STANDARD, CUSTOM]), st.booleans()
)
def test_what_is_escaped_comes_back(text, delimiters, formatted):
    written = escape(text, delimiters, formatted=formatted)
    assert not set(written) & set("\r\n\x0b\x1c" + delimiters.field + delimiters.component)
    assert unescape(written, delimiters) == plain(text)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (r"a\F\b\S\c\T\d\R\e\E\f", r"a|b^c&d~e\f"),
        (r"one\.br\two\.sp\three\.sp2\four", "one\ntwo\nthree\n\nfour"),
        (r"\H\bold\N\ plain", "bold plain"),
        (r"\.in+4\\.ti2\\.nf\text\.fi\\.ce\mid", "text\nmid"),
        (r"\X41C2B5\.", "Aµ."),
        (r"line\X0D0A\end", "line\nend"),
        (r"\Zlocal\ stays", r"\Zlocal\ stays"),
        (r"C:\temp and 50\ and \F\ ", r"C:\temp and 50\ and | "),
        (r"\unknown\F\x", r"\unknown|x"),
    ],
)
def test_escape_sequences_of_others(written, said):
    assert unescape(written) == said


def test_hexadecimal_bytes_are_of_the_messages_character_set():
    assert unescape("\\X" + "뷁".encode("cp949").hex() + "\\", STANDARD, "cp949") == "뷁"
    with pytest.raises(UnicodeDecodeError):
        unescape(r"\XFF\ ", STANDARD, "utf-8")
    with pytest.raises(UnknownSwitchError):
        unescape(r"\C2842\ ")


def test_fields_components_and_repetitions():
    pid = parse(
        message(r"PID|1||7^^^HIS&1.2.3&ISO^MR~9||김^서준^^^^^L||19810402|\"\"".replace("\\", "")).encode()
    ).require("PID")
    assert (pid.text(3), pid.text(3, 4, 2), pid.text(3, 5)) == ("7", "1.2.3", "MR")
    assert (pid.count(3), pid.text(3, 1, 1, 2), pid.text(3, 1, 1, 3), pid.text(40)) == (2, "9", "", "")
    assert pid.is_null(8)
    assert pid.raw(8) == NULL
    assert pid.text(8) == ""


def test_separators_come_from_the_header():
    data = "MSH#*%!@#HIS####20260914##ADT*A04#M1#P#2.5\rPID#1##7*!S!*@x#a%b"
    read = parse(data.encode())
    assert read.delimiters == CUSTOM
    assert read.require("PID").text(3, 2) == "*"
    assert (read.header.text(9, 2), read.require("PID").count(4), read.control_id) == ("A04", 2, "M1")
    assert read.text() == data + "\r"


@pytest.mark.parametrize("separator", ["\r", "\r\n", "\n"])
def test_segments_may_end_in_any_way(separator):
    data = message("EVN|A04", "PID|1").replace("\r", separator)
    assert [part.name for part in parse(data.encode()).segments] == ["MSH", "EVN", "PID"]


def test_a_line_feed_within_a_field_is_text():
    read = parse(message("NTE|1||first line\nsecond line", "PID|1").encode())
    assert read.require("NTE").text(3) == "first line\nsecond line"


@pytest.mark.parametrize(
    ("data", "where", "code"),
    [
        (b"", "MSH", "100"),
        (b"PID|1\r", "MSH", "100"),
        (b"MSH|^~\\&", "MSH", "100"),
        (b"MSH|^^\\&|A|B\r", "MSH-2", "102"),
        (b"MSHA^~\\&ABC\r", "MSH-2", "102"),
        (b"MSH|^~\\|A|B|C\r", "MSH-2", "102"),
        (message("PID|1", "pid|2").encode(), "line 3", "100"),
        (message("MSH|^~\\&|X").encode(), "line 2", "100"),
        (message("PID|1", charset="KS X 1001~ISO IR87").encode(), "MSH-18", "103"),
        (message("PID|1", charset="JOHAB").encode(), "MSH-18", "103"),
        (message("PID|1", charset="UNICODE UTF-16").encode(), "MSH-18", "103"),
    ],
)
def test_what_is_no_message_is_refused_with_its_place(data, where, code):
    with pytest.raises(MessageError) as refused:
        parse(data)
    assert (refused.value.location, refused.value.code) == (where, code)


@pytest.mark.parametrize(
    ("charset", "codec"),
    [
        ("UNICODE UTF-8", "utf-8"),
        ("UTF-8", "utf-8"),
        ("KS X 1001", "cp949"),
        ("KSC5601", "cp949"),
        ("EUC-KR", "cp949"),
        ("8859/1", "latin-1"),
    ],
)
def test_text_is_read_as_declared(charset, codec):
    name = "뷁힣" if codec != "latin-1" else "Müller"
    read = parse(message(f"PID|1||7||{name}", charset=charset).encode(codec))
    assert read.require("PID").text(5) == name


def test_bytes_that_are_not_of_the_declared_set_are_refused():
    for declared, codec in (("UNICODE UTF-8", "cp949"), ("ASCII", "utf-8"), ("", "cp949")):
        with pytest.raises(UndecodableError, match=r"MSH-18: byte \d+ is not"):
            parse(message("PID|1||7||김서준", charset=declared).encode(codec))


def test_what_declares_nothing_is_read_as_the_site_says():
    data = message("PID|1||7||김서준", charset="").encode("cp949")
    assert parse(data, "KS X 1001").require("PID").text(5) == "김서준"


def test_syllables_that_pythons_euc_kr_spells_out_are_put_together():
    data = message("PID|1||7||뷁쩝 햏 똠방각하", charset="KS X 1001")
    assert data.encode("euc_kr") != data.encode("cp949")
    assert parse(data.encode("euc_kr")).require("PID").text(5) == "뷁쩝 햏 똠방각하"


def test_every_korean_syllable_survives_code_page_949():
    syllables = "".join(map(chr, range(0xAC00, 0xD7A4)))
    made = Message((parse(message(charset="KS X 1001").encode()).header, segment("NTE", {3: syllables})))
    assert parse(made.encode(Charset("KS X 1001"))).require("NTE").text(3) == syllables


def test_what_code_page_949_lacks_is_written_by_the_table():
    charset = Charset("KS X 1001")
    text = "5\u00a0µg – 10⁹/L ・ é ₩3,000 ≦7 ⑳ ✔"
    assert charset.encode(escape(text), "OBX-5").decode("cp949") == r"5 μg - 10\S\9/L · e ￦3,000 ≤7 (20) v"
    nfd = "\u1100\u1161\u11a8"
    assert charset.encode(escape(nfd), "OBX-5").decode("cp949") == "각"


def test_what_the_table_lacks_is_refused_with_place_and_code_point():
    with pytest.raises(UnencodableError, match=r"OBX-5 character 7 \(U\+1F637\) does not exist in KS X 1001"):
        Charset("KS X 1001").encode("기침이 심함😷", "OBX-5")
    assert Charset("KS X 1001", "code_point").encode("심함😷", "OBX-5").decode("cp949") == "심함[U+1F637]"
    made = Message((parse(message(charset="KS X 1001").encode()).header, segment("PID", {5: Composite("김", "𠮷")})))
    with pytest.raises(UnencodableError) as refused:
        made.encode(Charset("KS X 1001"))
    assert (refused.value.location, refused.value.position, refused.value.code_point) == ("PID-5", 3, 0x20BB7)
    assert made.encode(Charset("UNICODE UTF-8")).count("𠮷".encode()) == 1


def test_nothing_is_dropped_whatever_the_character():
    """Each character is kept, written by the table, or refused."""
    charset = Charset("KS X 1001")
    refused = 0
    for code in (*range(0x20, 0xD800), *range(0xE000, 0x10000), 0x1F600, 0x2F800):
        sign = chr(code)
        written = escape(sign)
        try:
            back = unescape(charset.encode(written, "OBX-5").decode("cp949"))
        except UnencodableError:
            refused += 1
            continue
        assert back != "" or plain(sign) in TABLE, hex(code)
    assert refused > 30_000


def test_the_table_writes_what_the_set_has_and_never_a_control_character():
    for written in TABLE.values():
        assert written.encode("cp949").decode("cp949") == written
        assert written == "" or written.isprintable()


def test_values_are_written_without_empty_ends():
    made = segment(
        "PID", {3: Repeated(Composite("7", "", "", Composite("", "1.2", "ISO")), "9"), 5: Composite("김|", "", "")}
    )
    assert made.written() == "PID|||7^^^&1.2&ISO~9||김\\F\\"
    assert segment("OBX", {5: Formatted("a\r\nb")}).written() == "OBX|||||a\\.br\\b"
    assert segment("OBX", {5: "a\nb"}).written() == "OBX|||||a\\X0A\\b"


def test_python_hl7_reads_what_we_write():
    header = parse(message().encode()).header
    made = Message((header, segment("PID", {3: Composite("7", "", "", "HIS", "MR"), 5: Composite("김|서&준", "~")})))
    theirs = hl7.parse(made.text())
    assert theirs.unescape(str(theirs["PID.F5.R1.C1"])) == "김|서&준"
    assert str(theirs["PID.F3.R1.C5"]) == "MR"


def test_random_bytes_are_a_message_or_a_clear_refusal():
    drawn = random.Random(7)
    whole = message("EVN|A04|2026", "PID|1||7^^^H^MR||김^서준", "PV1|1|O").encode()
    places = set()
    for _ in range(5000):
        data = bytearray(whole)
        for _ in range(drawn.randrange(1, 12)):
            data[drawn.randrange(len(data))] = drawn.randrange(256)
        try:
            read = parse(bytes(data))
            for part in read.segments:
                for number in range(1, len(part.fields) + 1):
                    part.text(number)
        except MessageError as error:
            places.add(error.location[:3])
    assert {"MSH", "lin"} <= places


def test_a_segment_says_nothing_of_fields_it_has_not():
    assert Segment("PID", ("1",)).raw(0) == ""
    assert Segment("PID", ("1",)).text(-1) == ""
