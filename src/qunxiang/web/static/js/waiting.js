// A page that waits for a job goes on by itself when the job is done; without scripts the link stays.
function goOn() {
  const done = document.querySelector("[data-then]");
  if (done) window.location.assign(done.dataset.then);
}

goOn();
new MutationObserver(goOn).observe(document.getElementById("waiting").parentElement, { childList: true, subtree: true });
