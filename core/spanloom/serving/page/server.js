// Requests to the server. Paths are relative: the server may be mounted below another one.

const STORED = "spanloom-api-key";

/** Sends a request; asks for the API key where the server wants one. */
export async function request(path, options = {}) {
  for (let asked = false; ; asked = true) {
    const key = sessionStorage.getItem(STORED);
    const headers = key ? { ...options.headers, authorization: `Bearer ${key}` } : options.headers;
    const response = await fetch(path, { ...options, headers }).catch((error) => {
      throw error.name === "AbortError" ? error : new Error("The server can't be reached. Is it still running?");
    });
    if (response.status !== 401) return response;
    sessionStorage.removeItem(STORED);
    const given = await askForKey(asked || key ? "The server did not accept that key." : "");
    if (given === null) return response;
    sessionStorage.setItem(STORED, given);
  }
}

/** Says what an answer that is an error tells. */
export async function problem(response) {
  const body = await response.json().catch(() => null);
  return body?.error?.message ?? `The server answered ${response.status} ${response.statusText}`;
}

function askForKey(hint) {
  const dialog = document.getElementById("key");
  const form = dialog.querySelector("form");
  const field = form.querySelector("input");
  form.querySelector("#key-problem").textContent = hint;
  field.value = "";
  dialog.returnValue = "";
  dialog.showModal();
  form.onsubmit = (event) => {
    event.preventDefault();
    dialog.close(field.value);
  };
  form.querySelector("[type=button]").onclick = () => dialog.close("");
  return new Promise((resolve) => {
    dialog.onclose = () => resolve(dialog.returnValue || null);
  });
}
