/* Small things of every page: toasts, partial updates that fail, the stretched place of the current tab. */

const toasts = document.querySelector("[data-toasts]");

const closable = () => toasts?.querySelectorAll("[data-toast-close]").forEach((button) => (button.hidden = false));

closable();
toasts?.addEventListener("click", (event) => {
  const close = event.target.closest("[data-toast-close]");
  if (!close) return;
  close.closest("[data-toast]").remove();
  document.getElementById("content").focus();
});

/** Show one of the page's prepared notes as a toast; `inSight`, wherever the page is scrolled to. */
function tell(id, { text, inSight = false } = {}) {
  if (!toasts || toasts.querySelector(`[data-note="${id}"]`)) return;
  const toast = document.getElementById(id).content.firstElementChild.cloneNode(true);
  toast.dataset.note = id;
  if (text) toast.querySelector("p").textContent = text;
  toast.classList.toggle("is-in-sight", inSight);
  toast.querySelector("[data-toast-close]").hidden = false;
  toasts.append(toast);
}

// What a page asks by itself waits while nobody looks. Once the sign-in has ended it says so and leaves the page as it is:
// what is being typed isn't thrown away for it.
const byItself = (ctx) => ctx.sourceElement.matches?.("[data-by-itself]") ?? false;
document.addEventListener("htmx:before:request", (event) => {
  if (document.hidden && byItself(event.detail.ctx)) event.preventDefault();
});

// A refused or lost partial update leaves the page as it is and says so; an ended sign-in opens the sign-in.
document.addEventListener("htmx:before:response", (event) => {
  const { ctx } = event.detail;
  const { status } = ctx.response;
  if (status >= 400 && status < 500 && byItself(ctx)) {
    event.preventDefault();
    if (status === 401) tell("note-signed-out", { inSight: true });
  } else if (status === 401 && !ctx.hx.redirect) {
    event.preventDefault();
    window.location.reload();
  } else if (status >= 500) {
    event.preventDefault();
    tell("note-failed");
  }
});
document.addEventListener("htmx:error", () => tell("note-no-connection"));
document.addEventListener("htmx:after:swap", closable);
// A toast that came in place of a part of the page is read at once, wherever the page was.
document.addEventListener("htmx:after:swap", ({ detail }) => {
  if (detail.ctx?.hx?.retarget === "[data-toasts]") toasts.lastElementChild?.scrollIntoView({ block: "center" });
});
document.addEventListener("htmx:after:swap", () => toasts?.querySelectorAll("[data-note]").forEach((note) => note.remove()));

// A stop that came in by itself stands at the top, which may be out of sight.
document.addEventListener("htmx:after:swap", ({ detail }) => {
  if (!detail.ctx || !byItself(detail.ctx)) return;
  const part = document.getElementById(detail.ctx.sourceElement.id);
  const title = part?.querySelector(".reasons-stop .reasons-title, .banner-stop .banner-title");
  if (title) tell("note-news", { text: title.textContent.trim(), inSight: true });
});

document.querySelectorAll(".tab-bar [aria-current]").forEach((link) => {
  const bar = link.closest(".tab-bar");
  bar.scrollLeft = Math.max(0, link.offsetLeft - (bar.clientWidth - link.offsetWidth) / 2);
});

// An error page leads back to the page before, where what was typed still stands.
document.querySelectorAll("[data-back]").forEach((button) => {
  button.hidden = window.history.length < 2;
  button.addEventListener("click", () => window.history.back());
});

// A window that another one opened can close itself.
document.querySelectorAll("[data-close-window]").forEach((button) => {
  button.hidden = !window.opener;
  button.addEventListener("click", () => window.close());
});
