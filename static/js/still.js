/* The list under a finger. What stands above it (the group on top, a banner) grows and shrinks with an update: whoever has
   scrolled into the list keeps it where it was, and #asked tells him that the group is above; else nothing can be pressed
   until the move has been seen. */
(function () {
  "use strict";

  const board = document.getElementById("board");
  const asked = document.getElementById("asked");
  if (!board || !asked) return;

  const SEEN_AFTER = 700;
  const SMALL = 8; // pixels
  const byId = (id) => document.getElementById(id);
  const header = document.querySelector(".board-sticky");
  const headerEnd = () => Math.max(0, header.getBoundingClientRect().bottom);
  const place = () => byId("rows").getBoundingClientRect().top;

  let listAt = place() + scrollY; // below the head of the page
  let timer;

  function follow() {
    const moved = place() + scrollY - listAt;
    listAt += moved;
    if (Math.abs(moved) >= SMALL) settle(moved);
    tellAsked();
  }

  function settle(moved) {
    const before = scrollY;
    const isInList = place() - moved < headerEnd();
    if (isInList) scrollBy({ top: moved, behavior: "instant" });
    if (Math.abs(moved - (scrollY - before)) >= SMALL) hold();
  }

  function hold() {
    clearTimeout(timer);
    board.classList.add("is-moved");
    timer = setTimeout(() => board.classList.remove("is-moved"), SEEN_AFTER);
  }

  function tellAsked() {
    const group = byId("asks");
    const count = group.querySelectorAll(".ask").length;
    const text = count === 1 ? "1 demande" : count + " demandes";
    asked.hidden = !count || group.getBoundingClientRect().bottom > headerEnd();
    if (asked.textContent !== text) asked.textContent = text;
  }

  // Told after the layout and before it is painted.
  const sizes = new ResizeObserver(follow);
  for (const element of [header, byId("stay-home"), board]) if (element) sizes.observe(element);
  addEventListener("scroll", tellAsked, { passive: true });
  addEventListener("resize", () => {
    listAt = place() + scrollY;
    tellAsked();
  });
})();
