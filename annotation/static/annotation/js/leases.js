// Keeps the pairs of this page while somebody is at work on it, and measures the time that it is in view.

import { post } from "./transport.js";

const BEAT = 60_000;
const RESTING = 600_000;

export class Leases {
  constructor(base, identity, held) {
    Object.assign(this, { base, identity, held });
    this.acted = Date.now();
    this.since = document.visibilityState === "visible" ? performance.now() : null;
    this.seen = 0;
    for (const deed of ["keydown", "pointerdown", "pointermove", "wheel", "touchstart", "input"]) {
      addEventListener(deed, () => { this.acted = Date.now(); }, { passive: true, capture: true });
    }
    document.addEventListener("visibilitychange", () => this.#look());
    addEventListener("pagehide", () => this.#leave());
    addEventListener("pageshow", (event) => { if (event.persisted) this.renew(); });
    setInterval(() => {
      if (document.visibilityState === "visible" && Date.now() - this.acted < RESTING) this.renew();
    }, BEAT);
  }

  // Another pair is before the person's eyes.
  begin() {
    this.seen = 0;
    this.since = document.visibilityState === "visible" ? performance.now() : null;
  }

  get seconds() {
    const now = this.since === null ? 0 : performance.now() - this.since;
    return ((this.seen + now) / 1000).toFixed(1);
  }

  #look() {
    if (document.visibilityState === "visible") {
      this.since = performance.now();
    } else if (this.since !== null) {
      this.seen += performance.now() - this.since;
      this.since = null;
    }
  }

  renew() {
    for (const uuid of this.held()) post(`${this.base}a/${uuid}/renew`, {}, this.identity).catch(() => {});
  }

  #leave() {
    for (const uuid of this.held()) post(`${this.base}a/${uuid}/leave`, {}, { keepalive: true }).catch(() => {});
  }
}
