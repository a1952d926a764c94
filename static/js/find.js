/* A list one can search without sending the name anywhere: <input type="search" data-find="ID of the list">. */
(function () {
  "use strict";

  /* As the names are compared by the server (certif/lib/text.py), for the letters of our alphabet. */
  const LETTERS = { œ: "oe", æ: "ae", ß: "ss", ø: "o", ł: "l", đ: "d" };
  const fold = (text) => text.toLowerCase().normalize("NFKD").replace(/[^\p{L}\p{N}]/gu, "").replace(/[œæßøłđ]/g, (letter) => LETTERS[letter]);

  function filter(field) {
    const words = field.value.split(/\s+/).map(fold).filter(Boolean);
    const rows = [...document.getElementById(field.dataset.find).children];
    for (const row of rows) {
      const name = fold(row.querySelector("[data-name]").textContent);
      row.hidden = !words.every((word) => name.includes(word));
    }
    const shown = rows.filter((row) => !row.hidden).length;
    document.getElementById(field.dataset.found).textContent = words.length ? shown + " sur " + rows.length : "";
  }

  document.addEventListener("input", (event) => { if (event.target.dataset.find) filter(event.target); });
  /* The browser gives back what was typed before a reload. */
  for (const field of document.querySelectorAll("[data-find]")) if (field.value) filter(field);
})();
