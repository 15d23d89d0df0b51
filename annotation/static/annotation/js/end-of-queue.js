// Entry module of the page that is shown while there is no pair for the person, but one may come soon.

import { LookingAgain } from "./looking-again.js";

new LookingAgain({
  root: document.querySelector("main[data-ending]"),
  document,
  fetch: (...request) => fetch(...request),
  clock: { setTimeout: (...timer) => setTimeout(...timer), clearTimeout: (timer) => clearTimeout(timer) },
  go: (url) => location.assign(url),
});
