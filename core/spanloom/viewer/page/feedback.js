import { element } from "./shared/elements.js";
import { request } from "./server.js";

const NAME = "helpful";

/**
 * Makes the buttons that judge a trace, or one span of it; `onStored` hears when a judgement is kept, changed or gone.
 *
 * `showOwn` of what is returned takes the assessments of the trace: the judgement that was given here before is marked;
 * the other button changes it, the same one withdraws it.
 */
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
  const choices = new Map(
    [
      ["✓ Good", true],
      ["✗ Bad", false],
    ].map(([label, meaning]) => [meaning, element("button", { type: "button", className: "quiet" }, label)]),
  );
  let own = null;
  let value = null;

  /** Marks a choice; while one is being made, its reason is asked for. */
  function choose(chosen) {
    value = chosen;
    choices.forEach((button, meaning) => (button.ariaPressed = String(meaning === (chosen ?? own?.value))));
    rationale.hidden = store.hidden = chosen === null;
    if (chosen !== null) rationale.focus();
  }

  async function send(method, body) {
    const address = `/api/traces/${encodeURIComponent(traceId)}/feedback`;
    const path = own ? `${address}/${encodeURIComponent(own.assessment_id)}` : address;
    const headers = { "content-type": "application/json" };
    store.disabled = true;
    try {
      await request(path, { method, headers, body: body && JSON.stringify(body) });
      rationale.value = "";
      problem.hidden = true;
      choose(null);
      await onStored();
    } catch (error) {
      problem.textContent = error.message;
      problem.hidden = false;
    }
    store.disabled = false;
  }

  choices.forEach((button, meaning) => {
    button.onclick = () => (value === null && own?.value === meaning ? send("DELETE") : choose(meaning));
  });
  form.onsubmit = (event) => {
    event.preventDefault();
    if (value === null) return;
    const said = { value, rationale: rationale.value.trim() };
    send(own ? "PUT" : "POST", own ? said : { name: NAME, span_id: spanId, ...said });
  };
  form.onkeydown = (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    choose(null);
    choices.get(true).focus();
  };
  form.showOwn = (assessments) => {
    own = assessments.find((each) => isOwn(each, spanId)) ?? null;
    choose(value);
  };
  form.append(...choices.values(), rationale, store, problem);
  choose(null);
  return form;
}

/** Whether this was said here: the viewer knows no names, so the one who looks is "the human". */
function isOwn({ type, name, source, span_id: spanId }, wantedSpan) {
  const { source_type: kind, source_id: by } = source ?? {};
  return type === "feedback" && name === NAME && kind === "HUMAN" && by === "default" && (spanId ?? null) === wantedSpan;
}
