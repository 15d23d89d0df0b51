// Operations that the server has not acknowledged yet (verdicts, skips and flags), oldest first. They are kept on this
// device, by person and project; a prompt or a response never is.

const UNSENT = "concord.unsent.";

export class Outbox {
  constructor({ storage, clock, person, project }) {
    Object.assign(this, { storage, clock });
    this.prefix = `${UNSENT}${person}.${project}.`;
    this.added = 0; // tells entries of the same millisecond apart, in order
  }

  names() {
    return this.storage.names(this.prefix).sort();
  }

  // Return the name of the new entry. The operation is stored as "deed": tabs that run an earlier version of this file
  // read the same entries, and would lose one that has another form.
  add({ operation, uuid, fields }) {
    this.added += 1;
    const milliseconds = String(this.clock.now()).padStart(15, "0");
    const name = `${this.prefix}${milliseconds}.${String(this.added).padStart(5, "0")}`;
    this.storage.set(name, { deed: operation, uuid, fields });
    return name;
  }

  // The oldest entry with its name, or null. An entry that cannot be read would block those behind it: it is removed.
  first() {
    for (const name of this.names()) {
      const stored = this.storage.get(name);
      if (stored) return { name, entry: { operation: stored.deed, uuid: stored.uuid, fields: stored.fields } };
      this.remove(name);
    }
    return null;
  }

  has(name) {
    return this.names().includes(name);
  }

  remove(name) {
    this.storage.remove(name);
  }

  uuids() {
    return this.names().map((name) => this.storage.get(name)?.uuid).filter(Boolean);
  }

  get size() {
    return this.names().length;
  }
}

// Slugs of the projects in which this person has unsent operations.
export const unsentProjects = (storage, person) => {
  const prefix = `${UNSENT}${person}.`;
  return [...new Set(storage.names(prefix).map((name) => name.slice(prefix.length).split(".")[0]))];
};

// How many operations of anybody who used this device are unsent; and whether any is.
export const countUnsent = (storage) => storage.names(UNSENT).length;
export const anythingUnsent = (storage) => countUnsent(storage) > 0;
