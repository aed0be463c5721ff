// The crew's page: a position is asked for only when somebody presses the button, and goes along with that one request.

const form = document.querySelector("[data-position]");

if (form && "geolocation" in navigator) {
  const answer = form.querySelector("[data-answer]");
  let isKnown = false;

  // Four decimals are about ten metres: enough to sort stations.
  const go = ({ coords }) => {
    form.elements.latitude.value = coords.latitude.toFixed(4);
    form.elements.longitude.value = coords.longitude.toFixed(4);
    isKnown = true;
    form.requestSubmit();
  };

  form.hidden = false;
  form.addEventListener("submit", (event) => {
    if (isKnown) return;
    event.preventDefault();
    answer.textContent = answer.dataset.asking;
    navigator.geolocation.getCurrentPosition(
      go,
      (error) => {
        answer.textContent = error.code === error.PERMISSION_DENIED ? answer.dataset.denied : answer.dataset.failed;
      },
      { timeout: 10_000, maximumAge: 60_000 },
    );
  });
}

// A button is pressed once: the server would notice a twin anyway.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "yes";
});

window.addEventListener("pageshow", () => {
  for (const sent of document.querySelectorAll("[data-sent]")) delete sent.dataset.sent;
});
