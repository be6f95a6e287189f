// Saves what is typed by itself: at each pause, at the latest after a few seconds, on leaving the field, and as the
// page goes. Nothing waits in the browser's storage: see draft_client.js.

const PAUSE_MS = 800;
const LONGEST_MS = 4000;
const RETRY_MS = 5000;

export class Autosave {
  constructor(editor) {
    this.editor = editor;
    this.root = editor.root;
    this.savers = [];
    this.timers = new Map();
    this.since = new Map();
    this.going = new Map();
    this.failed = false;
    editor.flush = () => this.flush();
    this.#listen();
  }

  // `saver` saves what stands in elements that match `selector`:
  //   edit(holder)                 the edit, or null where there is nothing to send (it tells the reader why)
  //   done(holder, answer, edit)   after it was saved
  //   conflict(holder, answer)     optional: another's change to the same piece; true where it deals with it
  register(selector, saver) {
    this.savers.push([selector, saver]);
  }

  // Everything typed so far is on the server when this resolves, or the notice says why not.
  async flush() {
    for (const holder of this.#unsaved()) await this.save(holder);
    await Promise.all(this.going.values());
  }

  // Something was typed in the holder.
  touch(holder, composing = false) {
    holder.classList.add("unsaved");
    this.editor.notices.say("수정 중…", true);
    this.#stop(holder);
    if (!this.since.has(holder)) this.since.set(holder, Date.now());
    if (!composing) this.#schedule(holder);
  }

  cancel(holder) {
    this.#stop(holder);
    this.since.delete(holder);
    holder.classList.remove("unsaved");
  }

  // Saves what stands in the holder; one that is being saved is waited for.
  save(holder) {
    this.#stop(holder);
    if (!this.going.has(holder) && holder.isConnected) {
      const saver = this.#saverOf(holder);
      const edit = saver?.edit(holder);
      if (edit) this.going.set(holder, this.#save(holder, saver, edit).finally(() => this.going.delete(holder)));
    }
    return this.going.get(holder);
  }

  async #save(holder, saver, edit) {
    this.since.delete(holder);
    holder.dataset.saving = "yes";
    holder.classList.remove("unsaved");
    let given = false;
    const answer = await this.editor.send(edit, holder, (found) => {
      if (saver.conflict?.(holder, found)) return true;
      if (holder.dataset.new) return false;
      given = true; // there is nothing to choose between: what the others wrote is shown
      delete holder.dataset.saving;
      this.editor.redraw(found, true);
      return false;
    });
    delete holder.dataset.saving;
    if (given) return;
    this.failed = !answer;
    const typedSince = holder.classList.contains("unsaved");
    if (!answer) holder.classList.add("unsaved");
    else {
      if (!answer.merged) holder.dataset.at = answer.version;
      saver.done(holder, answer, edit);
    }
    if (typedSince && answer) this.#schedule(holder);
    else if (!answer && this.editor.unreachable) this.timers.set(holder, setTimeout(() => this.save(holder), RETRY_MS));
  }

  #listen() {
    const { root } = this;
    root.addEventListener("input", (event) => {
      const holder = this.#holderOf(event.target);
      if (holder) this.touch(holder, event.isComposing);
    });
    root.addEventListener("compositionend", (event) => {
      const holder = this.#holderOf(event.target);
      if (holder?.classList.contains("unsaved")) this.#schedule(holder);
    });
    root.addEventListener("focusout", (event) => {
      const holder = this.#holderOf(event.target);
      if (holder?.classList.contains("unsaved") && !holder.contains(event.relatedTarget)) this.save(holder);
    });
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.flush();
    });
    addEventListener("online", () => this.flush());
    addEventListener("pagehide", () => this.#leave());
    addEventListener("beforeunload", (event) => {
      if (this.failed && this.#unsaved().length) event.preventDefault();
    });
  }

  // The edit is sent again where the page stays after all: sent twice, it changes nothing more.
  #leave() {
    for (const holder of this.#unsaved()) {
      const edit = this.#saverOf(holder)?.edit(holder, true);
      if (edit) this.editor.draft.leave(edit, this.editor.shownAt(holder));
    }
  }

  #schedule(holder) {
    this.#stop(holder);
    const waited = Date.now() - (this.since.get(holder) ?? Date.now());
    this.timers.set(holder, setTimeout(() => this.save(holder), waited > LONGEST_MS ? 0 : PAUSE_MS));
  }

  #stop(holder) {
    clearTimeout(this.timers.get(holder));
    this.timers.delete(holder);
  }

  #unsaved() {
    return [...this.root.querySelectorAll(".unsaved")];
  }

  #saverOf(holder) {
    return this.savers.find(([selector]) => holder.matches(selector))?.[1];
  }

  #holderOf(element) {
    for (const [selector] of this.savers) {
      const holder = element.closest?.(selector);
      if (holder) return holder;
    }
    return null;
  }
}
