// Pairs that lie ready: fetched while the person reads, so that the next one is there at once.

import { body, post } from "./transport.js";

const READY = 2; // with the one on the page that makes three, which is as many as anybody may hold

export class PrefetchedPairs {
  constructor(url, identity, held) {
    Object.assign(this, { url, identity, held });
    this.pairs = [];
    this.filling = null;
    this.again = false;
    this.why = ""; // why the last request brought nothing
  }

  get full() {
    return this.pairs.length >= READY;
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

  putBack(pair, most = READY) {
    this.pairs.unshift(pair);
    this.pairs.length = Math.min(this.pairs.length, most);
  }

  fill(most = READY) {
    this.again = Boolean(this.filling); // a verdict came in meanwhile: what was enough then may not be any more
    this.filling ??= this.#fill(most).finally(() => {
      this.filling = null;
    });
    return this.filling;
  }

  // What a verdict brought along: a further pair, or why there is none. False where the shelf had better ask again.
  offer({ pair: html, state } = {}) {
    if (state) this.why = state;
    if (!html) return Boolean(state);
    this.why = "";
    this.#put(parsePair(html), READY);
    return this.full;
  }

  #put(pair, most) {
    const wanted = pair && this.pairs.length < most && !this.held().includes(pair.dataset.uuid);
    if (wanted) this.pairs.push(pair);
    return wanted;
  }

  async #fill(most) {
    do {
      this.again = false;
      await this.#fetch(most);
    } while (this.again && this.why === "enough");
  }

  async #fetch(most) {
    while (this.pairs.length < most) {
      let response;
      try {
        const holding = this.held().map((uuid) => ["holding", uuid]);
        response = await post(this.url, holding, this.identity);
      } catch {
        this.why = "offline";
        return;
      }
      if (!response.ok || !response.headers.get("Content-Type").startsWith("text/html")) {
        const answer = await body(response);
        this.why = answer.state ?? (response.status === 401 ? "signed-out" : "away");
        return;
      }
      this.why = "";
      if (!this.#put(parsePair(await response.text()), most)) return;
    }
  }
}

export const parsePair = (html) => {
  const pair = new DOMParser().parseFromString(html, "text/html").querySelector(".pair");
  return pair && document.adoptNode(pair);
};
