"""The ``scribe edge voice`` commands: enrol the physician's voice, see what is kept, delete it."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from edge_agent.audio import Audio
    from edge_agent.enrolment import Enrolment, Voiceprint
    from edge_agent.settings import EdgeSettings

app = typer.Typer(no_args_is_help=True)

CONSENT_TEXT = (
    "목소리 정보(생체정보) 보관 동의\n"
    "- 무엇을: 목소리의 특징을 나타내는 숫자(성문). 녹음된 소리는 보관하지 않습니다.\n"
    "- 왜: 진료 대화에서 의사의 말을 환자의 말과 구별하기 위해서입니다.\n"
    "- 어디에: 이 컴퓨터에만, 따로 만든 키로 잠가 보관합니다. 밖으로 보내지 않습니다.\n"
    "- 언제까지: 지울 때까지입니다. `scribe edge voice delete`로 언제든 지울 수 있습니다.\n"
    "- 동의하지 않아도 받아쓰기는 그대로 쓸 수 있습니다."
)
_READ_ALOUD = (
    "아래 글을 평소 진료하실 때처럼 읽어 주세요.\n"
    "“안녕하세요. 오늘은 어디가 불편해서 오셨어요? 언제부터 그러셨는지, 열이나 기침은 없으셨는지 말씀해 주세요. "
    "지금 드시는 약이 있으세요? 약을 먹고 두드러기가 난 적은 없으신가요? 잠깐 청진을 해 보겠습니다. 숨을 크게 "
    "들이마시고 내쉬어 보세요. 목이 조금 부었네요. 약을 사흘 치 드릴 테니 식사하고 삼십 분 뒤에 드시고, "
    "물을 자주 드세요.”"
)
_RECORD_SECONDS = 25.0
_Owner = Annotated[str, typer.Option(help="Whose voice, where several physicians share this computer.")]


@app.callback()
def _group() -> None:
    """The physician's enrolled voice: kept only with consent, sealed under a key of its own."""


@app.command()
def enrol(
    file: Annotated[
        Path | None, typer.Argument(help="Recording of the physician alone, 10 s of speech or more.")
    ] = None,
    *,
    record: Annotated[bool, typer.Option("--record", help="Record from the microphone instead.")] = False,
    seconds: Annotated[float, typer.Option(min=10.0, max=120.0, help="How long to record.")] = _RECORD_SECONDS,
    device: Annotated[str | None, typer.Option(help="Microphone by name (`scribe edge devices`).")] = None,
    consent: Annotated[bool, typer.Option("--consent", help="The physician has agreed to the text shown.")] = False,
    owner: _Owner = "physician",
) -> None:
    """Make the voiceprint of a physician's voice and keep it in place of an earlier one."""
    from edge_agent.enrolment import ConsentMissingError, VoiceConsent  # noqa: PLC0415

    if (file is None) != record:
        raise typer.BadParameter("name a recording, or give --record")
    settings = _settings()
    typer.echo(CONSENT_TEXT, err=True)
    if not consent and not typer.confirm("동의하십니까?", default=False, err=True):
        raise ConsentMissingError
    agreed = VoiceConsent(decided_at=datetime.now(UTC))
    audio = _file(file) if file is not None else _recorded(device or settings.device, seconds)
    voiceprint = _voiceprint(audio, settings)
    _enrolment(settings).enrol(voiceprint, agreed, now=datetime.now(UTC), owner=owner)
    typer.echo(f"목소리를 등록했습니다(말소리 {voiceprint.seconds:.0f}초). 녹음된 소리는 보관하지 않습니다.")


@app.command()
def status(*, owner: _Owner = "physician") -> None:
    """Say whether a voice is enrolled, since when, and with which model."""
    found = _enrolment(_settings()).enrolled(owner)
    if found is None:
        typer.echo("등록된 목소리가 없습니다.")
        return
    since = found.enrolled_at.astimezone().strftime("%Y-%m-%d %H:%M")
    agreed = found.consent.decided_at.astimezone().strftime("%Y-%m-%d %H:%M")
    typer.echo(
        f"등록된 목소리가 있습니다: 등록 {since}, 동의 {agreed}, 말소리 {found.voiceprint.seconds:.0f}초, "
        f"모델 {found.voiceprint.model}"
    )


@app.command()
def delete(*, owner: _Owner = "physician") -> None:
    """Destroy the voiceprint's key and remove the voiceprint: this withdraws the consent."""
    deleted = _enrolment(_settings()).delete(owner)
    typer.echo("등록된 목소리를 지웠습니다." if deleted else "등록된 목소리가 없습니다.")


def _settings() -> "EdgeSettings":
    from edge_agent.settings import EdgeSettings  # noqa: PLC0415

    return EdgeSettings.load(None)


def _enrolment(settings: "EdgeSettings") -> "Enrolment":
    from edge_agent.enrolment import Enrolment  # noqa: PLC0415
    from edge_agent.outfit import site_key  # noqa: PLC0415

    return Enrolment(settings.voices_dir, site_key(settings))


def _voiceprint(audio: "Audio", settings: "EdgeSettings") -> "Voiceprint":
    from edge_agent.enrolment import voiceprint_of  # noqa: PLC0415
    from edge_agent.transcribe import VAD_MODEL, voice_embedder  # noqa: PLC0415
    from models.fetch import Fetching, ensure  # noqa: PLC0415
    from models.registry import Registry  # noqa: PLC0415
    from models.vad import VoiceActivity  # noqa: PLC0415

    registry = Registry.load(settings.models_registry)
    vad = ensure(registry.get(VAD_MODEL), settings.models_home, Fetching(network=False))
    regions = VoiceActivity(vad / "silero_vad_v6.onnx").regions(audio.mono)
    return voiceprint_of(audio.mono, regions, voice_embedder(registry, settings.models_home)[0])


def _file(path: Path) -> "Audio":
    from edge_agent.audio import read_audio  # noqa: PLC0415

    return read_audio(path)


def _recorded(device: str | None, seconds: float) -> "Audio":
    """What the microphone hears for so long; it is held in memory only."""
    import numpy as np  # noqa: PLC0415

    from edge_agent.audio import Audio  # noqa: PLC0415
    from edge_agent.capture import Block, Microphone  # noqa: PLC0415
    from models.audio import SAMPLE_RATE  # noqa: PLC0415

    typer.echo(_READ_ALOUD, err=True)
    blocks: list[Block] = []
    with Microphone(device=device, on_block=blocks.append, on_event=lambda _event: None) as microphone:
        while microphone.running and microphone.position < seconds:
            time.sleep(0.1)
    samples = np.concatenate([block.samples for block in blocks], axis=1) if blocks else np.zeros((1, 0), np.float32)
    return Audio(channels=samples, sha256="", sample_rate=SAMPLE_RATE)
