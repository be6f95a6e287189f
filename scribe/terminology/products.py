"""Product names of a drug master taken apart: "노바스크정5밀리그램(암로디핀베실산염)" is 노바스크, 정, 5 mg."""

import re
from dataclasses import dataclass

from scribe.drafting.terminology.finding import FORMS

_BRACKETS = re.compile(r"[(\[{（][^()\[\]{}（）]*[)\]}）]?")
_STRENGTH = re.compile(
    r"(?:\d+(?:[.,]\d+)*(?:/\d+(?:[.,]\d+)*)*)\s*"
    r"(?:밀리그[람램]|마이크로그[람램]|그[람램]|밀리리터|만단위|단위|국제단위|퍼센트|mg|mcg|μg|ug|g|ml|iu|i\.u\.?|%|mEq)"
    r"(?:\s*/\s*(?:\d+(?:[.,]\d+)*)?\s*(?:밀리그[람램]|밀리리터|그[람램]|mg|ml|g|회|매|정))?",
    re.IGNORECASE,
)
_LOOSE_NUMBER = re.compile(r"[\d./:,%\-\s]+$")
_FORM = re.compile(rf"(?:{'|'.join(FORMS)}|필름코팅정|연질캅셀|캅셀|프리필드시린지|키트주|주사용|산제|정제)$")
_SHORTEST = 2
_SALTS = re.compile(
    r"(?:베실산염|염산염|말레산염|푸마르산염|타르타르산염|숙신산염|메실산염|황산염|구연산염|시트르산염|인산염|질산염|아세트산염|"
    r"브롬화수소산염|옥살산염|나트륨|칼슘|칼륨|마그네슘|에리부민|알지닌|수화물|일수화물|이수화물|삼수화물|반수화물|무수물|"
    r"염산|말레인산염|캄실산염|오로트산염|니코틴산염|제피린산염|메트포르민염산염)$"
)
_ENGLISH_SALTS = re.compile(
    r"\b(?:besylate|besilate|hydrochloride|hcl|maleate|fumarate|tartrate|succinate|mesylate|sulfate|sulphate|citrate|"
    r"phosphate|nitrate|acetate|hydrobromide|oxalate|sodium|calcium|potassium|magnesium|erbumine|arginine|"
    r"(?:mono|di|tri|hemi|sesqui)?hydrate|anhydrous|camsylate|medoxomil|axetil|dihydrochloride|bisulfate|disodium|"
    r"trometamol|tromethamine|propionate|valerate|furoate|dipropionate|palmitate|decanoate|ext|extract)\b\.?",
    re.IGNORECASE,
)
_AS = re.compile(r"\(as ([^()]+)\)", re.IGNORECASE)
_PACKAGE = re.compile(r"\d|[A-Za-z\d./]*$|바이알|앰플|프리필드|수출용|미분화")  # stands where the ingredient should
_AMOUNT = re.compile(
    r"(?P<value>\d+(?:[.,]\d+)*)\s*(?P<unit>밀리그[람램]|마이크로그[람램]|그[람램]|밀리리터|단위|mg|mcg|μg|ug|g|ml|iu|i\.u\.?|%)",
    re.IGNORECASE,
)
_UNITS = {
    **{"밀리그람": "mg", "밀리그램": "mg", "마이크로그람": "ug", "마이크로그램": "ug", "그람": "g", "그램": "g"},
    **{"밀리리터": "mL", "단위": "IU", "mcg": "ug", "μg": "ug", "ml": "mL", "iu": "IU", "i.u": "IU", "i.u.": "IU"},
}


@dataclass(frozen=True, slots=True)
class Product:
    """What a product's name says: the stem under which it is spoken, its dosage form, its strength ("5 mg")."""

    stem: str
    form: str
    strength: str

    @property
    def with_form(self) -> str:
        return self.stem + self.form


def product(name: str) -> Product:
    """The parts of a product's name; a name that is nothing but a strength is its own stem."""
    bare = name
    while (shorter := _BRACKETS.sub("", bare)) != bare:
        bare = shorter
    found = strength(bare) or strength(name)
    bare = bare.replace("_", " ")
    bare = _STRENGTH.sub(" ", bare).strip()
    bare = _LOOSE_NUMBER.sub("", bare).strip()
    form = _FORM.search(bare)
    stem = bare[: form.start()].strip() if form else bare
    if len(stem) < _SHORTEST:
        return Product(bare or name, "", found)
    return Product(_LOOSE_NUMBER.sub("", stem) or stem, form.group() if form else "", found)


def strength(text: str) -> str:
    """The first amount in ``text`` as "5 mg" ("0.1g" stays 0.1 g), empty where there is none or where it is one of
    several ("50/1000밀리그램")."""
    several = re.search(r"\d\s*/\s*\d", text)
    found = _AMOUNT.search(text)
    if found is None or (several and several.start() < found.end()):
        return ""
    unit = found["unit"].lower()
    return f"{float(found['value'].replace(',', '')):g} {_UNITS.get(unit, unit)}"


def ingredients(korean: str, english: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The active ingredients without their salts, in Korean and in English, sorted."""
    spoken = (_without_salt(part) for part in re.split(r"[,+/·]|\s및\s", _BRACKETS.sub("", korean)))
    written = (_english(part) for part in re.split(r"\s\+\s|,|;", english))
    named = (part for part in spoken if part and not _PACKAGE.match(part))
    return tuple(sorted(named)), tuple(sorted(filter(None, written)))


def _without_salt(name: str) -> str:
    name = name.strip()
    while (shorter := _SALTS.sub("", name)) != name and len(shorter) >= _SHORTEST:
        name = shorter.strip()
    return name


def _english(name: str) -> str:
    meant = _AS.search(name)
    bare = _BRACKETS.sub("", meant[1] if meant else name)
    return " ".join(_ENGLISH_SALTS.sub("", bare).split()).lower()
