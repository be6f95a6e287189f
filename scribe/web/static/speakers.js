// The transcript's own edits: who spoke, and whether a corrected term was meant. Each has the draft written anew.

const POLL_MS = 400;
const PATIENCE_MS = 60000;

export class TranscriptEdits {
  constructor(encounter, draft, before, explain, notify) {
    this.address = `/encounters/${encodeURIComponent(encounter)}/transcript/edits`;
    this.state = `/api/encounters/${encodeURIComponent(encounter)}`;
    this.draft = draft;
    this.before = before;
    this.explain = explain;
    this.notify = notify;
  }

  // Saves the edit and shows the new draft once it is there; what was typed before is saved first.
  async send(edit) {
    await this.before();
    try {
      const answer = await this.draft.post(this.address, edit);
      if (answer.changed) await this.#awaitDraft();
    } catch (error) {
      this.explain(error);
    }
  }

  async #awaitDraft() {
    this.notify("바뀐 대화로 초안을 다시 쓰고 있습니다.", "새로 불러오기", () => location.reload(), "info");
    const end = Date.now() + PATIENCE_MS;
    while (Date.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      const answer = await fetch(this.state, { credentials: "same-origin" });
      if (!answer.ok) continue;
      const now = await answer.json();
      if (now.draft_version > this.draft.version && now.state !== "recognizing") return location.reload();
      if (now.state === "held") break;
    }
    this.notify("초안을 다시 쓰지 못했습니다. 지금 초안은 그대로 있습니다.", "새로 불러오기", () => location.reload());
  }
}

export class SpeakerMenu {
  constructor(menu, transcript, edits) {
    this.menu = menu;
    this.transcript = transcript;
    this.utterance = null;
    menu.addEventListener("click", (event) => {
      const choice = event.target.closest("[data-speaker]");
      if (choice) this.#choose(edits, { op: "speaker", utterance: this.utterance, speaker: choice.dataset.speaker, whole: this.#whole() });
      else if (event.target.closest("#swap-speakers")) this.#choose(edits, { op: "swap", one: "doctor", other: "patient" });
    });
  }

  open(button) {
    const line = button.closest(".utterance");
    this.utterance = line.dataset.utterance;
    const same = this.transcript.querySelectorAll(`.utterance[data-speaker="${line.dataset.speaker}"]`).length;
    this.menu.querySelector("#speaker-count").textContent = `(${same}번)`;
    this.menu.querySelector("#swap-speakers").hidden = !["doctor", "patient"].includes(line.dataset.speaker);
    for (const choice of this.menu.querySelectorAll("[data-speaker]")) choice.setAttribute("aria-pressed", String(choice.dataset.speaker === line.dataset.speaker));
    this.menu.showPopover({ source: button });
    const box = button.getBoundingClientRect();
    this.menu.style.left = `${Math.max(8, Math.min(box.left, innerWidth - this.menu.offsetWidth - 8))}px`;
    this.menu.style.top = `${Math.max(8, Math.min(box.bottom + 4, innerHeight - this.menu.offsetHeight - 8))}px`;
    this.menu.querySelector(".names button").focus();
  }

  #whole() {
    return this.menu.querySelector("input[name=scope]:checked").value === "whole";
  }

  #choose(edits, edit) {
    this.menu.hidePopover();
    edits.send(edit);
  }
}
