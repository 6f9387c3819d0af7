/* The fields of a form that saves itself, by name: what they hold, in words too, and what is noted beside them. */

const several = (control) => control.type === "radio" || control.type === "checkbox";

export const controlsOf = (form, name) => [...form.elements].filter((control) => control.name === name);

/** The fields that belong together: those whose names are the same up to the first hyphen. */
export const groupOf = (name) => name.split("-", 1)[0];

export const same = (one, other) => one.length === other.length && one.every((value, place) => value === other[place]);

const filled = (values) => values.filter((value) => value !== "");

/** What the field `name` holds now, as it is sent. */
export function valuesOf(form, name) {
  return filled(new FormData(form).getAll(name).map(String));
}

/** What the field held when the page came: what was saved then. */
export function valuesAsLoaded(form, name) {
  return filled(
    controlsOf(form, name).flatMap((control) => {
      if (several(control)) return control.defaultChecked ? [control.value] : [];
      if (control.type !== "select-one" && control.type !== "select-multiple") return [control.defaultValue];
      const chosen = [...control.options].filter((option) => option.defaultSelected);
      return chosen.map((option) => option.value);
    }),
  );
}

export function setValues(form, name, values) {
  for (const control of controlsOf(form, name)) {
    if (several(control)) control.checked = values.includes(control.value);
    else if (control.options) for (const option of control.options) option.selected = values.includes(option.value);
    else control.value = values[0] ?? "";
  }
}

/** `values` of the field as the page shows them: the labels of what is chosen, else the text. */
export function inWords(form, name, values) {
  const controls = controlsOf(form, name);
  const words = values.map((value) => {
    const option = [...(controls[0]?.options ?? [])].find((each) => each.value === value);
    const choice = controls.find((control) => several(control) && control.value === value);
    return (option?.textContent ?? choice?.labels?.[0]?.textContent ?? value).trim();
  });
  return words.join(", ");
}

function placeOf(form, name) {
  const control = controlsOf(form, name)[0];
  return control?.closest(".field, .question, fieldset");
}

/** Show `texts` at the field `name`, in place of what stood there; none takes it away. */
export function showErrors(form, name, texts) {
  const place = placeOf(form, name);
  place?.querySelectorAll("[data-autosave-error]").forEach((box) => box.dataset.autosaveError === name && box.remove());
  // What the server said of what was sent before: it is said anew, or over.
  for (const { id } of controlsOf(form, name)) if (id) document.getElementById(`${id}_error`)?.remove();
  for (const control of controlsOf(form, name)) control.toggleAttribute("aria-invalid", texts.length > 0);
  if (!place || !texts.length) return;
  const box = document.createElement("div");
  box.className = "field-error";
  box.dataset.autosaveError = name;
  box.setAttribute("role", "alert");
  for (const text of texts) {
    const line = document.createElement("p");
    line.textContent = text;
    box.append(line);
  }
  const control = controlsOf(form, name)[0];
  const before = control?.closest(".control, .input-group, .answers, .choices");
  if (before && place.contains(before)) before.before(box);
  else place.lastElementChild.before(box);
}

/** Take the note about `group` away, and put `box` in its place, if there is one. */
export function showNote(form, group, box) {
  form.querySelectorAll("[data-autosave-note]").forEach((each) => each.dataset.autosaveNote === group && each.remove());
  if (!box) return;
  box.dataset.autosaveNote = group;
  const control = controlsOf(form, group)[0];
  const place = control?.closest(".question") ?? placeOf(form, group) ?? form;
  const before = control?.closest(".answers, .choices, .control, .input-group");
  if (before && place.contains(before)) before.after(box);
  else place.append(box);
}
