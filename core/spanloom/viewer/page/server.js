// Requests to the viewer's own API.

/** An answer that is an error; `code` is a word for programs. */
export class RequestError extends Error {
  constructor(message, code) {
    super(message);
    this.code = code;
  }
}

/** Sends a request and returns what the JSON of its answer says. */
export async function request(path, options = {}) {
  const response = await fetch(path, options).catch((error) => {
    throw error.name === "AbortError"
      ? error
      : new RequestError("The viewer can't be reached. Is it still running?", "unreachable");
  });
  const body = await response.json().catch(() => null);
  if (response.ok && body !== null) return body;
  const { message, code } = body?.error ?? {};
  throw new RequestError(message ?? `The viewer answered ${response.status} ${response.statusText}`, code);
}

/** Calls `look` every so often while the page is visible; returns what ends it. */
export function poll(look, milliseconds = 2000) {
  let timer = null;
  let ended = false;
  async function turn() {
    if (!document.hidden) await look();
    if (!ended) timer = setTimeout(turn, milliseconds);
  }
  timer = setTimeout(turn, milliseconds);
  return () => {
    ended = true;
    clearTimeout(timer);
  };
}
