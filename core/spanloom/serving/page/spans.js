import { element, folded, pretty } from "./elements.js";
import { duration } from "./formats.js";

/** Makes the tree of spans, and the place that shows the chosen one. */
export function spanTree(spans) {
  const detail = element("section", { className: "detail" });
  const known = new Set(spans.map((span) => span.span_id));
  const children = Map.groupBy(spans, (span) => (known.has(span.parent_id) ? span.parent_id : null));
  const begun = Math.min(...spans.map((span) => span.start_time_ns));
  const total = Math.max(1, ...spans.map((span) => span.end_time_ns - begun));
  let chosen = null;

  function choose(button, span) {
    chosen?.removeAttribute("aria-current");
    chosen = button;
    button.setAttribute("aria-current", "true");
    detail.replaceChildren(...describe(span));
    detail.scrollTop = 0;
  }

  function branch(parent) {
    return element(
      "ul",
      {},
      ...(children.get(parent) ?? []).map((span) => element("li", {}, row(span), branch(span.span_id))),
    );
  }

  function row(span) {
    const bar = element("i");
    bar.style.left = `${(100 * (span.start_time_ns - begun)) / total}%`;
    bar.style.width = `${(100 * (span.end_time_ns - span.start_time_ns)) / total}%`;
    const failed = ["ERROR", "CANCELLED"].includes(span.status);
    const button = element(
      "button",
      { type: "button", className: "span", onclick: () => choose(button, span) },
      element("b", {}, span.name),
      element("span", { className: "type" }, span.span_type),
      failed ? element("span", { className: "status" }, span.status) : null,
      element("span", { className: "bar", ariaHidden: "true" }, bar),
      element("span", { className: "time" }, duration(elapsed(span))),
    );
    button.dataset.type = span.span_type;
    button.dataset.status = span.status;
    return button;
  }

  const tree = element("nav", { className: "tree", ariaLabel: "Spans" }, branch(null));
  tree.querySelector("button")?.click();
  return [tree, detail];
}

function elapsed(span) {
  return (span.end_time_ns - span.start_time_ns) / 1e6;
}

function describe(span) {
  const facts = [span.span_type, span.status === "UNSET" ? null : span.status, duration(elapsed(span))];
  const errors = span.events.filter((event) => event.name === "exception");
  const others = span.events.filter((event) => event.name !== "exception");
  return [
    element("h3", {}, span.name),
    element("p", { className: "facts" }, facts.filter(Boolean).join(" · ")),
    span.status_message
      ? element("p", { className: span.status === "ERROR" ? "note error" : "note" }, span.status_message)
      : null,
    ...errors.map(({ attributes }) => block("Exception", attributes["exception.stacktrace"] ?? attributes)),
    block("Inputs", span.inputs, true),
    block("Outputs", span.outputs, true),
    Object.keys(span.attributes).length ? block("Attributes", span.attributes) : null,
    others.length ? block("Events", others) : null,
  ].filter(Boolean);
}

function block(title, value, open = false) {
  return value == null ? null : folded(title, element("pre", {}, pretty(value)), { open });
}
