import { element } from "./shared/elements.js";
import { ago, duration, moment, stateWord } from "./shared/formats.js";
import { leaveOnEscape, moveBy, onKeys } from "./keys.js";
import { keepQuery } from "./lists.js";
import { compare, isPicked, pick } from "./picked.js";
import { poll, request } from "./server.js";

const SIGNS = { OK: "✓", ERROR: "✗", CANCELLED: "■", IN_PROGRESS: "…" };
const SHORT_ID = 16; // digits that tell traces apart: 12 of the time, 4 random ones
const PAUSE = 250; // milliseconds without a key until the search begins
const [search, problem, table, empty, older] = ["search", "problem", "traces", "empty", "older"].map((id) =>
  document.getElementById(id),
);
const body = table.tBodies[0];

let filter = "";
let nextPage = null;
let running = null;
let timer = null;

function page(token) {
  const parameters = new URLSearchParams({ limit: 50 });
  if (filter) parameters.set("filter", filter);
  if (token) parameters.set("page_token", token);
  running?.abort();
  running = new AbortController();
  return request(`/api/traces?${parameters}`, { signal: running.signal });
}

async function guarded(work) {
  try {
    await work();
    problem.hidden = true;
  } catch (error) {
    if (error.name === "AbortError") return;
    problem.textContent = error.message;
    problem.hidden = false;
  }
}

/** Shows the first page anew. */
function reload() {
  return guarded(async () => {
    const { traces, next_page_token: token } = await page();
    body.replaceChildren(...traces.map(row));
    setNext(token);
    tellIfEmpty();
  });
}

function loadOlder() {
  if (!nextPage || older.disabled) return null;
  older.disabled = true;
  return guarded(async () => {
    const { traces, next_page_token: token } = await page(nextPage);
    body.append(...traces.map(row));
    setNext(token);
  }).finally(() => (older.disabled = false));
}

/** Puts new traces on top, and brings those that go on up to date. */
function refresh() {
  if (older.disabled || !problem.hidden) return problem.hidden ? null : reload();
  return guarded(async () => {
    const { traces, next_page_token: token } = await page();
    const known = new Map([...body.rows].map((each) => [each.dataset.id, each]));
    if (known.size && !traces.some((info) => known.has(info.trace_id))) {
      body.replaceChildren(...traces.map(row)); // more than a page is new: those between are not known
      setNext(token);
    } else {
      const isNew = (info) => !known.has(info.trace_id);
      body.prepend(...traces.filter(isNew).map(row));
      for (const info of traces.filter((each) => !isNew(each))) update(known.get(info.trace_id), info);
      if (!known.size) setNext(token);
    }
    body.querySelectorAll("time").forEach((each) => (each.textContent = ago(Number(each.dataset.at))));
    tellIfEmpty();
  });
}

function update(old, info) {
  const text = JSON.stringify(info);
  if (old.dataset.info === text) return;
  const fresh = row(info);
  const hadFocus = old.contains(document.activeElement);
  old.replaceWith(fresh);
  if (hadFocus) fresh.querySelector("a").focus();
}

function row(info) {
  const when = element("time", { title: moment(info.request_time) }, ago(info.request_time));
  when.dataset.at = info.request_time;
  const link = element(
    "a",
    { href: `/traces/${encodeURIComponent(info.trace_id)}` },
    info.name || "(no name)",
  );
  const usage = info.token_usage?.total_tokens;
  const checked = isPicked(info.trace_id);
  const box = element("input", { type: "checkbox", ariaLabel: `Compare ${info.name}`, checked });
  box.onchange = () => pick(info.trace_id, box.checked);
  const cells = [
    ["pick", box],
    ["id", element("code", {}, info.trace_id.slice(0, SHORT_ID))],
    ["when", when],
    ["state", element("span", { title: stateWord(info.state), ariaLabel: stateWord(info.state) }, SIGNS[info.state] ?? "?")],
    ["number", info.execution_duration == null ? "-" : duration(info.execution_duration)],
    ["number", usage == null ? "-" : usage.toLocaleString("en")],
    ["name", link],
    ["asked", info.request_preview ?? "-"],
  ];
  const made = element("tr", {}, ...cells.map(([className, content]) => element("td", { className }, content)));
  made.dataset.id = info.trace_id;
  made.dataset.status = info.state;
  made.dataset.info = JSON.stringify(info);
  made.onclick = (event) => {
    if (!event.target.closest("a, .pick") && !getSelection().toString()) link.click();
  };
  return made;
}

function setNext(token) {
  nextPage = token;
  older.hidden = !token;
}

function tellIfEmpty() {
  empty.hidden = body.rows.length > 0;
  empty.textContent = filter
    ? "No trace fits."
    : "No traces yet. They appear here while your agents run; `spanloom demo` makes one.";
}

function setFilter(text) {
  filter = text.trim();
  const query = filter ? `?${new URLSearchParams({ filter })}` : "";
  history.replaceState(null, "", location.pathname + query);
  keepQuery(query);
  document.getElementById("charts").href = `/charts${query}`;
  for (const each of document.querySelectorAll("[data-filter]"))
    each.ariaPressed = String(each.dataset.filter === filter);
  return reload();
}

search.oninput = () => {
  clearTimeout(timer);
  timer = setTimeout(() => setFilter(search.value), PAUSE);
};
search.onkeydown = (event) => {
  if (event.key !== "Enter") return;
  clearTimeout(timer);
  setFilter(search.value).then(() => problem.hidden && moveBy(body, "a", 1));
};
for (const each of document.querySelectorAll("[data-filter]"))
  each.onclick = () => {
    search.value = search.value.trim() === each.dataset.filter ? "" : each.dataset.filter;
    setFilter(search.value);
  };
older.onclick = loadOlder;
leaveOnEscape(search);
onKeys({
  j: async () => {
    if (body.rows.length && body.rows[body.rows.length - 1].contains(document.activeElement)) await loadOlder();
    moveBy(body, "a", 1);
  },
  k: () => moveBy(body, "a", -1),
  "/": () => search.select(),
  x: () => document.activeElement.closest("#traces tr")?.querySelector("input").click(),
  c: compare,
});

search.value = new URLSearchParams(location.search).get("filter") ?? "";
setFilter(search.value);
poll(refresh);
