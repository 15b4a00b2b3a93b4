/** Writes the value of a feedback for people. */
export function valueText(value) {
  if (typeof value === "boolean") return value ? "✓ yes" : "✗ no";
  return typeof value === "string" ? value : value == null ? "" : JSON.stringify(value);
}
