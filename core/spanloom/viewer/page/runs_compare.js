import { evaluationChanges } from "./evaluation_changes.js";
import { moveBy, onKeys } from "./keys.js";
import { backTo } from "./lists.js";
import { metricChart } from "./metric_chart.js";
import { runsTable } from "./run_differences.js";
import { comparisonAddress } from "./run_parts.js";
import { request } from "./server.js";
import { element } from "./shared/elements.js";

const main = document.querySelector("main");
const ids = [...new Set(new URLSearchParams(location.search).getAll("run"))];
const onlyDifferences = element("input", { type: "checkbox" });

async function load() {
  try {
    if (ids.length < 2) throw new Error("Two runs or more are compared: pick them in the list.");
    const both = ids.map((id) => `/api/runs/${encodeURIComponent(id)}`);
    const [runs, histories] = await Promise.all([
      Promise.all(both.map((path) => request(path))),
      Promise.all(both.map((path) => request(`${path}/history`))),
    ]);
    draw(runs, histories.map(({ metrics }) => metrics));
  } catch (error) {
    main.replaceChildren(element("p", { className: "note error", role: "alert" }, error.message));
  }
}

function draw(runs, histories) {
  const names = runs.map((run) => run.info.run_name);
  document.querySelector("h1").textContent = document.title = [...new Set(names)].join(" and ");
  const label = element("label", { className: "quiet" }, onlyDifferences, " Only differences");
  const toolbar = element("div", { className: "toolbar" }, element("h2", {}, `${runs.length} runs`), label);
  const table = runsTable(runs);
  onlyDifferences.onchange = () => table.classList.toggle("differences", onlyDifferences.checked);
  main.replaceChildren(
    element("section", { ariaLabel: "Values" }, toolbar, element("div", { className: "wide" }, table)),
    ...evaluations(runs),
    ...charts(runs, histories),
  );
}

/** Two evaluations are compared row by row; of more, every two can be. */
function evaluations(runs) {
  const evaluated = runs.filter((run) => run.evaluation);
  if (runs.length === 2 && evaluated.length === 2) return [evaluationChanges(...ids)];
  if (evaluated.length < 2) return [];
  const note = "Two evaluations alone are compared row by row.";
  return [element("section", {}, element("p", { className: "note" }, note))];
}

function charts(runs, histories) {
  const keys = [...new Set(histories.flatMap((metrics) => Object.keys(metrics)))].sort();
  const drawn = keys.map((key) => {
    const lines = runs.map(({ info }, index) => ({ name: info.run_name, shade: index, ...histories[index][key] }));
    return metricChart(key, lines.filter(({ points }) => points));
  });
  if (!drawn.length) return [];
  return [element("section", { ariaLabel: "Charts" }, element("div", { id: "series" }, ...drawn))];
}

const swap = document.getElementById("swap");
swap.hidden = ids.length !== 2;
swap.href = comparisonAddress(ids.toReversed());
onKeys({
  d: () => onlyDifferences.click(),
  j: () => moveBy(main, ".rows-table tbody a", 1),
  k: () => moveBy(main, ".rows-table tbody a", -1),
  Escape: () => backTo("/runs"),
});
load();
