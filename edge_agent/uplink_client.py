"""The service's device interface over HTTP: every answer is a value, or an error that says whether to wait.

TLS is verified always; plain HTTP is spoken with this computer itself only.  No proxy of the environment is used.
"""

import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar, get_args
from urllib.parse import urlsplit

import httpx
from pydantic import TypeAdapter, ValidationError

from edge_agent.identity import Clock, Identity, load
from edge_agent.uplink_errors import (
    BusyError,
    CertificateFileError,
    ChangedError,
    ClockError,
    EnrolmentCodeError,
    ErasureOrderedError,
    NotTheServiceError,
    RefusedError,
    ReplayedError,
    RevokedError,
    ServiceAddressError,
    UnreachableError,
    UntrustedServiceError,
    UplinkError,
)
from scribe.crypto import KeyWrapper
from scribe.domain.uplink import (
    Announcement,
    Completion,
    DeviceInfo,
    Enrolled,
    EnrolmentRequest,
    HotWords,
    Kept,
    OpenEncounter,
    Receipt,
    RefusalCode,
    UnderWay,
    UploadState,
)

ROOT = "/api/devices"
_LONGEST_WAIT = 3600.0
_VALUE = TypeVar("_VALUE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Transport:
    """How the service is reached.

    ``ca_bundle`` holds the certificates to trust instead of the system's; ``client_certificate`` and ``client_key``
    are for mutual TLS.  ``timeout`` is seconds without a byte.
    """

    ca_bundle: Path | None = None
    client_certificate: Path | None = None
    client_key: Path | None = None
    timeout: float = 30.0

    def open(self, url: str) -> httpx.Client:
        """A client of the service at ``url``; :class:`ServiceAddressError`, :class:`CertificateFileError`."""
        require_safe(url)
        return httpx.Client(
            base_url=url.rstrip("/"),
            verify=self._context() if url.startswith("https:") else True,
            timeout=httpx.Timeout(self.timeout, connect=min(self.timeout, 10.0)),
            trust_env=False,
            follow_redirects=False,
        )

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self.ca_bundle is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            _loaded(self.ca_bundle, context.load_verify_locations)
        if self.client_certificate is not None:
            _loaded(self.client_certificate, lambda file: context.load_cert_chain(file, self.client_key))
        return context


def require_safe(url: str) -> None:
    """:class:`ServiceAddressError` unless ``url`` is https, or http on this computer itself."""
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme != "http" or not _loopback(parts.hostname or ""):
        raise ServiceAddressError(url=url)


def enrol_at(transport: Transport) -> "_Enrolment":
    """What :func:`edge_agent.identity.enrol` asks the service with."""
    return _Enrolment(transport)


def connection(
    folder: Path, wrapper: KeyWrapper, transport: Transport, *, clock: Clock | None = None
) -> Callable[[], "UplinkClient"]:
    """Opens the service that this computer is enrolled with, anew at each call: an enrolment counts at once."""

    def connect() -> UplinkClient:
        return UplinkClient(load(folder, wrapper, clock=clock), transport)

    return connect


class UplinkClient:
    """The service, as this device talks to it.  Use as a context manager, or call :meth:`close`.

    Every method raises :class:`UplinkError` of the kind that fits; :class:`ErasureOrderedError` only where the service
    signed the order.  Recording ids and part numbers are all that a URL holds.
    """

    def __init__(self, identity: Identity, transport: Transport) -> None:
        self._identity = identity
        self._http = transport.open(identity.url)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    @property
    def identity(self) -> Identity:
        return self._identity

    def about(self) -> DeviceInfo:
        """This device as the service knows it; the cheapest way to see whether all is well."""
        return _read(self._ask("GET", "me"), _INFO)

    def encounters(self) -> tuple[OpenEncounter, ...]:
        """The owner's consultations that a recording can be for, the latest first."""
        return _read(self._ask("GET", "encounters"), _ENCOUNTERS)

    def terms(self, encounter_id: str) -> tuple[str, ...]:
        """What a recording of this consultation is likely to hold: for the recogniser, never to be stored unsealed."""
        return _read(self._ask("GET", f"encounters/{encounter_id}/terms"), _HOT_WORDS).terms

    def note_recording(self, encounter_id: str, *, under_way: bool) -> None:
        """Say that a consultation is being recorded now, again and again while it is, or no longer."""
        body = _UNDER_WAY.dump_json(UnderWay(under_way=under_way))
        self._ask("PUT", f"encounters/{encounter_id}/recording", body)

    def withdrawals(self, recording_ids: Sequence[str]) -> tuple[Receipt, ...]:
        """Orders to erase those of the recordings whose patient has refused or withdrawn, their signatures verified."""
        body = _KEPT.dump_json(Kept(recordings=tuple(recording_ids)))
        orders = _read(self._ask("POST", "withdrawals", body), _RECEIPTS)
        for order in orders:
            self._identity.require_genuine(order, order.recording_id)
        return tuple(order for order in orders if order.kind == "erase" and order.recording_id in recording_ids)

    def state(self, recording_id: str) -> UploadState:
        """How much the service holds of an upload that was announced."""
        return _read(self._ask("GET", f"recordings/{recording_id}", recording_id=recording_id), _STATE)

    def announce(self, recording_id: str, announcement: Announcement) -> UploadState:
        """Begin an upload, or go on with it: the same recording announced again changes nothing."""
        body = _ANNOUNCEMENT.dump_json(announcement)
        return _read(self._ask("PUT", f"recordings/{recording_id}", body, recording_id), _STATE)

    def put_transcript(self, recording_id: str, document: bytes) -> UploadState:
        """Send the scribe-transcript/1 file."""
        return _read(self._ask("PUT", f"recordings/{recording_id}/transcript", document, recording_id), _STATE)

    def put_part(self, recording_id: str, number: int, pcm: bytes) -> UploadState:
        """Send one part of the audio."""
        answer = self._ask("PUT", f"recordings/{recording_id}/audio/{number}", pcm, recording_id, _BINARY)
        return _read(answer, _STATE)

    def finish(self, recording_id: str, completion: Completion) -> Receipt:
        """The service's receipt, its signature verified; :class:`UntrustedReceiptError` where it is not genuine."""
        body = _COMPLETION.dump_json(completion)
        receipt = _read(self._ask("POST", f"recordings/{recording_id}/finish", body, recording_id), _RECEIPT)
        self._identity.require_genuine(receipt, recording_id)
        return receipt

    def _ask(
        self, method: str, path: str, body: bytes = b"", recording_id: str = "", media_type: str = "application/json"
    ) -> httpx.Response:
        target = f"{ROOT}/{path}"
        request = self._http.build_request(method, target, content=body)
        request.headers["authorization"] = f"Bearer {self._identity.token(method, target, body)}"
        if body:
            request.headers["content-type"] = media_type
        response = _sent(self._http, request)
        if response.status_code == 410:
            raise self._erasure(response, recording_id)
        _require_good(response, self._identity.clock)
        return response

    def _erasure(self, response: httpx.Response, recording_id: str) -> UplinkError:
        """The order to destroy a recording, or that it is none: a copy goes on the service's signature alone."""
        try:
            receipt = _RECEIPT.validate_json(response.content)
        except ValidationError:
            return NotTheServiceError(status=response.status_code)
        self._identity.require_genuine(receipt, recording_id)
        if receipt.kind != "erase":
            return NotTheServiceError(status=response.status_code)
        return ErasureOrderedError(receipt=receipt)


_BINARY = "application/octet-stream"
_INFO = TypeAdapter(DeviceInfo)
_ENCOUNTERS = TypeAdapter(tuple[OpenEncounter, ...])
_HOT_WORDS = TypeAdapter(HotWords)
_STATE = TypeAdapter(UploadState)
_ANNOUNCEMENT = TypeAdapter(Announcement)
_COMPLETION = TypeAdapter(Completion)
_RECEIPT = TypeAdapter(Receipt)
_RECEIPTS = TypeAdapter(tuple[Receipt, ...])
_KEPT = TypeAdapter(Kept)
_UNDER_WAY = TypeAdapter(UnderWay)
_ENROLLED = TypeAdapter(Enrolled)
_ENROLMENT = TypeAdapter(EnrolmentRequest)


@dataclass(frozen=True, slots=True)
class _Enrolment:
    transport: Transport

    def __call__(self, url: str, request: EnrolmentRequest) -> Enrolled:
        with self.transport.open(url) as http:
            asked = http.build_request("POST", f"{ROOT}/enrol", content=_ENROLMENT.dump_json(request))
            asked.headers["content-type"] = "application/json"
            response = _sent(http, asked)
        _require_good(response, None)
        return _read(response, _ENROLLED)


def _sent(http: httpx.Client, request: httpx.Request) -> httpx.Response:
    try:
        return http.send(request)
    except httpx.HTTPError as error:
        raise _unreached(error) from None


def _unreached(error: httpx.HTTPError) -> UplinkError:
    """The error without the address that httpx names in its message."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return UntrustedServiceError()
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx.DecodingError):
        return NotTheServiceError(status=200)
    return UnreachableError(problem=type(error).__name__)


def _read(response: httpx.Response, adapter: TypeAdapter[_VALUE]) -> _VALUE:
    try:
        return adapter.validate_json(response.content)
    except ValidationError:
        raise NotTheServiceError(status=response.status_code) from None


def _require_good(response: httpx.Response, clock: Clock | None) -> None:
    status = response.status_code
    if 200 <= status < 300:
        return
    wait = _retry_after(response)
    if status in {408, 425, 429} or status >= 500:
        raise BusyError(status=status, retry_after=wait)
    refusal = _refusal(response)
    code = str(refusal.get("code", ""))
    if code in {"token", "revoked"}:
        raise RevokedError
    if code == "clock":
        raise _clock_error(refusal, clock)
    if code == "replayed":
        raise ReplayedError
    if code in {"incomplete", "no_audio"}:
        raise ChangedError(reason=code)
    if code == "code":
        raise EnrolmentCodeError
    if code not in get_args(RefusalCode):
        raise NotTheServiceError(status=status)
    raise RefusedError(reason=code, sentence=str(refusal.get("error", "")))


def _refusal(response: httpx.Response) -> Mapping[str, Any]:
    try:
        document = response.json()
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _clock_error(refusal: Mapping[str, Any], clock: Clock | None) -> UplinkError:
    try:
        theirs = datetime.fromisoformat(str(refusal.get("time", "")))
        off = (clock() - theirs).total_seconds() / 60 if clock else 0.0
    except (ValueError, TypeError):
        return NotTheServiceError(status=401)
    return ClockError(minutes=max(1.0, round(abs(off))), direction="ahead" if off > 0 else "behind")


def _retry_after(response: httpx.Response) -> float | None:
    """Seconds of the Retry-After header (RFC 9110, section 10.2.3), at most an hour."""
    value = response.headers.get("retry-after", "").strip()
    if not value:
        return None
    if value.isdecimal():
        return min(float(value), _LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return min(max(0.0, (moment - datetime.now(UTC)).total_seconds()), _LONGEST_WAIT)


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _loaded(file: Path, load: Callable[[Path], None]) -> None:
    try:
        load(file)
    except OSError as error:  # ssl.SSLError is one too
        problem = error.strerror or type(error).__name__
        raise CertificateFileError(file=file, problem=problem) from None
