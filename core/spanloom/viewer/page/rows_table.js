// A table of an evaluation's rows, page by page.

import { request } from "./server.js";
import { element } from "./shared/elements.js";

const LIMIT = 50;

/** Returns the places of the table and of the number of rows, and what shows the rows that `address(parameters)` names. */
export function rowsTable(address, drawn) {
  const table = element("table", { className: "listing rows-table", ariaLabel: "Rows" });
  const count = element("span", { className: "note" });
  const problem = element("p", { className: "note error", role: "alert", hidden: true });
  const more = element("button", { type: "button", className: "more", hidden: true }, "More rows");
  let rows = [];

  async function load(offset) {
    try {
      const found = await request(address({ offset, limit: LIMIT }));
      rows = offset ? [...rows, ...found.rows] : found.rows;
      table.replaceChildren(...drawn(rows));
      table.hidden = !rows.length;
      count.textContent = `${found.count.toLocaleString("en")} ${found.count === 1 ? "row" : "rows"}`;
      more.hidden = rows.length >= found.count;
      problem.hidden = true;
    } catch (error) {
      problem.textContent = error.message;
      problem.hidden = false;
    }
  }

  more.onclick = () => load(rows.length);
  return { places: [problem, element("div", { className: "wide" }, table), more], count, show: () => load(0) };
}
