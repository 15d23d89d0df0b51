// Shortcuts of one key each. They do nothing while somebody types, and leave the browser's own shortcuts alone.

const TEXT = "textarea, input:not([type=hidden]), select, [contenteditable]";
const isText = (target) => target instanceof Element && target.closest(TEXT) !== null;

export class KeyboardShortcuts {
  // actions: functions by key. leaveText(): what Escape does in a text field while no menu is open.
  constructor({ document, menus, actions, leaveText }) {
    Object.assign(this, { menus, actions, leaveText });
    document.addEventListener("keydown", (event) => this.#onKeyDown(event));
  }

  #onKeyDown(event) {
    if (event.repeat && event.target instanceof HTMLButtonElement && ["Enter", " "].includes(event.key)) {
      event.preventDefault(); // a key that is held down presses a button once
      return;
    }
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (event.key === "Escape") {
      if (this.menus.anyOpen) this.menus.closeAll();
      else if (isText(event.target)) this.leaveText();
      return;
    }
    if (isText(event.target)) return;
    const taken = this.menus.handleKey(event.key);
    const action = Object.hasOwn(this.actions, event.key) ? this.actions[event.key] : null;
    if (!taken && !action) return;
    event.preventDefault();
    if (!taken && !event.repeat) action();
  }
}
