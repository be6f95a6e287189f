// Who spoke: one line, every line of the same voice, or two taken for one another.
import { place } from "./line_editor.js";
import { idOf, speakerOf } from "./lines.js";

export class SpeakerMenu {
  constructor(menu, pane, retelling) {
    this.menu = menu;
    this.pane = pane;
    this.line = null;
    menu.addEventListener("click", (event) => {
      const choice = event.target.closest("[data-speaker]");
      if (choice) this.#send(retelling, { op: "speaker", utterance: idOf(this.line), speaker: choice.dataset.speaker, whole: this.#whole() });
      else if (event.target.closest("#swap-speakers")) this.#send(retelling, { op: "swap", one: "doctor", other: "patient" });
    });
  }

  open(button) {
    this.line = button.closest(".utterance");
    const speaker = speakerOf(this.line);
    this.menu.querySelector("#speaker-count").textContent = `(${this.pane.querySelectorAll(`.utterance.${speaker}`).length}번)`;
    this.menu.querySelector("#swap-speakers").hidden = !["doctor", "patient"].includes(speaker);
    for (const choice of this.menu.querySelectorAll("[data-speaker]")) choice.setAttribute("aria-pressed", String(choice.dataset.speaker === speaker));
    this.menu.showPopover({ source: button });
    place(this.menu, button);
    this.menu.querySelector(".names button").focus();
  }

  #whole() {
    return this.menu.querySelector("input[name=scope]:checked").value === "whole";
  }

  #send(retelling, edit) {
    this.menu.hidePopover();
    retelling.send(edit, idOf(this.line));
  }
}
