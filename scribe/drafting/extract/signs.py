"""What the physician sees on a part of the body and says aloud: swelling, redness, a rash, or none."""

import re
from collections.abc import Sequence

from scribe.domain.entries import Exam, ExamStatus
from scribe.drafting.assertion import is_conditional, polarity
from scribe.drafting.dialogue import Clause, Turn
from scribe.drafting.extract.examining import SIDE, side
from scribe.drafting.lexicon import Table
from scribe.drafting.terms import Mention

_ADVERBS = r"(?:(?:좀|조금|약간|살짝|많이|꽤|아주|다|양쪽|전혀|별로|안|주위로|가볍게|아직|더)\s)*"
_VISIBLE = re.compile(
    r"부종|발적|압통|발진|두드러기|팽진|종창|출혈반|궤양|멍|위축|열감|떨림|진전|창백|황달|삼출|수포|물집|부기|붓기|"
    r"강직|함몰|변형|종괴|결절|반발통|협착음|천명"
)
_ON_SKIN = re.compile(r"^(?:두드러기|발진|팽진|수포|물집|출혈반|멍|궤양|홍반)")
_PLACE = re.compile(
    r"(?P<place>(?:[가-힣A-Za-z]+\s)?[가-힣A-Za-z]+\s?(?:부위|자리))(?:는|은|도|가|에)\s"
    r"(?:(?:좀|조금|약간|살짝|아주|다)\s)?(?P<state>깨끗|괜찮|멀쩡|잘 아물|빨갛|빨개|벌겋|부었|부어|진물|고름|지저분)"
)
# what is meant by the throat or the neck shows in what is said of it
_THROAT = re.compile(
    rf"(?<![가-힣])목(?:은|이|도|안이|안은)\s{_ADVERBS}(?P<state>빨갛|빨개|벌겋|벌개|부었|부어|붓|충혈|헐|깨끗|괜찮)"
)
_NECK = re.compile(rf"(?<![가-힣])(?:목|고개)(?:은|이|도|는|가)\s{_ADVERBS}(?:부드럽게\s)?(?:잘\s)?(?:숙여|뻣뻣|굽혀)")
_SIGNS = (
    (r"부어|부었|부은|붓|부으", "부종"),
    (r"빨갛|빨개|벌겋|벌개|붉|발적|충혈", "발적"),
    (r"압통|누르(?:면|니까|시면)?\s?아프|아프", "압통"),
    (r"멍(?:이|도|은)?\s?(?:들|있|없)", "멍"),
    (r"헐었|헐어|궤양", "궤양"),
    (r"튀어나|볼록", "융기"),
    (r"처졌|처져", "처짐"),
    (r"오목|쑥\s?들어가|눌리", "부종"),
    (r"마찰음|염발음|삐걱", "마찰음"),
    (r"차갑|차네|차고", "냉감"),
    (r"뜨거|뜨끈|열감", "열감"),
)
_FINE = re.compile(r"괜찮|깨끗|정상|멀쩡|이상\s?(?:은|이)?\s?없|문제\s?없")
_SEEN = re.compile(
    r"네요|있어요|없어요|없고|있고|돼 있|어 있|아 있|[었았했]어요|[었았했]고|[었았했]습니다|고요|"
    r"습니다|깨끗|괜찮|고[,.\s]*$|개요|들리"
)
_AHEAD = re.compile(
    r"드릴게|처방|할게요|정리|소독|제거|부터|됐고|나흘|때까지|멈추고|끊고|전화|오시|수도 있|수 있|생기|"
    r"오세요|가세요|마세요|보세요|주세요|때문|면\s|거든요|보입니다만|의심"
)


_NOT_NOW = re.compile(r"(?:지난번|저번|예전|전에는|지난주|지난달)|(?:다고요|라고요|다면서요|하셨죠)\s*[.?!]*\s*$")


def signs(turn: Turn, examined: Sequence[Exam]) -> list[Exam]:
    """Visible signs that a clinician's turn states of a part of the body, unless an examination already holds them."""
    taken = [(item.start, item.end) for exam in examined for item in exam.evidence if item.utterance == turn.id]
    found: dict[str, Exam] = {}
    for clause in turn.clauses:
        ahead = [other for other in turn.sentence_of(clause) if other.start >= clause.start]
        if clause.is_question or any(other.link == "if" for other in ahead) or _AHEAD.search(turn.words(clause)):
            continue
        if _NOT_NOW.search(turn.sentence_text(clause)):
            continue
        if not _SEEN.search(turn.words(clause)) or any(s < clause.end and clause.start < e for s, e in taken):
            continue
        if _is_pictured(turn, clause):
            continue
        seen = _of_throat(turn, clause) or _of_place(turn, clause) or _of_symptom(turn, clause)
        for exam in (seen or _of_site(turn, clause) or _clean(turn, clause), *_sides_too(turn, clause, examined)):
            if exam is not None:
                found.setdefault(exam.name, exam)
    return list(found.values())


def _is_pictured(turn: Turn, clause: Clause) -> bool:
    """Seen in a picture or a tracing ("초음파에서 … 혹이 있어요"): a result and no examination."""
    sentence = turn.sentence_of(clause)
    return any(sentence[0].start <= test.start < clause.end for test in turn.of(Table.TESTS))


def _of_throat(turn: Turn, clause: Clause) -> Exam | None:
    """ "목은 살짝 빨갛고" is the pharynx, "목도 잘 숙여지고" the neck."""
    words = turn.words(clause)
    if found := _THROAT.search(words):
        return _exam(
            turn,
            clause,
            "인두",
            "normal" if found["state"] in ("깨끗", "괜찮") or " 안 " in found.group() else "abnormal",
        )
    if found := _NECK.search(words):
        is_stiff = "뻣뻣" in found.group() or re.search(r"\s안\s", found.group())
        return _exam(turn, clause, "경부 강직", "abnormal" if is_stiff else "normal")
    return None


def _of_place(turn: Turn, clause: Clause) -> Exam | None:
    """ "가슴 포트 자리도 깨끗하고": a place that the physician names in their own words."""
    found = _PLACE.search(turn.words(clause))
    if found is None:
        return None
    is_fine = re.match(r"깨끗|괜찮|멀쩡|잘 아물", found["state"]) or re.match(
        r"[가-힣]*(?:이|은|도|가)?\s(?:없|안)", turn.words(clause)[found.end("state") :]
    )
    return _exam(turn, clause, found["place"], "normal" if is_fine else "abnormal")


_GONE = re.compile(r"(?:이|가|은|는|도)?\s(?:이제\s)?(?:다\s|완전히\s|싹\s)?(?:빠졌|빠지셨|가라앉았|없어졌|사라졌)")


def _of_symptom(turn: Turn, clause: Clause) -> Exam | None:
    """ "다리는 안 부었어요": a symptom that can be seen, with whether it is there."""
    for mention in turn.of(Table.SYMPTOMS):
        inside = clause.start <= mention.start and mention.end <= clause.end
        if not inside or mention.nested or not _VISIBLE.search(mention.row.term) or is_conditional(turn, mention):
            continue
        absent = polarity(turn, mention) == "absent" or bool(_GONE.match(turn.text, mention.end))
        if (near := _near(turn, mention)) and near.split(" ")[0] in mention.row.term:
            sign = mention.row.term.replace(near.split(" ")[0], "", 1).strip()
            return _exam(turn, clause, f"{near} {sign}", "normal" if absent else "abnormal")
        part, _, rest = mention.row.term.partition(" ")
        sites = [site.surface for site in turn.of(Table.BODY_SITES) if mention.start <= site.start < mention.end]
        named = next((site for site in turn.of(Table.BODY_SITES) if mention.start <= site.start < mention.end), None)
        if named is not None and rest and named.row.term == part and named.surface not in (part, *_VAGUE):
            name = _placed(turn, clause, mention, f"{named.surface} {rest}")
            return _exam(turn, clause, name, "normal" if absent else "abnormal")
        if sites and sites[0] != part and sites[0].endswith(part):
            name = mention.row.term.replace(part, sites[0], 1)
            return _exam(turn, clause, _sided(turn, clause, mention, name), "normal" if absent else "abnormal")
        name = f"피부 {mention.row.term}" if _ON_SKIN.search(mention.row.term) else mention.row.term
        if name.startswith("피부") and (place := _place_before(turn, clause, mention)):
            name = place
        return _exam(turn, clause, _sided(turn, clause, mention, name), "normal" if absent else "abnormal")
    return None


_VAGUE = ("쪽", "부위")
_SIDE_WORDS = re.compile(r"((?:(?:왼쪽|오른쪽|양쪽|바깥쪽|안쪽|앞쪽|뒤쪽|위쪽|아래쪽)\s)+)$")


def _placed(turn: Turn, clause: Clause, mention: Mention, name: str) -> str:
    """With the words of place before the part: "바깥쪽 복사뼈 부종"."""
    found = _SIDE_WORDS.search(turn.text, clause.start, mention.start)
    return f"{found.group(1)}{name}" if found else name


_MUCOSA = re.compile(r"입|혀|잇몸|구강|목구멍|목 안|편도|볼 안|눈|코")


def _place_before(turn: Turn, clause: Clause, mention: Mention) -> str:
    """The parts named before a lesion of the skin: "손바닥, 발바닥 피부", "입천장 병변"."""
    sites = [site for site in turn.of(Table.BODY_SITES) if clause.start <= site.start < mention.start]
    sites = [site for site in sites if site.surface not in ("위", "밑", "몸", "온몸", "전신")]
    if not sites:
        return ""
    place = turn.text[sites[0].start : sites[-1].end] if len(sites) < 4 else ", ".join(s.surface for s in sites)
    return f"{place} 병변" if _MUCOSA.match(place) else f"{place} 피부"


_NEAR = re.compile(r"\s(?:뒤|앞|밑|아래|위|안쪽|바깥쪽|주위|옆)(?=[은는이가도에])")


_OUTER = frozenset(
    {
        "귀",
        "눈",
        "입",
        "코",
        "볼",
        "얼굴",
        "손",
        "발",
        "팔",
        "다리",
        "무릎",
        "어깨",
        "등",
        "발목",
        "손목",
        "두피",
        "눈꺼풀",
    }
)


def _clean(turn: Turn, clause: Clause) -> Exam | None:
    """ "귀도 깨끗하고": an outer part that looks well."""
    for site in turn.of(Table.BODY_SITES):
        inside = clause.start <= site.start and site.end <= clause.end
        if (
            inside
            and site.surface in _OUTER
            and re.match(rf"(?:은|는|도)\s{_ADVERBS}(?:깨끗|괜찮|멀쩡)", turn.text[site.end :])
        ):
            return _exam(turn, clause, _sided(turn, clause, site, f"{site.surface} 진찰"), "normal")
    return None


def _near(turn: Turn, mention: Mention) -> str | None:
    """The part with where on it: "귀 뒤"."""
    for site in turn.of(Table.BODY_SITES):
        if mention.start <= site.start < mention.end and (place := _NEAR.match(turn.text, site.end)):
            return site.surface + place.group()
    return None


def _of_site(turn: Turn, clause: Clause) -> Exam | None:
    """ "윗입술이 살짝 부었네요": a part with a sign on it."""
    for site in turn.of(Table.BODY_SITES):
        if not (clause.start <= site.start and site.end <= clause.end) or len(site.surface) < 2:
            continue
        words = turn.text[site.end : clause.end]
        for pattern, sign in _SIGNS:
            if match := re.match(rf"(?:이|가|은|는|도|에)?\s{_ADVERBS}(?:[가-힣]+(?:이|가|은)\s)?(?:{pattern})", words):
                if sign == "발적" and re.match(r"에\s", words):
                    continue
                denied = bool(re.search(r"(?:^|\s)안\s", match.group())) or bool(
                    re.match(
                        r"[가-힣]*지\s?않|[가-힣]{0,2}(?:은|는|이|도)?\s?(?:(?:거|데|곳|건|것)(?:은|는|도|가)?\s)?없",
                        words[match.end() :],
                    )
                )
                status: ExamStatus = "normal" if denied else "abnormal"
                return _exam(turn, clause, _sided(turn, clause, site, f"{site.surface} {sign}"), status)
    return None


def _sides_too(turn: Turn, clause: Clause, examined: Sequence[Exam]) -> list[Exam]:
    """ "오른쪽 고막이 빨갛네요. 왼쪽은 괜찮아요": the other side of the part that was just examined."""
    words = turn.words(clause)
    match = re.match(r"\s*(왼쪽|오른쪽|반대쪽|좌측|우측)(?:은|는|도)\s", words)
    if not match or turn_has_part(turn, clause):
        return []
    before = [exam for exam in examined if any(e.utterance == turn.id and e.end <= clause.end for e in exam.evidence)]
    sided = [exam for exam in before if SIDE.match(exam.name) and SIDE.match(exam.name + " ")]
    if not sided or not _FINE.search(words):
        return []
    known, _, part = sided[-1].name.partition(" ")
    other = side(match.group(1))
    other = ("왼쪽" if known == "오른쪽" else "오른쪽") if other == "반대쪽" else other
    return [_exam(turn, clause, f"{other} {part}", "normal")] if other != known else []


def turn_has_part(turn: Turn, clause: Clause) -> bool:
    """The clause names a part of the body or an examination of its own."""
    return any(
        clause.start <= mention.start < clause.end for mention in turn.of(Table.BODY_SITES, Table.EXAMS, Table.SYMPTOMS)
    )


def _sided(turn: Turn, clause: Clause, mention: Mention, name: str) -> str:
    found = SIDE.search(turn.text, max(clause.start, mention.start - 5), mention.start)
    return f"{side(found.group(1))} {name}" if found else name


def _exam(turn: Turn, clause: Clause, name: str, status: ExamStatus) -> Exam:
    said = re.sub(r"\s+", " ", turn.words(clause)).strip(" .,?!")
    evidence = (turn.evidence(clause.start, clause.end),)
    return Exam(id="", name=name, status=status, finding=said, evidence=evidence, confidence=0.8)
