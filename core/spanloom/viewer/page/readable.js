import { EDGE, INNER, svg, WIDTH } from "./drawing.js";
import { element } from "./shared/elements.js";

/**
 * Puts a drawing into a figure that tells the values of the spot pointed at, or reached with the arrow keys.
 *
 * `spots` are the places on the x axis, each with its `x` in the drawing and its `head` in words; each of `lines` has a
 * `name` and a value for each spot, null where there is none.
 */
export function readable({ title, spots, lines, write, drawing, cursorWidth }) {
  const cursor = svg("rect", {
    y: EDGE.top,
    width: cursorWidth,
    height: INNER.height,
    class: "cursor",
    visibility: "hidden",
  });
  const tip = element("output", { className: "tip", hidden: true });
  const named = lines.filter(({ name }) => name !== title);
  const legend = element("span", { className: "legend" }, ...named.map((line) => key(line, line.name)));
  const label = `${title}: arrow keys read it`;
  const place = element("div", { className: "plot", tabIndex: 0, role: "group", ariaLabel: label }, drawing, tip);
  let current = null;
  drawing.prepend(cursor);

  function show(index) {
    current = index;
    cursor.setAttribute("visibility", index === null ? "hidden" : "visible");
    tip.hidden = index === null;
    if (index === null) return;
    const { x, head } = spots[index];
    cursor.setAttribute("x", x - cursorWidth / 2);
    const told = lines.map((line) => {
      const value = line.values[index];
      return key(line, `${line.name} ${value == null ? "–" : write(value)}`);
    });
    tip.replaceChildren(element("time", {}, head), ...told);
    const share = x / WIDTH;
    tip.style.left = share < 0.5 ? `${100 * share + 3}%` : "auto";
    tip.style.right = share < 0.5 ? "auto" : `${100 * (1 - share) + 3}%`;
  }

  place.onpointermove = (event) => {
    const box = drawing.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * WIDTH;
    show(x >= EDGE.left && x <= WIDTH - EDGE.right ? nearest(spots, x) : null);
  };
  place.onpointerleave = place.onblur = () => show(null);
  place.onkeydown = (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const last = spots.length - 1;
    if (current === null) show(step > 0 ? 0 : last);
    else show(Math.min(last, Math.max(0, current + step)));
  };
  return element("figure", {}, element("figcaption", {}, element("b", {}, title), legend), place);
}

function nearest(spots, x) {
  const after = spots.findIndex((spot) => spot.x >= x);
  if (after <= 0) return after < 0 ? spots.length - 1 : 0;
  return x - spots[after - 1].x < spots[after].x - x ? after - 1 : after;
}

/** Makes the entry of a line: its colour, and a text. */
function key({ name, shade }, text) {
  const made = element("span", { className: "key" }, element("i"), text);
  made.dataset.line = name;
  if (shade != null) made.dataset.shade = shade;
  return made;
}
