// What a corrected transcript made stale: rewritten, or kept, one by one or together; and what it tells anew.
import { Closed } from "./draft_client.js";

export class Stale {
  constructor(root, editor) {
    this.root = root;
    this.editor = editor;
    this.notices = editor.notices;
    root.addEventListener("click", (event) => {
      const button = event.target.closest("[data-act]");
      const decision = button && this.#decision(button);
      if (decision) this.#decide(decision);
    });
  }

  #decision(button) {
    const offer = button.closest("[data-offer]")?.dataset.offer;
    return {
      "rewrite-stale": () => ({ op: "rewrite", ...this.#chosen(button) }),
      "keep-stale": () => ({ op: "keep", ...this.#chosen(button) }),
      "redraft-whole": () => ({ op: "rewrite_whole" }),
      "take-offer": () => ({ op: "take_offer", offer }),
      "drop-offer": () => ({ op: "drop_offer", offer }),
    }[button.dataset.act]?.();
  }

  #chosen(button) {
    if ("all" in button.dataset) return { everything: true };
    const statement = button.closest("[data-statement]")?.dataset.statement;
    return statement ? { statements: [statement] } : { entries: [button.closest("[data-entry]").dataset.entry] };
  }

  async #decide(decision) {
    const { editor, notices } = this;
    await editor.flush();
    const before = editor.draft.version;
    notices.say(decision.op.startsWith("rewrite") ? "다시 쓰는 중…" : "저장 중…", true);
    try {
      const answer = await editor.draft.ask("/stale", { decision });
      editor.redraw(answer, true);
      notices.saidSaved();
      editor.dispatchEvent(new CustomEvent("edited", { detail: { edit: decision, before, answer: { ...answer, merged: false } } }));
      if (decision.op.startsWith("rewrite")) notices.tell(told(decision, answer), [["되돌리기", () => editor.structural({ op: "revert", to: before })], ["닫기", () => notices.hide()]], "info");
    } catch (error) {
      notices.say("저장되지 않음", true);
      if (error instanceof Closed) notices.tell("다른 화면에서 먼저 바뀌었습니다. 새로 불러온 뒤 다시 하세요.", [["새로 불러오기", () => location.reload()]]);
      else editor.explain(error);
    }
  }
}

function told(decision, answer) {
  if (decision.op === "rewrite_whole") return "초안을 다시 썼습니다. 직접 고치신 문장은 남겼습니다.";
  const parts = [
    answer.rewritten && `${answer.rewritten}건을 다시 썼습니다.`,
    answer.removed && `대화에 더는 없는 ${answer.removed}건을 지웠습니다.`,
    answer.offered && `새로 들린 내용이 ${answer.offered}건 있습니다.`,
  ].filter(Boolean);
  return parts.join(" ") || "바꿀 내용이 없습니다.";
}
