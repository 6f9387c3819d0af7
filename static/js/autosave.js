/*
 * Saves a draft field by field: form[data-autosave-url].
 *
 * Posts the changed fields with the token and the row version; the server answers JSON
 *   200 {"saved_at": "09:41:07", "row_version": 7, "values": {...}}     saved
 *   422 {"errors": {"name": ["what to do"]}, ...}     the others are saved, these are not
 *   409 {"row_version": 8, "values": {...}, "authors": {...}}     somebody else saved first: see #meet
 *   409 {"closed": "why", "way": {"text": "...", "url": "..."}}     nothing can be saved here any more; where to go on
 *   409 {}     the page has to be loaded again
 *   401     the sign-in has ended;  403 {"other": "Paul Demo"}     somebody else is signed in
 *   403 {"token": true}     a new token came along: sent again at once
 *   5xx {"failed": "why"}     not saved yet, says why, and is tried again
 * Anything else, or no answer, is "not saved yet" and is tried again. After a save the form sends `autosaved`.
 * Nothing typed is lost: what isn't saved waits, and is sent when there is a connection and a sign-in again.
 *
 * `[data-judged=FORM_ID]` is what was made of the saved answers: while something on the screen isn't saved, it says
 * so in place of an older verdict. `[data-judged-version]` is the row version that the page was judged by.
 *
 * A link or form with data-after-autosave="FORM_ID" leads on only when all of that form is saved.
 */

import { Draft } from "./autosave-draft.js";

const live = new Map();

/** Attach to what is on the page, and to what a partial update brings later. */
function attachAll() {
  for (const form of document.querySelectorAll("form[data-autosave-url]")) {
    if (!live.has(form)) live.set(form, new Draft(form));
  }
  for (const draft of live.values()) draft.judge();
}

attachAll();
document.addEventListener("htmx:after:swap", attachAll);
document.addEventListener("htmx:finally:request", () => setTimeout(attachAll, 0));

/** Go where `link` leads when everything is saved; stay, and say why, when it isn't. */
async function leadOn(link, draft) {
  link.classList.add("is-sending");
  const saved = await draft.flush();
  link.classList.remove("is-sending");
  if (saved) window.location.assign(link.href);
  else draft.showStatus();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-after-autosave]");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const draft = live.get(document.getElementById(link.dataset.afterAutosave));
  if (!draft) return;
  event.preventDefault();
  if (!link.classList.contains("is-sending")) leadOn(link, draft);
});

// Before the guard of all forms: what is typed elsewhere is saved first.
document.addEventListener(
  "submit",
  async (event) => {
    const { target: form, submitter } = event;
    const draft = live.get(document.getElementById(form.dataset.afterAutosave));
    if (!draft || form.dataset.checked) return;
    if (form.dataset.flushed) {
      delete form.dataset.flushed;
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!(await draft.flush())) {
      draft.showStatus();
      return;
    }
    // What was saved may have put a new form in the place of this one, which is what was pressed.
    if (!form.isConnected) {
      form.hidden = true;
      document.body.append(form);
    }
    // With nothing to save we are still inside the first event, during which a form isn't sent a second time.
    await new Promise((later) => setTimeout(later));
    form.dataset.flushed = "1";
    form.requestSubmit(submitter ?? undefined);
  },
  true,
);
