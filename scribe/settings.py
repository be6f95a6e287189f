"""The one settings object: environment variables with the prefix ``SCRIBE_``, every one optional.

``docs/settings.md`` documents each; a test keeps the two equal.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from scribe.domain.encounter import Identifier, Organization
from scribe.domain.errors import ScribeError

PREFIX = "SCRIBE_"
EDGE_PREFIX = "SCRIBE_EDGE_"
"""The edge agent's settings, which may stand in the same environment; it checks its own (docs/edge.md)."""
HIRA_NUMBER_SYSTEM = "http://www.hl7korea.or.kr/Identifier/hira-krnpi"
"""KR Core's naming system of care institutions (요양기관기호)."""

_HOME = Path("~/.local/share/clinical-scribe")


class SettingsError(ScribeError):
    """The setting {variable} {problem}."""


class Settings(BaseSettings):
    """How this installation is configured; secrets print as asterisks."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", hide_input_in_errors=True)

    data_dir: Path = Field(_HOME, description="Database, sealed audio, job state and the hospital key.")
    database_url: SecretStr | None = Field(
        None, description="Database of the service; a PostgreSQL URL, or by default SQLite in the data directory."
    )
    jobs_database_url: SecretStr | None = Field(
        None, description="Database of the durable jobs; by default SQLite beside, or PostgreSQL where the service is."
    )
    hospital_key_file: Path | None = Field(
        None,
        description="The key that wraps all data keys (mode 0600); by default `hospital.key` in the data directory.",
    )
    models_home: Path = Field(_HOME / "models", description="Where models lie and are loaded from.")
    models_registry: Path | None = Field(None, description="The site's own model registry file, over the built-in one.")
    models_hub: str | None = Field(None, description="Model hub or mirror that `scribe models pull` asks.")
    speech_model: str | None = Field(
        None, description="Recogniser by its registry name; by default the registry's for the language."
    )
    dictation: bool = Field(True, description="Whether physicians may dictate into a note (by the same recogniser).")
    terminology_dir: Path | None = Field(
        None, description="The hospital's own terms and codes; by default `terminology` in the data directory."
    )
    language: str = Field(
        "ko", pattern="^[a-z]{2}$", description="Language of consultations unless one says otherwise."
    )
    template: str = Field("soap", description="Note template unless a consultation says otherwise, or `auto`.")
    templates_dir: Path | None = Field(None, description="The hospital's own note templates (docs/templates.md).")

    hospital_name: str = Field(
        "의원", min_length=1, max_length=200, description="Name of the institution, as on records."
    )
    hospital_hira_number: str | None = Field(
        None, pattern=r"^\d{8}$", description="HIRA number of the institution (요양기관기호, 8 digits)."
    )
    hospital_phone: str | None = Field(
        None, pattern=r"^[0-9+() -]{3,30}$", description="Telephone number that patients are told to ask questions at."
    )
    patient_address: str | None = Field(
        None,
        pattern=r"^https?://[^/?#\s]+/?$",
        description="Address under which patients' telephones reach this service; by default the one staff use.",
    )
    identifier_system: str | None = Field(
        None,
        description="URI under which what is sent is numbered; by default the institution's OID, from its HIRA number.",
    )

    site_file: Path | None = Field(
        None, description="Site file (TOML) with all destinations (docs/bridge.md); it replaces the `FHIR` settings."
    )
    fhir_url: str | None = Field(
        None,
        pattern="^https?://",
        description="FHIR R4 base address of the hospital system; without it nothing is sent.",
    )
    fhir_token: SecretStr | None = Field(None, description="Bearer token for the hospital system.")
    fhir_timeout_seconds: float = Field(30.0, gt=0, le=600, description="Longest wait for an answer of that system.")
    fhir_client_id: str | None = Field(None, description="Our name at that system's authorisation server (OAuth 2).")
    fhir_client_secret: SecretStr | None = Field(None, description="Our secret there (client credentials).")
    fhir_private_key_file: Path | None = Field(
        None, description="Our private key there (PEM, SMART Backend Services), in place of a secret."
    )
    fhir_token_url: str | None = Field(
        None, pattern="^https?://", description="Token endpoint; by default as the FHIR server's SMART page names it."
    )
    fhir_scope: str | None = Field(None, description="Scope to ask for.")
    fhir_ca_file: Path | None = Field(None, description="Authorities (PEM) that sign that system's certificate.")
    fhir_certificate_file: Path | None = Field(None, description="Our certificate (PEM) for that system (mTLS).")
    fhir_certificate_key_file: Path | None = Field(None, description="The private key of that certificate (PEM).")
    alert_webhook_url: str | None = Field(
        None,
        pattern="^https?://",
        description="Address on the hospital's network told, by JSON POST, when a destination fails or works again.",
    )

    host: str = Field("127.0.0.1", description="Address the service listens on.")
    port: int = Field(8080, ge=0, le=65535, description="Port the service listens on; 0 takes a free one.")
    host_names: str | None = Field(
        None,
        pattern=r"^[0-9A-Za-z.:-]+(,[0-9A-Za-z.:-]+)*$",
        description="Names that browsers and devices reach the service by, separated by commas; requests to another "
        "are refused. By default any.",
    )
    desk_port: int = Field(
        8765,
        ge=1,
        le=65535,
        description="Port of the desk page on the recording computers (`SCRIBE_EDGE_PORT` there).",
    )
    session_idle_minutes: int = Field(15, ge=1, le=720, description="A session ends after this long without a request.")
    session_max_hours: int = Field(12, ge=1, le=24, description="A session ends after this long whatever happens.")
    signature_confirmation_minutes: int = Field(
        0, ge=0, le=480, description="After a confirmed signature, none is asked for again this long; 0 asks each time."
    )
    confirm_partial: bool = Field(
        False,
        description="Whether statements that the dialogue supports only in part wait for the physician's confirmation "
        "before a signature, like those that nothing supports.",
    )
    worker_id: str = Field(
        "local", pattern="^[a-z0-9-]{1,32}$", description="Name of this process where several share one PostgreSQL."
    )
    workers: int = Field(1, ge=1, le=64, description="Consultations that are recognised or drafted at the same time.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        del settings_cls, dotenv_settings, file_secret_settings
        return (init_settings, env_settings)

    @field_validator(
        "data_dir",
        "models_home",
        "models_registry",
        "hospital_key_file",
        "templates_dir",
        "terminology_dir",
        "site_file",
        "fhir_private_key_file",
        "fhir_ca_file",
        "fhir_certificate_file",
        "fhir_certificate_key_file",
    )
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        return None if path is None else path.expanduser().absolute()

    @classmethod
    def load(cls, environment: Mapping[str, str] | None = None, **overrides: object) -> Self:
        """The settings of the environment; :class:`SettingsError` names the first variable that is wrong.

        A variable with the prefix that is no setting is refused: it is most likely misspelt.
        """
        names = os.environ if environment is None else environment
        for name in sorted(names):
            upper = name.upper()
            if not upper.startswith(PREFIX) or upper.startswith(EDGE_PREFIX):
                continue
            if upper.removeprefix(PREFIX).lower() not in cls.model_fields:
                raise SettingsError(variable=name, problem="is unknown (docs/settings.md lists all)")
        try:
            return cls(**overrides)  # type: ignore[arg-type]
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            variable = PREFIX + str(first["loc"][0]).upper()
            raise SettingsError(variable=variable, problem=f"is wrong: {first['msg'].lower()}") from None

    @property
    def known_hosts(self) -> tuple[str, ...]:
        """What a request's Host header may name, this machine always among it; empty where anything goes."""
        return () if self.host_names is None else (*self.host_names.split(","), "localhost", "127.0.0.1", "[::1]")

    @property
    def store_url(self) -> str:
        """Where the store is; secret, as it may hold a password."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.data_dir / 'scribe.db'}"

    @property
    def jobs_url(self) -> str:
        """Where the durable jobs are kept; secret, as it may hold a password."""
        if self.jobs_database_url is not None:
            return self.jobs_database_url.get_secret_value()
        if self.database_url is not None and not self.store_url.startswith("sqlite"):
            return self.store_url
        return f"sqlite:///{self.data_dir / 'jobs.db'}"

    @property
    def key_file(self) -> Path:
        return self.hospital_key_file or self.data_dir / "hospital.key"

    @property
    def terms_dir(self) -> Path:
        """Where the hospital's imported terms lie."""
        return self.terminology_dir or self.data_dir / "terminology"

    @property
    def audio_dir(self) -> Path:
        return self.data_dir / "audio"

    @property
    def organization(self) -> Organization:
        """The institution as records name it."""
        number = self.hospital_hira_number
        return Organization(
            name=self.hospital_name,
            identifier=Identifier(system=HIRA_NUMBER_SYSTEM, value=number) if number else None,
        )
