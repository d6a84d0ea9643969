"use strict";

(() => {
  const page = document.documentElement;
  const reveal = document.getElementById("reveal");
  const live = document.getElementById("live");
  const parts = document.querySelectorAll("[data-part]");
  const screen = document.getElementById("screen");
  const toast = document.getElementById("toast");
  const drawn = new Map(); // of a part: the source it was drawn from
  const shown = new WeakMap(); // of an element: the source it was drawn from
  let ahead = 0; // of the service's clock, in milliseconds

  const query = () => "?lang=" + page.lang + (reveal.checked ? "&reveal=1" : "");

  // patch replaces only what has changed, so that a reader's scroll position
  // and an open list stay as they are.
  function patch(into, source) {
    const next = document.createElement("template");
    next.innerHTML = source;
    const old = new Map([...into.children].map((e) => [e.dataset.key, e]));
    const focused = into.contains(document.activeElement) && document.activeElement.id;
    let at = into.firstElementChild;
    for (const fresh of [...next.content.children]) {
      const kept = old.get(fresh.dataset.key);
      const same = kept && shown.get(kept) === fresh.outerHTML;
      const node = same ? kept : fresh;
      if (!same) shown.set(fresh, fresh.outerHTML);
      if (node === at) at = at.nextElementSibling;
      else into.insertBefore(node, at);
    }
    while (at) {
      const gone = at;
      at = at.nextElementSibling;
      gone.remove();
    }
    if (focused && document.activeElement === document.body) {
      (document.getElementById(focused) || into.querySelector("button.sign") || screen).focus(); // the keyboard goes on
    }
  }

  async function draw(into) {
    const answer = await fetch("/_sim/phone/" + into.dataset.part + query());
    if (!answer.ok) return;
    ahead = Date.parse(answer.headers.get("X-Sim-Now")) - Date.now();
    const source = await answer.text();
    if (drawn.get(into) !== source) patch(into, source);
    drawn.set(into, source);
    tick();
  }

  let drawing = false;
  let again = false;
  async function drawAll() {
    if (drawing) {
      again = true;
      return;
    }
    drawing = true;
    try {
      await Promise.all([...parts].map(draw));
    } catch {
      live.classList.remove("on"); // the next event or tick tries again
    }
    drawing = false;
    if (again) {
      again = false;
      drawAll();
    }
  }

  function tick() {
    const now = new Date(Date.now() + ahead);
    const date = document.getElementById("date");
    const text = now.toLocaleString("sv-SE", { timeZone: "Asia/Seoul" }); // 2026-11-23 12:00:00
    document.getElementById("clock").textContent = text.slice(11, 16);
    if (date) date.textContent = text + " KST";
    for (const left of document.querySelectorAll("[data-until]")) {
      const seconds = Math.max(0, Math.round((Date.parse(left.dataset.until) - now) / 1000));
      left.textContent = Math.floor(seconds / 60) + ":" + String(seconds % 60).padStart(2, "0");
    }
  }

  let hiding = 0;
  function say(text, forGood) {
    clearTimeout(hiding);
    toast.textContent = text;
    toast.hidden = false;
    if (!forGood) hiding = setTimeout(() => { toast.hidden = true; }, 6000);
  }

  async function send(what, body) {
    const [method, path] = what.split(" ");
    try {
      const answer = await fetch(path, { method, body, headers: body ? { "Content-Type": "application/json" } : {} });
      if (answer.status === 409) say(toast.dataset.answered);
      else if (!answer.ok) say(toast.dataset.refused + ": " + (await answer.json()).error);
    } catch {
      say(toast.dataset.offline);
    }
    drawAll();
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-send]");
    if (!button || button.ariaDisabled === "true") return;
    button.ariaDisabled = "true"; // unlike disabled it leaves the focus where it is
    send(button.dataset.send, button.dataset.body).finally(() => { button.ariaDisabled = "false"; });
  });

  document.addEventListener("change", (event) => {
    const field = event.target;
    if (field === reveal) drawAll();
    else if (field.dataset.send) send(field.dataset.send, JSON.stringify({ [field.dataset.field]: field.value }));
  });

  document.addEventListener("submit", (event) => {
    event.preventDefault();
    const form = new FormData(event.target);
    const fault = { step: form.get("step"), kind: form.get("kind"), times: Number(form.get("times")) };
    if (fault.kind === "slow") fault.delay = "3s";
    if (fault.kind === "trickle") fault.delay = "50ms";
    if (fault.kind === "too_many_requests" || fault.kind === "unavailable") fault.retry_after = "2s";
    if (event.target.elements.kind.selectedOptions[0].closest("[data-own-step]")) fault.step = ""; // the service knows it
    send("POST /_sim/faults", JSON.stringify(fault));
  });

  const events = new EventSource("/_sim/events");
  events.onopen = () => {
    live.classList.add("on");
    if (toast.textContent === toast.dataset.offline) toast.hidden = true;
    drawAll();
  };
  events.onerror = () => {
    live.classList.remove("on");
    say(toast.dataset.offline, true);
  };
  events.onmessage = drawAll;
  setInterval(tick, 1000);
  setInterval(() => { if (!document.hidden) drawAll(); }, 2000); // users who act by themselves make no event
  drawAll();
})();
