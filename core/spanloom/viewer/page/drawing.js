// What all charts are drawn with: SVG of one size.

const SVG = "http://www.w3.org/2000/svg";

export const [WIDTH, HEIGHT] = [560, 190];
export const EDGE = { left: 58, right: 10, top: 10, bottom: 24 };
export const INNER = { width: WIDTH - EDGE.left - EDGE.right, height: HEIGHT - EDGE.top - EDGE.bottom };

export function svg(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

/** Draws a line across the chart, and what it stands for. */
export function gridLine(y, text) {
  const label = svg("text", { x: EDGE.left - 8, y: y + 4, class: "axis end" });
  label.textContent = text;
  return [svg("line", { x1: EDGE.left, x2: WIDTH - EDGE.right, y1: y, y2: y, class: "grid" }), label];
}
