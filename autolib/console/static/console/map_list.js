// The list beside the map: the rows that the server wrote, kept true. Nothing moves under a finger or a focus.

export function makeList(page, { opened }) {
  const rows = page.querySelector("[data-rows]");
  const pattern = page.querySelector("[data-pattern]");
  const links = page.querySelector("[data-links]");
  const more = page.querySelector("[data-more]");
  const size = Number(page.dataset.size);
  const hovers = matchMedia("(hover: hover)").matches;
  const plural = new Intl.PluralRules(document.documentElement.lang);
  const made = new Map();
  let limit = size;
  let last;

  const slot = (element, name) => element.querySelector(`[data-slot="${name}"]`);
  const put = (element, text) => { if (element.textContent !== String(text)) element.textContent = text; };

  function linksOf(row) {
    if (row.links) return row.links;
    const pk = row.key.slice("station-".length);
    const fill = (text) => text.replace("ID", pk).replace("CODE", encodeURIComponent(row.code));
    return [...links.content.querySelectorAll("a")].map((link) => [link.textContent, fill(link.getAttribute("href"))]);
  }

  // A link that is there already stays: it may have the focus.
  function putLinks(into, wanted, className) {
    if (into.said === JSON.stringify(wanted)) return;
    into.said = JSON.stringify(wanted);
    const known = new Map([...into.children].map((item) => [item.textContent, item]));
    into.replaceChildren(...wanted.map(([label, address]) => {
      const item = known.get(label) ?? document.createElement("li");
      const link = item.firstElementChild ?? item.appendChild(document.createElement("a"));
      link.className = className;
      link.href = address;
      if (link.textContent !== label) link.textContent = label;
      return item;
    }));
  }

  function fill(element, row, sentence) {
    const said = JSON.stringify([row, sentence]);
    if (element.said === said) return;
    const isNews = element.said !== undefined;
    element.said = said;
    element.dataset.key = row.key;
    element.dataset.level = row.level;
    put(slot(element, "title"), row.title);
    put(slot(element, "says"), [...row.says, ...(sentence ? [sentence] : [])].join(" · "));
    const level = slot(element, "level");
    level.hidden = !row.level;
    put(level, row.level ? page.dataset[`level-${row.level}`] : "");
    slot(element, "counts").hidden = !row.at;
    for (const name of ["cars", "docks", "capacity"]) put(slot(element, name), row[name] ?? "");
    putLinks(slot(element, "acts"), row.acts, "row-act");
    putLinks(slot(element, "links"), linksOf(row), "");
    if (!isNews) return;
    element.classList.remove("has-changed");
    void element.offsetWidth; // starts the animation anew
    element.classList.add("has-changed");
  }

  const blank = () => pattern.content.firstElementChild.cloneNode(true);

  function element(row, sentence) {
    if (!made.has(row.key)) made.set(row.key, blank());
    const one = made.get(row.key);
    fill(one, row, sentence);
    return one;
  }

  // What the map shows of a row: the same words, the same acts.
  function card(row, sentence) {
    const one = blank();
    fill(one, row, sentence);
    const shown = document.createElement("div");
    shown.className = "map-card";
    shown.dataset.key = row.key;
    shown.append(...one.querySelector("summary").childNodes, ...one.querySelector(".row-more").childNodes);
    return shown;
  }

  function arrange(wanted) {
    const held = rows.contains(document.activeElement) || (hovers && rows.matches(":hover"));
    const keep = new Set(wanted);
    for (const row of [...rows.children]) if (!keep.has(row) && !row.contains(document.activeElement)) row.remove();
    if (!held) {
      wanted.forEach((row, place) => { if (rows.children[place] !== row) rows.insertBefore(row, rows.children[place] ?? null); });
    } else rows.append(...wanted.filter((row) => row.parentNode !== rows));
  }

  function show(state, { isCalm, sentenceOf }) {
    last = [state, { isCalm, sentenceOf }];
    if (!made.size) rows.replaceChildren(); // the server's own rows have done their work
    const shown = state.shown.slice(0, limit);
    const open = state.rows.find((row) => row.key === state.open);
    if (open && !shown.includes(open)) shown.unshift(open);
    arrange(shown.map((row) => element(row, sentenceOf(row))));
    for (const [key, one] of made) {
      const details = one.firstElementChild;
      if (details.open !== (key === state.open)) details.open = key === state.open;
      if (!one.isConnected && made.size > 4 * limit) made.delete(key);
    }
    more.hidden = state.shown.length <= limit;
    page.querySelector("[data-pages]")?.remove();
    page.querySelector("[data-calm]").hidden = !isCalm;
    page.querySelector("[data-none]").hidden = shown.length > 0;
    if (!page.querySelector("[data-found]").textContent) return;
    count(state.typed.trim());
  }

  // Said to who searches, and to who listens.
  function count(typed) {
    const number = last[0].shown.length;
    const words = plural.select(number) === "one" ? page.dataset.rowsOne : page.dataset.rowsMany;
    put(page.querySelector("[data-found]"), typed ? words.replace("%s", number) : "");
  }

  function reveal(key, { hasFocus = false } = {}) {
    const one = made.get(key);
    one?.scrollIntoView({ block: "nearest" });
    if (hasFocus) one?.querySelector("summary").focus({ preventScroll: true });
  }

  rows.addEventListener("toggle", (event) => {
    const one = event.target.closest("[data-key]");
    if (!made.size || made.get(one.dataset.key) !== one) return;
    if (event.target.open) opened(one.dataset.key);
    else if (last[0].open === one.dataset.key) opened("");
  }, true);
  rows.addEventListener("focusout", (event) => { if (!rows.contains(event.relatedTarget) && last) setTimeout(() => show(...last)); });
  rows.addEventListener("pointerleave", () => { if (last) show(...last); });
  more.addEventListener("click", () => {
    const before = rows.children.length;
    limit += size;
    show(...last);
    rows.children[before]?.querySelector("summary").focus();
  });

  return { show, card, reveal, count, fromTheTop: () => { limit = size; } };
}
