// Plays spans of the recording, one after the other, and says which moment is sounding.

export class Player {
  constructor(audio, onTime) {
    this.audio = audio;
    this.queue = [];
    this.until = Infinity;
    if (!audio) return;
    audio.addEventListener("timeupdate", () => {
      onTime(audio.paused ? null : audio.currentTime);
      if (audio.currentTime >= this.until) this.#next();
    });
    audio.addEventListener("pause", () => onTime(null));
    audio.addEventListener("ended", () => { this.queue = []; this.until = Infinity; });
  }

  get available() {
    return this.audio !== null;
  }

  playFrom(seconds) {
    this.queue = [];
    this.until = Infinity;
    this.#start(seconds);
  }

  // spans: [[from, until], …] in seconds.
  playSpans(spans) {
    this.queue = spans.slice();
    this.#next();
  }

  #next() {
    const span = this.queue.shift();
    if (!span) {
      this.until = Infinity;
      this.audio.pause();
      return;
    }
    this.until = Math.max(span[1], span[0] + 0.4);
    this.#start(Math.max(0, span[0] - 0.1));
  }

  #start(seconds) {
    if (!this.audio) return;
    this.audio.currentTime = seconds;
    this.audio.play().catch(() => { this.queue = []; this.until = Infinity; });
  }
}
