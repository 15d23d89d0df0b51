// A second copy of values on this device, in IndexedDB: on the disk before it counts as kept. Browsers write localStorage
// to the disk seconds later, so one that is ended by force forgets what was last put there.

const DATABASE = "concord";
const STORE = "kept";

const done = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

export class DurableCopy {
  // Takes the window, not its indexedDB: where storage is blocked, already reading that property throws.
  constructor(window) {
    this.window = window;
    this.waiting = new Map(); // what is not written yet, by name: the latest text, or null for what is removed
    this.writing = null; // the promise of the write in progress
    this.opened = null; // the promise of the database; of null where there is none
  }

  // Whether something is not on the disk yet.
  get pending() {
    return this.writing !== null;
  }

  // Resolves when everything so far is on the disk, or cannot be kept there.
  async kept() {
    while (this.writing) await this.writing;
  }

  put(name, text) {
    this.waiting.set(name, text);
    this.writing ??= this.#write().finally(() => {
      this.writing = null;
    });
  }

  // Every value by its name.
  async all() {
    const database = await this.#open();
    if (!database) return new Map();
    const store = database.transaction(STORE).objectStore(STORE);
    const [names, texts] = await Promise.all([done(store.getAllKeys()), done(store.getAll())]);
    return new Map(names.map((name, n) => [name, texts[n]]));
  }

  // One write at a time: what comes meanwhile goes into the next, so that fast typing does not queue up.
  async #write() {
    let failures = 0;
    while (this.waiting.size) {
      const batch = this.waiting;
      this.waiting = new Map();
      try {
        await this.#store(batch);
        failures = 0;
      } catch {
        failures += 1;
        this.opened = null; // the browser may have closed the database, as when site data are cleared: once more
        if (failures === 1) this.waiting = new Map([...batch, ...this.waiting]);
      }
    }
  }

  async #store(batch) {
    const database = await this.#open();
    if (!database) return;
    const transaction = database.transaction(STORE, "readwrite", { durability: "strict" });
    const written = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
    const store = transaction.objectStore(STORE);
    for (const [name, text] of batch) {
      if (text === null) store.delete(name);
      else store.put(text, name);
    }
    transaction.commit?.(); // also where the page is left meanwhile
    await written;
  }

  #open() {
    this.opened ??= this.#openOnce().catch(() => null);
    return this.opened;
  }

  async #openOnce() {
    const request = this.window.indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    const database = await done(request);
    database.onversionchange = () => database.close();
    database.onclose = () => { this.opened = null; };
    return database;
  }
}
