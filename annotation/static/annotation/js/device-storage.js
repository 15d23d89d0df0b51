// JSON values kept on this device by name. A value that the browser does not store lasts as long as the page.

export class DeviceStorage {
  // Takes the window, not its localStorage: where storage is blocked, already reading that property throws.
  constructor(window) {
    this.window = window;
    this.memory = new Map();
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
    try {
      this.window.localStorage.setItem(name, text);
      this.memory.delete(name);
    } catch {
      this.memory.set(name, text);
    }
  }

  // The value, or null where there is none or it is not JSON.
  get(name) {
    try {
      const text = this.memory.get(name) ?? this.window.localStorage.getItem(name); // memory has what storage refused
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
  }

  removeAll(prefix) {
    for (const name of this.names(prefix)) this.remove(name);
  }
}
