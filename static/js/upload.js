/*
 * A file by choosing or dropping, shown before it is sent; one that is too large is refused at once, and again when
 * its form is sent all the same: no file is chosen then, but that isn't what is wrong.
 *
 * Forms that bear `data-together` and have a file go out one after the other when one of them is sent.
 *
 * A form with a chosen file is sent from the page: when the connection is lost on the way, the page stays with the
 * file and everything typed, and the same button sends it again (the submission's key makes that one upload).
 */

/** What is said again of the file that was refused, by the part of the form that it was chosen in. */
const refusals = new Map();

function attach(upload) {
  const input = upload.querySelector("input[type=file]");
  const tile = upload.querySelector("[data-upload-tile]");
  const preview = upload.querySelector("[data-upload-preview]");
  const name = upload.querySelector("[data-upload-name]");
  const clear = upload.querySelector("[data-upload-clear]");
  const error = upload.querySelector("[data-upload-error]");
  const empty = { preview: [...preview.childNodes], name: name.textContent };
  let url = "";
  upload.classList.add("is-live");

  function release() {
    if (url) URL.revokeObjectURL(url);
    url = "";
  }

  function reset() {
    release();
    input.value = "";
    preview.replaceChildren(...empty.preview);
    name.textContent = empty.name;
    clear.hidden = true;
  }

  function refuse(text) {
    reset();
    const line = document.createElement("p");
    line.textContent = text;
    error.replaceChildren(line);
    input.setAttribute("aria-invalid", "true");
    clear.hidden = false;
    refusals.set(upload, () => {
      refuse(text);
      input.focus();
    });
  }

  function forget() {
    refusals.delete(upload);
    error.replaceChildren();
    input.removeAttribute("aria-invalid");
  }

  function show() {
    const file = input.files[0];
    if (!file) return reset();
    const limit = Number(upload.dataset.uploadMax ?? 0);
    if (limit && file.size > limit) return refuse(upload.dataset.uploadTooLarge);
    release();
    forget();
    name.textContent = `${file.name} · ${(file.size / 1048576).toFixed(1)} MB`;
    clear.hidden = false;
    url = URL.createObjectURL(file);
    const image = new Image();
    image.alt = "";
    image.src = url;
    // Not every browser can show HEIC or TIFF; the name is enough then.
    image.decode().then(
      () => preview.replaceChildren(image),
      () => preview.replaceChildren(...empty.preview),
    );
  }

  if (input.files.length) show();
  input.addEventListener("change", show);
  clear.addEventListener("click", () => {
    reset();
    forget();
    nameButtons();
    input.focus();
  });
  for (const kind of ["dragenter", "dragover"]) {
    tile.addEventListener(kind, (event) => {
      event.preventDefault();
      tile.classList.add("is-over");
    });
  }
  for (const kind of ["dragleave", "drop"]) {
    tile.addEventListener(kind, () => tile.classList.remove("is-over"));
  }
  tile.addEventListener("drop", (event) => {
    event.preventDefault();
    if (!event.dataTransfer.files.length) return;
    const one = new DataTransfer();
    one.items.add(event.dataTransfer.files[0]);
    input.files = one.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

/** The chosen files of a form, by the name of their field. */
function chosen(form) {
  const inputs = [...form.querySelectorAll("[data-upload] input[type=file]")];
  return new Map(inputs.filter((input) => input.files.length).map((input) => [input.name, input.files]));
}

/** The forms that go out with `form`, itself first: of those of `data-together` each that has a file. */
function together(form) {
  if (!form.hasAttribute("data-together")) return [form];
  const others = [...document.querySelectorAll("main form[data-together]")].filter((other) => other !== form);
  return [form, ...others.filter((other) => chosen(other).size)];
}

/** Send the forms one after the other; what one of them is refused for stops those behind it, which keep their files. */
async function send(forms, submitter) {
  let done;
  const token = forms[0].elements.csrfmiddlewaretoken?.value;
  for (const form of forms) form.dataset.sending = "1";
  for (const [number, form] of forms.entries()) {
    if (number && token) form.elements.csrfmiddlewaretoken.value = token;
    let answer;
    let text;
    try {
      answer = await fetch(form.action, { method: "POST", body: new FormData(form, number ? null : submitter) });
      text = answer.redirected ? "" : await answer.text();
    } catch {
      // What went out before is kept, and isn't kept twice when it is sent again.
      for (const other of forms) delete other.dataset.sending;
      forms[0].dispatchEvent(new CustomEvent("unsent", { bubbles: true }));
      return;
    }
    if (!answer.redirected) return refused(answer, text, forms.slice(number));
    delete form.dataset.dirty;
    done = answer.url;
  }
  // Loading the same page again keeps the place on it.
  if (done === window.location.href) window.location.reload();
  else window.location.assign(done);
}

/** Show the page that came back for the first of `forms`, with their files chosen in it. */
function refused(answer, text, forms) {
  const page = new DOMParser().parseFromString(text, "text/html");
  const content = answer.status === 422 || answer.status === 409 ? page.getElementById("content") : null;
  if (!content) {
    // An ended sign-in or an error has a page of its own: the browser opens it.
    for (const form of forms) delete form.dataset.dirty;
    forms[0].submit();
    return;
  }
  const waiting = forms.map((form) => [form.id, chosen(form)]);
  document.getElementById("content").replaceWith(content);
  for (const [id, files] of waiting) {
    const form = content.querySelector(`#${CSS.escape(id)}`);
    giveBack(form, files);
    if (form) form.dataset.dirty = "1";
  }
  document.dispatchEvent(new CustomEvent("answered", { bubbles: true }));
}

/** Choose the files again in the form that came back, but for one that was refused. */
function giveBack(form, files) {
  for (const [name, list] of files) {
    const input = form?.elements[name];
    if (input && !input.hasAttribute("aria-invalid")) input.files = list;
  }
}

// Before forms.js: what was refused here isn't sent without its file.
document.addEventListener(
  "submit",
  (event) => {
    const [, again] = [...refusals].find(([upload]) => event.target.contains(upload)) ?? [];
    if (!again) return;
    event.preventDefault();
    again();
  },
  true,
);

// forms.js comes first: a submit that it lets pass has been checked and is to go out.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || !form.id || form.hasAttribute("hx-post") || !chosen(form).size) return;
  event.preventDefault();
  send(together(form), event.submitter);
});

/** Say on the buttons of forms that go out together when there are several with a file. */
function nameButtons() {
  const forms = [...document.querySelectorAll("main form[data-together]")];
  const several = forms.filter((form) => chosen(form).size).length > 1;
  for (const form of forms) {
    const label = form.querySelector("button[type=submit] span");
    label.dataset.alone ??= label.textContent;
    label.textContent = several && chosen(form).size ? form.dataset.together : label.dataset.alone;
  }
}

document.addEventListener("change", nameButtons);

const live = new WeakSet();

/** Attach to what is on the page, and to what a partial update brings later. */
function attachAll() {
  for (const upload of document.querySelectorAll("[data-upload]")) {
    if (live.has(upload)) continue;
    live.add(upload);
    attach(upload);
  }
  nameButtons();
}

attachAll();
document.addEventListener("htmx:after:swap", attachAll);
document.addEventListener("answered", attachAll);
