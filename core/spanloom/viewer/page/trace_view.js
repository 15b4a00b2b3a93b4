import { valueText } from "./assessment_value.js";
import { element } from "./shared/elements.js";
import { dollars, duration, moment, stateWord, tokens } from "./shared/formats.js";
import { spanTree } from "./shared/spans.js";

/**
 * Draws a whole trace: what is known about it, its tree, and the chosen span.
 *
 * `options` are those of the tree; `link` makes a link to a session, where there is something to link to.
 */
export function traceView({ info, data }, { link = (text) => text, ...options } = {}) {
  const view = element("div", { className: "view" }, summary(info, link), assessments(info.assessments ?? []));
  if (data.spans.length) view.append(element("div", { className: "spans" }, ...spanTree(data.spans, options)));
  else view.append(element("p", { className: "note" }, "No span of this trace has ended yet."));
  return view;
}

function summary(info, link) {
  const facts = [
    ["Status", stateWord(info.state)],
    ["Started", moment(info.request_time)],
    ["Duration", info.execution_duration == null ? null : duration(info.execution_duration)],
    ["Tokens", tokens(info.token_usage)],
    ["Cost", dollars(info.cost)],
    ["Session", info.session_id == null ? null : link(info.session_id)],
    ["User", info.user],
    ["Experiment", info.experiment === "Default" ? null : info.experiment],
    ["Request id", info.client_request_id],
    ...Object.entries(info.tags),
    ...Object.entries(info.trace_metadata),
    ["Trace id", info.trace_id],
  ].filter(([, value]) => value != null);
  const list = element(
    "dl",
    {},
    ...facts.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value))),
  );
  list.querySelector("dd").dataset.status = info.state;
  return list;
}

function assessments(said) {
  if (!said.length) return "";
  return element("ul", { className: "assessments", ariaLabel: "Feedback" }, ...said.map(assessment));
}

function assessment(said) {
  const source = said.source?.source_type?.toLowerCase().replaceAll("_", " ");
  const facts = [said.type === "expectation" ? "expected" : null, source, said.span_id && `span ${said.span_id}`];
  return element(
    "li",
    {},
    element("b", {}, said.name),
    element("span", { className: "value" }, valueText(said.value)),
    said.error ? element("span", { className: "note error" }, said.error.error_message ?? said.error.error_code) : null,
    said.rationale ? element("span", { className: "text" }, said.rationale) : null,
    element("span", { className: "facts" }, facts.filter(Boolean).join(" · ")),
  );
}
