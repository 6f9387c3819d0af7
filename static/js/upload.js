/* A file by choosing or dropping, shown before it is sent; one that is too large is refused at once. */

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
  }

  function show() {
    const file = input.files[0];
    if (!file) return reset();
    const limit = Number(upload.dataset.uploadMax ?? 0);
    if (limit && file.size > limit) return refuse(upload.dataset.uploadTooLarge);
    release();
    error.replaceChildren();
    input.removeAttribute("aria-invalid");
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

  input.addEventListener("change", show);
  clear.addEventListener("click", () => {
    reset();
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

const live = new WeakSet();

/** Attach to what is on the page, and to what a partial update brings later. */
function attachAll() {
  for (const upload of document.querySelectorAll("[data-upload]")) {
    if (live.has(upload)) continue;
    live.add(upload);
    attach(upload);
  }
}

attachAll();
document.addEventListener("htmx:after:swap", attachAll);
