import { leaveOnEscape, moveBy, onKeys } from "./keys.js";
import { backTo, keepQuery } from "./lists.js";
import { comparisonAddress } from "./run_parts.js";
import { runsHead, runsRows } from "./runs_table.js";
import { poll, request } from "./server.js";

const PAUSE = 250; // milliseconds without a key until the search begins
const MOST_PICKED = 8;
const [search, problem, table, empty, older, compareButton] = [
  "search",
  "problem",
  "runs",
  "empty",
  "older",
  "compare",
].map((id) => document.getElementById(id));
const body = table.tBodies[0];

let filter = "";
let order = ""; // as the search takes it, e.g. metrics.`loss` ASC
let pages = []; // what has been loaded
let running = null;
let timer = null;
let picked = [];

async function page(token) {
  const parameters = new URLSearchParams({
    ...(filter && { filter }),
    ...(order && { order_by: order }),
    ...(token && { page_token: token }),
  });
  running?.abort();
  running = new AbortController();
  return request(`/api/runs?${parameters}`, { signal: running.signal });
}

/** Loads the first page, or the one after those that are there. */
async function load(token) {
  try {
    const found = await page(token);
    problem.hidden = true;
    const fresh = token ? [...pages, found] : [found];
    if (JSON.stringify(fresh) === JSON.stringify(pages)) return;
    pages = fresh;
    draw();
  } catch (error) {
    if (error.name === "AbortError") return;
    problem.textContent = error.message;
    problem.hidden = false;
  }
}

function draw() {
  const focused = document.activeElement.closest("#runs [data-id]")?.dataset.id;
  const merged = (name) => pages.flatMap((each) => each[name]);
  const found = {
    runs: merged("runs"),
    nested: merged("nested"),
    parents: Object.assign({}, ...pages.map((each) => each.parents)),
  };
  table.tHead.replaceChildren(...runsHead(found, { order, onOrder: (wanted) => apply(filter, wanted) }));
  body.replaceChildren(...runsRows(found, { picked, onPick: pick }));
  const again = [...body.rows].find((row) => row.dataset.id === focused);
  again?.querySelector("a").focus({ preventScroll: true });
  table.hidden = !body.rows.length;
  older.hidden = !nextPage();
  empty.hidden = body.rows.length > 0;
  empty.textContent = filter ? "No run fits." : "No runs yet. `with spanloom.start_run(): …` makes one.";
}

function nextPage() {
  return pages.at(-1)?.next_page_token;
}

function pick(runId, isWanted) {
  picked = [...picked.filter((each) => each !== runId), ...(isWanted ? [runId] : [])].slice(-MOST_PICKED);
  for (const row of body.rows) row.querySelector("input").checked = picked.includes(row.dataset.id);
  compareButton.hidden = picked.length === 0;
  compareButton.disabled = picked.length < 2;
  compareButton.textContent = compareButton.disabled ? "Pick one more to compare" : `Compare the ${picked.length}`;
  compareButton.classList.toggle("primary", !compareButton.disabled);
}

/** Opens the comparison, the earliest run first. */
function compare() {
  if (picked.length > 1) location.assign(comparisonAddress(picked.toSorted()));
}

/** Searches anew, and keeps filter and order in the address. */
function apply(wantedFilter, wantedOrder) {
  [filter, order] = [wantedFilter.trim(), wantedOrder];
  const query = new URLSearchParams({ ...(filter && { filter }), ...(order && { order }) });
  history.replaceState(null, "", query.size ? `?${query}` : location.pathname);
  keepQuery(location.search);
  for (const each of document.querySelectorAll("[data-filter]"))
    each.ariaPressed = String(each.dataset.filter === filter);
  return load(null);
}

search.oninput = () => {
  clearTimeout(timer);
  timer = setTimeout(() => apply(search.value, order), PAUSE);
};
search.onkeydown = (event) => {
  if (event.key !== "Enter") return;
  clearTimeout(timer);
  apply(search.value, order).then(() => problem.hidden && moveBy(body, "td.name > a", 1));
};
for (const each of document.querySelectorAll("[data-filter]"))
  each.onclick = () => {
    search.value = search.value.trim() === each.dataset.filter ? "" : each.dataset.filter;
    apply(search.value, order);
  };
older.onclick = () => load(nextPage());
compareButton.onclick = compare;
leaveOnEscape(search);
onKeys({
  j: async () => {
    const atEnd = body.rows.length && body.rows[body.rows.length - 1].contains(document.activeElement);
    if (atEnd && nextPage()) await load(nextPage());
    moveBy(body, "td.name > a", 1);
  },
  k: () => moveBy(body, "td.name > a", -1),
  "/": () => search.select(),
  x: () => document.activeElement.closest("#runs tbody tr")?.querySelector("input").click(),
  c: compare,
  Escape: () => backTo("/"),
});

const asked = new URLSearchParams(location.search);
search.value = asked.get("filter") ?? "";
apply(search.value, asked.get("order") ?? "");
poll(() => (pages.length === 1 && problem.hidden ? load(null) : null), 5000);
