"""What docs/bridge/hl7v2.md says is what the program does."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from hl7_bridge.hl7v2.admissions import EVENTS
from hl7_bridge.hl7v2.settings import Hl7Destination, Hl7Receiver, ListenerTls
from hl7_bridge.hl7v2.syntax import parse
from hl7_bridge.hl7v2.transliteration import TABLE

TEXT = (Path(__file__).resolve().parents[2] / "docs/bridge/hl7v2.md").read_text("utf-8")


def test_the_published_table_is_the_one_in_use():
    published = {}
    for codes, written in re.findall(r"^\| ((?:U\+[0-9A-F]{4,5} ?)+)\|.*\| `(.*)` \|$", TEXT, re.MULTILINE):
        for code in codes.split():
            published[chr(int(code[2:], 16))] = {"(space)": " ", "(nothing)": ""}.get(written, written)
    assert published == TABLE


@pytest.mark.parametrize("section", [Hl7Destination, Hl7Receiver, ListenerTls])
def test_every_setting_is_documented(section):
    documented = set(re.findall(r"`([a-z_]+)`", TEXT))
    assert {field.name for field in fields(section)} <= documented


def test_every_event_is_documented():
    assert set(EVENTS) <= set(re.findall(r"\bA\d\d\b", TEXT))


def test_the_examples_are_messages():
    examples = re.findall(r"```\n(MSH.*?)```", TEXT, re.DOTALL)
    assert len(examples) == 3
    for example in examples:
        message = parse(example.replace("\n", "\r").encode(), "UNICODE UTF-8")
        assert message.control_id
        assert message.header.text(9) in {"MDM", "ORU", "ACK"}
