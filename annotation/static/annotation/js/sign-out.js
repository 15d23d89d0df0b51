// Before signing out, sends what is unsent; then removes everything that is kept on this device.

import { anythingUnsent, unsentProjects } from "./outbox.js";

const PREFIX = "concord.";

export class SignOut {
  // senderFor({ person, project, sessionUrl }): an OutboxSender for that person's outbox in that project.
  constructor({ document, storage, fetch, senderFor }) {
    Object.assign(this, { document, storage, fetch, senderFor });
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
    text.textContent = "Some judgements are not sent yet; signing out now would lose them. Press again to sign out all the same.";
    form.prepend(text);
  }
}
