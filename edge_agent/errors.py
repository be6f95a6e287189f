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


class SpoolError(EdgeError):
    """The store of recordings cannot do this."""


class SpoolBusyError(SpoolError):
    """{folder}: another program works with these recordings: end it first (one edge agent a folder)."""


class SpoolVersionError(SpoolError):
    """{file} was written by a newer version ({found}, this one knows {known}): install that version."""


class SpoolIndexError(SpoolError):
    """{file} cannot be read ({problem}): start the program again, which rebuilds it from the recordings."""


class SpoolFullError(SpoolError):
    """Recording stopped, the disk is full: everything up to {seconds:.0f} s is kept; free {megabytes} MB in {folder} and start a new recording."""  # noqa: E501


class SpoolWriteError(SpoolError):
    """Recording stopped, {folder} cannot be written ({problem}): everything up to {seconds:.0f} s is kept; see to the disk and start a new recording."""  # noqa: E501


class SpoolRoomError(SpoolError):
    """Too little room in {folder}: {free} MB are free and {needed} MB are needed; nothing was changed: free some and try again."""  # noqa: E501


class SpoolDiskError(SpoolError):
    """{folder} cannot be written or read ({problem}): nothing was changed; see to the disk and try again."""

    retryable = True


class ErasureUnfinishedError(SpoolError):
    """What was erased of recording {recording_id} may still be on the disk ({problem}): see to the disk and start the program again, which removes it."""  # noqa: E501


class ConsentMissingError(SpoolError):
    """Nothing is recorded: the patient's consent to the recording is {state}."""


class UnknownRecordingError(SpoolError):
    """There is no recording {recording_id}; `scribe edge recover` lists those there are."""


class RecordingStateError(SpoolError):
    """The recording {recording_id} is {state}: {problem}."""


class RecordingSealedError(SpoolError):
    """The recording {recording_id} cannot be opened with this site's key: give the key it was made with; nothing was changed."""  # noqa: E501


class DocumentMissingError(SpoolError):
    """The recording {recording_id} has no document {name}."""


class DocumentDamagedError(SpoolError):
    """The document {name} of the recording {recording_id} is damaged, or under another site's key; it was left as it is."""  # noqa: E501
