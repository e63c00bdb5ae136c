/**
 * Runs in the browser of the person who opened a link. It is a string, because it uses the browser's types and none of
 * ours.
 *
 * Scanners of mail servers open links, and some run scripts. So nothing is sent before a person presses the button or a
 * key, which the browser vouches for. The answer leaves the address at once, so that neither the history nor another
 * person at the same screen has it.
 */
export const LINK_PAGE_SCRIPT = `
const form = document.querySelector("form")
const outcome = document.getElementById("outcome")
const answer = new URLSearchParams(location.hash.slice(1))
const [id, token] = [answer.get("id") ?? "", answer.get("token") ?? ""]
history.replaceState(null, "", location.pathname)
addEventListener("hashchange", () => location.reload())

const say = (name, ...details) => {
  const words = document.querySelector("[data-words='" + CSS.escape(name) + "']") ??
    document.querySelector("[data-words=failed]")
  outcome.textContent = [words.textContent, ...details].join(" ")
}

const send = async () => {
  const body = { token, ...JSON.parse(form.dataset.members) }
  for (const { name, value } of form.querySelectorAll("input")) body[name] = value
  const address = location.pathname.replace(/\\/pages\\/[^/]*$/, "") + form.dataset.path.replace("{id}", id)
  const response = await fetch(address, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    credentials: "same-origin",
    cache: "no-store"
  })
  if (response.ok) return ["done"]
  const { code, errors = [] } = await response.json()
  return [code, ...errors.map(({ detail }) => detail + ".")]
}

let isSending = false
const retryable = ["validation-failed", "too-many-requests"]

form.addEventListener("submit", async (event) => {
  event.preventDefault()
  if (isSending || !event.isTrusted || navigator.userActivation?.isActive === false) return
  isSending = true
  say("sending")
  const result = await send().catch(() => ["failed"])
  isSending = false
  say(...result)
  const known = document.querySelector("[data-words='" + CSS.escape(result[0]) + "']") !== null
  form.hidden = known && result[0] !== "failed" && !retryable.includes(result[0])
  if (form.hidden) outcome.focus()
})

if (/^chl_[0-9a-z]{25}$/.test(id) && token !== "") form.hidden = false
else say("incomplete")
`
