// The traces that were picked to be compared: two at most, the third replaces the first.

const button = document.getElementById("compare");
let picked = [];

export function isPicked(traceId) {
  return picked.includes(traceId);
}

export function pick(traceId, isWanted) {
  picked = [...picked.filter((each) => each !== traceId), ...(isWanted ? [traceId] : [])].slice(-2);
  for (const row of document.querySelectorAll("#traces [data-id]"))
    row.querySelector("input").checked = isPicked(row.dataset.id);
  button.hidden = picked.length === 0;
  button.disabled = picked.length < 2;
  button.textContent = button.disabled ? "Pick one more to compare" : "Compare the two";
  button.classList.toggle("primary", !button.disabled);
}

/** Opens the comparison, if there are two. */
export function compare() {
  if (picked.length === 2) location.assign(`/compare/${picked.map(encodeURIComponent).join("/")}`);
}

button.onclick = compare;
