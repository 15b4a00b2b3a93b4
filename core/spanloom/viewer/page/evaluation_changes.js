// Two evaluations: how each score changed, whether that is more than chance, and the rows behind it.

import { changedRows } from "./changed_rows.js";
import { figure, signed } from "./figures.js";
import { request } from "./server.js";
import { element } from "./shared/elements.js";

const HEADS = ["Score", "Before", "After", "Difference", "95 % interval", "", "Rows", "Increased", "Decreased"];

export function evaluationChanges(base, run) {
  const section = element("section", { ariaLabel: "Evaluations" }, element("h2", {}, "Evaluations"));
  load(section, base, run);
  return section;
}

async function load(section, base, run) {
  const note = element("p", { className: "note", role: "status" }, "Comparing…"); // thousands of rows take seconds
  section.append(note);
  try {
    const found = await request(`/api/evaluations/compare?${new URLSearchParams({ base, run })}`);
    const rows = changedRows(base, run, found.scores);
    const table = scoreTable(found.scores, rows.show);
    note.textContent = told(found);
    section.append(element("div", { className: "wide" }, table), rows.place);
  } catch (error) {
    note.replaceWith(element("p", { className: "note error", role: "alert" }, error.message));
  }
}

function told({ matched, only_base: before, only_run: after, scores }) {
  const parts = [
    `${matched.toLocaleString("en")} rows have the same inputs.`,
    before && `${before.toLocaleString("en")} only before.`,
    after && `${after.toLocaleString("en")} only after.`,
    !scores.length && "No score has numbers in both.",
  ];
  return parts.filter(Boolean).join(" ");
}

/** Draws the scores; the numbers of rows that changed lead to these rows. */
function scoreTable(scores, show) {
  const heads = HEADS.map((name) => element("th", { scope: "col" }, name));
  const rows = scores.map((score) => {
    const [low, high] = score.interval;
    const made = element(
      "tr",
      {},
      element("th", { scope: "row" }, score.name),
      ...[score.before, score.after].map((value) => element("td", { className: "number" }, figure(value))),
      element("td", { className: "number" }, signed(score.difference)),
      element("td", { className: "number" }, `${signed(low)} … ${signed(high)}`),
      element("td", {}, chance(score)),
      element("td", { className: "number" }, score.rows.toLocaleString("en")),
      ...["increased", "decreased"].map((way) => element("td", { className: "number" }, leading(score, way, show))),
    );
    made.dataset.differs = String(score.significant);
    return made;
  });
  return element(
    "table",
    { className: "listing scores-table" },
    element("thead", {}, element("tr", {}, ...heads)),
    element("tbody", {}, ...rows),
  );
}

function chance({ significant }) {
  return element("span", { className: "mark" }, significant ? "more than chance" : "may be chance");
}

function leading(score, way, show) {
  if (!score[way]) return "0";
  const title = `Show the rows whose ${score.name} ${way}`;
  const button = element("button", { type: "button", className: "quiet", title }, score[way].toLocaleString("en"));
  button.onclick = () => show(way, score.name);
  return button;
}
