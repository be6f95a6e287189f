// The earlier versions of the draft: who saved them, when, what changed; any of them can be had back.

export class Versions {
  constructor(editor, dialog) {
    this.editor = editor;
    this.dialog = dialog;
    dialog.addEventListener("click", (event) => {
      const button = event.target.closest("[data-do]");
      if (button?.dataset.do === "close" || event.target === dialog) dialog.close();
      else if (button?.dataset.do === "restore") this.#restore(Number(button.dataset.version));
    });
  }

  async open() {
    await this.editor.flush();
    try {
      const answer = await fetch(`${this.editor.draft.home}/versions`, { credentials: "same-origin", redirect: "error" });
      if (!answer.ok) throw new Error(String(answer.status));
      this.dialog.innerHTML = await answer.text();
      this.dialog.showModal();
    } catch {
      this.editor.notices.tell("이전 버전을 불러오지 못했습니다. 연결을 확인하세요.", [["다시 시도", () => this.open()]]);
    }
  }

  async #restore(version) {
    this.dialog.close();
    const answer = await this.editor.structural({ op: "revert", to: version });
    if (!answer) return;
    const back = () => this.editor.structural({ op: "revert", to: answer.before });
    this.editor.notices.tell("이전 버전으로 되돌렸습니다.", [["되돌리기 취소", back]], "info");
  }
}
