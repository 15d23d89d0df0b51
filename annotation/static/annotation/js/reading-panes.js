// The parts of the page that scroll: by key without a focus of their own, and the prompt in all its height on request.

const LINE = 48; // px, three lines of an arrow key as browsers scroll
const OVERLAP = 0.9; // of a pane that one page scrolls: the last lines stay in view
const OWN_FOCUS = "button, a, summary, input, select, textarea, pre, [contenteditable], .menu, .response, .prompt, .scroll, .formula";

export class ReadingPanes {
  // person: the choice is kept for them on this device.
  constructor({ window, root, storage, person }) {
    Object.assign(this, { window, root, storage });
    this.name = `concord.prompt.${person}`;
    this.#show(storage.get(this.name) === true);
    for (const button of root.querySelectorAll("[data-whole-prompt]")) {
      button.hidden = false;
      button.addEventListener("click", () => this.togglePrompt());
    }
  }

  togglePrompt() {
    const whole = !this.root.classList.contains("whole-prompt");
    if (whole) this.storage.set(this.name, true);
    else this.storage.remove(this.name);
    this.#show(whole);
    this.fitTurns();
  }

  #show(whole) {
    this.root.classList.toggle("whole-prompt", whole);
    for (const button of this.root.querySelectorAll("[data-whole-prompt]")) button.setAttribute("aria-pressed", String(whole));
  }

  // A system prompt and earlier turns are open where they leave room for the prompt itself.
  fitTurns() {
    const turns = this.root.querySelector(".prompt .turns");
    if (!turns) return;
    turns.open = true;
    const prompt = turns.closest(".prompt");
    if (this.#scrolls(prompt) && prompt.scrollHeight > prompt.clientHeight + 1) turns.open = false;
  }

  // Scroll by a key that was pressed while no pane has the focus: both responses in step, or the prompt where neither is
  // longer than its pane. Return false where the browser knows better.
  scroll(key, target, { shift = false } = {}) {
    if (!(target instanceof Element)) return false;
    if (target.id !== "h-prompt" && target.closest(OWN_FOCUS)) return false;
    const panes = [...this.root.querySelectorAll(".response")];
    if (!panes.every((pane) => this.#scrolls(pane))) return false; // the page scrolls as a whole
    const longer = (pane) => pane.scrollHeight > pane.clientHeight + 1;
    const moved = panes.some(longer) ? panes.filter(longer) : [...this.root.querySelectorAll(".prompt")].filter(longer);
    const by = {
      " ": (pane) => (shift ? -1 : 1) * OVERLAP * pane.clientHeight,
      PageDown: (pane) => OVERLAP * pane.clientHeight,
      PageUp: (pane) => -OVERLAP * pane.clientHeight,
      ArrowDown: () => LINE,
      ArrowUp: () => -LINE,
      Home: (pane) => -pane.scrollHeight,
      End: (pane) => pane.scrollHeight,
    }[key];
    if (!by) return false;
    for (const pane of moved) pane.scrollBy({ top: by(pane) });
    return true;
  }

  #scrolls(pane) {
    return this.window.getComputedStyle(pane).overflowY === "auto";
  }
}
