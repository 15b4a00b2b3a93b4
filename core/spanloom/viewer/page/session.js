import { element } from "./shared/elements.js";
import { dollars, duration, moment, stateWord } from "./shared/formats.js";
import { moveBy, onKeys } from "./keys.js";
import { backTo } from "./lists.js";
import { poll, request } from "./server.js";

const [turns, problem, later] = ["turns", "problem", "later"].map((id) => document.getElementById(id));
const id = decodeURIComponent(location.pathname.slice("/sessions/".length));
let lastPage = null; // the token of the page that was loaded last: what is new comes on it, or after it
let nextPage = null;

async function load(token) {
  const parameters = new URLSearchParams(token ? { page_token: token } : {});
  try {
    const found = await request(`/api/sessions/${encodeURIComponent(id)}?${parameters}`);
    [lastPage, nextPage] = [token, found.next_page_token];
    found.traces.forEach(show);
    later.hidden = !nextPage;
    problem.hidden = turns.children.length > 0;
    problem.textContent = "There is no trace of this session.";
  } catch (error) {
    problem.textContent = error.message;
    problem.hidden = false;
  }
}

function show(info) {
  const text = JSON.stringify(info);
  const old = [...turns.children].find((each) => each.dataset.id === info.trace_id);
  if (old?.dataset.info === text) return;
  const facts = [
    stateWord(info.state),
    moment(info.request_time),
    info.execution_duration == null ? null : duration(info.execution_duration),
    info.token_usage?.total_tokens == null ? null : `${info.token_usage.total_tokens.toLocaleString("en")} tokens`,
    dollars(info.cost),
  ];
  const made = element(
    "li",
    {},
    info.request_preview ? element("p", { className: "question text" }, info.request_preview) : null,
    info.response_preview ? element("p", { className: "answer text" }, info.response_preview) : null,
    element(
      "p",
      { className: "facts" },
      element("a", { href: `/traces/${encodeURIComponent(info.trace_id)}` }, info.name),
      ` · ${facts.filter(Boolean).join(" · ")}`,
    ),
  );
  made.dataset.id = info.trace_id;
  made.dataset.info = text;
  made.dataset.status = info.state;
  if (old) old.replaceWith(made);
  else turns.append(made);
}

onKeys({
  j: () => moveBy(turns, "a", 1),
  k: () => moveBy(turns, "a", -1),
  Escape: () => backTo("/"),
});
later.onclick = () => load(nextPage);
document.querySelector("h1").textContent = document.title = `Session ${id}`;
load(null);
poll(() => load(lastPage));
