"""What a hospital's master says: one item a row, and the names under which an item is heard."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

EDI_MEDICATION_SYSTEM = "http://www.hl7korea.or.kr/CodeSystem/hira-edi-medication"
EDI_PROCEDURE_SYSTEM = "http://www.hl7korea.or.kr/CodeSystem/hira-edi-procedure"
LOCAL_MEDICINE_SYSTEM = "urn:x-local:medicine-code"
LOCAL_ORDER_SYSTEM = "urn:x-local:order-code"


class Source(StrEnum):
    """The masters that a hospital imports; a new import of one replaces what it held before."""

    KCD = "kcd"
    EDI = "edi"
    FORMULARY = "formulary"
    ORDERS = "orders"


class Kind(StrEnum):
    """What an item is."""

    DIAGNOSIS = "diagnosis"
    MEDICINE = "medicine"
    TEST = "test"
    PROCEDURE = "procedure"


class Use(IntEnum):
    """How a name is found in dialogue.

    LOOKUP not at all, only when it is looked up; ANYWHERE as a word of its own; WITH_DOSE (short names and nouns of
    everyday Korean) where a dosage form, a dose or 약 follows at once; WITH_FORM (other words of everyday Korean) only
    with its dosage form attached ("바로정").
    """

    LOOKUP = 0
    ANYWHERE = 1
    WITH_DOSE = 2
    WITH_FORM = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One row of a master.

    ``system`` and ``code`` are what the hospital's systems know it by (KCD-8, or the hospital's own), ``edi`` the
    insurance code where there is one; ``term`` is the preferred term of our lexicon that it means, else its own name;
    ``is_complete`` is false for a category that may not be billed ("J45" beside "J45.9"); ``line`` is the row's number
    in the file that was imported.
    """

    source: Source
    kind: Kind
    code: str
    system: str
    name: str
    term: str
    line: int
    english: str = ""
    edi: str = ""
    atc: str = ""
    strength: str = ""
    form: str = ""
    route: str = ""
    is_complete: bool = True


@dataclass(frozen=True, slots=True)
class Name:
    """A surface of an item; ``key`` is the surface in lower case without spaces and hyphens."""

    key: str
    text: str
    use: Use
