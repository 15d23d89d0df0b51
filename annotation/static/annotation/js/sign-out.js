// Before signing out, sends what is unsent; then removes everything that is kept on this device.

import { anythingUnsent, countUnsent, unsentProjects } from "./outbox.js";

const PREFIX = "concord.";
const LOOK_AGAIN = 2000; // ms

export class SignOut {
  // senderFor({ person, project, sessionUrl }): an OutboxSender for that person's outbox in that project.
  constructor({ document, storage, fetch, senderFor, clock }) {
    Object.assign(this, { document, storage, fetch, senderFor, clock });
    this.warned = new Set(); // forms that have shown the warning: the next press signs out all the same
    for (const form of document.querySelectorAll("form[data-sign-out]")) {
      form.addEventListener("submit", (event) => this.#onSubmit(form, event));
    }
  }

  async #onSubmit(form, event) {
    if (this.warned.has(form) || !anythingUnsent(this.storage)) {
      this.storage.removeAll(PREFIX);
      return;
    }
    event.preventDefault();
    await this.#sendAll(form.dataset.session).catch(() => {});
    if (anythingUnsent(this.storage)) {
      this.warned.add(form);
      this.#warn(form);
    } else {
      this.storage.removeAll(PREFIX);
      form.submit();
    }
  }

  async #sendAll(sessionUrl) {
    const response = await this.fetch(sessionUrl, { headers: { Accept: "application/json" } });
    if (!response.ok) return;
    const { person } = await response.json();
    for (const project of unsentProjects(this.storage, person)) {
      const sender = this.senderFor({ person, project, sessionUrl });
      await sender.flush();
      sender.stop();
    }
  }

  #warn(form) {
    const text = this.document.createElement("p");
    text.className = "error act";
    text.setAttribute("role", "alert");
    const n = countUnsent(this.storage);
    const [what, it] = n === 1 ? ["1 judgement is", "it"] : [`${n} judgements are`, "them"];
    text.textContent = `${what} not sent yet; signing out now would lose ${it}. Press again to sign out all the same.`;
    form.prepend(text);
    const look = () => {
      if (anythingUnsent(this.storage)) {
        this.clock.setTimeout(look, LOOK_AGAIN);
        return;
      }
      this.warned.delete(form); // sent in the meantime: the warning is over, and a press signs out
      text.remove();
    };
    this.clock.setTimeout(look, LOOK_AGAIN);
  }
}
