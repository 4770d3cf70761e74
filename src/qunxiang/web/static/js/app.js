// Entry of the app's scripts: what the page needs is wired now and again after every htmx swap.
import { drawCharts } from "./charts.js";
import "./dialogs.js";
import "./tables.js";

drawCharts(document);
for (const name of ["htmx:after:swap", "htmx:after:settle"]) {
  document.addEventListener(name, () => drawCharts(document));
}
