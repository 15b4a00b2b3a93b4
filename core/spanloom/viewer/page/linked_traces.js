// The traces that belong to a version of a prompt, or to a run.

import { valueText } from "./assessment_value.js";
import { request } from "./server.js";
import { element } from "./shared/elements.js";
import { ago, stateWord } from "./shared/formats.js";

const SHOWN = 10;

/** Draws the newest of those that fit the filter as soon as they are known, and a way to all of them. */
export function linkedTraces(filter, heading) {
  const list = element("ul", { className: "linked" }, element("li", { className: "note" }, "…"));
  const all = element("a", { href: `/?${new URLSearchParams({ filter })}` }, "All in the list");
  heading.append(all);
  load(filter, list, all);
  return element("section", { ariaLabel: "Traces" }, heading, list);
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
  const feedback = (info.assessments ?? []).filter((said) => said.type === "feedback");
  return element(
    "li",
    {},
    element("a", { href: `/traces/${encodeURIComponent(info.trace_id)}` }, info.name || "(no name)"),
    element("span", { className: "facts" }, ` ${stateWord(info.state)} · ${ago(info.request_time)}`),
    ...feedback.map(mark),
  );
}

function mark({ name, value, error, rationale }) {
  const said = error ? `${name} failed` : `${name} ${valueText(value)}`;
  return element("span", { className: "mark", title: rationale ?? error?.error_message ?? "" }, said);
}
