"""Whether a destination can be delivered to: what will work, what will not, and what to do, a line each.

Nothing is written there.  No name of a patient is read out, only whether exactly one was found.
"""

import secrets
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal
from urllib.parse import urlsplit

from hl7_bridge.capabilities import Capabilities
from hl7_bridge.connection import auth_of, client_of, limits_of
from hl7_bridge.destination import Destination, FhirDestination
from hl7_bridge.errors import BridgeError
from hl7_bridge.fhir_client import FhirClient
from hl7_bridge.fhir_errors import IgnoredSearchError, MultipleMatchesError, NoMatchError
from hl7_bridge.fhir_http import http_client
from hl7_bridge.hl7v2.settings import Hl7Destination
from hl7_bridge.problems import judged
from hl7_bridge.roles import NO_ROLE, ROLE, RoleSought, find_role
from hl7_bridge.site import INSTITUTION_ARC, Site
from hl7_bridge.tls import TlsFileError, tls_problem
from scribe.domain.encounter import Identifier

Level = Literal["ok", "warning", "failure", "skipped"]
REFERENCED: Final = ("Patient", "Encounter", "Practitioner", "Organization")
"""What a note points at: it must be found by identifier."""
WRITTEN: Final = (
    "Condition", "Observation", "MedicationRequest", "AllergyIntolerance", "Procedure", "DocumentReference",
)  # fmt: skip
"""What a note is made of, besides Device and Provenance, without which it is still complete."""
ADVICE: Final = {
    "unreachable": "주소, 방화벽, 병원 서버가 켜져 있는지 확인하세요.",
    "tls": "병원 인증서의 발급 기관을 tls.ca_file에, 서버가 요구하면 우리 인증서를 tls.certificate_file에 적으세요.",
    "tls-file": "tls 항목의 파일 경로와 PEM 형식, 키 비밀번호를 확인하세요.",
    "key-file": "auth.key_file에 P-384 또는 RSA 2048비트 이상의 PEM 개인키를 두세요.",
    "address": "url을 http(s) 주소로 적고 사용자 이름을 빼세요.",
    "busy": "서버 상태를 확인하고 잠시 뒤 다시 실행하세요.",
    "unauthorised": "headers 또는 auth 설정을 병원에서 받은 값과 비교하세요.",
    "forbidden": "병원에 읽기·쓰기 권한(scope)을 요청하세요.",
    "redirected": "url을 최종 주소로 바꾸세요.",
    "not-fhir": "url이 FHIR 기본 주소인지 확인하세요(예: https://…/fhir).",
    "not-r4": "FHIR R4(4.0.1) JSON을 지원하는 주소를 요청하세요.",
    "refused": "병원 서버 담당자와 응답 코드를 확인하세요.",
    "token-refused": "client_id, 개인키 등록(또는 client_secret), scope를 병원 인증 서버 담당자와 확인하세요.",
    "token-unavailable": "token_url과 인증 서버 상태를 확인하세요.",
    "gateway-refused": "adapter.good 값과 연계 서버의 결과 코드를 확인하세요.",
}
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """``check`` is a stable code; ``message`` and ``advice`` are Korean, one line each."""

    destination: str
    check: str
    level: Level
    message: str
    advice: str | None = None


def examine(site: Site, destination: Destination, patient: Identifier | None = None) -> Iterator[Finding]:
    """All findings, as they are made; later checks are left out where an earlier one makes them pointless."""
    if isinstance(destination, FhirDestination):
        yield from _Fhir(site, destination).findings(patient)
    elif isinstance(destination, Hl7Destination):
        yield from _hl7(destination)


class _Fhir:
    def __init__(self, site: Site, destination: FhirDestination) -> None:
        self._site = site
        self._destination = destination

    def findings(self, patient: Identifier | None) -> Iterator[Finding]:
        yield self._numbering()
        yield self._encryption()
        try:
            client = client_of(self._destination)
        except BridgeError as error:
            yield self._failed("settings", error)
            return
        with client:
            connected = self._connected(client)
            yield connected
            token = self._token()
            if token is not None:
                yield token
            if connected.level == "failure":
                yield self._finding("rest", "skipped", "서버에 연결하지 못해 나머지를 점검하지 않았습니다.")
                return
            yield from self._capabilities(client.capabilities())
            yield from self._searches(client, patient)

    def _numbering(self) -> Finding:
        number = self._site.organization.identifier if self._site.organization else None
        system = self._site.identifier_system or (f"{INSTITUTION_ARC}.{number.value}" if number else None)
        if system is None:
            message = "보낼 자원의 식별 체계가 진료기록의 기관번호에 따라 정해집니다."
            return self._finding("numbering", "warning", message, "identifier_system을 정해 두는 것이 안전합니다.")
        return self._finding("numbering", "ok", f"보낼 자원의 식별 체계: {system}")

    def _encryption(self) -> Finding:
        parts = urlsplit(self._destination.url)
        if parts.scheme == "https":
            mutual = "상호 인증(mTLS)" if self._destination.tls.certificate_file else "서버 인증"
            return self._finding("encryption", "ok", f"암호화된 연결(TLS, {mutual})을 씁니다.")
        if parts.hostname in _LOOPBACK:
            return self._finding("encryption", "ok", "이 컴퓨터 안의 서버이므로 암호화하지 않습니다.")
        message = "환자 정보가 암호화되지 않은 연결(http)로 나갑니다."
        return self._finding("encryption", "warning", message, "https 주소를 쓰세요.")

    def _connected(self, client: FhirClient) -> Finding:
        try:
            found = client.require_r4()
        except BridgeError as error:
            return self._failed("metadata", error)
        if not found.known:
            return self._finding(
                "metadata", "warning", "서버가 /metadata를 주지 않아 설정한 쓰기 방식을 그대로 믿습니다."
            )
        name = found.software or "이름 모름"
        return self._finding("metadata", "ok", f"연결됨: {client.host} ({name}, FHIR {found.fhir_version})")

    def _token(self) -> Finding | None:
        """Whether the token endpoint gives one; None where the destination needs none."""
        if self._destination.auth is None:
            return None
        with http_client(limits_of(self._destination), self._destination.tls) as http:
            try:
                auth_of(self._destination, http).headers()
            except BridgeError as error:
                return self._failed("token", error)
        return self._finding("token", "ok", "인증 서버에서 접근 토큰을 받았습니다.")

    def _capabilities(self, found: Capabilities) -> Iterator[Finding]:
        yield self._writing(found)
        missing = sorted(set(WRITTEN) - found.types) if found.types else []
        if missing:
            message = f"받지 않는 자원 유형이 있어 그 항목이 든 기록은 전달되지 않습니다: {', '.join(missing)}"
            yield self._finding("types", "failure", message, "병원 서버에 자원 유형 추가를 요청하세요.")
        else:
            yield self._finding("types", "ok", "진료기록에 필요한 자원 유형을 모두 받습니다.")
        lost = sorted({"Device", "Provenance"} - found.types) if found.types else []
        if lost:
            message = f"작성 주체(출처) 자원을 받지 않아 빼고 보냅니다: {', '.join(lost)}"
            yield self._finding("provenance", "warning", message)
        yield self._conditional(found)
        yield self._updating(found)

    def _writing(self, found: Capabilities) -> Finding:
        insisted = self._destination.write
        if insisted == "transaction" or (insisted == "auto" and found.transaction):
            return self._finding("writing", "ok", "한 번에 모두 저장(transaction)합니다.")
        if not found.known or set(WRITTEN) <= found.creatable:
            return self._finding("writing", "ok", "트랜잭션이 없어 자원을 차례대로 하나씩 저장합니다.")
        lacking = ", ".join(sorted(set(WRITTEN) - found.creatable))
        message = f"서버가 쓰기를 허용하지 않습니다: {lacking}"
        return self._finding("writing", "failure", message, "쓰기 권한을 요청하거나 HL7 v2로 보내도록 설정하세요.")

    def _conditional(self, found: Capabilities) -> Finding:
        if found.creates_conditionally(WRITTEN):
            return self._finding("once", "ok", "조건부 생성(If-None-Exist)으로 두 번 저장되는 것을 막습니다.")
        message = "조건부 생성을 알리지 않는 서버라서 보내기 전에 식별자로 먼저 찾아봅니다."
        return self._finding("once", "warning", message, "같은 환자에 동시에 쓰는 다른 시스템이 없는지 확인하세요.")

    def _updating(self, found: Capabilities) -> Finding:
        unable = sorted(set(WRITTEN) - found.offering("update")) if found.known else []
        if unable:
            message = f"수정(update)을 받지 않아 정정·철회가 전달되지 않습니다: {', '.join(unable)}"
            return self._finding("amending", "warning", message, "update 권한을 요청하세요.")
        unguarded = sorted(kind for kind in WRITTEN if not found.keeps_versions(kind))
        if unguarded:
            message = f"판 번호를 두지 않아 동시에 고친 것을 알아낼 수 없습니다: {', '.join(unguarded)}"
            return self._finding("amending", "warning", message)
        return self._finding("amending", "ok", "정정과 철회를 판 번호(If-Match)로 확인하고 보냅니다.")

    def _searches(self, client: FhirClient, patient: Identifier | None) -> Iterator[Finding]:
        listed = client.capabilities()
        kinds = (*REFERENCED, *(kind for kind in WRITTEN if kind in listed.types or not listed.types))
        for kind in kinds:
            finding = self._searched(client, kind)
            if finding is not None:
                yield finding
                if finding.level == "failure" and kind == REFERENCED[0]:
                    return
        yield self._roles(client)
        yield self._institution(client)
        if patient is not None:
            yield self._resolved(client, "Patient", patient, "patient", "환자")

    def _searched(self, client: FhirClient, kind: str) -> Finding | None:
        """A search for a number that nobody has; None where all is well and another line will say so."""
        check = f"search:{kind}"
        if client.capabilities().cannot_find(kind, "identifier"):
            message = f"{kind}을(를) 식별자로 검색할 수 없다고 알립니다."
            return self._finding(check, "failure", message, f"{kind}의 identifier 검색을 열어 달라고 요청하세요.")
        try:
            found = client.find(kind, Identifier(system="urn:clinical-scribe:doctor", value=secrets.token_hex(8)))
        except (IgnoredSearchError, MultipleMatchesError):
            message = f"{kind} 검색에서 식별자 조건을 무시합니다: 다른 환자의 자원을 줄 수 있어 보내지 않습니다."
            return self._finding(check, "failure", message, f"{kind}의 identifier 검색을 구현해 달라고 요청하세요.")
        except BridgeError as error:
            return self._failed(check, error)
        if found is not None:
            return self._finding(check, "failure", f"{kind} 검색이 없는 번호에 답합니다.", "검색 구현을 확인하세요.")
        return self._finding(check, "ok", f"{kind}: 식별자 검색이 됩니다.") if kind in REFERENCED else None

    def _roles(self, client: FhirClient) -> Finding:
        """Whether physicians' roles can be searched; a note goes without where they cannot."""
        nobody = RoleSought(
            practitioner=f"Practitioner/{secrets.token_hex(8)}", organization=None, department=None, day=date.max
        )
        try:
            lacking = find_role(client, nobody).lacking
        except BridgeError as error:
            return self._failed("roles", error)
        if lacking == NO_ROLE:
            return self._finding("roles", "ok", f"{ROLE}: 진료의의 역할을 찾아 문서의 작성자에 함께 적습니다.")
        message = f"{ROLE}을(를) 진료의로 검색할 수 없어 문서의 작성자에 진료의만 적습니다."
        return self._finding("roles", "warning", message, f"{ROLE}의 practitioner 검색을 열어 달라고 요청하세요.")

    def _institution(self, client: FhirClient) -> Finding:
        number = self._site.organization.identifier if self._site.organization else None
        if number is None:
            message = "사이트 설정에 기관번호가 없어 진료기록에 적힌 기관을 씁니다."
            return self._finding("institution", "warning", message, "[organization]에 요양기관기호를 적으세요.")
        return self._resolved(client, "Organization", number, "institution", "기관")

    def _resolved(self, client: FhirClient, kind: str, number: Identifier, check: str, what: str) -> Finding:
        try:
            reference = client.resolve(kind, number)
        except NoMatchError:
            message = f"{what} 번호({number.system})에 맞는 {kind}이(가) 서버에 없습니다."
            return self._finding(
                check, "failure", message, f"번호 체계가 맞는지, {what}이(가) 등록되어 있는지 확인하세요."
            )
        except MultipleMatchesError:
            message = f"{what} 번호({number.system})에 맞는 {kind}이(가) 여럿입니다."
            return self._finding(check, "failure", message, "중복 등록을 정리하세요.")
        except BridgeError as error:
            return self._failed(check, error)
        return self._finding(check, "ok", f"{what}을(를) 하나만 찾았습니다: {reference}")

    def _failed(self, check: str, error: BridgeError) -> Finding:
        found = judged(error)
        detail = error.problem if isinstance(error.context.get("problem"), str) else found.code
        return self._finding(check, "failure", f"{found.message} ({detail})", ADVICE.get(found.code))

    def _finding(self, check: str, level: Level, message: str, advice: str | None = None) -> Finding:
        return Finding(destination=self._destination.name, check=check, level=level, message=message, advice=advice)


def _hl7(destination: Hl7Destination) -> Iterator[Finding]:
    """Whether the receiver takes a connection; HL7 v2 has no way to ask for more without sending a message."""

    def finding(check: str, level: Level, message: str, advice: str | None = None) -> Finding:
        return Finding(destination=destination.name, check=check, level=level, message=message, advice=advice)

    if destination.tls is None and destination.host not in _LOOPBACK:
        yield finding("encryption", "warning", "환자 정보가 암호화되지 않은 연결로 나갑니다.", "tls를 설정하세요.")
    try:
        address = (destination.host, destination.port)
        with socket.create_connection(address, timeout=destination.connect_timeout) as plain:
            if destination.tls is not None:
                destination.tls.context().wrap_socket(plain, server_hostname=destination.host).close()
    except TlsFileError as error:
        yield finding("settings", "failure", f"{judged(error).message}", ADVICE["tls-file"])
    except OSError as error:
        untrusted = tls_problem(error)
        code, detail = ("tls", untrusted) if untrusted else ("unreachable", type(error).__name__)
        yield finding("connection", "failure", f"HL7 v2 수신 서버에 연결할 수 없습니다. ({detail})", ADVICE[code])
    else:
        message = f"연결됨: {destination.address}. 메시지 수락 여부는 보내 보아야 알 수 있습니다."
        yield finding("connection", "ok", message)


def worst(findings: Sequence[Finding]) -> Level:
    """The most serious level among the findings."""
    order: tuple[Level, ...] = ("failure", "warning", "skipped")
    return next((level for level in order if any(item.level == level for item in findings)), "ok")
