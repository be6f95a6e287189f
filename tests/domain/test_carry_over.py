"""A physician's work survives a new draft of the same consultation."""

from dataclasses import replace
from datetime import UTC, datetime

from scribe.domain.carry_over import carry_over
from scribe.domain.encounter import Encounter
from scribe.domain.entries import Entry, Evidence, MedicationOrder, Symptom
from scribe.domain.note import Draft, Drafter, Flag, Note
from scribe.domain.statement import Section, Statement
from scribe.domain.summary import Medicine, PatientSummary


def line(name: str, text: str, utterance: str = "u0", *, entries: tuple[str, ...] = ()) -> Statement:
    evidence = (Evidence(utterance=utterance, start=0, end=8),)
    return Statement(id=name, text=text, entries=entries, evidence=evidence, support="supported")


def draft_of(
    *plan: Statement,
    entries: tuple[Entry, ...] = (),
    medicines: tuple[Medicine, ...] = (),
    flags: tuple[Flag, ...] = (),
) -> Draft:
    return Draft(
        encounter=Encounter(id="e", start=datetime(2026, 11, 2, tzinfo=UTC)),
        transcript_sha256="0" * 64,
        drafter=Drafter(name="hand", version="1"),
        entries=entries,
        note=Note(
            template="soap",
            sections=(
                Section(code="subjective", title="S", statements=(line("s0", "기침.", "u9"),)),
                Section(code="plan", title="P", statements=plan),
            ),
        ),
        patient_summary=PatientSummary(language="ko", sections=(), medicines=medicines),
        flags=flags,
    )


def plan_of(draft: Draft) -> list[tuple[str, str]]:
    return [(statement.text, statement.support) for statement in draft.note.sections[1].statements]


DRAFTED = draft_of(line("s1", "휴식 권고.", "u1"), line("s2", "수분 섭취.", "u2"))
EDITED = draft_of(replace(line("s1", "이틀 쉬도록 권고.", "u1"), support="edited"), line("s2", "수분 섭취.", "u2"))


def test_a_changed_statement_replaces_the_new_one_with_its_old_text() -> None:
    fresh = draft_of(line("s7", "수분 섭취.", "u2"), line("s8", "휴식 권고.", "u5"))

    assert plan_of(carry_over(DRAFTED, EDITED, fresh)) == [
        ("수분 섭취.", "supported"),
        ("이틀 쉬도록 권고.", "edited"),
    ]


def test_or_the_new_one_that_rests_on_the_same_words() -> None:
    fresh = draft_of(line("s7", "쉬라고 하심.", "u1"), line("s8", "수분 섭취.", "u2"))

    assert plan_of(carry_over(DRAFTED, EDITED, fresh)) == [
        ("이틀 쉬도록 권고.", "edited"),
        ("수분 섭취.", "supported"),
    ]


def test_or_is_kept_as_the_physicians_own_where_nothing_is_left_of_it() -> None:
    kept = carry_over(DRAFTED, EDITED, draft_of(line("s8", "수분 섭취.", "u2")))

    assert plan_of(kept) == [("수분 섭취.", "supported"), ("이틀 쉬도록 권고.", "edited")]
    assert kept.note.sections[1].statements[1].evidence == ()


def test_what_was_struck_stays_struck_and_what_was_added_is_there() -> None:
    own = Statement(id="mine", text="금연 상담.", support="edited")
    edited = draft_of(line("s2", "수분 섭취.", "u2"), own)
    fresh = draft_of(line("s8", "휴식 권고.", "u1"), line("s9", "수분 섭취.", "u2"))

    assert plan_of(carry_over(DRAFTED, edited, fresh)) == [("수분 섭취.", "supported"), ("금연 상담.", "edited")]


def test_an_accepted_statement_stays_accepted() -> None:
    edited = draft_of(replace(line("s1", "휴식 권고.", "u1"), support="edited"), line("s2", "수분 섭취.", "u2"))

    assert plan_of(carry_over(DRAFTED, edited, DRAFTED))[0] == ("휴식 권고.", "edited")


def test_an_acknowledged_statement_stays_so_only_while_it_reads_the_same() -> None:
    doubtful = replace(line("s1", "휴식 권고.", "u1"), support="none")
    drafted, edited = draft_of(doubtful), draft_of(replace(doubtful, acknowledged=True))

    again = carry_over(drafted, edited, draft_of(replace(doubtful, id="s7")))
    assert again.note.sections[1].statements[0].acknowledged
    other = carry_over(drafted, edited, draft_of(replace(doubtful, text="이틀 휴식 권고.")))
    assert other.note.sections[1].statements[0].acknowledged is None
    assert plan_of(other) == [("이틀 휴식 권고.", "none")]
    proved = carry_over(drafted, edited, draft_of(replace(doubtful, support="supported")))
    assert proved.note.sections[1].statements[0].acknowledged is None


def test_a_moved_statement_stands_in_its_new_section_again_even_an_added_one() -> None:
    plan = DRAFTED.note.sections[1]
    other = Section(code="objective", title="O", statements=(plan.statements[0],))
    rest = replace(plan, statements=plan.statements[1:])
    edited = replace(DRAFTED, note=replace(DRAFTED.note, sections=(DRAFTED.note.sections[0], rest, other)))

    fresh = draft_of(line("s7", "휴식 권고.", "u1"), line("s8", "수분 섭취.", "u2"))
    kept = carry_over(DRAFTED, edited, fresh)
    assert [(section.code, [s.text for s in section.statements]) for section in kept.note.sections] == [
        ("subjective", ["기침."]),
        ("plan", ["수분 섭취."]),
        ("objective", ["휴식 권고."]),
    ]
    assert kept.note.sections[2].statements[0].evidence, "what was moved keeps what it rests on"


def test_joined_statements_stay_joined() -> None:
    joined = replace(
        DRAFTED.note.sections[1].statements[0], text="휴식 권고. 수분 섭취.", support="none", acknowledged=True
    )
    assert plan_of(carry_over(DRAFTED, draft_of(joined), DRAFTED)) == [("휴식 권고. 수분 섭취.", "edited")]


def test_a_struck_entry_is_struck_with_its_row_and_a_settled_flag_stays_settled() -> None:
    order = MedicationOrder(id="e1", name="아세트아미노펜", action="start", evidence=())
    cough = Symptom(id="e2", name="기침", status="present", evidence=())
    row = Medicine(entry="e1", name="아세트아미노펜", morning="1정")
    asked = Flag(kind="conflict", text="체온이 다릅니다.", entries=("e2",))
    drafted = draft_of(line("s1", "약.", entries=("e1",)), entries=(order, cough), medicines=(row,), flags=(asked,))
    edited = replace(
        drafted, entries=(cough,), patient_summary=replace(drafted.patient_summary, medicines=()), flags=()
    )
    fresh = draft_of(
        line("s1", "약.", entries=("e5",)),
        entries=(replace(order, id="e5"), replace(cough, id="e6")),
        medicines=(replace(row, entry="e5"),),
        flags=(asked, Flag(kind="missing", text="용량?", entries=("e5",))),
    )

    carried = carry_over(drafted, edited, fresh)

    assert [entry.id for entry in carried.entries] == ["e6"]
    assert carried.patient_summary.medicines == ()
    assert carried.note.sections[1].statements[0].entries == ()
    assert carried.flags == ()


def test_a_changed_medicine_row_keeps_the_physicians_times() -> None:
    row = Medicine(entry="e1", name="아세트아미노펜", morning="1정")
    drafted = draft_of(medicines=(row,))
    edited = draft_of(medicines=(replace(row, morning=None, bedtime="2정"),))
    fresh = draft_of(medicines=(replace(row, entry="e4", noon="1정"), Medicine(entry="e5", name="세티리진")))

    carried = carry_over(drafted, edited, fresh).patient_summary.medicines

    assert carried == (
        Medicine(entry="e4", name="아세트아미노펜", bedtime="2정"),
        Medicine(entry="e5", name="세티리진"),
    )


def test_a_draft_that_nobody_touched_is_simply_replaced() -> None:
    fresh = draft_of(line("s8", "다른 문장."))

    assert carry_over(DRAFTED, DRAFTED, fresh) == fresh
