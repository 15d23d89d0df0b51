// Pairs fetched while the person reads another, so that the next one is shown at once.

import { readJson } from "./transport.js";

const MOST = 2; // with the pair on the page that makes three leases, as many as the server grants one annotator

export class PrefetchedPairs {
  // held(): UUIDs of every pair that this page has leased or has not sent yet; parse(html): the pair element.
  constructor({ url, transport, held, parse }) {
    Object.assign(this, { url, transport, held, parse });
    this.pairs = [];
    this.filling = null; // the promise of the fill in progress
    this.again = false;
    this.emptyReason = ""; // why the last request brought no pair: the server's state, or what failed
  }

  get full() {
    return this.pairs.length >= MOST;
  }

  uuids() {
    return this.pairs.map((pair) => pair.dataset.uuid);
  }

  take() {
    return this.pairs.shift() ?? null;
  }

  remove(uuid) {
    this.pairs = this.pairs.filter((pair) => pair.dataset.uuid !== uuid);
  }

  // Undo puts an earlier pair on the page: the one that was there comes next. One too many is left to its lease.
  putBack(pair) {
    this.pairs.unshift(pair);
    this.pairs.length = Math.min(this.pairs.length, MOST);
  }

  fill(most = MOST) {
    this.again = Boolean(this.filling); // a verdict was stored meanwhile: the server may grant a pair that it refused
    this.filling ??= this.#fill(most).finally(() => {
      this.filling = null;
    });
    return this.filling;
  }

  // Take what the answer to a verdict brought: a pair, or the state that explains why there is none. Return false where
  // asking for another pair may bring one.
  offer({ pair: html, state } = {}) {
    if (state) this.emptyReason = state;
    if (!html) return Boolean(state);
    this.emptyReason = "";
    this.#add(this.parse(html), MOST);
    return this.full;
  }

  #add(pair, most) {
    const wanted = pair && this.pairs.length < most && !this.held().includes(pair.dataset.uuid);
    if (wanted) this.pairs.push(pair);
    return wanted;
  }

  async #fill(most) {
    do {
      this.again = false;
      await this.#fetch(most);
    } while (this.again && this.emptyReason === "enough");
  }

  async #fetch(most) {
    while (this.pairs.length < most) {
      let response;
      try {
        response = await this.transport.post(this.url, this.held().map((uuid) => ["holding", uuid]));
      } catch {
        this.emptyReason = "offline";
        return;
      }
      if (!response.ok || !response.headers.get("Content-Type").startsWith("text/html")) {
        const answer = await readJson(response);
        this.emptyReason = answer.state ?? (response.status === 401 ? "signed-out" : "away");
        return;
      }
      this.emptyReason = "";
      if (!this.#add(this.parse(await response.text()), most)) return;
    }
  }
}
