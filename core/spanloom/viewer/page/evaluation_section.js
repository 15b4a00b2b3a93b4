// The result of an evaluation on the page of its run: what had to be, and what came of each row.

import { figure } from "./figures.js";
import { rowsTable } from "./rows_table.js";
import { answer, rationale, score, scoreNames, scoreOf, worded } from "./scores.js";
import { element } from "./shared/elements.js";

export function evaluationSection(run) {
  const { evaluation } = run;
  let show = "all";
  const rows = rowsTable(
    (page) => `/api/evaluations/${encodeURIComponent(run.info.run_id)}/rows?${new URLSearchParams({ show, ...page })}`,
    drawn,
  );

  const choices = [
    ["all", "All"],
    ["failed", "Not passed"],
  ].map(([kind, title]) => {
    const button = element("button", { type: "button", className: "quiet", ariaPressed: String(kind === show) }, title);
    button.onclick = () => {
      show = kind;
      choices.forEach((each) => (each.ariaPressed = String(each === button)));
      rows.show();
    };
    return button;
  });
  rows.show();
  return element(
    "section",
    { ariaLabel: "Evaluation" },
    element("div", { className: "toolbar" }, element("h2", {}, "Evaluation"), ...choices, rows.count),
    ...criteria(evaluation),
    ...rows.places,
  );
}

function criteria({ pass_criteria: wanted, metrics, passed, reason }) {
  const rows = Object.entries(wanted ?? {}).map(([metric, criterion]) => [
    metric,
    typeof criterion === "number" ? `>= ${criterion}` : criterion,
    metric in metrics ? figure(metrics[metric]) : "–",
  ]);
  const line = ([metric, criterion, value]) =>
    element("li", {}, `${metric} ${criterion}: `, element("b", {}, value));
  return [
    rows.length ? element("ul", { className: "linked", ariaLabel: "Pass criteria" }, ...rows.map(line)) : null,
    passed === false && reason ? element("pre", { className: "note error missed" }, reason) : null,
  ].filter(Boolean);
}

function drawn(rows) {
  const names = scoreNames(rows);
  const heads = ["Row", "Inputs", "Outputs", "Expected", ...names];
  const head = element("tr", {}, ...heads.map((name) => element("th", { scope: "col" }, name)));
  return [element("thead", {}, head), element("tbody", {}, ...rows.map((row) => line(row, names)))];
}

function line(row, names) {
  const place = String(row.position);
  const address = row.trace_id && `/traces/${encodeURIComponent(row.trace_id)}`;
  const cells = [
    address ? element("a", { href: address, title: "Its trace" }, place) : place,
    element("div", { className: "text" }, worded(row.inputs)),
    answer(row),
    Object.keys(row.expectations).length ? element("div", { className: "text" }, worded(row.expectations)) : "",
    ...names.map((name) => judged(scoreOf(row, name))),
  ];
  return element("tr", {}, ...cells.map((content) => element("td", {}, content)));
}

function judged(said) {
  return said ? element("div", {}, score(said), rationale(said)) : "";
}
