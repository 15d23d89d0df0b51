// Looks again for a pair while the page says that others hold the rest, or that the server is still looking.

const FIRST_DELAY = 4000;
const LONGEST_DELAY = 60_000;
const LOOKS_AGAIN = ["held_by_others", "looking_further"];

export class LookingAgain {
  // root: the main element of the page. go(url): leave for another page. random(): 0 to 1, spreads the requests of many.
  constructor({ root, document, fetch, clock, go, random = Math.random }) {
    Object.assign(this, { root, document, fetch, clock, go, random });
    this.delay = FIRST_DELAY;
    this.timer = 0;
    this.asking = false;
    document.addEventListener("visibilitychange", () => this.#visibilityChanged());
    this.#wait();
  }

  get #visible() {
    return this.document.visibilityState === "visible";
  }

  // A hidden page asks for nothing, or it would hold a pair that nobody looks at. Shown again, it asks at once.
  #visibilityChanged() {
    this.clock.clearTimeout(this.timer);
    if (!this.#visible || this.asking) return;
    this.delay = FIRST_DELAY;
    this.#look();
  }

  #wait() {
    if (!LOOKS_AGAIN.includes(this.root.dataset.ending) || !this.#visible) return;
    this.timer = this.clock.setTimeout(() => this.#look(), this.delay * (1 + this.random() / 4));
    this.delay = this.root.dataset.ending === "looking_further" ? FIRST_DELAY : Math.min(this.delay * 1.5, LONGEST_DELAY);
  }

  async #look() {
    if (!LOOKS_AGAIN.includes(this.root.dataset.ending)) return;
    this.asking = true;
    try {
      const response = await this.fetch(this.root.dataset.judgeUrl, { headers: { Accept: "text/html" } });
      if (response.ok) this.#take(await response.text());
    } catch {
      // offline, or the server restarts: the next look may succeed
    } finally {
      this.asking = false;
    }
    this.#wait();
  }

  #take(html) {
    const page = new DOMParser().parseFromString(html, "text/html");
    const ending = page.querySelector("main[data-ending]");
    if (!ending) { // a pair, or something to do first: guidelines, signing in
      this.root.dataset.ending = "";
      this.#announce("There is a pair for you.");
      this.go(this.root.dataset.judgeUrl);
      return;
    }
    if (ending.dataset.ending === this.root.dataset.ending) return;
    this.root.dataset.ending = ending.dataset.ending;
    this.root.querySelector("[data-what-ended]").replaceChildren(...ending.querySelector("[data-what-ended]").childNodes);
    this.#announce(this.root.querySelector("h1").textContent.trim());
  }

  #announce(text) {
    this.root.querySelector("[data-announcement]").textContent = text;
  }
}
