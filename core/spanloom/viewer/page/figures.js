/** Writes a metric for people; what is no number there (NaN, Infinity) comes as a text. */
export function figure(value) {
  if (typeof value !== "number") return value ?? "–";
  const size = Math.abs(value);
  if (value !== 0 && (size < 1e-4 || size >= 1e9)) return value.toExponential(3);
  return value.toLocaleString("en", Number.isInteger(value) ? {} : { maximumSignificantDigits: size < 1000 ? 4 : 7 });
}

/** Writes how far a number is from another, with its sign. */
export function signed(value) {
  if (typeof value !== "number") return value;
  return `${value > 0 ? "+" : value < 0 ? "−" : "±"}${figure(Math.abs(value))}`;
}
