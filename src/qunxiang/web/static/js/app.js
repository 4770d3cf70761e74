// Entry of the app's scripts: what the page needs is wired now and again after every htmx swap.
import { drawCharts } from "./charts.js";
import "./dialogs.js";
import "./tables.js";

drawCharts(document);
for (const name of ["htmx:after:swap", "htmx:after:settle"]) {
  document.addEventListener(name, () => drawCharts(document));
}

// A link to something folded away opens it first.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-opens]");
  const folded = link && document.getElementById(link.dataset.opens);
  if (folded) folded.open = true;
});

// The names of chosen files, in the page's own words.
document.addEventListener("change", (event) => {
  const { files, dataset } = event.target;
  const names = event.target.parentElement?.querySelector(".file-names");
  if (!dataset?.fileNames || !names) return;
  if (files.length === 0) return;
  names.textContent = files.length === 1 ? files[0].name : dataset.fileNames.replace("{n}", String(files.length));
});
