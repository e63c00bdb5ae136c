const transport = "cookie"

// Always this page. An address from the query could be another site's.
const enter = () => location.assign("/")

const signIn = async (email, password) => {
  try {
    await call("POST", "/sessions", { email, password, transport })
  } catch (error) {
    if (error.code !== "second-factor-required") throw error
    const { factors, id, passkey_options } = error.signIn
    const send = (proof) => call("POST", `/sign-ins/${id}/factor`, { ...proof, transport })
    await prove(factors, () => passkey_options, send)
  }
  enter()
}

onSubmit(document.getElementById("sign-in"), ({ email, password }) => signIn(email, password))

onSubmit(document.getElementById("passkey-sign-in"), async () => {
  const passkey = await usePasskey(await call("POST", "/passkeys/sign-in-options"))
  await call("POST", "/sessions", { passkey, transport })
  enter()
})

// A second click on "Create" is the same request and makes no second account.
const key = crypto.randomUUID()
onSubmit(document.getElementById("sign-up"), async ({ display_name, email, password }) => {
  await call("POST", "/accounts", { email, password, display_name }, { "idempotency-key": key })
  await signIn(email, password)
})
