// Takes the latest verdict, skip or flag back: on this device where it is not sent yet, otherwise on the server.

import { readJson } from "./transport.js";

const MOST = 50; // operations remembered with their pairs
const BACK = "The pair is on the page again.";
const TAKEN_BACK = { // by the server's words
  verdict: ["Your judgement is taken back.", BACK],
  skip: ["Your skip is taken back.", BACK],
  flag: ["Your flag is taken back.", "The managers no longer see it."],
};
const KINDS = { submit: "verdict", skip: "skip", flag: "flag" }; // by the operation in the outbox

export class Undo {
  // restore(pair, text, kind): put the pair on the page again, with the reason where it is known. leave(): there is no pair.
  constructor({ outbox, sender, transport, status, url, newKey, parse, restore, leave }) {
    Object.assign(this, { outbox, sender, transport, status, url, newKey, parse, restore, leave });
    this.done = []; // what was done on this page, oldest first
    this.running = null;
    this.key = ""; // of a request whose answer has not come: it may have been done, and is the same request when sent again
  }

  // name: of the entry in the outbox. operation: as there. pair: its element. text: the reason.
  remember({ name, operation, pair, text }) {
    this.done.push({ name, kind: KINDS[operation], pair, text });
    this.done = this.done.slice(-MOST);
    this.key = "";
  }

  run() {
    this.running ??= this.#run().finally(() => (this.running = null));
    return this.running;
  }

  async #run() {
    const latest = this.done.at(-1);
    if (latest && this.sender.sending === latest.name) await this.sender.running;
    const unsent = latest && this.outbox.has(latest.name) && this.sender.sending !== latest.name;
    if (unsent && !this.sender.unanswered.has(latest.name)) this.#withdraw();
    else await this.#ask();
  }

  #withdraw() {
    const { name, kind, pair, text } = this.done.pop();
    this.outbox.remove(name);
    this.status.report(this.outbox.size ? "offline" : "saved", this.outbox.size);
    this.#finish(kind, pair, text);
  }

  // The server takes back the latest that it knows of, so what was done before has to be there first.
  async #ask() {
    let response;
    try {
      if (this.outbox.size && !(await this.sender.flush())) throw new Error("not sent");
      this.key ||= this.newKey();
      response = await this.transport.post(this.url, { submit_key: this.key });
      this.key = "";
    } catch {
      this.status.refuse("offline", "Taking back needs a connection.", "What you judged is saved; try again when you are back online.");
      return;
    }
    const { taken_back: kind, uuid, pair: html, message = "Load the page again." } = await readJson(response);
    if (!response.ok) {
      this.status.refuse("watch", "Nothing was taken back.", message);
      return;
    }
    const at = this.done.findLastIndex((one) => one.kind === kind && one.pair.dataset.uuid === uuid);
    const [known] = at < 0 ? [] : this.done.splice(at); // what came after it on this page was taken back elsewhere
    const pair = html && this.parse(html);
    if (kind !== "flag" && !pair) this.leave();
    else this.#finish(kind, pair, known?.text ?? null);
  }

  #finish(kind, pair, text) {
    if (kind !== "flag") this.restore(pair, text, kind);
    this.status.tell("undo", ...TAKEN_BACK[kind]);
  }
}
