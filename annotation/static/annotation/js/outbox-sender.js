// Sends the entries of an outbox in order, one at a time. An entry that the server has stored, or will never accept,
// leaves the outbox; every other stays and is sent again.

import { readJson } from "./transport.js";

const FINAL = new Set([400, 404, 409, 413, 422]); // sent again, it would be refused again
const RETRY_DELAY = 5000;

export class OutboxSender {
  // onState(state), onAccepted(entry, answer), onRefused(entry, answer); extraFields(entry): what to send besides.
  constructor({ outbox, transport, clock, projectUrl, onState, onAccepted, onRefused, extraFields }) {
    Object.assign(this, { outbox, transport, clock, projectUrl, onState, onAccepted, onRefused, extraFields });
    this.running = null; // the promise of the flush in progress
    this.unanswered = new Set(); // names of entries that were sent, and whose answer did not come in time
    this.sending = ""; // the name of the entry that is on its way
    this.timer = 0;
  }

  // Send until the outbox is empty or the server does not take an entry. Resolves to whether it is empty.
  flush() {
    this.clock.clearTimeout(this.timer);
    this.running ??= this.#run().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  stop() {
    this.clock.clearTimeout(this.timer);
  }

  async #run() {
    for (let next = this.outbox.first(); next; next = this.outbox.first()) {
      this.onState("saving");
      this.sending = next.name;
      const trouble = await this.#send(next);
      this.sending = "";
      if (trouble) {
        this.onState(trouble);
        this.timer = this.clock.setTimeout(() => this.flush(), RETRY_DELAY);
        return false;
      }
    }
    this.onState("saved");
    return true;
  }

  // Return why the entry has to be sent again, or "".
  async #send({ name, entry }) {
    const fields = [...Object.entries(entry.fields), ...this.extraFields(entry)];
    let response;
    try {
      response = await this.transport.post(`${this.projectUrl}a/${entry.uuid}/${entry.operation}`, fields);
    } catch (error) {
      if (error?.name === "TimeoutError") this.unanswered.add(name); // the server may have stored it all the same
      return this.transport.troubleFor();
    }
    const answer = await readJson(response);
    if (response.ok) {
      this.outbox.remove(name);
      this.onAccepted(entry, answer);
    } else if (FINAL.has(response.status)) {
      this.outbox.remove(name);
      this.onRefused(entry, answer);
    } else {
      return this.transport.troubleFor(response.status, answer);
    }
    return "";
  }
}
