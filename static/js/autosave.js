// Keeps what is typed into <form data-autosave>: sends it to the form's own address a moment after the last key, and again until
// it has arrived. What could not be sent yet is kept in this tab, so that a reload does not lose it. Without this file the button
// saves, as always.
"use strict";

(function () {
  const PAUSE = 1200;
  const TRY_AGAIN = 8000;

  function start(form) {
    const says = form.querySelector("[data-autosave-says]");
    const key = "typed " + location.pathname;
    let timer = 0;
    let isSending = false;
    let hasMore = false;
    let isLeaving = false;

    function fields() {
      return Array.from(form.elements).filter((field) => field.matches("textarea, input:not([type=hidden]):not([type=radio])"));
    }

    function remember() {
      try {
        sessionStorage.setItem(key, JSON.stringify(fields().map((field) => [field.name, field.value])));
      } catch (error) {
        // No storage, or none left: then the page itself holds what was typed.
      }
    }

    function forget() {
      try {
        sessionStorage.removeItem(key);
      } catch (error) {
        // As above.
      }
    }

    function bring_back() {
      let kept = null;
      try {
        kept = JSON.parse(sessionStorage.getItem(key) || "null");
      } catch (error) {
        return false;
      }
      if (!Array.isArray(kept)) {
        return false;
      }
      const byName = new Map(kept);
      fields().forEach((field) => {
        if (byName.has(field.name)) {
          field.value = byName.get(field.name);
        }
      });
      return true;
    }

    function say(word) {
      if (says) {
        says.textContent = word;
      }
    }

    function later(pause) {
      clearTimeout(timer);
      timer = setTimeout(send, pause);
    }

    async function send() {
      if (isLeaving) {
        return;
      }
      if (isSending) {
        hasMore = true;
        return;
      }
      isSending = true;
      hasMore = false;
      const data = new FormData(form);
      data.set("autosave", "1");
      let isSaved = false;
      let isRefused = false;
      try {
        // A redirect leads to signing in again: then nothing was saved.
        const answer = await fetch(form.action, { method: "POST", body: data, credentials: "same-origin", redirect: "manual" });
        isSaved = answer.status === 204;
        isRefused = answer.status === 422;
      } catch (error) {
        isSaved = false;
      }
      isSending = false;
      if (hasMore) {
        later(0);
      } else if (isRefused) {
        say(says ? says.dataset.refused : "");
      } else if (isSaved) {
        forget();
        say(says ? says.dataset.saved : "");
      } else {
        say(says ? says.dataset.waiting : "");
        later(TRY_AGAIN);
      }
    }

    function typed() {
      remember();
      say("");
      hasMore = isSending;
      later(PAUSE);
    }

    if (bring_back()) {
      later(0);
    }
    form.addEventListener("input", typed);
    form.addEventListener("submit", () => {
      isLeaving = true;
      clearTimeout(timer);
    });
    // Back from a page that could not be loaded: what was typed is sent after all.
    window.addEventListener("pageshow", () => {
      isLeaving = false;
    });
    window.addEventListener("online", () => {
      if (sessionStorage.getItem(key)) {
        later(0);
      }
    });
  }

  document.querySelectorAll("form[data-autosave]").forEach(start);
})();
