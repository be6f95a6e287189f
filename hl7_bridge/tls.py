"""Transport security: always verified, with the site's own authorities and client certificate where it has them."""

import ssl
from dataclasses import dataclass
from typing import ClassVar

from pydantic import ConfigDict

from hl7_bridge.errors import BridgeError
from hl7_bridge.setting import STRICT, FileSetting, SecretSetting


class TlsFileError(BridgeError):
    """The TLS setting {setting} ({file}) cannot be used: {problem}."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """The ``tls`` section of a destination.

    ``ca_file``: authorities (PEM) that sign the server's certificate, in place of the system's own.
    ``certificate_file`` and ``key_file``: our certificate with its chain and its private key (PEM), for a server
    that asks for one (mTLS); ``key_password`` opens the key.  Verification cannot be switched off.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    ca_file: FileSetting | None = None
    certificate_file: FileSetting | None = None
    key_file: FileSetting | None = None
    key_password: SecretSetting | None = None

    def context(self) -> ssl.SSLContext:
        """A client's context: TLS 1.2 or later, names and chains checked.  TlsFileError names the file at fault."""
        context = ssl.create_default_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.ca_file is not None:
            context = self._own_authorities()
        if self.certificate_file is not None:
            self._present(context)
        return context

    def _own_authorities(self) -> ssl.SSLContext:
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
        except (OSError, ssl.SSLError) as error:
            raise TlsFileError(setting="ca_file", file=self.ca_file, problem=_problem(error)) from None
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context

    def _present(self, context: ssl.SSLContext) -> None:
        # an empty password rather than none: OpenSSL would ask for one at the terminal
        password = self.key_password.value if self.key_password else ""
        if self.certificate_file is None:
            return
        try:
            context.load_cert_chain(self.certificate_file, self.key_file, password)
        except (OSError, ssl.SSLError) as error:
            raise TlsFileError(
                setting="certificate_file", file=self.certificate_file, problem=_problem(error)
            ) from None


def tls_problem(error: BaseException) -> str | None:
    """What TLS says went wrong beneath a transport error, in its own words; None where it was not TLS."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"TLS: {cause.verify_message}"
        if isinstance(cause, ssl.SSLError) and cause.reason:
            return f"TLS: {cause.reason.lower().replace('_', ' ')}"
        cause = cause.__cause__ or cause.__context__
    return None


def _problem(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return "it is not a PEM file with a certificate and the matching key, or the password does not open the key"
    return error.strerror or type(error).__name__
