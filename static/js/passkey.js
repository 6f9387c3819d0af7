/* Passkeys: the browser is asked for one when a form is to be sent that wants it, and its answer goes with the form. */

function json(url, form) {
  const token = form.querySelector("input[name=csrfmiddlewaretoken]").value;
  const body = new URLSearchParams(new FormData(form));
  return fetch(url, { method: "POST", headers: { "X-CSRFToken": token }, body, credentials: "same-origin" }).then(
    async (answer) => {
      if (answer.status === 422) throw new Refused((await answer.json()).refused);
      if (!answer.ok) throw new Error(String(answer.status));
      return answer.json();
    },
  );
}

/** What the clinic says no to, in its own words. */
class Refused extends Error {}

function tell(form, text) {
  const box = form.querySelector("[data-passkey-error]");
  box.textContent = text;
  box.hidden = text === "";
}

/** Ask for the answer of a passkey, old or new, and send the form with it. */
async function ask(form, button) {
  const { passkeyUrl, passkeyField, passkeyFailed, passkeyNone } = form.dataset;
  if (!window.PublicKeyCredential?.parseRequestOptionsFromJSON) {
    tell(form, passkeyNone);
    return;
  }
  tell(form, "");
  button.setAttribute("aria-disabled", "true");
  try {
    const options = await json(passkeyUrl, form);
    const answer =
      passkeyField === "credential"
        ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
        : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
    form.querySelector(`input[name=${passkeyField}]`).value = JSON.stringify(answer.toJSON());
    form.dataset.passkeyDone = "1";
    form.requestSubmit(button);
  } catch (error) {
    tell(form, error instanceof Refused ? error.message : passkeyFailed);
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

// Before the guard of all forms: what isn't answered yet isn't sent.
document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (!form.dataset.passkeyUrl || form.dataset.passkeyDone) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(form, event.submitter ?? form.querySelector("button[type=submit]"));
  },
  true,
);
