// The table of the list of runs: a column for each of some parameters and metrics.

import { figure } from "./figures.js";
import { columns } from "./run_columns.js";
import { elapsed, experimentLink, inOrder, runAddress, runLink, started, status, verdict } from "./run_parts.js";
import { element } from "./shared/elements.js";

/** Draws the head; names of parameters and metrics sort the list. */
export function runsHead({ runs, nested }, { order, onOrder }) {
  const { params, metrics } = columns([...runs, ...nested]);
  const fixed = ["Name", "Experiment", "Status", "Started", "Time"].map((name) =>
    element("th", { scope: "col", className: name.toLowerCase() }, name),
  );
  const pick = element("th", { className: "pick" }, element("span", { className: "unseen" }, "Compare"));
  const groups = [["Parameters", params], ["Metrics", metrics]].filter(([, names]) => names.length);
  const above = groups.map(([title, names]) => element("th", { scope: "colgroup", colSpan: names.length }, title));
  const sorted = [
    ...params.map((name) => sortable("params", name, order, onOrder)),
    ...metrics.map((name) => sortable("metrics", name, order, onOrder)),
  ];
  return [
    element("tr", { className: "groups" }, element("td", { colSpan: fixed.length + 1 }), ...above),
    element("tr", {}, pick, ...fixed, ...sorted),
  ];
}

function sortable(kind, name, order, onOrder) {
  const column = `${kind}.\`${name}\``;
  const [down, up] = [`${column} DESC`, `${column} ASC`];
  const next = { [down]: up, [up]: "" }[order] ?? down;
  const sign = { [down]: " ↓", [up]: " ↑" }[order] ?? "";
  const button = element("button", { type: "button", title: `Sort by ${name}` }, name + sign);
  button.onclick = () => onOrder(next);
  const sorting = { [down]: "descending", [up]: "ascending" }[order] ?? "none";
  const className = kind === "metrics" ? "number" : "param";
  return element("th", { scope: "col", className, ariaSort: sorting }, button);
}

/** Draws the rows, nested runs below their parents. */
export function runsRows({ runs, nested, parents }, { picked, onPick }) {
  const chosen = columns([...runs, ...nested]);
  return inOrder(runs, nested).map(([run, depth]) => row(run, { depth, chosen, parents, picked, onPick }));
}

function row(run, { depth, chosen, parents, picked, onPick }) {
  const { info, data } = run;
  const box = element("input", {
    type: "checkbox",
    ariaLabel: `Compare ${info.run_name}`,
    checked: picked.includes(info.run_id),
  });
  box.onchange = () => onPick(info.run_id, box.checked);
  const link = runLink(info);
  const name = element("td", { className: "name" }, link, verdict(run), depth ? null : within(info, parents));
  name.style.setProperty("--depth", depth);
  const made = element(
    "tr",
    {},
    element("td", { className: "pick" }, box),
    name,
    element("td", { className: "experiment" }, experimentLink(info)),
    element("td", {}, status(info)),
    element("td", { className: "when" }, started(info)),
    element("td", { className: "when" }, elapsed(info)),
    ...chosen.params.map((key) => param(data.params[key])),
    ...chosen.metrics.map((key) => metric(data.metrics[key])),
  );
  made.dataset.id = info.run_id;
  made.onclick = (event) => {
    if (!event.target.closest("a, .pick") && !getSelection().toString()) link.click();
  };
  return made;
}

function param(value) {
  return element("td", { className: "param", title: value ?? "" }, value);
}

function metric(value) {
  return element("td", { className: "number" }, value === undefined ? "" : figure(value));
}

/** Names the run that this one is nested in, where that isn't the row above. */
function within({ parent_run_id: id }, parents) {
  if (!id) return null;
  return element("span", { className: "facts" }, " in ", element("a", { href: runAddress(id) }, parents[id] ?? id));
}
