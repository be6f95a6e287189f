// Lights what sounds, and keeps it in view until the reader scrolls away.
import { fromOf, latest, rangesOf, scrollInto, timesOf, untilOf } from "./lines.js";

const HIGHLIGHT = "sounding";
const SCROLL_KEYS = new Set(["PageUp", "PageDown", "Home", "End", "ArrowUp", "ArrowDown", " "]);

export class Follow {
  constructor(pane, player, button) {
    this.pane = pane;
    this.audio = player.audio;
    this.button = button;
    this.following = true;
    this.line = null;
    this.word = null;
    this.highlight = globalThis.Highlight && new Highlight();
    if (this.highlight) CSS.highlights.set(HIGHLIGHT, this.highlight);
    this.renew();
    this.audio.addEventListener("play", () => this.#tick());
    this.audio.addEventListener("pause", () => this.#rest());
    this.audio.addEventListener("seeked", () => !this.audio.paused && this.#show());
    button.addEventListener("click", () => this.#follow(!this.following));
    for (const name of ["wheel", "touchmove"]) pane.addEventListener(name, () => this.#leave(), { passive: true });
    pane.addEventListener("pointerdown", (event) => event.target === pane && this.#leave());
    pane.addEventListener("keydown", (event) => SCROLL_KEYS.has(event.key) && this.#leave());
  }

  // After lines came, went or changed.
  renew() {
    this.lines = [...this.pane.querySelectorAll(".utterance")];
    this.#rest();
  }

  #tick() {
    if (this.audio.paused) return;
    this.#show();
    requestAnimationFrame(() => this.#tick());
  }

  #show() {
    const now = this.audio.currentTime;
    const found = this.lines[latest(this.lines, now, fromOf)];
    const line = found && now < untilOf(found) + 0.3 ? found : null;
    if (line !== this.line) this.#enter(line);
    if (line) this.#sound(line, now);
  }

  #enter(line) {
    this.line?.classList.remove("playing");
    this.line = line;
    this.word = null;
    if (!line) return void this.highlight?.clear();
    line.classList.add("playing");
    if (this.following && this.pane.offsetParent) this.#keepInView(line);
  }

  #sound(line, now) {
    const words = timesOf(line);
    const word = words[latest(words, now, (one) => one.at)] ?? null;
    if (word === this.word) return;
    this.word = word;
    this.highlight?.clear();
    if (word && this.highlight) for (const range of rangesOf(line, word.start, word.end)) this.highlight.add(range);
  }

  #keepInView(line) {
    const box = line.getBoundingClientRect();
    const frame = this.pane.getBoundingClientRect();
    const [low, high] = [frame.top + frame.height * 0.1, frame.top + frame.height * 0.7];
    if (box.top < low || box.bottom > high) scrollInto(this.pane, line);
  }

  #rest() {
    this.line?.classList.remove("playing");
    this.line = null;
    this.word = null;
    this.highlight?.clear();
  }

  #leave() {
    if (!this.audio.paused) this.#follow(false);
  }

  #follow(on) {
    this.following = on;
    this.button.setAttribute("aria-pressed", String(on));
    if (on && this.line) this.#keepInView(this.line);
  }
}
