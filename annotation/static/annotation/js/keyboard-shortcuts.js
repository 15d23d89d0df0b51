// One key each. They rest while somebody types, and never take a key from the browser.

const typing = (target) =>
  target instanceof Element && target.closest("textarea, input:not([type=hidden]), select, [contenteditable]");

export const openPicker = () => document.querySelector("details[data-picker][open]");

export const closePickers = (but = null) => {
  for (const picker of document.querySelectorAll("details.menu[open]")) {
    if (picker === but) continue;
    const inside = picker.contains(document.activeElement);
    picker.open = false;
    if (inside) picker.querySelector("summary").focus();
  }
};

function inPicker(picker, event) {
  const buttons = [...picker.querySelectorAll("form button")];
  const at = buttons.indexOf(document.activeElement);
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && buttons.length) {
    buttons[(at + step + buttons.length) % buttons.length].focus();
    return true;
  }
  const chosen = buttons[Number(event.key) - 1];
  if (chosen && /^[1-9]$/.test(event.key)) {
    chosen.click();
    return true;
  }
  return /^[0-9]$/.test(event.key); // with a picker open a digit is never a verdict
}

export function toggle(picker) {
  const opening = !picker.open;
  closePickers();
  picker.open = opening;
  if (opening) (picker.querySelector("form button") ?? picker.querySelector("summary")).focus();
}

// actions: { key: function }, with "Escape" for leaving the text.
export function listen(actions) {
  document.addEventListener("keydown", (event) => {
    if (event.repeat && event.target instanceof HTMLButtonElement && ["Enter", " "].includes(event.key)) {
      event.preventDefault(); // a key held down presses a button once
      return;
    }
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (event.key === "Escape") {
      if (document.querySelector("details.menu[open]")) closePickers();
      else if (typing(event.target)) actions.Escape(event);
      return;
    }
    if (typing(event.target)) return;
    const picker = openPicker();
    const handled = picker && inPicker(picker, event);
    if (!handled && !actions[event.key]) return;
    event.preventDefault();
    if (!handled && !event.repeat) actions[event.key](event);
  });
  document.addEventListener("click", (event) => {
    closePickers(event.target instanceof Element ? event.target.closest("details.menu") : null);
  });
}
