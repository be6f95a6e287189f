// Undo and redo over the stored versions: every edit made one, and going back makes the next.
//
// Only this page's own edits are taken back. As soon as somebody else's work came in between, what lies before it stays
// as it is: an earlier version is then a matter of the list of versions, where one sees what would go.

export class Undo {
  constructor(editor, buttons) {
    this.editor = editor;
    this.buttons = buttons;
    this.going = false;
    editor.addEventListener("edited", (event) => this.#keep(event.detail));
    editor.addEventListener("overtaken", () => this.forget());
    document.addEventListener("keydown", (event) => this.#key(event));
    this.forget();
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
    this.same = new Map();
    this.#show();
  }

  // A step leads from the draft as it stands (`from`) to the version `to`.
  async #go(steps, back, told) {
    if (this.going) return;
    this.going = true;
    try {
      await this.editor.flush();
      const step = steps.at(-1);
      if (!step) return;
      if (this.#meaning(this.editor.draft.version) !== this.#meaning(step.from)) return this.#overtaken();
      const answer = await this.editor.structural({ op: "revert", to: step.to });
      if (!answer) return;
      this.same.set(answer.version, step.to);
      steps.pop();
      back.push({ from: this.#meaning(step.to), to: step.from });
      this.editor.notices.say(told, false);
    } finally {
      this.going = false;
      this.#show();
    }
  }

  #keep({ edit, before, answer }) {
    if (answer.merged) this.forget();
    else if (answer.version !== before && !(this.going && edit.op === "revert")) {
      this.past.push({ from: answer.version, to: before });
      this.future = [];
    }
    this.#show();
  }

  // The version whose content a version made by going back has.
  #meaning(version) {
    let meant = version;
    while (this.same.has(meant)) meant = this.same.get(meant);
    return meant;
  }

  #overtaken() {
    this.forget();
    const close = [["닫기", () => this.editor.notices.hide()]];
    this.editor.notices.tell("그사이 초안이 달리 바뀌어 한 단계씩 되돌릴 수 없습니다. ‘이전 버전’에서 고르세요.", close, "info");
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
