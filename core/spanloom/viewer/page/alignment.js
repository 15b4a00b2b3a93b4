// Which span of one trace stands beside which span of another.

import { byParent, outline } from "./shared/forest.js";

const LIKENESS = [(span) => JSON.stringify([span.name, span.span_type]), (span) => span.span_type];

/**
 * Pairs the spans of two traces, from the roots down: below one parent the first of a name with the first of that name,
 * the second with the second, then what is left of a type (a model that goes by another name) in the same manner.
 *
 * Each pair has `first` and `second`, one of them null where the other has no counterpart. They are returned as the rows
 * of an outline.
 */
export function align(firstSpans, secondSpans) {
  const [firsts, seconds] = [firstSpans, secondSpans].map(byParent);
  const below = (first, second) => pairs(firsts.get(first) ?? [], seconds.get(second) ?? []);
  return outline(below(null, null), (pair) => below(pair.first?.span_id, pair.second?.span_id));
}

function pairs(firsts, seconds) {
  const partners = new Map();
  let free = seconds;
  for (const likeness of LIKENESS) {
    const waiting = Map.groupBy(free, likeness);
    for (const span of firsts) {
      const partner = partners.has(span) ? null : waiting.get(likeness(span))?.shift();
      if (partner) partners.set(span, partner);
    }
    const taken = new Set(partners.values());
    free = seconds.filter((span) => !taken.has(span));
  }
  return inOrder(firsts, seconds, partners, new Set(free));
}

/** Keeps the order of the first trace; what only the second has keeps its place between its neighbours. */
function inOrder(firsts, seconds, partners, free) {
  const result = [];
  let next = 0;
  const catchUp = (end) => {
    for (; next < end; next++) if (free.has(seconds[next])) result.push({ first: null, second: seconds[next] });
  };
  for (const first of firsts) {
    const second = partners.get(first) ?? null;
    catchUp(second ? seconds.indexOf(second) : 0);
    result.push({ first, second });
  }
  catchUp(seconds.length);
  return result;
}
