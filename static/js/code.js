/* The screen that gives the code asks how many wait for an answer, and says when it is cut off.
   #asks: data-poll, the address to ask. #demands shows the answer, #cut the cut. */
(function () {
  "use strict";

  const demands = document.getElementById("demands");
  const cut = document.getElementById("cut");
  if (!demands || !window.htmx) return;

  const CUT_AFTER = 15000;
  let lastAnswer = Date.now();
  let shownAt = 0;
  let failures = 0;
  let timer;

  function delay() {
    const wait = document.hidden ? 10000 : Math.min(2000 * 2 ** failures, 10000);
    return wait * (1 + Math.random() * 0.25);
  }

  function poll() {
    const { poll: address } = document.getElementById("asks").dataset;
    htmx.ajax("GET", address, { source: demands, swap: "none" }).catch(() => {});
  }

  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt !== demands) return;
    failures = event.detail.successful ? 0 : failures + 1;
    if (!failures) lastAnswer = Date.now();
    tell();
    clearTimeout(timer);
    timer = setTimeout(poll, delay());
  });

  function askAtOnce() {
    if (document.hidden) return;
    shownAt = Date.now();
    clearTimeout(timer);
    poll();
  }
  document.addEventListener("visibilitychange", askAtOnce);
  window.addEventListener("online", askAtOnce);

  // A tablet that wakes up is not cut off: it has four seconds to ask (board.js too).
  function tell() {
    const isCut = !navigator.onLine || (Date.now() - lastAnswer > CUT_AFTER && Date.now() - shownAt > 4000);
    if (cut.hidden === isCut) cut.hidden = !isCut;
  }

  setInterval(tell, 1000);
  timer = setTimeout(poll, delay());
})();
