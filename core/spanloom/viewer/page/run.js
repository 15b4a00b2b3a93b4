import { evaluationSection } from "./evaluation_section.js";
import { fileSection } from "./files.js";
import { figure } from "./figures.js";
import { moveBy, onKeys } from "./keys.js";
import { backTo } from "./lists.js";
import { linkedTraces } from "./linked_traces.js";
import { metricChart } from "./metric_chart.js";
import {
  comparisonAddress,
  elapsed,
  experimentLink,
  factList,
  runLink,
  started,
  status,
  verdict,
} from "./run_parts.js";
import { poll, request } from "./server.js";
import { element } from "./shared/elements.js";
import { moment } from "./shared/formats.js";

const OWN_TAGS = /^(mlflow\.(runName|note\.content|parentRunId)|spanloom\.runType)$/; // told elsewhere on the page
const LINKS = ".linked a, .rows-table td a, .files button";
const MOST_COMPARED = 8;
const main = document.querySelector("main");
const id = decodeURIComponent(location.pathname.split("/").pop());
const values = element("div", { className: "run-values" });
const rest = element("div", { className: "run-rest" });
let shown = ""; // the run as it was drawn
let shownStatus = "";
let endPolling = null;

async function load() {
  try {
    const [run, { metrics }] = await Promise.all(
      ["", "/history"].map((part) => request(`/api/runs/${encodeURIComponent(id)}${part}`)),
    );
    draw(run, metrics);
    if (run.info.status !== "RUNNING") endPolling?.();
    else endPolling ??= poll(() => (isRead() ? null : load()), 5000);
  } catch (error) {
    if (shown) return; // the next look may find the viewer again
    main.replaceChildren(element("p", { className: "note error", role: "alert" }, error.message));
  }
}

/** Whether somebody reads a chart: it stays as it is meanwhile. */
function isRead() {
  return document.querySelector(".tip:not([hidden])") !== null;
}

function draw(run, histories) {
  const text = JSON.stringify([run, histories]);
  if (text === shown) return;
  shown = text;
  document.querySelector("h1").textContent = document.title = run.info.run_name || "(no name)";
  values.replaceChildren(summary(run), ...description(run), tables(run), ...charts(histories));
  if (run.info.status === shownStatus) return; // what is opened below stays open
  shownStatus = run.info.status;
  rest.replaceChildren(
    ...(run.evaluation ? [evaluationSection(run)] : []),
    ...(run.nested.length ? [nestedRuns(run)] : []),
    linkedTraces(run.traces_filter, element("h2", {}, "Traces ")),
    fileSection(id),
  );
  if (!main.contains(values)) main.replaceChildren(values, rest);
}

function summary(run) {
  const { info, data, parent } = run;
  return factList([
    ["Status", status(info)],
    ["Evaluation", verdict(run)],
    ["Started", element("span", { title: started(info).textContent }, moment(info.start_time))],
    ["Time", info.end_time == null ? null : elapsed(info)],
    ["Experiment", experimentLink(info)],
    ["Inside", parent && runLink(parent)],
    ["By", info.user_id],
    ...Object.entries(data.tags).filter(([key]) => !OWN_TAGS.test(key)),
    ["Run id", info.run_id],
  ]);
}

function description({ data }) {
  const said = data.tags["mlflow.note.content"];
  return said ? [element("section", { className: "described" }, element("p", { className: "text" }, said))] : [];
}

function tables({ data }) {
  const parts = [
    ["Parameters", Object.entries(data.params), "text"],
    ["Metrics", Object.entries(data.metrics).map(([key, value]) => [key, figure(value)]), "number"],
  ].filter(([, entries]) => entries.length);
  return element("section", { className: "beside" }, ...parts.map((part) => table(...part)));
}

function table(title, entries, kind) {
  const rows = entries.map(([key, value]) =>
    element("tr", {}, element("th", { scope: "row" }, key), element("td", { className: kind }, value)),
  );
  const made = element("table", { className: "values", ariaLabel: title }, element("tbody", {}, ...rows));
  return element("div", {}, element("h2", {}, title), made);
}

function charts(histories) {
  const drawn = Object.entries(histories).map(([key, { points }]) =>
    metricChart(key, [{ name: key, shade: 0, points }]),
  );
  return drawn.length ? [element("section", { ariaLabel: "Charts" }, element("div", { id: "series" }, ...drawn))] : [];
}

function nestedRuns({ nested, nested_filter: filter }) {
  const all = element("a", { href: `/runs?${new URLSearchParams({ filter })}` }, "All in the list");
  const comparison = element(
    "a",
    { href: comparisonAddress(nested.slice(0, MOST_COMPARED).map((run) => run.info.run_id)) },
    "Compare",
  );
  const line = (run) => {
    const facts = Object.entries(run.data.metrics).slice(0, 3).map(([key, value]) => `${key} ${figure(value)}`);
    const text = element("span", { className: "facts" }, ` ${[elapsed(run.info), ...facts].join(" · ")} `);
    return element("li", {}, status(run.info), " ", runLink(run.info), text, verdict(run));
  };
  const heading = element("h2", {}, "Nested runs ", all, ...(nested.length > 1 ? [" ", comparison] : []));
  const list = element("ul", { className: "linked" }, ...nested.map(line));
  return element("section", { ariaLabel: "Nested runs" }, heading, list);
}

onKeys({
  j: () => moveBy(main, LINKS, 1),
  k: () => moveBy(main, LINKS, -1),
  Escape: () => backTo("/runs"),
});
load();
