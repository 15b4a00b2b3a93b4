import { element, folded, pretty } from "./elements.js";
import { byParent, indented, outline } from "./forest.js";
import { dollars, duration, tokens } from "./formats.js";
import { conversation, messageList } from "./messages.js";

const USAGE = "gen_ai.usage.";

/**
 * Makes the tree of spans, and the place that shows the chosen one.
 *
 * `chosen` is the id of the span that is shown first, `onChosen` hears of every choice, and what `more` makes of a span
 * stands below the rest.
 */
export function spanTree(spans, { chosen = null, onChosen = () => {}, more = () => [] } = {}) {
  const detail = element("section", { className: "detail", ariaLabel: "Span" });
  const children = byParent(spans);
  const below = (id) => children.get(id) ?? [];
  const begun = Math.min(...spans.map((span) => span.start_time_ns));
  const total = Math.max(1, ...spans.map((span) => span.end_time_ns - begun));
  const buttons = new Map();
  let current = null;

  function choose(button, span) {
    current?.removeAttribute("aria-current");
    current = button;
    button.setAttribute("aria-current", "true");
    detail.replaceChildren(...describe(span), ...more(span));
    detail.scrollTop = 0;
    onChosen(span.span_id);
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
    button.dataset.id = span.span_id;
    button.dataset.type = span.span_type;
    button.dataset.status = span.status;
    buttons.set(span.span_id, button);
    return button;
  }

  const rows = outline(below(null), (span) => below(span.span_id));
  const tree = element("nav", { className: "tree", ariaLabel: "Spans" }, indented(rows, row));
  (buttons.get(chosen) ?? tree.querySelector("button"))?.click();
  return [tree, detail];
}

function elapsed(span) {
  return (span.end_time_ns - span.start_time_ns) / 1e6;
}

function describe(span) {
  const { attributes } = span;
  const used = tokens({
    input_tokens: attributes[`${USAGE}input_tokens`],
    output_tokens: attributes[`${USAGE}output_tokens`],
    total_tokens: attributes[`${USAGE}total_tokens`],
  });
  const facts = [
    span.span_type,
    span.status === "UNSET" ? null : span.status,
    duration(elapsed(span)),
    attributes["gen_ai.response.model"] ?? attributes["gen_ai.request.model"],
    used && `${used} tokens`,
    dollars(attributes["spanloom.cost.total"]),
  ];
  const errors = span.events.filter((event) => event.name === "exception");
  const others = span.events.filter((event) => event.name !== "exception");
  return [
    element("h3", {}, span.name),
    element("p", { className: "facts" }, facts.filter(Boolean).join(" · ")),
    span.status_message
      ? element("p", { className: span.status === "ERROR" ? "note error" : "note" }, span.status_message)
      : null,
    ...errors.map((event) => block("Exception", event.attributes?.["exception.stacktrace"] ?? event)),
    payload("Inputs", span.inputs),
    payload("Outputs", span.outputs),
    Object.keys(attributes).length ? block("Attributes", attributes) : null,
    others.length ? block("Events", others) : null,
  ].filter(Boolean);
}

/** Shows a conversation as one, with the JSON a click away; anything else as JSON. */
function payload(title, value) {
  const found = conversation(value);
  const messages = found && drawn(found.messages);
  if (!messages) return block(title, value, true);
  const content = element("div", { className: "conversation" }, messages);
  if (Object.keys(found.rest).length) content.append(block("Parameters", found.rest));
  content.append(block("JSON", value));
  return folded(title, content, { open: true });
}

/** Draws messages; null if they have a shape that nobody thought of, which must not hide the rest of the span. */
function drawn(messages) {
  try {
    return messageList(messages);
  } catch {
    return null;
  }
}

function block(title, value, open = false) {
  return value == null ? null : folded(title, element("pre", {}, pretty(value)), { open });
}
