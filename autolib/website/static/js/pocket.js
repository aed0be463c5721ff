// What stays on the device: the worker that shows a page without a network, and the present booking for that page.
// The booking is in localStorage because that page's script, and no worker, reads it, and because it can be erased at
// once: when nobody is signed in, when somebody else is, when there is no open booking, on the way out.

const site = document.querySelector("meta[name=pocket]");
const article = document.querySelector("[data-booking][data-fingerprint]");
const KEY = "pocket";
const PERIOD = 60_000;

function kept() {
  try {
    return JSON.parse(localStorage.getItem(KEY));
  } catch {
    return null;
  }
}

function isFresh(pocket) {
  const age = Date.now() - pocket.keptAt;
  const tellsThePage = !article || pocket.booking.fingerprint === article.dataset.fingerprint;
  const isInThisLanguage = pocket.language === document.documentElement.lang;
  return pocket.booking.id === site.dataset.current && isInThisLanguage && tellsThePage && age >= 0 && age < PERIOD;
}

async function keep() {
  const pocket = kept();
  if (!site.content || !site.dataset.current || pocket?.account !== site.content) localStorage.removeItem(KEY);
  if (!site.content || !site.dataset.current || document.hidden || (kept() && isFresh(pocket))) return;
  const askedAt = Date.now();
  const response = await fetch(site.dataset.url, { cache: "no-store", signal: AbortSignal.timeout(8000) });
  if (!response.ok || response.redirected) return;
  const { account, booking } = await response.json();
  if (account !== site.content || !booking) return localStorage.removeItem(KEY);
  const arrivedAt = Date.now();
  const ahead = Date.parse(booking.as_of.at) - (askedAt + arrivedAt) / 2;
  localStorage.setItem(KEY, JSON.stringify({ account, booking, ahead, language: document.documentElement.lang, keptAt: arrivedAt }));
}

const keepIfPossible = () => keep().catch(() => {}); // no network, or no room: what is kept stays as it is

keepIfPossible();
setInterval(keepIfPossible, PERIOD);
document.addEventListener("visibilitychange", keepIfPossible);

// Leaving takes everything along: the booking, where one wanted to go, and the notices to this browser.
const waysOut = document.querySelectorAll("form[data-sign-out]");
for (const form of waysOut) {
  form.addEventListener("submit", () => { for (const key of [KEY, "recent places"]) localStorage.removeItem(key); });
}

async function nameThisDevice(registration) {
  const subscription = await registration.pushManager?.getSubscription();
  if (!subscription) return;
  if (!site.content) return subscription.unsubscribe();
  for (const form of waysOut) form.elements.push_endpoint.value = subscription.endpoint;
}

navigator.serviceWorker?.register("/service-worker.js").then(nameThisDevice).catch(() => {});

// Installing is offered where the browser offers it, and only by a button that waits to be pressed.
const offers = document.querySelectorAll("[data-install]");
const showOffers = (isShown) => { for (const offer of offers) offer.hidden = !isShown; };

window.addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  showOffers(true);
  for (const offer of offers) offer.querySelector("button").onclick = () => { event.prompt(); showOffers(false); };
});
window.addEventListener("appinstalled", () => showOffers(false));

const byHand = document.querySelector("[data-install-by-hand]");
if (byHand && navigator.standalone === false) byHand.hidden = false; // only Safari on iPhone and iPad knows the word
