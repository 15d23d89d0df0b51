// Takes the latest verdict back: on this device where it is not sent yet, otherwise on the server.

import { readJson } from "./transport.js";

export class Undo {
  // restore(pair, text): put the pair on the page again, with the reason where it is known. leave(): there is no pair.
  constructor({ outbox, sender, transport, status, url, newKey, parse, restore, leave }) {
    Object.assign(this, { outbox, sender, transport, status, url, newKey, parse, restore, leave });
    this.latest = null;
    this.running = null;
  }

  // name: of the verdict's entry in the outbox. pair: its element. text: the reason.
  remember({ name, pair, text }) {
    this.latest = { name, pair, text };
  }

  run() {
    this.running ??= this.#run().finally(() => (this.running = null));
    return this.running;
  }

  async #run() {
    if (this.latest && this.sender.sending === this.latest.name) await this.sender.running;
    if (this.latest && this.outbox.has(this.latest.name) && this.sender.sending !== this.latest.name) this.#withdraw();
    else await this.#ask();
  }

  #withdraw() {
    const { name, pair, text } = this.latest;
    this.outbox.remove(name);
    this.#finish(pair, text);
    this.status.report(this.outbox.size ? "offline" : "saved", this.outbox.size);
  }

  async #ask() {
    let response;
    try {
      response = await this.transport.post(this.url, { submit_key: this.newKey() });
    } catch {
      this.status.notice("offline", "Taking back needs a connection.", "What you judged is saved; try again when you are back online.");
      return;
    }
    if (!response.ok) {
      const { message = "Load the page again." } = await readJson(response);
      this.status.notice("watch", "Nothing was taken back.", message);
      return;
    }
    const pair = this.parse(await response.text());
    if (!pair) this.leave();
    else this.#finish(pair, this.latest?.pair.dataset.uuid === pair.dataset.uuid ? this.latest.text : null);
  }

  #finish(pair, text) {
    this.restore(pair, text);
    this.latest = null;
    this.status.announce("Taken back. The pair is on the page again.");
  }
}
