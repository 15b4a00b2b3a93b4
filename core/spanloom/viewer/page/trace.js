import { element } from "./shared/elements.js";
import { feedbackButtons } from "./feedback.js";
import { moveBy, onKeys } from "./keys.js";
import { backTo } from "./lists.js";
import { poll, request, RequestError } from "./server.js";
import { traceView } from "./trace_view.js";

const main = document.querySelector("main");
const heading = document.querySelector("h1");
const id = decodeURIComponent(location.pathname.split("/").pop());
let shown = ""; // the trace as it was drawn
let chosen = null;
let assessments = [];
let endPolling = null;

function draw(trace) {
  const text = JSON.stringify(trace);
  if (text === shown) return;
  heading.textContent = document.title = trace.info.name;
  assessments = trace.info.assessments ?? [];
  // What was being looked at, or written, stays where it is.
  const [detail, spanId, focused] = [main.querySelector(".detail"), chosen, document.activeElement];
  const scrolled = [...main.querySelectorAll(".tree, .detail")].map((each) => each.scrollTop);
  main.replaceChildren(
    traceView(trace, {
      chosen,
      onChosen: (spanId) => (chosen = spanId),
      more: (span) => [
        element("h4", { className: "facts" }, "Feedback on this span"),
        spanFeedback(span),
      ],
      link: (session) => element("a", { href: `/sessions/${encodeURIComponent(session)}` }, session),
    }),
  );
  // A span that has ended stays as it is: what shows it is moved, with all that is unfolded there.
  if (detail && chosen === spanId) main.querySelector(".detail").replaceChildren(...detail.childNodes);
  const row = focused?.matches(".span") && main.querySelector(`.span[data-id="${CSS.escape(focused.dataset.id)}"]`);
  (row || focused)?.focus({ preventScroll: true });
  main.querySelectorAll(".tree, .detail").forEach((each, index) => (each.scrollTop = scrolled[index] ?? 0));
  document.querySelectorAll(".feedback").forEach((form) => form.showOwn(assessments));
  shown = text;
}

function spanFeedback(span) {
  const form = feedbackButtons(id, span.span_id, load);
  form.showOwn(assessments);
  return form;
}

async function load() {
  try {
    const trace = await request(`/api/traces/${encodeURIComponent(id)}`);
    draw(trace);
    if (trace.info.state !== "IN_PROGRESS") endPolling?.();
    else endPolling ??= poll(() => (isWriting() ? null : load()), 1000);
  } catch (error) {
    if (shown && error instanceof RequestError) return; // the next look may find the viewer again
    main.replaceChildren(element("p", { className: "note error", role: "alert" }, error.message));
  }
}

function isWriting() {
  return document.activeElement?.tagName === "INPUT";
}

onKeys({
  j: () => moveBy(main, ".span", 1).click(),
  k: () => moveBy(main, ".span", -1).click(),
  Escape: () => backTo("/"),
});
document.getElementById("feedback").append(feedbackButtons(id, null, load));
load();
