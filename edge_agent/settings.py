"""The edge agent's settings: environment variables with the prefix ``SCRIBE_EDGE_``, every one optional.

``docs/edge.md`` documents each; a test keeps the two equal.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from edge_agent.errors import EdgeError

PREFIX = "SCRIBE_EDGE_"
_HOME = Path("~/.local/share/clinical-scribe")


class EdgeSettingsError(EdgeError):
    """The setting {variable} {problem}."""


class EdgeSettings(BaseSettings):
    """How this desk is configured."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="forbid", hide_input_in_errors=True, populate_by_name=True
    )

    data_dir: Path = Field(_HOME / "edge", description="Recordings, their index, keys and the queue to the service.")
    key_file: Path | None = Field(
        None,
        description="The key that wraps the recordings' keys (mode 0600); by default `edge.key` in the data directory.",
    )
    models_home: Path = Field(
        _HOME / "models",
        validation_alias="SCRIBE_MODELS_HOME",
        description="Where models lie and are loaded from, as for the other commands.",
    )
    models_registry: Path | None = Field(
        None,
        validation_alias="SCRIBE_MODELS_REGISTRY",
        description="The site's own model registry file, over the built-in one.",
    )
    model: str | None = Field(
        None, description="Recogniser by its registry name; by default the registry's for the language."
    )
    language: Literal["ko", "en"] = Field("ko", description="Language spoken, unless a recording says otherwise.")
    threads: int | None = Field(
        None, ge=1, le=64, description="Processor threads of the recogniser; by default up to 4."
    )
    vocabulary: Path | None = Field(
        None, description="Terms that the recogniser should listen for: one a line, the likeliest first."
    )
    device: str | None = Field(
        None, description="Microphone by name; without it, or while it is missing, the system's default."
    )
    channels: Literal[1, 2] = Field(
        1, description="1 for one microphone; 2 for one each: physician left, patient right."
    )
    port: int = Field(8765, ge=0, le=65535, description="Loopback port of the desk page; 0 takes a free one.")
    service_ca: Path | None = Field(
        None, description="Certificates that the service's is checked against (PEM), instead of the system's."
    )
    service_certificate: Path | None = Field(None, description="This computer's certificate for mutual TLS (PEM).")
    service_certificate_key: Path | None = Field(None, description="The private key of that certificate (PEM).")
    send_audio: bool = Field(False, description="Whether the audio is sent too, or the transcript alone.")
    retention_days: int | None = Field(
        None,
        ge=0,
        le=3650,
        description="Days that audio is kept here after the service has acknowledged it; without it, for ever.",
    )

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
        "key_file",
        "models_home",
        "vocabulary",
        "models_registry",
        "service_ca",
        "service_certificate",
        "service_certificate_key",
    )
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        return None if path is None else path.expanduser().absolute()

    @field_validator("channels", mode="before")
    @classmethod
    def _number(cls, value: object) -> object:
        return int(value) if isinstance(value, str) and value.isdecimal() else value

    @classmethod
    def load(cls, environment: Mapping[str, str] | None = None, **overrides: object) -> Self:
        """The settings of the environment; :class:`EdgeSettingsError` names the first variable that is wrong.

        A variable with the prefix that is no setting is refused: it is most likely misspelt.
        """
        names = os.environ if environment is None else environment
        known = {variable_of(name) for name in cls.model_fields}
        for name in sorted(names):
            if name.upper().startswith(PREFIX) and name.upper() not in known:
                raise EdgeSettingsError(variable=name, problem="is unknown (docs/edge.md lists all)")
        try:
            return cls(**{name: value for name, value in overrides.items() if value is not None})  # type: ignore[arg-type]
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            variable = variable_of(str(first["loc"][0]))
            raise EdgeSettingsError(variable=variable, problem=f"is wrong: {first['msg'].lower()}") from None

    @property
    def wrapping_key_file(self) -> Path:
        return self.key_file or self.data_dir / "edge.key"

    @property
    def spool_dir(self) -> Path:
        return self.data_dir / "spool"

    @property
    def voices_dir(self) -> Path:
        """The physicians' enrolled voices."""
        return self.data_dir / "voices"

    @property
    def desk_key_file(self) -> Path:
        """The secret by which the desk page knows that it was opened by this user."""
        return self.data_dir / "desk.key"

    @property
    def uplink_dir(self) -> Path:
        """Device identity and the queue to the service."""
        return self.data_dir / "uplink"


def variable_of(field: str) -> str:
    """The environment variable that sets ``field``."""
    if field.startswith("SCRIBE_"):
        return field
    alias = EdgeSettings.model_fields[field].validation_alias if field in EdgeSettings.model_fields else None
    return alias if isinstance(alias, str) else PREFIX + field.upper()
