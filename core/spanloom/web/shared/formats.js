/** Writes milliseconds with the precision that matters, and no digit that isn't known: whole ones stay whole. */
export function duration(milliseconds) {
  if (milliseconds === 0) return "<1 ms";
  if (milliseconds > 0 && milliseconds < 0.05) return "<0.1 ms";
  if (Number.isInteger(milliseconds) && milliseconds < 1000) return `${milliseconds} ms`;
  if (milliseconds < 10) return `${milliseconds.toFixed(1)} ms`;
  if (milliseconds < 1000) return `${milliseconds.toFixed(0)} ms`;
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(2)} s`;
  return `${Math.floor(milliseconds / 60_000)} min ${Math.floor((milliseconds % 60_000) / 1000)} s`;
}

/** Writes token usage: input → output; null where nobody reported any. */
export function tokens(usage) {
  if (usage?.input_tokens == null || usage.output_tokens == null)
    return usage?.total_tokens?.toLocaleString("en") ?? null;
  return `${usage.input_tokens.toLocaleString("en")} → ${usage.output_tokens.toLocaleString("en")}`;
}

/** Writes US dollars; null where no price is known. */
export function dollars(cost) {
  const amount = Number.parseFloat(cost); // other tools may have written a text
  if (!Number.isFinite(amount)) return null;
  return amount >= 1 ? `$${amount.toFixed(2)}` : `$${amount.toPrecision(3)}`;
}

/** Writes a large number in a few letters. */
export function compact(number) {
  return number.toLocaleString("en", { notation: "compact", maximumFractionDigits: 2 });
}

/** Writes how long ago a point in time was. */
export function ago(unixMilliseconds) {
  const seconds = (Date.now() - unixMilliseconds) / 1000;
  for (const [size, unit] of [
    [86_400, "d"],
    [3600, "h"],
    [60, "min"],
  ])
    if (seconds >= size) return `${Math.floor(seconds / size)} ${unit} ago`;
  return "just now";
}

/** Writes a point in time in full, in the local time zone. */
export function moment(unixMilliseconds) {
  return new Date(unixMilliseconds).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "medium" });
}

/** Writes the state of a trace. */
export function stateWord(state) {
  return state.replaceAll("_", " ").toLowerCase();
}
