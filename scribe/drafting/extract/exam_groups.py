"""Findings of one turn put together as a record has them: the abdomen with its organs, the heart with its murmur."""

import re
from collections.abc import Sequence
from dataclasses import replace

from scribe.domain.entries import Exam, ExamStatus

# the entry that stands for the region, and what belongs to it where both are told in one turn
_REGIONS: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = (
    (
        re.compile(r"^복부 촉진"),
        re.compile(
            r"^(?:간 촉진|비장 촉진|머피 징후|거미혈관종|복수|복부 팽만|복부 경직|복부 압통|"
            r"(?:왼쪽 |오른쪽 )?(?:명치|배꼽|윗배|상복부|아랫배|우상복부|우하복부|좌상복부|좌하복부|배)"
            r"(?:\s[가-힣]{1,4}){0,2}$|압통$|(?:왼쪽|오른쪽) (?:위|아래)(?: 압통)?$)"
        ),
    ),
    (re.compile(r"^심장 청진"), re.compile(r"^심잡음")),
    (re.compile(r"^정신상태검사"), re.compile(r"^(?:정신상태검사|기분)")),
    (re.compile(r"^폐 청진"), re.compile(r"^폐 청진")),
    (re.compile(r"^외음부"), re.compile(r"^(?:외음부|상처$)")),
    (re.compile(r"^질(?:$|\()"), re.compile(r"^질 분비물")),
)
# signs of the abdomen: denied they belong to it, present they are told for themselves
_SIGNS = re.compile(r"^(?:반발통|장음|맥버니 압통|로브싱 징후|요근 징후)")


def grouped(exams: Sequence[Exam]) -> list[Exam]:
    """The exams of one turn with the members of a region joined to its entry; a region is as abnormal as its worst."""
    kept = _of_one_part(exams)
    for head_name, members in _REGIONS:
        head = next((exam for exam in kept if head_name.match(exam.name)), None)
        if head is None:
            continue
        with_signs = head_name.pattern.startswith("^복부")
        mine = [
            exam
            for exam in kept
            if exam is not head
            and (members.match(exam.name) or (with_signs and exam.status == "normal" and _SIGNS.match(exam.name)))
        ]
        if mine:
            ids = {id(exam) for exam in mine}
            kept = [joined(head, mine) if exam is head else exam for exam in kept if id(exam) not in ids]
    return kept


def _of_one_part(exams: Sequence[Exam]) -> list[Exam]:
    """ "비강(하비갑개)" and "비강(비중격)" are one entry under the first name."""
    kept: list[Exam] = []
    for exam in exams:
        same = next((at for at, one in enumerate(kept) if _part(one) == _part(exam)), None)
        if same is None:
            kept.append(exam)
        else:
            kept[same] = joined(kept[same], [exam])
    return kept


def _part(exam: Exam) -> str:
    return exam.name.partition("(")[0] if not exam.name.startswith("구강") else exam.name


def joined(head: Exam, others: Sequence[Exam]) -> Exam:
    """One entry under the head's name, with the words and the evidence of all in the order of the dialogue."""
    home = head.evidence[0].utterance
    parts = sorted((head, *others), key=lambda exam: (exam.evidence[0].utterance != home, exam.evidence[0].start))
    status: ExamStatus = "abnormal" if any(exam.status == "abnormal" for exam in parts) else "normal"
    said: list[str] = []
    for exam in parts:
        if not any(exam.finding in other for other in said):
            said.append(exam.finding)
    evidence = tuple(dict.fromkeys(item for exam in parts for item in exam.evidence))
    return replace(head, status=status, finding=", ".join(said), evidence=evidence)
