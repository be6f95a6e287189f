"""What a result is a result of: tests of the lexicon, and analytes and scores that are only spoken of in results."""

import re
from dataclasses import dataclass

from scribe.drafting.dialogue import Turn
from scribe.drafting.extract.wording import display
from scribe.drafting.lexicon import Table, TestRow
from scribe.drafting.terms import Mention

# name in the record and how it is said; read in results only, so that none becomes an order
_SPOKEN: tuple[tuple[str, str, str], ...] = (
    ("백혈구", r"와이트|더블유비씨", "lab"),
    ("헤모글로빈", r"헤모큐|헤모\s?수치|에이치비|Hb", "lab"),
    ("혈소판", r"플레이트렛|플레이틀릿|피엘티", "lab"),
    ("당화혈색소", r"당화(?!혈|색|알)|에이원씨|A1c", "lab"),
    ("인", r"인(?=[은이]\s|\s[일이삼사오육칠]\s?점)|무기인|인산염|포스페이트", "lab"),
    ("비타민 D", r"비타민\s?[디D]|vitamin D", "lab"),
    ("마그네슘", r"마그네슘|Mg", "lab"),
    ("중탄산염", r"비카브|바이카보네이트|중탄산염?|HCO3", "lab"),
    ("동맥혈 이산화탄소분압", r"피씨오투|pCO2|PCO2|이산화탄소(?:\s?분압)?", "lab"),
    ("동맥혈 산소분압", r"피오투|pO2|PO2|산소\s?분압", "lab"),
    ("산도(pH)", r"(?:질\s?)?산도|pH|피에이치(?!큐)", "lab"),
    ("단백뇨", r"단백뇨|소변\s?단백(?!\s?(?:은|이)?\s?(?:UPCR|유피씨알|ACR))|요단백", "lab"),
    ("요당", r"소변\s?당|요당|소변에서?\s?당", "lab"),
    ("단백뇨", r"단백(?=[은이도]?\s(?:원|투|쓰리|포|음성|양성|트레이스|네거|없))", "lab"),
    ("요당", r"당(?=[은이도]?\s(?:원|투|쓰리|포|음성|양성|트레이스|네거)\s?)", "lab"),
    ("요 잠혈", r"잠혈|소변\s?(?:에서\s?)?(?:피|혈뇨)(?=는|가|도|\s?(?:원|투|쓰리|양성|음성|없))", "lab"),
    ("아질산염", r"니트라이트|나이트라이트|아질산염?|nitrite", "lab"),
    ("균사", r"균사", "lab"),
    ("클루 셀", r"클루\s?셀|단서\s?세포|clue cell", "lab"),
    ("트리코모나스", r"트리코모나스|트리코", "lab"),
    ("습식 도말", r"습식\s?도말|wet smear", "lab"),
    ("헬리코박터", r"헬리코박터(?:균)?(?=[은는이가도\s])|CLO|씨엘오|요소호기검사", "lab"),
    ("임신반응검사", r"(?:베타\s?)?(?:에이치씨지|hCG|HCG)|임신\s?(?:테스트기|반응)", "lab"),
    ("심초음파 EF", r"EF|이에프|박출률|구혈률|구출률", "function"),
    ("공복혈당", r"공복(?=[이은]\s)", "lab"),
    ("PHQ-9 9번 문항", r"(?:아홉|구|9)\s?번\s?(?:문항|질문)", "score"),
    (
        "전립선 용적",
        r"전립선\s?(?:크기|용적|무게)|전립선(?=[이은]?\s[일이삼사오육칠팔구십백\d]+\s?(?:그램|g|씨씨))",
        "function",
    ),
    ("최대 요속", r"소변\s?(?:나오는\s?)?속도|(?:최대|최고)?\s?요속|Qmax|큐맥스", "function"),
    ("소변량", r"소변(?=[은이]?[\s,]+(?:(?:아침까지|밤새|하루|총)\s)?[일이삼사오육칠팔구]?[천백])|유린", "lab"),
    ("배뇨량", r"본\s?양|배뇨량|보신\s?양", "function"),
    ("잔뇨량", r"남은\s?소변(?:량|양)?|잔뇨량?", "function"),
    ("무호흡저호흡지수(AHI)", r"AHI|에이에이치아이|무호흡\s?지수", "function"),
    ("1초율", r"FEV1\s?/\s?FVC|일초율|1초율", "function"),
    ("노력성 폐활량", r"FVC|에프브이씨|폐활량", "function"),
    ("PHQ-9", r"PHQ-?\s?(?:9|나인|구)?|피에이치큐\s?(?:나인|구|9)?|우울증?\s?(?:척도|점수|설문)", "score"),
    ("GAD-7", r"GAD-?\s?(?:7|세븐|칠)?|지에이디\s?(?:세븐|칠|7)?|불안\s?(?:척도|점수|설문)", "score"),
    ("불면증 심각도 지수(ISI)", r"ISI|아이에스아이|불면증?\s?(?:척도|점수)", "score"),
    ("알코올 사용장애 선별검사(AUDIT)", r"AUDIT|오딧", "score"),
    ("벡 우울척도", r"BDI|비디아이|벡\s?우울", "score"),
    ("ADHD 평가척도", r"K-?ARS|ADHD\s?(?:평가\s?)?척도|에이디에이치디\s?척도|코너스|ASRS", "score"),
    ("국제전립선증상점수(IPSS)", r"IPSS|아이피에스에스|전립선\s?(?:증상\s?)?(?:설문\s?)?점수", "score"),
    ("천식조절검사(ACT)", r"ACT|천식\s?조절\s?(?:검사|점수)", "score"),
    ("DAS28", r"DAS\s?28|다스\s?이십팔|질병\s?활성도(?:\s?점수)?", "score"),
)
_PATTERNS = [
    (name, re.compile(rf"(?<![가-힣A-Za-z])(?:{said})(?![A-Za-z])"), category) for name, said, category in _SPOKEN
]
_URINE = re.compile(r"(?:유에이|UA|소변\s?(?:검사)?)(?:에서는?|에는?|상|는|은)\s?(?:[가-힣A-Z]+\s){0,4}$|소변\s$")
_CELLS = frozenset({"백혈구", "적혈구"})
_PICTURES = frozenset({"imaging", "endoscopy", "pathology"})


@dataclass(frozen=True, slots=True)
class Label:
    """A test or an analyte named at ``start`` to ``end``; ``name`` as the record has it.

    ``category`` is the lexicon's ("lab", "function", "imaging", "endoscopy", "pathology") or "score".
    """

    start: int
    end: int
    name: str
    category: str
    unit: str | None = None
    mention: Mention | None = None

    @property
    def is_picture(self) -> bool:
        """Seen and described rather than counted."""
        return self.category in _PICTURES


def labels(turn: Turn) -> list[Label]:
    """The tests and analytes that a turn names, in order; of overlapping ones the longest."""
    found = [_of_mention(turn, mention) for mention in turn.of(Table.TESTS, Table.VITALS) if _counts(mention)]
    for name, pattern, category in _PATTERNS:
        found += [_spoken(turn, match, name, category) for match in pattern.finditer(turn.text)]
    kept: list[Label] = []
    for label in sorted(found, key=_rank):
        if not any(label.start < other.end and other.start < label.end for other in kept):
            kept.append(label)
    return sorted(kept, key=lambda label: label.start)


def _rank(label: Label) -> tuple[int, int]:
    """Longer before shorter; of the same words the plain measurement ("혈당") before the test ("혈당검사")."""
    if label.mention is None:
        return label.start - label.end, 2
    return label.start - label.end, int(label.mention.table is Table.TESTS)


def _sediment(turn: Turn, start: int) -> bool:
    """Whether a cell is one of the urine: nothing but the urine test was named before it in its sentence."""
    return bool(_URINE.search(turn.text[max(0, start - 24) : start]))


def _spoken(turn: Turn, match: re.Match[str], name: str, category: str) -> Label:
    said = re.sub(r"\s+", " ", match.group())
    is_same = said.replace(" ", "").lower() in name.replace(" ", "").lower()
    written = name if is_same or "(" in name or name in _CELLS else f"{name}({said})"
    if name in _CELLS and _sediment(turn, match.start()):
        written = f"소변 {name}"
    return Label(match.start(), match.end(), written, category)


_MEASURED = re.compile(r"혈당$|^섭취량$|^소변량$|^잔뇨량$")
_READ_AS_VITAL = re.compile(r"안압|시력")


_TOO_PLAIN = ("소변", "염증", "피", "간", "콩팥")


def _counts(mention: Mention) -> bool:
    if _READ_AS_VITAL.search(mention.row.term) or mention.surface in _TOO_PLAIN:
        return False
    if mention.table is Table.VITALS:
        return bool(_MEASURED.search(mention.row.term)) and mention.how == "exact"
    return True


def _of_mention(turn: Turn, mention: Mention) -> Label:
    row = mention.row
    category = row.category if isinstance(row, TestRow) else "lab"
    unit = getattr(row, "unit", None) or None
    name = display(mention)
    if row.term in _CELLS and _sediment(turn, mention.start):
        name = f"소변 {row.term}"
    return Label(mention.start, mention.end, name, category, unit, mention)
