// The order of statements: moved by dragging or by keys, split at the caret, joined with the next.
import { target, textOf } from "./statements.js";

const DRAG_PX = 5;
const EDGE_PX = 48;
const ROLL_MS = 30;
const ROLL_PX = 14;

export class Arrange {
  constructor(editor, statements, menu) {
    this.editor = editor;
    this.statements = statements;
    this.menu = menu;
    this.root = editor.root;
    this.holder = null;
    menu.addEventListener("click", (event) => this.#chosen(event.target.closest("button")));
    this.root.addEventListener("pointerdown", (event) => this.#grip(event));
    this.root.addEventListener("keydown", (event) => this.#key(event));
  }

  // --- by menu and keys --------------------------------------------------------------------------

  open(button) {
    const holder = button.closest(".statement");
    this.holder = holder;
    this.caret = textOf(holder).selectionStart;
    const { previous, next } = neighbours(holder);
    this.menu.querySelector("[data-do=up]").disabled = !previous && !sectionBeside(holder, -1);
    this.menu.querySelector("[data-do=down]").disabled = !next && !sectionBeside(holder, 1);
    this.menu.querySelector("[data-do=merge]").disabled = !next;
    this.menu.querySelector("[data-do=split]").disabled = !splits(holder, this.caret);
    this.menu.querySelector(".sections-list").replaceChildren(...this.#sections(holder));
    this.menu.showPopover({ source: button });
    const box = button.getBoundingClientRect();
    this.menu.style.left = `${Math.max(8, Math.min(box.left, innerWidth - this.menu.offsetWidth - 8))}px`;
    this.menu.style.top = `${Math.max(8, Math.min(box.bottom + 4, innerHeight - this.menu.offsetHeight - 8))}px`;
    this.menu.querySelector("button:not(:disabled)").focus();
  }

  // One place up or down, into the next section where the own one ends.
  move(holder, step) {
    if (!holder || holder.dataset.new) return;
    const { previous, next } = neighbours(holder);
    if (step < 0 && previous) return this.#send(holder, sectionOf(holder), neighbours(previous).previous);
    if (step > 0 && next) return this.#send(holder, sectionOf(holder), next);
    const beside = sectionBeside(holder, step);
    if (beside) return this.#send(holder, beside, step < 0 ? last(beside) : null);
  }

  split(holder, caret) {
    if (!splits(holder, caret)) return;
    const at = [...textOf(holder).value.slice(0, caret)].length;
    return this.editor.structural({ op: "split", ...target(holder), at }, holder.id, holder);
  }

  merge(holder) {
    return this.editor.structural({ op: "merge", ...target(holder) }, holder.id, holder);
  }

  #sections(holder) {
    const own = sectionOf(holder);
    const others = [...this.root.querySelectorAll(`.note-section[data-part="${holder.dataset.part}"]`)].filter((one) => one !== own);
    return others.map((section) => {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.do = "section";
      button.dataset.section = section.dataset.section;
      button.textContent = [section.dataset.title, section.dataset.what].filter(Boolean).join(" · ");
      return button;
    });
  }

  async #chosen(button) {
    if (!button) return;
    const { holder, caret } = this;
    this.menu.hidePopover();
    if (!holder.isConnected) return;
    const section = () => this.root.querySelector(`.note-section[data-part="${holder.dataset.part}"][data-section="${CSS.escape(button.dataset.section)}"]`);
    const ways = {
      up: () => this.move(holder, -1),
      down: () => this.move(holder, 1),
      section: () => this.#send(holder, section(), last(section())),
      add: () => this.statements.open(sectionOf(holder), holder),
      split: () => this.split(holder, caret),
      merge: () => this.merge(holder),
    };
    await ways[button.dataset.do]();
  }

  #key(event) {
    const holder = event.target.matches(".text") ? event.target.closest(".statement") : null;
    if (!holder || event.isComposing) return;
    const { selectionStart, selectionEnd } = event.target;
    if (event.key === "Enter" && event.ctrlKey && !event.altKey) {
      event.preventDefault();
      this.split(holder, selectionStart);
    } else if (event.key === "Backspace" && selectionStart === 0 && selectionEnd === 0) {
      const { previous } = neighbours(holder);
      if (!previous || holder.dataset.new) return;
      event.preventDefault();
      this.merge(previous);
    }
  }

  #send(holder, section, after) {
    const edit = { op: "move", ...target(holder), section: section.dataset.section, after: after?.dataset.statement ?? null };
    return this.editor.structural(edit, holder.id, holder);
  }

  // --- by dragging -------------------------------------------------------------------------------

  #grip(event) {
    const grip = event.target.closest(".grip");
    const holder = grip?.closest(".statement");
    if (!holder || holder.dataset.new || event.button !== 0) return;
    const from = event.clientY;
    const away = new AbortController();
    const pane = holder.closest(".pane-body");
    let place = null;
    let pointer = event;
    const rolling = setInterval(() => holder.classList.contains("dragged") && roll(pane, pointer.clientY), ROLL_MS);
    grip.setPointerCapture(event.pointerId);
    const over = (moved) => {
      pointer = moved;
      if (!holder.classList.contains("dragged") && Math.abs(moved.clientY - from) < DRAG_PX) return;
      holder.classList.add("dragged");
      this.#unmark();
      place = this.#placeAt(moved.clientX, moved.clientY, holder);
      place?.mark();
    };
    const end = () => {
      away.abort();
      clearInterval(rolling);
      holder.classList.remove("dragged");
      this.#unmark();
    };
    const drop = () => {
      const dragged = holder.classList.contains("dragged");
      end();
      if (!dragged) return;
      const swallow = (click) => click.stopImmediatePropagation();
      grip.addEventListener("click", swallow, { capture: true });
      setTimeout(() => grip.removeEventListener("click", swallow, { capture: true }));
      if (place && place.after !== holder) this.#send(holder, place.section, place.after);
    };
    const { signal } = away;
    grip.addEventListener("pointermove", over, { signal });
    grip.addEventListener("pointerup", drop, { signal });
    grip.addEventListener("pointercancel", end, { signal });
    addEventListener("keydown", (key) => key.key === "Escape" && end(), { signal });
  }

  #placeAt(x, y, dragged) {
    const found = document.elementFromPoint(x, y);
    const over = found?.closest(".statement:not([data-new])");
    const section = found?.closest(`.note-section[data-part="${dragged.dataset.part}"]`);
    if (!section) return null;
    if (!over) return { section, after: last(section), mark: () => section.classList.add("drop-into") };
    const box = over.getBoundingClientRect();
    const below = y > box.top + box.height / 2;
    return {
      section,
      after: below ? over : neighbours(over).previous,
      mark: () => over.classList.add(below ? "drop-below" : "drop-above"),
    };
  }

  #unmark() {
    for (const name of ["drop-into", "drop-above", "drop-below"]) {
      for (const one of this.root.querySelectorAll(`.${name}`)) one.classList.remove(name);
    }
  }
}

// Dragged to an edge of what is seen, more comes into view.
function roll(pane, y) {
  const box = pane.getBoundingClientRect();
  if (y < box.top + EDGE_PX) pane.scrollBy(0, -ROLL_PX);
  else if (y > box.bottom - EDGE_PX) pane.scrollBy(0, ROLL_PX);
}

function sectionOf(holder) {
  return holder.closest(".note-section");
}

function kept(section) {
  return [...section.querySelectorAll(".statement:not([data-new])")];
}

function last(section) {
  return kept(section).at(-1) ?? null;
}

function neighbours(holder) {
  const all = kept(sectionOf(holder));
  const here = all.indexOf(holder);
  return { previous: all[here - 1] ?? null, next: all[here + 1] ?? null };
}

function sectionBeside(holder, step) {
  const own = sectionOf(holder);
  const all = [...document.querySelectorAll(`.note-section[data-part="${holder.dataset.part}"]`)];
  return all[all.indexOf(own) + step] ?? null;
}

function splits(holder, caret) {
  const { value } = textOf(holder);
  return Boolean(value.slice(0, caret).trim() && value.slice(caret).trim());
}
