"""Words of a symptom that mean none: the colour of a pill, a pan that slips, somebody else's rash, a normal "
"reading."""

import re

from scribe.drafting.dialogue import Turn
from scribe.drafting.extract.observation import FEVER
from scribe.drafting.lexicon import Table
from scribe.drafting.numbers import find_numbers
from scribe.drafting.quantities import find_quantities
from scribe.drafting.terms import Mention

FEVER_FROM = 37.5

_COLOURS = frozenset({"빨갛다", "벌겋다", "불그스름하다", "얼룩덜룩하다", "울긋불긋하다", "까칠하다"})
_COLOURED_THING = re.compile(
    r"\s?(?:그\s)?(?:거|것|걸로|약|알약|알|통|병|뚜껑|딱지|색|글씨|불|옷|포|봉지|상자|캡슐|크림|연고|시럽|물|"
    r"국|고기|차)"
    r"(?=[\s,.?!은는이가을를도로였이]|$)"
)
_FALLS = frozenset({"미끄러지다", "넘어지다", "쓰러지다", "굴러떨어지다", "고꾸라지다", "뒹굴다"})
# a subject that is a thing: "냄비가 미끄러져서"; what the patient wears or stands on falls with the patient
_THING_FALLS = re.compile(r"(?P<thing>[가-힣]{1,6})(?:이|가)\s+(?:[가-힣]+\s+)?$")
_FALLS_WITH_PATIENT = re.compile(
    r"(?:신발|슬리퍼|구두|발|다리|몸|사람|환자|분|아이|애기|애|엄마|아빠|제|내|본인|머니|버지|남편|아내)$"
)
_SOFT = re.compile(r"(?:침대|소파|쇼파|이불|자리|의자)(?:에|에다|로|위에)\s+(?:[가-힣]+\s+)?$")
_OTHER_PEOPLE = re.compile(
    r"^[^.,?!]{0,6}?(?:는|은|던|한|난|픈)\s(?:사람|분|애|환자|아이|집)(?:들)?(?:도|이|은|들|가|한테|마다|\s많)|"
    r"^[^.,?!]{0,12}(?:다는|단|라는) (?:사람|얘기|이야기|말|소리)"
)
_INTENSIFIES = re.compile(r"^말[도로]\s(?:못|안\s나|마)")


def is_chance(turn: Turn, mention: Mention) -> bool:
    """Whether the words stand for something else than the patient's symptom."""
    before, after = turn.text[: mention.start], turn.text[mention.end :]
    if mention.form in _COLOURS and _colours_thing(turn, mention):
        return True
    if mention.form in _FALLS and _something_falls(before):
        return True
    if _OTHER_PEOPLE.search(turn.text[mention.end - 1 : mention.end + 16]) and "저" not in before[-12:]:
        return True
    if mention.how == "exact" and re.match(r"에서|에는|에도|\s?(?:부위|자리)(?:에|는|가)", after):
        return True
    if _INTENSIFIES.match(mention.surface):
        return True
    return mention.row.term == FEVER and is_normal_temperature(turn, mention) and not after.lstrip().startswith("넘")


def _colours_thing(turn: Turn, mention: Mention) -> bool:
    clause = turn.clause_at(mention.start)
    if any(clause.start <= site.start < mention.start for site in turn.of(Table.BODY_SITES)):
        return False
    return bool(_COLOURED_THING.match(turn.text[mention.end : clause.end])) or bool(
        re.search(r"(?:은|는|간|던|ㄴ)\s(?:거|것|약|딱지|통|알)", mention.surface)
    )


def _something_falls(before: str) -> bool:
    if _SOFT.search(before):
        return True
    thing = _THING_FALLS.search(before)
    return thing is not None and not _FALLS_WITH_PATIENT.search(thing["thing"])


def is_normal_temperature(turn: Turn, mention: Mention) -> bool:
    """ "열은 삼십육 점 칠이요": a reading below 37.5 ℃ is no fever."""
    clause = turn.clause_at(mention.start)
    degrees = temperatures(turn.words(clause))
    return bool(degrees) and max(degrees) < FEVER_FROM


def is_feverish(words: str) -> bool:
    """Whether a temperature in the words is 37.5 ℃ or more."""
    return max(temperatures(words), default=0) >= FEVER_FROM


def temperatures(words: str) -> list[float]:
    """Readings in ℃, also without the unit ("삼십팔 점 구 나와서")."""
    with_unit = [quantity.value for quantity in find_quantities(words) if quantity.unit == "Cel"]
    bare = [
        number.value
        for number in find_numbers(words)
        if 35 < number.value < 42 and re.search(r"점|\.\d", words[number.start : number.end])
    ]
    return with_unit or bare
