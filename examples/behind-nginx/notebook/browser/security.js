const FACTORS = "/accounts/me/factors"
const TYPES = { passkey: "passkey", totp: "authenticator application", recovery_codes: "recovery codes" }

const list = document.getElementById("factors")
const newTotp = document.getElementById("new-totp")
const newCodes = document.getElementById("new-codes")

const itemOf = ({ confirmed, id, name, remaining, type }) => {
  const item = document.getElementById("factor").content.cloneNode(true)
  const state = confirmed ? remaining === undefined ? "" : `, ${remaining} left` : ", not confirmed"
  // As text. A name may look like markup.
  item.querySelector("span").textContent = `${name} (${TYPES[type]}${state})`
  onSubmit(item.querySelector("form"), async () => {
    await elevated(() => call("DELETE", `${FACTORS}/${id}`))
    await show()
  })
  return item
}

const show = async () => {
  const { factors } = await call("GET", FACTORS)
  list.replaceChildren(...factors.map(itemOf))
}

/** Does what needs an elevated session, and elevates the session first if it has to. */
const elevated = async (act) => {
  try {
    return await act()
  } catch (error) {
    if (error.code !== "reauthentication-required") throw error
  }
  const { factors } = await call("GET", FACTORS)
  // The password isn't enough for those with a second factor. Recovery codes are for those who have lost theirs.
  const kinds = factors.filter(({ confirmed, type }) => confirmed && type !== "recovery_codes").map(({ type }) => type)
  await prove(
    kinds.length === 0 ? ["password"] : kinds,
    () => call("POST", "/sessions/me/elevation-options"),
    (proof) => call("POST", "/sessions/me/elevation", proof)
  )
  return await act()
}

const enrol = (type, name) => elevated(() => call("POST", FACTORS, { type, name }))

onSubmit(document.getElementById("passkey"), async ({ name }) => {
  const { id, options } = await enrol("passkey", name)
  const registration = await createPasskey(options).catch(async (error) => {
    // It may have to stay where everybody needs a factor. The next one takes its place.
    await call("DELETE", `${FACTORS}/${id}`).catch(() => undefined)
    throw error
  })
  await call("POST", `${FACTORS}/${id}/confirm`, { registration })
  await show()
})

const showSecret = (id, secret, uri) => {
  newTotp.hidden = secret === ""
  newTotp.reset()
  newTotp.elements.id.value = id
  newTotp.querySelector("output").textContent = secret
  newTotp.querySelector("a").href = uri
}

onSubmit(document.getElementById("totp"), async ({ name }) => {
  const { id, otpauth_uri, secret } = await enrol("totp", name)
  showSecret(id, secret, otpauth_uri)
})

onSubmit(newTotp, async ({ code, id }) => {
  await call("POST", `${FACTORS}/${id}/confirm`, { code })
  showSecret("", "", "")
  await show()
})

onSubmit(document.getElementById("recovery-codes"), async () => {
  const { codes } = await enrol("recovery_codes", "On paper")
  newCodes.textContent = codes.join("\n")
  await show()
})

show().catch(({ message }) => {
  list.textContent = message
})
