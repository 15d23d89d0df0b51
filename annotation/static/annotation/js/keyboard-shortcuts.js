// Shortcuts of one key each. They do nothing while somebody types, and leave the browser's own shortcuts alone.

import { keyName } from "./key-names.js";

const TEXT = "textarea, input:not([type=hidden]), select, [contenteditable]";
const isText = (target) => target instanceof Element && target.closest(TEXT) !== null;

export class KeyboardShortcuts {
  // actions: functions by key name. leaveText(): what Escape does in a text field while no menu is open. submit(): what
  // Ctrl+Enter and Cmd+Enter do, in a text field too; it returns whether it did something. scroll(key): the same for keys
  // that scroll, asked only where nothing else has the focus.
  constructor({ document, menus, actions, leaveText, submit = () => false, scroll = () => false }) {
    Object.assign(this, { document, menus, actions, leaveText, submit, scroll });
    document.addEventListener("keydown", (event) => this.#onKeyDown(event));
  }

  #onKeyDown(event) {
    if (event.repeat && event.target instanceof HTMLButtonElement && ["Enter", " "].includes(event.key)) {
      event.preventDefault(); // a key that is held down presses a button once
      return;
    }
    const key = keyName(event);
    if (event.defaultPrevented || !key) return;
    if (key === "Submit") {
      if (!event.repeat && !this.menus.pickerOpen && this.submit()) event.preventDefault();
      return;
    }
    if (key === "Escape") {
      if (this.menus.anyOpen) this.menus.closeAll();
      else if (isText(event.target)) this.leaveText();
      return;
    }
    if (isText(event.target)) return;
    const taken = this.menus.handleKey(key, { repeat: event.repeat });
    const action = Object.hasOwn(this.actions, key) ? this.actions[key] : null;
    if (!taken && !action) {
      if (this.scroll(key, event.target, { shift: event.shiftKey })) event.preventDefault();
      return;
    }
    event.preventDefault();
    if (!taken && !event.repeat) action();
  }
}
