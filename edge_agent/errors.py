"""What can go wrong on the clinic's own hardware."""

from scribe.domain.errors import ScribeError


class EdgeError(ScribeError):
    """The edge agent cannot go on."""


class RecordingMissingError(EdgeError):
    """{path}: there is no such file."""


class RecordingUnreadableError(EdgeError):
    """{path}: {problem}."""


class RecordingWarning(UserWarning):
    """A recording was read only in part, or holds no speech."""


class CaptureError(EdgeError):
    """The microphone cannot be recorded from: {problem}."""


class PortAudioMissingError(CaptureError):
    """The audio library PortAudio is not installed: on Debian or Ubuntu run `sudo apt-get install libportaudio2`, elsewhere `pip install --force-reinstall sounddevice`, and try again."""  # noqa: E501


class NoMicrophoneError(CaptureError):
    """No microphone was found: plug one in, or start the sound server, and look with `scribe edge devices`."""


class MicrophoneRefusedError(CaptureError):
    """{device} could not be opened ({problem}): close other programs that record, allow this one the microphone in the system's privacy settings, or choose another with `scribe edge devices`."""  # noqa: E501


class CaptureUnfinishedError(CaptureError):
    """{seconds:.0f} s of audio are still in memory because saving them takes too long; they are kept: free the disk and stop again."""  # noqa: E501


class SampleRateError(CaptureError):
    """Audio at {rate} samples per second cannot be converted to 16 kHz: choose a rate between 8000 and 384000."""


class RecogniserError(EdgeError):
    """The recogniser cannot work: {problem}."""


class RecogniserRefusedError(RecogniserError):
    """The recogniser did not start: {problem}."""


class RecogniserGaveUpError(RecogniserError):
    """The recogniser stopped {crashes} times in a row and was not started again; the recording is kept: see to the machine's memory, then run `scribe edge recover`."""  # noqa: E501

    retryable = True


class RecogniserClosedError(RecogniserError):
    """The recogniser was closed before the transcript was there; the recording is kept: `scribe edge recover` makes it."""  # noqa: E501

    retryable = True


class AudioSourceError(RecogniserError):
    """The recording {recording_id} could not be read back for the recogniser: {problem}."""
