// Correcting a line in place, and the menu of what else can be done with it. All of it works by keyboard.
import { idOf, lineOf, rangesOf, speakerOf, textOf, timesOf, wordsOf } from "./lines.js";

const CURSOR = "word-cursor";
const OTHER = { doctor: "patient", patient: "doctor", guardian: "doctor", nurse: "patient", unknown: "patient" };

export class LineEditor {
  constructor(pane, retelling, player, menus) {
    this.pane = pane;
    this.retelling = retelling;
    this.player = player;
    this.menu = menus.line;
    this.form = menus.form;
    this.line = null;
    this.word = -1;
    this.cursor = globalThis.Highlight && new Highlight();
    if (this.cursor) CSS.highlights.set(CURSOR, this.cursor);
    this.menu.addEventListener("click", (event) => {
      const choice = event.target.closest("[data-line]");
      if (choice) this.#choose(choice.dataset.line);
    });
    pane.addEventListener("focusin", (event) => this.#enter(event.target.closest(".utterance")));
    pane.addEventListener("dblclick", (event) => this.#doubled(event));
    pane.addEventListener("keydown", (event) => this.#key(event));
    retelling.addEventListener("retold", (event) => this.renew(event.detail.focusId));
  }

  get editable() {
    return this.pane.querySelector("[data-act=line-menu]") !== null;
  }

  // After lines were drawn anew: one of them can be reached by Tab, and the focus is where it was.
  renew(focusId) {
    const line = (focusId && lineOf(focusId)) ?? (this.line && lineOf(idOf(this.line))) ?? this.pane.querySelector(".utterance");
    this.line = null;
    if (!line) return;
    this.#enter(line);
    if (focusId) wordsOf(line).focus();
  }

  open(button) {
    const line = button.closest(".utterance");
    this.#enter(line);
    const is = { out: line.classList.contains("out"), heard: line.querySelector(".heard") !== null };
    for (const choice of this.menu.querySelectorAll("[data-line]")) {
      const what = choice.dataset.line;
      choice.hidden = (what === "exclude" && is.out) || (what === "include" && !is.out) || (what === "as_heard" && (!is.heard || onlyOut(line))) || (what === "merge" && !line.nextElementSibling);
    }
    this.menu.showPopover({ source: button });
    place(this.menu, button);
    this.menu.querySelector("button:not([hidden])").focus();
  }

  // The line that the reader is at, else the one that sounds.
  correct() {
    const line = this.line?.contains(document.activeElement) ? this.line : this.pane.querySelector(".utterance.playing") ?? this.line;
    if (line && this.editable) this.edit(line);
  }

  edit(line) {
    if (!this.editable || line.querySelector(".line-edit")) return;
    this.player.pause();
    const form = this.#open(line, textOf(line));
    form.querySelector("[name=after]").value = OTHER[speakerOf(line)];
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save(line, form);
    });
    form.querySelector("[data-form=split]").addEventListener("click", () => this.#split(line, form));
    wordsOf(line).hidden = true;
  }

  // Every line that is being corrected is saved as it stands.
  finish() {
    for (const form of this.pane.querySelectorAll(".line-edit")) if (form.text.value.trim()) form.requestSubmit();
  }

  #insert(line) {
    const form = this.#open(line, "", true);
    form.querySelector(".split").hidden = true;
    form.querySelector(".who").hidden = false;
    form.querySelector("[name=speaker]").value = OTHER[speakerOf(line)];
    form.querySelector("textarea").placeholder = "인식하지 못한 말";
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const text = form.text.value.trim();
      if (text && (await this.retelling.send({ op: "insert", after: idOf(line), speaker: form.speaker.value, text }))) form.remove();
    });
  }

  #open(line, text) {
    const form = this.form.content.firstElementChild.cloneNode(true);
    form.text.value = text;
    form.text.rows = Math.max(1, Math.ceil(text.length / 36));
    line.querySelector(".said").append(form);
    form.querySelector("[data-form=cancel]").addEventListener("click", () => this.#close(line, form));
    form.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.isComposing) return;
      if (event.key === "Escape") this.#close(line, form);
      else if (event.key === "Enter" && event.target === form.text) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
    form.text.focus();
    return form;
  }

  #close(line, form) {
    form.remove();
    wordsOf(line).hidden = false;
    wordsOf(line).focus();
  }

  async #save(line, form) {
    const text = form.text.value.trim();
    if (text === textOf(line)) return this.#close(line, form);
    await this.retelling.send({ op: "text", utterance: idOf(line), text }, idOf(line));
  }

  // At the caret; what was corrected before is saved first.
  async #split(line, form) {
    const [id, speaker] = [idOf(line), form.after.value];
    const text = form.text.value.replace(/\s+/g, " ").trim();
    const at = [...form.text.value.slice(0, form.text.selectionStart).replace(/\s+/g, " ").trimStart()].length;
    if (text !== textOf(line) && !(await this.retelling.send({ op: "text", utterance: id, text }))) return;
    await this.retelling.send({ op: "split", utterance: id, at, speaker }, id);
  }

  #choose(what) {
    const line = this.line;
    const id = idOf(line);
    this.menu.hidePopover();
    if (what === "text") this.edit(line);
    else if (what === "insert") this.#insert(line);
    else if (what === "exclude" || what === "include") this.retelling.send({ op: "exclude", utterances: [id], out: what === "exclude" }, id);
    else this.retelling.send({ op: what, utterance: id }, id);
  }

  #enter(line) {
    if (!line || line === this.line) return;
    if (this.line) for (const one of this.line.querySelectorAll(".words, button.speaker, button.at, .more")) one.tabIndex = -1;
    for (const one of line.querySelectorAll(".words, button.speaker, button.at, .more")) one.tabIndex = 0;
    this.line = line;
    this.#point(-1);
  }

  #doubled(event) {
    const words = event.target.closest(".words");
    if (words) this.edit(words.closest(".utterance"));
  }

  #key(event) {
    const words = event.target.closest(".words");
    if (!words || event.target !== words || event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
    const line = words.closest(".utterance");
    const go = {
      ArrowDown: () => this.#to(line.nextElementSibling),
      ArrowUp: () => this.#to(line.previousElementSibling),
      ArrowRight: () => this.#point(this.word + 1),
      ArrowLeft: () => this.#point(this.word - 1),
      Enter: () => (this.word >= 0 ? this.player.playFrom(timesOf(line)[this.word].at) : this.edit(line)),
      F2: () => this.edit(line),
    }[event.key];
    if (!go) return;
    event.preventDefault();
    go();
  }

  #to(line) {
    if (line) wordsOf(line).focus();
  }

  // The word that Enter plays from; -1 is none.
  #point(at) {
    const words = timesOf(this.line);
    this.word = Math.max(-1, Math.min(at, words.length - 1));
    this.cursor?.clear();
    const word = words[this.word];
    if (word && this.cursor) for (const range of rangesOf(this.line, word.start, word.end)) this.cursor.add(range);
    document.getElementById("word-at").textContent = word ? textOf(this.line).slice(word.start, word.end) : "";
  }
}

function onlyOut(line) {
  return [...line.querySelectorAll(".heard")].every((note) => note.textContent.startsWith("진료와 무관"));
}

export function place(menu, button) {
  const box = button.getBoundingClientRect();
  menu.style.left = `${Math.max(8, Math.min(box.left, innerWidth - menu.offsetWidth - 8))}px`;
  menu.style.top = `${Math.max(8, Math.min(box.bottom + 4, innerHeight - menu.offsetHeight - 8))}px`;
}

