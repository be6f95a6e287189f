"""Sounds of a consulting room in which nobody speaks, made from numbers: what a recogniser must leave empty.

Every sound is a pure function of its length and a random generator: mono float32 in [-1, 1] at 16 kHz.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from models.audio import SAMPLE_RATE, Samples

Sound = Callable[[float, np.random.Generator], Samples]

_Wave = NDArray[np.float64]


def _time(seconds: float) -> _Wave:
    return np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE


def _samples(wave: _Wave) -> Samples:
    return np.clip(wave, -1.0, 1.0).astype(np.float32)


def _scaled(wave: _Wave, level: float) -> _Wave:
    """The wave at ``level`` dBFS (RMS)."""
    return np.asarray(wave / (np.sqrt(np.mean(wave**2)) + 1e-12) * 10 ** (level / 20))


def coloured(slope: float, level: float) -> Sound:
    """Noise whose power falls with frequency to the ``slope``: 0 white, 1 pink, 2 brown; ``level`` in dBFS."""

    def sound(seconds: float, random: np.random.Generator) -> Samples:
        size = int(seconds * SAMPLE_RATE)
        spectrum = np.fft.rfft(random.normal(size=size))
        frequency = np.maximum(np.fft.rfftfreq(size, 1 / SAMPLE_RATE), 20.0)
        return _samples(_scaled(np.fft.irfft(spectrum / frequency ** (slope / 2), size), level))

    return sound


def band_noise(seconds: float, random: np.random.Generator, low: float, high: float) -> _Wave:
    """Noise between two frequencies in Hz, RMS 1."""
    size = max(int(seconds * SAMPLE_RATE), 1)
    spectrum = np.fft.rfft(random.normal(size=size))
    frequency = np.fft.rfftfreq(size, 1 / SAMPLE_RATE)
    spectrum[(frequency < low) | (frequency > high)] = 0
    return _scaled(np.fft.irfft(spectrum, size), 0.0)


def digital_silence(seconds: float, random: np.random.Generator) -> Samples:
    del random
    return np.zeros(int(seconds * SAMPLE_RATE), dtype=np.float32)


def last_bit(seconds: float, random: np.random.Generator) -> Samples:
    """What a muted converter gives: the last bit of 16 flickers."""
    return _samples(random.integers(-1, 2, int(seconds * SAMPLE_RATE)) / 32768.0)


def direct_current(seconds: float, random: np.random.Generator) -> Samples:
    return _samples(0.4 + random.normal(0, 1e-3, int(seconds * SAMPLE_RATE)))


def mains_hum(seconds: float, random: np.random.Generator) -> Samples:
    """60 Hz and its harmonics, as from a bad cable."""
    time = _time(seconds)
    wave = sum(
        np.sin(2 * np.pi * 60 * n * time + random.uniform(0, 6)) / n for n in (1, 2, 3, 5, 7)
    ) + 0.05 * random.normal(size=time.size)
    return _samples(_scaled(np.asarray(wave), -26))


def air_conditioner(seconds: float, random: np.random.Generator) -> Samples:
    time = _time(seconds)
    breath = 1 + 0.3 * np.sin(2 * np.pi * 0.2 * time)
    blades = 0.4 * np.sin(2 * np.pi * 118 * time)
    return _samples(_scaled(breath * (band_noise(seconds, random, 40, 900) + blades), -32))


def traffic(seconds: float, random: np.random.Generator) -> Samples:
    """A street behind a window: rumble that swells with each car."""
    time = _time(seconds)
    swell = 0.3 + np.exp(-(((time % 7.0) - 3.5) ** 2))
    return _samples(_scaled(swell * band_noise(seconds, random, 30, 400), -30))


def _struck(hertz: float, seconds: float, partials: int = 6, decay: float = 3.0) -> _Wave:
    """A note that is struck and fades, like a piano's."""
    time = _time(seconds)
    tones = [np.sin(2 * np.pi * hertz * n * time) * np.exp(-decay * n**0.5 * time) / n for n in range(1, partials + 1)]
    return np.asarray(np.sum(tones, axis=0))


def _put(wave: _Wave, at: float, piece: _Wave) -> None:
    first = int(at * SAMPLE_RATE)
    length = min(len(piece), len(wave) - first)
    if length > 0:
        wave[first : first + length] += piece[:length]


_SCALE = (261.6, 293.7, 329.6, 349.2, 392.0, 440.0, 493.9, 523.3)


def piano(seconds: float, random: np.random.Generator) -> Samples:
    """A melody over chords."""
    wave = np.zeros(int(seconds * SAMPLE_RATE))
    for beat in np.arange(0, seconds, 0.4):
        _put(wave, beat, _struck(float(random.choice(_SCALE)) * 2, 1.2))
        if int(beat / 0.4) % 4 == 0:
            root = random.integers(0, 4)
            for note in (root, root + 2, root + 4):
                _put(wave, beat, 0.6 * _struck(_SCALE[note], 1.8))
    return _samples(_scaled(wave, -22))


def strings(seconds: float, random: np.random.Generator) -> Samples:
    """Sustained chords with vibrato: the waiting room's music."""
    time = _time(seconds)
    wave = np.zeros_like(time)
    for first in np.arange(0, seconds, 2.5):
        here = (time >= first) & (time < first + 2.5)
        local = time[here] - first
        swell = np.minimum(1, np.minimum(local / 0.4, (2.5 - local) / 0.4))
        for hertz in random.choice(_SCALE, 3, replace=False):
            phase = 2 * np.pi * hertz * local + 3 * np.sin(2 * np.pi * 5.5 * local)
            wave[here] += swell * sum(np.sin(n * phase) / n for n in range(1, 8))
    return _samples(_scaled(wave, -22))


def beat(seconds: float, random: np.random.Generator) -> Samples:
    """Drums and a bass line through a wall."""
    wave = np.zeros(int(seconds * SAMPLE_RATE))
    for step in np.arange(0, seconds, 0.25):
        if int(step * 4) % 4 == 0:
            _put(wave, step, 1.5 * _struck(62, 0.25, 2, 14))
        if int(step * 4) % 4 == 2:
            _put(wave, step, 0.5 * band_noise(0.12, random, 800, 6000) * np.exp(-30 * _time(0.12)))
        _put(wave, step, 0.5 * _struck(float(random.choice((55, 65.4, 73.4, 82.4))), 0.25, 4, 5))
    return _samples(_scaled(wave, -24))


def telephone(seconds: float, random: np.random.Generator) -> Samples:
    """440 and 480 Hz, two seconds on and four off: the ring of the network."""
    del random
    time = _time(seconds)
    ring = np.sin(2 * np.pi * 440 * time) + np.sin(2 * np.pi * 480 * time)
    return _samples(0.2 * ring * ((time % 6.0) < 2.0))


def desk_telephone(seconds: float, random: np.random.Generator) -> Samples:
    """The warble of an office telephone."""
    time = _time(seconds)
    hertz = np.where((time * 20).astype(int) % 2 == 0, 760.0, 960.0)
    wave = np.sign(np.sin(2 * np.pi * np.cumsum(hertz) / SAMPLE_RATE)) * ((time % 3.0) < 1.2)
    return _samples(0.15 * wave + 0.001 * random.normal(size=time.size))


def mobile_telephone(seconds: float, random: np.random.Generator) -> Samples:
    """A melody on a marimba, again and again, with the buzz of a telephone on a table."""
    wave = np.zeros(int(seconds * SAMPLE_RATE))
    melody = random.choice(_SCALE, 8)
    for index, at in enumerate(np.arange(0, seconds, 0.18)):
        _put(wave, at, _struck(float(melody[index % 8]) * 2, 0.3, 3, 9))
    time = _time(seconds)
    buzz = np.sign(np.sin(2 * np.pi * 170 * time)) * ((time % 2.0) < 1.0)
    return _samples(_scaled(wave + 0.15 * buzz, -22))


def breathing(seconds: float, random: np.random.Generator) -> Samples:
    """In through the nose and out through the mouth, close to the microphone."""
    wave = np.zeros(int(seconds * SAMPLE_RATE))
    at = 0.3
    while at < seconds:
        for low, high, length, strength in ((500, 3500, 1.1, 0.6), (250, 2200, 1.5, 1.0)):
            envelope = np.sin(np.pi * _time(length) / length) ** 1.5
            _put(wave, at, strength * envelope * band_noise(length, random, low, high)[: len(envelope)])
            at += length + 0.25
        at += random.uniform(0.3, 0.9)
    return _samples(_scaled(wave, -30))


def _bursts(
    rate: float, low: float, high: float, length: float, level: float, spread: float = 0.5, groups: bool = False
) -> Sound:
    """Short bursts of noise at about ``rate`` a second, with pauses in between where they come in ``groups``."""

    def sound(seconds: float, random: np.random.Generator) -> Samples:
        wave = np.zeros(int(seconds * SAMPLE_RATE))
        at = 0.1
        while at < seconds:
            strength = random.uniform(1 - spread, 1)
            fade = np.exp(-6 * _time(length) / length)
            _put(wave, at, strength * fade * band_noise(length, random, low, high)[: len(fade)])
            at += random.exponential(1 / rate) + length / 2
            if groups and random.random() < 0.12:
                at += random.uniform(0.8, 2.0)
        return _samples(_scaled(wave, level) if wave.any() else wave)

    return sound


def chair(seconds: float, random: np.random.Generator) -> Samples:
    """A chair that creaks: rough tones that slide."""
    wave = np.zeros(int(seconds * SAMPLE_RATE))
    at = 0.5
    while at < seconds:
        length = random.uniform(0.2, 0.7)
        local = _time(length)
        hertz = random.uniform(180, 500) * (1 + random.uniform(-0.4, 0.4) * local / length)
        creak = np.sign(np.sin(2 * np.pi * np.cumsum(hertz) / SAMPLE_RATE)) * np.sin(np.pi * local / length)
        _put(wave, at, creak * (0.6 + 0.4 * random.random(len(local))))
        at += random.uniform(1.0, 3.0)
    return _samples(_scaled(wave, -28))


def cough(seconds: float, random: np.random.Generator) -> Samples:
    """Two or three coughs in a row, every few seconds."""
    wave = np.zeros(int(seconds * SAMPLE_RATE))
    at = 0.5
    while at < seconds:
        for _ in range(int(random.integers(2, 4))):
            local = _time(0.28)
            envelope = np.exp(-9 * local) + 0.4 * np.exp(-(((local - 0.18) / 0.04) ** 2))
            _put(wave, at, envelope * band_noise(0.28, random, 300, 4500)[: len(local)])
            at += random.uniform(0.32, 0.5)
        at += random.uniform(2.0, 4.0)
    return _samples(_scaled(wave, -24))


def _voiced(pitch: _Wave, formants: Sequence[tuple[float, float]]) -> _Wave:
    """A throat without words: pulses at ``pitch`` Hz through resonances at (Hz, bandwidth in Hz)."""
    pulses = np.diff(np.floor(np.cumsum(pitch) / SAMPLE_RATE), prepend=0.0)
    spectrum = np.fft.rfft(pulses)
    frequency = np.fft.rfftfreq(len(pulses), 1 / SAMPLE_RATE)
    gain = sum(1 / (1 + ((frequency - centre) / width) ** 2) for centre, width in formants)
    return np.asarray(np.fft.irfft(spectrum * gain, len(pulses)))


def humming(seconds: float, random: np.random.Generator) -> Samples:
    """Somebody hums a tune with the mouth closed."""
    time = _time(seconds)
    notes = np.repeat(random.choice(_SCALE, len(time) // 8000 + 1), 8000)[: len(time)] / 2
    pitch = notes * (1 + 0.01 * np.sin(2 * np.pi * 5 * time))
    envelope = np.minimum(1, 4 * np.abs(np.sin(np.pi * time / 0.5)))
    return _samples(_scaled(envelope * _voiced(pitch, ((250, 80), (2100, 300))), -26))


def crying(seconds: float, random: np.random.Generator) -> Samples:
    """A baby: wails of about a second at 350 to 600 Hz, with a breath between."""
    time = _time(seconds)
    local = time % 1.4
    pitch = 350 + 250 * np.sin(np.pi * np.minimum(local, 1.0)) + 10 * np.sin(2 * np.pi * 7 * time)
    wail = np.where(local < 1.0, np.sin(np.pi * local), 0.0) * _voiced(pitch, ((1000, 200), (1700, 300), (3300, 400)))
    breath = np.where(local > 1.1, 0.05, 0.0) * band_noise(seconds, random, 500, 4000)[: len(time)]
    return _samples(_scaled(wail / (np.abs(wail).max() + 1e-9) + breath, -22))


def groaning(seconds: float, random: np.random.Generator) -> Samples:
    """A low groan every few seconds."""
    time = _time(seconds)
    local = time % 3.5
    pitch = 110 - 15 * local + random.uniform(-5, 5)
    return _samples(
        _scaled(
            np.where(local < 0.9, np.sin(np.pi * local / 0.9), 0.0) * _voiced(pitch, ((450, 120), (1100, 200))), -28
        )
    )


def snoring(seconds: float, random: np.random.Generator) -> Samples:
    time = _time(seconds)
    local = time % 4.0
    rattle = (np.sin(2 * np.pi * 55 * time) > 0.2) * band_noise(seconds, random, 80, 1500)[: len(time)]
    return _samples(_scaled(np.where(local < 1.6, np.sin(np.pi * local / 1.6), 0.0) * rattle, -26))


def monitor(seconds: float, random: np.random.Generator) -> Samples:
    """The beep of a pulse oximeter, 75 a minute."""
    del random
    time = _time(seconds)
    return _samples(0.2 * np.sin(2 * np.pi * 880 * time) * ((time % 0.8) < 0.08))


def alarm(seconds: float, random: np.random.Generator) -> Samples:
    """A siren that sweeps."""
    time = _time(seconds)
    hertz = 900 + 400 * np.sin(2 * np.pi * 0.5 * time)
    return _samples(0.1 * np.sin(2 * np.pi * np.cumsum(hertz) / SAMPLE_RATE) + 0.002 * random.normal(size=time.size))


def water(seconds: float, random: np.random.Generator) -> Samples:
    """A tap, and hands under it."""
    time = _time(seconds)
    splash = 0.6 + 0.4 * np.abs(np.sin(2 * np.pi * 1.3 * time + np.sin(2 * np.pi * 0.37 * time)))
    return _samples(_scaled(splash * band_noise(seconds, random, 800, 7000), -28))


def printer(seconds: float, random: np.random.Generator) -> Samples:
    time = _time(seconds)
    gate = (np.sin(2 * np.pi * 1.1 * time) > -0.3) * (0.5 + 0.5 * (np.sin(2 * np.pi * 23 * time) > 0))
    motor = 0.4 * np.sign(np.sin(2 * np.pi * 240 * time))
    return _samples(_scaled(gate * (band_noise(seconds, random, 300, 5000) + motor), -28))


def quiet_room(seconds: float, random: np.random.Generator) -> Samples:
    """A room in which nothing happens: faint noise, and now and then a key, a creak, a breath."""
    wave = coloured(1, -58)(seconds, random).astype(np.float64)
    keys = SOUNDS["keyboard"]
    for at in np.arange(20, seconds, 60):
        made = (keys, chair, breathing)[int(random.integers(0, 3))](4.0, random)
        _put(wave, at + random.uniform(0, 20), 0.5 * made.astype(np.float64))
    return _samples(wave)


SOUNDS: Mapping[str, Sound] = {
    "digital silence": digital_silence,
    "last bit": last_bit,
    "direct current": direct_current,
    "white noise, faint": coloured(0, -60),
    "white noise": coloured(0, -40),
    "white noise, loud": coloured(0, -18),
    "pink noise": coloured(1, -40),
    "pink noise, loud": coloured(1, -18),
    "brown noise": coloured(2, -30),
    "mains hum": mains_hum,
    "air conditioner": air_conditioner,
    "traffic": traffic,
    "piano": piano,
    "strings": strings,
    "beat": beat,
    "telephone": telephone,
    "desk telephone": desk_telephone,
    "mobile telephone": mobile_telephone,
    "breathing": breathing,
    "keyboard": _bursts(7, 1500, 7500, 0.02, -34, groups=True),
    "mouse": _bursts(0.8, 2000, 7900, 0.008, -38),
    "paper": _bursts(9, 1200, 7900, 0.12, -34, spread=0.9, groups=True),
    "knocking": _bursts(2.5, 80, 900, 0.07, -28, groups=True),
    "footsteps": _bursts(1.8, 50, 500, 0.1, -32, spread=0.2),
    "applause": _bursts(60, 600, 5000, 0.02, -26),
    "chair": chair,
    "cough": cough,
    "humming": humming,
    "crying": crying,
    "groaning": groaning,
    "snoring": snoring,
    "monitor": monitor,
    "alarm": alarm,
    "water": water,
    "printer": printer,
}


def corpus(seconds: float, seeds: Sequence[int] = (0,)) -> dict[str, Samples]:
    """Every sound once a seed, named ``sound #seed``."""
    return {
        f"{name} #{seed}": sound(seconds, np.random.default_rng([seed, number]))
        for seed in seeds
        for number, (name, sound) in enumerate(SOUNDS.items())
    }
