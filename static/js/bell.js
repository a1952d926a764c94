/* A discreet sound when somebody new asks for an answer. #sound turns it off, on this tablet.
   #asks: data-key holds, of each who asks, the numbers of his request and of his problem (board.py). */
(function () {
  "use strict";

  if (!document.getElementById("asks") || !window.AudioContext) return;

  const KEPT = "certif.sound";
  const NOTES = [660, 880];
  const SAY = {
    mute: "Couper le son des demandes",
    unmute: "Remettre le son des demandes",
    muted: "Le son des demandes est coupé.",
    unmuted: "Le son des demandes est remis.",
  };
  const byId = (id) => document.getElementById(id);
  let audio = null;
  let isOff = false;
  try { isOff = localStorage.getItem(KEPT) === "off"; } catch (error) { /* this page alone remembers */ }

  /* A browser plays nothing before the page was touched. */
  function wake() {
    if (!audio) audio = new AudioContext();
    if (audio.state === "suspended") audio.resume();
  }
  for (const name of ["pointerdown", "keydown"]) document.addEventListener(name, wake);
  wake(); // The touch that led to this page may be enough.

  function ring() {
    // What a browser holds back would all sound together at the first touch.
    if (isOff || audio.state !== "running") return;
    NOTES.forEach((pitch, rank) => play(pitch, audio.currentTime + rank * 0.16));
  }

  function play(pitch, at) {
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.001, at);
    volume.gain.exponentialRampToValueAtTime(0.12, at + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.001, at + 0.3);
    tone.connect(volume).connect(audio.destination);
    tone.start(at);
    tone.stop(at + 0.3);
  }

  /* Who asks */
  function asked() {
    const each = (byId("asks").dataset.key || "").split("-").filter(Boolean);
    return each.flatMap((key) => key.split(".").map((number, kind) => number && kind + ":" + number)).filter(Boolean);
  }

  let known = new Set(asked());

  function follow() {
    const now = asked();
    if (now.some((one) => !known.has(one))) ring();
    known = new Set(now);
    label();
  }

  /* Turned off and on */
  function label() {
    const button = byId("sound");
    const text = isOff ? SAY.unmute : SAY.mute;
    if (button && button.textContent !== text) button.textContent = text;
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("#sound");
    if (!button) return;
    isOff = !isOff;
    try { localStorage.setItem(KEPT, isOff ? "off" : "on"); } catch (error) { /* this page alone remembers */ }
    label();
    ring();
    const menu = button.closest("details");
    menu.open = false;
    menu.querySelector("summary").focus();
    window.certif.say("status", isOff ? SAY.muted : SAY.unmuted);
  });

  for (const name of ["htmx:oobAfterSwap", "htmx:afterSettle"]) document.addEventListener(name, follow);
  label();
})();
