// What several pages say about a run.

import { element } from "./shared/elements.js";
import { ago, duration, moment } from "./shared/formats.js";

const SIGNS = { FINISHED: "✓", FAILED: "✗", KILLED: "■", RUNNING: "…", SCHEDULED: "…" };

export function runAddress(runId) {
  return `/runs/${encodeURIComponent(runId)}`;
}

export function runLink({ run_id: id, run_name: name }) {
  return element("a", { href: runAddress(id), title: id }, name || "(no name)");
}

/** Makes a link to the runs of a run's experiment. */
export function experimentLink({ experiment_id: name }) {
  const filter = `experiment = '${name.replaceAll("'", "''")}'`;
  return element("a", { href: `/runs?${new URLSearchParams({ filter })}` }, name);
}

export function comparisonAddress(runIds) {
  return `/runs/compare?${new URLSearchParams(runIds.map((id) => ["run", id]))}`;
}

/** Writes a run's status; the colour of failed ones is that of failed traces. */
export function status({ status: word }) {
  const made = element("span", { className: "status" }, `${SIGNS[word] ?? "?"} ${word.toLowerCase()}`);
  made.dataset.run = word;
  return made;
}

export function started({ start_time: at }) {
  return element("time", { title: moment(at) }, ago(at));
}

export function elapsed({ start_time: start, end_time: end }) {
  return end == null ? "–" : duration(end - start);
}

/** Tells whether an evaluation passed; null for other runs. */
export function verdict({ evaluation }) {
  if (!evaluation) return null;
  const [word, kind] =
    evaluation.end_s == null ? ["unfinished", "none"] : evaluation.passed ? ["passed", "yes"] : ["not passed", "no"];
  const made = element("span", { className: "mark", title: "Evaluation" }, word);
  made.dataset.passed = kind;
  return made;
}

/** Draws names and what belongs to them; values that are null are left out. */
export function factList(facts) {
  const known = facts.filter(([, value]) => value != null && value !== "");
  return element(
    "dl",
    {},
    ...known.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value))),
  );
}

/** The children of `nested` below their parents: pairs of a run and how deep it is. */
export function inOrder(runs, nested) {
  const below = Map.groupBy(nested, (run) => run.info.parent_run_id);
  const walk = (run, depth) => {
    const inside = below.get(run.info.run_id) ?? [];
    return [[run, depth], ...inside.flatMap((each) => walk(each, depth + 1))];
  };
  return runs.flatMap((run) => walk(run, 0));
}
