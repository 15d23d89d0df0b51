// On a phone the responses stand one below the other; the switch above them shows which one is in view.

export class ResponseSwitch {
  constructor({ window }) {
    this.window = window;
    this.update = () => {};
    window.addEventListener("scroll", () => this.update(), { passive: true });
  }

  // Follow the responses of this pair instead of those of an earlier one.
  watch(pair) {
    const links = { a: pair.querySelector(".switch .a"), b: pair.querySelector(".switch .b") };
    const b = pair.querySelector("#response-b");
    const show = (side) => {
      for (const [name, link] of Object.entries(links)) {
        if (name === side) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
    };
    this.update = () => {
      if (!links.a.offsetParent) return; // side by side the switch is hidden
      const { scrollY, innerHeight, document } = this.window;
      // A short response B at the end of the page never reaches the top: at the end of the page it counts as in view.
      const atTheEnd = scrollY > 0 && innerHeight + scrollY >= document.documentElement.scrollHeight - 2;
      show(atTheEnd || b.getBoundingClientRect().top < 0.4 * innerHeight ? "b" : "a");
    };
    // Where both fit on the screen nothing scrolls, so a press has to show its side itself.
    for (const [side, link] of Object.entries(links)) link.addEventListener("click", () => show(side));
  }
}
