// Two ways to look at a pair, each with its buttons: the raw text, and the differences marked. One at a time: the marks
// are in the rendered text.

const NOTHING_MARKED = {
  same: "The two responses are the same, character for character.",
  "same words": "Only spaces, line ends or signs of formatting differ; the raw texts show them.",
  "nothing in common": "These responses have hardly a sentence in common; marks would cover them both.",
  "too old": "This browser cannot mark differences; a newer version of it can.",
  failed: "The responses could not be compared. Reload the page, then try again.",
};

export class DisplayModes {
  // differences: marks them in a pair, as Differences does.
  constructor({ root, pairView, status, differences }) {
    Object.assign(this, { root, pairView, status, differences });
    this.raw = false;
    this.marked = false;
    this.#offer("[data-raw]", () => this.toggleRaw());
    this.#offer("[data-differences]", () => this.toggleDifferences());
  }

  toggleRaw() {
    const on = !this.raw;
    if (on && this.marked) this.toggleDifferences();
    for (const element of this.pairView.element.querySelectorAll(".raw")) element.hidden = !on;
    for (const element of this.pairView.element.querySelectorAll(".shown")) element.hidden = on;
    this.#setRaw(on);
  }

  async toggleDifferences() {
    const on = !this.marked;
    this.#setMarked(on);
    if (!on) {
      this.differences.clear();
      return;
    }
    if (this.raw) this.toggleRaw();
    let found = await this.differences.mark(this.pairView.element);
    if (found === "same" && !this.#sameRaw()) found = "same words";
    if (!NOTHING_MARKED[found]) return;
    this.#setMarked(false);
    this.status.refuse("differences", "Nothing is marked.", NOTHING_MARKED[found]);
  }

  #sameRaw() {
    const [a, b] = ["a", "b"].map((side) => [...this.pairView.element.querySelectorAll(`.response.${side} .raw`)].map((raw) => raw.textContent));
    return a.length === b.length && a.every((text, at) => text === b[at]);
  }

  // Another pair is about to be shown. Undo may bring this one back, and it has to look as the buttons say then.
  reset() {
    if (this.marked) this.toggleDifferences();
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

  #setMarked(on) {
    this.marked = on;
    this.#press("[data-differences]", on);
  }

  #press(selector, on) {
    for (const button of this.root.querySelectorAll(selector)) button.setAttribute("aria-pressed", String(on));
  }
}
