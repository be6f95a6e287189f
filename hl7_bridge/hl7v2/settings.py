"""What a site says about its HL7 v2 neighbours: a section for each that is sent to, one for what is received."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field

from hl7_bridge.setting import STRICT, FileSetting, NameSetting, SecretSetting, UriSetting
from hl7_bridge.tls import Tls

Version = Literal["2.3.1", "2.4", "2.5", "2.5.1", "2.6"]
CharsetName = Literal["UNICODE UTF-8", "KS X 1001", "ASCII"]
"""MSH-18 as HL7 table 0211 spells it."""
ProcessingId = Literal["P", "T", "D"]
DOCUMENT_TYPES: Final = (
    ("outpatient", "CN"),
    ("emergency", "ED"),
    ("inpatient_round", "PR"),
    ("telephone", "CN"),
    ("patient_summary", "PI"),
)
"""TXA-2 (table 0270: consultation, emergency department report, progress note); PI is this project's own."""


def _pairs(given: Any) -> Any:
    return tuple(given.items()) if isinstance(given, Mapping) else given


def _hierarchic(text: str) -> str:
    """One to three parts, separated by ``^``, of characters that need no escape."""
    parts = text.split("^")
    if len(parts) > 3 or any(sign in text for sign in "|~\\&") or not text.isprintable():
        raise ValueError("must be NAMESPACE or NAMESPACE^UNIVERSAL ID^TYPE, without | ~ \\ &")
    return text


Pairs = Annotated[tuple[tuple[str, str], ...], BeforeValidator(_pairs)]
HierarchicSetting = Annotated[str, AfterValidator(_hierarchic)]
"""An HD, such as an application or an assigning authority."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hl7Destination:
    """An HL7 v2 receiver reached by MLLP.

    ``acknowledgement``: ``original`` waits for one answer; ``enhanced`` asks for the accept and the application
    answer (MSH-15 and MSH-16 AL); ``accept`` is content with the accept answer (MSH-16 NE).  ``timeout`` is seconds
    for an answer after the last byte or the answer before.  ``amendment``: ``replace`` sends MDM^T10, ``original``
    a further MDM^T02, both with the parent document in TXA-13.  ``retraction``: ``cancel`` sends MDM^T11, ``status``
    MDM^T03, both with TXA-19 CA.  ``text`` is the value type of OBX-5: one FT a section, or one TX a line.
    ``document_number`` is TXA-12: the business identifier in full, or 20 characters of its digest.
    ``unencodable``: what the character set lacks and the published table does not transliterate is refused, or
    written as ``[U+1F642]``.  ``retry_errors`` are the ERR codes (table 0357) after which the same message is sent
    again later; ``resend_unknown`` whether it is where no answer came.  An ``authority`` is the HD of CX.4 and
    XCN.9; without one it is made from the identifier's system.  ``units`` replace UCUM by local names (OBX-6).
    ``ai_label`` marks in OBX-17 what a machine drafted.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    kind: Literal["hl7v2"] = "hl7v2"
    name: NameSetting = "hospital"
    host: Annotated[str, Field(min_length=1, max_length=253)]
    port: Annotated[int, Field(ge=1, le=65535)]
    tls: Tls | None = None
    connect_timeout: Annotated[float, Field(gt=0, le=600)] = 10.0
    timeout: Annotated[float, Field(gt=0, le=600)] = 30.0
    keep_open: bool = True
    max_message_kb: Annotated[int, Field(ge=1, le=65536)] = 4096

    version: Version = "2.5"
    charset: CharsetName = "UNICODE UTF-8"
    unencodable: Literal["refuse", "code_point"] = "refuse"
    processing_id: ProcessingId = "P"
    acknowledgement: Literal["original", "enhanced", "accept"] = "original"
    sending_application: HierarchicSetting = "SCRIBE"
    sending_facility: HierarchicSetting = ""
    receiving_application: HierarchicSetting = ""
    receiving_facility: HierarchicSetting = ""

    observations: bool = True
    patient_summary: bool = True
    amendment: Literal["replace", "original"] = "replace"
    retraction: Literal["cancel", "status"] = "cancel"
    text: Literal["FT", "TX"] = "FT"
    document_types: Pairs = DOCUMENT_TYPES
    document_number: Literal["full", "short"] = "full"
    patient_authority: HierarchicSetting = ""
    visit_authority: HierarchicSetting = ""
    practitioner_authority: HierarchicSetting = ""
    units: Pairs = ()
    ai_label: bool = True

    retry_errors: tuple[str, ...] = ("206", "207")
    resend_unknown: bool = True

    @property
    def address(self) -> str:
        return f"{'mllps' if self.tls else 'mllp'}://{self.host}:{self.port}"

    def document_type(self, use: str) -> str:
        """TXA-2 of a setting of care, or of ``patient_summary``."""
        return dict((*DOCUMENT_TYPES, *self.document_types))[use]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerTls:
    """The listener's certificate with its chain, its key, and, where senders must show one, who signs theirs (mTLS)."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    certificate_file: FileSetting
    key_file: FileSetting
    key_password: SecretSetting | None = None
    client_ca_file: FileSetting | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hl7Receiver:
    """What is received from the hospital's information system: ADT.

    ``charset`` is how a message that declares none (MSH-18) is read: ``ASCII`` refuses what is not.
    ``processing_ids`` are the values of MSH-11 that are taken.  ``applications`` names the senders (MSH-3) that are
    taken; empty takes all.  ``ignore_events`` are events (A02) that are answered AA and nothing more, where refusing
    them would hold up the sender's queue.  ``patient_system`` and ``visit_system`` are the URIs under which patients
    and visits are known; by default the institution's OID with ``.1`` and ``.2``.  ``patient_authority`` (PID-3.4)
    and ``patient_type`` (PID-3.5) choose among several numbers of a patient.  ``physicians`` maps the hospital's number
    of a physician (PV1-7.1) to a login; a licence number needs no line.  ``unknown_physician``: the login that owns
    visits of physicians nobody knows; without it they wait, and IT sees them (``scribe bridge admissions``).
    ``allow`` are addresses or networks that may connect; empty means any.  ``timezone`` holds for times without
    an offset.  ``remember_days``: for so long a repeated MSH-10 is answered without being done again.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    charset: CharsetName = "ASCII"
    processing_ids: tuple[ProcessingId, ...] = ("P",)
    applications: tuple[str, ...] = ()
    ignore_events: tuple[str, ...] = ()
    application: HierarchicSetting = "SCRIBE"
    facility: HierarchicSetting = ""
    patient_system: UriSetting | None = None
    visit_system: UriSetting | None = None
    patient_authority: str = ""
    patient_type: str = "MR"
    physicians: Pairs = ()
    unknown_physician: str | None = None
    timezone: str = "Asia/Seoul"
    remember_days: Annotated[int, Field(ge=1, le=3650)] = 30
    tls: ListenerTls | None = None
    allow: tuple[str, ...] = ()
    max_connections: Annotated[int, Field(ge=1, le=1024)] = 32
    max_message_kb: Annotated[int, Field(ge=1, le=65536)] = 1024
    frame_timeout: Annotated[float, Field(gt=0, le=3600)] = 30.0
    idle_timeout: Annotated[float, Field(gt=0)] = 3600.0

    def login_of(self, number: str) -> str | None:
        """The login that the site file gives a physician's number."""
        return dict(self.physicians).get(number)
