// Elements are made of text alone: nothing that an agent says is ever read as HTML.

/** Makes an element with these properties and children; children that are null are left out. */
export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children.filter((child) => child != null));
  return made;
}

/** Makes a disclosure: a title to click on, in one or more parts, and what it then shows. */
export function folded(title, content, properties = {}) {
  const parts = [title].flat().flatMap((part) => (part ? [part, " "] : []));
  return element("details", properties, element("summary", {}, ...parts), content);
}

/** Writes a JSON value, or text that may be JSON, for people to read. */
export function pretty(value) {
  if (typeof value !== "string") return JSON.stringify(value, null, 2);
  try {
    const parsed = JSON.parse(value);
    return typeof parsed === "object" ? JSON.stringify(parsed, null, 2) : value;
  } catch {
    return value;
  }
}
