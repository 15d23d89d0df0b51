// JSON values kept on this device by name. A value that the browser does not store lasts as long as the page.

// What is somebody's work, and not only how they like to read, also goes into the durable copy.
const WORK = ["concord.unsent.", "concord.draft."];
const isWork = (name) => WORK.some((prefix) => name.startsWith(prefix));

const RESTORING = 2000; // ms; a page does not wait longer for a browser whose database hangs

const version = (text) => {
  try {
    return JSON.parse(text).version ?? 0;
  } catch {
    return -1;
  }
};

export class DeviceStorage {
  // Takes the window, not its localStorage: where storage is blocked, already reading that property throws.
  // copy: a DurableCopy, or null.
  constructor(window, copy = null) {
    this.window = window;
    this.copy = copy;
    this.memory = new Map();
  }

  // Take from the durable copy what is missing or older here: the browser was ended before it had written everything.
  async restore() {
    if (!this.copy) return;
    const late = new Promise((resolve) => { this.window.setTimeout(resolve, RESTORING, new Map()); });
    const copied = await Promise.race([this.copy.all().catch(() => new Map()), late]);
    for (const [name, text] of copied) {
      const here = this.#text(name);
      if (here === null || version(here) < version(text)) this.#put(name, text);
    }
  }

  // Whether some work is not on the disk yet; and a promise that it is.
  get pending() {
    return this.copy !== null && this.copy.pending;
  }

  async kept() {
    await this.copy?.kept();
  }

  names(prefix) {
    const found = new Set(this.memory.keys());
    try {
      const { localStorage } = this.window;
      for (let n = 0; n < localStorage.length; n += 1) found.add(localStorage.key(n));
    } catch {
      /* storage is blocked in this browser */
    }
    return [...found].filter((name) => name.startsWith(prefix));
  }

  set(name, value) {
    const text = JSON.stringify(value);
    this.#put(name, text);
    if (isWork(name)) this.copy?.put(name, text);
  }

  // The value, or null where there is none or it is not JSON.
  get(name) {
    try {
      const text = this.#text(name);
      return text === null ? null : JSON.parse(text);
    } catch {
      return null;
    }
  }

  remove(name) {
    this.memory.delete(name);
    try {
      this.window.localStorage.removeItem(name);
    } catch {
      /* storage is blocked, so nothing was stored */
    }
    if (isWork(name)) this.copy?.put(name, null);
  }

  removeAll(prefix) {
    for (const name of this.names(prefix)) this.remove(name);
  }

  #put(name, text) {
    try {
      this.window.localStorage.setItem(name, text);
      this.memory.delete(name);
    } catch {
      this.memory.set(name, text);
    }
  }

  #text(name) {
    if (this.memory.has(name)) return this.memory.get(name); // what storage refused
    try {
      return this.window.localStorage.getItem(name);
    } catch {
      return null;
    }
  }
}
