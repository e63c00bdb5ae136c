const show = async (id, request, text) => {
  const answer = await request
  if (answer.ok) document.getElementById(id).textContent = text(await answer.json())
}
show("greeting", fetch("/greeting"), ({ greeting }) => greeting)
show("visits", fetch("/visits", { method: "POST" }), ({ visits }) => `Times you have opened this page: ${visits}`)
document.getElementById("sign-out").addEventListener("click", async () => {
  const { ok, status } = await fetch("/id/sessions/me", { method: "DELETE" })
  // 401 means that the session has ended already.
  if (ok || status === 401) location.assign("/sign-in")
  else document.querySelector("[role=alert]").textContent = "That didn't work. You are still signed in."
})
