// The forms below the pair: verdict with reason, skip, flag and undo. They work without scripts; here they call back.

export class VerdictForm {
  constructor({ root, projectUrl }) {
    Object.assign(this, { root, projectUrl });
    this.form = root.querySelector("[data-verdict]");
    this.field = root.querySelector("#reason");
    this.details = root.querySelector(".reason");
    this.details.addEventListener("toggle", () => { if (this.details.open && !this.reason) this.field.focus(); });
  }

  // Call these instead of sending the forms. Those of skip, flag and verdict get the value of the pressed button.
  listen({ onVerdict, onSkip, onFlag, onUndo }) {
    const listen = (selector, callback) => {
      this.root.querySelector(selector).addEventListener("submit", (event) => {
        event.preventDefault();
        callback(event.submitter?.value);
      });
    };
    listen("[data-verdict]", (verdict) => { if (verdict) onVerdict(verdict); });
    listen("[data-skip]", onSkip);
    listen("[data-flag]", onFlag);
    listen("[data-undo]", onUndo);
  }

  get reason() {
    return this.field.value;
  }

  // Another pair is shown: send its verdict, and show its reason where it has one.
  pointTo(uuid) {
    this.form.action = `${this.projectUrl}a/${uuid}/submit`;
    this.root.querySelector("[data-skip]").action = `${this.projectUrl}a/${uuid}/skip`;
    this.root.querySelector("[data-flag]").action = `${this.projectUrl}a/${uuid}/flag`;
    this.details.open = this.reason !== "";
    this.#disable(false);
  }

  // There is no pair now: no verdict, and no text that would belong to none.
  disable() {
    this.field.value = "";
    this.#disable(true);
  }

  #disable(off) {
    this.#verdicts.disabled = off;
    this.field.disabled = off;
    for (const button of this.root.querySelectorAll("[data-skip] button, [data-flag] button")) button.disabled = off;
  }

  press(verdict) {
    this.#button(verdict).click();
  }

  // Give the verdict whose button has the focus, or that a judgement to be changed has. Where there is none, leave the
  // reason: the next key gives one. Return whether there was something to do.
  submit() {
    if (this.#verdicts.disabled) return false;
    const { activeElement } = this.root.ownerDocument;
    const focused = activeElement?.closest(".verdicts [name=verdict]");
    const chosen = focused ?? this.#verdicts.querySelector("[name=verdict][aria-current]");
    if (chosen) chosen.click();
    else this.leaveReason();
    return true;
  }

  // What people call a verdict. Labels and keys are those of the project's scheme, as its buttons state them.
  label(verdict) {
    return this.#button(verdict).dataset.label;
  }

  // Shortcuts that call back with a verdict, by key.
  shortcuts(callback) {
    const buttons = [...this.#verdicts.querySelectorAll("[name=verdict][aria-keyshortcuts]")];
    return Object.fromEntries(buttons.map((button) => [button.getAttribute("aria-keyshortcuts"), () => callback(button.value)]));
  }

  openReason() {
    this.details.open = true;
  }

  editReason() {
    if (this.field.disabled) return;
    this.openReason();
    this.field.focus();
    this.field.setSelectionRange(this.reason.length, this.reason.length);
  }

  // Leave the text field; an empty one closes, so that the responses get its space back.
  leaveReason() {
    if (!this.reason) this.details.open = false;
    this.details.querySelector("summary").focus();
  }

  // Treat the reason as if it had just been typed: it becomes a draft again.
  touchReason() {
    if (this.reason) this.field.dispatchEvent(new Event("input"));
  }

  #button(verdict) {
    return this.#verdicts.querySelector(`[name=verdict][value="${verdict}"]`);
  }

  get #verdicts() {
    return this.root.querySelector(".verdicts");
  }
}
