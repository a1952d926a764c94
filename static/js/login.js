/* The login that expires, or is renewed in another tab, under a page that still holds something. That page is not left:
   #login says what to do, and what waits goes on once the same account is back. A page with nothing to lose is reloaded.
   #login: data-account, whose page this is. « certif:leaving » asks the page (preventDefault: it holds something),
   « certif:login » says that the account is back, with its token. */
(function () {
  "use strict";

  const box = document.getElementById("login");
  if (!box) return;
  // The pages of the admin are without app.js, and most of them without #status.
  window.certif = window.certif || { say: (region, text) => { (document.getElementById(region) || {}).textContent = text; } };

  const SAY = {
    back: "Vous êtes de nouveau connecté.",
    lost: "Vous êtes de nouveau connecté. Votre dernière action n’a pas été enregistrée\u00a0: recommencez-la.",
  };
  const LONGEST_PAGE = 30000;
  let asking = null;
  let isLost = false; // What was sent was refused, and nothing sends it again.

  /* On a line that loses what is sent, no answer ever comes: it is a line that is cut. */
  function within(longest) {
    const asked = new AbortController();
    setTimeout(() => asked.abort(), longest);
    return asked.signal;
  }

  function renew() {
    asking = asking || ask().finally(() => { asking = null; });
    return asking;
  }

  async function ask() {
    let page;
    try {
      const answer = await fetch(location.pathname, { credentials: "same-origin", redirect: "manual", signal: within(LONGEST_PAGE) });
      if (answer.type === "opaqueredirect") return tell("expired");
      if (answer.status === 403 || answer.status === 404) return tell("other");
      if (!answer.ok) return undefined;
      page = new DOMParser().parseFromString(await answer.text(), "text/html");
    } catch (error) {
      return undefined; // Cut off: whatever asked will ask again.
    }
    const fresh = page.getElementById("login");
    if (!fresh) return location.reload(); // Another page stands here now.
    return fresh.dataset.account === box.dataset.account ? take(page) : tell("other");
  }

  function takeToken(token) {
    if (document.body.hasAttribute("hx-headers")) document.body.setAttribute("hx-headers", JSON.stringify({ "x-csrftoken": token }));
    for (const field of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) field.value = token;
  }

  /* The page asked again is the same, but for its token. */
  function take(page) {
    const token = page.querySelector("#stay [name=csrfmiddlewaretoken]").value;
    takeToken(token);
    if (isLost) window.certif.say("alert", SAY.lost);
    else if (!box.hidden) window.certif.say("status", SAY.back);
    isLost = false;
    box.hidden = true;
    for (const copy of document.querySelectorAll(".login-expired:not(#login)")) copy.remove();
    document.dispatchEvent(new CustomEvent("certif:login", { detail: { token } }));
  }

  function tell(what) {
    const holds = !document.dispatchEvent(new CustomEvent("certif:leaving", { cancelable: true }));
    if (!holds) return location.reload();
    for (const sentence of box.querySelectorAll("[data-when]")) sentence.hidden = sentence.dataset.when !== what;
    box.hidden = false;
    tellInDialog();
    return undefined;
  }

  // Whoever writes in a dialog sees nothing of what is behind it.
  function tellInDialog() {
    const dialog = document.querySelector("#dialog dialog[open]");
    if (!dialog || dialog.querySelector(".login-expired")) return;
    const copy = box.cloneNode(true);
    copy.removeAttribute("id");
    copy.setAttribute("role", "alert");
    dialog.prepend(copy);
  }

  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const { xhr, requestConfig, elt } = event.detail;
    if (!xhr.getResponseHeader("HX-Refresh")) return;
    event.preventDefault();
    isLost = isLost || (requestConfig.verb === "post" && !isSentAgain(elt.closest("form") || elt));
    renew();
  });

  /* By the script of its page: resend.js, outbox.js. */
  const isSentAgain = (form) => form.matches("[data-resend]") || Boolean(document.getElementById("outbox"));

  function comeBack() {
    if (!box.hidden && !document.hidden) renew();
  }
  document.addEventListener("certif:alive", comeBack);
  document.addEventListener("visibilitychange", comeBack);
  window.addEventListener("focus", comeBack);

  Object.assign(window.certif, { renewLogin: renew, isSentAgain, takeToken, within });
})();
