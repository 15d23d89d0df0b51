// The judging page. It works without this file; with it, a verdict is one key and the next pair is already there.

import "./sign-out.js";
import { Outbox, drop } from "./outbox.js";
import { post, body, randomKey, whoIsHere } from "./transport.js";
import { markDifferences, unmarkDifferences } from "./differences.js";
import { Drafts } from "./drafts.js";
import { closePickers, listen, toggle } from "./keyboard-shortcuts.js";
import { Leases } from "./leases.js";
import { OutboxSender } from "./outbox-sender.js";
import { PrefetchedPairs, parsePair } from "./prefetched-pairs.js";
import { StatusDisplay } from "./status-display.js";
import { watchSwitch } from "./response-switch.js";

const root = document.querySelector("[data-judge]");
const { person, home, session, login, mode, project } = root.dataset;
const base = home.slice(0, -"judge".length);
const identity = { session, person };
const $ = (selector) => root.querySelector(selector);
const form = $("[data-verdict]");
const field = $("#reason");
const TOO_SOON = 400; // ms in which nobody has read a pair: the second half of a double click
const SAID = { a: "A is better", b: "B is better", tie: "Tie", both_bad: "Both bad" };

let pair = $(".pair");
let shownAt = performance.now();
let last = null; // the latest verdict, while undoing it needs no server or only a word to it
let waiting = false; // the pair on the page is judged, and no other is here yet

const status = new StatusDisplay(root, login);
const box = new Outbox(person, project);
const held = () => [...(waiting ? [] : [pair.dataset.uuid]), ...shelf.uuids()];
const shelf = new PrefetchedPairs(root.dataset.next, identity, () => [...new Set([...held(), ...box.uuids()])]);
const tell = (word) => {
  if (word === "newer") status.notice("watch", "A newer text is saved from another tab.", "Load this page again to see it.");
  else if (word === "too-long") status.notice("act", "The reason is too long to be kept.", "It may hold 20,000 characters.");
  else status.state(word, box.size, !waiting);
};
const sender = new OutboxSender(box, base, identity, {
  state: tell,
  // A verdict brings the next pair along. Not sooner: until then the pair just judged is one of the three in hand.
  asking: (entry) => entry.deed !== "submit" || shelf.full ? [] : [["next", "1"], ...shelf.held().map((uuid) => ["holding", uuid])],
  taken(entry, answer) { if (!shelf.offer(answer.next)) fill(); },
  refused(entry, answer) {
    fill();
    if (entry.deed === "submit") count(-1);
    const why = answer.message ?? "The server could not take it.";
    status.notice("act", "One of your judgements was not stored.", entry.fields.reason ? `${why} Your words: “${entry.fields.reason}”` : why);
  },
});

function count(by) {
  const number = document.querySelector("[data-today]");
  if (!number) return;
  number.textContent = Math.max(0, Number(number.textContent) + by);
  const bar = document.querySelector(".today progress");
  if (bar) bar.value = Number(number.textContent);
}

function aim(uuid) {
  form.action = `${base}a/${uuid}/submit`;
  $("[data-skip]").action = `${base}a/${uuid}/skip`;
  $("[data-flag]").action = `${base}a/${uuid}/flag`;
}

function press(name, on) {
  for (const button of root.querySelectorAll(`[data-${name}]`)) button.setAttribute("aria-pressed", String(on));
}

function show(next, { text = null } = {}) {
  closePickers(document.querySelector(".topbar details.menu")); // which is not about the pair
  pair.replaceWith(next);
  pair = next;
  waiting = false;
  root.removeAttribute("aria-busy");
  $(".verdicts").disabled = false;
  aim(pair.dataset.uuid);
  drafts.open(pair.dataset.uuid, Number(pair.dataset.draft), text ?? pair.dataset.reason);
  $(".reason").open = field.value !== "";
  press("raw", false);
  press("differences", false);
  leases.begin();
  status.turnPage();
  shownAt = performance.now();
  scrollTo(0, 0);
  $("#h-prompt").focus({ preventScroll: true });
  watchSwitch(pair);
}

// The next pair from the shelf; where it is empty, the old one stays and rests until one comes.
async function advance() {
  const ready = shelf.take();
  if (ready) {
    show(ready);
    return;
  }
  root.setAttribute("aria-busy", "true");
  $(".verdicts").disabled = true;
  waiting = true;
  status.state("loading");
  while (waiting) {
    const sent = await sender.flush();
    await shelf.fill(1);
    if (!waiting) return; // undone meanwhile
    const next = shelf.take();
    if (next) {
      show(next);
      if (sent) status.state("saved");
      fill();
      return;
    }
    if (sent && !["offline", "away", "signed-out"].includes(shelf.why)) {
      location.assign(home); // the page that says why there is nothing, with own numbers
      return;
    }
    status.state(shelf.why === "enough" ? "away" : shelf.why || "away", box.size, false);
    status.say("No further pair can be fetched until the connection is back.");
    await new Promise((resolve) => { setTimeout(resolve, 3000); addEventListener("online", resolve, { once: true }); });
  }
}

const fill = () => shelf.fill().catch(() => {});

function resting() {
  return waiting || performance.now() - shownAt < TOO_SOON;
}

function decide(verdict) {
  if (resting()) return;
  const uuid = pair.dataset.uuid;
  const fields = { verdict, reason: field.value, submit_key: randomKey(), seconds: leases.seconds };
  drafts.close();
  unmarkDifferences(pair);
  last = { name: box.add({ deed: "submit", uuid, fields }), pair, text: field.value };
  count(1);
  status.say(`${SAID[verdict]}. Next pair.`);
  advance();
  sender.flush();
}

function leavePair(reason) {
  if (resting()) return;
  const uuid = pair.dataset.uuid;
  drafts.close();
  box.add({ deed: "skip", uuid, fields: { reason } });
  status.say("Skipped. Next pair.");
  advance();
  sender.flush();
}

function flagPair(reason) {
  box.add({ deed: "flag", uuid: pair.dataset.uuid, fields: { reason } });
  closePickers();
  sender.flush();
  status.say("Flagged. Judge or skip the pair as well.");
  status.notice("flag", "Flagged.", "Judge or skip the pair as well.");
}

function comeBack(old, text) {
  const { uuid } = old.dataset; // judged in another tab it may still stand here, on the page or on the shelf
  shelf.remove(uuid);
  if (!waiting && pair.dataset.uuid !== uuid) {
    drafts.save();
    pair.dataset.reason = field.value;
    pair.dataset.draft = String(drafts.version);
    shelf.putBack(pair);
  }
  old.dataset.draft = "0";
  show(old, { text });
  if (field.value) field.dispatchEvent(new Event("input")); // what was typed is a draft again
  count(-1);
  last = null;
  status.say("Taken back. The pair is on the page again.");
}

async function undo() {
  if (last && sender.sending === last.name) await sender.running;
  if (last && box.names().includes(last.name) && sender.sending !== last.name) {
    const { name, pair: old, text } = last;
    drop(name);
    comeBack(old, text);
    status.state(box.size ? "offline" : "saved", box.size);
    return;
  }
  let response;
  try {
    response = await post(`${base}undo`, { submit_key: randomKey() }, identity);
  } catch {
    status.notice("offline", "Taking back needs a connection.", "What you judged is saved; try again when you are back online.");
    return;
  }
  if (!response.ok) {
    const answer = await body(response);
    status.notice("watch", "Nothing was taken back.", answer.message ?? "Load the page again.");
    return;
  }
  const old = parsePair(await response.text());
  if (!old) location.assign(home);
  else comeBack(old, last?.pair.dataset.uuid === old.dataset.uuid ? last.text : null);
}

function raw() {
  const on = $("[data-raw]").getAttribute("aria-pressed") !== "true";
  if (on && $("[data-differences]").getAttribute("aria-pressed") === "true") differences();
  for (const element of pair.querySelectorAll(".raw")) element.hidden = !on;
  for (const element of pair.querySelectorAll(".shown")) element.hidden = on;
  press("raw", on);
}

const FOUND = {
  same: "The two responses are the same, word for word.",
  "too long": "These responses are too long to be compared here.",
  "nothing in common": "These responses have hardly a sentence in common; marks would cover them both.",
};

function differences() {
  const on = $("[data-differences]").getAttribute("aria-pressed") !== "true";
  if (!on) unmarkDifferences(pair);
  else if ($("[data-raw]").getAttribute("aria-pressed") === "true") raw();
  const found = on ? markDifferences(pair) : "";
  if (FOUND[found]) status.notice("differences", "Nothing is marked.", FOUND[found]);
  press("differences", on && found === "marked");
}

const press1 = (word) => () => mode === "change" ? form.querySelector(`[value="${word}"]`).click() : decide(word);
const picker = (key) => () => {
  const found = root.querySelector(`[data-picker="${key}"]`);
  if (found) toggle(found);
};
const keys = {
  1: press1("a"), 2: press1("b"), 3: press1("tie"), 0: press1("both_bad"),
  s: picker("s"), f: picker("f"), "?": picker("?"), d: differences, r: raw,
  g: () => document.querySelector("[data-guidelines]")?.click(),
  Escape: () => {
    if (!field.value) $(".reason").open = false; // nothing was written: the responses get their room back
    $(".reason summary").focus();
  },
  e: () => { $(".reason").open = true; field.focus(); field.setSelectionRange(field.value.length, field.value.length); },
};

for (const button of root.querySelectorAll("[data-raw]")) { button.hidden = false; button.addEventListener("click", raw); }
for (const button of root.querySelectorAll("[data-differences]")) { button.hidden = false; button.addEventListener("click", differences); }
$(".reason").addEventListener("toggle", (event) => { if (event.target.open && !field.value) field.focus(); });
watchSwitch(pair);

let drafts;
let leases;
if (mode === "judge") {
  drafts = new Drafts(field, base, identity, tell);
  leases = new Leases(base, identity, held);
  keys.u = () => { if (performance.now() - shownAt > TOO_SOON) undo(); };
  form.addEventListener("submit", (event) => { event.preventDefault(); if (event.submitter) decide(event.submitter.value); });
  $("[data-undo]").addEventListener("submit", (event) => { event.preventDefault(); keys.u(); });
  $("[data-skip]").addEventListener("submit", (event) => { event.preventDefault(); leavePair(event.submitter.value); });
  $("[data-flag]").addEventListener("submit", (event) => { event.preventDefault(); flagPair(event.submitter.value); });
  addEventListener("online", () => sender.flush().then(fill));
  addEventListener("offline", () => tell("offline"));
  document.addEventListener("visibilitychange", async () => {
    if (document.visibilityState !== "visible" || !status.trouble) return;
    if (await whoIsHere(session, person).catch(() => "") === "same") { drafts.save(); sender.flush(); }
  });
  drafts.open(pair.dataset.uuid, Number(pair.dataset.draft), field.value);
  if (field.value) $(".reason").open = true;
  if (box.uuids().includes(pair.dataset.uuid)) advance(); // judged before this load, and not sent yet
  else { sender.flush(); fill(); }
}
listen(keys);
