// On a phone the two responses follow one another; the switch says which one is in view.

let look = () => {};
addEventListener("scroll", () => look(), { passive: true });

export function watchSwitch(pair) {
  const links = { a: pair.querySelector(".switch .a"), b: pair.querySelector(".switch .b") };
  const b = pair.querySelector("#response-b");
  const show = (side) => {
    for (const [name, link] of Object.entries(links)) {
      if (name === side) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  };
  look = () => {
    if (!links.a.offsetParent) return; // side by side there is no switch
    // A short B at the end of the page never comes to the top: at the end it is what is read.
    const atTheEnd = scrollY > 0 && innerHeight + scrollY >= document.documentElement.scrollHeight - 2;
    show(atTheEnd || b.getBoundingClientRect().top < 0.4 * innerHeight ? "b" : "a");
  };
  // Where all of it fits on the screen nothing scrolls: the press itself says it.
  for (const [side, link] of Object.entries(links)) link.addEventListener("click", () => show(side));
}
