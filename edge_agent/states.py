"""The agent's states, and which command is possible in which."""

from enum import StrEnum


class AgentState(StrEnum):
    """What the agent does now; the states of single recordings are the spool's."""

    IDLE = "idle"
    STARTING = "starting"
    """The microphone is being opened: audio counts from the first block that arrives."""
    RECORDING = "recording"
    PAUSED = "paused"
    FINISHING = "finishing"
    """The microphone is closed, the last audio is being secured."""
    TRANSCRIBING = "transcribing"
    """Nothing is recorded, a finished recording is being recognised; the next may start."""
    FAULT = "fault"
    """The last recording broke off or could not start; what was recorded is kept, starting again is possible."""


class Command(StrEnum):
    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    OFF_THE_RECORD = "off_the_record"
    STOP = "stop"
    DISCARD = "discard"
    SET_MICROPHONE = "set_microphone"
    TRY_MICROPHONE = "try_microphone"


_OPEN = frozenset({AgentState.IDLE, AgentState.TRANSCRIBING, AgentState.FAULT})
_UNDER_WAY = frozenset({AgentState.RECORDING, AgentState.PAUSED})

_POSSIBLE: dict[Command, frozenset[AgentState]] = {
    Command.START: _OPEN,
    Command.PAUSE: frozenset({AgentState.RECORDING}),
    Command.RESUME: frozenset({AgentState.PAUSED}),
    Command.OFF_THE_RECORD: _UNDER_WAY,
    Command.STOP: _UNDER_WAY | {AgentState.STARTING},
    Command.DISCARD: _UNDER_WAY | {AgentState.STARTING},
    Command.SET_MICROPHONE: _OPEN | _UNDER_WAY,
    Command.TRY_MICROPHONE: _OPEN,
}


def possible(command: Command, state: AgentState) -> bool:
    """Whether ``command`` may be given in ``state``; recordings that are over can always be assigned or discarded."""
    return state in _POSSIBLE[command]
