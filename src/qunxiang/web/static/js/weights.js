// Weights: slider and number are twins; the ranking answers to them at once, nothing is stored until it is saved.
const form = document.getElementById("weights");
const ranking = document.getElementById("ranking");
const WAIT_MS = 250;
let timer;
let number = 0;

async function rank() {
  const mine = ++number;
  const query = new URLSearchParams();
  for (const slider of form.querySelectorAll('input[type="range"]')) query.set(slider.name, slider.value);
  const answer = await fetch(`${window.location.pathname}?${query}`, { headers: { "HX-Request": "true" } });
  const text = await answer.text();
  if (mine !== number) return;
  ranking.innerHTML = text; // our own server's page part, its texts escaped by the template
  document.dispatchEvent(new Event("htmx:after:swap"));
}

form.addEventListener("input", (event) => {
  const twin = document.getElementById(event.target.dataset.twin ?? "");
  if (!twin) return;
  twin.value = event.target.value;
  for (const total of form.querySelectorAll("[data-total]")) {
    const numbers = form.querySelectorAll(`[data-side="${total.dataset.total}"]`);
    total.value = String([...numbers].reduce((sum, one) => sum + Number(one.value), 0));
  }
  clearTimeout(timer);
  timer = setTimeout(rank, WAIT_MS);
});
