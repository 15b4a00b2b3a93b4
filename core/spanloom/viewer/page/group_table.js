import { element } from "./shared/elements.js";
import { dollars, duration } from "./shared/formats.js";

const HEADS = ["", "Failed", "Median", "p95", "Tokens", "Cost"];
const COLUMNS = { agent: "name", model: "model", tool: "span.name" }; // of the search language

/** Draws the figures of each agent, model or tool; the names lead to their traces. */
export function groupTable({ groups, more_groups: more }, by) {
  const most = Math.max(...groups.map((each) => each.count));
  const heads = [by[0].toUpperCase() + by.slice(1), by === "agent" ? "Traces" : "Calls", ...HEADS];
  const table = element(
    "table",
    { className: "groups" },
    element("thead", {}, element("tr", {}, ...heads.map((head) => element("th", { scope: "col" }, head)))),
    element("tbody", {}, ...groups.map((each) => row(each, by, most))),
  );
  const note = more ? element("p", { className: "note" }, `${more.toLocaleString("en")} more are not shown.`) : "";
  return element("div", {}, groups.length ? table : element("p", { className: "note" }, `No ${by} was called.`), note);
}

function row({ name, count, errors, latency, total_tokens: tokens, cost }, by, most) {
  const bar = element("i");
  bar.style.width = `${(100 * count) / most}%`;
  const failed = errors ? `${errors.toLocaleString("en")} (${((100 * errors) / count).toFixed(1)} %)` : "–";
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, name == null ? "(none)" : link(name, by)),
    element("td", {}, count.toLocaleString("en")),
    element("td", { className: "share" }, element("span", { className: "bar", ariaHidden: "true" }, bar)),
    element("td", { className: errors ? "failed" : "" }, failed),
    ...["p50", "p95"].map((place) => element("td", {}, latency ? duration(latency[place]) : "–")),
    element("td", {}, tokens ? tokens.toLocaleString("en") : "–"),
    element("td", {}, dollars(cost) ?? "–"),
  );
}

function link(name, by) {
  const filter = `${COLUMNS[by]} = '${name.replaceAll("'", "''")}'`;
  return element("a", { href: `/?${new URLSearchParams({ filter })}` }, name);
}
