// The menus of the page. At most one is open; those with reasons to choose from ("pickers") open and work by key.

export class Menus {
  constructor({ document }) {
    this.document = document;
    document.addEventListener("click", (event) => {
      this.closeAll({ except: event.target instanceof Element ? event.target.closest("details.menu") : null });
    });
  }

  get anyOpen() {
    return this.document.querySelector("details.menu[open]") !== null;
  }

  closeAll({ except = null } = {}) {
    for (const menu of this.document.querySelectorAll("details.menu[open]")) {
      if (menu === except) continue;
      const inside = menu.contains(this.document.activeElement);
      menu.open = false;
      if (inside) menu.querySelector("summary").focus(); // the focused button is hidden now
    }
  }

  // Open or close the picker with this key; some pages lack some pickers.
  toggle(key) {
    const picker = this.document.querySelector(`[data-picker="${key}"]`);
    if (!picker) return;
    const opening = !picker.open;
    this.closeAll();
    picker.open = opening;
    if (opening) (picker.querySelector("form button") ?? picker.querySelector("summary")).focus();
  }

  get pickerOpen() {
    return this.document.querySelector("details[data-picker][open]") !== null;
  }

  // Offer a key to the open picker: arrows move, a digit chooses, its own key closes it. Return whether it took the key:
  // it takes every letter and digit, since one that chooses nothing here is not meant as a command about the pair either.
  handleKey(key, { repeat = false } = {}) {
    const picker = this.document.querySelector("details[data-picker][open]");
    if (!picker) return false;
    const buttons = [...picker.querySelectorAll("form button")];
    const step = { ArrowDown: 1, ArrowUp: -1 }[key];
    if (step && buttons.length) {
      const at = buttons.indexOf(this.document.activeElement);
      const from = at < 0 && step < 0 ? 0 : at; // from outside, up leads to the last one
      buttons[(from + step + buttons.length) % buttons.length].focus();
      return true;
    }
    if (!/^[a-z0-9?]$/.test(key)) return false;
    if (repeat) return true;
    if (key === picker.dataset.picker) this.toggle(key);
    else if (/^[1-9]$/.test(key)) buttons[Number(key) - 1]?.click();
    return true;
  }
}
