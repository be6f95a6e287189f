"""The form of audio that every model here takes: mono float samples at 16 kHz, -1 to 1."""

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 16_000

Samples = NDArray[np.float32]
