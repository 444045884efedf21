// Says where the arena's socket is and how large the letters are, before the terminal is made of that.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const terminal = document.getElementById("terminal");
  const scheme = window.location.protocol === "https:" ? "wss:" : "ws:";
  terminal.dataset.sessionWebsocketUrl = `${scheme}//${window.location.host}/ws`;
  const size = Number(new URLSearchParams(window.location.search).get("size"));
  if (size >= 8 && size <= 48) terminal.dataset.fontSize = String(size);
  document.getElementById("again").addEventListener("click", () => window.location.reload());
  // Left to the browser, Ctrl+V pastes; the terminal would send it on as a key of its own.
  document.addEventListener(
    "keydown",
    (event) => {
      const pastes = (event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "v";
      if (pastes) event.stopImmediatePropagation();
    },
    { capture: true },
  );
  // The keys go to the terminal from the beginning, and back to it after a click beside it.
  const focus = () => document.querySelector(".xterm-helper-textarea")?.focus();
  new MutationObserver(() => {
    if (document.body.classList.contains("-first-byte")) focus();
    if (document.body.classList.contains("-closed")) document.getElementById("again").focus();
  }).observe(document.body, { attributes: true, attributeFilter: ["class"] });
});
