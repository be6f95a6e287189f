"""From entries to the clinician's note: nothing that the entries do not hold, nothing said twice."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from scribe.domain.encounter import Encounter
from scribe.domain.entries import (
    Entry,
    Evidence,
    Exam,
    LabResult,
    MedicationOrder,
    MedicationStatement,
    Symptom,
    Vital,
)
from scribe.domain.note import Note
from scribe.domain.statement import Section, Statement
from scribe.drafting.english_note import english_statement, english_title
from scribe.drafting.occasion import template_for
from scribe.drafting.phrases import in_list, is_plain, measured, number, phrase, symptom_name, unit_text
from scribe.drafting.template import AUTO, Block, Template, load_template
from scribe.drafting.tidy import without_lead

_CONDITION = re.compile(r"^(?P<sign>.+?)(?P<joint>\s시|면)\s(?P<what>(?:(?!면\s).)+)$")

_TELLING = 10  # characters from which a finding says itself what it is of
_LABEL = re.compile(r"^(?P<label>[^:]{2,6}): (?P=label)(?=[ .(])")


@dataclass(frozen=True, slots=True)
class _Sentence:
    """What a statement says, of which entries, by which block; ``told`` of ``entries`` appear in the words."""

    text: str
    entries: tuple[Entry, ...]
    block: Block
    told: tuple[Entry, ...]


def compose(
    entries: Sequence[Entry],
    encounter: Encounter,
    template: str | Template = "soap",
    chief_complaint: str | None = None,
    *,
    language: str = "ko",
    apart: frozenset[str] = frozenset(),
) -> Note:
    """The note in the sections of the template, from entries only.

    Every statement is one fact or a tight group (denials, a blood pressure pair, the tests ordered), carries the
    ids of its entries and their merged evidence, and has ``support`` "none" until the verifier has judged it.
    Entries of a kind keep the order in which they are given.  The chief complaint is stated where entries
    hold it.  Sections without facts stay, empty.  The template "auto" is the one of the occasion.  ``language`` "en"
    writes the same statements (ids, entries, evidence) in English; entries whose ids are in ``apart`` stand in no list.
    Raises UnknownTemplateError.
    """
    chosen = template if isinstance(template, Template) else load_template(_named(template, encounter, entries))
    written: set[tuple[str, str]] = set()
    sections: list[Section] = []
    count = 0
    for section in chosen.sections:
        statements: list[Statement] = []
        for block in section.blocks:
            for sentence in _sentences(block, entries, chosen, chief_complaint, apart):
                if (section.code, sentence.text) in written:
                    continue
                written.add((section.code, sentence.text))
                text = sentence.text if language == "ko" else english_statement(sentence.block, sentence.told)
                statements.append(_statement(f"s{count}", sentence, text, entries))
                count += 1
        title = section.title if language == "ko" else english_title(section)
        sections.append(Section(code=section.code, title=title, statements=tuple(statements)))
    return Note(template=chosen.name, sections=tuple(sections))


def _named(template: str, encounter: Encounter, entries: Sequence[Entry]) -> str:
    return template_for(encounter, entries) if template == AUTO else template


def with_basis(told: Sequence[Entry], entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """``told`` and what they rest on beside their own words.

    "그대로 드세요" goes on with a medicine as the patient said to take it: the order's dose was told there.
    """
    kept = {e.name for e in told if isinstance(e, MedicationOrder) and e.action in ("continue", "change")}
    taken = (entry for entry in entries if isinstance(entry, MedicationStatement) and entry.name in kept)
    return (*told, *taken) if kept else tuple(told)


def merge_evidence(entries: Iterable[Entry]) -> tuple[Evidence, ...]:
    """The evidence of all entries in the order of mention, overlapping spans of an utterance joined."""
    spans: dict[str, list[Evidence]] = {}
    for entry in entries:
        for item in entry.evidence:
            spans.setdefault(item.utterance, []).append(item)
    return tuple(joined for items in spans.values() for joined in _joined(items))


def _joined(items: list[Evidence]) -> list[Evidence]:
    out: list[Evidence] = []
    for item in sorted(items, key=lambda span: (span.start, span.end)):
        if out and item.start <= out[-1].end:
            last = out.pop()
            item = Evidence(utterance=item.utterance, start=last.start, end=max(last.end, item.end))  # noqa: PLW2901
        out.append(item)
    return out


def _statement(statement_id: str, sentence: _Sentence, text: str, entries: Sequence[Entry]) -> Statement:
    return Statement(
        id=statement_id,
        text=text,
        entries=tuple(dict.fromkeys(entry.id for entry in sentence.entries)),
        evidence=merge_evidence(with_basis(sentence.entries, entries)),
    )


def _sentences(
    block: Block,
    entries: Sequence[Entry],
    template: Template,
    chief_complaint: str | None,
    apart: frozenset[str],
) -> Iterator[_Sentence]:
    if block.facts == ("chief_complaint",):
        yield from _chief_complaint(block, entries, chief_complaint)
        return
    alike = repeated([entry for entry in entries if _selected(entry, block)])
    chosen = [group[0] for group in alike]
    if block.facts == ("vital",):
        yield from _vitals(block, chosen, template)
        return
    again = {group[0].id: group[1:] for group in alike}
    for group in _groups(chosen, block, apart):
        cited = tuple(entry for one in group for entry in (one, *again[one.id]))
        yield _Sentence(_text(group, block, template), cited, block, tuple(group))


def _chief_complaint(block: Block, entries: Sequence[Entry], complaint: str | None) -> Iterator[_Sentence]:
    """The complaint rests on the symptoms, else the diagnoses, whose names it holds; without one it is not stated."""
    if not complaint:
        return
    folded = complaint.replace(" ", "")
    for kinds in (("symptom",), ("diagnosis", "history")):
        named = [entry for entry in entries if entry.kind in kinds and entry.name.replace(" ", "") in folded]
        meant = tuple(entry for entry in named if _is_the_patients(entry))
        if meant:
            yield _Sentence(block.text.format(facts=complaint), meant, block, meant)
            return


def _is_the_patients(entry: Entry) -> bool:
    """Neither denied, nor ruled out, nor a relative's."""
    fields = (getattr(entry, "status", None), getattr(entry, "certainty", None), getattr(entry, "category", None))
    return not {"absent", "ruled_out", "family"} & set(fields)


def _selected(entry: Entry, block: Block) -> bool:
    return entry.kind in block.facts and all(
        getattr(entry, field, None) in allowed for field, allowed in block.where.items()
    )


def repeated(entries: list[Entry]) -> list[list[Entry]]:
    """The entries, each with those that say the same again in everything but id, evidence and confidence.

    A result that was told twice under two of its names ("간기능검사(간수치)", "간기능검사(LFT)") is one; so is a long
    finding that was read as one of two parts of the examination.
    """
    seen: dict[str, list[Entry]] = {}
    for entry in entries:
        fields = [
            getattr(entry, name)
            for name in entry.__dataclass_fields__
            if name not in ("id", "evidence", "confidence", "code", "name", "author")
        ]
        name = entry.name.partition("(")[0].strip() if isinstance(entry, LabResult) else entry.name
        name = "" if isinstance(entry, Exam) and len(entry.finding) > _TELLING else name
        key = repr((name, fields)) if entry.kind != "vital" else entry.id
        seen.setdefault(key, []).append(entry)
    return list(seen.values())


def _vitals(block: Block, vitals: list[Entry], template: Template) -> Iterator[_Sentence]:
    """Vital signs in order; a systolic reading and the diastolic that follows it are one statement."""
    readings = [entry for entry in vitals if isinstance(entry, Vital)]
    paired: set[str] = set()
    for index, entry in enumerate(readings):
        if entry.id in paired:
            continue
        partner = _diastolic(entry, readings[index + 1 :], paired)
        if partner is None:
            yield _Sentence(phrase(entry, template).in_sentence(block.text), (entry,), block, (entry,))
            continue
        paired.add(partner.id)
        value = f"{number(entry.value)}/{number(partner.value)}{unit_text(entry.unit)}"
        pair = (entry, partner)
        yield _Sentence(block.text.format(facts=f"{measured(entry.name)} {value}"), pair, block, pair)


def _diastolic(systolic: Vital, later: list[Vital], paired: set[str]) -> Vital | None:
    if "수축기" not in systolic.name:
        return None
    wanted = systolic.name.replace("수축기", "이완기")
    return next((vital for vital in later if vital.name == wanted and vital.id not in paired), None)


def _groups(entries: list[Entry], block: Block, apart: frozenset[str]) -> list[list[Entry]]:
    """The entries of each statement: alone, or with those that may stand beside them in a list."""
    if block.layout == "each":
        return [[entry] for entry in entries]
    groups: list[list[Entry]] = []
    open_groups: dict[str, list[Entry]] = {}
    for entry in entries:
        if not is_plain(entry) or entry.id in apart:
            groups.append([entry])
            continue
        key = _together(entry, block)
        group = open_groups.get(key)
        if group is None or len(group) >= block.limit:
            group = open_groups[key] = []
            groups.append(group)
        group.append(entry)
    return groups


def _together(entry: Entry, block: Block) -> str:
    if block.together == "utterance":
        return entry.evidence[-1].utterance if entry.evidence else ""
    if block.together == "onset" and isinstance(entry, Symptom):
        return entry.onset or ""
    return ""


def _text(group: list[Entry], block: Block, template: Template) -> str:
    if block.layout == "conditions":
        return block.text.format(facts=_conditions([without_lead(entry.name) for entry in group]))
    if len(group) == 1:
        return _LABEL.sub(r"\g<label>", phrase(group[0], template).in_sentence(block.text))
    onset = group[0].onset if isinstance(group[0], Symptom) and block.together == "onset" else None
    heads = [
        symptom_name(entry) if onset and isinstance(entry, Symptom) else phrase(entry, template).head for entry in group
    ]
    listed = ", ".join(dict.fromkeys(in_list(head) for head in heads))
    return block.text.format(facts=f"{onset} {listed}" if onset else listed)


def _conditions(names: list[str]) -> str:
    """ "편측 위약 시 119", "흉통 시 119" as "편측 위약, 흉통 시 119": signs with the same answer told once."""
    by_answer: dict[tuple[str, str], list[str]] = {}
    for name in dict.fromkeys(names):
        found = _CONDITION.match(name)
        key = (found["joint"].strip(), found["what"]) if found else ("", "")
        by_answer.setdefault(key, []).append(found["sign"] if found else name)
    told = []
    for (joint, answer), signs in by_answer.items():
        if joint == "면":
            told.append(", ".join(f"{sign}면" for sign in signs) + f" {answer}")
        else:
            told.append(", ".join(map(in_list, signs)) + (f" {joint} {in_list(answer)}" if answer else ""))
    return ". ".join(told)
