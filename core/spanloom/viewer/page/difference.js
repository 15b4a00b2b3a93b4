// How two texts differ, part by part.

import { element } from "./shared/elements.js";

const WORDS = /\s+|[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu;
const LINES = /[^\n]*\n|[^\n]+$/g;
const MOST_CELLS = 4_000_000; // of the table: beyond it, what lies between the common ends is told as replaced
const CONTEXT = 3; // equal lines that are shown around a difference

/** Draws how two texts differ, word by word. */
export function textDifference(first, second) {
  const parts = difference(first.match(WORDS) ?? [], second.match(WORDS) ?? []);
  return element("p", { className: "text difference" }, ...parts.map(([kind, tokens]) => part(kind, tokens.join(""))));
}

/** Draws how two texts of many lines differ; most of what is equal is left out. */
export function lineDifference(first, second) {
  const parts = difference(`${first}\n`.match(LINES), `${second}\n`.match(LINES));
  const drawn = parts.map(([kind, lines], index) =>
    part(kind, kind === "same" ? shortened(lines, index, parts.length) : lines.join("")),
  );
  return element("pre", { className: "difference" }, ...drawn);
}

function part(kind, text) {
  return kind === "same" ? text : element(kind === "gone" ? "del" : "ins", {}, text);
}

function shortened(lines, index, count) {
  const [before, after] = [index > 0 ? CONTEXT : 0, index < count - 1 ? CONTEXT : 0];
  const hidden = lines.length - before - after;
  if (hidden < 2) return lines.join("");
  return [...lines.slice(0, before), `  … ${hidden} equal lines\n`, ...lines.slice(lines.length - after)].join("");
}

/** Returns runs of tokens, each with its kind: `same`, `gone` (of the first alone) or `new` (of the second alone). */
function difference(first, second) {
  let [start, end] = [0, 0];
  const shorter = Math.min(first.length, second.length);
  while (start < shorter && first[start] === second[start]) start++;
  while (end < shorter - start && first.at(-1 - end) === second.at(-1 - end)) end++;
  const [left, right] = [first, second].map((tokens) => tokens.slice(start, tokens.length - end));
  const steps = [
    ...first.slice(0, start).map((token) => ["same", token]),
    ...changes(left, right),
    ...first.slice(first.length - end).map((token) => ["same", token]),
  ];
  const runs = [];
  for (const [kind, token] of steps) {
    if (runs.at(-1)?.[0] === kind) runs.at(-1)[1].push(token);
    else runs.push([kind, [token]]);
  }
  return runs;
}

/** Walks along the longest common subsequence. */
function changes(left, right) {
  const replaced = [...left.map((token) => ["gone", token]), ...right.map((token) => ["new", token])];
  const width = right.length + 1;
  if (!left.length || !right.length || (left.length + 1) * width > MOST_CELLS) return replaced;
  const common = new Uint16Array((left.length + 1) * width);
  for (let i = left.length - 1; i >= 0; i--)
    for (let j = right.length - 1; j >= 0; j--)
      common[i * width + j] =
        left[i] === right[j]
          ? common[(i + 1) * width + j + 1] + 1
          : Math.max(common[(i + 1) * width + j], common[i * width + j + 1]);
  const steps = [];
  let [i, j] = [0, 0];
  while (i < left.length && j < right.length) {
    if (left[i] === right[j]) {
      steps.push(["same", left[i++]]);
      j++;
    } else if (common[(i + 1) * width + j] >= common[i * width + j + 1]) steps.push(["gone", left[i++]]);
    else steps.push(["new", right[j++]]);
  }
  while (i < left.length) steps.push(["gone", left[i++]]);
  while (j < right.length) steps.push(["new", right[j++]]);
  return steps;
}
