// Passkeys: another way in, where the browser knows them. Without this file pages offer the password alone.

const { create, get, supported } = globalThis.webauthnJSON;
const form = document.querySelector("form[data-passkey]");

if (form && supported() && isHome(form.dataset.site)) {
  const answer = form.querySelector("[data-answer]");
  const offer = new AbortController();

  const send = (credential) => {
    form.elements.credential.value = JSON.stringify(credential);
    form.submit();
  };
  const failed = (error) => {
    if (error.name === "AbortError") return;
    const isKnown = error.name === "InvalidStateError" && "known" in answer.dataset;
    answer.textContent = isKnown ? answer.dataset.known : answer.dataset.failed;
  };
  const ways = {
    add: () => create(given()),
    confirm: () => get(given()),
    async enter() {
      // The browser asks for one thing at a time: the quiet offer in the field makes way.
      offer.abort();
      return get(await asked());
    },
  };

  for (const missing of document.querySelectorAll("[data-passkey-missing]")) missing.hidden = true;
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    answer.textContent = "";
    ways[form.dataset.passkey]().then(send).catch(failed);
  });
  // Asking makes a session. Its answer, come late, would take the place of the one that a password has just opened.
  document.addEventListener("submit", () => offer.abort());
  if (form.dataset.passkey === "enter") suggest(offer.signal).then((credential) => credential && send(credential), () => {});
}

// A passkey belongs to a host; under any other name of the same site the browser would only refuse.
function isHome(host) {
  return window.isSecureContext && (location.hostname === host || location.hostname.endsWith(`.${host}`));
}

function given() {
  return JSON.parse(document.getElementById("passkey-options").textContent);
}

async function asked(signal) {
  const response = await fetch(form.action, { headers: { Accept: "application/json" }, signal });
  if (!response.ok) throw new Error(String(response.status));
  return (await response.json()).request_options;
}

// Where the browser can, it offers the passkey in the field of the address, and waits as long as the page is open.
async function suggest(signal) {
  if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return null;
  const options = await asked(signal);
  return signal.aborted ? null : get({ ...options, mediation: "conditional", signal });
}
