import { align } from "./alignment.js";
import { lineDifference, textDifference } from "./difference.js";
import { facts, factTable } from "./fact_table.js";
import { moveBy, onKeys } from "./keys.js";
import { backTo } from "./lists.js";
import { request } from "./server.js";
import { element, folded, pretty } from "./shared/elements.js";
import { indented } from "./shared/forest.js";
import { duration, moment, stateWord } from "./shared/formats.js";
import { conversation } from "./shared/messages.js";

const main = document.querySelector("main");
const ids = location.pathname.split("/").slice(-2).map(decodeURIComponent);
const detail = element("section", { className: "detail", ariaLabel: "Pair of spans" });

async function load() {
  try {
    draw(...(await Promise.all(ids.map((id) => request(`/api/traces/${encodeURIComponent(id)}`)))));
  } catch (error) {
    main.replaceChildren(element("p", { className: "note error", role: "alert" }, error.message));
  }
}

function draw(first, second) {
  const names = [...new Set([first.info.name, second.info.name])];
  document.querySelector("h1").textContent = document.title = names.join(" and ");
  const tree = element("nav", { className: "tree", ariaLabel: "Pairs of spans" });
  tree.append(indented(align(first.data.spans, second.data.spans), row));
  const spans = element("div", { className: "spans" }, tree, detail);
  main.replaceChildren(element("div", { className: "view" }, overview(first, second), spans));
  tree.querySelector("button")?.click();
}

function overview(first, second) {
  const infos = [first.info, second.info];
  const heads = infos.map(({ trace_id: id, name, request_time: begun }) =>
    element("a", { href: `/traces/${encodeURIComponent(id)}`, title: id }, `${name} · ${moment(begun)}`),
  );
  const table = factTable(heads, facts(...infos.map(figuresOfTrace)));
  const texts = [
    ["Question", ...infos.map((info) => info.request_preview ?? "")],
    ["Answer", ...[first, second].map(answer)],
  ].map(([title, ...both]) => compared(title, both, textDifference(...both)));
  return element("section", { className: "overview", ariaLabel: "Whole traces" }, table, ...texts);
}

/** Folds what two texts are, unless they differ. */
function compared(title, [first, second], content) {
  const equal = first === second;
  return folded([title, equal ? element("span", { className: "type" }, "the same") : null], content, { open: !equal });
}

function figuresOfTrace(info) {
  return {
    Status: stateWord(info.state),
    Duration: info.execution_duration,
    Tokens: info.token_usage?.total_tokens,
    Cost: info.cost,
  };
}

function figuresOfSpan(span) {
  if (!span) return {};
  const used = ["input", "output"].map((kind) => span.attributes[`gen_ai.usage.${kind}_tokens`]);
  return {
    Status: span.status === "UNSET" ? "ok" : stateWord(span.status),
    Duration: elapsed(span),
    Model: span.attributes["gen_ai.response.model"] ?? span.attributes["gen_ai.request.model"],
    "Input tokens": used[0],
    "Output tokens": used[1],
    Cost: span.attributes["spanloom.cost.total"],
    Error: span.status_message || null,
  };
}

function elapsed(span) {
  return (span.end_time_ns - span.start_time_ns) / 1e6;
}

/** Returns what the trace answered in the end, as text. */
function answer({ info, data }) {
  const output = data.spans.find((span) => span.parent_id === null)?.outputs;
  const content = conversation(output)?.messages.at(-1)?.content ?? output;
  if (typeof content === "string") return content;
  const texts = Array.isArray(content) ? content.map((part) => part?.text) : [];
  return texts.filter((text) => typeof text === "string").join("\n") || (info.response_preview ?? "");
}

function row(pair) {
  const { first, second } = pair;
  const span = first ?? second;
  const button = element(
    "button",
    { type: "button", className: "span", onclick: () => choose(button, pair) },
    element("b", {}, nameOf(pair)),
    ...marks(pair).map((mark) => element("span", { className: "mark" }, mark)),
    ...[first, second].map((each) => element("span", { className: "time" }, each ? duration(elapsed(each)) : "–")),
  );
  button.dataset.type = span.span_type;
  if ([first, second].some((each) => each?.status === "ERROR")) button.dataset.status = "ERROR";
  button.dataset.side = first && second ? "both" : first ? "first" : "second";
  return button;
}

function nameOf({ first, second }) {
  return [...new Set([first, second].filter(Boolean).map((span) => span.name))].join(" / ");
}

/** Tells in a few words how two spans differ. */
function marks({ first, second }) {
  if (!first || !second) return [first ? "only first" : "only second"];
  return ["status", "inputs", "outputs"].filter((key) => JSON.stringify(first[key]) !== JSON.stringify(second[key]));
}

function choose(button, pair) {
  main.querySelector(".span[aria-current]")?.removeAttribute("aria-current");
  button.setAttribute("aria-current", "true");
  const { first, second } = pair;
  detail.replaceChildren(
    element("h3", {}, nameOf(pair)),
    factTable(["First", "Second"], facts(figuresOfSpan(first), figuresOfSpan(second))),
    payload("Inputs", first?.inputs, second?.inputs),
    payload("Outputs", first?.outputs, second?.outputs),
  );
  detail.scrollTop = 0;
}

function payload(title, first, second) {
  if (first == null && second == null) return "";
  const texts = [first, second].map((value) => (value == null ? "" : pretty(value)));
  return compared(title, texts, texts[0] === texts[1] ? element("pre", {}, texts[0]) : lineDifference(...texts));
}

onKeys({
  j: () => moveBy(main, ".span", 1).click(),
  k: () => moveBy(main, ".span", -1).click(),
  Escape: () => backTo("/"),
});
document.getElementById("swap").href = `/compare/${ids.toReversed().map(encodeURIComponent).join("/")}`;
load();
