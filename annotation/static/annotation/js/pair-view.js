// The pair that is on the page.

const MISTAKE = 400; // ms in which nobody can have read a pair: a second press belongs to the one before

export class PairView {
  // onShow(): the pair on the page is another one now.
  constructor({ window, root, clock, responseSwitch, onShow = () => {} }) {
    Object.assign(this, { window, root, clock, responseSwitch, onShow });
    this.element = root.querySelector(".pair");
    this.awaitingNext = false; // the pair on the page is judged, and the next one has not come yet
    this.shownAt = clock.elapsed();
    responseSwitch.watch(this.element);
  }

  get uuid() {
    return this.element.dataset.uuid;
  }

  // Whether a press now can only be the second half of a double click, or a key that was held down too long.
  get tooSoon() {
    return this.clock.elapsed() - this.shownAt < MISTAKE;
  }

  awaitNext() {
    this.root.setAttribute("aria-busy", "true");
    this.awaitingNext = true;
  }

  show(pair) {
    this.element.replaceWith(pair);
    this.element = pair;
    this.root.removeAttribute("aria-busy");
    this.awaitingNext = false;
    this.shownAt = this.clock.elapsed();
    this.window.scrollTo(0, 0);
    this.root.querySelector("#h-prompt").focus({ preventScroll: true });
    this.responseSwitch.watch(pair);
    this.onShow();
  }
}
