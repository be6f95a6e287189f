// Which statement, entry or flag the reader is at: lit in the note, its words lit in the transcript.
import { quotesOf } from "./evidence.js";

const HOLDERS = ".statement, .entry, .flag";

export class Selection {
  constructor(root, evidence) {
    this.root = root;
    this.evidence = evidence;
    this.active = null;
    root.addEventListener("focusin", (event) => this.at(event.target));
    root.addEventListener("click", (event) => this.at(event.target));
  }

  at(element) {
    const holder = element.closest(HOLDERS);
    if (holder) this.activate(holder);
  }

  activate(holder) {
    if (this.active === holder) return;
    this.active?.classList.remove("active");
    this.active = holder;
    holder.classList.add("active");
    this.show();
  }

  // The words again, after the transcript came into view.
  show() {
    if (this.active) this.evidence.show(quotesOf(this.active));
  }

  clear() {
    this.active = null;
    this.evidence.clear();
  }

  // After drawing anew the same piece is at hand again, if it is still there.
  renew() {
    if (this.active?.isConnected) return;
    const again = this.active?.id && document.getElementById(this.active.id);
    this.clear();
    if (again) this.activate(again);
  }

  // The statement that an action by key is about.
  statement() {
    const focused = document.activeElement?.closest?.(".statement") ?? this.active?.closest?.(".statement");
    return focused?.isConnected ? focused : null;
  }
}
