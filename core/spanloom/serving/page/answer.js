import { element, folded, pretty } from "./shared/elements.js";
import { duration, tokens } from "./shared/formats.js";

const DELTAS = /^response\.(output_text|refusal|reasoning_summary_text|reasoning_text|function_call_arguments)\.delta$/;
const REASONS = {
  content_filter: "The answer was cut off by a content filter.",
  interrupt: "The agent waits for you.",
  max_output_tokens: "The answer was cut off: it reached the limit of output tokens.",
};

/** One answer on the page, drawn from the events of its stream. */
export class Answer {
  #begun = performance.now();
  #items = new Map();
  #calls = new Map();
  #waiting = [];
  #decisions = [];
  #onDecided;
  #content = element("div", { className: "content" });
  #footer = element("footer");

  /** `onDecided` gets the approval response items once every pending call is approved or rejected. */
  constructor(onDecided) {
    this.#onDecided = onDecided;
    this.element = element(
      "article",
      { className: "answer", ariaLabel: "Answer", ariaBusy: "true" },
      this.#content,
      this.#footer,
    );
  }

  add(event) {
    const live = this.#items.get(event.output_index);
    if (DELTAS.test(event.type)) live?.append(event.delta);
    if (event.type === "response.refusal.delta") live?.classList.add("refusal");
    if (event.type === "response.output_item.added") this.#begin(event.output_index, event.item);
    if (event.type === "response.output_item.done") this.#complete(event.output_index, event.item);
    if (event.type === "error") this.note(event.message, "error");
    if (event.type === "response.failed") this.note(event.response.error?.message ?? "The agent failed.", "error");
    if (event.type === "response.incomplete") {
      const reason = event.response.incomplete_details?.reason;
      this.note(REASONS[reason] ?? `The answer is incomplete${reason ? `: ${reason}` : ""}.`);
    }
  }

  /** Ends the answer; `traceButton` shows its trace. */
  end(usage, traceButton) {
    const used = tokens(usage);
    const facts = [duration(performance.now() - this.#begun), used && `${used} tokens`].filter(Boolean).join(" · ");
    this.#footer.append(...(traceButton ? [traceButton] : []), facts);
    this.#waiting.forEach((card) => (card.disabled = false));
    this.element.ariaBusy = "false";
  }

  /** Takes back the choice between approval and rejection: the conversation goes on without. */
  close() {
    this.#waiting.filter((card) => !card.disabled).forEach((card) => settle(card, "Not answered"));
  }

  note(text, kind = "hint") {
    this.#content.append(element("p", { className: `note ${kind}`, role: kind === "error" ? "alert" : "note" }, text));
  }

  #begin(index, item) {
    const show = (live, shown = live) => {
      this.#items.set(index, live);
      this.#content.append(shown);
    };
    const fold = (live, kind, name) => {
      const title = [element("span", { className: "kind" }, kind), name && element("b", {}, name)];
      show(live, folded(title, live));
    };
    if (item.type === "message") show(element("div", { className: "text" }));
    else if (item.type === "mcp_approval_request") show(this.#askFor(item));
    else if (item.type === "reasoning") fold(element("div", { className: "text" }), "Reasoning");
    else if (item.type === "function_call_output" && this.#calls.has(item.call_id)) this.#items.set(index, null);
    else fold(element("pre"), item.type === "function_call" ? "Tool" : item.type.replaceAll("_", " "), item.name);
    if (item.type === "function_call") this.#calls.set(item.call_id, this.#items.get(index));
  }

  #complete(index, item) {
    if (!this.#items.has(index)) this.#begin(index, item);
    const live = this.#items.get(index);
    if (item.type === "message") {
      live.textContent = item.content.map((part) => part.text ?? part.refusal ?? "").join("");
      live.classList.toggle(
        "refusal",
        item.content.some((part) => part.type === "refusal"),
      );
    } else if (item.type === "reasoning") {
      live.textContent = [...(item.summary ?? []), ...(item.content ?? [])].map((part) => part.text).join("\n\n");
      if (!live.textContent) live.closest("details").remove();
    } else if (item.type === "function_call") {
      live.textContent = pretty(item.arguments);
      live
        .closest("details")
        .querySelector("summary")
        .append(element("code", {}, item.arguments));
    } else if (item.type === "function_call_output" && !live) {
      this.#calls
        .get(item.call_id)
        .closest("details")
        .append(element("h4", {}, "Output"), element("pre", {}, pretty(item.output)));
    } else if (item.type !== "mcp_approval_request") {
      live.textContent = pretty(item.type === "function_call_output" ? item.output : item);
    }
  }

  #askFor(item) {
    const card = element(
      "fieldset",
      { className: "approval", disabled: true },
      element("legend", {}, "Approval needed"),
      element(
        "p",
        {},
        "Call ",
        element("b", {}, item.name),
        item.server_label ? ` of ${item.server_label}` : null,
        "?",
      ),
      element("pre", {}, pretty(item.arguments)),
    );
    const choose = (approve) => {
      settle(card, approve ? "Approved" : "Rejected");
      this.#decisions.push({ type: "mcp_approval_response", approval_request_id: item.id, approve });
      if (this.#decisions.length === this.#waiting.length) this.#onDecided(this.#decisions);
    };
    const button = (label, approve, className) =>
      element("button", { type: "button", className, onclick: () => choose(approve) }, label);
    card.append(
      element("div", { className: "buttons" }, button("Reject", false, ""), button("Approve", true, "primary")),
    );
    this.#waiting.push(card);
    return card;
  }
}

function settle(card, outcome) {
  card.disabled = true;
  card.querySelector("legend").textContent = outcome;
}
