"""What the verifier says of a statement."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from scribe.domain.entries import Evidence
from scribe.drafting.particles import with_particle


class Check(StrEnum):
    """What was found wrong; the codes are stable."""

    NO_EVIDENCE = "no_evidence"
    NUMBER = "number"
    RETRACTED = "retracted"
    UNIT = "unit"
    DRUG = "drug"
    POLARITY = "polarity"
    SIDE = "side"
    TIME = "time"
    ACTION = "action"
    ROUTE = "route"
    SUBJECT = "subject"
    CERTAINTY = "certainty"
    SUPPOSED = "supposed"
    FINDING = "finding"
    WORD = "word"


_MESSAGES = {
    Check.NO_EVIDENCE: "근거가 되는 발화를 찾지 못했습니다.",
    Check.NUMBER: "{called}는 수치가 근거 발화에 없습니다.",
    Check.RETRACTED: "{topic} 말하다가 고치거나 쓰지 않기로 한 값입니다.",
    Check.UNIT: "‘{word}’의 단위가 근거 발화와 다릅니다.",
    Check.DRUG: "약 이름 {subject} 근거 발화에 없습니다.",
    Check.POLARITY: "‘{word}’의 있고 없음이 근거 발화와 다릅니다.",
    Check.SIDE: "‘{word}’ 방향이 근거 발화와 다릅니다.",
    Check.TIME: "{called}는 때가 근거 발화에 없습니다.",
    Check.ACTION: "처방의 시작·유지·변경·중단(‘{word}’)이 근거 발화와 다릅니다.",
    Check.ROUTE: "투여 경로 {subject} 근거 발화에 없습니다.",
    Check.SUBJECT: "‘{word}’에 관한 말인지 근거 발화와 다릅니다 (환자와 가족의 구분).",
    Check.CERTAINTY: "확진·의심·배제(‘{word}’)가 근거 발화와 다릅니다.",
    Check.SUPPOSED: "{topic} 대화에서 만일의 경우로만 말했습니다.",
    Check.FINDING: "{subject} 근거 발화에 없습니다.",
    Check.WORD: "‘{word}’에 해당하는 말을 근거 발화에서 찾지 못했습니다.",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a statement is not fully supported: the check that failed and the words of the statement it failed on.

    ``said`` is what the dialogue has instead, where that can be told, and ``of`` what is compared ("용량").
    """

    check: Check
    word: str = ""
    said: str = ""
    of: str = ""

    @property
    def message(self) -> str:
        """One sentence for the clinician: "용량 다름: 대화 500 mg ↔ 문장 250 mg"."""
        if self.said:
            return f"{self.of} 다름: 대화 {self.said} ↔ 문장 {self.word}"
        quoted = f"‘{self.word}’"
        return _MESSAGES[self.check].format(
            word=self.word,
            called=with_particle(quoted, "이라"),
            topic=with_particle(quoted, "은"),
            subject=with_particle(quoted, "이"),
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement of one statement; ``evidence`` is what it was judged against.

    "none" where the evidence contradicts the statement or lacks a number, drug, side, time, action or person that it
    states; "partial" where only some words are not found in the evidence.
    """

    statement: str
    support: Literal["supported", "partial", "none"]
    reasons: tuple[Reason, ...] = ()
    evidence: tuple[Evidence, ...] = ()
