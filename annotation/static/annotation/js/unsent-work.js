// Sends what was judged on the judging page and is not sent yet, from any other page; and says so on it.

import { OutboxSender } from "./outbox-sender.js";
import { Outbox, anythingUnsent, unsentProjects } from "./outbox.js";
import { Transport } from "./transport.js";

// Makes a sender for a person's outbox in a project.
export const senders = ({ storage, clock, fetch, document, navigator }) => ({
  person, project, sessionUrl, onState = () => {}, onAccepted = () => {}, onRefused = () => {},
}) => new OutboxSender({
  outbox: new Outbox({ storage, clock, person, project }),
  transport: new Transport({ fetch, document, navigator, sessionUrl, person }),
  clock, onState, onAccepted, onRefused,
  projectUrl: `/p/${project}/`,
  extraFields: () => [],
});

const judgements = (n, [one, more]) => `${n} ${n === 1 ? `judgement ${one}` : `judgements ${more}`}`;

export class UnsentWork {
  // place: the element that shows the sentence. senderFor: see senders().
  constructor({ window, storage, fetch, senderFor, sessionUrl, place }) {
    Object.assign(this, { storage, fetch, senderFor, sessionUrl, place });
    this.senders = new Map(); // by project
    this.sent = 0;
    this.refusals = [];
    window.addEventListener("online", () => this.send());
  }

  async send() {
    if (!anythingUnsent(this.storage)) return;
    const person = await this.#signedIn();
    if (person === null) {
      this.#say("Some of your work is saved on this device and not sent yet. It will be sent when Concord can be reached.");
      return;
    }
    const projects = unsentProjects(this.storage, person);
    if (!projects.length) {
      this.#say("Work of another account is saved on this device. It will be sent when that person signs in here.");
    }
    await Promise.all(projects.map((project) => this.#sender(person, project).flush()));
  }

  #sender(person, project) {
    if (!this.senders.has(project)) {
      this.senders.set(project, this.senderFor({
        person, project,
        sessionUrl: this.sessionUrl,
        onState: (state) => this.#report(state),
        onAccepted: () => { this.sent += 1; },
        onRefused: (entry, answer) => this.refusals.push(answer.message ?? "The server could not take it."),
      }));
    }
    return this.senders.get(project);
  }

  async #signedIn() {
    try {
      const response = await this.fetch(this.sessionUrl, { headers: { Accept: "application/json" } });
      return response.ok ? (await response.json()).person : null;
    } catch {
      return null;
    }
  }

  get #left() {
    return [...this.senders.values()].reduce((sum, { outbox }) => sum + outbox.size, 0);
  }

  #report(state) {
    const left = this.#left;
    if (state === "saving") {
      if (!this.place.textContent) this.#say(`Sending ${judgements(left, ["that is", "that are"])} saved on this device…`);
    } else if (left) {
      if (state !== "saved") this.#say(`${judgements(left, ["is", "are"])} saved on this device and not sent yet. This page tries again by itself.`);
    } else {
      const sent = this.sent ? [`${judgements(this.sent, ["that was", "that were"])} saved on this device ${this.sent === 1 ? "is" : "are"} sent now.`] : [];
      const { length } = this.refusals;
      const refused = length ? [`${judgements(length, ["was", "were"])} not stored: ${[...new Set(this.refusals)].join(" ")}`] : [];
      if (sent.length || refused.length) this.#say([...sent, ...refused].join(" "));
    }
  }

  #say(text) {
    if (this.place.textContent === text) return; // or it would be read aloud once more
    const notice = this.place.ownerDocument.createElement("p");
    notice.className = "notice";
    notice.textContent = text;
    this.place.replaceChildren(notice);
  }
}
