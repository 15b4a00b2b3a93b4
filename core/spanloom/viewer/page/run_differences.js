// Runs side by side: a column for each, a row for each parameter and metric; rows that differ stand out.

import { figure, signed } from "./figures.js";
import { SHADES } from "./metric_chart.js";
import { elapsed, runLink, status, verdict } from "./run_parts.js";
import { element } from "./shared/elements.js";
import { moment } from "./shared/formats.js";

const KINDS = [
  ["Parameters", "params", (value) => value],
  ["Metrics", "metrics", figure],
  ["Tags", "tags", (value) => value],
];
const NAMES = { "mlflow.note.content": "description" };
const TOLD = /^(mlflow\.(runName|parentRunId)|spanloom\.runType)$/; // elsewhere in the table

export function runsTable(runs) {
  const two = runs.length === 2;
  const parts = KINDS.map(([title, kind, write]) => group(title, runs.map((run) => run.data[kind]), write, two));
  return element(
    "table",
    { className: "listing runs-table" },
    element("thead", {}, element("tr", {}, element("td"), ...runs.map(head), two ? element("td") : null)),
    ...parts,
  );
}

function head(run, index) {
  const swatch = element("i", { ariaHidden: "true" });
  swatch.dataset.shade = index % SHADES;
  const { info } = run;
  const facts = [info.experiment_id, moment(info.start_time), elapsed(info)].join(" · ");
  const cell = element("th", { scope: "col" }, swatch, runLink(info), " ", status(info), " ", verdict(run));
  cell.append(element("span", { className: "facts" }, facts));
  return cell;
}

function group(title, all, write, two) {
  const keys = [...new Set(all.flatMap((values) => Object.keys(values)))].filter((key) => !TOLD.test(key)).sort();
  if (!keys.length) return null;
  const cell = element("th", { scope: "rowgroup", colSpan: all.length + 2 }, title);
  const heading = element("tr", { className: "group" }, cell);
  return element("tbody", {}, heading, ...keys.map((key) => row(key, all.map((values) => values[key]), write, two)));
}

function row(key, values, write, two) {
  const kind = values.some((value) => typeof value === "number") ? "number" : "text";
  const cells = values.map((value) => element("td", { className: kind }, value === undefined ? "–" : write(value)));
  const change = two ? element("td", { className: "number change" }, apart(...values)) : null;
  const made = element("tr", {}, element("th", { scope: "row" }, NAMES[key] ?? key), ...cells, change);
  made.dataset.differs = String(values.some((value) => value !== values[0]));
  return made;
}

function apart(first, second) {
  if (typeof first !== "number" || typeof second !== "number" || first === second) return "";
  const percent = first ? ` (${signed((100 * (second - first)) / Math.abs(first)).replace(/\.\d+/, "")} %)` : "";
  return signed(second - first) + percent;
}
