// What the modules need from a browser and a server, under the control of a test.

// Time that moves only by advance(). Timers run in order, and what they return is awaited.
export class FakeClock {
  constructor(now = 1_700_000_000_000) {
    this.start = now;
    this.time = now;
    this.timers = new Map();
    this.ids = 0;
  }

  now() {
    return this.time;
  }

  elapsed() {
    return this.time - this.start;
  }

  setTimeout(callback, delay, interval = null) {
    this.ids += 1;
    this.timers.set(this.ids, { callback, at: this.time + delay, interval });
    return this.ids;
  }

  setInterval(callback, delay) {
    return this.setTimeout(callback, delay, delay);
  }

  clearTimeout(id) {
    this.timers.delete(id);
  }

  nextFrame(callback) {
    this.setTimeout(callback, 0);
  }

  async advance(milliseconds) {
    const end = this.time + milliseconds;
    for (;;) {
      const due = [...this.timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)[0];
      if (!due) break;
      const [id, timer] = due;
      this.time = Math.max(this.time, timer.at);
      if (timer.interval === null) this.timers.delete(id);
      else timer.at += timer.interval;
      await timer.callback();
    }
    this.time = end;
  }
}

// Give this as an answer for a request that gets none.
export const UNREACHABLE = "unreachable";

// Records requests and gives the answers that were queued, then 200 with an empty object.
export class FakeServer {
  constructor(...answers) {
    this.requests = [];
    this.answers = answers;
    this.fetch = async (url, options = {}) => {
      const fields = [...(options.body ?? [])];
      this.requests.push({ url, fields, options });
      const answer = await (this.answers.shift() ?? {});
      if (answer === UNREACHABLE) throw new TypeError("Failed to fetch");
      const { status = 200, json = {}, html = null } = answer;
      const headers = { "Content-Type": html === null ? "application/json" : "text/html; charset=utf-8" };
      return new Response(html ?? JSON.stringify(json), { status, headers });
    };
  }

  get urls() {
    return this.requests.map(({ url }) => url);
  }

  field(name) {
    return this.requests.map(({ fields }) => fields.find(([key]) => key === name)?.[1] ?? null);
  }
}

// A window or a document that has no browser behind it: it only dispatches events.
export const fakeTarget = (properties = {}) => Object.assign(new EventTarget(), properties);

export const fakeWindow = (properties = {}) => fakeTarget({ localStorage, ...properties });

// A promise with its resolve function beside it.
export const later = () => {
  let [resolve, reject] = [];
  const promise = new Promise((...settle) => { [resolve, reject] = settle; });
  return { promise, resolve, reject };
};

// Let pending promises and events run once; without a timer, so that it works under any clock.
const turn = () => new Promise((done) => {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => { port1.close(); done(); };
  port2.postMessage(0);
});

// Let them run until the condition holds.
export const until = async (condition) => {
  for (let turns = 0; turns < 1000; turns += 1) {
    if (condition()) return;
    await turn();
  }
  throw new Error(`Never true: ${condition}`);
};

// Let them run until whatever follows from the events so far has happened: for asserting that something has not.
export const settle = async () => {
  for (let turns = 0; turns < 50; turns += 1) await turn();
};

// Everything that was called on this object: [name, ...arguments]. Properties given are returned as they are.
export const recorder = (properties = {}) => {
  const calls = [];
  return new Proxy(properties, {
    get: (target, name) => {
      if (name === "calls") return calls;
      if (name in target) return target[name];
      return (...given) => { calls.push([name, ...given]); };
    },
  });
};

export const pairElement = (uuid, { draft = 0, reason = "" } = {}) => {
  const pair = document.createElement("div");
  pair.className = "pair";
  Object.assign(pair.dataset, { uuid, draft, reason });
  pair.innerHTML = `<h2 id="h-prompt" tabindex="-1">Prompt</h2>
    <nav class="switch"><a class="a" href="#response-a" aria-current="true">A</a><a class="b" href="#response-b">B</a></nav>
    <section class="response a" id="response-a"><div class="shown">One.</div><div class="raw" hidden>One.</div></section>
    <section class="response b" id="response-b"><div class="shown">Two.</div><div class="raw" hidden>Two.</div></section>`;
  return pair;
};
