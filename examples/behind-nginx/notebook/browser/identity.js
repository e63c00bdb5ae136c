// Talks to identity's own API, which nginx has at /id/ of the same origin. The session is in a cookie that scripts can't
// read. `pages.js` puts this before the scripts of the pages that need it.

/** What identity refuses, in words for people. */
class Refusal extends Error {
  constructor({ code, detail, errors = [], sign_in }) {
    super(errors.map(({ pointer, detail }) => `${pointer.slice(1)} ${detail}`.trim()).join(", ") || detail)
    this.code = code
    this.signIn = sign_in
  }
}

export const call = async (method, path, body, headers) => {
  const answer = await fetch(`/id${path}`, {
    method,
    ...(body && { headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) })
  })
  if (answer.status === 204) return
  const json = await answer.json()
  if (answer.ok) return json
  if (json.code === "session-required") location.assign("/sign-in")
  throw new Refusal(json)
}

/** Does something with what was typed into a form, and says there why it didn't work. */
export const onSubmit = (form, act, options) => {
  form.addEventListener("submit", async (event) => {
    event.preventDefault()
    const alert = form.querySelector("[role=alert]")
    const typed = Object.fromEntries(new FormData(form, event.submitter))
    alert.textContent = ""
    form.inert = true
    try {
      await act(typed)
    } catch (error) {
      alert.textContent = error.message
    } finally {
      form.inert = false
    }
  }, options)
}

export const createPasskey = async (options) => {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options)
  return (await navigator.credentials.create({ publicKey })).toJSON()
}

export const usePasskey = async (options) => {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options)
  return (await navigator.credentials.get({ publicKey })).toJSON()
}

/** Asks for a proof of one of these kinds, until `send` takes it. Fails if nobody gives one. */
export const prove = (kinds, passkeyOptions, send) => {
  const dialog = document.getElementById("proof")
  const form = dialog.querySelector("form")
  for (const part of form.querySelectorAll("[data-kind]")) part.hidden = !kinds.includes(part.dataset.kind)
  form.querySelector("[value=text]").hidden = kinds.every((kind) => kind === "passkey")
  form.querySelector("[role=alert]").textContent = ""
  dialog.showModal()
  const closed = new AbortController()
  return new Promise((resolve, reject) => {
    dialog.addEventListener("close", () => {
      closed.abort()
      form.reset()
      reject(new Error("You didn't prove that it is you."))
    }, { once: true })
    onSubmit(form, async ({ by, ...typed }) => {
      if (by === "nothing") return dialog.close()
      const proof = by === "passkey"
        ? { passkey: await usePasskey(await passkeyOptions()) }
        : Object.fromEntries(Object.entries(typed).filter(([, text]) => text !== ""))
      resolve(await send(proof))
      dialog.close()
    }, { signal: closed.signal })
  })
}
