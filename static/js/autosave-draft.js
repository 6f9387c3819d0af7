/* The saving of one form field by field; what the server answers is described in autosave.js. */

import { groupOf, inWords, same, setValues, showErrors, showNote, valuesAsLoaded, valuesOf } from "./autosave-fields.js";
import { SaveStatus, changedNote, conflictBox } from "./autosave-status.js";

const TYPING_MS = 700;
const TRY_AGAIN_MS = [2000, 4000, 8000, 15000, 30000];
const ANSWER_MS = 15000;
const JUDGEMENT_MS = 3000;
const AT_ONCE = new Set(["radio", "checkbox", "select-one", "select-multiple", "date", "time"]);
/** Where a person has to do something before saving can go on, and where nothing helps. */
const HELD = new Set(["ended", "other", "elsewhere"]);

/** One form that saves itself: what waits, what was refused, and what somebody else answered differently. */
export class Draft {
  #form;
  #status;
  #waiting = new Set();
  #sending = new Set();
  #unjudged = new Set();
  #refused = new Map();
  #conflicts = new Map();
  #saved = new Map();
  #timer = 0;
  #judgement = 0;
  #failures = 0;
  #flight = null;
  #halt = "";
  #told = {};
  #renewed = false;
  #met = false;

  constructor(form) {
    this.#form = form;
    this.#status = SaveStatus.of(form, {
      save: () => this.#goOn(),
      show: () => form.querySelector("[data-autosave-note] button, [aria-invalid]")?.focus(),
    });
    for (const { name } of form.elements) if (name) this.#saved.set(name, valuesAsLoaded(form, name));
    form.addEventListener("input", (event) => this.#changed(event.target));
    form.addEventListener("change", (event) => this.#changed(event.target));
    form.addEventListener("submit", () => clearTimeout(this.#timer));
    window.addEventListener("online", () => this.#goOn());
    window.addEventListener("focus", () => this.#goOn());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.#soon(0);
      else this.#goOn();
    });
    window.addEventListener("beforeunload", (event) => {
      if (this.#unsaved.size && !form.dataset.sending) event.preventDefault();
    });
  }

  /** The names of the fields that show something which isn't saved. */
  get #unsaved() {
    const conflicting = [...this.#conflicts.values()].flatMap((conflict) => conflict.names);
    return new Set([...this.#waiting, ...this.#sending, ...this.#refused.keys(), ...conflicting]);
  }

  #changed(control) {
    if (!control.name || control.type === "password" || control.type === "file" || control.closest("[data-no-autosave]")) return;
    const group = groupOf(control.name);
    if (this.#conflicts.has(group)) {
      this.#ask(group);
      return;
    }
    showNote(this.#form, group, null);
    this.#waiting.add(control.name);
    this.#tell();
    this.#soon(AT_ONCE.has(control.type) ? 0 : TYPING_MS);
  }

  #soon(milliseconds) {
    if (!this.#waiting.size || this.#halt) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#send(), milliseconds);
  }

  /** Try again now: the connection or the sign-in may be back. */
  #goOn() {
    if (HELD.has(this.#halt)) this.#halt = "";
    this.#soon(0);
  }

  /** Save all that waits, now; resolves to whether everything is saved. */
  async flush() {
    if (HELD.has(this.#halt)) this.#halt = "";
    while (!this.#halt && (this.#flight || this.#waiting.size)) {
      clearTimeout(this.#timer);
      await (this.#flight ?? this.#send());
      if (this.#failures) return false;
    }
    return !this.#halt && !this.#unsaved.size;
  }

  /** Bring what became of the saving before the reader's eyes, and that it is why the page doesn't go on. */
  showStatus() {
    this.#status.hold();
  }

  #send() {
    if (this.#flight || !this.#waiting.size) return this.#flight;
    this.#flight = this.#post().finally(() => {
      this.#flight = null;
      this.#tell();
    });
    return this.#flight;
  }

  async #post() {
    const names = [...this.#waiting];
    this.#sending = new Set(names);
    this.#waiting.clear();
    this.#tell("saving");
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
    const status = answer?.redirected ? 401 : (answer?.status ?? 0);
    const told = status ? await answer.json().catch(() => null) : null;
    this.#sending.clear();
    this.#settle(names, status, told);
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
    // And of which site: it may have been changed in another window.
    if (all.has("opened_site")) body.set("opened_site", all.get("opened_site"));
    for (const name of names) {
      body.append("changed", name);
      for (const value of all.getAll(name)) body.append(name, value);
    }
    return body;
  }

  #settle(names, status, told) {
    if (status === 200 || status === 422) {
      // An answer that is no JSON is somebody else's page, of a proxy perhaps: taken for none.
      if (told) return this.#keep(names, told);
      status = 0;
    }
    names.forEach((name) => this.#waiting.add(name));
    if (status === 409 && told?.values) return this.#meet(told);
    if (status === 403 && told?.token && !this.#renewed) {
      this.#renewed = true;
      return this.#soon(0);
    }
    if (status === 401 || status === 403 || status === 409) {
      this.#told = told ?? {};
      this.#halt = status === 409 ? "stale" : "ended";
      if (told?.closed) this.#halt = "closed";
      else if (told?.elsewhere) this.#halt = "elsewhere";
      else if (told?.other) this.#halt = "other";
      else if (status === 403 && !told) this.#halt = "forbidden";
      return undefined;
    }
    // What the server says is told; only no answer at all is a lost connection.
    this.#told = status ? { failed: told?.failed, status } : {};
    const pause = TRY_AGAIN_MS[Math.min(this.#failures, TRY_AGAIN_MS.length - 1)];
    this.#failures += 1;
    return this.#soon(pause);
  }

  /** The fields `names` are saved, but for those that were refused. */
  #keep(names, told) {
    this.#failures = 0;
    this.#renewed = false;
    this.#told = told;
    this.#version(told.row_version);
    for (const name of names) {
      const texts = told.errors?.[name] ?? [];
      if (texts.length) this.#refused.set(name, texts);
      else this.#refused.delete(name);
      showErrors(this.#form, name, texts);
      if (!texts.length) this.#saved.set(name, valuesOf(this.#form, name));
    }
    for (const [name, values] of Object.entries(told.values ?? {})) {
      const dropped = !values.length || !names.includes(name);
      this.#saved.set(name, values);
      if (dropped && !this.#unsaved.has(name) && !same(values, valuesOf(this.#form, name))) setValues(this.#form, name, values);
    }
    if (document.querySelector("[data-judged-version]")) names.forEach((name) => this.#unjudged.add(name));
    this.#soon(0);
    this.#announce(told);
  }

  /**
   * Somebody else, or the same person in another window, saved first. What nobody else touched is sent again with the
   * newest version; where both changed the same, the person chooses; what only the others changed is shown.
   */
  #meet({ row_version: version, values, authors }) {
    this.#failures = 0;
    this.#met = true;
    this.#version(version);
    const touched = Object.keys(values).filter((name) => !same(values[name], this.#saved.get(name) ?? []));
    for (const [name, saved] of Object.entries(values)) this.#saved.set(name, saved);
    for (const group of new Set(touched.map(groupOf))) {
      const fields = Object.keys(values).filter((name) => groupOf(name) === group);
      const mine = fields.filter((name) => this.#unsaved.has(name));
      const author = authors[group] ?? authors[""] ?? {};
      mine.forEach((name) => this.#waiting.delete(name));
      if (this.#conflicts.has(group) || mine.some((name) => !same(valuesOf(this.#form, name), values[name]))) {
        this.#conflicts.set(group, { names: mine.length ? mine : this.#conflicts.get(group).names, fields, author });
        this.#ask(group);
      } else {
        this.#take(fields);
        const theirs = this.#words(fields, (name) => values[name]);
        showNote(this.#form, group, changedNote(this.#status, author, theirs));
      }
    }
    // What the others saved is judged anew even when nothing is left to send.
    this.#announce({});
    this.#soon(0);
  }

  #words(fields, valuesBy) {
    return fields.map((name) => inWords(this.#form, name, valuesBy(name))).filter(Boolean).join(" · ");
  }

  /** Show what is saved of `fields`. */
  #take(fields) {
    for (const name of fields) {
      setValues(this.#form, name, this.#saved.get(name) ?? []);
      this.#refused.delete(name);
      showErrors(this.#form, name, []);
    }
  }

  /** Show both answers beside the field; the person chooses. */
  #ask(group) {
    const { fields, author } = this.#conflicts.get(group);
    const box = conflictBox(this.#status, author, {
      mine: this.#words(fields, (name) => valuesOf(this.#form, name)),
      theirs: this.#words(fields, (name) => this.#saved.get(name) ?? []),
      keep: () => {
        const changed = fields.filter((name) => !same(valuesOf(this.#form, name), this.#saved.get(name) ?? []));
        changed.forEach((name) => this.#waiting.add(name));
        this.#chosen(group);
        this.#soon(0);
      },
      take: () => {
        this.#take(fields);
        this.#chosen(group);
      },
    });
    showNote(this.#form, group, box);
    this.#tell();
  }

  #chosen(group) {
    this.#conflicts.delete(group);
    showNote(this.#form, group, null);
    this.#form.querySelector(`[name="${CSS.escape(group)}"]:checked, [name="${CSS.escape(group)}"]`)?.focus();
    this.#tell();
  }

  #version(version) {
    if (version !== undefined && this.#form.elements.row_version) this.#form.elements.row_version.value = version;
  }

  #announce(told) {
    this.#form.dispatchEvent(new CustomEvent("autosaved", { bubbles: true, detail: told }));
    clearTimeout(this.#judgement);
    if (this.#unjudged.size) this.#judgement = setTimeout(() => this.#announce(told), JUDGEMENT_MS);
  }

  /** Look whether what the page shows was judged by what is saved now. */
  judge() {
    const judged = Number(document.querySelector("[data-judged-version]")?.dataset.judgedVersion ?? 0);
    if (judged >= Number(this.#form.elements.row_version?.value ?? 0)) {
      this.#unjudged.clear();
      clearTimeout(this.#judgement);
    }
    this.#tell();
  }

  get #state() {
    if (this.#halt) return this.#halt;
    if (this.#flight) return "saving";
    if (this.#failures && this.#waiting.size) return this.#told.failed ? "failing" : this.#told.status ? "faulty" : "unsent";
    if (this.#waiting.size) return "unsaved";
    if (this.#conflicts.size) return "conflict";
    if (this.#refused.size) return "refused";
    if (this.#told.saved_at) return "saved";
    return this.#met ? "settled" : "";
  }

  #tell(state = this.#state) {
    this.#status.say(state, this.#told);
    this.#status.judge(new Set([...this.#unsaved, ...this.#unjudged].map(groupOf)));
  }
}
