// The traces that used a version of a prompt.

import { request } from "./server.js";
import { element } from "./shared/elements.js";
import { ago, stateWord } from "./shared/formats.js";

const SHOWN = 10;

/** Draws the newest of them as soon as they are known, and a way to all of them. */
export function linkedTraces(version) {
  const list = element("ul", { className: "linked" }, element("li", { className: "note" }, "…"));
  const all = element("a", { href: `/?${new URLSearchParams({ filter: version.traces_filter })}` }, "All in the list");
  load(version.traces_filter, list, all);
  return element("section", { ariaLabel: "Traces" }, element("h4", {}, "Traces that used it ", all), list);
}

async function load(filter, list, all) {
  try {
    const { traces } = await request(`/api/traces?${new URLSearchParams({ filter, limit: SHOWN })}`);
    list.replaceChildren(...traces.map(line));
    all.hidden = !traces.length;
    if (!traces.length) list.append(element("li", { className: "note" }, "None yet."));
  } catch (error) {
    list.replaceChildren(element("li", { className: "note error", role: "alert" }, error.message));
  }
}

function line(info) {
  return element(
    "li",
    {},
    element("a", { href: `/traces/${encodeURIComponent(info.trace_id)}` }, info.name || "(no name)"),
    element("span", { className: "facts" }, ` ${stateWord(info.state)} · ${ago(info.request_time)}`),
  );
}
