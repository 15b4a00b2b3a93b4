// The files of a run: folders that open, and a look into the chosen file.

import { request } from "./server.js";
import { element, pretty } from "./shared/elements.js";

const IMAGE = /\.(gif|jpe?g|png|svg|webp)$/i;

export function fileSection(runId) {
  const base = `/api/runs/${encodeURIComponent(runId)}/artifacts`;
  const tree = element("nav", { ariaLabel: "Files" });
  const preview = element("div", { className: "preview" });
  const heading = element("h2", {}, "Files");
  let turn = 0; // of the last choice: what comes for an earlier one is of no use

  async function folder(path) {
    try {
      const { files } = await request(`${base}?${new URLSearchParams({ path })}`);
      if (files.length) return element("ul", {}, ...files.map((file) => element("li", {}, entry(file))));
      return element("p", { className: "note" }, path ? "Nothing in it." : "None.");
    } catch (error) {
      return element("p", { className: "note error", role: "alert" }, error.message);
    }
  }

  function entry({ path, is_dir: isFolder, file_size: size }) {
    const name = path.slice(path.lastIndexOf("/") + 1);
    const facts = element("span", { className: "time" }, isFolder ? "" : bytes(size));
    const sign = isFolder ? "▸ " : "";
    const title = element("b", {}, sign + name);
    const button = element("button", { type: "button", className: "span" }, title, facts);
    if (!isFolder) {
      button.onclick = () => choose(button, path, name);
      return button;
    }
    const content = element("div", { hidden: true });
    button.ariaExpanded = "false";
    button.onclick = async () => {
      content.hidden = !content.hidden;
      button.ariaExpanded = String(!content.hidden);
      title.textContent = (content.hidden ? "▸ " : "▾ ") + name;
      if (!content.hidden) content.replaceChildren(await folder(path));
    };
    return element("div", {}, button, content);
  }

  async function choose(button, path, name) {
    const mine = ++turn;
    tree.querySelector("[aria-current]")?.removeAttribute("aria-current");
    button.setAttribute("aria-current", "true");
    const address = `${base}/file?${new URLSearchParams({ path })}`;
    const link = element("a", { href: address, download: name }, "Download");
    const content = IMAGE.test(name) ? element("img", { src: address, alt: name }) : await look(path);
    if (mine !== turn) return;
    preview.replaceChildren(element("h3", {}, path), element("p", {}, link), content);
  }

  async function look(path) {
    try {
      const { text, truncated } = await request(`${base}/text?${new URLSearchParams({ path })}`);
      if (text === null) return element("p", { className: "note" }, "This is no text.");
      const shown = element("pre", {}, truncated ? text : readable(path, text));
      if (!truncated) return shown;
      const note = element("p", { className: "note" }, "This is the beginning; the file has all of it.");
      return element("div", {}, shown, note);
    } catch (error) {
      return element("p", { className: "note error", role: "alert" }, error.message);
    }
  }

  folder("").then((content) => tree.replaceChildren(content));
  return element("section", { ariaLabel: "Files" }, heading, element("div", { className: "files" }, tree, preview));
}

function readable(path, text) {
  return path.endsWith(".json") ? pretty(text) : text;
}

function bytes(size) {
  if (size < 1000) return `${size} B`;
  const units = ["kB", "MB", "GB", "TB"];
  const power = Math.min(units.length, Math.floor(Math.log10(size) / 3));
  return `${(size / 1000 ** power).toPrecision(3)} ${units[power - 1]}`;
}
