// Signing out: what is unsent goes first, then this device forgets the person.

import { Outbox, anythingUnsent, forgetEverything, unsentProjects } from "./outbox.js";
import { OutboxSender } from "./outbox-sender.js";

const silent = { state() {}, taken() {}, refused() {} };

async function sendAll(sessionUrl) {
  const response = await fetch(sessionUrl, { headers: { Accept: "application/json" } });
  if (!response.ok) return;
  const { person } = await response.json();
  for (const project of unsentProjects(person)) {
    const sender = new OutboxSender(new Outbox(person, project), `/p/${project}/`, { session: sessionUrl, person }, silent);
    await sender.flush();
    clearTimeout(sender.timer);
  }
}

function warn(form) {
  const text = document.createElement("p");
  text.className = "error act";
  text.setAttribute("role", "alert");
  text.textContent = "Some judgements are not sent yet; signing out now would lose them. Press again to sign out all the same.";
  form.prepend(text);
}

for (const form of document.querySelectorAll("form[data-sign-out]")) {
  form.addEventListener("submit", async (event) => {
    if (form.dataset.warned || !anythingUnsent()) {
      forgetEverything();
      return;
    }
    event.preventDefault();
    await sendAll(form.dataset.session).catch(() => {});
    if (anythingUnsent()) {
      form.dataset.warned = "yes";
      warn(form);
    } else {
      forgetEverything();
      form.submit();
    }
  });
}
