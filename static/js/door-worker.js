// The service worker of one door link. It stands at /e/<token>/worker.js, so it answers for that page and for nothing else of the
// site: from the network where there is one, from what the page kept where there is none. Once the link is over it deletes all.
"use strict";

const PATH = new URL("./", self.location.href).pathname;
const CACHE = `door ${PATH}`;
const NETWORK_MS = 5000;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const request = event.request;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) {
    return;
  }
  if (request.mode === "navigate" && url.pathname === PATH) {
    event.respondWith(page(request));
  } else if (url.pathname.startsWith("/static/")) {
    event.respondWith(kept_first(request));
  }
});

// Not opened: that would make one anew where all was just deleted.
async function kept_first(request) {
  return (await caches.match(request, { cacheName: CACHE })) || fetch(request);
}

async function page(request) {
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(NETWORK_MS) });
    if (answer.status === 410) {
      await forget();
    } else if (answer.ok) {
      const cache = await caches.open(CACHE);
      await cache.put(PATH, answer.clone());
    }
    return answer;
  } catch (error) {
    const words = await words_when_over();
    if (words) {
      await forget();
      return new Response(words, { headers: { "Content-Type": "text/plain; charset=utf-8" } });
    }
    return (await caches.match(PATH, { cacheName: CACHE })) || Response.error();
  }
}

// What the page left to be said once the evening is over, or nothing before that.
async function words_when_over() {
  const facts = await read_facts();
  return facts && Date.now() + (facts.skew || 0) > facts.until ? facts.words : "";
}

function read_facts() {
  return new Promise((resolve) => {
    const asked = indexedDB.open(CACHE);
    // No such database: none is made either.
    asked.onupgradeneeded = () => asked.transaction.abort();
    asked.onerror = () => resolve(null);
    asked.onsuccess = () => {
      const database = asked.result;
      const read = database.transaction("facts").objectStore("facts").get("over");
      read.onerror = () => resolve(null);
      read.onsuccess = () => {
        database.close();
        resolve(read.result || null);
      };
    };
  });
}

async function forget() {
  await caches.delete(CACHE);
  indexedDB.deleteDatabase(CACHE);
  await self.registration.unregister();
}
