/* A list one can search without sending the name anywhere: <input type="search" data-find="ID of the list">. */
(function () {
  "use strict";

  function filter(field) {
    const isSought = window.certif.seeks(field.value);
    const rows = [...document.getElementById(field.dataset.find).children];
    for (const row of rows) {
      row.hidden = !isSought(row.querySelector("[data-name]").textContent);
    }
    const shown = rows.filter((row) => !row.hidden).length;
    document.getElementById(field.dataset.found).textContent = field.value.trim() ? shown + " sur " + rows.length : "";
  }

  document.addEventListener("input", (event) => { if (event.target.dataset.find) filter(event.target); });
  /* The browser gives back what was typed before a reload. */
  for (const field of document.querySelectorAll("[data-find]")) if (field.value) filter(field);
})();
