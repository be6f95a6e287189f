// Shows in the transcript the words that a statement, flag or entry rests on.

export function quotesOf(element) {
  return JSON.parse(element.dataset.quotes || "[]");
}

export class Evidence {
  constructor(pane) {
    this.pane = pane;
    this.lit = [];
  }

  clear() {
    for (const element of this.lit) element.classList.remove("on", "source");
    this.lit = [];
  }

  show(quotes) {
    this.clear();
    let first = null;
    for (const quote of quotes) {
      const utterance = document.getElementById(`utterance-${quote.u}`);
      if (!utterance) continue;
      first ??= utterance;
      this.#light(utterance, "source");
      for (const piece of utterance.querySelectorAll("p > span")) {
        if (Number(piece.dataset.s) >= quote.s && Number(piece.dataset.e) <= quote.e) this.#light(piece, "on");
      }
    }
    if (first) this.#bringIntoView(first);
  }

  #light(element, name) {
    element.classList.add(name);
    this.lit.push(element);
  }

  #bringIntoView(element) {
    if (!this.pane.offsetParent) return;
    const box = element.getBoundingClientRect();
    const frame = this.pane.getBoundingClientRect();
    if (box.top >= frame.top && box.bottom <= frame.bottom) return;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const top = this.pane.scrollTop + box.top - frame.top - frame.height / 3;
    this.pane.scrollTo({ top, behavior: still ? "auto" : "smooth" });
  }
}
