// Saves the reason while it is typed: on this device at once, on the server within a second. The newer version wins.

import { readJson } from "./transport.js";

const SAVE_DELAY = 700;
const RETRY_DELAY = 5000;

export class Drafts {
  // onState(state): a state of StatusDisplay, "newer" or "too-long".
  constructor({ window, field, storage, clock, transport, person, projectUrl, onState }) {
    Object.assign(this, { field, storage, clock, transport, person, projectUrl, onState });
    this.uuid = ""; // of the pair that the text belongs to; none while there is no pair to judge
    this.version = 0;
    this.timer = 0;
    this.leaving = false;
    field.addEventListener("input", () => this.#onInput());
    window.addEventListener("online", () => this.save());
    window.addEventListener("beforeunload", () => { this.leaving = true; });
  }

  #name() {
    return `concord.draft.${this.person}.${this.uuid}`;
  }

  // A pair is shown. Take the newer of the server's text and the text on this device.
  open(uuid, version, text) {
    this.clock.clearTimeout(this.timer);
    this.uuid = uuid;
    this.version = version;
    const own = uuid ? this.storage.get(this.#name()) : null;
    if (own && own.version > version) {
      this.version = own.version;
      this.field.value = own.reason;
      this.timer = this.clock.setTimeout(() => this.save(), SAVE_DELAY);
    } else {
      if (own) this.storage.remove(this.#name());
      this.field.value = text;
    }
  }

  // The pair is judged or skipped. Its text is part of the verdict from now on.
  close() {
    this.clock.clearTimeout(this.timer);
    if (this.uuid) this.storage.remove(this.#name());
    this.uuid = "";
  }

  #onInput() {
    if (!this.uuid) return;
    this.leaving = false;
    this.version = Math.max(this.clock.now(), this.version + 1);
    this.storage.set(this.#name(), { version: this.version, reason: this.field.value });
    this.onState("saving");
    this.clock.clearTimeout(this.timer);
    this.timer = this.clock.setTimeout(() => this.save(), SAVE_DELAY);
  }

  async save() {
    this.clock.clearTimeout(this.timer);
    const { uuid, version } = this;
    if (!uuid || !this.storage.get(this.#name())) return;
    let response;
    try {
      const url = `${this.projectUrl}a/${uuid}/draft`;
      response = await this.transport.post(url, { version, reason: this.field.value });
    } catch {
      this.#retry(this.transport.troubleFor());
      return;
    }
    if (uuid !== this.uuid || version !== this.version) return; // judged, or typed on, in the meantime
    if (response.ok) {
      // The page that replaces this one may have been rendered before the text was stored: it takes the device's.
      if (!this.leaving) this.storage.remove(this.#name());
      this.onState("saved");
    } else if (response.status === 409) {
      this.storage.remove(this.#name()); // the server has a newer text from another tab, or the verdict
      this.onState((await readJson(response)).code === "newer_saved" ? "newer" : "saved");
    } else if (response.status === 413) {
      this.onState("too-long");
    } else {
      this.#retry(this.transport.troubleFor(response.status, await readJson(response)));
    }
  }

  #retry(trouble) {
    this.onState(trouble);
    this.timer = this.clock.setTimeout(() => this.save(), RETRY_DELAY);
  }
}
