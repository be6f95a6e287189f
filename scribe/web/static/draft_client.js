// One draft on the server: edits go out one at a time, each naming the version it was made on.
//
// Every edit is sent so that it outlives the page (keepalive): nothing that was typed is ever kept in the browser,
// where the next person at a shared desk, or whoever takes the disk, could read what a patient said. What is on its
// way when a tab closes arrives all the same; what was typed since the last pause is sent as the page goes (leave).

export class SignedOut extends Error {}
export class Refused extends Error {}
// The consultation was signed, or is no longer there to be edited.
export class Closed extends Error {}
// Somebody else changed the same piece: `answer` is the draft as it stands, and what `theirs` says.
export class Conflict extends Error {
  constructor(answer) {
    super();
    this.answer = answer;
  }
}

export class DraftClient {
  constructor(encounter, version, csrf) {
    this.home = `/encounters/${encodeURIComponent(encounter)}`;
    this.address = `${this.home}/edits`;
    this.version = version;
    this.csrf = csrf;
    this.waiting = Promise.resolve();
    this.busy = 0;
  }

  // `at` is the version that the piece was shown at, where the page may know a later one.
  // Resolves to the server's answer {version, open, html} with the version `before`, and whether what others did since
  // is `merged` into it; rejects with one of the errors above.
  send(edit, at) {
    return this.#inTurn(async () => {
      const before = this.version;
      const body = await this.#post(this.address, this.#dated(edit, at));
      this.version = body.version;
      return { ...body, before, merged: body.version > before + 1 };
    });
  }

  // Another question about the consultation, with a body of its own; the answer tells the draft's version.
  ask(path, body) {
    return this.#inTurn(async () => {
      const answer = await this.#post(this.home + path, body);
      this.version = answer.version;
      return answer;
    });
  }

  // The page is going: the edit is handed to the browser, and nobody waits for the answer.
  leave(edit, at) {
    this.#request(this.address, this.#dated(edit, at)).catch(() => {});
  }

  // The draft as it stands now, where others changed it.
  pieces() {
    return this.#inTurn(async () => {
      const answer = await fetch(`${this.home}/pieces`, { credentials: "same-origin", redirect: "error" });
      if (!answer.ok) throw new Refused("failed");
      const body = await answer.json();
      this.version = body.version;
      return body;
    });
  }

  #inTurn(work) {
    this.busy += 1;
    const turn = this.waiting.then(work).finally(() => (this.busy -= 1));
    this.waiting = turn.catch(() => {});
    return turn;
  }

  // An edit with the version that it is made on.
  #dated(edit, at = this.version) {
    return { version: at, edit };
  }

  async #post(address, body) {
    let answer = await this.#request(address, body);
    // After signing in again, in another tab perhaps, only the form token is out of date.
    if ((answer.status === 401 || answer.status === 403) && (await this.#renew())) answer = await this.#request(address, body);
    if (answer.status === 401 || answer.status === 403) throw new SignedOut();
    if (answer.status === 409 || answer.status === 404 || answer.status === 410) throw await this.#refused(answer);
    if (!answer.ok) throw new Refused(answer.status === 422 ? "invalid" : "failed");
    return answer.json();
  }

  async #refused(answer) {
    const body = await answer.json();
    if (!body.html) return new Closed();
    this.version = body.version;
    return new Conflict(body);
  }

  #request(address, body) {
    return fetch(address, {
      method: "POST",
      headers: { "content-type": "application/json", "x-csrf-token": this.csrf },
      body: JSON.stringify(body),
      credentials: "same-origin",
      redirect: "error",
      keepalive: true,
    });
  }

  async #renew() {
    const answer = await fetch(location.href, { credentials: "same-origin" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const csrf = page.querySelector("meta[name=csrf]")?.content;
    if (csrf) this.csrf = csrf;
    return Boolean(csrf);
  }
}
