// Finds words in the transcript, on this page alone: what is looked for never leaves it.
import { rangesOf, scrollInto, textOf } from "./lines.js";

const HIGHLIGHT = "found";
const WAIT_MS = 120;

export class Finder {
  constructor(box, pane) {
    this.pane = pane;
    this.input = box.querySelector("input");
    this.count = box.querySelector(".found");
    this.steps = [...box.querySelectorAll("[data-find]")];
    this.hits = [];
    this.at = -1;
    this.highlight = globalThis.Highlight && new Highlight();
    if (this.highlight) CSS.highlights.set(HIGHLIGHT, this.highlight);
    this.input.addEventListener("input", (event) => event.isComposing || this.#soon());
    this.input.addEventListener("compositionend", () => this.#soon());
    this.input.addEventListener("keydown", (event) => this.#key(event));
    for (const button of this.steps) button.addEventListener("click", () => this.step(Number(button.dataset.find)));
  }

  // Looks again, after lines changed.
  find() {
    const wanted = this.input.value.trim().toLowerCase();
    this.hits = wanted ? [...this.pane.querySelectorAll(".utterance")].flatMap((line) => this.#in(line, wanted)) : [];
    this.highlight?.clear();
    for (const hit of this.hits) for (const range of rangesOf(hit.line, hit.start, hit.end)) this.highlight?.add(range);
    this.at = -1;
    if (this.hits.length) this.step(1);
    else this.#tell(wanted);
  }

  step(by) {
    if (!this.hits.length) return;
    this.pane.querySelector(".hit")?.classList.remove("hit");
    this.at = (this.at + by + this.hits.length) % this.hits.length;
    const { line } = this.hits[this.at];
    line.classList.add("hit");
    scrollInto(this.pane, line);
    this.#tell(this.input.value.trim());
  }

  #in(line, wanted) {
    const text = textOf(line).toLowerCase();
    const found = [];
    for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) found.push({ line, start: at, end: at + wanted.length });
    return found;
  }

  #soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.find(), WAIT_MS);
  }

  #key(event) {
    if (event.isComposing) return;
    if (event.key === "Enter") {
      event.preventDefault();
      this.step(event.shiftKey ? -1 : 1);
    } else if (event.key === "Escape" && this.input.value) {
      event.preventDefault();
      this.input.value = "";
      this.find();
    }
  }

  #tell(wanted) {
    for (const button of this.steps) button.hidden = this.hits.length < 2;
    if (!this.hits.length) this.pane.querySelector(".hit")?.classList.remove("hit");
    this.count.textContent = this.hits.length ? `${this.at + 1}/${this.hits.length}` : wanted ? "없음" : "";
  }
}
