/* The list under a finger. An update makes what stands above it, or one of its rows, grow or shrink: whoever has scrolled into
   the list keeps the row that he has on top, and #asked tells him that the group is above; whatever else has moved cannot be
   pressed until that has been seen. What follows from a chip or a search is one's own; a page that opens is laid out first. */
(function () {
  "use strict";

  const board = document.getElementById("board");
  const asked = document.getElementById("asked");
  if (!board || !asked) return;

  const SEEN_AFTER = 700;
  const OWN_FOR = 500;
  const SMALL = 8; // pixels
  const byId = (id) => document.getElementById(id);
  const header = document.querySelector(".board-sticky");
  const title = document.querySelector(".board-title");
  // On a screen that is not high, the line of the title sticks alone.
  const headerEnd = () => Math.max(0, ...[header, title].map((part) => part.getBoundingClientRect().bottom));

  let shown = new Map(); // of each row in sight, where it stands in the window
  let isInList = false;
  let isLaidOut = false;
  let ownAt = 0;
  let timer;

  function note() {
    const end = headerEnd();
    isInList = byId("rows").getBoundingClientRect().top < end;
    shown = new Map();
    for (const row of board.querySelectorAll(".row")) {
      const { top, bottom } = row.getBoundingClientRect();
      if (bottom > end && top < innerHeight && bottom > top) shown.set(row.id, top);
    }
    tellAsked(end);
  }

  /* Of the rows still there, in their order, by how much each has moved. */
  function moves() {
    const found = [];
    for (const [id, top] of shown) {
      const row = byId(id);
      if (row && row.getClientRects().length) found.push(row.getBoundingClientRect().top - top);
    }
    return found;
  }

  function follow() {
    if (isLaidOut && Date.now() - ownAt > OWN_FOR) {
      const [first] = moves();
      if (isInList && Math.abs(first) >= 1) scrollBy({ top: first, behavior: "instant" });
      if (moves().some((by) => Math.abs(by) >= SMALL)) hold();
    }
    note();
  }

  function hold() {
    clearTimeout(timer);
    board.classList.add("is-moved");
    timer = setTimeout(() => board.classList.remove("is-moved"), SEEN_AFTER);
  }

  function tellAsked(end) {
    const group = byId("asks");
    const count = group.querySelectorAll(".ask").length;
    const text = count === 1 ? "1 demande" : count + " demandes";
    asked.hidden = !count || group.getBoundingClientRect().bottom > end;
    if (asked.textContent !== text) asked.textContent = text;
  }

  for (const name of ["click", "input"]) {
    document.addEventListener(name, (event) => { if (event.target.closest(".chips")) ownAt = Date.now(); }, true);
  }
  addEventListener("scroll", note, { passive: true });
  addEventListener("resize", note);
  note();
  addEventListener("load", () => document.fonts.ready.then(() => requestAnimationFrame(() => { note(); isLaidOut = true; })));
  // Told after the layout and before it is painted.
  const sizes = new ResizeObserver(follow);
  for (const element of [header, title, board]) sizes.observe(element);
})();
