// The evening at the door, without network too. Every tap gets a key of its own and is written down on this phone first; then it is
// shown, and sent as soon as the site can be reached. What is shown is what the site said last, with the taps that wait on top of it.
// The site does each key once and lets the later of two taps count, so several phones agree. Without this file each tap is a form.
"use strict";

(async function () {
  const root = document.querySelector("[data-door]");
  if (!root) {
    return;
  }
  const PATH = location.pathname;
  const CACHE = `door ${PATH}`;
  const AT_ONCE = 50;
  const EVERY = 10000;
  const AGAIN = 3000;
  const ANSWERS_WITHIN = 15000;
  const words = JSON.parse(document.getElementById("door-words").textContent);
  const until = Number(root.dataset.until) * 1000;
  const store = await self.openDoorStore(PATH);

  let base = JSON.parse(document.getElementById("door-state").textContent);
  let queue = await store.taps();
  // The keys of those that would be there again if the page were closed now: only these are said to wait.
  const written = new Set(queue.map((one) => one.key));
  // How far the site's clock is ahead of this phone's.
  let skew = (await store.fact("skew")) || 0;
  let isSending = false;
  let isOffline = false;
  let isReady = false;
  let hasSent = false;
  let isGone = false;
  let timer = 0;

  const kept = await store.fact("base");
  if (kept && kept.at > base.at) {
    base = kept;
  }

  // What is shown ------------------------------------------------------------------------------------------------------

  function shown_guests() {
    const guests = base.guests.map((guest) => ({ ...guest }));
    for (const tap of queue) {
      if (tap.kind === "walk_in") {
        guests.push({ ref: tap.key, name: tap.name, num_people: 1, is_here: true, group: "walked_in" });
        continue;
      }
      const guest = guests.find((one) => one.ref === tap.ref);
      if (guest) {
        guest.is_here = tap.kind === "here";
      }
    }
    return guests;
  }

  function fill(item, guest) {
    const button = item.querySelector("button");
    const more = item.querySelector(".door-more");
    button.name = guest.is_here ? "not_here" : "here";
    button.value = guest.ref;
    button.setAttribute("aria-pressed", String(guest.is_here));
    item.querySelector(".door-name").textContent = guest.name;
    item.querySelector(".door-here").hidden = !guest.is_here;
    more.hidden = guest.num_people < 2;
    more.textContent = guest.num_people < 2 ? "" : counted(words.moreOne, words.moreMany, guest.num_people - 1);
  }

  function item_of(ref) {
    const known = root.querySelector(`li[data-ref="${CSS.escape(ref)}"]`);
    if (known) {
      return known;
    }
    const made = root.querySelector("template[data-guest]").content.querySelector("li").cloneNode(true);
    made.dataset.ref = ref;
    return made;
  }

  function show_list(list, guests) {
    guests.forEach((guest, place) => {
      const item = item_of(guest.ref);
      fill(item, guest);
      // Moved only where it must be: a button that is moved loses the focus.
      if (list.children[place] !== item) {
        list.insertBefore(item, list.children[place] || null);
      }
    });
    while (list.children.length > guests.length) {
      list.lastElementChild.remove();
    }
  }

  function show() {
    if (isGone) {
      return;
    }
    const guests = shown_guests();
    for (const list of root.querySelectorAll("[data-list]")) {
      const of_list = guests.filter((guest) => guest.group === list.dataset.list);
      show_list(list, of_list);
      const group = list.closest("[data-group]");
      if (group) {
        group.hidden = !of_list.length;
      } else {
        root.querySelector("[data-empty]").hidden = of_list.length > 0;
      }
    }
    const here = guests.filter((guest) => guest.is_here).reduce((sum, guest) => sum + guest.num_people, 0);
    for (const count of root.querySelectorAll("[data-count]")) {
      count.textContent = count.dataset.count === "num_here" ? here : base[count.dataset.count];
    }
    const card = root.querySelector("[data-from]");
    card.hidden = now() < Number(card.dataset.from) * 1000;
    show_says();
    show_minutes();
  }

  function counted(one, many, number) {
    return number === 1 ? one : many.replace("{n}", number);
  }

  function show_says() {
    const says = root.querySelector("[data-says]");
    const number = queue.filter((one) => written.has(one.key)).length;
    const waits = number ? counted(words.waitsOne, words.waitsMany, number) : "";
    const said = [waits, isOffline ? words.offline : ""].filter(Boolean).join(" ") || (hasSent ? words.saved : isReady ? words.ready : "");
    says.hidden = !said;
    if (says.textContent !== said) {
      says.textContent = said;
    }
  }

  function show_trouble(sentences) {
    const trouble = root.querySelector("[data-trouble]");
    trouble.textContent = sentences.join(" ");
    trouble.hidden = !sentences.length;
  }

  // Tapping ------------------------------------------------------------------------------------------------------------

  function new_key() {
    if (crypto.randomUUID) {
      return crypto.randomUUID();
    }
    const hex = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  }

  async function tap(what) {
    const made = { key: new_key(), at: Date.now(), ...what };
    queue.push(made);
    show_trouble([]);
    show();
    try {
      await store.add(made);
    } catch (error) {
      // The disk is full: it is still in the page.
    }
    written.add(made.key);
    show();
    send();
  }

  root.querySelector("[data-taps]").addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button) {
      return;
    }
    event.preventDefault();
    tap({ kind: button.name, ref: button.value });
  });

  const form = document.getElementById("typed");
  form.addEventListener("submit", (event) => {
    // The buttons of the languages send it too.
    if (event.submitter && event.submitter.name === "speak") {
      return;
    }
    const typed = new FormData(form);
    const name = String(typed.get("name") || "").trim();
    const email = String(typed.get("email") || "").trim();
    const isAllowed = typed.get("may_write") !== null;
    form.elements.name.required = true;
    form.elements.may_write.setCustomValidity(email && !isAllowed ? words.askFirst : "");
    if (!form.checkValidity()) {
      // The site says it better, where it can be reached.
      if (isOffline) {
        event.preventDefault();
        form.reportValidity();
      }
      return;
    }
    event.preventDefault();
    tap({ kind: "walk_in", name, email, may_write: isAllowed, key: String(typed.get("key") || new_key()) });
    form.reset();
    form.elements.key.value = new_key();
    form.elements.name.focus();
  });

  // Sending ------------------------------------------------------------------------------------------------------------

  function now() {
    return Date.now() + skew;
  }

  async function ask_site(batch) {
    const taps = batch.map(({ key, kind, ref, name, email, may_write, at }) => {
      return { key, kind, ref, name, email, may_write, age: Math.max(0, Date.now() - at) };
    });
    const post = { method: "POST", body: JSON.stringify({ taps }), headers: { "Content-Type": "application/json" } };
    const options = { credentials: "omit", cache: "no-store", signal: AbortSignal.timeout(ANSWERS_WITHIN) };
    return fetch(`${PATH}sync${location.search}`, { ...options, ...(batch.length ? post : {}) });
  }

  async function take(answer) {
    const told = await answer.json();
    const done = new Set(Object.keys(told.done));
    const names = new Map(queue.map((one) => [one.key, one.name]));
    const said = Object.entries(told.done).filter(([, sentence]) => sentence);
    const sentences = said.map(([key, sentence]) => (names.get(key) ? `${names.get(key)}: ${sentence}` : sentence));
    if (done.size) {
      await store.remove(done);
      queue = queue.filter((one) => !done.has(one.key));
      hasSent = true;
    }
    if (told.state.at >= base.at) {
      base = told.state;
      skew = base.at - Date.now();
      await store.set("base", base);
      await store.set("skew", skew);
      await note_end();
    }
    if (sentences.length) {
      show_trouble([...new Set(sentences)]);
    }
    return done.size;
  }

  async function send() {
    if (isSending || isGone) {
      return;
    }
    isSending = true;
    clearTimeout(timer);
    try {
      let goesOn = true;
      while (goesOn) {
        const batch = queue.slice(0, AT_ONCE);
        const answer = await ask_site(batch);
        if (answer.status === 410) {
          await forget();
          location.reload();
          return;
        }
        if (!answer.ok) {
          throw new Error(String(answer.status));
        }
        const number = await take(answer);
        isOffline = false;
        // What was tapped meanwhile goes at once.
        goesOn = queue.length > 0 && (number > 0 || !batch.length);
      }
    } catch (error) {
      isOffline = true;
    } finally {
      isSending = false;
    }
    show();
    timer = setTimeout(look, queue.length ? AGAIN : EVERY);
  }

  function look() {
    if (now() > until) {
      end();
    } else if (document.visibilityState === "visible" || queue.length) {
      send();
    } else {
      timer = setTimeout(look, EVERY);
    }
  }

  window.addEventListener("online", send);
  document.addEventListener("visibilitychange", look);

  // Keeping and forgetting ---------------------------------------------------------------------------------------------

  // For the worker, which has no page to read them from.
  function note_end() {
    return store.set("over", { until, skew, words: words.over });
  }

  async function keep_page() {
    if (!("serviceWorker" in navigator) || !("caches" in self)) {
      return;
    }
    await navigator.serviceWorker.register(`${PATH}worker.js`, { scope: PATH });
    const cache = await caches.open(CACHE);
    const files = new Set([location.origin + PATH]);
    for (const part of document.querySelectorAll("link[rel=stylesheet], link[rel=preload], link[rel=icon], script[src]")) {
      files.add(part.href || part.src);
    }
    for (const file of files) {
      const isPage = file === location.origin + PATH;
      const answer = await fetch(isPage ? location.href : file, { credentials: "omit" });
      if (answer.ok) {
        await cache.put(isPage ? PATH : file, answer);
      }
    }
    await navigator.serviceWorker.ready;
    isReady = true;
    root.dataset.kept = "yes";
    show();
  }

  async function end_worker() {
    const registration = await navigator.serviceWorker.getRegistration(PATH);
    if (registration) {
      await registration.unregister();
    }
  }

  // All at once: none of the three waits for another, which the browser may keep busy.
  async function forget() {
    isGone = true;
    clearTimeout(timer);
    await Promise.allSettled([
      store.destroy(),
      "caches" in self ? caches.delete(CACHE) : null,
      "serviceWorker" in navigator ? end_worker() : null,
    ]);
  }

  // The names leave the screen first: deleting can take a while.
  async function end() {
    const said = document.createElement("p");
    said.className = "notice";
    said.textContent = words.over;
    root.replaceChildren(root.querySelector("h1"), said);
    await forget();
  }

  // The question of now ------------------------------------------------------------------------------------------------

  const asked = root.querySelector("[data-questions]");
  const questions = asked ? Array.from(asked.querySelectorAll("li")) : [];
  let turn = (await store.fact("turn")) || { place: 0, since: Date.now() };

  function show_minutes() {
    if (!asked) {
      return;
    }
    const place = Math.min(turn.place, questions.length - 1);
    questions.forEach((question, number) => {
      question.hidden = number !== place;
    });
    asked.querySelector("ol").start = place + 1;
    const minutes = Math.max(0, Math.floor((Date.now() - turn.since) / 60000));
    const says = asked.querySelector("[data-minutes]");
    says.hidden = !minutes;
    says.textContent = counted(words.minutesOne, words.minutesMany, minutes);
    for (const button of asked.querySelectorAll("[data-step]")) {
      button.disabled = !questions[place + Number(button.dataset.step)];
    }
  }

  if (asked && questions.length > 1) {
    asked.querySelector("[data-turn]").hidden = false;
    asked.addEventListener("click", (event) => {
      const button = event.target.closest("[data-step]");
      if (button) {
        turn = { place: turn.place + Number(button.dataset.step), since: Date.now() };
        store.set("turn", turn).catch(() => {});
        show_minutes();
      }
    });
  }

  // Begin --------------------------------------------------------------------------------------------------------------

  if (now() > until) {
    await end();
    return;
  }
  show();
  root.dataset.ready = "yes";
  await note_end().catch(() => {});
  send();
  keep_page().catch(() => {});
})();
