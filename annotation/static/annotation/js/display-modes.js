// Two ways to look at a pair, each with its buttons: the raw text, and the differences marked. One at a time: the marks
// are in the rendered text.

import { markDifferences, unmarkDifferences } from "./differences.js";

const NOTHING_MARKED = {
  same: "The two responses are the same, word for word.",
  "nothing in common": "These responses have hardly a sentence in common; marks would cover them both.",
};

export class DisplayModes {
  constructor({ root, pairView, status }) {
    Object.assign(this, { root, pairView, status });
    this.raw = false;
    this.differences = false;
    this.#offer("[data-raw]", () => this.toggleRaw());
    this.#offer("[data-differences]", () => this.toggleDifferences());
  }

  toggleRaw() {
    const on = !this.raw;
    if (on && this.differences) this.toggleDifferences();
    for (const element of this.pairView.element.querySelectorAll(".raw")) element.hidden = !on;
    for (const element of this.pairView.element.querySelectorAll(".shown")) element.hidden = on;
    this.#setRaw(on);
  }

  async toggleDifferences() {
    const on = !this.differences;
    this.#setDifferences(on);
    if (!on) {
      unmarkDifferences(this.pairView.element);
      return;
    }
    if (this.raw) this.toggleRaw();
    const asked = (this.asked = {});
    const isWanted = () => this.differences && this.asked === asked;
    const found = await markDifferences(this.pairView.element, isWanted);
    if (!NOTHING_MARKED[found]) return;
    this.#setDifferences(false);
    this.status.notice("differences", "Nothing is marked.", NOTHING_MARKED[found]);
  }

  // Another pair is about to be shown. Undo may bring this one back, and it has to look as the buttons say then.
  reset() {
    if (this.differences) this.toggleDifferences();
    if (this.raw) this.toggleRaw();
  }

  // The buttons are hidden in the HTML, since without scripts they could do nothing.
  #offer(selector, toggle) {
    for (const button of this.root.querySelectorAll(selector)) {
      button.hidden = false;
      button.addEventListener("click", toggle);
    }
  }

  #setRaw(on) {
    this.raw = on;
    this.#press("[data-raw]", on);
  }

  #setDifferences(on) {
    this.differences = on;
    this.#press("[data-differences]", on);
  }

  #press(selector, on) {
    for (const button of this.root.querySelectorAll(selector)) button.setAttribute("aria-pressed", String(on));
  }
}
