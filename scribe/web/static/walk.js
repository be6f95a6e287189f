// "남은 확인 n건 → 다음": everything that is open, one by one across the tabs, until the way to sign is free.

export class Walk {
  constructor(root, selection, openPanel) {
    this.root = root;
    this.selection = selection;
    this.openPanel = openPanel;
    this.walking = false;
    this.left = 0;
    this.count();
  }

  next() {
    this.#go(1);
  }

  previous() {
    this.#go(-1);
  }

  // The page was drawn anew. Where one was settled: on to the next, after the last to signing; but nobody who is
  // writing is taken away.
  renewed() {
    this.count();
    const left = this.open().length;
    const writing = document.activeElement?.matches("textarea, input, select");
    if (!this.walking || left >= this.left || writing) return;
    if (left) this.next();
    else {
      this.walking = false;
      document.getElementById("to-sign")?.focus();
    }
  }

  open() {
    return [...this.root.querySelectorAll("[data-open]")];
  }

  // Each tab says how much is open under it.
  count() {
    for (const tab of this.root.querySelectorAll("[role=tab]")) {
      const panel = document.getElementById(tab.getAttribute("aria-controls"));
      const count = panel.querySelectorAll("[data-open]").length;
      const badge = tab.querySelector(".count") ?? tab.appendChild(document.createElement("span"));
      badge.className = "count";
      badge.hidden = count === 0;
      badge.textContent = count;
      badge.setAttribute("aria-label", `남은 확인 ${count}건`);
    }
  }

  #go(step) {
    const open = this.open();
    if (!open.length) return;
    this.walking = true;
    this.left = open.length;
    const next = open[this.#from(open, step)];
    const panel = next.closest("[role=tabpanel]");
    if (panel) this.openPanel(panel.id);
    for (let fold = next.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    this.selection.activate(next);
    next.scrollIntoView({ block: "center" });
    (next.querySelector(".settle button, [data-act=settle]") ?? next.querySelector("button, .text") ?? next).focus();
  }

  // The place in reading order after (or before) where the reader is.
  #from(open, step) {
    const here = this.selection.active?.isConnected ? this.selection.active : null;
    if (!here) return step > 0 ? 0 : open.length - 1;
    const at = open.indexOf(here);
    if (at >= 0) return (at + step + open.length) % open.length;
    const behind = open.findIndex((one) => here.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING);
    if (step > 0) return behind < 0 ? 0 : behind;
    return ((behind < 0 ? open.length : behind) - 1 + open.length) % open.length;
  }
}
