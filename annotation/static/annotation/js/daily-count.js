// The number of pairs judged today, in the top bar, with its progress bar where there is a daily goal.

export class DailyCount {
  constructor({ document }) {
    this.document = document;
  }

  add(change) {
    const number = this.document.querySelector("[data-today]");
    if (!number) return;
    number.textContent = Math.max(0, Number(number.textContent) + change);
    const progress = this.document.querySelector(".today progress");
    if (progress) progress.value = Number(number.textContent);
  }
}
