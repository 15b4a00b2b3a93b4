// What scorers said of a row, and what the row itself is.

import { valueText } from "./assessment_value.js";
import { element } from "./shared/elements.js";

/** Draws a score: its value, in the colour of passing or failing, or how the scorer failed. */
export function score({ feedback, passed }) {
  if (feedback.error) return failure(feedback.error);
  const made = element("span", { className: "score" }, valueText(feedback.value));
  if (passed !== null) made.dataset.passed = passed ? "yes" : "no";
  return made;
}

/** Draws why a score is what it is; null where nobody said. */
export function rationale({ feedback }) {
  return feedback.rationale ? element("p", { className: "rationale" }, feedback.rationale) : null;
}

/** Returns the scores of some rows by their names, in the order of the scorers. */
export function scoreNames(rows) {
  return [...new Set(rows.flatMap((row) => row.scores.map((each) => each.feedback.name)))];
}

export function scoreOf(row, name) {
  return row.scores.find((each) => each.feedback.name === name);
}

/** Draws the answer, or why there is none. */
export function answer(row) {
  return row.error ? failure(row.error) : element("div", { className: "text" }, worded(row.outputs));
}

/** Writes a value for people: what is named alone goes without its name. */
export function worded(value) {
  if (value == null) return "–";
  if (typeof value === "string") return value;
  const parts = typeof value === "object" && !Array.isArray(value) ? Object.values(value) : [];
  if (parts.length === 1 && typeof parts[0] === "string") return parts[0];
  return JSON.stringify(value, null, parts.length ? 1 : 0);
}

function failure({ error_code: code, error_message: message }) {
  return element("span", { className: "note error" }, [code, message].filter(Boolean).join(": "));
}
