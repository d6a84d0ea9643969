"use strict";

// Plays the part of Kakao's JavaScript SDK that opens the standard window. An
// institution's page loads it in place of Kakao's own.
(() => {
  const base = new URL(".", document.currentScript.src);
  let ready = false;

  window.Kakao = {
    init(key) { ready = typeof key === "string" && key !== ""; },
    isInitialized() { return ready; },
    Cert: {
      identify(options) {
        if (!ready) throw new Error("Kakao.init was not called with a JavaScript key");
        const address = new URL(base);
        const names = { redirectUri: "redirect_uri", settleId: "settle_id", signData: "sign_data", identifyItems: "identify_items", state: "state" };
        for (const [name, value] of Object.entries(options)) {
          if (!(name in names)) throw new Error("unknown option: " + name);
          address.searchParams.set(names[name], Array.isArray(value) ? value.join(",") : value);
        }
        location.assign(address);
      },
    },
  };
})();
