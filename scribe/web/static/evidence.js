// Shows in the transcript the words that a statement, flag or entry rests on; several are gone through with "1/3".
import { lineOf, rangesOf, scrollInto } from "./lines.js";

export function quotesOf(element) {
  return JSON.parse(element.dataset.quotes || "[]");
}

export class Evidence {
  constructor(pane) {
    this.pane = pane;
    this.lines = [];
    this.marks = [];
    this.quotes = [];
    this.at = 0;
    this.steps = document.getElementById("quote-steps");
    this.steps?.addEventListener("click", (event) => {
      const button = event.target.closest("[data-quote]");
      if (button) this.step(Number(button.dataset.quote));
    });
  }

  clear() {
    for (const mark of this.marks) this.#unwrap(mark);
    for (const line of this.lines) line.classList.remove("source", "now");
    this.marks = [];
    this.lines = [];
    this.quotes = [];
    this.#tell();
  }

  show(quotes) {
    this.clear();
    this.quotes = quotes.filter((quote) => lineOf(quote.u));
    for (const quote of this.quotes) {
      const line = lineOf(quote.u);
      line.classList.add("source");
      this.lines.push(line);
      for (const range of rangesOf(line, quote.s, quote.e)) this.marks.push(this.#wrap(range));
    }
    this.at = 0;
    this.#tell();
    if (this.quotes.length) this.#bringIntoView();
  }

  step(by) {
    if (!this.quotes.length) return;
    this.at = (this.at + by + this.quotes.length) % this.quotes.length;
    this.#tell();
    this.#bringIntoView(true);
  }

  #wrap(range) {
    const mark = document.createElement("mark");
    mark.className = "on";
    range.surroundContents(mark);
    return mark;
  }

  #unwrap(mark) {
    const parent = mark.parentNode;
    if (!parent) return;
    mark.replaceWith(...mark.childNodes);
    parent.normalize();
  }

  #tell() {
    if (!this.steps) return;
    this.steps.hidden = this.quotes.length < 2;
    document.getElementById("quote-at").textContent = `${this.at + 1}/${this.quotes.length}`;
  }

  #bringIntoView(always = false) {
    const line = lineOf(this.quotes[this.at].u);
    for (const one of this.lines) one.classList.toggle("now", one === line && this.quotes.length > 1);
    if (!this.pane.offsetParent) return;
    const box = line.getBoundingClientRect();
    const frame = this.pane.getBoundingClientRect();
    if (always || box.top < frame.top || box.bottom > frame.bottom) scrollInto(this.pane, line);
  }
}
