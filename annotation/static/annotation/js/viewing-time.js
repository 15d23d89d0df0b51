// Measures how long the current pair has been in view; a tab in the background does not count.

export class ViewingTime {
  constructor({ document, clock }) {
    Object.assign(this, { document, clock });
    this.restart();
    document.addEventListener("visibilitychange", () => this.#onVisibilityChange());
  }

  restart() {
    this.past = 0; // milliseconds in view before the page was last hidden
    this.since = this.#visible ? this.clock.elapsed() : null;
  }

  get seconds() {
    const now = this.since === null ? 0 : this.clock.elapsed() - this.since;
    return ((this.past + now) / 1000).toFixed(1);
  }

  get #visible() {
    return this.document.visibilityState === "visible";
  }

  #onVisibilityChange() {
    if (this.#visible) {
      this.since = this.clock.elapsed();
    } else if (this.since !== null) {
      this.past += this.clock.elapsed() - this.since;
      this.since = null;
    }
  }
}
