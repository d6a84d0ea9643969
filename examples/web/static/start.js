"use strict";

// A second click would ask the user's phone a second time.
(() => {
  const form = document.getElementById("start");
  let sent = false;

  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
    form.querySelector("button").setAttribute("aria-busy", "true");
  });

  // Who comes back to this page finds it as it was.
  addEventListener("pageshow", () => {
    sent = false;
    form.querySelector("button").removeAttribute("aria-busy");
  });
})();
