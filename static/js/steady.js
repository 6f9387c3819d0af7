/*
 * What somebody points at, or types in, stays where it is on the screen while a partial update changes the page above
 * it: a verdict that comes in must not slide another answer under the finger.
 */

let held = null;

/** Remember where the innermost thing in hand stands, and what it stands in, should it be replaced itself. */
function hold() {
  let inHand = [...document.querySelectorAll(":hover")].reverse();
  if (!inHand.length) for (let one = document.activeElement; one; one = one.parentElement) inHand.push(one);
  held = inHand.map((element) => ({ element, top: element.getBoundingClientRect().top }));
}

/** Scroll by as much as it has moved. */
function keep() {
  const still = held?.find(({ element }) => element.isConnected);
  const moved = still ? still.element.getBoundingClientRect().top - still.top : 0;
  if (moved) window.scrollBy({ top: moved, behavior: "instant" });
}

document.addEventListener("htmx:before:swap", hold);
document.addEventListener("htmx:after:swap", keep);
// What listens to the end of a request may change the page too, a moment later.
document.addEventListener("htmx:finally:request", () =>
  setTimeout(() => {
    keep();
    held = null;
  }),
);
