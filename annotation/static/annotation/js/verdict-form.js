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
    this.#verdicts.disabled = false;
  }

  disable() {
    this.#verdicts.disabled = true;
  }

  press(verdict) {
    this.form.querySelector(`[value="${verdict}"]`).click();
  }

  openReason() {
    this.details.open = true;
  }

  editReason() {
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

  get #verdicts() {
    return this.root.querySelector(".verdicts");
  }
}
