// The saved line, the notice under the bar, and what a screen reader is told. Nothing pops up, nothing moves away.

const WORDS = {
  saved: ["check", "Saved", "Saved"],
  saving: ["wait", "Saving", "Saving"],
  loading: ["wait", "Loading", "Loading"],
  device: ["offline", "Saved on this device", "On device"],
};
const count = (n) => `${n} ${n === 1 ? "judgement is" : "judgements are"}`;
const NOTICES = {
  offline: (n, more) => [
    "You are offline.",
    `${n ? `${count(n)} saved on this device and will be sent when you are back online.` : "What you write is saved on this device."} ${more ? "You can go on." : "The next pair comes then, too."}`,
  ],
  away: (n) => ["Concord is not answering.", n ? `${count(n)} saved on this device; this page tries again by itself.` : "What you write is saved on this device; this page tries again by itself."],
  "signed-out": () => ["You are signed out.", "What you did is saved on this device. Sign in again in another tab, then come back here."],
  other: () => ["Somebody else is signed in in this browser.", "What you did is saved on this device. Sign in again as yourself in another tab, and it will be sent."],
  forbidden: () => ["Your part in this project is on hold.", "What you wrote is saved on this device. A project manager can tell you more."],
};

export class StatusDisplay {
  constructor(root, loginUrl) {
    this.line = document.querySelector("[data-saved]");
    this.notices = document.querySelector("[data-notices]");
    this.said = root.querySelector("[data-said]");
    this.icons = root.querySelector("[data-icons]").content;
    this.loginUrl = loginUrl;
    this.trouble = "";
    this.word = "saved";
    this.timer = 0;
  }

  #icon(name) {
    return this.icons.querySelector(`[data-icon="${name}"] svg`).cloneNode(true);
  }

  #show(word) {
    const [icon, wide, narrow] = WORDS[word];
    if (this.word === word) return;
    this.word = word;
    const texts = [["wide-only", wide], ["narrow-only", narrow]].map(([className, text]) => {
      const element = document.createElement(word === "device" ? "b" : "span");
      element.className = className;
      element.textContent = text;
      return element;
    });
    this.line.replaceChildren(this.#icon(icon), " ", ...texts);
  }

  // "saving" is said only where it lasts: a line that flickers at each key would be read out each time.
  state(word, unsent = 0, more = true) {
    clearTimeout(this.timer);
    const trouble = NOTICES[word] ? word : "";
    if (word === "saving" && !this.trouble) this.timer = setTimeout(() => this.#show("saving"), 400);
    else if (WORDS[word]) this.#show(this.trouble && word === "saving" ? "device" : word);
    else if (trouble) this.#show("device");
    if (word === "saving") return;
    if (trouble) {
      const [fact, rest] = NOTICES[trouble](unsent, more);
      this.notice(trouble === "offline" ? "offline" : "watch", fact, rest, trouble.includes("sign") || trouble === "other");
    } else if (this.trouble) {
      this.clear();
      if (word === "saved") this.say("Everything is saved and sent.");
    }
    this.trouble = trouble;
  }

  notice(icon, fact, rest, signIn = false) {
    const text = document.createElement("p");
    const strong = document.createElement("b");
    strong.textContent = fact;
    text.append(strong, ` ${rest}`);
    if (this.notices.textContent.trim() === text.textContent.trim()) return;
    const box = document.createElement("div");
    box.className = "notice";
    box.setAttribute("role", "status");
    box.append(this.#icon(icon), text);
    if (signIn) {
      const link = document.createElement("a");
      Object.assign(link, { href: this.loginUrl, target: "_blank", rel: "noopener", className: "quiet", textContent: "Sign in" });
      box.append(link);
    }
    this.notices.replaceChildren(box);
  }

  // Another pair: what was said about the last one is over; a standing trouble stays.
  turnPage() {
    if (!this.trouble) this.clear();
  }

  clear() {
    this.notices.replaceChildren();
  }

  say(text) {
    this.said.textContent = "";
    requestAnimationFrame(() => { this.said.textContent = text; });
  }
}
