// What the page tells: one notice at a time with at most two ways on, and whether everything is saved.

export class Notices {
  constructor(notice, saved) {
    this.notice = notice;
    this.saved = saved;
  }

  // `ways`: [label, function] pairs, shown as buttons.
  tell(text, ways = [], kind = "") {
    this.notice.className = `notice ${kind}`;
    this.notice.replaceChildren(document.createTextNode(text));
    for (const [label, go] of ways) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "small";
      button.textContent = label;
      button.addEventListener("click", go);
      this.notice.append(button);
    }
    this.notice.hidden = false;
  }

  hide() {
    this.notice.hidden = true;
  }

  // The state of saving: "저장됨" is said with the time, so that it is believed.
  say(text, unsaved) {
    this.saved.textContent = text;
    this.saved.classList.toggle("pending", unsaved);
  }

  saidSaved() {
    const now = new Date();
    this.say("저장됨", false);
    this.saved.title = `${now.getHours()}:${String(now.getMinutes()).padStart(2, "0")} 저장`;
  }
}
