// Conversations as people read them, out of the shapes they come in: chat messages, requests and responses of OpenAI's
// APIs, Anthropic's content blocks, LangChain's messages, Gemini's contents.

import { element, folded, pretty } from "./elements.js";

const ROLES = { human: "user", ai: "assistant", AIMessageChunk: "assistant", system: "system", tool: "tool" };
const ITEMS = new Set(["function_call", "function_call_output", "reasoning"]);
const TEXTS = new Set(["text", "input_text", "output_text", "summary_text", "reasoning_text"]);
const SHOWN_IMAGE = /^data:image\/(png|jpeg|gif|webp);base64,/;
const CUT = /… \[cut: (\d+) more characters\]$/;

/** How requests and responses hold messages, by the key. */
const HELD = {
  messages: (list) => list.flat(),
  input: (list) => list,
  output: (list) => list,
  contents: (list) => list,
  choices: (list) => list.map((choice) => choice?.message),
  candidates: (list) => list.map((candidate) => candidate?.content),
  generations: (list) => list.flat().map((generation) => generation?.message),
};

/** Returns the messages of a conversation, and what stands beside them; null if the value is none. */
export function conversation(value) {
  if (Array.isArray(value)) return conversation({ messages: value });
  if (value === null || typeof value !== "object") return null;
  for (const [key, read] of Object.entries(HELD)) {
    const { [key]: held, ...rest } = value;
    const messages = Array.isArray(held) ? read(held) : [];
    if (messages.some(isMessage)) return { messages, rest };
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
  if (!isMessage(value)) return odd(value);
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

/** Draws what stands among messages and is none that is known here. */
function odd(value) {
  const kind = typeof value?.type === "string" ? value.type : "not a message";
  return element("article", { className: "message" }, element("h4", {}, kind), element("pre", {}, pretty(value ?? null)));
}

function body(value) {
  if (value.type === "function_call") return [toolCall(value.name, value.arguments, value.call_id)];
  if (value.type === "function_call_output") return contents(value.output);
  if (value.type === "reasoning") return reasoning([value.summary, value.content].flat());
  return [
    ...reasoning(value.reasoning_content),
    ...contents(value.content ?? value.parts),
    ...(typeof value.refusal === "string" ? [element("p", { className: "text refusal" }, value.refusal)] : []),
    ...[value.tool_calls ?? []].flat().map((call) => {
      const { name, arguments: given } = call?.function ?? { name: call?.name, arguments: call?.args };
      return toolCall(name, given, call?.id);
    }),
  ];
}

function reasoning(content) {
  const parts = [content].flat().map((each) => (typeof each === "string" ? each : each?.text));
  const text = parts.filter((each) => typeof each === "string" && each).join("\n\n");
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
  if ((TEXTS.has(value?.type) || value?.type === undefined) && typeof value?.text === "string")
    return element("p", { className: "text" }, value.text);
  const call = value?.functionCall ?? value?.function_call;
  if (call) return toolCall(call.name, call.args, call.id);
  if (value?.type === "refusal") return element("p", { className: "text refusal" }, String(value.refusal));
  if (value?.type === "thinking") return element("div", {}, ...reasoning(value.thinking));
  if (value?.type === "tool_use") return toolCall(value.name, value.input, value.id);
  if (value?.type === "tool_result") return element("div", { className: "call" }, ...toolResult(value));
  const image = imageAddress(value);
  return typeof image === "string" ? picture(image) : element("pre", {}, pretty(value));
}

function toolResult({ tool_use_id: id, content, is_error: failed }) {
  const title = element("span", { className: "kind" }, failed ? "error of " : "result of ", element("code", {}, String(id ?? "?")));
  return [title, ...contents(content)];
}

/** Returns where an image is, or its data as an address: of OpenAI's, Anthropic's and Gemini's parts. */
function imageAddress(value) {
  const held = value?.inlineData ?? value?.inline_data ?? (value?.type === "image" ? value.source : null);
  const type = held?.mimeType ?? held?.mime_type ?? held?.media_type;
  if (String(type).startsWith("image/") && typeof held.data === "string") return `data:${type};base64,${held.data}`;
  return held?.url ?? value?.image_url?.url ?? value?.image_url;
}

/** Shows an image that the message itself holds. What is elsewhere is a link: it is fetched if somebody wants it. */
function picture(url) {
  const cut = SHOWN_IMAGE.test(url) ? CUT.exec(url) : null;
  if (cut) {
    const characters = cut.index - url.indexOf(",") - 1 + Number(cut[1]);
    const bytes = Math.floor((characters * 3) / 4).toLocaleString("en");
    return element("p", { className: "text" }, `Image cut: it had about ${bytes} bytes`);
  }
  if (SHOWN_IMAGE.test(url)) return element("img", { src: url, alt: "Image of the message" });
  if (!/^https?:\/\//i.test(url)) return element("p", { className: "text" }, url);
  return element("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, `Image: ${url}`);
}
