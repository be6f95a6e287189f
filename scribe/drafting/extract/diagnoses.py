"""Diagnoses that the physician names: confirmed, suspected, ruled out."""

import re
from dataclasses import replace

from scribe.domain.entries import KCD8_SYSTEM, Certainty, Code, Diagnosis
from scribe.drafting.assertion import Person, asks_of_family, is_conditional, whose
from scribe.drafting.dialogue import Clause, Dialogue, Turn
from scribe.drafting.extract.wording import disease
from scribe.drafting.lexicon import DiagnosisRow, Table
from scribe.drafting.terms import Mention

_SUSPECTED = re.compile(
    r"의심|^(?:으로|로|인 걸로|인 것으로) (?:보여|보이|보입|생각)|소견(?:이|도)?\s?보|가능성|것 같|거 같|"
    r"(?:\s|인 듯|것|거)같(?:아|네|은데|습|고)|듯(?:해|하|요)|추정|일 수(?:도)? 있|수도 있"
)
_RULED_OUT = re.compile(r"아니(?:에요|고|네|라|야|예요|ㅂ니다|니까)|아닙|아닌|배제|없(?:어요|고|습니다|네요|으니)")
_TO_COME = re.compile(
    r"생길 수|올 수|될 수|될까|생기(?:기|면|지)|예방|위험|걸리(?:면|지|기)|진행(?:되|할) ?수|막으려|"
    r"막는|조심|방지|관리|좋아지|치료제|확인하는|때문에 (?:검사|찍)|보려고|보는 거|감별"
)
_TESTED = re.compile(
    r"음성|양성(?!\s?종양)|검사|나가는|나갈|나가고|접종|백신|일 수 ?(?:도 )?있으니|될 수 ?(?:도 )?있으니"
)
_PAST = re.compile(r"앓으|예전|있으셨|있으신|수술하|옛날|드시고 기침|병력|그때|어릴")
_NOT_DISEASE = re.compile(
    r"(?:도|은|는|을|를|이랑|하고|랑)?\s?(?:[가-힣]+\s)?(?:맞을|맞고|맞으|맞히|맞혀|맞췄|접종|백신)|\s?(?:약|검사|주사|예방|백신|접종|처럼|카드|수치|클리닉|센터|환자|교육|진단서|일기)"
)
_MEASURES = frozenset(
    {"혈압", "당", "간", "콩팥", "신장", "위", "장", "폐", "심장", "콜레스테롤", "당화혈색소", "주사", "물집", "멍"}
)


def diagnoses(dialogue: Dialogue) -> list[Diagnosis]:
    """One entry for each disease; a later firmer or negative word stands."""
    found: dict[str, Diagnosis] = {}
    for turn in dialogue.turns:
        if turn.role != "clinician":
            continue
        named: list[tuple[Mention, Diagnosis]] = []
        for mention in turn.of(Table.DIAGNOSES):
            diagnosis = _diagnosis(dialogue, turn, mention)
            if diagnosis is not None:
                named.append((mention, diagnosis))
        for diagnosis in _named_once(turn, named):
            _add(found, diagnosis)
    return list(found.values())


_IN_OTHER_WORDS = re.compile(
    r"쉽게 (?:말|얘기|설명)|쉬운 말로|그러니까|다시 말|말하자면|"
    r"(?:이?라고|이라고도|라고들)\s?(?:도\s)?(?:하죠|해요|하는|합니다|부르|불러|하지요)|흔히|보통 말하는|일명|즉"
)


def _named_once(turn: Turn, named: list[tuple[Mention, Diagnosis]]) -> list[Diagnosis]:
    """ "급성 인두염이에요. 쉽게 말하면 목감기예요": one disease, under the name that says more of it."""
    kept: list[Diagnosis] = []
    last: Mention | None = None
    for mention, diagnosis in named:
        between = turn.text[last.end : mention.start] if last else ""
        after = turn.text[mention.end : mention.end + 12] if last else ""
        again = last is not None and len(between) < 30 and _IN_OTHER_WORDS.search(between + "|" + after)
        if again and kept and kept[-1].certainty != "ruled_out" and diagnosis.certainty != "ruled_out":
            known = kept[-1]
            evidence = tuple(dict.fromkeys((*known.evidence, *diagnosis.evidence)))
            surely = "suspected" if "suspected" in (known.certainty, diagnosis.certainty) else known.certainty
            fuller = known if _says_more(known, diagnosis) else diagnosis
            kept[-1] = replace(fuller, evidence=evidence, certainty=surely)
        else:
            kept.append(diagnosis)
        last = mention
    return kept


def _says_more(one: Diagnosis, other: Diagnosis) -> bool:
    """The disease with the closer code; of two alike the one that was named first."""
    vague = ("J06.9", "R", "Z")
    codes = [(item.code.code if item.code else "Z") for item in (one, other)]
    return not codes[0].startswith(vague) or codes[1].startswith(vague)


def _add(found: dict[str, Diagnosis], diagnosis: Diagnosis) -> None:
    known = found.get(diagnosis.name)
    if known is None:
        found[diagnosis.name] = diagnosis
        return
    evidence = tuple(dict.fromkeys((*known.evidence, *diagnosis.evidence)))
    rank = {"suspected": 0, "confirmed": 1, "ruled_out": 2}
    firmer = diagnosis if rank[diagnosis.certainty] > rank[known.certainty] else known
    found[diagnosis.name] = replace(firmer, evidence=evidence)


def _diagnosis(dialogue: Dialogue, turn: Turn, mention: Mention) -> Diagnosis | None:
    row = mention.row
    clause = turn.clause_at(max(mention.start, mention.end - 1))
    if not isinstance(row, DiagnosisRow) or not _is_named(turn, mention, clause):
        return None
    if _is_not_now(turn, mention, clause) or whose(dialogue, turn, mention.start).person is not Person.PATIENT:
        return None
    code = Code(system=KCD8_SYSTEM, code=row.kcd, display=row.term) if row.kcd else None
    return Diagnosis(
        id="",
        name=disease(mention) if "형" in row.term else row.term,
        code=code,
        certainty=_certainty(turn, mention, clause),
        evidence=(turn.evidence(clause.start, clause.end),),
        confidence=0.85 if mention.how == "exact" else 0.6,
    )


def _is_named(turn: Turn, mention: Mention, clause: Clause) -> bool:
    """The mention is a disease and no measure, drug, test or organ that sounds like one."""
    after = turn.text[mention.end : clause.end]
    is_syllable = mention.end - mention.start == 1 and mention.surface != "암"
    if isinstance(mention.row, DiagnosisRow) and mention.row.kcd.startswith(("Z5", "Z4", "Z0", "Z1")):
        return False
    if mention.nested or is_syllable or mention.surface in _MEASURES or _NOT_DISEASE.match(turn.text[mention.end :]):
        return False
    if mention.surface == "전이" and not re.match(r"(?:가|는|이)?\s?(?:됐|되|의심|소견|있|아니|아닌|없)", after):
        return False
    return not _is_about_drug(turn, mention) and not _is_symptom_denied(turn, mention, clause)


def _is_not_now(turn: Turn, mention: Mention, clause: Clause) -> bool:
    """Asked, supposed, tested for, feared, past, or of the family."""
    after = turn.text[mention.end : clause.end]
    supposed = clause.is_question or clause.link == "if" or is_conditional(turn, mention)
    told = any(pattern.search(after) for pattern in (_TESTED, _TO_COME, _PAST))
    return supposed or told or asks_of_family(turn, mention.start)


def _certainty(turn: Turn, mention: Mention, clause: Clause) -> Certainty:
    after = turn.text[mention.end : clause.end]
    following = [other for other in turn.clauses if other.start == clause.end and other.sentence == clause.sentence]
    if _RULED_OUT.search(after) and not re.search(r"아닌가|아니냐", after):
        return (
            "suspected"
            if _SUSPECTED.search(after) and "아닌 것" not in after and "아닌 거" not in after
            else "ruled_out"
        )
    near = after + (turn.words(following[0]) if following and clause.link in ("because",) else "")
    return "suspected" if _SUSPECTED.search(near) else "confirmed"


def _is_about_drug(turn: Turn, mention: Mention) -> bool:
    """ "혈압약", "당뇨약": the disease inside a medicine's name."""
    return any(
        other.start <= mention.start and mention.end <= other.end
        for other in turn.of(Table.DRUG_CLASSES, Table.MEDICINES, Table.TESTS)
    )


def _is_symptom_denied(turn: Turn, mention: Mention, clause: Clause) -> bool:
    """A finding told as absent during the examination is no diagnosis ruled out: "부종은 없고요"."""
    after = turn.text[mention.end : clause.end]
    is_finding = any(
        other.start <= mention.start and mention.end <= other.end for other in turn.of(Table.SYMPTOMS, Table.EXAMS)
    )
    return is_finding and bool(re.search(r"없", after))
