/* #notices lies over the foot of the page, so that nothing moves under a finger. Its height is what keeps the focus above it;
   the room it once took at the end of the page stays, since a page that shrinks moves under whoever reads its end. */
(function () {
  "use strict";

  const notices = document.getElementById("notices");
  const CONTROL = "a, button, input, select, summary, textarea";
  let room = 0;
  let byKeys = false;

  for (const name of ["keydown", "pointerdown"]) {
    document.addEventListener(name, () => { byKeys = name === "keydown"; }, true);
  }

  /* A keyboard aims at nothing: the control that has the focus comes out from under what is said. */
  function uncover() {
    const focused = document.activeElement;
    if (!byKeys || notices.contains(focused) || !focused.matches(CONTROL)) return;
    const under = focused.getBoundingClientRect().bottom - notices.getBoundingClientRect().top;
    if (under > 0) scrollBy({ top: under, behavior: "instant" });
  }

  new ResizeObserver(() => {
    const height = notices.offsetHeight;
    room = Math.max(room, height);
    document.documentElement.style.setProperty("--notices", height + "px");
    document.documentElement.style.setProperty("--notices-room", room + "px");
    uncover();
  }).observe(notices);
})();
