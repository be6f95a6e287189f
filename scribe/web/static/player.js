// Plays the recording: from a moment, or spans of it one after the other; and the controls under the transcript.

const LEAD = 0.1;
const SHORTEST = 0.4;

export class Player {
  constructor(audio) {
    this.audio = audio;
    this.queue = [];
    this.until = Infinity;
    if (!audio) return;
    audio.addEventListener("play", () => this.#watch());
    audio.addEventListener("ended", () => this.#free());
  }

  get available() {
    return this.audio !== null;
  }

  get playing() {
    return this.available && !this.audio.paused;
  }

  playFrom(seconds) {
    this.#free();
    this.#start(seconds);
  }

  // spans: [[from, until], …] in seconds.
  playSpans(spans) {
    this.queue = spans.slice();
    this.#next();
  }

  toggle() {
    if (!this.available) return;
    this.#free();
    if (this.playing) this.audio.pause();
    else this.#start(this.audio.currentTime);
  }

  pause() {
    this.audio?.pause();
  }

  skip(seconds) {
    if (!this.available) return;
    this.#free();
    this.audio.currentTime = Math.max(0, Math.min(this.audio.currentTime + seconds, this.audio.duration || Infinity));
  }

  #free() {
    this.queue = [];
    this.until = Infinity;
  }

  #next() {
    const span = this.queue.shift();
    if (!span) {
      this.until = Infinity;
      this.audio?.pause();
      return;
    }
    this.until = Math.max(span[1], span[0] + SHORTEST);
    this.#start(Math.max(0, span[0] - LEAD));
  }

  #start(seconds) {
    if (!this.audio) return;
    this.audio.currentTime = seconds;
    this.audio.play().catch(() => this.#free());
  }

  #watch() {
    if (this.audio.paused) return;
    if (this.audio.currentTime >= this.until) this.#next();
    setTimeout(() => this.#watch(), 40);
  }
}

const clock = (seconds) => {
  const whole = Math.floor(seconds || 0);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), String(whole % 60).padStart(2, "0")];
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
};

// The buttons, the slider and the keys of a headset.
export class PlayerBar {
  constructor(bar, player) {
    this.player = player;
    this.audio = player.audio;
    this.seek = bar.querySelector("#seek");
    this.clock = bar.querySelector("#clock");
    this.play = bar.querySelector("[data-play=toggle]");
    bar.addEventListener("click", (event) => {
      const button = event.target.closest("[data-play]");
      if (button?.dataset.play === "toggle") player.toggle();
      else if (button) player.skip(Number(button.dataset.play));
    });
    bar.querySelector("#speed").addEventListener("change", (event) => (this.audio.playbackRate = Number(event.target.value)));
    this.seek.addEventListener("input", () => (this.audio.currentTime = Number(this.seek.value)));
    for (const name of ["timeupdate", "loadedmetadata", "durationchange", "play", "pause"]) this.audio.addEventListener(name, () => this.#show());
    this.#media();
    this.#show();
  }

  #show() {
    const { currentTime, duration, paused } = this.audio;
    if (Number.isFinite(duration)) this.seek.max = duration;
    this.seek.value = currentTime;
    this.seek.setAttribute("aria-valuetext", `${clock(currentTime)} / ${clock(duration)}`);
    this.clock.textContent = `${clock(currentTime)} / ${clock(duration)}`;
    this.play.textContent = paused ? "▶" : "❚❚";
    this.play.title = paused ? "재생" : "멈춤";
    this.play.setAttribute("aria-label", this.play.title);
  }

  #media() {
    const session = navigator.mediaSession;
    if (!session) return;
    session.setActionHandler("seekbackward", () => this.player.skip(-3));
    session.setActionHandler("seekforward", () => this.player.skip(3));
  }
}
