"""The words that belong to a drug: its dose, its route, and how long the words reach."""

import re
from dataclasses import dataclass
from itertools import pairwise

from scribe.domain.entries import Dose
from scribe.drafting.dialogue import Turn
from scribe.drafting.lexicon import MedicineRow, Table
from scribe.drafting.numbers import find_numbers
from scribe.drafting.quantities import DOSE_UNITS, MASSES, Quantity, find_quantities
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
    return sorted(unique, key=lambda mention: mention.start)


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
    r"(?:일|주|주일|달|개월|흘|틀)\s?(?:동안|간|만)\s"
)
_AFTER_A_WHILE = re.compile(r"(?:분|시간)\s?(?:뒤|후|이따)[가-힣]*")
_ABOUT_ELSE = re.compile(
    r"지 마|지 말|오세요|으면|뒤에|운동|산책|걸으|걷|혈압|혈당|체중|물(?:을|은|도)?\s|담배|술|찜질|검사|씻|자세"
)


def _reach(turn: Turn, mention: Mention, limit: int) -> int:
    """The sentence of the drug, and the next ones of the turn that go on with dose, frequency or supply."""
    sentence = turn.sentence_of(turn.clause_at(mention.start))
    end = sentence[-1].end
    for clause in turn.clauses:
        if clause.start < end:
            continue
        words = turn.sentence_text(clause)
        stop = turn.sentence_of(clause)[-1].end
        if stop > limit or clause.is_question or not goes_on_dosing(words):
            break
        end = stop
    return end


def goes_on_dosing(sentence: str) -> bool:
    """A sentence that names no drug and goes on with how the last one is taken: "삼 일 동안 드세요"."""
    return bool(_MORE.search(sentence)) and not _ABOUT_ELSE.search(_AFTER_A_WHILE.sub(" ", sentence))


def loose_dose(text: str) -> Quantity | None:
    """The dose of a sentence that names no drug: "한 번에 오백 밀리그램, 하루 두 번"."""
    amounts = [quantity for quantity in find_quantities(text) if quantity.unit in DOSE_UNITS]
    masses = [quantity for quantity in amounts if quantity.unit in MASSES]
    return _standing(text, masses) or _standing(text, amounts)


def dose_of(segment: Segment) -> Quantity | None:
    text = until_condition(segment)
    offset = segment.mention.end - segment.start
    amounts = [
        q for q in find_quantities(text) if q.unit in DOSE_UNITS and q.start >= offset and not _is_other_amount(text, q)
    ]
    masses = [quantity for quantity in amounts if quantity.unit in MASSES | {"mg/m2", "mg/kg"}]
    return _standing(text, masses) or _bare(text, offset) or _standing(text, amounts)


def _standing(text: str, amounts: list[Quantity]) -> Quantity | None:
    """Of several amounts the one that holds: after "에서 … 로", else the first before the frequency."""
    if not amounts:
        return None
    for first, second in pairwise(amounts):
        if first.unit == second.unit and re.match(
            r"\s?(?:에서|말고|대신|,\s*처음|으로[^.]{0,4}처음)", text[first.end : second.start]
        ):
            return second
        between = text[first.end : second.start]
        if first.unit == second.unit and len(between) < 16 and re.search(r"처음이니까|아니다|그냥|일단", between):
            return second
    return amounts[0]


def _is_other_amount(text: str, quantity: Quantity) -> bool:
    return bool(re.match(r"\s?(?:이하|이상|넘|까지|미만)", text[quantity.end :]))


def _bare(text: str, offset: int) -> Quantity | None:
    """A number said right after the drug without a unit is milligrams: "아스피린 삼백이요", "오백에서 천으로"."""
    numbers = [number for number in find_numbers(text) if number.start >= offset]
    if not numbers or numbers[0].system == "native" or numbers[0].value < 2:
        return None
    number = numbers[0]
    if not re.fullmatch(r"(?:을|를|은|는|도|이|가)?\s*(?:한\s)?", text[offset : number.start]):
        return None
    raised = re.match(r"\s?에서\s", text[number.end :])
    if raised and len(numbers) > 1 and numbers[1].start == number.end + raised.end():
        number = numbers[1]
    if re.match(r"\s?(?:일|주|달|번|개월|시간|년|회|점|명|차|도(?!\s)|알|정|포|방울|퍼프)", text[number.end :]):
        return None
    unit = "U" if re.match(r"\s?(?:유닛|단위|U)", text[number.end :]) else "mg"
    return Quantity(number.start, number.end, number.value, unit, number.high)


def until_condition(segment: Segment) -> str:
    """The segment without what holds only later or only if: "일주일 드시고 괜찮으면 십 밀리로 올릴게요"."""
    cut = re.search(r"(?:괜찮으면|심하면|안 들으면|부족하면|효과 (?:없으면|보고)|좋아지면)", segment.text)
    return segment.text[: cut.start()] if cut else segment.text


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
