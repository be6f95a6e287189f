// Sends corrections of the transcript, and draws what they changed: lines here, marks of what went stale in the note.
import { Closed } from "./draft_client.js";

// Events: "retold" after lines came, went or changed.
export class Retelling extends EventTarget {
  constructor(pane, editor) {
    super();
    this.pane = pane;
    this.editor = editor;
    this.draft = editor.draft;
    this.notices = editor.notices;
    this.busy = false;
    editor.addEventListener("redrawn", () => this.#catchUp());
  }

  get version() {
    return Number(this.pane.querySelector("[data-transcript-version]").dataset.transcriptVersion);
  }

  // True once the correction is kept; what was typed in the note before is saved first.
  async send(edit, focusId) {
    await this.editor.flush();
    const before = this.version;
    this.notices.say("저장 중…", true);
    this.busy = true;
    try {
      const answer = await this.draft.ask("/transcript/edits", { version: before, edit });
      this.#show(answer, focusId);
      if (answer.changed) this.#tell(answer, before, edit.op === "back");
      return true;
    } catch (error) {
      this.notices.say("저장되지 않음", true);
      this.#explain(error);
      return false;
    } finally {
      this.busy = false;
    }
  }

  // Somebody else corrected the transcript beside which the draft now stands: their lines are taken over.
  async #catchUp() {
    const beside = Number(document.querySelector("#stale-bar [data-beside]")?.dataset.beside ?? this.version);
    if (this.busy || beside === this.version || this.pane.querySelector(".line-edit")) return;
    const answer = await fetch(`${this.draft.home}/transcript/lines`, { credentials: "same-origin", redirect: "error" });
    if (!answer.ok || this.busy) return;
    this.pane.innerHTML = await answer.text();
    this.dispatchEvent(new CustomEvent("retold", { detail: {} }));
  }

  #show(answer, focusId) {
    for (const [id, html] of Object.entries(answer.lines)) {
      const fresh = document.createElement("template");
      fresh.innerHTML = html;
      document.getElementById(`utterance-${id}`).replaceWith(fresh.content.firstElementChild);
    }
    this.editor.redraw(answer, true);
    this.pane.querySelector("[data-transcript-version]").dataset.transcriptVersion = answer.transcript_version;
    this.notices.saidSaved();
    this.dispatchEvent(new CustomEvent("retold", { detail: { focusId } }));
  }

  #tell(answer, before, wasBack) {
    const told = wasBack ? "대화를 되돌렸습니다." : "대화를 고쳤습니다.";
    const stale = answer.stale ? ` 근거가 바뀐 곳이 ${answer.stale}건 있습니다.` : "";
    const undo = wasBack ? [] : [["되돌리기", () => this.send({ op: "back", to: before })]];
    this.notices.tell(told + stale, [...undo, ["닫기", () => this.notices.hide()]], "info");
  }

  #explain(error) {
    if (error instanceof Closed) {
      this.notices.tell("대화가 다른 화면에서 먼저 바뀌었습니다. 새로 불러온 뒤 다시 고쳐 주세요.", [["새로 불러오기", () => location.reload()]]);
    } else if (error.message === "invalid") {
      this.notices.tell("이렇게는 고칠 수 없습니다. 빈 말은 저장되지 않고, 나누기는 낱말 사이에서만 됩니다.", [["닫기", () => this.notices.hide()]]);
    } else {
      this.editor.explain(error);
    }
  }
}
