import { element } from "./shared/elements.js";
import { ago, moment } from "./shared/formats.js";
import { leaveOnEscape, moveBy, onKeys } from "./keys.js";
import { backTo, keepQuery } from "./lists.js";
import { request } from "./server.js";

const PAUSE = 250; // milliseconds without a key until the search begins
const [search, problem, table, empty, later] = ["search", "problem", "prompts", "empty", "later"].map((id) =>
  document.getElementById(id),
);
const body = table.tBodies[0];

let nextPage = null;
let running = null;
let timer = null;

async function load(token) {
  const filter = search.value.trim();
  const parameters = new URLSearchParams({ ...(filter && { filter }), ...(token && { page_token: token }) });
  running?.abort();
  running = new AbortController();
  try {
    const found = await request(`/api/prompts?${parameters}`, { signal: running.signal });
    if (!token) body.replaceChildren();
    body.append(...found.prompts.map(row));
    nextPage = found.next_page_token;
    later.hidden = !nextPage;
    problem.hidden = true;
    empty.hidden = body.rows.length > 0;
    empty.textContent = filter ? "No prompt fits." : "No prompts yet. spanloom.register_prompt(…) makes one.";
  } catch (error) {
    if (error.name === "AbortError") return;
    problem.textContent = error.message;
    problem.hidden = false;
  }
}

function row(prompt) {
  const link = element("a", { href: `/prompts/${encodeURIComponent(prompt.name)}` }, prompt.name);
  const created = element("time", { title: moment(prompt.creation_timestamp) }, ago(prompt.creation_timestamp));
  const cells = [
    link,
    prompt.latest_version ?? "-",
    words(Object.entries(prompt.aliases), ([alias, version]) => `@${alias} ${version}`),
    words(Object.entries(prompt.tags), ([key, value]) => `${key} = ${value}`),
    created,
  ];
  return element("tr", {}, ...cells.map((content) => element("td", {}, content)));
}

function words(entries, written) {
  return element("span", {}, ...entries.map((each) => element("span", { className: "mark" }, written(each))));
}

function apply() {
  const filter = search.value.trim();
  history.replaceState(null, "", location.pathname + (filter ? `?${new URLSearchParams({ filter })}` : ""));
  keepQuery(location.search);
  return load(null);
}

search.oninput = () => {
  clearTimeout(timer);
  timer = setTimeout(apply, PAUSE);
};
search.onkeydown = (event) => {
  if (event.key !== "Enter") return;
  clearTimeout(timer);
  apply().then(() => problem.hidden && moveBy(body, "a", 1));
};
later.onclick = () => load(nextPage);
leaveOnEscape(search);
onKeys({
  j: () => moveBy(body, "a", 1),
  k: () => moveBy(body, "a", -1),
  "/": () => search.select(),
  Escape: () => backTo("/"),
});

search.value = new URLSearchParams(location.search).get("filter") ?? "";
apply();
