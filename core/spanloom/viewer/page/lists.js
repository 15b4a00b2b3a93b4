// The lists of this tab, as they were left: what leads back to one leads to the same search.

/** Keeps the query of this list, for the pages that it leads to. */
export function keepQuery(query) {
  sessionStorage.setItem(location.pathname, query);
}

/** Goes back to the list with this path. */
export function backTo(path) {
  location.assign(path + (sessionStorage.getItem(path) ?? ""));
}
