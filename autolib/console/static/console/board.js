// Keeps the board true while it is open: only what changed is drawn anew, and never what somebody is about to press.

const PERIOD_MS = 10_000;
const LATE_MS = 30_000;
const board = document.getElementById("board");
let lastMs = Date.now();

function exchange(fresh) {
  const old = board.querySelector(".as-of");
  old.replaceWith(fresh.querySelector(".as-of"));
  const parts = (root) => new Map([...root.querySelectorAll(":scope > [data-part]")].map((part) => [part.dataset.part, part]));
  const before = parts(board);
  const after = parts(fresh);
  let last = board.querySelector(".as-of");
  for (const [name, part] of after) {
    const standing = before.get(name);
    const isSame = standing && standing.innerHTML === part.innerHTML;
    const isInUse = standing?.contains(document.activeElement) || standing?.matches(":hover");
    const kept = isSame || isInUse ? standing : part;
    if (standing && kept !== standing) standing.remove();
    if (last.nextElementSibling !== kept) last.after(kept);
    last = kept;
    before.delete(name);
  }
  for (const gone of before.values()) if (!gone.contains(document.activeElement)) gone.remove();
}

async function refresh() {
  if (document.hidden) return;
  try {
    const response = await fetch(board.dataset.url, { cache: "no-store", signal: AbortSignal.timeout(8000) });
    if (response.redirected || response.status === 401 || response.status === 403) return location.reload();
    if (!response.ok) throw new Error(String(response.status));
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    exchange(page.body);
    lastMs = Date.now();
    board.classList.remove("late");
  } catch {
    if (Date.now() - lastMs < LATE_MS) return;
    board.classList.add("late");
    board.querySelector(".as-of").textContent = board.dataset.late;
  }
}

if (board) {
  setInterval(refresh, PERIOD_MS);
  document.addEventListener("visibilitychange", refresh);
}
