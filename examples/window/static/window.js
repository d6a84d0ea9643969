"use strict";

// The server makes the text to sign and keeps it for this browser; Kakao's SDK
// opens the window with it.
(() => {
  const button = document.getElementById("open");
  if (!button) return;
  const unopened = document.getElementById("unopened");

  button.addEventListener("click", async () => {
    button.disabled = true;
    unopened.hidden = true;
    try {
      const answer = await fetch(button.dataset.begin, { method: "POST" });
      if (!answer.ok) throw new Error("HTTP " + answer.status);
      const { key, options } = await answer.json();
      if (!Kakao.isInitialized()) Kakao.init(key);
      Kakao.Cert.identify(options);
    } catch (error) {
      console.error(error);
      unopened.hidden = false;
      button.disabled = false;
    }
  });

  // Who comes back to this page finds it as it was.
  addEventListener("pageshow", () => { button.disabled = false; });
})();
