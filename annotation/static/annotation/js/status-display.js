// Shows whether everything is saved, explains trouble in a notice below the top bar, and announces changes to screen
// readers. Nothing covers the page and nothing disappears by itself.

const SAVING_DELAY = 400; // a save that is quicker is not shown: screen readers would read each change aloud

// state: icon, text, text on a phone
const LINES = {
  saved: ["check", "Saved", "Saved"],
  saving: ["wait", "Saving", "Saving"],
  loading: ["wait", "Loading", "Loading"],
  device: ["offline", "Saved on this device", "On device"],
};
const judgements = (n) => `${n} ${n === 1 ? "judgement is" : "judgements are"}`;
// trouble: the fact, and what it means, for the number of unsent judgements
const NOTICES = {
  offline: (n, canContinue) => [
    "You are offline.",
    `${n ? `${judgements(n)} saved on this device and will be sent when you are back online.` : "What you write is saved on this device."} ${canContinue ? "You can go on." : "The next pair comes then, too."}`,
  ],
  away: (n) => ["Concord is not answering.", n ? `${judgements(n)} saved on this device; this page tries again by itself.` : "What you write is saved on this device; this page tries again by itself."],
  "signed-out": () => ["You are signed out.", "What you did is saved on this device. Sign in again in another tab, then come back here."],
  other: () => ["Somebody else is signed in in this browser.", "What you did is saved on this device. Sign in again as yourself in another tab, and it will be sent."],
  forbidden: () => ["Your access to this project is suspended.", "What you wrote is saved on this device. A project manager can tell you more."],
};

export class StatusDisplay {
  // storage: "Saved on this device" is shown when it has nothing pending, and not before.
  constructor({ document, root, clock, storage, loginUrl }) {
    Object.assign(this, { document, clock, storage, loginUrl });
    this.line = document.querySelector("[data-saved]");
    this.notices = document.querySelector("[data-notices]");
    this.announcement = root.querySelector("[data-announcement]");
    this.icons = root.querySelector("[data-icons]").content;
    this.trouble = ""; // a key of NOTICES while that trouble lasts
    this.shown = "saved"; // the key of LINES that is shown
    this.timer = 0;
    this.waiting = null; // for what is on its way to the disk, before it is called saved
  }

  // Show a state: a key of LINES or of NOTICES. While trouble lasts, each new attempt to send leaves its notice.
  report(state, unsent = 0, canContinue = true) {
    this.clock.clearTimeout(this.timer);
    this.waiting = null;
    if (this.storage.pending && (NOTICES[state] || (this.trouble && state === "saving"))) {
      this.#show("saving");
      const waiting = this.storage.kept().then(() => {
        if (this.waiting === waiting) this.report(state, unsent, canContinue);
      });
      this.waiting = waiting;
      return;
    }
    const trouble = NOTICES[state] ? state : "";
    if (state === "saving" && !this.trouble) this.timer = this.clock.setTimeout(() => this.#show("saving"), SAVING_DELAY);
    else if (LINES[state]) this.#show(this.trouble && state === "saving" ? "device" : state);
    else if (trouble) this.#show("device");
    if (state === "saving") return;
    if (trouble) {
      const [fact, rest] = NOTICES[trouble](unsent, canContinue);
      const signIn = ["signed-out", "other"].includes(trouble);
      this.notice(trouble === "offline" ? "offline" : "watch", fact, rest, { signIn });
    } else if (this.trouble) {
      this.#clear();
      if (state === "saved") this.announce("Everything is saved and sent.");
    }
    this.trouble = trouble;
  }

  notice(icon, fact, rest, { signIn = false } = {}) {
    const text = this.document.createElement("p");
    const strong = this.document.createElement("b");
    strong.textContent = fact;
    text.append(strong, ` ${rest}`);
    if (this.notices.textContent.trim() === text.textContent.trim()) return; // or it would be read aloud once more
    const notice = this.document.createElement("div");
    notice.className = "notice";
    notice.setAttribute("role", "status");
    notice.append(this.#icon(icon), text);
    if (signIn) {
      const link = this.document.createElement("a");
      Object.assign(link, { href: this.loginUrl, target: "_blank", rel: "noopener", className: "quiet", textContent: "Sign in" });
      notice.append(link);
    }
    this.notices.replaceChildren(notice);
  }

  // Say why what somebody has just asked for was not done, in view also where they have scrolled.
  refuse(icon, fact, rest) {
    this.notice(icon, fact, rest);
    this.notices.scrollIntoView({ block: "nearest" });
  }

  // Say that something is done: as a notice, or aloud only where one about trouble has to stay.
  tell(icon, fact, rest) {
    if (this.trouble) this.announce(`${fact} ${rest}`);
    else this.notice(icon, fact, rest);
  }

  // Another pair is shown: a notice about the last one is outdated, one about lasting trouble is not.
  clearForNextPair() {
    if (!this.trouble) this.#clear();
  }

  announce(text) {
    this.announcement.textContent = ""; // the same text twice in a row has to be announced twice
    this.clock.nextFrame(() => { this.announcement.textContent = text; });
  }

  #icon(name) {
    return this.icons.querySelector(`[data-icon="${name}"] svg`).cloneNode(true);
  }

  #show(state) {
    if (this.shown === state) return;
    this.shown = state;
    const [icon, wide, narrow] = LINES[state];
    const texts = [["wide-only", wide], ["narrow-only", narrow]].map(([className, text]) => {
      const element = this.document.createElement(state === "device" ? "b" : "span");
      element.className = className;
      element.textContent = text;
      return element;
    });
    this.line.replaceChildren(this.#icon(icon), " ", ...texts);
  }

  #clear() {
    this.notices.replaceChildren();
  }
}
