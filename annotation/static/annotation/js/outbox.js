// What is not sent yet: verdicts and texts, one entry each, oldest first. Kept on this device under the person's key
// until the server has acknowledged it; never a prompt, never a response.

const memory = new Map(); // where the browser keeps nothing, this page still does

const keys = () => {
  const found = new Set(memory.keys());
  try {
    for (let n = 0; n < localStorage.length; n += 1) found.add(localStorage.key(n));
  } catch {
    /* no storage in this browser */
  }
  return [...found];
};

export const keep = (name, value) => {
  const text = JSON.stringify(value);
  try {
    localStorage.setItem(name, text);
    memory.delete(name);
  } catch {
    memory.set(name, text);
  }
};

export const kept = (name) => {
  let text = memory.get(name) ?? null;
  try {
    text = localStorage.getItem(name) ?? text;
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
};

export const drop = (name) => {
  memory.delete(name);
  try {
    localStorage.removeItem(name);
  } catch {
    /* nothing was kept there */
  }
};

export const forgetEverything = () => {
  for (const name of keys()) if (name.startsWith("concord.")) drop(name);
};

const UNSENT = "concord.unsent.";
let count = 0;

export class Outbox {
  constructor(person, project) {
    this.prefix = `${UNSENT}${person}.${project}.`;
  }

  names() {
    return keys().filter((name) => name.startsWith(this.prefix)).sort();
  }

  add(entry) {
    count += 1;
    const name = `${this.prefix}${String(Date.now()).padStart(15, "0")}.${String(count).padStart(5, "0")}`;
    keep(name, entry);
    return name;
  }

  first() {
    for (const name of this.names()) {
      const entry = kept(name);
      if (entry) return { name, entry };
      drop(name);
    }
    return null;
  }

  uuids() {
    return this.names().map((name) => kept(name)?.uuid).filter(Boolean);
  }

  get size() {
    return this.names().length;
  }
}

// Every project in which this person has something unsent.
export const unsentProjects = (person) => {
  const prefix = `${UNSENT}${person}.`;
  const rest = keys().filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  return [...new Set(rest.map((name) => name.split(".")[0]))];
};
export const anythingUnsent = () => keys().some((name) => name.startsWith(UNSENT));
