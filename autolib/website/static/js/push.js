// Asks the browser to listen for notices, once somebody presses for it. Which devices are told, the server says: the
// page brings the digests of their addresses, and a browser that somebody else used before is not among them.

const form = document.querySelector("[data-push]");
const failure = form?.querySelector("[data-push-failed]");
const canBeTold = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

function show(state) {
  for (const part of form.querySelectorAll("[data-push-state]")) part.hidden = part.dataset.pushState !== state;
  failure.hidden = true;
  form.hidden = false;
}

async function digest(text) {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function isTold(subscription) {
  return Boolean(subscription) && form.dataset.known.split(" ").includes(await digest(subscription.endpoint));
}

async function post(address, values) {
  const body = new FormData(form);
  for (const [name, value] of Object.entries(values)) body.set(name, value);
  const response = await fetch(address, { method: "POST", body, signal: AbortSignal.timeout(8000) });
  if (response.status !== 204) throw new Error(response.status);
}

const listener = async () => (await navigator.serviceWorker.ready).pushManager;

async function tell() {
  const answer = await Notification.requestPermission();
  if (answer !== "granted") return show(answer === "denied" ? "denied" : "offer");
  const manager = await listener();
  const wish = { userVisibleOnly: true, applicationServerKey: form.dataset.push };
  // A browser that listens under an older key of ours refuses the new one until it has stopped.
  const subscription = await manager.subscribe(wish).catch(async (error) => {
    const older = await manager.getSubscription();
    if (!older) throw error;
    await older.unsubscribe();
    return manager.subscribe(wish);
  });
  const { endpoint, keys } = subscription.toJSON();
  await post(form.action, { endpoint, p256dh: keys.p256dh, auth: keys.auth });
  show("told");
}

async function stop() {
  const subscription = await (await listener()).getSubscription();
  if (subscription) {
    await post(form.dataset.stop, { endpoint: subscription.endpoint });
    await subscription.unsubscribe();
  }
  show("offer");
}

function press(state, act) {
  const button = form.querySelector(`[data-push-state=${state}] button`);
  button.addEventListener("click", () => {
    button.setAttribute("aria-disabled", "true");
    act().catch(() => { failure.hidden = false; }).finally(() => button.removeAttribute("aria-disabled"));
  });
}

async function begin() {
  if (Notification.permission === "denied") return show("denied");
  const registration = await navigator.serviceWorker.ready;
  show(await isTold(await registration.pushManager.getSubscription()) ? "told" : "offer");
  press("offer", tell);
  press("told", stop);
}

if (form && canBeTold) begin();
