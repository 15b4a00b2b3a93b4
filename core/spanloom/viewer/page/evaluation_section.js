// The result of an evaluation on the page of its run: what had to be, and what came of each row.

import { figure } from "./figures.js";
import { answer, rationale, score, scoreNames, scoreOf, worded } from "./scores.js";
import { request } from "./server.js";
import { element } from "./shared/elements.js";

const LIMIT = 50;

export function evaluationSection(run) {
  const { evaluation } = run;
  const table = element("table", { className: "listing rows-table", ariaLabel: "Rows" });
  const count = element("span", { className: "note" });
  const problem = element("p", { className: "note error", role: "alert" });
  const more = element("button", { type: "button", className: "more" }, "More rows");
  let rows = [];
  let show = "all";

  async function load(offset) {
    try {
      const path = `/api/evaluations/${encodeURIComponent(run.info.run_id)}/rows`;
      const found = await request(`${path}?${new URLSearchParams({ show, offset, limit: LIMIT })}`);
      rows = offset ? [...rows, ...found.rows] : found.rows;
      table.replaceChildren(...drawn(rows));
      table.hidden = !rows.length;
      count.textContent = `${found.count.toLocaleString("en")} ${found.count === 1 ? "row" : "rows"}`;
      more.hidden = rows.length >= found.count;
      problem.hidden = true;
    } catch (error) {
      problem.textContent = error.message;
      problem.hidden = false;
    }
  }

  const choices = [
    ["all", "All"],
    ["failed", "Not passed"],
  ].map(([kind, title]) => {
    const button = element("button", { type: "button", className: "quiet", ariaPressed: String(kind === show) }, title);
    button.onclick = () => {
      show = kind;
      choices.forEach((each) => (each.ariaPressed = String(each === button)));
      load(0);
    };
    return button;
  });
  more.onclick = () => load(rows.length);
  more.hidden = problem.hidden = true;
  load(0);
  return element(
    "section",
    { ariaLabel: "Evaluation" },
    element("div", { className: "toolbar" }, element("h2", {}, "Evaluation"), ...choices, count),
    ...criteria(evaluation),
    problem,
    element("div", { className: "wide" }, table),
    more,
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
