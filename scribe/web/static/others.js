// Who else has this draft open, and what they save: shown beside the state of saving, taken over as it comes.
import { listen } from "./live.js";

const EVERY_MS = 10_000;

export class Others {
  constructor(editor, place, onMoved) {
    this.editor = editor;
    this.place = place;
    this.page = [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    this.told = "";
    listen(`${editor.draft.home}/events`, (name, data) => {
      if (name === "anew") this.editor.refresh();
      else if (name === "encounter") this.#moved(data, onMoved);
    });
    document.addEventListener("visibilitychange", () => this.#look());
    addEventListener("pagehide", () => this.#leave());
    this.#look();
  }

  // Another page saved: its version is younger than ours, and none of our own edits is on its way.
  async #moved(standing, onMoved) {
    onMoved(standing);
    const { draft } = this.editor;
    if (standing.draft === null || standing.draft <= draft.version || draft.busy) return;
    if (await this.editor.refresh()) this.editor.dispatchEvent(new Event("overtaken"));
  }

  async #look() {
    clearTimeout(this.timer);
    if (document.hidden) return this.#leave();
    try {
      const answer = await this.#say(false);
      if (answer.ok) this.#show((await answer.json()).others);
      if (answer.status === 404) return;
    } catch {
      // the service is away: saving says so, where there is something to save
    }
    this.timer = setTimeout(() => this.#look(), EVERY_MS);
  }

  #leave() {
    clearTimeout(this.timer);
    this.#say(true).catch(() => {});
  }

  #say(leaving) {
    const { draft } = this.editor;
    return fetch(`${draft.home}/presence`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-csrf-token": draft.csrf },
      body: JSON.stringify({ page: this.page, leaving }),
      credentials: "same-origin",
      redirect: "error",
      keepalive: true,
    });
  }

  #show(others) {
    const names = others.map((other) => (other.own ? "내 다른 화면" : other.name));
    const text = names.length ? `${names.join(", ")}에서도 열려 있음` : "";
    const said = others.length && !others.every((other) => other.own) ? `${names.join(", ")} 님도 보고 있음` : text;
    if (said === this.told) return;
    this.told = said;
    this.place.textContent = said;
    this.place.hidden = !said;
  }
}
