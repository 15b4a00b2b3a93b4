import { Answer } from "./answer.js";
import { element } from "./shared/elements.js";
import { problem, request } from "./server.js";
import { events } from "./stream.js";
import { hideTrace, showTrace } from "./trace.js";

const TERMINAL = new Set(["response.completed", "response.incomplete", "response.failed"]);
const [heading, agents, scroller, conversation, composer, message, send, stop] = [
  "agent",
  "agents",
  "scroller",
  "conversation",
  "composer",
  "message",
  "send",
  "stop",
].map((id) => document.getElementById(id));

let agent = null;
let previous = null; // the answer that the next message continues
let running = null;

async function ask(input, shown) {
  message.focus();
  previous?.answer.close();
  const answer = new Answer((decisions) => ask(decisions, decisionText(decisions)));
  const controller = (running = new AbortController());
  conversation.querySelector(".welcome")?.remove();
  conversation.append(element("article", { className: "question", ariaLabel: "You" }, shown), answer.element);
  scroller.scrollTop = scroller.scrollHeight;
  setRunning(true);
  let response = null;
  let final = null;
  try {
    const body = { model: agent, input, stream: true, previous_response_id: previous?.id };
    const headers = { "content-type": "application/json" };
    response = await request("v1/responses", {
      method: "POST",
      headers,
      body: JSON.stringify(body),
      signal: controller.signal,
    });
    if (response.ok) final = await draw(answer, response);
    else answer.note(await problem(response), "error");
  } catch (error) {
    if (controller.signal.aborted) answer.note("Stopped.");
    else answer.note(response ? `The answer broke off: ${error.message}.` : error.message, "error");
  }
  if (running !== controller) return; // a new conversation has begun
  // What failed or was stopped is not kept by the server: the next message continues what came before.
  if (final && final.status !== "failed") previous = { id: final.id, answer };
  keepAtEnd(() => answer.end(final?.usage, traceButton(response?.headers.get("x-spanloom-trace-id"))));
  running = null;
  setRunning(false);
}

/** Draws the events of an answer; returns the response that they end with. */
async function draw(answer, response) {
  let final = null;
  for await (const event of events(response)) {
    keepAtEnd(() => answer.add(event));
    if (TERMINAL.has(event.type)) final = event.response;
  }
  if (!final) answer.note("The connection broke before the answer ended.", "error");
  return final;
}

function decisionText(decisions) {
  return decisions.map((decision) => (decision.approve ? "Approved" : "Rejected")).join(", ");
}

function traceButton(id) {
  return (
    id &&
    element("button", { type: "button", className: "quiet", onclick: (event) => showTrace(id, event.target) }, "Trace")
  );
}

/** Changes the conversation; whoever reads its end goes on seeing the end. */
function keepAtEnd(change) {
  const atEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 60;
  change();
  if (atEnd) scroller.scrollTop = scroller.scrollHeight;
}

function setRunning(isRunning) {
  send.hidden = isRunning;
  stop.hidden = !isRunning;
}

function begin() {
  running?.abort();
  running = previous = null;
  setRunning(false);
  hideTrace();
  const hint = agent
    ? ["Talk to ", element("b", {}, agent), ". Every answer has its trace."]
    : ["This server has no agent."];
  conversation.replaceChildren(element("p", { className: "welcome" }, ...hint));
  document.title = agent ?? "spanloom";
  message.focus();
}

async function load() {
  const response = await request("agent/info");
  if (!response.ok) throw new Error(await problem(response));
  const names = (await response.json()).agents.map((each) => each.name);
  agent = names[0] ?? null;
  heading.textContent = agent ?? "spanloom";
  agents.replaceChildren(...names.map((name) => element("option", {}, name)));
  agents.hidden = !(heading.hidden = names.length > 1);
  begin();
}

function start() {
  load().catch((error) => {
    conversation.replaceChildren(element("p", { className: "note error", role: "alert" }, error.message));
  });
}

composer.onsubmit = (event) => {
  event.preventDefault();
  const text = message.value.trim();
  if (!text || running || !agent) return;
  message.value = "";
  ask(text, text);
};
message.onkeydown = (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  composer.requestSubmit();
};
stop.onclick = () => {
  running?.abort();
  message.focus();
};
agents.onchange = () => {
  agent = agents.value;
  begin();
};
document.getElementById("new").onclick = () => (agent ? begin() : start());

start();
