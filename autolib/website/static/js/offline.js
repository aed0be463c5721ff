// Fills the offline page from the device's pocket, counts by the server's clock as it was last heard, and tries again.

import { clock } from "./clock.js";

const page = document.querySelector("[data-offline]");
const FIRST_PROBE = 5_000;
const LAST_PROBE = 60_000;

function pocket() {
  try {
    return JSON.parse(localStorage.getItem("pocket"));
  } catch {
    return null;
  }
}

const factOf = (booking, path) => path.split(".").reduce((facts, name) => facts?.[name], booking);

function fill(part, booking) {
  for (const slot of part.querySelectorAll("[data-fact]")) slot.textContent = factOf(booking, slot.dataset.fact) ?? "";
  for (const element of part.querySelectorAll("[data-when]")) element.hidden = element.dataset.when !== booking.phase;
  for (const element of part.querySelectorAll("[data-needs]")) {
    if (!factOf(booking, element.dataset.needs)) element.hidden = true;
  }
  part.querySelector(".ticket").classList.toggle("ticket-driving", booking.phase === "driving");
  part.hidden = false;
}

function count(part, booking, ahead) {
  for (const element of part.querySelectorAll("[data-countdown]")) {
    const end = factOf(booking, element.dataset.countdown)?.at;
    if (!end) continue;
    const left = Date.parse(end) - Date.now() - ahead;
    element.textContent = left > 0 ? clock(left) : element.dataset.over;
    element.classList.toggle("is-short", left > 0 && left < 5 * 60_000);
  }
}

// The address is that of the page one wanted; a form is not sent again by this.
function tryAgain() {
  const isOwnAddress = location.pathname === "/offline/";
  location.replace(isOwnAddress ? "/" : location.pathname + location.search);
}

// "Online" comes early: the network is there, and nobody may answer yet. So one asks first, ever less often.
async function probe() {
  if (document.hidden) return;
  const answer = await fetch(page.dataset.probe, { cache: "no-store", signal: AbortSignal.timeout(5000) }).catch(() => null);
  if (answer?.ok) tryAgain();
}

function probeAfter(delay) {
  setTimeout(() => probe().finally(() => probeAfter(Math.min(2 * delay, LAST_PROBE))), delay);
}

const kept = pocket();
if (kept?.booking) {
  const part = page.querySelector("[data-pocket-booking]");
  fill(part, kept.booking);
  count(part, kept.booking, kept.ahead);
  setInterval(count, 500, part, kept.booking, kept.ahead);
}
page.querySelector("[data-retry]").addEventListener("click", tryAgain);
window.addEventListener("online", probe);
document.addEventListener("visibilitychange", probe);
probeAfter(FIRST_PROBE);
