// One draft on the server: edits go out one at a time, each naming the version it was made on.

export class StaleDraft extends Error {}
export class SignedOut extends Error {}
export class Refused extends Error {}

export class DraftClient {
  constructor(encounter, version, csrf) {
    this.address = `/encounters/${encodeURIComponent(encounter)}/edits`;
    this.version = version;
    this.csrf = csrf;
    this.stale = false;
    this.waiting = Promise.resolve();
  }

  // Resolves to the server's answer {version, open, html}; rejects with one of the errors above.
  send(edit) {
    return this.#inTurn(async () => {
      const body = await this.#post(this.address, edit);
      this.version = body.version;
      return body;
    });
  }

  // The same for another address; the draft's version stays.
  post(address, edit) {
    return this.#inTurn(() => this.#post(address, edit));
  }

  #inTurn(work) {
    const turn = this.waiting.then(work);
    this.waiting = turn.catch(() => {});
    return turn;
  }

  async #post(address, edit) {
    if (this.stale) throw new StaleDraft();
    let answer = await this.#request(address, edit);
    // After signing in again, in another tab perhaps, only the form token is out of date.
    if ((answer.status === 401 || answer.status === 403) && (await this.#renew())) answer = await this.#request(address, edit);
    if (answer.status === 409) {
      this.stale = true;
      throw new StaleDraft();
    }
    if (answer.status === 401 || answer.status === 403) throw new SignedOut();
    if (!answer.ok) throw new Refused(answer.status === 422 ? "invalid" : "failed");
    return answer.json();
  }

  #request(address, edit) {
    return fetch(address, {
      method: "POST",
      headers: { "content-type": "application/json", "x-csrf-token": this.csrf },
      body: JSON.stringify({ version: this.version, edit }),
      credentials: "same-origin",
      redirect: "error",
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
