// What a phone keeps of one evening: the queue of taps that are not sent yet, and some facts. In IndexedDB, because the service
// worker reads and deletes it too; in memory where there is none. One database for each door link, named by its address.
"use strict";

self.openDoorStore = async function (path) {
  const NAME = `door ${path}`;

  function promised(request) {
    return new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  }

  async function open() {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("queue", { keyPath: "n", autoIncrement: true });
      asked.result.createObjectStore("facts");
    };
    const database = await promised(asked);
    // So that somebody else, the worker or another tab, can delete it.
    database.onversionchange = () => database.close();
    return database;
  }

  function in_memory() {
    const facts = new Map();
    return {
      taps: async () => [],
      add: async () => {},
      remove: async () => {},
      fact: async (name) => facts.get(name),
      set: async (name, value) => void facts.set(name, value),
      destroy: async () => facts.clear(),
    };
  }

  let database;
  try {
    database = await open();
  } catch (error) {
    // A private window without storage: the page itself holds the queue, as long as it is open.
    return in_memory();
  }

  // Done when it is on the disk, not when it was asked for.
  function write(store, act) {
    return new Promise((resolve, reject) => {
      const change = database.transaction(store, "readwrite");
      change.oncomplete = () => resolve();
      change.onabort = change.onerror = () => reject(change.error);
      act(change.objectStore(store));
    });
  }

  return {
    // In the order in which they were tapped.
    taps: () => promised(database.transaction("queue").objectStore("queue").getAll()),
    add: (tap) => write("queue", (store) => store.add(tap)),
    remove: (keys) =>
      write("queue", (store) => {
        const walk = store.openCursor();
        walk.onsuccess = () => {
          if (!walk.result) {
            return;
          }
          if (keys.has(walk.result.value.key)) {
            walk.result.delete();
          }
          walk.result.continue();
        };
      }),
    fact: (name) => promised(database.transaction("facts").objectStore("facts").get(name)),
    set: (name, value) => write("facts", (store) => store.put(value, name)),
    destroy: () => {
      database.close();
      return promised(indexedDB.deleteDatabase(NAME));
    },
  };
};
