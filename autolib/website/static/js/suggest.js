// Suggestions while one types, and the places one was at before. Recent ones stay in this browser and nowhere else.

const MOST_RECENT = 5;
const PAUSE_MS = 120;

function recent() {
  try { return JSON.parse(localStorage.getItem("recent places") ?? "[]").filter((name) => typeof name === "string"); } catch { return []; }
}

function remember(name) {
  const names = [name, ...recent().filter((other) => other !== name)].slice(0, MOST_RECENT);
  try { localStorage.setItem("recent places", JSON.stringify(names)); } catch { /* A full or forbidden store only forgets. */ }
}

const kept = [...document.querySelectorAll("[data-favourite]")].map((link) => link.dataset.favourite);

function combobox(field) {
  const input = field.querySelector("input");
  const words = field.dataset;
  const list = Object.assign(document.createElement("ul"), { id: `${input.id}-suggestions`, className: "suggestions" });
  const panel = Object.assign(document.createElement("div"), { className: "suggestion-panel", hidden: true });
  const said = Object.assign(document.createElement("p"), { className: "visually-hidden" });
  const forget = Object.assign(document.createElement("button"), { type: "button", className: "forget", textContent: words.forget, tabIndex: -1 });
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", words.list);
  said.setAttribute("role", "status");
  panel.append(list, forget);
  field.append(panel, said);
  for (const [name, value] of [["role", "combobox"], ["aria-expanded", "false"], ["aria-controls", list.id], ["aria-autocomplete", "list"]]) {
    input.setAttribute(name, value);
  }

  let at = -1;
  let waiting;
  let asking;

  const options = () => [...list.querySelectorAll("[role=option]")];

  function shut() {
    clearTimeout(waiting);
    asking?.abort();
    panel.hidden = true;
    at = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function point(to) {
    const all = options();
    at = all.length ? (to + all.length) % all.length : -1;
    for (const [place, option] of all.entries()) option.setAttribute("aria-selected", String(place === at));
    if (at < 0) return input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-activedescendant", all[at].id);
    all[at].scrollIntoView({ block: "nearest" });
  }

  function choose(option) {
    input.value = option.dataset.label;
    shut();
    input.form.querySelector("[data-position]")?.toggleAttribute("disabled", input.id === "q");
    input.form.requestSubmit();
  }

  function fill(items, note = "") {
    list.replaceChildren(...items.map((item, place) => {
      const option = Object.assign(document.createElement("li"), { id: `${list.id}-${place}`, className: `suggestion suggestion-${item.kind}` });
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.dataset.label = item.label;
      const name = Object.assign(document.createElement("b"), { textContent: item.name });
      option.append(name);
      if (item.detail) option.append(" ", Object.assign(document.createElement("span"), { textContent: item.detail }));
      option.addEventListener("mousedown", (event) => event.preventDefault());
      option.addEventListener("click", () => choose(option));
      return option;
    }));
    forget.hidden = !items.some((item) => item.kind === "recent");
    said.textContent = note || (items.length === 1 ? words.countOne : words.count.replace("%s", items.length));
    panel.hidden = items.length === 0;
    input.setAttribute("aria-expanded", String(!panel.hidden));
    at = -1;
    input.removeAttribute("aria-activedescendant");
  }

  function offerKnown() {
    const items = [
      ...kept.map((name) => ({ kind: "kept", name, label: name, detail: words.kept })),
      ...recent().filter((name) => !kept.includes(name)).map((name) => ({ kind: "recent", name, label: name, detail: words.recent })),
    ];
    if (items.length) fill(items);
    else shut();
  }

  async function ask() {
    const typed = input.value.trim();
    if (typed.length < 2) return offerKnown();
    asking?.abort();
    asking = new AbortController();
    try {
      const response = await fetch(`${words.suggest}?q=${encodeURIComponent(typed)}`, { signal: asking.signal });
      if (!response.ok) return shut();
      const { results } = await response.json();
      if (document.activeElement === input && input.value.trim() === typed) fill(results, results.length ? "" : words.none);
    } catch { /* Aborted, or no network: typing and searching go on without. */ }
  }

  input.addEventListener("input", () => {
    input.form.querySelector("[data-position]")?.toggleAttribute("disabled", input.id === "q" && input.value !== "");
    clearTimeout(waiting);
    waiting = setTimeout(ask, PAUSE_MS);
  });
  input.addEventListener("focus", () => { if (!input.value) offerKnown(); });
  input.addEventListener("keydown", (event) => {
    const isShown = !panel.hidden;
    if (event.key === "ArrowDown" && !isShown) ask();
    else if (event.key === "ArrowDown") point(at + 1);
    else if (event.key === "ArrowUp" && isShown) point(at < 0 ? -1 : at - 1);
    else if (event.key === "Escape" && isShown) shut();
    else if (event.key === "Enter" && isShown && at >= 0) choose(options()[at]);
    else return;
    event.preventDefault();
  });
  input.addEventListener("blur", shut);
  forget.addEventListener("mousedown", (event) => event.preventDefault());
  forget.addEventListener("click", () => { localStorage.removeItem("recent places"); offerKnown(); });
  input.form.addEventListener("submit", shut);
  if (input.dataset.found) remember(input.dataset.found);
}

for (const field of document.querySelectorAll("[data-suggest]")) combobox(field);

// What was left empty need not stand in the address.
for (const form of document.querySelectorAll("form[data-way]")) {
  form.addEventListener("formdata", ({ formData }) => {
    for (const [name, value] of [...formData.entries()]) if (!value) formData.delete(name);
  });
}
