// Keeps the reason while it is typed: on this device at once, on the server within a second. The newer text wins.

import { body, post } from "./transport.js";
import { drop, keep, kept } from "./outbox.js";

const PAUSE = 700;

export class Drafts {
  constructor(field, base, identity, say) {
    Object.assign(this, { field, base, identity, say });
    this.uuid = "";
    this.version = 0;
    this.timer = 0;
    this.leaving = false;
    field.addEventListener("input", () => this.#typed());
    addEventListener("online", () => this.save());
    addEventListener("beforeunload", () => { this.leaving = true; });
  }

  #name() {
    return `concord.draft.${this.identity.person}.${this.uuid}`;
  }

  // A pair comes onto the page: the newer of the server's text and this device's.
  open(uuid, version, text) {
    clearTimeout(this.timer);
    this.uuid = uuid;
    this.version = version;
    const own = uuid ? kept(this.#name()) : null;
    if (own && own.version > version) {
      this.version = own.version;
      this.field.value = own.reason;
      this.timer = setTimeout(() => this.save(), PAUSE);
    } else {
      if (own) drop(this.#name());
      this.field.value = text;
    }
  }

  // Its verdict is given: the text goes with it.
  close() {
    clearTimeout(this.timer);
    if (this.uuid) drop(this.#name());
    this.uuid = "";
  }

  #typed() {
    if (!this.uuid) return;
    this.leaving = false;
    this.version = Math.max(Date.now(), this.version + 1);
    keep(this.#name(), { version: this.version, reason: this.field.value });
    this.say("saving");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), PAUSE);
  }

  async save() {
    clearTimeout(this.timer);
    const { uuid, version } = this;
    if (!uuid || !kept(this.#name())) return;
    let response;
    try {
      response = await post(`${this.base}a/${uuid}/draft`, { version, reason: this.field.value }, this.identity);
    } catch {
      this.#later(navigator.onLine ? "away" : "offline");
      return;
    }
    if (uuid !== this.uuid || version !== this.version) return; // judged, or typed on, meanwhile
    if (response.ok) {
      if (!this.leaving) drop(this.#name()); // the page that is on its way may have been made before this was stored
      this.say("saved");
    } else if (response.status === 409) {
      drop(this.#name()); // a newer text from another tab, or the verdict, is in: it stays
      this.say((await body(response)).code === "newer_saved" ? "newer" : "saved");
    } else if (response.status === 401) {
      this.#later((await body(response)).code === "other" ? "other" : "signed-out");
    } else if (response.status === 413) {
      this.say("too-long");
    } else {
      this.#later(response.status === 403 ? "forbidden" : "away");
    }
  }

  #later(trouble) {
    this.say(trouble);
    this.timer = setTimeout(() => this.save(), 5000);
  }
}
