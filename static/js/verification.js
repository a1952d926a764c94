/* The QR code of a certificate carries its code behind « # », which no server is told. */
(function () {
  "use strict";

  const field = document.getElementById("id_code");
  if (location.hash.length > 1) {
    field.value = location.hash.slice(1);
    history.replaceState(null, "", location.pathname);
  }
})();
