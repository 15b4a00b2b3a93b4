// The rows of two evaluations that have the same inputs, side by side.

import { rowsTable } from "./rows_table.js";
import { answer, rationale, score, scoreNames, scoreOf, worded } from "./scores.js";
import { element } from "./shared/elements.js";

const WAYS = { changed: "Changed", increased: "Increased", decreased: "Decreased", all: "All" };

/** Returns the place of the table, and what shows other rows in it. */
export function changedRows(base, run, scores) {
  const of = element("select", { ariaLabel: "Score" }, element("option", { value: "" }, "any score"));
  of.append(...scores.map(({ name }) => element("option", { value: name }, name)));
  const buttons = Object.entries(WAYS).map(([way, title]) => {
    const button = element("button", { type: "button", className: "quiet" }, title);
    button.dataset.way = way;
    button.onclick = () => show(way, of.value);
    return button;
  });
  let direction = "changed";
  const rows = rowsTable((page) => {
    const parameters = new URLSearchParams({ base, run, direction, ...page });
    if (of.value) parameters.set("score", of.value);
    return `/api/evaluations/compare/rows?${parameters}`;
  }, drawn);

  function show(way, name) {
    direction = way;
    of.value = name;
    for (const each of buttons) each.ariaPressed = String(each.dataset.way === way);
    return rows.show();
  }

  of.onchange = () => show(direction, of.value);
  show("changed", "");
  const toolbar = element("div", { className: "toolbar" }, ...buttons, of, rows.count);
  return { place: element("div", {}, toolbar, ...rows.places), show };
}

function drawn(pairs) {
  const names = scoreNames(pairs.flatMap((pair) => [pair.base, pair.run]));
  const heads = ["Row", "Inputs", "Expected", "Before", "After", ...names];
  const head = element("tr", {}, ...heads.map((name) => element("th", { scope: "col" }, name)));
  return [element("thead", {}, head), element("tbody", {}, ...pairs.map((pair) => line(pair, names)))];
}

function line({ base, run, changes }, names) {
  const cells = [
    place(base, run),
    element("div", { className: "text" }, worded(run.inputs)),
    Object.keys(run.expectations).length ? element("div", { className: "text" }, worded(run.expectations)) : "",
    answer(base),
    answer(run),
    ...names.map((name) => both(scoreOf(base, name), scoreOf(run, name), changes[name])),
  ];
  return element("tr", {}, ...cells.map((content) => element("td", {}, content)));
}

/** Leads to the two traces side by side, where both were recorded. */
function place(base, run) {
  const traces = [base.trace_id, run.trace_id];
  if (!traces.every(Boolean)) return String(run.position);
  const href = `/compare/${traces.map(encodeURIComponent).join("/")}`;
  return element("a", { href, title: "The two traces side by side" }, String(run.position));
}

function both(before, after, change) {
  const [old, current] = [before, after].map((each) => (each ? score(each) : element("span", {}, "–")));
  const arrow = element("span", { className: "arrow" }, change > 0 ? "↑" : change < 0 ? "↓" : "→");
  const values = element("div", { className: "both" }, old, arrow, current);
  values.dataset.differs = String(Boolean(change));
  return element("div", {}, values, ...[before, after].map((each) => each && rationale(each)));
}
