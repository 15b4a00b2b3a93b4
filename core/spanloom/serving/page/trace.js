import { element } from "./shared/elements.js";
import { dollars, duration, tokens } from "./shared/formats.js";
import { problem, request } from "./server.js";
import { spanTree } from "./shared/spans.js";

const panel = document.getElementById("trace");
let opener = null; // the button that gets the focus back
let wanted = null;

/** Shows a trace in the panel at the side. */
export async function showTrace(id, button) {
  [opener, wanted] = [button, id];
  panel.hidden = false;
  fill("Trace", element("p", { className: "note" }, "Loading…"));
  panel.focus();
  const shown = await load(id).then(draw, (error) => [
    element("p", { className: "note error", role: "alert" }, error.message),
  ]);
  if (wanted === id) fill("Trace", ...shown);
}

export function hideTrace() {
  panel.hidden = true;
  wanted = null;
}

function close() {
  hideTrace();
  opener?.focus();
}

function fill(title, ...content) {
  const button = element("button", { type: "button", className: "quiet", onclick: close }, "Close");
  panel.replaceChildren(element("header", {}, element("h2", {}, title), button), ...content);
}

/** Fetches a trace, once more if it is not there yet: a run that was stopped, or another worker's, is stored late. */
async function load(id) {
  for (let retry = true; ; retry = false) {
    const response = await request(`traces/${id}`);
    const trace = response.ok ? await response.json() : null;
    const isLate = response.status === 404 || trace?.info.state === "IN_PROGRESS";
    if (!(isLate && retry)) {
      if (trace) return trace;
      if (response.status === 404)
        throw new Error(`There is no trace ${id}: tracing may be off, or it is not stored yet.`);
      if (response.status !== 403) throw new Error(await problem(response));
      throw new Error(`Traces are shown on the server's own machine only. Run there:\nspanloom traces show ${id}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 700));
  }
}

function draw({ info, data }) {
  const facts = [
    ["Status", info.state.replaceAll("_", " ").toLowerCase()],
    ["Duration", info.execution_duration == null ? null : duration(info.execution_duration)],
    ["Tokens", tokens(info.token_usage)],
    ["Cost", dollars(info.cost)],
    ["Trace id", info.trace_id],
  ].filter(([, value]) => value != null);
  const list = element(
    "dl",
    {},
    ...facts.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value))),
  );
  list.querySelector("dd").dataset.status = info.state;
  return [list, ...spanTree(data.spans)];
}

panel.onkeydown = (event) => {
  if (event.key === "Escape") close();
};
