import { chart } from "./chart.js";
import { groupTable } from "./group_table.js";
import { leaveOnEscape, onKeys } from "./keys.js";
import { poll, request } from "./server.js";
import { element } from "./shared/elements.js";
import { compact, dollars, duration } from "./shared/formats.js";

const MOST_INTERVALS = 60;
const MOST_GROUPS = 20;
const INTERVALS = [1, 5, 15, 60, 300, 900, 1800, 3600, 10_800, 21_600, 43_200, 86_400, 604_800, 2_592_000]; // seconds
const ALL = "all"; // of a million traces takes seconds
const [USUAL_RANGE, USUAL_GROUP] = ["604800", "agent"];
const PAUSE = 250; // milliseconds without a key until the search begins
const [search, problem, range, group, total, empty, series, groups] = [
  "search",
  "problem",
  "range",
  "group",
  "total",
  "empty",
  "series",
  "groups",
].map((id) => document.getElementById(id));
const main = document.querySelector("main");
let drawn = "";
let timer = null;
let latest = 0; // the number of the last look: an answer to an earlier one is of no use

async function load() {
  const turn = ++latest;
  main.ariaBusy = "true";
  try {
    const end = Date.now();
    const start = range.value === ALL ? Math.min(end, await firstTime()) : end - 1000 * range.value;
    const interval = INTERVALS.find((each) => (end - start) / 1000 / each < MOST_INTERVALS) ?? INTERVALS.at(-1);
    const bounds = { start_time_ms: Math.floor(start), interval };
    const parameters = new URLSearchParams({ ...bounds, group_by: group.value, max_groups: MOST_GROUPS });
    if (filter()) parameters.set("filter", filter());
    const found = await request(`/api/statistics?${parameters}`);
    if (turn !== latest) return;
    problem.hidden = true;
    draw(found, { start, end, step: 1000 * interval });
  } catch (error) {
    if (turn !== latest) return;
    problem.textContent = error.message;
    problem.hidden = false;
  } finally {
    if (turn === latest) main.ariaBusy = "false";
  }
}

function filter() {
  return search.value.trim();
}

/** Returns when the first trace that fits began. */
async function firstTime() {
  const parameters = new URLSearchParams({ limit: 1, order_by: "start_time ASC" });
  if (filter()) parameters.set("filter", filter());
  const { traces } = await request(`/api/traces?${parameters}`);
  return traces[0]?.request_time ?? Date.now();
}

function draw(found, { start, end, step }) {
  const text = JSON.stringify([found, step, group.value, Math.floor(end / step)]);
  if (text === drawn) return;
  drawn = text;
  const buckets = new Map(found.series.map((bucket) => [bucket.start_time_ms, bucket]));
  const begun = Math.floor(start / step) * step;
  const times = Array.from({ length: Math.floor((end - begun) / step) + 1 }, (_, index) => begun + index * step);
  const line = (name, figure) => ({
    name,
    values: times.map((time) => (buckets.has(time) ? figure(buckets.get(time)) : null)),
  });
  const any = found.total.count > 0;
  empty.hidden = any;
  empty.textContent = range.value === ALL ? "No trace fits." : "No trace of this time fits.";
  total.replaceChildren(...(any ? totals(found.total) : []));
  const specifications = [
    {
      title: "Latency",
      kind: "lines",
      write: duration,
      lines: ["p50", "p95", "p99"].map((name) => line(name, ({ latency }) => latency?.[name])),
    },
    {
      title: "Traces",
      kind: "bars",
      write: compact,
      lines: [line("failed", ({ errors }) => errors), line("others", ({ count, errors }) => count - errors)],
    },
    {
      title: "Tokens",
      kind: "bars",
      write: compact,
      lines: [line("input", (bucket) => bucket.input_tokens), line("output", (bucket) => bucket.output_tokens)],
    },
    { title: "Cost", kind: "bars", write: (value) => dollars(value), lines: [line("dollars", ({ cost }) => cost)] },
  ];
  series.replaceChildren(...(any ? specifications.map((each) => chart({ ...each, times })) : []));
  groups.replaceChildren(...(any ? [groupTable(found, group.value)] : []));
}

function totals({ count, errors, total_tokens: tokens, cost, latency }) {
  return [
    ["Traces", count.toLocaleString("en")],
    ["Failed", `${errors.toLocaleString("en")} (${((100 * errors) / count).toFixed(1)} %)`],
    ["Tokens", tokens.toLocaleString("en")],
    ["Cost", dollars(cost)],
    ["Median", latency && duration(latency.p50)],
    ["95th percentile", latency && duration(latency.p95)],
  ]
    .filter(([, value]) => value != null)
    .map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value)));
}

/** Keeps the choice in the address, so that it can be bookmarked. */
function choose() {
  const query = new URLSearchParams();
  if (filter()) query.set("filter", filter());
  if (range.value !== USUAL_RANGE) query.set("range", range.value);
  if (group.value !== USUAL_GROUP) query.set("group", group.value);
  history.replaceState(null, "", query.size ? `?${query}` : location.pathname);
  document.getElementById("list").href = filter() ? `/?${new URLSearchParams({ filter: filter() })}` : "/";
  return load();
}

/** Whether somebody reads a chart: it stays as it is meanwhile. */
function isRead() {
  return document.querySelector(".tip:not([hidden])") !== null;
}

const asked = new URLSearchParams(location.search);
search.value = asked.get("filter") ?? "";
for (const [select, wanted] of [[range, asked.get("range")], [group, asked.get("group")]])
  if ([...select.options].some((option) => option.value === wanted)) select.value = wanted;
search.oninput = () => {
  clearTimeout(timer);
  timer = setTimeout(choose, PAUSE);
};
range.onchange = group.onchange = choose;
leaveOnEscape(search);
onKeys({ "/": () => search.select(), Escape: () => document.getElementById("list").click() });
choose();
poll(() => (range.value === ALL || isRead() || !problem.hidden ? null : load()), 10_000);
