"""What patients are handed: only the latest signed version is approved, and an address counts what happens to it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scribe.store.errors import NotFoundError, NotPermittedError, RetractedNoteError, StaleVersionError
from scribe.store.links import MOST_FAILURES


def test_only_the_latest_version_is_approved(clinic, case):
    with clinic.store.begin(clinic.kim.actor) as work:
        amended = work.notes.add(case.amendment)
        with pytest.raises(StaleVersionError):
            work.summaries.approve(case.record, "ko", b"{}", "Dr Kim")
        work.summaries.approve(amended, "ko", b"{1}", "Dr Kim")
        assert [(a.version, a.document) for a in work.summaries.standing(case.full)] == [(2, b"{1}")]
        assert [a.version for a in work.summaries.history(case.full)] == [2, 1]


def test_each_language_stands_by_itself_and_all_are_withdrawn_together(clinic, case):
    with clinic.store.begin(clinic.kim.actor) as work:
        work.summaries.approve(case.record, "en", b"{en}", "Dr Kim")
        assert [a.language for a in work.summaries.standing(case.full)] == ["ko", "en"]
        assert work.summaries.withdraw(case.full) == 2
        assert work.summaries.withdraw(case.full) == 0
        assert work.summaries.standing(case.full) == ()
        work.summaries.approve(case.record, "en", b"{en}", "Dr Kim")
        assert [a.language for a in work.summaries.standing(case.full)] == ["en"], "the Korean one stays withdrawn"


def test_a_retracted_note_has_nothing_to_hand_out_or_approve(clinic, case):
    with clinic.store.begin(clinic.kim.actor) as work:
        work.retractions.add(case.full, "다른 환자의 기록")
        assert work.summaries.standing(case.full) == ()
        assert work.summaries.recent(datetime(2026, 1, 1, tzinfo=UTC)) == ()
        with pytest.raises(RetractedNoteError):
            work.summaries.approve(case.record, "ko", b"{}", "Dr Kim")


def test_the_reception_shares_and_does_not_approve(clinic, case):
    reception = replace(clinic.kim.actor, account_id=clinic.lee.id, role="patient_services")
    with clinic.store.begin(reception) as work:
        (approval,) = work.summaries.standing(case.full)
        assert [a.id for a in work.summaries.recent(datetime(2026, 1, 1, tzinfo=UTC))] == [approval.id]
        link = work.patient_links.add(approval, "2" * 64, datetime.now(UTC) + timedelta(days=3))
        assert link.id in {each.id for each in work.patient_links.list(case.full)}
        work.patient_links.revoke(link.id)
        for forbidden in (
            lambda: work.summaries.approve(case.record, "ko", b"{}", "Lee"),
            lambda: work.summaries.withhold(case.record, ["p0"]),
            lambda: work.summaries.withheld(case.full, 1),
            lambda: work.summaries.withdraw(case.full),
        ):
            with pytest.raises(NotPermittedError):
                forbidden()


def test_the_latest_choice_of_what_is_kept_off_holds(clinic, case):
    with clinic.store.begin(clinic.kim.actor) as work:
        assert work.summaries.withheld(case.full, 1) is None
        work.summaries.withhold(case.record, ["p1", "p0", "p1"])
        assert work.summaries.withheld(case.full, 1) == {"p0", "p1"}
        work.summaries.withhold(case.record, [])
        assert work.summaries.withheld(case.full, 1) == frozenset()
        assert work.summaries.withheld(case.full, 2) is None


def test_an_address_closes_after_so_many_failures_in_a_row(clinic, case):
    with clinic.store.begin(clinic.service) as work:
        now = work.scope.clock()
        for _ in range(MOST_FAILURES - 1):
            assert work.patient_links.fail(case.link).state(now) == "open"
        work.patient_links.open(case.link)
        for _ in range(MOST_FAILURES - 1):
            assert work.patient_links.fail(case.link).state(now) == "open"
        assert work.patient_links.fail(case.link).state(now) == "locked"
        found = work.patient_links.find("0" * 64)
        assert (found.openings, found.failures, found.state(now)) == (1, MOST_FAILURES, "locked")


def test_only_the_program_opens_addresses(clinic, case):
    for call in ("open", "read", "fail", "refuse", "attempt"):
        with pytest.raises(NotPermittedError), clinic.store.begin(clinic.kim.actor) as work:
            getattr(work.patient_links, call)(case.link)
    with pytest.raises(NotPermittedError), clinic.store.begin(clinic.kim.actor) as work:
        work.patient_links.find("0" * 64)


def test_the_code_and_the_sheet_lie_sealed(clinic, case):
    with clinic.store.begin(clinic.kim.actor) as work:
        approval = work.summaries.approve(case.record, "ko", b"the sheet of somebody", "Dr Kim")
        work.patient_links.add(approval, "3" * 64, datetime.now(UTC) + timedelta(days=3), code="482913")
    with clinic.store.begin(clinic.service) as work:
        assert work.patient_links.find("3" * 64).code == "482913"
    with clinic.store.engine.begin() as connection:
        rows = [
            *connection.exec_driver_sql("SELECT * FROM patient_link").all(),
            *connection.exec_driver_sql("SELECT * FROM summary_approval").all(),
        ]
    assert b"482913" not in repr(rows).encode()
    assert b"the sheet of somebody" not in repr(rows).encode()


def test_an_address_of_another_consultation_is_not_found_by_its_token(clinic, case):
    with clinic.store.begin(clinic.kim.actor) as work:
        assert work.patient_links.of_token(case.full, "0" * 64).id == case.link
        assert work.patient_links.of_token(case.fresh, "0" * 64) is None
    with pytest.raises(NotFoundError), clinic.store.begin(clinic.lee.actor) as work:
        work.patient_links.of_token(case.full, "0" * 64)
