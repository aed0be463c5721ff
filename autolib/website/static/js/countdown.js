// Time by the server's clock. The page brought the true time with it, so a wrong clock of the device does no harm;
// after sleep, and now and then, it asks again, and reloads when the booking has become something else.

import { clock } from "./clock.js";

const page = document.querySelector("[data-booking]");
const language = document.documentElement.lang;
const SAID_AT_MINUTES = [20, 15, 10, 5, 2, 1];
const ASK_EVERY = 10_000;

let ahead = Date.parse(page.dataset.now) - Date.now();
let failures = 0;
let lastSaid = null;
let askedAt = Date.now();

const trueNow = () => Date.now() + ahead;

function say(left) {
  const said = page.querySelector("[data-countdown-said]");
  const minutes = Math.ceil(left / 60_000);
  if (!said || minutes === lastSaid) return;
  if (lastSaid !== null && SAID_AT_MINUTES.includes(minutes)) {
    said.textContent = said.dataset.minutes.replace("%s", new Intl.NumberFormat(language).format(minutes));
  }
  lastSaid = minutes;
}

function show() {
  for (const element of page.querySelectorAll("[data-countdown]")) {
    const left = Date.parse(element.dataset.countdown) - trueNow();
    element.textContent = left > 0 ? clock(left) : element.dataset.over;
    element.classList.toggle("is-short", left > 0 && left < 5 * 60_000);
    if (element.getAttribute("role") === "timer") say(left);
    if (left <= 0 && Date.now() - askedAt > 1500) ask();
  }
  for (const notice of page.querySelectorAll("[data-nearly-over]")) {
    const { nearlyOver, ends } = notice.dataset;
    notice.hidden = trueNow() < Date.parse(nearlyOver) || trueNow() >= Date.parse(ends);
  }
  for (const element of page.querySelectorAll("[data-elapsed]")) {
    element.textContent = clock(trueNow() - Date.parse(element.dataset.elapsed));
  }
}

function isBusyTyping() {
  const field = document.activeElement;
  return field?.matches("input") && field.value !== field.defaultValue;
}

async function ask() {
  if (document.hidden) return;
  askedAt = Date.now();
  const trouble = page.querySelector("[data-trouble]");
  try {
    const response = await fetch(page.dataset.booking, { cache: "no-store", signal: AbortSignal.timeout(8000) });
    if (response.redirected || response.status === 404) return location.replace(location.pathname);
    if (!response.ok) throw new Error(response.status);
    const state = await response.json();
    const arrived = Date.now();
    ahead = Date.parse(state.now) + (arrived - askedAt) / 2 - arrived;
    failures = 0;
    trouble.hidden = true;
    if (state.fingerprint !== page.dataset.fingerprint && !isBusyTyping()) location.replace(location.pathname);
  } catch {
    failures += 1;
    trouble.hidden = failures < 2 && navigator.onLine;
  }
}

if (page) {
  show();
  setInterval(show, 500);
  setInterval(ask, ASK_EVERY);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) { show(); ask(); } });
  window.addEventListener("pageshow", (event) => { if (event.persisted) ask(); });
}
