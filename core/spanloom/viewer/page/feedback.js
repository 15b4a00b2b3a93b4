import { element } from "./shared/elements.js";
import { request } from "./server.js";

/** Makes the buttons that judge a trace, or one span of it; `onStored` hears when a judgement is kept. */
export function feedbackButtons(traceId, spanId, onStored) {
  const form = element("form", { className: "feedback", ariaLabel: spanId ? "Feedback on the span" : "Feedback" });
  const problem = element("p", { className: "note error", role: "alert", hidden: true });
  const rationale = element("input", {
    placeholder: "Why? Enter stores it.",
    ariaLabel: "Rationale",
    maxLength: 10_000,
    hidden: true,
  });
  const store = element("button", { className: "primary", hidden: true }, "Store");
  let value = null;

  const choices = [
    ["✓", "Good", true],
    ["✗", "Bad", false],
  ].map(([sign, label, meaning]) => {
    const button = element("button", { type: "button", className: "quiet", ariaPressed: "false" }, `${sign} ${label}`);
    button.onclick = () => {
      value = meaning;
      choices.forEach((each) => (each.ariaPressed = String(each === button)));
      rationale.hidden = store.hidden = false;
      rationale.focus();
    };
    return button;
  });

  form.onsubmit = async (event) => {
    event.preventDefault();
    if (value === null) return;
    store.disabled = true;
    const body = { value, rationale: rationale.value.trim() || null, span_id: spanId };
    const headers = { "content-type": "application/json" };
    try {
      const path = `/api/traces/${encodeURIComponent(traceId)}/feedback`;
      onStored(await request(path, { method: "POST", headers, body: JSON.stringify(body) }));
      value = null;
      rationale.value = "";
      rationale.hidden = store.hidden = problem.hidden = true;
      choices.forEach((each) => (each.ariaPressed = "false"));
    } catch (error) {
      problem.textContent = error.message;
      problem.hidden = false;
    }
    store.disabled = false;
  };
  form.onkeydown = (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    value = null;
    rationale.hidden = store.hidden = true;
    choices.forEach((each) => (each.ariaPressed = "false"));
    choices[0].focus();
  };
  form.append(...choices, rationale, store, problem);
  return form;
}
