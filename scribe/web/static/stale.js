// What a corrected transcript made stale: rewritten, or kept, one by one or together; and what it tells anew.
//
// Rewriting goes on in the service, also where this page is closed: the bar says so as long as it does, and what came of
// it is told where it was asked for.
import { Closed } from "./draft_client.js";

const LOOK_MS = 2000;

export class Stale {
  constructor(root, editor) {
    this.root = root;
    this.editor = editor;
    this.notices = editor.notices;
    this.asked = new Map();
    root.addEventListener("click", (event) => {
      const button = event.target.closest("[data-act]");
      const decision = button && this.#decision(button);
      if (decision) this.#decide(decision);
    });
    editor.addEventListener("redrawn", () => this.#watch());
    this.#watch();
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
      const { rewriting } = answer;
      if (rewriting?.state === "waiting") this.asked.set(rewriting.id, decision);
      editor.redraw(answer, true);
      notices.saidSaved();
      if (!rewriting) this.#kept(decision, before, answer.version);
      else if (rewriting.state !== "waiting") this.#ended(rewriting, decision);
    } catch (error) {
      notices.say("저장되지 않음", true);
      if (error instanceof Closed) notices.tell("다른 화면에서 먼저 바뀌었습니다. 새로 불러온 뒤 다시 하세요.", [["새로 불러오기", () => location.reload()]]);
      else editor.explain(error);
    }
  }

  // While something is being rewritten, the page looks by itself: nothing rests on its line to the service.
  #watch() {
    clearTimeout(this.timer);
    const running = this.root.querySelector("[data-rewriting]")?.dataset.rewriting;
    for (const [id, decision] of this.asked) if (id !== running) this.#hear(id, decision);
    if (running) this.timer = setTimeout(() => this.#look(running), LOOK_MS);
  }

  async #look(running) {
    const now = await this.#ask(running);
    if (now && now.state !== "waiting") await this.editor.refresh();
    this.#watch();
  }

  async #hear(id, decision) {
    this.asked.delete(id);
    const now = await this.#ask(id);
    if (now && now.state !== "waiting") this.#ended(now, decision);
    else this.asked.set(id, decision);
  }

  async #ask(id) {
    try {
      const answer = await fetch(`${this.editor.draft.home}/rewritings/${id}`, { credentials: "same-origin", redirect: "error" });
      return answer.ok ? await answer.json() : null;
    } catch {
      return null; // the service is away: it is asked again
    }
  }

  // Going back is offered as long as nothing was done since.
  #ended(now, decision) {
    const { editor, notices } = this;
    const close = ["닫기", () => notices.hide()];
    if (now.state === "failed") {
      notices.tell("다시 쓰지 못했습니다. 초안은 그대로입니다.", [["다시 시도", () => this.#decide(decision)], close]);
      return;
    }
    const last = now.after === editor.draft.version && now.after !== now.before;
    if (last) this.#kept(decision, now.before, now.after);
    const back = last ? [["되돌리기", () => editor.structural({ op: "revert", to: now.before })]] : [];
    notices.tell(told(decision, now), [...back, close], "info");
  }

  #kept(decision, before, version) {
    this.editor.dispatchEvent(new CustomEvent("edited", { detail: { edit: decision, before, answer: { version, merged: false } } }));
  }
}

function told(decision, now) {
  if (decision.op === "rewrite_whole") return "초안을 다시 썼습니다. 직접 고치신 문장은 남겼습니다.";
  const parts = [
    now.rewritten && `${now.rewritten}건을 다시 썼습니다.`,
    now.removed && `대화에 더는 없는 ${now.removed}건을 지웠습니다.`,
    now.offered && `새로 들린 내용이 ${now.offered}건 있습니다.`,
  ].filter(Boolean);
  return parts.join(" ") || "바꿀 내용이 없습니다.";
}
