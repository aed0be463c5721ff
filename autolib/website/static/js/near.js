// "Near me": first explain, then let the browser ask.

const near = document.querySelector("[data-near]");

if (near && "geolocation" in navigator) {
  const question = near.querySelector("#near-question");
  const open = near.querySelector("[data-near-open]");
  const answer = near.querySelector("[data-near-answer]");

  const show = (isShown) => {
    question.hidden = !isShown;
    open.setAttribute("aria-expanded", String(isShown));
    (isShown ? question.querySelector("[data-near-go]") : open).focus();
  };

  // Three decimals are about a hundred metres: enough to sort stations, too little to know a door.
  const rounded = (degrees) => degrees.toFixed(3);

  near.hidden = false;
  open.addEventListener("click", () => show(question.hidden));
  near.querySelector("[data-near-close]").addEventListener("click", () => show(false));
  near.querySelector("[data-near-go]").addEventListener("click", () => {
    show(false);
    answer.textContent = answer.dataset.asking;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        location.assign(`?near=${rounded(coords.latitude)},${rounded(coords.longitude)}`);
      },
      (error) => {
        answer.textContent = error.code === error.PERMISSION_DENIED ? answer.dataset.denied : answer.dataset.failed;
      },
      { timeout: 10_000, maximumAge: 60_000 },
    );
  });
}
