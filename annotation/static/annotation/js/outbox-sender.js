// Sends what the box holds, in order, one at a time. What the server has taken or will never take leaves the box;
// everything else stays and is tried again.

import { body, post } from "./transport.js";
import { drop } from "./outbox.js";

const FINAL = new Set([400, 404, 409, 413, 422]);
const AGAIN = 5000;

export class OutboxSender {
  // hooks: state(word), taken(entry, answer), refused(entry, answer, status); asking(entry): what to ask for besides
  constructor(box, base, identity, hooks) {
    Object.assign(this, { box, base, identity, hooks });
    this.running = null;
    this.timer = 0;
    this.sending = "";
  }

  flush() {
    clearTimeout(this.timer);
    this.running ??= this.#run().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  async #run() {
    for (let next = this.box.first(); next; next = this.box.first()) {
      this.hooks.state("saving");
      this.sending = next.name;
      const trouble = await this.#one(next);
      this.sending = "";
      if (trouble) {
        this.hooks.state(trouble);
        this.timer = setTimeout(() => this.flush(), AGAIN);
        return false;
      }
    }
    this.hooks.state("saved");
    return true;
  }

  async #one({ name, entry }) {
    const fields = [...Object.entries(entry.fields), ...(this.hooks.asking?.(entry) ?? [])];
    let response;
    try {
      response = await post(`${this.base}a/${entry.uuid}/${entry.deed}`, fields, this.identity);
    } catch {
      return navigator.onLine ? "away" : "offline";
    }
    const answer = await body(response);
    if (response.ok) {
      drop(name);
      this.hooks.taken(entry, answer);
    } else if (FINAL.has(response.status)) {
      drop(name);
      this.hooks.refused(entry, answer, response.status);
    } else if (response.status === 401) {
      return answer.code === "other" ? "other" : "signed-out";
    } else {
      return response.status === 403 ? "forbidden" : "away";
    }
    return "";
  }
}
