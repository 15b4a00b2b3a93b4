import { element } from "./shared/elements.js";
import { dollars, duration } from "./shared/formats.js";

const FORMATS = { Duration: duration, Cost: dollars };

/** Puts the facts of two things beside each other: rows of a name, both values, and how far they are apart. */
export function facts(first, second) {
  const names = [...new Set([...Object.keys(first), ...Object.keys(second)])];
  return names
    .filter((name) => first[name] != null || second[name] != null)
    .map((name) => [name, first[name], second[name], change(name, first[name], second[name])]);
}

/** Draws such rows below the two heads; values that differ stand out. */
export function factTable(heads, rows) {
  const drawn = rows.map(([name, first, second, apart]) => {
    const made = element(
      "tr",
      {},
      element("th", { scope: "row" }, name),
      ...[first, second].map((value) => element("td", {}, written(name, value))),
      element("td", { className: "change" }, apart),
    );
    made.dataset.differs = String(first !== second);
    return made;
  });
  const columns = heads.map((each) => element("th", { scope: "col" }, each));
  const head = element("tr", {}, element("td"), ...columns, element("td"));
  return element("table", { className: "facts-table" }, element("thead", {}, head), element("tbody", {}, ...drawn));
}

function written(name, value) {
  if (value == null) return "–";
  return FORMATS[name]?.(value) ?? value.toLocaleString("en");
}

function change(name, first, second) {
  if (typeof first !== "number" || typeof second !== "number" || first === second) return "";
  const sign = second > first ? "+" : "−";
  const percent = first ? ` (${sign}${Math.abs((100 * (second - first)) / first).toFixed(0)} %)` : "";
  return `${sign}${written(name, Math.abs(second - first))}${percent}`;
}
