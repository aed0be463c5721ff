// Answers when nobody else does. Pages are personal and change, so none is ever kept but the offline page; and of the
// rest only files whose name changes with their content.

const VERSION = "{{ version }}";
const PAGES = {{ pages|safe }}; // the offline page in each language
const FILES = {{ files|safe }};
const ICON = "{{ icon }}";
const CACHE = `autolib-${VERSION}`;
const LANGUAGE = "/offline/language"; // where the language of the last visit is noted; no such address exists
const NOT_OURS = /^\/(admin|api|devices)\//;
const PATIENCE = 10_000;

let lastLanguage = null;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll([...Object.values(PAGES), ...FILES])));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(forgetOlder());
});

async function forgetOlder() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("autolib-") && name !== CACHE).map((name) => caches.delete(name)));
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== self.location.origin || NOT_OURS.test(pathname)) return;
  if (request.mode === "navigate") event.respondWith(page(event));
  else if (request.method === "GET" && FILES.includes(pathname)) event.respondWith(file(request));
});

async function page(event) {
  event.waitUntil(giveWay());
  try {
    const response = await Promise.race([fetch(event.request), silence()]);
    event.waitUntil(noteLanguage(response.headers.get("Content-Language")));
    return response;
  } catch {
    // What was sent may have arrived; a page at its address would be asked for again, and is none.
    return event.request.method === "GET" ? offlinePage() : Response.redirect(PAGES[await language()], 303);
  }
}

function silence() {
  return new Promise((_resolve, reject) => setTimeout(() => reject(new Error("no answer in time")), PATIENCE));
}

async function file(request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(request)) ?? fetch(request);
}

async function noteLanguage(language) {
  if (!(language in PAGES) || language === lastLanguage) return;
  const cache = await caches.open(CACHE);
  await cache.put(LANGUAGE, new Response(language));
  lastLanguage = language;
}

async function language() {
  const cache = await caches.open(CACHE);
  const noted = await (await cache.match(LANGUAGE))?.text();
  return [noted, navigator.language.slice(0, 2), Object.keys(PAGES)[0]].find((one) => one in PAGES);
}

async function offlinePage() {
  const cache = await caches.open(CACHE);
  return (await cache.match(PAGES[await language()])) ?? Response.error();
}

// A newer worker waits while pages of ours are open. Where only one is, it takes over as that one moves on: pages come
// from the network and name their own files, so nothing that is open can break.
async function giveWay() {
  const open = await self.clients.matchAll({ type: "window" });
  if (self.registration.waiting && open.length < 2) self.registration.waiting.postMessage("take over");
}

self.addEventListener("message", (event) => {
  if (event.data === "take over") self.skipWaiting();
});

self.addEventListener("push", (event) => {
  const { title, body, tag, url, language } = event.data.json();
  event.waitUntil(self.registration.showNotification(title, {
    body, tag, lang: language, icon: ICON, renotify: true, data: { url },
  }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(show(new URL(event.notification.data.url, self.location.origin)));
});

async function show(address) {
  const open = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const there = open.find((client) => new URL(client.url).pathname === address.pathname);
  if (there) await there.focus();
  else await self.clients.openWindow(address.href);
}
