"""The words that belong to a drug: its dose, its route, and how long the words reach."""

import re
from dataclasses import dataclass

from scribe.domain.entries import Dose
from scribe.drafting.dialogue import Clause, Turn
from scribe.drafting.lexicon import MedicineRow, Table
from scribe.drafting.numbers import find_numbers
from scribe.drafting.terms import Mention

_ROUTES = (
    (r"근육\s?주사|근주|IM", "intramuscular"),
    (r"정맥|정주|수액|IV|링거|링겔", "intravenous"),
    (r"피하|배에 주사", "subcutaneous"),
    (r"설하|혀 밑", "sublingual"),
    (r"흡입|퍼프|들이마", "inhalation"),
    (r"점안|눈에", "ophthalmic"),
    (r"코에|비강|스프레이", "nasal"),
    (r"귀에|점이", "otic"),
    (r"바르|발라|연고|크림|로션|붙이|패치", "topical"),
    (r"좌약|항문", "rectal"),
    (r"질정", "vaginal"),
)
# how something is injected is stated only where it was said
_INJECTED = frozenset({"intravenous", "intramuscular", "subcutaneous", "injection"})
_ORAL_WORDS = re.compile(r"드세요|드시|먹이|먹|복용|알씩|정씩|포씩|식후|식전|하루")

_ONLY_IF = re.compile(
    r"(?:괜찮으면|심하면|안 들으면|부족하면|효과 (?:없으면|보고)|좋아지면|모자라면|안 되면|안 나으면|시작해서|다음부터|"
    r"후부터는|뒤부터는)"
)
_PIVOT = re.compile(r"(?:인데|는데|려다가|싶은데|싶지만|지만|려던 건|려던 걸)[\s,.…]+|…\s*")
_ABOUT_LATER = re.compile(
    r"뒤|후에|후부터|다음|부터는|되면|좋아지|나중|그때|있으니|수 있|물(?:은|을|도)?\s|조심|오세요"
)
_LIQUIDS = frozenset({"mL", "L"})
_SYRUP = re.compile(r"시럽|물약|현탁|내복액|액상|씨씨|시시|cc", re.IGNORECASE)
_SOLIDS = ("정", "캡슐")
_STRENGTH = re.compile(r"(?P<value>\d+(?:\.\d+)?) (?P<unit>mg|g|ug)")
_TAKEN_AT_ONCE = (1, 2, 3, 4)


@dataclass(frozen=True, slots=True)
class Segment:
    """The words that belong to one drug mention: from it to the next drug or the end of the sentence."""

    turn: Turn
    mention: Mention
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.turn.text[self.start : self.end]


_BROKEN_OFF = 2


def medicine_name(mention: Mention) -> str:
    """The name as said where it is a known brand or ingredient, else the lexicon's preferred term."""
    row = mention.row
    if isinstance(row, MedicineRow):
        return mention.form if re.search("[가-힣]", mention.form) else row.ingredient
    return row.term


def drug_mentions(turn: Turn) -> list[Mention]:
    """Medicines in order; a class name beside a medicine ("진경제 티로파") and a part of a longer word are left out."""
    medicines = [mention for mention in turn.of(Table.MEDICINES) if not mention.nested]
    medicines = [
        m
        for m in medicines
        if not any(
            m.start < o.end and o.start < m.end and o is not m and o.end - o.start > m.end - m.start for o in medicines
        )
    ]
    unique: list[Mention] = []
    for mention in medicines:
        if not any(mention.start < other.end and other.start < mention.end for other in unique):
            unique.append(mention)
    whole = [mention for mention in unique if not _is_false_start(turn, mention)]
    return sorted(whole, key=lambda mention: mention.start)


def _is_false_start(turn: Turn, mention: Mention) -> bool:
    """ "쎄레… 세레스톤지": two syllables that the speaker broke off."""
    return mention.end - mention.start <= _BROKEN_OFF and turn.text.startswith("…", mention.end)


def segments(turn: Turn) -> list[Segment]:
    mentions = drug_mentions(turn)
    segments = []
    for position, mention in enumerate(mentions):
        following = mentions[position + 1].start if position + 1 < len(mentions) else len(turn.text)
        end = _reach(turn, mention, following)
        segments.append(Segment(turn, mention, mention.start, min(end, following)))
    return segments


def medicine_key(mention: Mention) -> str:
    row = mention.row
    return row.ingredient if isinstance(row, MedicineRow) else row.term


_MORE = re.compile(
    r"밀리|그램|mg|ml|알|포|정|씨씨|하루|식후|식전|밥(?:을)?\s?먹|자기 전|아침|저녁|일치|주치|달치|(?:으로|로) 시작|"
    r"(?:일|주|주일|달|개월|흘|틀|새|름)\s?(?:동안|간|만)\s|(?:일|주|주일|달|개월|흘|틀|새|름)\s?(?:치|분)(?=[\s,.]|요|이|로|$)|"
    r"^\s?(?:그것도|이것도|그건|이건)\s"
)
# nouns that may stand before the amount of a drug that was named before
_NOUNS_OF_DOSING = """아침 점심 저녁 밤 새벽 낮 식후 식전 식간 식사 밥 끼 공복 하루 매일 오늘 내일 모레 지금 처음 취침
잠 때 번 약 물 양쪽 한쪽 눈 코 귀 입 혀 얼굴 몸 부위 자리 상처 필요 시 일 주 주일 달 개월 시간 분 총 우선 용량 일단 체중
거 것 전 후 뒤 처방 퇴원 이틀 사흘 나흘 닷새 엿새 열흘 보름 일주일 한 개 방울 알 정 포 캡슐 밀리 그램 퍼프 회 다음 통증
허벅지 팔 엉덩이 배 바깥쪽 쪽 이 그 두 세 네 간격 스푼 숟가락 패치 정도 하나 둘 셋 반"""
_DOSING_NOUNS = frozenset(_NOUNS_OF_DOSING.split())
_RESUMES = re.compile(r"\s*(?:하루(?:에)?\s|한 번에|그것도\s|이것도\s|아침\s?저녁)")
_AFTER_A_WHILE = re.compile(r"(?:분|시간)\s?(?:뒤|후|이따)[가-힣]*")
_ABOUT_ELSE = re.compile(
    r"지 마|지 말|오세요|으면|뒤에|운동|산책|걸으|걷|혈압|혈당|체중|물(?:을|은|도)?\s|담배|술|찜질|검사|씻|자세"
)


def _reach(turn: Turn, mention: Mention, limit: int) -> int:
    """The sentence of the drug, and the next ones of the turn that go on with dose, frequency or supply."""
    end = turn.sentence_of(turn.clause_at(mention.start))[-1].end
    for clause in turn.clauses:
        if clause.start < end:
            continue
        words = turn.sentence_text(clause)
        stop = turn.sentence_of(clause)[-1].end
        if _is_aside(turn, clause, limit):
            end = stop
            continue
        trails_off = turn.text[:end].rstrip().endswith(("…", "..."))
        if stop > limit or not (trails_off or goes_on_dosing(words)) or (clause.is_question and not trails_off):
            break
        if not trails_off and _names_other(turn, clause.start, stop):
            break
        end = stop
    return end


def _is_aside(turn: Turn, clause: Clause, limit: int) -> bool:
    """An explanation without amounts, after which the dosing goes on: "뚜껑만 열고 들이마시면 돼요. 하루에 한 번"."""
    words, stop = turn.sentence_text(clause), turn.sentence_of(clause)[-1].end
    following = next((other for other in turn.clauses if other.start >= stop), None)
    if clause.is_question or following is None or following.is_question or goes_on_dosing(words):
        return False
    if find_numbers(words) or not _RESUMES.match(turn.sentence_text(following)):
        return False
    end = turn.sentence_of(following)[-1].end
    return end <= limit and not _ABOUT_ELSE.search(turn.sentence_text(following))


def _names_other(turn: Turn, start: int, end: int) -> bool:
    """The first amount of the sentence is of something else, named before it: "비타민은 오십 밀리"."""
    numbers = [number.start for number in find_numbers(turn.text[start:end])]
    until = start + min(numbers) if numbers else end
    nouns = [m for m in turn.morphemes if start <= m.start < until and m.tag in ("NNG", "NNP", "SL")]
    return bool(numbers) and any(noun.form not in _DOSING_NOUNS for noun in nouns)


def goes_on_dosing(sentence: str) -> bool:
    """A sentence that names no drug and goes on with how the last one is taken: "삼 일 동안 드세요"."""
    cut = _ONLY_IF.search(sentence)
    now = _AFTER_A_WHILE.sub(" ", sentence[: cut.start()] if cut else sentence)
    return bool(_MORE.search(sentence)) and not _ABOUT_ELSE.search(now)


def until_condition(segment: Segment) -> str:
    """The segment without what holds only later or only if: "일주일 드시고 괜찮으면 십 밀리로 올릴게요"."""
    cut = _ONLY_IF.search(segment.text)
    return segment.text[: cut.start()] if cut else segment.text


def settled(text: str, offset: int) -> list[tuple[str, int]]:
    """The parts of a drug's words to look at, each as the text up to its end and where it starts; the last first.

    What stands before "인데", "…" or "려다가" was weighed or usual ("보통 하루 세 번인데, 하루 두 번으로").
    """
    starts = [offset, *(match.end() for match in _PIVOT.finditer(text, offset))]
    ends = [*starts[1:], len(text)]
    parts = [
        (text[:end], start)
        for start, end in zip(starts, ends, strict=True)
        if start == offset or not _ABOUT_LATER.search(text[start:end])
    ]
    return parts[::-1]


def route_of(segment: Segment, row: object) -> str | None:
    for pattern, route in _ROUTES:
        if re.search(pattern, segment.text):
            return route
    before = segment.turn.text[max(0, segment.start - 12) : segment.start]
    if re.search(r"수액에|정맥으로|IV로|링거", before):
        return "intravenous"
    stated = row.route if isinstance(row, MedicineRow) and row.route else ""
    if stated and stated not in _INJECTED:
        return stated
    return "oral" if _ORAL_WORDS.search(segment.text) else None


def is_odd_unit(segment: Segment, dose: Dose | None) -> bool:
    """A volume of a medicine that comes in tablets or capsules, unless a syrup was meant: "세토펜 시럽 오 씨씨"."""
    row = segment.mention.row
    if _SYRUP.search(segment.text):
        return False
    solid = isinstance(row, MedicineRow) and row.form.startswith(_SOLIDS)
    return solid and dose is not None and dose.unit in _LIQUIDS


def is_odd_strength(row: object, dose: Dose | None) -> bool:
    """An amount that no whole number of the medicine's tablets makes up."""
    if not isinstance(row, MedicineRow) or dose is None or not row.form.startswith(_SOLIDS):
        return False
    made = [match for strength in row.strengths if (match := _STRENGTH.fullmatch(strength))]
    if len(made) != len(row.strengths) or any(match.group("unit") != dose.unit for match in made) or not made:
        return False
    return not any(dose.value == float(match.group("value")) * count for match in made for count in _TAKEN_AT_ONCE)
