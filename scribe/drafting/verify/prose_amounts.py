"""Numbers of a statement without evidence: said, in that unit, of the same drug, measurement or complaint."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from scribe.domain.entries import Entry, FollowUp, LabResult, MedicationOrder, MedicationStatement, Vital
from scribe.drafting.lexicon import Table
from scribe.drafting.quantities import COUNTED, MASSES
from scribe.drafting.terms import Mention
from scribe.drafting.verify.amounts import BARE_MILLI, Amount, units_agree, written_amounts
from scribe.drafting.verify.claim import fold
from scribe.drafting.verify.entry_amounts import entry_amounts
from scribe.drafting.verify.number_checks import is_usual_unit
from scribe.drafting.verify.parts import Part
from scribe.drafting.verify.polarity import mentions
from scribe.drafting.verify.said_amounts import SaidAmount
from scribe.drafting.verify.told import ProseClaim
from scribe.drafting.verify.verdict import Check, Reason

_OWNERS = frozenset({Table.MEDICINES, Table.VITALS, Table.TESTS})
_MEASURED = (None, "mm[Hg]", "Cel", "degree", "%", "rate", "mg/m2", "kg", "cm", "kg/m2", "mg/dL")
_DOSES = frozenset({"mL", "L", BARE_MILLI, "U", "ug", "mg/kg"}) | MASSES
_ALIKE = (frozenset({"d"}), frozenset({"times", "rate"}), _DOSES, frozenset(COUNTED))
_PLAIN = 10  # a number of two digits is a dose also without its unit: "마그밀 오백"
_REACH = 2  # turns between a number and the words it belongs to
_NAMED = {"d": "기간", "times": "횟수"}
_SAME_DAY = 0.08  # share by which two lengths of time may differ: three months are 90 or 92 days
_VISIT = re.compile(r"^[^,.]{0,12}?(?:뒤|후|에)(?:[^,.]{0,12}(?:재진|외래|추적 ?관찰|재방문|다시 내원|경과 관찰)|\.?$)")
_COUNTER = re.compile(r"\s?(캔|잔|병|갑|개비|명|층|컵|공기|개|장|대|그릇|끼)(?![가-힣]{2})")
_SUPPLY = re.compile(r"^\s?(?:일|주|개월|달)?치?분(?![가-힣])|^분(?![가-힣])")
_LENGTHS = ("mm", "cm", BARE_MILLI)
_SCORES = re.compile(
    r"만점|몇 ?점|점수|[가-힣\d] ?점|엔알에스|NRS|제일 (?:심하|아프|아픈)|숫자로|[0영공]에서 ?(?:십|열|10)"
)
_TAKEN = re.compile(r"복용 ?중|복용하(?:고|며)|드시던|복용해 ?옴|잘 복용")
_ORDERED = re.compile(r"변경|증량|감량|시작|처방|추가|일분")
_WORD_COUNTS = {
    1: r"한 ?번|아침|저녁|점심|매일|날마다|자기 .{0,8}전|주무시기|한 ?(?:알|포|정|장|개|봉|방울|숟)|하나",
    2: r"아침,? ?(?:하고 ?)?저녁|두 ?번",
    3: r"세 ?끼|매 ?끼|끼니|식사 ?때마다|밥 ?먹을 때마다|아침,? ?점심,? ?저녁|세 ?번",
}
_MONTH_NAMES = ["일", "이", "삼", "사", "오", "유", "칠", "팔", "구", "시", "십일", "십이"]
_MONTHS = {number: (name, str(number)) for number, name in enumerate(_MONTH_NAMES, start=1)}
_DIGITS = dict(
    enumerate(
        ("일|하나", "이|둘", "삼|셋", "사|넷", "오|다섯", "육|여섯", "칠|일곱", "팔|여덟", "구|아홉", "십|열"), start=1
    )
)
_DIGIT_END = r"(?:\s?점|이[요고에었죠나]|[요에예]|\s?정도|\s?쯤|까지|밖에|으로|로|였|[,.?!]|$)"
_PARTICLE = re.compile(r"(?:으로|로|에서|에|은|는|을|를|까지|부터|마다)$")
_ORDINALS = {
    1: "첫", 2: "두", 3: "세", 4: "네", 5: "다섯", 6: "여섯", 7: "일곱", 8: "여덟", 9: "아홉", 10: "열",
    11: "열한", 12: "열두",
}  # fmt: skip


def prose_amounts_agree(claim: ProseClaim) -> Iterator[Reason]:
    """Every number was said of what the statement says it of, and was not taken back."""
    brackets = [match.span() for match in re.finditer(r"\([^()]*\)", claim.text)]
    amounts = [_with_half(claim.text, amount) for amount in written_amounts(claim.text)]
    for amount in amounts:
        if (upper := _falls(claim.text, amount)) is not None:
            yield Reason(Check.NUMBER, f"{_with_unit(claim.text, amount)}–{upper}")
        if _is_name(claim.text, amount) or _is_difference(claim, amount, amounts) or _is_age(claim, amount):
            continue
        inside = any(start <= amount.start < end for start, end in brackets)
        owner = None if inside or amount.mate is not None else _owner(claim, amount)
        yield from _judged(claim, amount, owner)


def _falls(text: str, amount: Amount) -> str | None:
    """The upper end of a written range that is no higher than its lower end: "20–3회" is no range anyone told."""
    bounds = re.match(r"(?!100-7)(\d[\d.]*)\s?[~–-]\s?(\d[\d.]*)(?![\d.:/-]|\s?(?:시|월|번|도))", text[amount.start :])
    before = re.search(r"[\d.:/A-Za-z~–-]$", text[: amount.start])
    if bounds is None or before or float(bounds[1].rstrip(".")) < float(bounds[2].rstrip(".")):
        return None
    return bounds[2]


def _with_half(text: str, amount: Amount) -> Amount:
    """ "1년 반" before a bracket or a comma, and "17.8만"."""
    if re.match(r"만(?!\s?원)", text[amount.end :]) and amount.value != int(amount.value):
        return replace(amount, value=amount.value * 10000)
    has_half = amount.unit == "d" and re.match(r"\s?반(?![가-힣])", text[amount.end :])
    return replace(amount, value=amount.value * 1.5) if has_half else amount


def _is_name(text: str, amount: Amount) -> bool:
    """The numbers of stages, types and parts of a name are no measurements, nor are minutes of a clock or "1+"."""
    if re.search(r"[A-Za-z]\d*[/~-]?$|\d:$", text[: amount.start]) and not text[: amount.start].endswith(" "):
        return True
    before, after = text[: amount.start], text[amount.end :]
    if (
        text[amount.start : amount.end] == "이알"
        or re.match(r"두부(?![가-힣])", text[amount.start :])
        or re.match(r":\d\d", after)
        or re.search(r"\d시\s?$", before)
    ):
        return True
    if amount.value == 1 and re.match(r"\s?(?:개|차|명|군데|곳)(?![가-힣])", after):
        return True
    if re.match(r"\s?[~–-]\s?\d", text[amount.end :]):
        return True
    if re.match(r"(?:대|\+|°)(?![가-힣])", text[amount.end :]) or (amount.value == 119 and amount.unit is None):
        return True
    return bool(re.match(r"\s?(?:형|번 문항|요추|경추|번)(?![가-힣]*째)", text[amount.end :])) and amount.unit != "d"


def _is_difference(claim: ProseClaim, amount: Amount, amounts: Sequence[Amount]) -> bool:
    """A change that the writer reckoned from two values beside it ("47 kg(석 달 전 49.5 kg, 2.5 kg 감소)")."""
    if not re.match(r"[^,.]{0,6}(?:감소|증가|차이|상승|하락|빠짐|늘)", claim.text[amount.end :]):
        return False
    values = [other.value for other in amounts if other is not amount]
    values += [one.amount.value for one in claim.said_amounts if one.amount.unit == amount.unit]
    return any(abs(abs(a - b) - amount.value) < 0.05 for i, a in enumerate(values) for b in values[i + 1 :])


def _is_age(claim: ProseClaim, amount: Amount) -> bool:
    """The patient's age, which the encounter tells: "34세 여"."""
    if not re.match(r"\s?(?:세|살)?\s?[,/]?\s?(?:된\s)?(?:남|여|/?[MF]\b)", claim.text[amount.end :]):
        return False
    age = claim.consultation.age
    return amount.unit in ("age", None) and (age is None or age == amount.value)


def _judged(claim: ProseClaim, amount: Amount, owner: Mention | None) -> Iterator[Reason]:
    word = _with_unit(claim.text, amount)
    planned = _planned(claim, amount)
    if planned and not any(abs(days - amount.value) < _SAME_DAY * max(days, amount.value) for days in planned):
        yield Reason(Check.NUMBER, word, ", ".join(f"{days:g}일" for days in sorted(planned)), "기간")
        return
    known = [other for entry in _facts(claim, owner, amount) for other in entry_amounts(entry)] if owner else []
    alike = [other for other in known if _is_alike(other, amount) and not _is_every(claim.text, amount)]
    if not is_usual_unit(amount, owner) or _is_a_vital_in_another_unit(claim, amount):
        yield Reason(Check.UNIT, word)
    elif not any(other.supports(amount) for other in alike):
        check = _check(claim, amount, owner, alike)
        if check is not None:
            yield Reason(check, word, *_instead(claim, amount, owner, alike))


_VITAL_UNITS = {"kg": "kg", "cm": "cm", "%": "%", "Cel": "Cel", "rate": "/min", "mm[Hg]": "mm[Hg]", "degree": "Cel"}


def _is_a_vital_in_another_unit(claim: ProseClaim, amount: Amount) -> bool:
    """A value that was read as a vital sign, written in the unit of another one."""
    same = [e for e in claim.consultation.entries if isinstance(e, Vital) and e.value == amount.value]
    unit = _VITAL_UNITS.get(amount.unit or "")
    if unit is None or not same or any(entry.unit == unit for entry in same):
        return False
    return not any(one.amount.unit == amount.unit and one.same_value(amount) for one in claim.said_amounts)


def _is_every(text: str, amount: Amount) -> bool:
    """ "이틀에 한 번", "4시간마다", "10 미만이면": how often, or a limit, not what was measured or ordered."""
    if re.match(r"\s?(?:[가-힣%℃]{0,2}\s)?(?:미만|초과|넘)", text[amount.end :]):
        return True
    return amount.unit == "d" and bool(re.match(r"에\s|마다|\s?간격|\s?이상|당", text[amount.end :]))


def _planned(claim: ProseClaim, amount: Amount) -> set[float]:
    """The days until the visits that were read, or of the medicines ordered, where the number is such a one."""
    if amount.unit != "d":
        return set()
    entries = claim.consultation.entries
    after = claim.text[amount.end :]
    if _VISIT.match(after):
        return {float(e.in_days) for e in entries if isinstance(e, FollowUp) and e.in_days is not None}
    if _SUPPLY.match(after):
        return {float(e.duration_days) for e in entries if isinstance(e, MedicationOrder) and e.duration_days}
    return set()


def _check(claim: ProseClaim, amount: Amount, owner: Mention | None, alike: list[Amount]) -> Check | None:
    same = [one for one in claim.said_amounts if one.same_value(_comparable(amount))]
    agreeing = [one for one in same if _units_agree(one.amount, amount)]
    if not agreeing:
        if _in_words(claim, amount, owner, alike):
            return None
        return Check.UNIT if same and amount.unit != "d" else Check.NUMBER
    standing = [one for one in agreeing if one.amount.standing in ("said", "former")]
    if not standing:
        return Check.RETRACTED
    if _belongs(claim, amount, owner, standing, is_known=bool(alike)):
        return None
    return None if _in_words(claim, amount, owner, alike) else Check.NUMBER


def _comparable(amount: Amount) -> Amount:
    """The hours of the afternoon are said as those of the morning: 21시 is "저녁 아홉 시"."""
    return replace(amount, value=amount.value - 12) if amount.unit == "clock" and amount.value > 12 else amount


def _units_agree(said: Amount, claimed: Amount) -> bool:
    return units_agree(said.unit, claimed.unit) or (said.unit == BARE_MILLI and claimed.unit == "mL")


def _belongs(
    claim: ProseClaim, amount: Amount, owner: Mention | None, standing: list[SaidAmount], *, is_known: bool
) -> bool:
    if owner is not None and (_is_bound(amount) or amount.unit == "times"):
        of_drug = owner.table is Table.MEDICINES
        own = [one for one in standing if one.owner_like(owner) == owner.row.term and _is_counted(one.amount, amount)]
        if is_known and of_drug:
            standings = ("said", "former") if re.match(r"에서|\s?→", claim.text[amount.end :]) else ("said",)
            own = [one for one in own if one.by_clinician and one.amount.high is None]
            own = [one for one in own if one.amount.standing in standings]
        if own or (not of_drug and any(_is_nearly_of(claim, one, owner) for one in standing)):
            return True
        others = [one for one in claim.said_amounts if one.owner_like(owner) == owner.row.term]
        if is_known or (of_drug and any(_is_alike(one.amount, amount) and one.amount.unit for one in others)):
            return False
        standing = [one for one in standing if not of_drug or _may_be_of(claim, one, owner)]
    elif owner is not None and owner.table is Table.MEDICINES and is_known and _is_supply(claim.text, amount):
        turns = claim.turns(owner)
        return any(one.by_clinician and (one.drug == owner.row.term or one.turn in turns) for one in standing)
    return _is_near(claim, amount, standing)


def _may_be_of(claim: ProseClaim, one: SaidAmount, owner: Mention) -> bool:
    """Said of no other drug alone: "둘 다 하루 두 번"."""
    text = claim.consultation.turns[one.turn].text
    return one.drug in (None, owner.row.term) or bool(re.search(r"둘 ?다|셋 ?다|같이|각각|모두|전부|똑같|도 ", text))


def _is_supply(text: str, amount: Amount) -> bool:
    """Whether a length of time says how long a drug is taken, not when or how often."""
    return not re.match(r"\s?(?:전|뒤|후|째|간격|마다|이상|미만|에|부터|동안 증상|이내)", text[amount.end :])


def _is_near(claim: ProseClaim, amount: Amount, standing: list[SaidAmount]) -> bool:
    """Said close to the words of the part; how long something lasts is also told elsewhere, by the patient."""
    part = claim.part_at(amount.start)
    fitting = [one for one in standing if _fits(one.amount, amount) and _is_size_of(claim, part, one, amount)]
    if re.search(r"(?:NRS|VAS)\s?$", claim.text[: amount.start]):
        scored = _scored_turns(claim)
        scores = [one for one in standing if one.turn in scored] if scored else standing
        return amount.value <= _PLAIN and any(one.amount.unit not in ("d", "times", "clock") for one in scores)
    if part is not None and part.is_condition:
        return bool(fitting)
    if amount.unit == "d" and any(not one.by_clinician for one in fitting):
        return True
    close = claim.near(part, 1) if part is not None else set()
    if any(one.turn in close for one in fitting):
        return True
    alike = _of_its_kind(claim, amount, part) if part is not None else []
    if alike:
        return any(one.same_value(amount) for one in alike)
    reach = 3 * _REACH if amount.unit in ("d", "clock", "age") else _REACH
    near = claim.near(part, reach) if part is not None else set()
    near = near or {turn for other in claim.parts for turn in claim.near(other, reach)}
    return any(one.turn in near for one in fitting) if near else bool(fitting)


def _is_size_of(claim: ProseClaim, part: Part | None, one: SaidAmount, amount: Amount) -> bool:
    """Where sizes were told beside the part's words, another number of the consultation is none."""
    if amount.unit not in ("mm", "cm") or one.amount.unit in _LENGTHS or part is None:
        return True
    close = claim.near(part, 1)
    return not any(other.turn in close and other.amount.unit in _LENGTHS for other in claim.said_amounts)


def _scored_turns(claim: ProseClaim) -> set[int]:
    """The turns in which pain was scored: where points are spoken of, and the two behind each."""
    scored = [turn.index for turn in claim.consultation.turns if _SCORES.search(turn.text)]
    return {turn + ahead for turn in scored for ahead in (0, 1, 2)}


def _of_its_kind(claim: ProseClaim, amount: Amount, part: Part) -> list[SaidAmount]:
    """The counts of the same thing ("세 잔") near the part, or how often anything happens where its terms were told."""
    counter = _COUNTER.match(claim.text[amount.end :])
    if counter and amount.unit is None and amount.value > 1:
        near = claim.near(part, 2 * _REACH)
        return [one for one in claim.said_amounts if one.turn in near and counter[1] in _text_with_counter(claim, one)]
    if amount.unit != "times":
        return []
    turns = claim.mention_turns(part)
    return [one for one in claim.said_amounts if one.turn in turns and _fits(one.amount, amount)]


def _text_with_counter(claim: ProseClaim, one: SaidAmount) -> str:
    return claim.consultation.turns[one.turn].utterance.text[one.amount.start : one.amount.end + 2]


def _fits(other: Amount, amount: Amount) -> bool:
    """Without an owner a count must have been counted: "한 알" is no "1회", "다섯 시" no "5잔"."""
    if amount.unit == "times":
        return other.unit in ("times", "rate")
    if amount.unit in COUNTED or amount.unit in _DOSES:
        return (other.unit is not None or amount.value >= _PLAIN) and other.unit != "clock"
    return other.unit != "clock" or amount.unit in ("clock", None)


def _is_counted(other: Amount, amount: Amount) -> bool:
    """A bare "이" is no "2회"."""
    return amount.unit != "times" or other.unit is not None


def _is_nearly_of(claim: ProseClaim, one: SaidAmount, owner: Mention) -> bool:
    near = {turn + by for turn in claim.turns(owner) for by in (-1, 0, 1, 2)}
    return one.turn in near and (one.measure is None or _is_kind_of(one.measure, owner))


def _is_kind_of(term: str, owner: Mention) -> bool:
    """혈당 is the general name of 자가혈당."""
    return any(fold(noun) in fold(term) or fold(term) in fold(noun) for noun in (owner.surface, owner.row.term))


def _is_bound(amount: Amount) -> bool:
    return amount.unit in _DOSES | COUNTED or amount.unit in _MEASURED


def _is_alike(other: Amount, amount: Amount) -> bool:
    """Whether two amounts measure the same: both a dose, both a count, both a number of times or a length of time."""
    for kind in _ALIKE:
        if other.unit in kind or amount.unit in kind:
            return other.unit in kind and amount.unit in kind
    return True


def _facts(claim: ProseClaim, owner: Mention, amount: Amount) -> list[Entry]:
    """What was read of the drug or the measurement; of a drug taken or a drug ordered, as the statement has it."""
    kinds = (MedicationOrder, MedicationStatement, Vital, LabResult)
    found: list[Entry] = [e for e in claim.consultation.entries if isinstance(e, kinds) and _names(e, owner)]
    part = claim.part_at(amount.start)
    text = part.text if part is not None else claim.text
    for kind, told in ((MedicationStatement, _TAKEN), (MedicationOrder, _ORDERED)):
        if told.search(text) or (kind is MedicationStatement and re.match(r"\s*(?:현재 )?복용", claim.statement)):
            return [entry for entry in found if isinstance(entry, kind)] or found
    return found


def _names(entry: Entry, owner: Mention) -> bool:
    if fold(owner.surface) in fold(entry.name) or fold(entry.name) in fold(owner.surface):
        return True
    return any(m.row.term == owner.row.term for m in mentions(entry.name))


def _owner(claim: ProseClaim, amount: Amount) -> Mention | None:
    """The drug named last before a number, or the measurement right before it."""
    bracketed = [(part.start, part.end) for part in claim.parts if part.is_bracketed]
    before = [
        m
        for m in claim.mentions
        if m.table in _OWNERS
        and m.end <= amount.start
        and not m.nested
        and not any(start <= m.start < end for start, end in bracketed)
    ]
    if not before:
        return None
    owner, gap = before[-1], claim.text[before[-1].end : amount.start]
    if owner.table is Table.MEDICINES:
        return None if re.search(r"[.;]\s", gap) else owner
    return (
        owner
        if re.fullmatch(r"[\s:=(]*(?:은|는|이|가|도|약|최고|최저|현재|[\d.,/]+\s?(?:→|~|–|-|→)\s?)*\s?", gap)
        else None
    )


def _in_words(claim: ProseClaim, amount: Amount, owner: Mention | None, alike: list[Amount]) -> bool:
    """A count said by other words: "아침저녁으로" is twice a day, "반" a half."""
    if amount.unit in ("times", *COUNTED) and not alike:
        return _is_counted_in_words(claim, amount, owner)
    if re.match(r"월(?![가-힣]*요일)", claim.text[amount.end :]) and amount.value in _MONTHS:
        return any(f"{month}월" in claim.consultation.text for month in _MONTHS[int(amount.value)])
    if amount.value in _DIGITS and amount.unit in (None, "score", "ratio"):
        part = claim.part_at(amount.start)
        near = claim.near(part, _REACH) if part is not None else set()
        texts = [turn.text for turn in claim.consultation.turns if turn.index in near]
        return any(re.search(rf"(?:^|[\s,.])(?:{_DIGITS[int(amount.value)]}){_DIGIT_END}", text) for text in texts)
    if amount.value == 0.5:
        return "반" in claim.consultation.text
    if amount.unit == "d" and owner is None:
        return any(isinstance(e, FollowUp) and e.in_days == amount.value for e in claim.consultation.entries)
    return amount.unit in ("score", "ratio") and bool(re.match(r"\s?(?:단계|형|기|번 문항)", claim.text[amount.end :]))


def _is_counted_in_words(claim: ProseClaim, amount: Amount, owner: Mention | None) -> bool:
    part = claim.part_at(amount.start)
    turns = claim.turns(owner) if owner else claim.near(part, 1) if part else frozenset()
    near = {turn + ahead for turn in turns for ahead in (0, 1, 2)} or set(range(len(claim.consultation.turns)))
    text = "\n".join(turn.text for turn in claim.consultation.turns if turn.index in near)
    ordinal = _ORDINALS.get(int(amount.value))
    if ordinal and re.search(rf"{ordinal}\s?(?:번째|째|차)", text):
        return True
    counted = [a for turn, a in claim.consultation.amounts if turn in near and a.unit == "times"]
    if counted and amount.unit == "times" and owner is None:
        return False
    pattern = _WORD_COUNTS.get(int(amount.value)) if amount.value == int(amount.value) else None
    return bool(pattern and re.search(pattern, text))


def _with_unit(text: str, amount: Amount) -> str:
    """The number as written with its unit."""
    tail = re.match(r"\s?(?:mmHg|mg/dL|mg/m2|mg|mL|mcg|kg|cm|IU|℃|%|회/분|g|L|U)|[가-힣%℃]*", text[amount.end :])
    bare = _PARTICLE.sub("", tail[0]) if tail else ""
    return (text[amount.start : amount.end] + bare).strip()


def _instead(claim: ProseClaim, amount: Amount, owner: Mention | None, alike: list[Amount]) -> tuple[str, str]:
    """What was said of the same drug or measurement instead, and what kind of number it is."""
    if owner is None:
        return "", ""
    label = _NAMED.get(amount.unit or "") or ("용량" if owner.table is Table.MEDICINES else "수치")
    heard = [one for one in claim.said_amounts if one.owner_like(owner) == owner.row.term]
    heard = [one for one in heard if _is_alike(one.amount, amount)]
    spoken = [claim.consultation.turns[one.turn].text[one.amount.start : one.amount.end].strip() for one in heard]
    written = [f"{a.value:g} {a.unit or ''}".strip() for a in alike if a.unit not in ("d", "times", "rate")]
    return ", ".join(dict.fromkeys([word for word in written or spoken if word])), label
