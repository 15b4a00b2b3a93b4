/** Binds keys to actions; keys that are typed into a field, or held with others, are left alone. */
export function onKeys(actions) {
  document.addEventListener("keydown", (event) => {
    const typed = event.target.closest("input:not([type=checkbox]), textarea, select");
    if (typed || event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(actions, event.key)) return;
    event.preventDefault();
    actions[event.key]();
  });
}

/** Moves the focus among the elements that fit the selector; returns the one that has it then. */
export function moveBy(place, selector, step) {
  const all = [...place.querySelectorAll(selector)];
  const current = all.findIndex((each) => each === document.activeElement);
  const start = current >= 0 ? current : all.findIndex((each) => each.ariaCurrent === "true");
  const next = all[Math.min(all.length - 1, Math.max(0, start + step))];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
  return next ?? document.body;
}

/** Lets Esc leave a search box; browsers would empty it, and what it found would stay. */
export function leaveOnEscape(search) {
  search.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    search.blur();
  });
}
