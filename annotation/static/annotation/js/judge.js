// Entry module of the judging page, which works without it. With it a verdict is one key, the next pair is shown without
// waiting, and nothing is lost while the server cannot be reached. This module only makes the objects and connects them.

import { SystemClock } from "./clock.js";
import { DailyCount } from "./daily-count.js";
import { DeviceStorage } from "./device-storage.js";
import { Differences } from "./differences.js";
import { DisplayModes } from "./display-modes.js";
import { Drafts } from "./drafts.js";
import { DurableCopy } from "./durable-copy.js";
import { JudgingPage } from "./judging-page.js";
import { KeyboardShortcuts } from "./keyboard-shortcuts.js";
import { Leases } from "./leases.js";
import { Menus } from "./menus.js";
import { OutboxSender } from "./outbox-sender.js";
import { Outbox } from "./outbox.js";
import { PairView } from "./pair-view.js";
import { parsePair } from "./parse-pair.js";
import { PrefetchedPairs } from "./prefetched-pairs.js";
import { ReadingPanes } from "./reading-panes.js";
import { ResponseSwitch } from "./response-switch.js";
import { SignOut } from "./sign-out.js";
import { StatusDisplay } from "./status-display.js";
import { newSubmitKey } from "./submit-key.js";
import { Transport } from "./transport.js";
import { Undo } from "./undo.js";
import { senders } from "./unsent-work.js";
import { VerdictForm } from "./verdict-form.js";
import { ViewingTime } from "./viewing-time.js";

const { document, navigator } = window;
const fetch = window.fetch.bind(window);
const root = document.querySelector("[data-judge]");
const { person, project, mode } = root.dataset;
const projectUrl = root.dataset.home.slice(0, -"judge".length);

const clock = new SystemClock(window);
const storage = new DeviceStorage(window, new DurableCopy(window));
const panes = new ReadingPanes({ window, root, storage, person }); // before anything is waited for: nothing jumps
await storage.restore();
const status = new StatusDisplay({ document, root, clock, storage, loginUrl: root.dataset.login });
const menus = new Menus({ document });
const form = new VerdictForm({ root, projectUrl });
const pairView = new PairView({
  window, root, clock,
  responseSwitch: new ResponseSwitch({ window }),
  onShow: () => panes.fitTurns(),
});
panes.fitTurns();
const differences = new Differences({ window, newWorker: () => new Worker(root.dataset.differenceWorker, { type: "module" }) });
const displayModes = new DisplayModes({ root, pairView, status, differences });

new SignOut({ document, storage, fetch, clock, senderFor: senders({ storage, clock, fetch, document, navigator }) });

const shortcuts = {
  ...form.shortcuts((verdict) => form.press(verdict)), // of the page that changes one judgement
  d: () => displayModes.toggleDifferences(),
  r: () => displayModes.toggleRaw(),
  p: () => panes.togglePrompt(),
  e: () => form.editReason(),
  g: () => document.querySelector("[data-guidelines]")?.click(),
  s: () => menus.toggle("s"),
  f: () => menus.toggle("f"),
  "?": () => menus.toggle("?"),
};

if (mode === "judge") {
  const page = judgingPage();
  form.listen({
    onVerdict: (verdict) => page.decide(verdict),
    onSkip: (reason) => page.skip(reason),
    onFlag: (reason) => page.flag(reason),
    onUndo: () => page.takeBack(),
  });
  Object.assign(shortcuts, form.shortcuts((verdict) => page.decide(verdict)), { u: () => page.takeBack() });
  page.start();
}
new KeyboardShortcuts({
  document, menus,
  actions: shortcuts,
  leaveText: () => form.leaveReason(),
  submit: () => form.submit(),
  scroll: (...given) => panes.scroll(...given),
});

function judgingPage() {
  const newKey = () => newSubmitKey(window.crypto);
  const parse = (html) => parsePair(html, document);
  const transport = new Transport({ fetch, document, navigator, sessionUrl: root.dataset.session, person });
  const outbox = new Outbox({ storage, clock, person, project });
  const leased = () => [...(pairView.awaitingNext ? [] : [pairView.uuid]), ...prefetched.uuids()];
  const prefetched = new PrefetchedPairs({
    url: root.dataset.next, transport, parse,
    held: () => [...new Set([...leased(), ...outbox.uuids()])],
  });
  const sender = new OutboxSender({
    outbox, transport, clock, projectUrl,
    onState: (state) => page.report(state),
    onAccepted: (entry, answer) => page.accepted(entry, answer),
    onRefused: (entry, answer) => page.refused(entry, answer),
    extraFields: (entry) => page.extraFields(entry),
  });
  const undo = new Undo({
    outbox, sender, transport, status, newKey, parse,
    url: `${projectUrl}undo`,
    restore: (...given) => page.restore(...given),
    leave: () => window.location.assign(root.dataset.home),
  });
  const drafts = new Drafts({
    window, storage, clock, transport, person, projectUrl,
    field: form.field,
    onState: (state) => page.report(state),
  });
  new Leases({ window, document, clock, transport, projectUrl, held: leased });
  const page = new JudgingPage({
    window, clock, newKey, transport, pairView, displayModes, form, menus, status,
    drafts, outbox, sender, prefetched, undo,
    url: root.dataset.home,
    viewingTime: new ViewingTime({ document, clock }),
    dailyCount: new DailyCount({ document }),
  });
  return page;
}
