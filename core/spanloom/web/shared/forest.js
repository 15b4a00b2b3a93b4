// Which spans stand below which. Nothing here is recursive: a trace may be deeper than the stack.

import { element } from "./elements.js";

/** Groups spans by the id of their parent, the roots by null; where parents form a circle, one of it is a root. */
export function byParent(spans) {
  const known = new Map(spans.map((span) => [span.span_id, span]));
  const settled = new Set();
  const cut = new Set();
  for (const span of spans) {
    const path = new Set();
    let at = span;
    while (at && !settled.has(at) && !path.has(at)) {
      path.add(at);
      at = known.get(at.parent_id);
    }
    if (path.has(at)) cut.add(at);
    path.forEach((each) => settled.add(each));
  }
  return Map.groupBy(spans, (span) => (known.has(span.parent_id) && !cut.has(span) ? span.parent_id : null));
}

/** Lists `{ node, depth }` of a forest, each node before those that `below` gives for it. */
export function outline(roots, below) {
  const rows = [];
  const waiting = roots.map((node) => ({ node, depth: 0 })).reverse();
  while (waiting.length) {
    const row = waiting.pop();
    rows.push(row);
    for (const node of below(row.node).toReversed()) waiting.push({ node, depth: row.depth + 1 });
  }
  return rows;
}

/** Draws the rows of an outline, indented so that the deepest has room for its name. */
export function indented(rows, draw) {
  const list = element("ul", {}, ...rows.map((row) => item(row.depth, draw(row.node))));
  list.style.setProperty("--levels", Math.max(1, rows.reduce((most, { depth }) => Math.max(most, depth), 0)));
  return list;
}

function item(depth, content) {
  const made = element("li", {}, content);
  made.style.setProperty("--depth", depth);
  made.setAttribute("aria-level", depth + 1);
  return made;
}
