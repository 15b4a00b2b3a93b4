// Conversations as people read them, out of the shapes they come in: chat messages, requests and responses of OpenAI's
// APIs, LangChain's messages.

import { element, folded, pretty } from "./elements.js";

const ROLES = { human: "user", ai: "assistant", AIMessageChunk: "assistant", system: "system", tool: "tool" };
const ITEMS = new Set(["function_call", "function_call_output", "reasoning"]);
const TEXTS = new Set(["text", "input_text", "output_text", "summary_text", "reasoning_text"]);
const SHOWN_IMAGE = /^data:image\/(png|jpeg|gif|webp);base64,/;

/** Returns the messages of a conversation, and what stands beside them; null if the value is none. */
export function conversation(value) {
  if (Array.isArray(value)) return value.length && value.every(isMessage) ? { messages: value, rest: {} } : null;
  if (value === null || typeof value !== "object") return null;
  for (const key of ["messages", "input", "output"]) {
    const { [key]: messages, ...rest } = value;
    if (Array.isArray(messages) && messages.length && messages.every(isMessage)) return { messages, rest };
  }
  return typeof value.role === "string" && isMessage(value) ? { messages: [value], rest: {} } : null;
}

/** Draws messages, one below the other. */
export function messageList(messages) {
  return element("div", { className: "messages" }, ...messages.map(message));
}

function isMessage(value) {
  if (value === null || typeof value !== "object") return false;
  return roleOf(value) !== null || ITEMS.has(value.type);
}

function roleOf(value) {
  if (typeof value.role === "string") return value.role;
  return Object.hasOwn(ROLES, value.type) && "content" in value ? ROLES[value.type] : null;
}

function message(value) {
  const role = roleOf(value) ?? (value.type === "function_call_output" ? "tool" : "assistant");
  const name = value.type === "function_call" ? null : value.name;
  const id = value.tool_call_id ?? (value.type === "function_call_output" ? value.call_id : null);
  const made = element(
    "article",
    { className: "message" },
    element(
      "h4",
      {},
      role,
      ...[name, id].filter((each) => typeof each === "string" && each).map((each) => element("code", {}, ` ${each}`)),
    ),
    ...body(value),
  );
  made.dataset.role = role;
  return made;
}

function body(value) {
  if (value.type === "function_call") return [toolCall(value.name, value.arguments, value.call_id)];
  if (value.type === "function_call_output") return contents(value.output);
  if (value.type === "reasoning") return reasoning([...(value.summary ?? []), ...(value.content ?? [])]);
  return [
    ...reasoning(value.reasoning_content),
    ...contents(value.content),
    ...(typeof value.refusal === "string" ? [element("p", { className: "text refusal" }, value.refusal)] : []),
    ...[value.tool_calls ?? []].flat().map((call) => {
      const { name, arguments: given } = call?.function ?? { name: call?.name, arguments: call?.args };
      return toolCall(name, given, call?.id);
    }),
  ];
}

function reasoning(content) {
  const parts = typeof content === "string" ? [content] : (content ?? []).map((part) => part?.text ?? "");
  const text = parts.filter(Boolean).join("\n\n");
  if (!text) return [];
  return [folded(element("span", { className: "kind" }, "Reasoning"), element("p", { className: "text" }, text))];
}

function toolCall(name, given, id) {
  return element(
    "div",
    { className: "call" },
    element("span", { className: "kind" }, "calls "),
    element("b", {}, String(name ?? "?")),
    typeof id === "string" ? element("code", { className: "kind" }, ` ${id}`) : null,
    given == null ? null : element("pre", {}, pretty(given)),
  );
}

function contents(content) {
  if (content == null || content === "") return [];
  if (typeof content === "string") return [element("p", { className: "text" }, content)];
  return Array.isArray(content) ? content.map(part) : [element("pre", {}, pretty(content))];
}

function part(value) {
  if (typeof value === "string") return element("p", { className: "text" }, value);
  if (TEXTS.has(value?.type) && typeof value.text === "string")
    return element("p", { className: "text" }, value.text);
  if (value?.type === "refusal") return element("p", { className: "text refusal" }, String(value.refusal));
  const image = value?.image_url?.url ?? value?.image_url;
  return typeof image === "string" ? picture(image) : element("pre", {}, pretty(value));
}

/** Shows an image that the message itself holds. What is elsewhere is a link: it is fetched if somebody wants it. */
function picture(url) {
  if (SHOWN_IMAGE.test(url)) return element("img", { src: url, alt: "Image of the message" });
  if (!/^https?:\/\//i.test(url)) return element("p", { className: "text" }, url);
  return element("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, `Image: ${url}`);
}
