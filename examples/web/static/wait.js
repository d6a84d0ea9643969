"use strict";

// Asks how far the user is, and finishes when there is something to finish.
// Without it the page's own button does the same.
(() => {
  const form = document.getElementById("finish");
  const notice = document.getElementById("notice");
  const left = document.getElementById("left");
  const first = 1000;
  const longest = 5000; // milliseconds between two questions
  let pause = first;
  let next;

  function say(text) {
    notice.textContent = text || "";
    notice.hidden = !text;
  }

  async function ask() {
    try {
      const answer = await fetch(form.dataset.status, { cache: "no-store" });
      if (answer.status === 401) {
        say(form.dataset.over);
        return;
      }
      const progress = await answer.json();
      if (progress.ended) {
        form.submit();
        return;
      }
      say(progress.notice);
    } catch {
      // No connection, as on a phone that has just changed apps: it comes back.
    }
    next = setTimeout(ask, pause);
    pause = Math.min(pause * 1.2, longest);
  }

  // Who comes back from KakaoTalk does not wait for the next question.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden || next === undefined) return;
    clearTimeout(next);
    next = undefined;
    pause = first;
    ask();
  });

  function tick() {
    const seconds = Math.max(0, Math.round((Number(left.dataset.until) - Date.now()) / 1000));
    left.textContent = Math.floor(seconds / 60) + ":" + String(seconds % 60).padStart(2, "0");
  }

  tick();
  setInterval(tick, 1000);
  ask();
})();
