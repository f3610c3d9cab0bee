// Keeps what is typed into a form. <form data-autosave> sends it to the form's own address a moment after the last key, and again
// until it has arrived; what could not be sent yet is kept in this tab, so that a reload does not lose it. <form data-keep> keeps
// it in this tab alone, until the form is sent. Without this file the button saves or sends, as always.
"use strict";

(function () {
  const PAUSE = 1200;
  const TRY_AGAIN = 8000;

  function start(form) {
    const says = form.querySelector("[data-autosave-says]");
    const isSaved = form.hasAttribute("data-autosave");
    // A draft has a page before it is saved and another one after.
    const key = `typed ${form.dataset.autosave || form.dataset.keep || location.pathname}`;
    let timer = 0;
    let isSending = false;
    let hasMore = false;
    let isLeaving = false;

    function fields() {
      return Array.from(form.elements).filter((field) => field.matches("textarea, select, input:not([type=hidden]):not([type=file])"));
    }

    function remember(isSent) {
      const typed = fields().map((field) => [field.name, field.value, Boolean(field.checked)]);
      try {
        sessionStorage.setItem(key, JSON.stringify({ isSent, typed }));
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

    function remembered() {
      try {
        return JSON.parse(sessionStorage.getItem(key) || "null");
      } catch (error) {
        return null;
      }
    }

    // Only where the page was left before the form arrived: the answer to a form that did has what it should.
    function is_wanted(kept) {
      if (!kept || !Array.isArray(kept.typed)) {
        return false;
      }
      const way = performance.getEntriesByType("navigation")[0];
      const isAnswer = kept.isSent && (!way || way.type === "navigate");
      return !isAnswer && !document.querySelector(".error-summary");
    }

    function bring_back() {
      const kept = remembered();
      if (!is_wanted(kept)) {
        forget();
        return false;
      }
      let isOther = false;
      kept.typed.forEach(([name, value, isChecked]) => {
        fields().filter((field) => field.name === name).forEach((field) => {
          const isTick = field.type === "checkbox" || field.type === "radio";
          if (isTick && field.value === value && field.checked !== isChecked) {
            field.checked = isChecked;
            isOther = true;
          } else if (!isTick && field.value !== value) {
            field.value = value;
            isOther = true;
          }
        });
      });
      return isOther;
    }

    function say(word) {
      if (says) {
        says.textContent = word || "";
      }
    }

    function later(pause) {
      clearTimeout(timer);
      timer = setTimeout(send, pause);
    }

    async function send() {
      if (isLeaving || !isSaved) {
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
      let status = 0;
      try {
        // A redirect leads to signing in again: then nothing was saved.
        const answer = await fetch(form.action, { method: "POST", body: data, credentials: "same-origin", redirect: "manual" });
        status = answer.status;
      } catch (error) {
        status = 0;
      }
      isSending = false;
      if (hasMore) {
        later(0);
      } else if (status === 422) {
        say(says ? says.dataset.refused : "");
      } else if (status === 204) {
        forget();
        say(says ? says.dataset.saved : "");
      } else {
        say(says ? says.dataset.waiting : "");
        later(TRY_AGAIN);
      }
    }

    function typed() {
      remember(false);
      say("");
      hasMore = isSending;
      later(PAUSE);
    }

    if (bring_back()) {
      say(says ? says.dataset.back : "");
      later(0);
    }
    form.addEventListener("input", typed);
    form.querySelectorAll("a[data-discard]").forEach((link) => link.addEventListener("click", forget));
    form.addEventListener("submit", () => {
      isLeaving = true;
      clearTimeout(timer);
      remember(true);
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

  document.querySelectorAll("form[data-autosave], form[data-keep]").forEach(start);
})();
