/* The QR code of a certificate carries its code behind « # », which no server is told. */
(function () {
  "use strict";

  const field = document.getElementById("id_code");

  function fill() {
    if (location.hash.length < 2) return;
    field.value = location.hash.slice(1);
    field.removeAttribute("aria-invalid");
    for (const said of document.querySelectorAll("[data-answer], #id_code_error")) said.remove();
    history.replaceState(null, "", location.pathname);
  }

  // Another paper may be read in the same window: what was answered is of the one before.
  window.addEventListener("hashchange", fill);
  fill();
})();
