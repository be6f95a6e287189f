// A text field with a list of terms, by the ARIA pattern of an editable combobox with a list: arrows move, Enter chooses,
// Escape closes. While a syllable is being composed its letters are searched, but no key of the composition chooses.

const PAUSE_MS = 90;

export class Combobox {
  // `search(kind, query)` gives the terms; `onChoose(field, term)` takes the chosen one.
  constructor(root, list, status, search, onChoose) {
    this.list = list;
    this.status = status;
    this.search = search;
    this.onChoose = onChoose;
    this.field = null;
    this.terms = [];
    this.at = -1;
    this.asked = 0;
    root.addEventListener("focusin", (event) => this.#enter(event));
    root.addEventListener("input", (event) => this.#typed(event));
    root.addEventListener("keydown", (event) => this.#key(event), true);
    root.addEventListener("focusout", (event) => {
      if (event.target === this.field && event.relatedTarget !== this.list) this.close();
    });
    list.addEventListener("pointerdown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.#choose(Number(option.dataset.place));
    });
    addEventListener("scroll", () => this.#place(), true);
    addEventListener("resize", () => this.#place());
  }

  get isOpen() {
    return this.field !== null && this.terms.length > 0;
  }

  close() {
    clearTimeout(this.timer);
    this.asked += 1;
    this.field?.setAttribute("aria-expanded", "false");
    this.field?.removeAttribute("aria-activedescendant");
    this.field = null;
    this.terms = [];
    this.at = -1;
    if (this.list.matches(":popover-open")) this.list.hidePopover();
  }

  // The first search of a kind is made ready before anything is typed.
  #enter(event) {
    const kind = event.target.dataset?.terms;
    if (!kind || this.warm === kind) return;
    this.warm = kind;
    this.search(kind, "").catch(() => {});
  }

  #typed(event) {
    const field = event.target;
    if (!field.dataset?.terms) return;
    if (this.field && this.field !== field) this.close();
    this.field = field;
    delete field.dataset.chosen;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#look(field), PAUSE_MS);
  }

  async #look(field) {
    const query = field.value.trim();
    const turn = ++this.asked;
    if (!query) return this.close();
    let terms = [];
    try {
      terms = await this.search(field.dataset.terms, query);
    } catch {
      return this.close();
    }
    if (turn !== this.asked || this.field !== field) return;
    this.#show(terms);
  }

  #show(terms) {
    this.terms = terms;
    this.at = -1;
    this.list.replaceChildren(...terms.map((term, place) => optionOf(term, place)));
    this.status.textContent = terms.length ? `${terms.length}건, 화살표로 고르세요` : "찾은 용어가 없습니다";
    this.field.setAttribute("aria-expanded", String(terms.length > 0));
    this.field.removeAttribute("aria-activedescendant");
    if (!terms.length) {
      if (this.list.matches(":popover-open")) this.list.hidePopover();
      return;
    }
    if (!this.list.matches(":popover-open")) this.list.showPopover();
    this.#place();
  }

  #place() {
    if (!this.isOpen) return;
    const box = this.field.getBoundingClientRect();
    const below = innerHeight - box.bottom;
    const width = Math.min(Math.max(box.width, 340), innerWidth - 16);
    this.list.style.width = `${width}px`;
    this.list.style.left = `${Math.max(8, Math.min(box.left, innerWidth - width - 8))}px`;
    const up = below < 200 && box.top > below;
    this.list.style.maxHeight = `${Math.max(120, Math.min(340, (up ? box.top : below) - 12))}px`;
    this.list.style.top = up ? "auto" : `${box.bottom + 2}px`;
    this.list.style.bottom = up ? `${innerHeight - box.top + 2}px` : "auto";
  }

  #key(event) {
    const field = event.target;
    if (!field.dataset?.terms || event.isComposing || event.keyCode === 229) return;
    if (event.key === "ArrowDown" && !this.isOpen && field.value.trim()) {
      event.preventDefault();
      this.field = field;
      this.#look(field);
    } else if (this.isOpen) this.#inList(event);
  }

  #inList(event) {
    const last = this.terms.length - 1;
    const moves = { ArrowDown: this.at + 1 > last ? 0 : this.at + 1, ArrowUp: this.at <= 0 ? last : this.at - 1 };
    if (event.key in moves) {
      event.preventDefault();
      this.#move(moves[event.key]);
    } else if (event.key === "Enter" && this.at >= 0) {
      event.preventDefault();
      event.stopPropagation();
      this.#choose(this.at);
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      this.close();
    }
  }

  #move(place) {
    this.list.querySelector("[aria-selected=true]")?.setAttribute("aria-selected", "false");
    this.at = place;
    const option = this.list.children[place];
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    this.field.setAttribute("aria-activedescendant", option.id);
  }

  #choose(place) {
    const { field } = this;
    const term = this.terms[place];
    this.close();
    if (!field || !term) return;
    field.value = term.name;
    this.onChoose(field, term);
  }
}

function optionOf(term, place) {
  const option = document.createElement("li");
  option.id = `term-${place}`;
  option.role = "option";
  option.dataset.place = place;
  option.setAttribute("aria-selected", "false");
  const name = part("term-name", term.name);
  const code = term.code ? part("term-code", term.code) : null;
  const more = [term.matched, term.detail].filter(Boolean).join(" · ");
  const note = term.complete ? null : part("term-note", "하위 코드를 고르세요");
  option.append(...[name, code, more ? part("term-more", more) : null, note].filter(Boolean));
  return option;
}

function part(name, text) {
  const span = document.createElement("span");
  span.className = name;
  span.textContent = text;
  return span;
}
