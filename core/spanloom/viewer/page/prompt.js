import { lineDifference } from "./difference.js";
import { moveBy, onKeys } from "./keys.js";
import { backTo } from "./lists.js";
import { linkedTraces } from "./linked_traces.js";
import { request } from "./server.js";
import { element, folded, pretty } from "./shared/elements.js";
import { ago, moment } from "./shared/formats.js";
import { messageList } from "./shared/messages.js";

const main = document.querySelector("main");
const name = decodeURIComponent(location.pathname.slice("/prompts/".length));
const asked = new URLSearchParams(location.search);
const tree = element("nav", { className: "tree", ariaLabel: "Versions" });
const detail = element("section", { className: "detail", ariaLabel: "Version" });

let versions = [];
let against = Number(asked.get("against")) || null; // the version that the shown one is compared with

async function load() {
  try {
    const found = await request(`/api/prompts/${encodeURIComponent(name)}`);
    versions = found.versions;
    draw(found.prompt);
  } catch (error) {
    main.replaceChildren(element("p", { className: "note error", role: "alert" }, error.message));
  }
}

function draw(prompt) {
  const tags = Object.entries(prompt.tags).flatMap(([key, value]) => fact(key, value));
  tree.append(element("ul", {}, ...versions.map((version) => element("li", {}, button(version)))));
  const spans = element("div", { className: "spans versions" }, tree, detail);
  main.replaceChildren(element("div", { className: "view" }, tags.length ? element("dl", {}, ...tags) : null, spans));
  const wanted = versions.find((each) => each.version === Number(asked.get("version"))) ?? versions[0];
  if (wanted) show(wanted);
  else detail.append(element("p", { className: "note" }, "All versions of this prompt were deleted."));
}

function button(version) {
  const made = element(
    "button",
    { type: "button", className: "span" },
    element("span", { className: "type" }, String(version.version)),
    element("b", { title: version.commit_message ?? "" }, version.commit_message ?? "(no message)"),
    ...version.aliases.map((alias) => element("span", { className: "mark" }, `@${alias}`)),
    element("span", { className: "time" }, ago(version.creation_timestamp)),
  );
  made.dataset.version = version.version;
  made.onclick = made.onfocus = () => show(version);
  return made;
}

function show(version) {
  for (const each of tree.querySelectorAll("button"))
    each.ariaCurrent = each.dataset.version === String(version.version) ? "true" : null;
  const other = versions.find((each) => each.version === against && each !== version);
  const shown = new URLSearchParams({ version: version.version, ...(other && { against }) });
  history.replaceState(null, "", `${location.pathname}?${shown}`);
  detail.replaceChildren(
    element("h3", {}, `Version ${version.version}`),
    facts(version),
    ...(versions.length > 1 ? [comparison(version, other)] : []),
    ...(other ? difference(other, version) : content(version)),
    linkedTraces(version.traces_filter, element("h4", {}, "Traces that used it ")),
  );
}

function facts(version) {
  const known = [
    ["Registered", moment(version.creation_timestamp)],
    ["By", version.user_id],
    ["Message", version.commit_message],
    ["Variables", version.variables.join(", ")],
    ...Object.entries(version.tags),
  ];
  return element("dl", {}, ...known.filter(([, value]) => value).flatMap(([key, value]) => fact(key, value)));
}

function fact(key, value) {
  return [element("div", {}, element("dt", {}, key), element("dd", {}, value))];
}

function comparison(version, other) {
  const choices = versions
    .filter((each) => each !== version)
    .map((each) => element("option", { value: each.version }, `Compare with version ${each.version}`));
  const select = element(
    "select",
    { id: "against", ariaLabel: "Compare with" },
    element("option", { value: "" }, "Compare with…"),
    ...choices,
  );
  select.value = other ? String(other.version) : "";
  select.onchange = () => {
    against = Number(select.value) || null;
    show(version);
  };
  return element("p", {}, select);
}

function difference(other, version) {
  if (other.text === version.text) return [element("p", { className: "note" }, "The two are alike.")];
  return [lineDifference(other.text, version.text)];
}

function content(version) {
  const { template } = version;
  const folds = [
    ["Model", version.model_config],
    ["Response format", version.response_format],
  ].filter(([, value]) => value);
  return [
    typeof template === "string" ? element("pre", { className: "template" }, template) : messageList(template),
    ...folds.map(([title, value]) => folded(title, element("pre", {}, pretty(value)), { open: title === "Model" })),
  ];
}

onKeys({
  j: () => moveBy(tree, "button", 1),
  k: () => moveBy(tree, "button", -1),
  Escape: () => backTo("/prompts"),
});
document.querySelector("h1").textContent = document.title = name;
load();
