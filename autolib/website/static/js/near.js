// "Near me": first explain, then let the browser ask.

const open = document.querySelector("[data-near-open]");

if (open && "geolocation" in navigator) {
  const question = document.querySelector("[data-near]");
  const answer = document.querySelector("[data-near-answer]");
  const form = open.closest("form");

  const show = (isShown) => {
    question.hidden = !isShown;
    open.setAttribute("aria-expanded", String(isShown));
    (isShown ? question.querySelector("[data-near-go]") : open).focus();
  };

  // Three decimals are about a hundred metres: enough to sort stations, too little to know a door.
  const rounded = (degrees) => degrees.toFixed(3);

  const go = ({ coords }) => {
    let field = form.elements.near;
    if (!field) {
      field = Object.assign(document.createElement("input"), { type: "hidden", name: "near" });
      form.append(field);
    }
    field.value = `${rounded(coords.latitude)},${rounded(coords.longitude)}`;
    form.elements.q.value = "";
    form.requestSubmit();
  };

  question.addEventListener("keydown", (event) => { if (event.key === "Escape") show(false); });
  open.hidden = false;
  open.addEventListener("click", () => show(question.hidden));
  question.querySelector("[data-near-close]").addEventListener("click", () => show(false));
  question.querySelector("[data-near-go]").addEventListener("click", () => {
    show(false);
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
