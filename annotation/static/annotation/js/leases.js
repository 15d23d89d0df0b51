// Renews the leases of this page's pairs while somebody works on it, and shortens them when the page is closed, so that
// other annotators get the pairs soon.

const HEARTBEAT = 60_000;
const IDLE = 600_000; // after this time without any input nobody works on the page
const INPUTS = ["keydown", "pointerdown", "pointermove", "wheel", "touchstart", "input"];

export class Leases {
  // held(): UUIDs of the pairs that this page has leased.
  constructor({ window, document, clock, transport, projectUrl, held }) {
    Object.assign(this, { document, clock, transport, projectUrl, held });
    this.lastInput = clock.now();
    for (const input of INPUTS) {
      window.addEventListener(input, () => { this.lastInput = clock.now(); }, { passive: true, capture: true });
    }
    window.addEventListener("pagehide", () => this.#shorten());
    // Back from the browser's cache of pages, where "pagehide" had shortened the leases.
    window.addEventListener("pageshow", (event) => { if (event.persisted) this.renew(); });
    clock.setInterval(() => { if (this.#inUse) this.renew(); }, HEARTBEAT);
  }

  // A failure has no consequence here: the next heartbeat tries again, and a late verdict is accepted.
  renew() {
    for (const uuid of this.held()) this.transport.post(`${this.projectUrl}a/${uuid}/renew`, {}).catch(() => {});
  }

  get #inUse() {
    return this.document.visibilityState === "visible" && this.clock.now() - this.lastInput < IDLE;
  }

  #shorten() {
    for (const uuid of this.held()) this.transport.postOnLeave(`${this.projectUrl}a/${uuid}/leave`, {}).catch(() => {});
  }
}
