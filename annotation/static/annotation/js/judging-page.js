// Leads the person from pair to pair: a verdict goes into the outbox, and the next pair is shown without waiting for the
// server.

const RETRY_DELAY = 3000;
// States of PrefetchedPairs that pass. For any other the server has a page that says why there is no pair.
const TEMPORARY = ["offline", "away", "signed-out"];

export class JudgingPage {
  // parts: the objects of the page, by the names used below. url: where the server shows the next pair.
  constructor({ window, clock, url, newKey, ...parts }) {
    Object.assign(this, { window, clock, url, newKey }, parts);
  }

  start() {
    const { window, pairView, drafts, form, outbox, sender, status } = this;
    window.addEventListener("online", () => sender.flush().then(() => this.#prefetch()));
    window.addEventListener("offline", () => this.report("offline"));
    window.document.addEventListener("visibilitychange", () => this.#recover());
    drafts.open(pairView.uuid, Number(pairView.element.dataset.draft), form.reason);
    if (form.reason) form.openReason();
    if (outbox.uuids().includes(pairView.uuid)) {
      this.#advance(); // it was judged before this page was loaded, and is not sent yet
    } else {
      sender.flush();
      this.#prefetch();
    }
  }

  // Show a state of the outbox or of the draft.
  report(state) {
    if (state === "newer") this.status.notice("watch", "A newer text is saved from another tab.", "Load this page again to see it.");
    else if (state === "too-long") this.status.notice("act", "The reason is too long to be kept.", "It may hold 20,000 characters.");
    else this.status.report(state, this.outbox.size, !this.pairView.awaitingNext);
  }

  decide(verdict) {
    if (this.#resting) return;
    const { form, viewingTime } = this;
    const text = form.reason;
    const fields = { verdict, reason: text, submit_key: this.newKey(), seconds: viewingTime.seconds };
    this.drafts.close();
    this.#add("submit", fields, text);
    this.dailyCount.add(1);
    this.#goOn(`${form.label(verdict)}. Next pair.`);
  }

  skip(reason) {
    if (this.#resting) return;
    const text = this.form.reason;
    this.drafts.close();
    this.#add("skip", { reason }, text);
    this.#goOn("Skipped. Next pair.");
  }

  flag(reason) {
    this.#add("flag", { reason }, this.form.reason);
    this.menus.closeAll();
    this.sender.flush();
    this.status.tell("flag", "Flagged.", "Judge or skip the pair as well.");
  }

  // The latest verdict, skip or flag. At once, also right after it: it is most wanted then. A second press while one is
  // under way does nothing.
  takeBack() {
    return this.undo.run();
  }

  // Put a pair whose verdict or skip was taken back on the page again. text: the reason, or null to take the pair's own.
  restore(pair, text, kind) {
    const { pairView, prefetched, drafts, form } = this;
    const { uuid } = pair.dataset;
    prefetched.remove(uuid); // judged in another tab, it may still be prefetched or shown in this one
    if (!pairView.awaitingNext && pairView.uuid !== uuid) {
      drafts.save();
      pairView.element.dataset.reason = form.reason;
      pairView.element.dataset.draft = String(drafts.version);
      prefetched.putBack(pairView.element);
    }
    pair.dataset.draft = "0"; // the draft went with the verdict or skip
    this.#show(pair, text ?? pair.dataset.reason);
    form.touchReason();
    if (kind === "verdict") this.dailyCount.add(-1);
  }

  // What a verdict sends besides: a request for another pair. Only on sending, since until the verdict is stored its
  // pair is one of the three leases.
  extraFields(entry) {
    if (entry.operation !== "submit" || this.prefetched.full) return [];
    return [["next", "1"], ...this.prefetched.held().map((uuid) => ["holding", uuid])];
  }

  accepted(entry, answer) {
    if (!this.prefetched.offer(answer.next)) this.#prefetch();
  }

  refused(entry, answer) {
    this.#prefetch();
    if (entry.operation === "submit") this.dailyCount.add(-1);
    const why = answer.message ?? "The server could not take it.";
    const { reason } = entry.fields;
    this.status.notice("act", "One of your judgements was not stored.", reason ? `${why} Your words: “${reason}”` : why);
  }

  #add(operation, fields, text) {
    const name = this.outbox.add({ operation, uuid: this.pairView.uuid, fields });
    this.undo.remember({ name, operation, pair: this.pairView.element, text });
  }

  get #resting() {
    return this.pairView.awaitingNext || this.pairView.tooSoon || this.undo.running !== null;
  }

  #goOn(announcement) {
    this.status.announce(announcement);
    this.#advance();
    this.sender.flush();
  }

  #prefetch() {
    this.prefetched.fill().catch(() => {});
  }

  #show(pair, text) {
    this.menus.closeAll({ except: this.window.document.querySelector(".topbar details.menu") }); // not about the pair
    this.displayModes.reset();
    this.drafts.open(pair.dataset.uuid, Number(pair.dataset.draft), text);
    this.form.pointTo(pair.dataset.uuid);
    this.viewingTime.restart();
    this.status.clearForNextPair();
    this.pairView.show(pair);
  }

  // Show the next pair. Where none is prefetched, the judged one stays, disabled, until one comes.
  async #advance() {
    const { pairView, prefetched, sender, status } = this;
    const ready = prefetched.take();
    if (ready) {
      this.#show(ready, ready.dataset.reason);
      return;
    }
    pairView.awaitNext();
    this.form.disable();
    status.report("loading");
    while (pairView.awaitingNext) {
      const sent = await sender.flush();
      await prefetched.fill(1);
      if (!pairView.awaitingNext) return; // the verdict or skip was taken back in the meantime
      const next = prefetched.take();
      if (next) {
        this.#show(next, next.dataset.reason);
        if (sent) status.report("saved");
        this.#prefetch();
        return;
      }
      const { emptyReason } = prefetched;
      if (sent && !TEMPORARY.includes(emptyReason)) {
        this.window.location.assign(this.url);
        return;
      }
      status.report(emptyReason === "enough" ? "away" : emptyReason || "away", this.outbox.size, false);
      status.announce("No further pair can be fetched until the connection is back.");
      await this.#pause();
    }
  }

  // Wait a moment, or until the browser is online again.
  #pause() {
    return new Promise((resolve) => {
      this.clock.setTimeout(resolve, RETRY_DELAY);
      this.window.addEventListener("online", resolve, { once: true });
    });
  }

  // The person comes back to this tab while something could not be sent: they may have signed in again in another.
  async #recover() {
    if (this.window.document.visibilityState !== "visible" || !this.status.trouble) return;
    const signedIn = await this.transport.whoIsSignedIn().catch(() => "nobody");
    if (signedIn !== "same") return;
    this.drafts.save();
    this.sender.flush();
  }
}
