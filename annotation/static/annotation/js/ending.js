// Entry module of the page that is shown while there is no pair for the person.

import { KeyboardShortcuts } from "./keyboard-shortcuts.js";
import { LookingAgain } from "./looking-again.js";
import { Menus } from "./menus.js";

const root = document.querySelector("main[data-ending]");

new LookingAgain({
  root,
  document,
  fetch: (...request) => fetch(...request),
  clock: { setTimeout: (...timer) => setTimeout(...timer), clearTimeout: (timer) => clearTimeout(timer) },
  go: (url) => location.assign(url),
});
new KeyboardShortcuts({
  document,
  menus: new Menus({ document }),
  actions: { u: () => root.querySelector("[data-undo]")?.requestSubmit() },
  leaveText: () => {},
});
