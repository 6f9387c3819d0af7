/* What a form that saves itself says: how the saving goes, what isn't judged yet, and both answers of a conflict. */

const BUTTONS = {
  save: ["unsent", "failing", "faulty", "ended", "other", "elsewhere"],
  signIn: ["ended", "other"],
  show: ["refused", "conflict"],
  way: ["closed"],
};

const fill = (text, values) => text.replace(/TIME|NAME|WHY|NUMBER/g, (word) => values[word] ?? "");

export class SaveStatus {
  #form;
  #place;
  #held = false;

  /** The status of `form`, within it or elsewhere on the page; `pressed` are what its buttons do. */
  static of(form, pressed) {
    const line =
      form.querySelector("[data-autosave-status]") ??
      document.querySelector(`[data-autosave-form="${CSS.escape(form.id)}"] [data-autosave-status]`);
    return new SaveStatus(form, line?.closest("[data-autosave-place]"), pressed);
  }

  constructor(form, place, pressed) {
    this.#form = form;
    this.#place = place;
    for (const [name, press] of Object.entries(pressed)) this.#button(name)?.addEventListener("click", press);
  }

  get #line() {
    return this.#place?.querySelector("[data-autosave-status]");
  }

  #button(name) {
    return this.#place?.querySelector(`[data-autosave-button="${name}"]`);
  }

  /** A copy of one of the status's templates. */
  template(name) {
    return this.#place?.querySelector(`template[data-autosave-template="${name}"]`)?.content.firstElementChild.cloneNode(true);
  }

  say(state, told) {
    if (!this.#place || !state) return;
    const line = this.#line;
    if (state === "saved" || state === "saving") this.#held = false;
    line.classList.toggle("is-unsaved", ["unsent", "failing", "faulty", "refused", "conflict"].includes(state));
    line.classList.toggle("is-failed", ["ended", "other", "elsewhere", "closed", "forbidden", "stale"].includes(state));
    const why = told.closed ?? told.elsewhere ?? told.failed;
    const text = fill(line.dataset[state], { TIME: told.saved_at, NAME: told.other, WHY: why, NUMBER: told.status });
    const words = this.#held ? `${line.dataset.held} ${text}` : text;
    const shown = line.querySelector("[data-autosave-text]");
    if (shown.textContent !== words) shown.textContent = words;
    for (const icon of line.querySelectorAll("[data-autosave-icon]")) {
      icon.hidden = !icon.dataset.autosaveIcon.split(" ").includes(state);
    }
    for (const [name, states] of Object.entries(BUTTONS)) {
      const button = this.#button(name);
      if (button) button.hidden = !states.includes(state) || (name === "way" && !told.way);
    }
    if (told.way) {
      const way = this.#button("way");
      way.href = told.way.url;
      way.querySelector("span").textContent = told.way.text;
    }
  }

  /** Say that this is why the page doesn't go on, and bring it before the reader's eyes. */
  hold() {
    if (!this.#place) return;
    const line = this.#line;
    const shown = line.querySelector("[data-autosave-text]");
    if (!this.#held) shown.textContent = `${line.dataset.held} ${shown.textContent}`;
    this.#held = true;
    line.tabIndex = -1;
    line.scrollIntoView({ block: "nearest" });
    line.focus({ preventScroll: true });
  }

  /** Where a verdict rests on one of `groups`, say that it isn't judged yet; why not is said at the field. */
  judge(groups) {
    for (const place of document.querySelectorAll(`[data-judged="${CSS.escape(this.#form.id)}"]`)) {
      const about = place.dataset.judgedFields?.split(" ");
      place.classList.toggle("is-unjudged", about ? about.some((group) => groups.has(group)) : groups.size > 0);
    }
  }
}

function authorWords(box, author) {
  const line = box.querySelector("[data-autosave-author]");
  const said = author.yourself ? "yourself" : author.by ? "by" : "somebody";
  line.textContent = fill(line.dataset[said], { NAME: author.by, TIME: author.at });
}

function valueWords(box, name, words) {
  const place = box.querySelector(`[data-autosave-${name}]`);
  place.textContent = words || place.dataset.empty;
}

/** A note that others changed a field which this page had not touched. */
export function changedNote(status, author, theirs) {
  const box = status.template("changed");
  if (!box) return null;
  authorWords(box, author);
  valueWords(box, "theirs", theirs);
  return box;
}

/** Both answers, with a button for each. */
export function conflictBox(status, author, { mine, theirs, keep, take }) {
  const box = status.template("conflict");
  if (!box) return null;
  authorWords(box, author);
  valueWords(box, "mine", mine);
  valueWords(box, "theirs", theirs);
  for (const words of author.yourself ? box.querySelectorAll("button [data-yourself]") : []) words.textContent = words.dataset.yourself;
  box.querySelector("[data-autosave-keep]").addEventListener("click", keep);
  box.querySelector("[data-autosave-take]").addEventListener("click", take);
  return box;
}
