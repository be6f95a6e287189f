"""The agent's state as the page reads it: JSON with the Korean words beside the figures."""

from dataclasses import asdict
from typing import Any

from edge_agent.devices import InputDevice
from edge_agent.doctor import Check, Report
from edge_agent.events import Current, LevelView, LiveView, Notice, RecordingRow, Service, Snapshot
from edge_agent.states import Command, possible
from edge_agent.wording import CONSENTS, SPEAKERS, STATES, notice_text, standing
from scribe.domain.transcript import Transcript
from scribe.domain.uplink import OpenEncounter

Json = dict[str, Any]


def state_of(snapshot: Snapshot) -> Json:
    """Everything but level and live text."""
    state = snapshot.state
    return {
        "state": state.value,
        "state_text": STATES[state],
        "can": {command.value: possible(command, state) for command in Command},
        "microphone": snapshot.microphone,
        "wanted_microphone": snapshot.wanted_microphone,
        "trying_microphone": snapshot.trying_microphone,
        "current": _current(snapshot.current) if snapshot.current else None,
        "counts": asdict(snapshot.counts),
        "partials_dropped": snapshot.partials_dropped,
        "recogniser_restarts": snapshot.recogniser_restarts,
        "notices": sorted(map(_notice, snapshot.notices), key=lambda notice: not notice["grave"]),
        "recordings": [_row(row, snapshot.service) for row in snapshot.recordings],
        "disk_minutes": snapshot.disk_minutes,
        "upload_summary": _upload_summary(snapshot),
    }


def level_of(view: LevelView) -> Json:
    """The meter, in whole decibels: more is not seen."""
    return {
        "open": view.listening,
        "rms": round(view.level.rms_dbfs),
        "peak": round(view.level.peak_dbfs),
        "clipped": view.level.clipped,
        "seconds": None if view.seconds is None else round(view.seconds, 1),
    }


def live_of(view: LiveView, known: int = 0) -> Json:
    """The live text from word number ``known`` on."""
    return {
        "recording": view.recording_id,
        "generation": view.generation,
        "from": known,
        "words": [[word.text, round(word.start, 2)] for word in view.stable[known:]],
        "tentative": view.tentative,
    }


def microphones_of(devices: tuple[InputDevice, ...]) -> Json:
    """Each name once: one microphone may be there under several sound systems."""
    by_name = {device.name: device for device in sorted(devices, key=lambda device: device.is_default)}
    return {
        "microphones": [
            {"name": device.name, "label": f"{device.name} (기본)" if device.is_default else device.name}
            for device in by_name.values()
        ]
    }


def encounters_of(encounters: tuple[OpenEncounter, ...], advice: str | None = None) -> Json:
    return {
        "encounters": [
            {
                "id": encounter.id,
                "start": encounter.start.isoformat(),
                "label": encounter.label,
                "consent": encounter.consent,
                "recorded": encounter.recorded,
            }
            for encounter in encounters
        ],
        "advice": advice,
    }


def transcript_of(transcript: Transcript) -> Json:
    return {
        "utterances": [
            {
                "start": utterance.start,
                "speaker": utterance.speaker,
                "speaker_text": SPEAKERS[utterance.speaker],
                "text": utterance.text,
            }
            for utterance in transcript.utterances
        ]
    }


def report_of(report: Report) -> Json:
    failed, warned = report.count("failed"), report.count("warning")
    summary = "모두 정상입니다."
    if failed or warned:
        summary = " · ".join(
            part for part in (f"문제 {failed}건" if failed else "", f"주의 {warned}건" if warned else "") if part
        )
    return {"checks": [_check(check) for check in report.checks], "summary": summary}


def _check(check: Check) -> Json:
    return {
        "name": check.name,
        "title": check.korean.title,
        "status": check.status,
        "finding": check.korean.finding,
        "advice": check.korean.advice,
    }


def _current(current: Current) -> Json:
    return {
        "id": current.id,
        "started_at": current.started_at.isoformat(),
        "encounter": current.encounter_id,
        "consent_text": CONSENTS[current.consent_by],
        "seconds": round(current.seconds, 1),
        "erased": round(current.erased),
    }


def _notice(notice: Notice) -> Json:
    text = notice_text(notice)
    return {"kind": notice.kind.value, "grave": text.grave, "title": text.title, "advice": text.advice}


def _row(row: RecordingRow, service: Service) -> Json:
    return {
        "id": row.id,
        "started_at": row.started_at.isoformat(),
        "seconds": round(row.seconds),
        "encounter": row.encounter_id,
        "consent_text": CONSENTS.get(row.consent_by or "", "동의 확인 필요"),
        "standing": asdict(standing(row, service)),
        "acts": _acts(row, service),
    }


def _acts(row: RecordingRow, service: Service) -> list[str]:
    """What can be done with the recording, the most useful first."""
    acts: list[str] = []
    if row.unfinished:
        acts.append("recover")
    elif row.failed:
        acts.append("again")
    if row.upload == "problem":
        acts.append("resend")
    if row.has_transcript:
        acts.append("transcript")
    if service.enrolled and row.upload in ("waiting", "problem"):
        acts.append("assign")
    if row.upload not in ("done", "sending"):
        acts.append("discard")
    return acts


def _upload_summary(snapshot: Snapshot) -> str:
    """What is still here and why, in one line."""
    if not snapshot.recordings:
        return ""
    if not snapshot.service.enrolled:
        return "이 PC에만 저장합니다 (서버 미등록)."
    left = sum(row.upload != "done" for row in snapshot.recordings)
    if not left:
        return "모두 전송했습니다."
    unassigned = sum(row.upload == "waiting" and row.encounter_id is None for row in snapshot.recordings)
    parts = [f"아직 보내지 않은 녹음 {left}건"]
    if unassigned:
        parts.append(f"진료 지정 필요 {unassigned}건")
    if snapshot.service.reachable is False:
        parts.append("서버 연결 안 됨")
    return " · ".join(parts)
