// Statements: written in place, added, accepted, deleted; what two people wrote at once is put side by side.
import { fit } from "./fit.js";

export const target = (holder) => ({ part: holder.dataset.part, statement: holder.dataset.statement });
export const textOf = (holder) => holder.querySelector(".text");

export class Statements {
  constructor(editor, autosave) {
    this.editor = editor;
    this.autosave = autosave;
    this.root = editor.root;
    autosave.register(".statement", this);
    this.root.addEventListener("input", (event) => {
      if (event.target.matches(".text")) fit(event.target);
    });
    this.root.addEventListener("keydown", (event) => this.#key(event));
  }

  // --- saving ---------------------------------------------------------------------------------

  edit(holder, leaving = false) {
    const text = textOf(holder).value.trim();
    if (holder.dataset.clash) return null;
    if (!text) return leaving ? null : this.#empty(holder);
    const was = holder.dataset.sent;
    holder.dataset.sent = text;
    if (!holder.dataset.new) return { op: "change", ...target(holder), text, was };
    const { part, section, after, statement } = holder.dataset;
    return { op: "add", part, section, after: after || null, text, id: statement };
  }

  done(holder, answer, edit) {
    if (edit.op === "add") {
      delete holder.dataset.new;
      holder.id = `${edit.part}-${edit.id}`;
    } else if (answer.statement) this.#showMark(holder, answer.statement);
    this.editor.redraw(answer);
  }

  #empty(holder) {
    if (holder.dataset.new) this.discard(holder);
    else this.editor.notices.tell("빈 문장은 저장되지 않습니다. 지우려면 ✕를 누르세요.", [["닫기", () => this.editor.notices.hide()]]);
    return null;
  }

  discard(holder) {
    this.autosave.cancel(holder);
    holder.remove();
    this.editor.notices.saidSaved();
  }

  #showMark(holder, statement) {
    const mark = holder.querySelector(".mark");
    mark.textContent = statement.mark;
    mark.title = statement.meaning;
    mark.setAttribute("aria-label", statement.meaning);
    holder.classList.remove("supported", "partial", "none", "edited", "acknowledged");
    holder.classList.add(statement.kind);
    if (statement.open) return;
    delete holder.dataset.open;
    holder.querySelector(".settle")?.remove();
  }

  // --- two people at the same sentence -----------------------------------------------------------

  conflict(holder, answer) {
    if (holder.dataset.new) return false;
    holder.dataset.clash = "yes";
    holder.dataset.at = answer.version;
    holder.querySelector(".clash")?.remove();
    const box = document.createElement("div");
    box.className = "clash";
    box.setAttribute("role", "alert");
    const gone = answer.theirs === null;
    box.append(
      piece("strong", gone ? "다른 화면에서 이 문장을 지웠습니다." : "다른 화면에서 이 문장을 먼저 고쳤습니다."),
      ...(gone ? [] : [labelled("저쪽 글", answer.theirs)]),
      labelled("내 글", textOf(holder).value.trim()),
      button(gone ? "내 글을 새 문장으로" : "내 글로 바꾸기", () => this.#mine(holder, box, gone)),
      button(gone ? "지운 대로 두기" : "저쪽 글 두기", () => this.#theirs(holder, box, answer)),
    );
    holder.append(box);
    this.editor.notices.say("확인 필요", true);
    return true;
  }

  #mine(holder, box, gone) {
    this.#settled(holder, box);
    if (gone) {
      const section = holder.closest(".note-section");
      holder.dataset.new = "yes";
      holder.dataset.section = section.dataset.section;
      holder.dataset.after = holder.previousElementSibling?.dataset.statement ?? "";
      holder.dataset.statement = ownId();
    }
    holder.classList.add("unsaved");
    this.autosave.save(holder);
  }

  #theirs(holder, box, answer) {
    this.#settled(holder, box);
    if (answer.theirs === null) holder.remove();
    else textOf(holder).value = answer.theirs;
    this.editor.redraw(answer, true);
    this.editor.notices.saidSaved();
  }

  // The box takes the focus with it as it goes, which must not save what was just decided against.
  #settled(holder, box) {
    this.autosave.cancel(holder);
    box.remove();
    delete holder.dataset.clash;
    delete holder.dataset.sent;
  }

  // --- adding, deleting --------------------------------------------------------------------------

  // A new statement behind `after`, or at the end of the section.
  open(section, after = null) {
    const holder = section.querySelector("template.blank").content.firstElementChild.cloneNode(true);
    holder.dataset.after = after?.dataset.statement ?? "";
    holder.dataset.section = section.dataset.section;
    holder.dataset.part = section.dataset.part;
    holder.dataset.statement = ownId();
    const list = section.querySelector(".statements");
    if (after) after.after(holder);
    else list.append(holder);
    textOf(holder).focus();
    return holder;
  }

  accept(holder) {
    return this.editor.structural({ op: "accept", ...target(holder) }, undefined, holder.querySelector("[data-act=accept]") ?? holder);
  }

  // A new one that is on its way to the server is deleted once it is there.
  async remove(holder) {
    this.autosave.cancel(holder);
    if (holder.dataset.new) await this.autosave.going.get(holder);
    if (holder.dataset.new) return this.discard(holder);
    const beside = holder.nextElementSibling ?? holder.previousElementSibling;
    return this.editor.removal({ op: "delete", ...target(holder) }, "문장을 지웠습니다.", holder, beside?.id);
  }

  #key(event) {
    if (!event.target.matches(".text") || event.isComposing) return;
    if (event.key === "Enter" && !event.ctrlKey && !event.altKey) {
      event.preventDefault();
      event.target.blur();
    } else if (event.key === "Escape" && event.target.closest("[data-new]") && !event.target.value.trim()) {
      this.discard(event.target.closest("[data-new]"));
    }
  }
}

// Chosen here, so that a statement sent twice is there once.
function ownId() {
  return `own-${crypto.randomUUID?.() ?? [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("")}`;
}

function piece(name, text) {
  const element = document.createElement(name);
  element.textContent = text;
  return element;
}

function labelled(label, text) {
  const line = document.createElement("p");
  line.append(piece("b", label), " ", piece("q", text));
  return line;
}

function button(label, go) {
  const element = piece("button", label);
  element.type = "button";
  element.className = "small";
  element.addEventListener("click", go);
  return element;
}
