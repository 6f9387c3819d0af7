/* Every form that is posted: sent once, not into the void, and not left behind unsaved. */

const PING_MS = 3000;
const ping = document.documentElement.dataset.ping;

/** Signing in again elsewhere gives a new token: a page that was open before takes it along. */
function renewToken(form) {
  const token = document.cookie.match(/(?:^|; )(?:__Host-)?csrftoken=([^;]+)/)?.[1];
  const input = form.querySelector("input[name=csrfmiddlewaretoken]");
  if (token && input) input.value = token;
}

/** Whether the clinic's server answers at all; whatever it answers below 500 counts. */
async function connected() {
  try {
    const answer = await fetch(ping, { cache: "no-store", signal: AbortSignal.timeout(PING_MS) });
    return answer.status < 500;
  } catch {
    return false;
  }
}

const guarded = (form) =>
  form.getAttribute("method")?.toLowerCase() === "post" && !form.hasAttribute("hx-post") && !form.hasAttribute("data-no-guard");

function rest(form) {
  delete form.dataset.sending;
  delete form.dataset.checked;
  for (const button of document.querySelectorAll(".btn.is-sending")) {
    if (button.form === form) {
      button.classList.remove("is-sending");
      button.removeAttribute("aria-disabled");
    }
  }
}

function note(form, show) {
  let box = form.querySelector("[data-connection-note]");
  if (!show) {
    box?.remove();
    return;
  }
  if (!box) {
    box = document.getElementById("connection-note").content.firstElementChild.cloneNode(true);
    box.setAttribute("data-connection-note", "");
    (form.querySelector(".form-actions") ?? form.lastElementChild).before(box);
  }
  box.focus();
}

/** Another form of the page whose content isn't saved: sending this one would lose it, or sign something else. */
function unsavedBeside(form) {
  if (!form.closest("main")) return null;
  // Uploads that go out together (upload.js) lose nothing of each other.
  const goes = (other) => form.hasAttribute("data-together") && other.hasAttribute("data-together");
  return [...document.querySelectorAll("main form[data-dirty]")].find((other) => other !== form && !goes(other)) ?? null;
}

function remindOf(form, unsaved) {
  document.querySelectorAll("[data-unsaved-note]").forEach((box) => box.remove());
  document.querySelectorAll(".is-unsaved").forEach((other) => other.classList.remove("is-unsaved"));
  if (!unsaved) return;
  const box = document.getElementById("unsaved-note").content.firstElementChild.cloneNode(true);
  box.setAttribute("data-unsaved-note", "");
  (form.querySelector(".form-actions") ?? form.lastElementChild).before(box);
  unsaved.classList.add("is-unsaved");
  box.querySelector("a").addEventListener("click", (event) => {
    event.preventDefault();
    unsaved.scrollIntoView({ block: "center" });
    unsaved.querySelector("input:not([type=hidden]), select, textarea")?.focus({ preventScroll: true });
  });
  box.focus();
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!guarded(form) || event.defaultPrevented) return;
  if (form.dataset.checked) {
    // The second pass: this one really goes out.
    delete form.dataset.checked;
    if (form.dataset.alone) document.querySelectorAll("main form[data-dirty]").forEach((other) => delete other.dataset.dirty);
    delete form.dataset.dirty;
    renewToken(form);
    return;
  }
  event.preventDefault();
  if (form.dataset.sending) return;
  const unsaved = form.dataset.alone ? null : unsavedBeside(form);
  remindOf(form, unsaved);
  if (unsaved) {
    // Pressed again it goes out alone: two forms that are half filled in would wait for each other for ever.
    form.dataset.alone = "1";
    return;
  }
  const button = event.submitter ?? form.querySelector("button[type=submit]");
  form.dataset.sending = "1";
  button?.classList.add("is-sending");
  button?.setAttribute("aria-disabled", "true");
  if (!(await connected())) {
    rest(form);
    note(form, true);
    return;
  }
  note(form, false);
  if (!form.isConnected) {
    form.hidden = true;
    document.body.append(form);
  }
  form.dataset.checked = "1";
  form.requestSubmit(event.submitter ?? undefined);
});

// Coming back by the browser's button shows the page as it was left: with its buttons at rest.
window.addEventListener("pageshow", () => document.querySelectorAll("form").forEach(rest));

const remembers = (form) => form && guarded(form) && !form.hasAttribute("data-no-warn") && !form.dataset.autosaveUrl;

document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (!remembers(form) || event.target.type === "password") return;
  form.dataset.dirty = "1";
  // What is typed after the reminder is reminded of too.
  for (const other of document.querySelectorAll("main form[data-alone]")) if (other !== form) delete other.dataset.alone;
});

window.addEventListener("beforeunload", (event) => {
  const dirty = [...document.querySelectorAll("form[data-dirty]")].some((form) => !form.dataset.sending);
  if (dirty) event.preventDefault();
});

// What was sent from the page, and had no answer on the way, can be sent again.
document.addEventListener("unsent", ({ target: form }) => {
  rest(form);
  form.dataset.dirty = "1";
  note(form, true);
});

/* The summary of errors is the first thing to read after a refusal. */
function readSummary() {
  const summary = document.querySelector("[data-error-summary]");
  if (!summary) return;
  const told = summary.querySelector("h2, .banner-title").textContent.trim();
  if (!document.title.startsWith(told)) document.title = `${told} ${document.title}`;
  summary.focus();
  summary.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    const field = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (!field) return;
    event.preventDefault();
    (document.querySelector(`label[for="${CSS.escape(field.id)}"]`) ?? field).scrollIntoView({ block: "center" });
    field.focus({ preventScroll: true });
  });
}

readSummary();
document.addEventListener("answered", readSummary);
