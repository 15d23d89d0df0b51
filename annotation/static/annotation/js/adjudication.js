// Entry module of the page of a disagreement, which works without it. With it a decision, the next pair and the one before
// are one key each, and the two ways to look at a pair are those of the judging page.

import { Differences } from "./differences.js";
import { DisplayModes } from "./display-modes.js";
import { KeyboardShortcuts } from "./keyboard-shortcuts.js";
import { Menus } from "./menus.js";
import { VerdictForm } from "./verdict-form.js";

const TOO_SOON = 400; // ms: a key that was meant for the pair before decides nothing about this one

const { document } = window;
const root = document.querySelector("[data-adjudication]");
const loaded = window.performance.now();

const press = (selector) => root.querySelector(selector)?.click();
const announce = (words) => { root.querySelector("[data-announcement]").textContent = words; };

const displayModes = new DisplayModes({
  root,
  pairView: { element: root.querySelector(".pair") },
  status: { refuse: (_, strong, words) => announce(`${strong} ${words}`) },
  differences: new Differences({ window, newWorker: () => new Worker(root.dataset.differenceWorker, { type: "module" }) }),
});
const form = root.querySelector("[data-verdict]") ? new VerdictForm({ root }) : null;

new KeyboardShortcuts({
  document,
  menus: new Menus({ document }),
  actions: {
    ...form?.shortcuts((verdict) => { if (window.performance.now() - loaded > TOO_SOON) form.press(verdict); }),
    j: () => press("[data-next]"),
    k: () => press("[data-previous]"),
    u: () => press("[data-undo]"),
    d: () => displayModes.toggleDifferences(),
    r: () => displayModes.toggleRaw(),
    e: () => form?.editReason(),
  },
  leaveText: () => form?.leaveReason(),
  submit: () => form?.submit() ?? false,
});
