// Entry module of the pages for somebody who is signed in, but the judging page: sends what is left from judging.

import { SystemClock } from "./clock.js";
import { DeviceStorage } from "./device-storage.js";
import { DurableCopy } from "./durable-copy.js";
import { SignOut } from "./sign-out.js";
import { UnsentWork, senders } from "./unsent-work.js";

const { document, navigator } = window;
const fetch = window.fetch.bind(window);
const storage = new DeviceStorage(window, new DurableCopy(window));
await storage.restore();
const clock = new SystemClock(window);
const senderFor = senders({ storage, clock, fetch, document, navigator });
const place = document.querySelector("[data-unsent]");

new SignOut({ document, storage, fetch, senderFor, clock });
new UnsentWork({ window, storage, fetch, senderFor, sessionUrl: place.dataset.session, place }).send();
