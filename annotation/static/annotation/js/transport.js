// Carries forms to the server: with the form token, and with a fresh one where signing in again has changed it.

const TIMEOUT = 15000;

export const randomKey = () => {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
};

const token = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";

const send = (url, fields, options) =>
  fetch(url, {
    method: "POST",
    body: new URLSearchParams(fields),
    headers: { Accept: "application/json", "X-CSRFToken": token() },
    credentials: "same-origin",
    redirect: "error",
    signal: options.keepalive ? undefined : AbortSignal.timeout(TIMEOUT),
    ...options,
  });

// Who is signed in in this browser now: "same", "other", or "nobody". The form token follows.
export async function whoIsHere(sessionUrl, person) {
  const response = await fetch(sessionUrl, {
    headers: { Accept: "application/json" },
    signal: AbortSignal.timeout(TIMEOUT),
  });
  if (response.status !== 200) return "nobody";
  const here = await response.json();
  if (here.person !== person) return "other";
  for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = here.token;
  return "same";
}

// A refused form token is asked for anew, once; then the server's answer stands. A failing network throws.
export async function post(url, fields, { session, person, ...options } = {}) {
  const response = await send(url, fields, options);
  if (response.status !== 403 || !session || options.keepalive) return response;
  const here = await whoIsHere(session, person);
  if (here === "same") return send(url, fields, options);
  return new Response(JSON.stringify({ code: here }), { status: 401 });
}

export const body = async (response) => {
  try {
    return await response.json();
  } catch {
    return {};
  }
};
