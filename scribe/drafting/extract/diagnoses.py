"""Diagnoses that the physician names: confirmed, suspected, ruled out."""

import re
from dataclasses import replace

from scribe.domain.entries import KCD8_SYSTEM, Certainty, Code, Diagnosis
from scribe.drafting.assertion import Person, asks_of_family, is_conditional, whose
from scribe.drafting.dialogue import Clause, Dialogue, Turn
from scribe.drafting.extract.disease_codes import cancer_code, caused_code, injury_of, joint_code
from scribe.drafting.extract.wording import disease
from scribe.drafting.lexicon import DiagnosisRow, Table
from scribe.drafting.terms import Mention

_SUSPECTED = re.compile(
    r"의심|^[^,.]{0,12}?(?:으로|로) (?:보여|보이|보입|보고|봅니|봐야|생각)|쪽(?:이|일|인)|"
    r"소견(?:이|도)?\s?보|가능성|것 같|거 같|"
    r"(?:\s|인 듯|것|거)같(?:아|네|은데|습|고)|듯(?:해|하|요)|추정|일 수(?:도)? 있|수도 있"
)
_RULED_OUT = re.compile(
    r"아니(?!면|냐|어도|라도)[가-힣]|아닙|아닌|아닐|아녜|배제|안 (?:보이|보여|보입|나왔|나오)|"
    r"(?:보이|같|맞)(?:지|진)(?:는|가|도)?\s?않|거리가 (?:멀|있)|"
    r"^(?:이?랑|하고|과|와)(?:은|는|도)?\s[^,.]{0,12}?(?:달라|다르|다릅|다른 (?:병|거|양상|모양))|"
    r"없(?:어요|고|습니다|네요|으니)"
)
_TO_COME = re.compile(
    r"없어도|아니어도|아니라도|까지(?:는|도|야)?\s?(?:안|가|갈)|되기 전|넘어가|합병|같은 거 (?:빼|배제|확인|보)|"
    r"빼 봐야|배제해야|한테(?:는|도)? 옮|옮기|옮을|번지|터지|생길 수|올 수|될 수|될까|생기(?:기|면|지)|"
    r"예방|위험|걸리(?:면|지|기)|진행(?:되|할) ?수|막으려|막는|조심|방지|관리|좋아지|치료제|확인하는|"
    r"때문에 (?:검사|찍)|보려고|보는 거|감별"
)
# neither held nor ruled out: "당뇨로 보긴 어려워요", "암일 가능성은 낮아요"
_UNSETTLED = re.compile(
    r"보기(?:는|엔|에는|가)?\s?(?:[가-힣]+\s)?(?:어렵|어려|힘들|애매)|보긴\s?(?:[가-힣]+\s)?(?:어렵|어려|힘들|애매)|"
    r"(?:가능성|확률|의심)(?:은|이|도)?\s?(?:[가-힣]+\s){0,2}?"
    r"(?:낮|적[어습네은고]|떨어|희박|별로|거의 없|크지 않|높지 않)|"
    r"할 (?:수|순)(?:는|가)? 없|단정|아니었으면|^\s?,?\s?아니(?:다)?[\s,…]|줄 알았|몰라도|모르지만"
)
# "폐렴은 다행히 안 왔네요", "천식으로 진행되지는 않았어요"; not "폐렴이 안 나았어요"
_NOT_COME = re.compile(
    r"(?:안|못)\s(?:왔|생겼|생긴|걸렸|걸리신|걸린|됐|된|퍼졌|번졌|옮았|옮은|가졌)|"
    r"(?<![가-힣])(?:오|생기|걸리|되|퍼지|번지|가)(?:지|진)(?:는|도)?\s?않"
)
_LOOKS_OTHER = re.compile(r"(?:보이|같|맞)(?:지|진)(?:는|가|도)?\s?않")
_TESTED = re.compile(
    r"음성|양성(?!\s?종양)|검사|나가는|나갈|나가고|접종|백신|일 수 ?(?:도 )?있으니|될 수 ?(?:도 )?있으니"
)
_PAST = re.compile(
    r"있었|왔었|하셨었|였었|앓은|앓았|전에 있던|앓으|예전|있으셨|있으신|수술하|옛날|드시고 기침|병력|그때|어릴"
)
_NOT_DISEASE = re.compile(
    r"(?:도|은|는|을|를|이랑|하고|랑)?\s?(?:[가-힣]+\s)?(?:맞을|맞고|맞으|맞히|맞혀|맞췄|접종|백신)|\s?(?:약|검사|주사|예방|백신|접종|처럼|카드|수치|클리닉|센터|환자|교육|진단서|일기)"
)
_BESIDE = 6
_SHORT = 30
_COMPLICATED = ("E1",)  # diabetes and each of its complications are diagnoses of their own
# encounters for procedures, vaccination and pregnancy care
_NO_DISEASE_CODES = ("Z0", "Z1", "Z2", "Z3", "Z4", "Z5")
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
        asserted = {diagnosis.name for mention, diagnosis in named if _ASSERTED.match(turn.text, mention.end)}
        for diagnosis in _named_once(turn, named):
            _add(found, diagnosis, is_asserted=diagnosis.name in asserted)
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
        reworded = len(between) < _SHORT and _IN_OTHER_WORDS.search(between + "|" + after)
        again = last is not None and (reworded or (kept and _is_apposed(between, kept[-1], diagnosis)))
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


def _is_apposed(between: str, one: Diagnosis, other: Diagnosis) -> bool:
    """ "목감기, 급성 인두염이", "바이러스 장염, 아마 노로": two names of one family side by side."""
    families = {item.code.code[:2] for item in (one, other) if item.code}
    beside = re.fullmatch(r"\s?,\s(?:아마\s|그러니까\s|즉\s)?|(?:형|성)?\s?", between)
    return beside is not None and (len(families) == 1 or not between.strip().startswith(","))


def _says_more(one: Diagnosis, other: Diagnosis) -> bool:
    """The disease with the closer code; of two alike the one that was named first."""
    vague = ("J06.9", "R", "Z")
    codes = [(item.code.code if item.code else "Z") for item in (one, other)]
    return not codes[0].startswith(vague) or codes[1].startswith(vague)


def _add(found: dict[str, Diagnosis], diagnosis: Diagnosis, *, is_asserted: bool) -> None:
    """A mention in passing ("농가진 가라앉고") makes no suspicion firmer."""
    name = _same_disease(found, diagnosis)
    known = found.pop(name) if name else None
    if known is None:
        found[diagnosis.name] = diagnosis
        return
    if name != diagnosis.name and _is_unspecified(diagnosis):
        diagnosis = replace(known, evidence=diagnosis.evidence, certainty=diagnosis.certainty)
    elif name != diagnosis.name:
        known = replace(diagnosis, evidence=known.evidence, certainty=known.certainty)
    evidence = tuple(dict.fromkeys((*known.evidence, *diagnosis.evidence)))
    rank = {"suspected": 0, "confirmed": 1, "ruled_out": 2}
    if known.certainty == "suspected" and diagnosis.certainty == "confirmed" and not is_asserted:
        diagnosis = known
    firmer = diagnosis if rank[diagnosis.certainty] > rank[known.certainty] else known
    found[diagnosis.name] = replace(firmer, evidence=evidence)


def _diagnosis(dialogue: Dialogue, turn: Turn, mention: Mention) -> Diagnosis | None:
    row = mention.row
    clause = turn.clause_at(max(mention.start, mention.end - 1))
    if not isinstance(row, DiagnosisRow) or not _is_named(turn, mention, clause):
        return None
    if _is_not_now(turn, mention, clause) or whose(dialogue, turn, mention.start).person is not Person.PATIENT:
        return None
    name, kcd = _closer(dialogue, turn, mention, row, clause)
    return Diagnosis(
        id="",
        name=name,
        code=Code(system=KCD8_SYSTEM, code=kcd, display=name) if kcd else None,
        certainty=_certainty(turn, mention, clause),
        evidence=(turn.evidence(clause.start, clause.end),),
        confidence=0.85 if mention.how == "exact" else 0.6,
    )


def _closer(dialogue: Dialogue, turn: Turn, mention: Mention, row: DiagnosisRow, clause: Clause) -> tuple[str, str]:
    """The name, and the code by the site or the cause that was said with the disease."""
    name = disease(mention) if "형" in row.term else row.term
    located = injury_of(row.term, turn.words(clause), turn.text)
    if located is not None:
        return located
    if row.term == "암":
        near = dialogue.turns[max(0, turn.index - 3) : turn.index + 1]
        whole = " ".join(other.text for other in dialogue.turns)
        return name, cancer_code(" ".join(other.text for other in near)) or cancer_code(whole) or row.kcd
    if row.term == "골관절염":
        return name, joint_code(" ".join(other.text for other in dialogue.turns)) or row.kcd
    return name, caused_code(row.term, turn.words(clause), turn.text) or _of_pregnancy(dialogue, row.term) or row.kcd


def _of_pregnancy(dialogue: Dialogue, term: str) -> str | None:
    if term not in _IN_PREGNANCY or not any(_PREGNANT.search(other.text) for other in dialogue.turns):
        return None
    return _IN_PREGNANCY[term]


_IN_PREGNANCY = {"빈혈": "O99.0", "철결핍빈혈": "O99.0", "당뇨병": "O24.9", "고혈압": "O13", "빈혈증": "O99.0"}
_PREGNANT = re.compile(r"임신 [가-힣\d]+ ?주|주수|산모|태아|양수|임당|태동|분만 ?예정|산전 ?(?:검사|진찰)")
_PREDICATED = re.compile(
    r"^\s?(?:이에요|예요|입니다|이네|네요|이고|인데|이라|라고|이죠|죠|으로|로|이 맞|가 맞|이 의심|가 의심|의심|소견|"
    r"(?:이|가|은|는) (?:[가-힣]+\s){0,3}?(?:심|있(?!으시|으세)|생|온|왔|겹|보여|보입)|은 아니|는 아니|도 아니|이 아니|"
    r"아니|증|증이|일 가능|쪽|인 것|인 거|같)|진단"
)
_ASSERTED = re.compile(
    r"\s?(?:이에요|예요|입니다|이네|네요|이\s?맞|가 맞|맞|이고|이죠|으로 (?:나왔|확인|진단)|로 (?:나왔|확인|진단))"
)
_VACCINES = re.compile(
    r"접종|백신|예방 ?주사|디피티|폴리오|비씨지|[일이삼사] 차(?:를|가|까지|도|는)|세 번 다|두 번 다|밀렸"
)
_KNOWN = re.compile(
    r"^(?:이|가|도|은|는)?\s?(?:있으시니|있으셔서|있으신|시니까|이시니|시라|이시라|이셔서|셔서|으로 드시|때문에 드시)"
)
_BARE_LIST = re.compile(r"^[^.?!]*(?:이나|든지|나)\s[가-힣\s]+(?:온 적|있던 적|앓은 적|적|은)?\s*[.…]*$")


def _same_disease(found: dict[str, Diagnosis], diagnosis: Diagnosis) -> str | None:
    """The entry of the same name, or of the same KCD category where one of the two leaves the kind open."""
    if diagnosis.name in found:
        return diagnosis.name
    for name, known in found.items():
        codes = [item.code.code for item in (known, diagnosis) if item.code]
        alike = len(codes) == len((known, diagnosis)) and codes[0][:3] == codes[1][:3]
        open_ended = _is_unspecified(known) or _is_unspecified(diagnosis)
        if alike and open_ended and known.certainty == diagnosis.certainty and not codes[0].startswith(_COMPLICATED):
            return name
    return None


def _is_unspecified(diagnosis: Diagnosis) -> bool:
    return diagnosis.code is not None and diagnosis.code.code.endswith(".9")


def _is_named(turn: Turn, mention: Mention, clause: Clause) -> bool:
    """The mention is a disease and no measure, drug, test or organ that sounds like one."""
    after = turn.text[mention.end : clause.end]
    is_syllable = mention.end - mention.start == 1 and mention.surface != "암"
    if isinstance(mention.row, DiagnosisRow) and mention.row.kcd.startswith(_NO_DISEASE_CODES):
        return False
    if mention.nested or is_syllable or mention.surface in _MEASURES or _NOT_DISEASE.match(turn.text[mention.end :]):
        return False
    is_part = bool(mention.start) and "가" <= turn.text[mention.start - 1] <= "힣"
    if is_part or (_is_also_symptom(turn, mention) and not _PREDICATED.search(after)):
        return False
    if mention.surface == "전이" and not re.match(r"(?:가|는|이)?\s?(?:됐|되|의심|소견|있|아니|아닌|없)", after):
        return False
    return not _is_about_drug(turn, mention) and not _is_symptom_denied(turn, mention, clause)


def _is_not_now(turn: Turn, mention: Mention, clause: Clause) -> bool:
    """Asked, supposed, tested for, feared, past, or of the family."""
    after = turn.text[mention.end : clause.end]
    if after.rstrip(" ,").endswith(("라고", "라고는", "라곤")):  # what is said of it follows
        after = turn.text[mention.end : turn.sentence_of(clause)[-1].end]
    sentence = turn.sentence_text(clause)
    supposed = clause.is_question or clause.link == "if" or is_conditional(turn, mention)
    if _VACCINES.search(sentence) or _KNOWN.match(after) or _is_test_listed(turn, mention, clause):
        return True
    if _BARE_LIST.match(sentence) and _follows_question(turn, clause) and not _RULED_OUT.search(after):
        return True
    told = any(pattern.search(after) for pattern in (_TESTED, _TO_COME, _PAST, _UNSETTLED))
    return supposed or told or asks_of_family(turn, mention.start)


def _certainty(turn: Turn, mention: Mention, clause: Clause) -> Certainty:
    after = turn.text[mention.end : clause.end]
    following = [other for other in turn.clauses if other.start == clause.end and other.sentence == clause.sentence]
    if _LOOKS_OTHER.search(after) or _NOT_COME.search(after):
        return "ruled_out"
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


def _is_also_symptom(turn: Turn, mention: Mention) -> bool:
    """두통, 변비, 두드러기: a symptom as well as a diagnosis."""
    return any(
        other.start <= mention.start and mention.end <= other.end
        for other in turn.of(Table.SYMPTOMS, Table.EXAMS)
        if mention.end - mention.start == other.end - other.start or other.how == "exact"
    )


def _is_test_listed(turn: Turn, mention: Mention, clause: Clause) -> bool:
    """ "피검사는 TSH, 매독, 간 기능": a disease among the tests to be done."""
    tests = [test for test in turn.of(Table.TESTS) if clause.start <= test.start < clause.end]
    beside = [
        test for test in tests if abs(test.start - mention.end) <= _BESIDE or abs(mention.start - test.end) <= _BESIDE
    ]
    return len(tests) > 1 and bool(beside)


def _follows_question(turn: Turn, clause: Clause) -> bool:
    return any(other.is_question and other.sentence == clause.sentence - 1 for other in turn.clauses)


def _is_symptom_denied(turn: Turn, mention: Mention, clause: Clause) -> bool:
    """A finding told as absent during the examination is no diagnosis ruled out: "부종은 없고요"."""
    after = turn.text[mention.end : clause.end]
    is_finding = any(
        other.start <= mention.start and mention.end <= other.end for other in turn.of(Table.SYMPTOMS, Table.EXAMS)
    )
    return is_finding and bool(re.search(r"없", after))
