import { element } from "./shared/elements.js";
import { feedbackButtons } from "./feedback.js";
import { moveBy, onKeys } from "./keys.js";
import { poll, request } from "./server.js";
import { traceView } from "./trace_view.js";

const main = document.querySelector("main");
const heading = document.querySelector("h1");
const id = decodeURIComponent(location.pathname.split("/").pop());
let shown = ""; // the trace as it was drawn
let chosen = null;
let endPolling = null;

function draw(trace) {
  const text = JSON.stringify(trace);
  if (text === shown) return;
  shown = text;
  heading.textContent = document.title = trace.info.name;
  // What was being looked at, or written, stays where it is.
  const scrolled = [...main.querySelectorAll(".tree, .detail")].map((each) => each.scrollTop);
  main.replaceChildren(
    traceView(trace, {
      chosen,
      onChosen: (spanId) => (chosen = spanId),
      more: (span) => [
        element("h4", { className: "facts" }, "Feedback on this span"),
        feedbackButtons(id, span.span_id, load),
      ],
      link: (session) => element("a", { href: `/sessions/${encodeURIComponent(session)}` }, session),
    }),
  );
  main.querySelectorAll(".tree, .detail").forEach((each, index) => (each.scrollTop = scrolled[index] ?? 0));
}

async function load() {
  try {
    const trace = await request(`/api/traces/${encodeURIComponent(id)}`);
    draw(trace);
    if (trace.info.state !== "IN_PROGRESS") endPolling?.();
    else endPolling ??= poll(() => (isWriting() ? null : load()), 1000);
  } catch (error) {
    if (shown) return; // the next look may find the viewer again
    main.replaceChildren(element("p", { className: "note error", role: "alert" }, error.message));
  }
}

function isWriting() {
  return document.activeElement?.tagName === "INPUT";
}

onKeys({
  j: () => moveBy(main, ".span", 1).click(),
  k: () => moveBy(main, ".span", -1).click(),
  Escape: () => location.assign("/"),
});
document.getElementById("feedback").append(feedbackButtons(id, null, load));
load();
