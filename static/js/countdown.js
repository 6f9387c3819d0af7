/* Time left until something is beyond use: seconds by the server's clock at rendering, counted on from there. */

/** When each chip was first seen, by the browser's own steady clock. */
const seen = new WeakMap();

function words(minutes, units) {
  const hours = Math.floor(minutes / 60);
  if (hours >= 48) return `${Math.floor(hours / 24)} ${units.day} ${hours % 24} ${units.hour}`;
  return hours ? `${hours} ${units.hour} ${minutes % 60} ${units.minute}` : `${minutes} ${units.minute}`;
}

function update(chip) {
  const left = Number(chip.dataset.countdown) - (performance.now() - seen.get(chip)) / 1000;
  const minutes = Math.max(0, Math.floor(left / 60));
  const kind = left <= 0 ? "stop" : minutes < Number(chip.dataset.countdownWarn) ? "ask" : "wait";
  for (const other of ["stop", "ask", "wait"]) chip.classList.toggle(`chip-${other}`, other === kind);
  for (const icon of chip.querySelectorAll("[data-countdown-icon]")) icon.hidden = icon.dataset.countdownIcon !== kind;
  const units = { day: chip.dataset.day, hour: chip.dataset.hour, minute: chip.dataset.minute };
  // What stands around it may say that all is well until then: it hears that the time is over.
  if (left <= 0) chip.dispatchEvent(new CustomEvent("expired", { bubbles: true }));
  chip.querySelector("[data-countdown-text]").textContent = left <= 0 ? chip.dataset.countdownExpired : words(minutes, units);
}

function updateAll() {
  for (const chip of document.querySelectorAll("[data-countdown]")) {
    if (!seen.has(chip)) seen.set(chip, performance.now());
    update(chip);
  }
}

updateAll();
setInterval(updateAll, 10000);
document.addEventListener("htmx:after:swap", updateAll);
