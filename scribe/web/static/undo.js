// Undo and redo over the stored versions: every edit made one, and going back makes the next.
//
// Only this page's own edits are taken back. As soon as somebody else's work came in between, what lies before it stays
// as it is: an earlier version is then a matter of the list of versions, where one sees what would go.

export class Undo {
  constructor(editor, buttons) {
    this.editor = editor;
    this.buttons = buttons;
    this.past = [];
    this.future = [];
    this.going = false;
    editor.addEventListener("edited", (event) => this.#keep(event.detail));
    editor.addEventListener("overtaken", () => this.forget());
    document.addEventListener("keydown", (event) => this.#key(event));
    this.#show();
  }

  undo() {
    return this.#go(this.past, this.future, "되돌렸습니다.");
  }

  redo() {
    return this.#go(this.future, this.past, "다시 했습니다.");
  }

  forget() {
    this.past = [];
    this.future = [];
    this.#show();
  }

  async #go(from, to, told) {
    if (this.going) return;
    this.going = true;
    try {
      await this.editor.flush();
      if (!from.length) return;
      const now = this.editor.draft.version;
      if (!(await this.editor.structural({ op: "revert", to: from.at(-1) }))) return;
      from.pop();
      to.push(now);
      this.editor.notices.say(told, false);
    } finally {
      this.going = false;
      this.#show();
    }
  }

  #keep({ edit, before, answer }) {
    if (answer.merged) this.forget();
    else if (answer.version !== before && !(this.going && edit.op === "revert")) {
      this.past.push(before);
      this.future = [];
    }
    this.#show();
  }

  // In a text field these keys take back what was typed there.
  #key(event) {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.isComposing) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    const again = event.code === "KeyY" || (event.code === "KeyZ" && event.shiftKey);
    if (!again && event.code !== "KeyZ") return;
    event.preventDefault();
    if (again) this.redo();
    else this.undo();
  }

  #show() {
    this.buttons.undo.disabled = !this.past.length;
    this.buttons.redo.disabled = !this.future.length;
  }
}
