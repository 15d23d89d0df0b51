// On a phone the two responses follow one another; the switch says which one is in view.

let watcher = null;

export function watchSides(pair) {
  watcher?.disconnect();
  const links = { "response-a": pair.querySelector(".switch .a"), "response-b": pair.querySelector(".switch .b") };
  const b = pair.querySelector("#response-b");
  if (!b || !links["response-a"]) return;
  watcher = new IntersectionObserver(
    ([entry]) => {
      const current = entry.isIntersecting ? "response-b" : "response-a";
      for (const [id, link] of Object.entries(links)) {
        if (id === current) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
    },
    { rootMargin: "0px 0px -60% 0px" },
  );
  watcher.observe(b);
}
