/*
 * Saves a draft field by field: form[data-autosave-url].
 *
 * Posts the changed fields with the token and the row version; the server answers JSON
 *   200 {"saved_at": "09:41:07", "row_version": 7}    saved
 *   422 {"errors": {"name": ["what to do"]}, ...}     the others are saved, these are not
 *   409 {"by": "Paul Demo", "at": "09:41"} or {}       somebody else saved first: load the page again
 *   401                                               the sign-in has ended: nothing typed is lost
 * Anything else, or no answer, is "not saved yet" and is tried again. After a save the form sends `autosaved`.
 *
 * A link with data-after-autosave="FORM_ID" leads on only when all of that form is saved.
 */

const TYPING_MS = 700;
const TRY_AGAIN_MS = [2000, 4000, 8000, 15000, 30000];
const ANSWER_MS = 15000;
const AT_ONCE = new Set(["radio", "checkbox", "select-one", "select-multiple", "date", "time"]);

class Draft {
  #form;
  #status;
  #waiting = new Set();
  #timer = 0;
  #failures = 0;
  #flight = null;
  #halted = false;
  #ended = false;
  #refused = new Set();

  constructor(form) {
    this.#form = form;
    this.#status =
      form.querySelector("[data-autosave-status]") ??
      document.querySelector(`[data-autosave-form="${CSS.escape(form.id)}"]`);
    form.addEventListener("input", (event) => this.#changed(event.target));
    form.addEventListener("change", (event) => this.#changed(event.target));
    form.addEventListener("submit", () => clearTimeout(this.#timer));
    window.addEventListener("online", () => this.#soon(0));
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.#soon(0);
    });
    window.addEventListener("beforeunload", (event) => {
      if (this.#waiting.size && !form.dataset.sending) event.preventDefault();
    });
  }

  #changed(control) {
    if (!control.name || control.type === "password" || control.type === "file" || control.closest("[data-no-autosave]")) return;
    this.#waiting.add(control.name);
    if (this.#halted) return;
    this.#say("unsaved");
    this.#soon(AT_ONCE.has(control.type) ? 0 : TYPING_MS);
  }

  #soon(milliseconds) {
    if (!this.#waiting.size || this.#halted) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#send(), milliseconds);
  }

  /** Save all that waits, now; resolves to whether everything is saved. */
  async flush() {
    while (!this.#halted && (this.#flight || this.#waiting.size)) {
      clearTimeout(this.#timer);
      await (this.#flight ?? this.#send());
      if (this.#failures) return false;
    }
    return !this.#halted && !this.#refused.size;
  }

  /** Bring what became of the saving before the reader's eyes. */
  showStatus() {
    if (!this.#status) return;
    this.#status.tabIndex = -1;
    this.#status.scrollIntoView({ block: "center" });
    this.#status.focus({ preventScroll: true });
  }

  /** Whether the sign-in was found to have ended: then the form is sent whole, and the answer asks to sign in. */
  get ended() {
    return this.#ended;
  }

  #send() {
    if (this.#flight || !this.#waiting.size) return this.#flight;
    this.#flight = this.#post().finally(() => {
      this.#flight = null;
    });
    return this.#flight;
  }

  async #post() {
    const names = [...this.#waiting];
    this.#waiting.clear();
    this.#say("saving");
    let answer = null;
    try {
      answer = await fetch(this.#form.dataset.autosaveUrl, {
        method: "POST",
        body: this.#body(names),
        headers: { Accept: "application/json", "X-Autosave": "1" },
        keepalive: true,
        signal: AbortSignal.timeout(ANSWER_MS),
      });
    } catch {
      // No answer is the same as a bad one: it is tried again below.
    }
    // In flight until the answer is read: what is sent next bears the row version that stands in it.
    await this.#settle(names, answer);
  }

  #body(names) {
    const all = new FormData(this.#form);
    const body = new URLSearchParams();
    // The newest token: signing in again elsewhere has changed it.
    const token = document.cookie.match(/(?:^|; )(?:__Host-)?csrftoken=([^;]+)/)?.[1];
    body.set("csrfmiddlewaretoken", token ?? all.get("csrfmiddlewaretoken"));
    if (all.has("row_version")) body.set("row_version", all.get("row_version"));
    // Whose entry this is: nobody else who signs in meanwhile may be taken for its author.
    if (all.has("resume_user")) body.set("resume_user", all.get("resume_user"));
    for (const name of names) {
      body.append("changed", name);
      for (const value of all.getAll(name)) body.append(name, value);
    }
    return body;
  }

  async #settle(names, answer) {
    const status = answer?.redirected ? 401 : (answer?.status ?? 0);
    if (status === 401 || status === 403 || status === 409) {
      names.forEach((name) => this.#waiting.add(name));
      this.#halted = true;
      this.#ended = status !== 409;
      const other = status === 409 ? await answer.json().catch(() => ({})) : {};
      if (other.by) this.#say("staleBy", other.at, other.by);
      else this.#say(status === 409 ? "stale" : "ended");
      return;
    }
    if (status !== 200 && status !== 422) {
      names.forEach((name) => this.#waiting.add(name));
      const pause = TRY_AGAIN_MS[Math.min(this.#failures, TRY_AGAIN_MS.length - 1)];
      this.#failures += 1;
      this.#say("unsent");
      this.#soon(pause);
      return;
    }
    const result = await answer.json().catch(() => null);
    // An answer that is no JSON is somebody else's page, of a proxy perhaps: taken for none.
    if (!result) return this.#settle(names, null);
    this.#failures = 0;
    if (result.row_version !== undefined && this.#form.elements.row_version) {
      this.#form.elements.row_version.value = result.row_version;
    }
    this.#mark(names, result.errors ?? {});
    if (this.#waiting.size) this.#soon(0);
    else this.#say(status === 422 ? "refused" : "saved", result.saved_at);
    this.#form.dispatchEvent(new CustomEvent("autosaved", { bubbles: true, detail: result }));
  }

  /** Show the errors of the fields just sent, at the fields, and take away those that are mended. */
  #mark(names, errors) {
    for (const name of names) {
      if (name in errors) this.#refused.add(name);
      else this.#refused.delete(name);
      const controls = [...this.#form.elements].filter((control) => control.name === name);
      const field = controls[0]?.closest(".field, .question, fieldset");
      field?.querySelector("[data-autosave-error]")?.remove();
      for (const control of controls) control.toggleAttribute("aria-invalid", name in errors);
      if (!field || !(name in errors)) continue;
      const box = document.createElement("div");
      box.className = "field-error";
      box.dataset.autosaveError = "";
      box.setAttribute("role", "alert");
      for (const text of errors[name]) {
        const line = document.createElement("p");
        line.textContent = text;
        box.append(line);
      }
      (field.querySelector(".control, .input-group, .answers, .choices") ?? field.lastElementChild).before(box);
    }
  }

  #say(state, time = "", name = "") {
    if (!this.#status) return;
    this.#status.classList.toggle("is-unsaved", state === "unsent" || state === "refused");
    this.#status.classList.toggle("is-failed", ["ended", "stale", "staleBy"].includes(state));
    const text = this.#status.dataset[state].replace("TIME", () => time).replace("NAME", () => name);
    this.#status.querySelector("[data-autosave-text]").textContent = text;
    for (const icon of this.#status.querySelectorAll("[data-autosave-icon]")) {
      icon.hidden = !icon.dataset.autosaveIcon.split(" ").includes(state === "staleBy" ? "stale" : state);
    }
  }
}

const live = new WeakMap();

/** Attach to what is on the page, and to what a partial update brings later. */
function attachAll() {
  for (const form of document.querySelectorAll("form[data-autosave-url]")) {
    if (live.has(form)) continue;
    live.set(form, new Draft(form));
  }
}

attachAll();
document.addEventListener("htmx:after:swap", attachAll);

/** Go where `link` leads when everything is saved; stay, and say why, when it isn't. */
async function leadOn(link, form, draft) {
  // The status has said so, and that the button leads to the sign-in: the whole form goes, and nothing is lost.
  if (draft.ended && "told" in link.dataset) {
    form.requestSubmit();
    return;
  }
  link.classList.add("is-sending");
  const saved = await draft.flush();
  link.classList.remove("is-sending");
  if (saved) {
    window.location.assign(link.href);
    return;
  }
  link.dataset.told = "";
  draft.showStatus();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-after-autosave]");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const form = document.getElementById(link.dataset.afterAutosave);
  const draft = live.get(form);
  if (!draft) return;
  event.preventDefault();
  if (!link.classList.contains("is-sending")) leadOn(link, form, draft);
});
