// The page of one trace that needs no server: its data is in the page.

import { traceView } from "./trace_view.js";
import { moveBy, onKeys } from "./keys.js";

const main = document.querySelector("main");
const trace = JSON.parse(document.getElementById("data").textContent);
document.querySelector("h1").textContent = document.title = trace.info.name;
main.append(traceView(trace));
onKeys({
  j: () => moveBy(main, ".span", 1).click(),
  k: () => moveBy(main, ".span", -1).click(),
});
