// Small courtesies of every page. Without them everything works all the same.

// A form that commands is sent once: the server would notice a twin anyway, the button only says so sooner.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-once]")) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  form.querySelector("button:not([type=button])")?.setAttribute("aria-disabled", "true");
});

// A page that comes back out of the browser's memory may be sent again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("[data-sent]")) {
    delete form.dataset.sent;
    form.querySelector("[aria-disabled]")?.removeAttribute("aria-disabled");
  }
});

// What has just been answered is where reading goes on.
document.querySelector("[data-focus]")?.focus({ preventScroll: false });

// "?done=…" said its word once; a reload must not say it again.
const address = new URL(location.href);
if (address.searchParams.has("done")) {
  address.searchParams.delete("done");
  history.replaceState(history.state, "", address);
}

// An offer that ends by itself, such as undoing a cancellation: by the seconds that the server said were left.
for (const offer of document.querySelectorAll("[data-ends-in]")) {
  setTimeout(() => { offer.hidden = true; }, Number(offer.dataset.endsIn) * 1000);
}
