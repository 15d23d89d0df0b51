// Posts forms to the server with the CSRF token of the page, and with a fresh one after the person signed in again.

const TIMEOUT = 15_000;
// A request without an end is given up. Browsers that lack the call wait as long as they themselves do: nobody is offline.
const timeLimit = () => (typeof AbortSignal.timeout === "function" ? AbortSignal.timeout(TIMEOUT) : undefined);
const TOKENS = "[name=csrfmiddlewaretoken]";

export class Transport {
  // sessionUrl: who is signed in, as JSON. person: whose page this is; nothing is sent in the name of anybody else.
  constructor({ fetch, document, navigator, sessionUrl, person }) {
    Object.assign(this, { fetch, document, navigator, sessionUrl, person });
  }

  // Who is signed in in this browser now: "same", "other", or "nobody". "same" also renews the page's CSRF token.
  async whoIsSignedIn() {
    const response = await this.fetch(this.sessionUrl, {
      headers: { Accept: "application/json" },
      signal: timeLimit(),
    });
    if (response.status !== 200) return "nobody";
    const { person, token } = await response.json();
    if (person !== this.person) return "other";
    for (const field of this.document.querySelectorAll(TOKENS)) field.value = token;
    return "same";
  }

  // Return the server's response; throw where there is none. A 403 may only mean that signing in again has changed the
  // CSRF token: then the same fields are sent once more, and a second refusal is final.
  async post(url, fields) {
    const send = () => this.#send(url, fields, { signal: timeLimit() });
    const response = await send();
    if (response.status !== 403) return response;
    const signedIn = await this.whoIsSignedIn();
    if (signedIn === "same") return send();
    return new Response(JSON.stringify({ code: signedIn }), { status: 401 });
  }

  // Post while the page is being closed: the browser finishes the request, and nobody waits for the response.
  postOnLeave(url, fields) {
    return this.#send(url, fields, { keepalive: true });
  }

  // What a failed request means to the person: a state of StatusDisplay. Without a response: status undefined.
  troubleFor(status, answer = {}) {
    if (status === undefined) return this.navigator.onLine ? "away" : "offline";
    if (status === 401) return answer.code === "other" ? "other" : "signed-out";
    return status === 403 ? "forbidden" : "away";
  }

  #send(url, fields, options) {
    return this.fetch(url, {
      method: "POST",
      body: new URLSearchParams(fields),
      headers: { Accept: "application/json", "X-CSRFToken": this.document.querySelector(TOKENS)?.value ?? "" },
      credentials: "same-origin",
      redirect: "error",
      ...options,
    });
  }
}

// The JSON of a response; an empty object where it holds none, as when a proxy answers.
export const readJson = async (response) => {
  try {
    return await response.json();
  } catch {
    return {};
  }
};
