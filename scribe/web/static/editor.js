// The draft on the page: sends edits, draws anew what they changed, and tells whoever listens.
//
// Each piece of the page carries the version that it was drawn at (data-at), and an edit of it names that one: what others
// changed since, and the page could not draw under somebody's hands, is never overwritten unseen.
//
// Events on the editor: "edited" ({edit, before, answer}) after each saved edit, "redrawn" after regions changed.
import { Closed, Conflict, Refused, SignedOut } from "./draft_client.js";

export class Editor extends EventTarget {
  constructor(root, draft, notices) {
    super();
    this.root = root;
    this.draft = draft;
    this.notices = notices;
    this.flush = async () => {};
    this.shown = new Map();
    this.waiting = new Map();
    this.turn = Promise.resolve();
    this.pressed = false;
    root.dataset.at = draft.version;
    this.unreachable = false;
    root.addEventListener("focusout", () => setTimeout(() => this.#catchUp()));
    // What is drawn anew between press and release would swallow the click.
    addEventListener("pointerdown", () => (this.pressed = true), true);
    for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => this.#released(), true);
  }

  // The answer to a saved edit of `piece`, of the whole draft where that is null; null where it was not saved, which the
  // notice explains. `onConflict(answer)` is told of another's change to the same piece, and returns true where it deals
  // with it.
  async send(edit, piece = null, onConflict = () => false) {
    this.notices.say("저장 중…", true);
    try {
      const answer = await this.draft.send(edit, this.shownAt(piece));
      this.unreachable = false;
      this.notices.hide();
      if (!this.root.querySelector(".unsaved:not([data-saving])")) this.notices.saidSaved();
      if (answer.merged) this.notices.tell("다른 화면에서 고친 내용을 함께 반영했습니다.", [["닫기", () => this.notices.hide()]], "info");
      this.dispatchEvent(new CustomEvent("edited", { detail: { edit, before: answer.before, answer } }));
      return answer;
    } catch (error) {
      this.notices.say("저장되지 않음", true);
      this.unreachable = error instanceof TypeError;
      if (error instanceof Conflict) {
        this.dispatchEvent(new Event("overtaken"));
        this.redraw(error.answer);
        if (onConflict(error.answer)) return null;
      }
      this.explain(error);
      return null;
    }
  }

  // The version that a piece of the page was drawn or saved at.
  shownAt(piece) {
    return piece ? Number(piece.closest("[data-at]")?.dataset.at ?? this.root.dataset.at) : undefined;
  }

  // An edit after which the lists are drawn anew, one at a time; everything typed before is saved first. `from` is what
  // was pressed, or the piece that is meant: where that is gone when its turn comes, as after a second press, nothing is
  // done.
  structural(edit, focusId, from = null) {
    const place = from && placeOf(from);
    const turn = this.turn.then(() => this.#structural(edit, focusId, place));
    this.turn = turn.catch(() => {});
    return turn;
  }

  async #structural(edit, focusId, place) {
    await this.flush();
    const piece = place && still(place);
    if (place && !piece) return null;
    const answer = await this.send(edit, piece);
    if (!answer) return null;
    this.redraw(answer, true);
    const holder = focusId && document.getElementById(focusId);
    if (holder) (holder.matches("button") ? holder : (holder.querySelector(".text") ?? holder.querySelector("button")))?.focus();
    return answer;
  }

  // What is removed can be brought back at once.
  async removal(edit, text, from, focusId) {
    const answer = await this.structural(edit, focusId, from);
    if (!answer) return;
    this.notices.tell(text, [["되돌리기", () => this.structural({ op: "revert", to: answer.before })]], "info");
  }

  // Draws anew every region that changed, but not under the hands of who is writing in it, unless by `force`.
  redraw(answer, force = false) {
    const place = this.#place();
    let drawn = false;
    for (const [id, html] of Object.entries(answer.html)) {
      const region = document.getElementById(id);
      if (!region) continue;
      const fresh = { html, version: answer.version };
      if (this.shown.get(id) === html) region.dataset.at = answer.version;
      else if (this.pressed && !force) this.waiting.set(id, fresh);
      else if (this.#occupied(region, force)) drawn = this.#around(id, region, fresh) || drawn;
      else drawn = this.#put(id, region, fresh) || drawn;
    }
    if (!drawn) return;
    this.dispatchEvent(new Event("redrawn"));
    this.#return(place);
  }

  // Takes over what others changed in the meantime.
  async refresh() {
    try {
      this.redraw(await this.draft.pieces());
      return true;
    } catch (error) {
      this.explain(error);
      return false;
    }
  }

  explain(error) {
    const { notices } = this;
    if (error instanceof Refused && error.message === "invalid") {
      notices.tell("그사이 달라진 곳이라 저장하지 않았습니다. 지금 내용을 확인하고 다시 하세요.", [["지금 내용 보기", () => this.refresh()]]);
      return;
    }
    if (error instanceof Conflict) {
      notices.tell("다른 화면에서 같은 곳을 먼저 고쳤습니다. 지금 내용을 불러왔으니 확인하고 다시 하세요.", [["닫기", () => notices.hide()]]);
      notices.say("확인 필요", true);
    } else if (error instanceof Closed) {
      notices.tell("이미 서명되었거나 더는 고칠 수 없는 기록입니다.", [["다시 열기", () => location.reload()]]);
    } else if (error instanceof SignedOut) {
      notices.tell("로그인이 끝났습니다. 새 창에서 로그인하고 돌아오면 이어서 저장됩니다.", [["새 창에서 로그인", () => this.#signInAgain()]]);
    } else {
      notices.tell("저장하지 못했습니다. 연결을 확인하세요. 고친 내용은 이 화면에 남아 있습니다.", [["다시 저장", () => this.flush()]]);
    }
  }

  #signInAgain() {
    addEventListener("focus", () => this.flush(), { once: true });
    open("/sign-in", "_blank", "noopener");
  }

  #occupied(region, force) {
    if (region.querySelector(".unsaved, [data-saving], .listening")) return true;
    return !force && region.contains(document.activeElement) && document.activeElement.matches("textarea, input, select");
  }

  // Somebody writes in one section of the region: the others are drawn at once, that one when it is left.
  #around(id, region, { html, version }) {
    this.waiting.set(id, { html, version });
    const fresh = document.createElement("template");
    fresh.innerHTML = html;
    const free = [...region.querySelectorAll(".note-section")].filter((section) => !this.#occupied(section, false));
    const twins = free.map((section) => [section, fresh.content.querySelector(`[data-section="${CSS.escape(section.dataset.section)}"]`)]);
    for (const [section, twin] of twins) {
      if (!twin) continue;
      twin.dataset.at = version;
      section.replaceWith(twin);
    }
    return twins.length > 0;
  }

  #put(id, region, { html, version }) {
    // What the reader had folded or unfolded stays so.
    const unfolded = new Map([...region.querySelectorAll("details")].map((one) => [one.className, one.open]));
    this.shown.set(id, html);
    this.waiting.delete(id);
    region.innerHTML = html;
    region.dataset.at = version;
    for (const one of region.querySelectorAll("details")) if (unfolded.has(one.className)) one.open = unfolded.get(one.className);
    return true;
  }

  #released() {
    this.pressed = false;
    setTimeout(() => this.#catchUp());
  }

  // What could not be drawn under somebody's hands is drawn once they left.
  #catchUp() {
    if (this.pressed) return;
    for (const [id, { html, version }] of [...this.waiting]) {
      if (!this.#occupied(document.getElementById(id), false)) this.redraw({ version, html: { [id]: html } });
    }
  }

  // Where the focus is, in words that hold after drawing anew.
  #place() {
    const focused = document.activeElement;
    const holder = focused?.closest?.("[id]");
    if (!holder || !this.root.contains(holder)) return null;
    const inside = focused.dataset.act ? `[data-act="${focused.dataset.act}"]` : focused.matches(".text") ? ".text" : null;
    return { id: holder.id, inside: holder === focused ? null : inside };
  }

  #return(place) {
    if (!place || document.activeElement !== document.body) return;
    const holder = document.getElementById(place.id);
    (place.inside ? holder?.querySelector(place.inside) : holder)?.focus({ preventScroll: true });
  }
}

// Where something that was pressed stands, in words that hold after drawing anew.
function placeOf(element) {
  return { element, id: element.closest("[id]")?.id, data: JSON.stringify({ ...element.dataset }) };
}

// What stands there now: the piece of that id, and of a button the one in it that does the same; null where it is gone.
function still({ element, id, data }) {
  if (element.isConnected) return element;
  const holder = id ? document.getElementById(id) : null;
  if (!holder || holder.id === element.id) return holder;
  return [...holder.querySelectorAll("button")].find((one) => JSON.stringify({ ...one.dataset }) === data) ?? null;
}
