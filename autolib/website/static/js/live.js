// Keeps the numbers of the list and of the map true, and says how old they are.
// Tells the map by an event: detail = { id: [cars, docks, best charge or null, bits] }.

const age = document.querySelector("[data-live]");
const ageText = age?.querySelector("[data-age]");
const trouble = document.querySelector("[data-live-trouble]");
const percent = new Intl.NumberFormat(document.documentElement.lang, { style: "percent" });
const plural = new Intl.PluralRules(document.documentElement.lang);
const period = Number(age?.dataset.seconds ?? 10) * 1000;

let etag = "";
let freshAt = Date.now();
let failures = 0;
let timer;

function showCount(row, name, text, isNone) {
  const offer = row.querySelector(`[data-offer="${name}"]`);
  if (!offer) return;
  const count = offer.querySelector("[data-count]");
  if (count.textContent === text) return;
  count.textContent = text;
  const label = offer.querySelector("[data-label]");
  if (label) label.textContent = plural.select(Number(text)) === "one" ? label.dataset.one : label.dataset.other;
  offer.classList.toggle("is-none", isNone);
  offer.classList.remove("has-changed");
  void offer.offsetWidth; // starts the animation anew
  offer.classList.add("has-changed");
}

function showInList(stations) {
  for (const row of document.querySelectorAll("[data-station]")) {
    const offers = stations[row.dataset.station];
    if (!offers) continue;
    const [cars, docks, charge] = offers;
    showCount(row, "cars", String(cars), cars === 0);
    showCount(row, "docks", String(docks), docks === 0);
    showCount(row, "charge", charge === null ? "–" : percent.format(charge / 100), charge === null);
  }
}

function showAge() {
  const seconds = Math.round((Date.now() - freshAt) / 1000);
  age.classList.toggle("is-old", seconds > 30);
  if (seconds < 8) ageText.textContent = age.dataset.justNow;
  else {
    const duration = seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
    ageText.textContent = age.dataset.ago.replace("%s", duration);
  }
}

function showTrouble(isLost) {
  trouble.hidden = !isLost && trouble.hidden;
  if (isLost) trouble.textContent = trouble.dataset.lost;
  else if (!trouble.hidden) {
    trouble.textContent = trouble.dataset.back;
    setTimeout(() => { trouble.hidden = failures === 0; }, 4000);
  }
}

async function refresh() {
  clearTimeout(timer);
  if (document.hidden) return;
  try {
    const response = await fetch(age.dataset.live, { cache: "no-cache", signal: AbortSignal.timeout(8000) });
    if (!response.ok) throw new Error(response.status);
    if (failures > 0) { failures = 0; showTrouble(false); }
    freshAt = Date.now();
    age.classList.add("is-live");
    const tag = response.headers.get("ETag");
    if (tag === null || tag !== etag) {
      etag = tag;
      const { stations } = await response.json();
      showInList(stations);
      age.offers = stations; // for a map that comes later than the first event
      document.dispatchEvent(new CustomEvent("live", { detail: stations }));
    }
  } catch {
    failures += 1;
    if (failures > 1 || !navigator.onLine) showTrouble(true);
  }
  showAge();
  timer = setTimeout(refresh, Math.min(period * 2 ** Math.max(0, failures - 2), 60_000));
}

if (age) {
  setInterval(showAge, 1000);
  document.addEventListener("visibilitychange", refresh);
  window.addEventListener("online", refresh);
  window.addEventListener("offline", () => { failures += 1; showTrouble(true); });
  refresh();
}
