/** How `identityd-client` asks: what it hands on, believes, shares and tries again. */
import { assert, describe, it } from "@effect/vitest"
import { identity, Unavailable } from "../../clients/typescript/src/index.ts"

const ALLOWED = {
  "identity-account-id": "acct_1",
  "identity-session-id": "ses_1",
  "identity-aal": "1",
  "identity-amr": "pwd",
  "identity-authenticated-at": "2026-03-01T12:00:00.123Z",
  "identity-email": "ada%40example.com",
  "identity-display-name": "Ada%20L%C3%B6v"
}

const allowed = () => new Response(null, { headers: ALLOWED })

const problem = (status: number, code: string, headers: Readonly<Record<string, string>> = {}) =>
  new Response(JSON.stringify({ type: "about:blank", title: code, status, detail: code, code, request_id: "1" }), {
    status,
    headers: { "content-type": "application/problem+json", ...headers }
  })

const visitor = { method: "GET", headers: { authorization: "Bearer token" } }

/** A client of a service that answers as the test says, and the requests that it was sent. */
const clientOf = (answer: (sent: Request, signal: AbortSignal) => Response | Promise<Response>, timeout = 1000) => {
  const sent: Array<Request> = []
  const fetch = async (input: string | URL | Request, init: RequestInit = {}) => {
    // Of a request of its own, so that the signal is not followed by anybody but the test.
    const { signal, ...rest } = init
    const request = new Request(input, rest)
    sent.push(request)
    return answer(request, signal ?? AbortSignal.abort())
  }
  return { client: identity({ url: "http://identity.internal/id/", timeout, fetch }), sent }
}

const rejection = (promise: Promise<unknown>) => promise.then(() => assert.fail("answered"), (error: unknown) => error)

/** A promise, and the function that settles it. */
const gate = () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { open: resolve, opened: promise }
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

describe("A check", () => {
  it("hands on what proves the session, where it comes from and its trace, and nothing else", async () => {
    const { client, sent } = clientOf(allowed)
    const trace = { traceparent: "00-a-b-01", tracestate: "a=b", "x-request-id": "request-7" }
    await client.session({
      method: "PATCH",
      headers: {
        ...trace,
        authorization: "Bearer token",
        cookie: "theme=dark; __Host-identity-session=token; __Host-identity-device=secret; cart=7",
        origin: "https://app.example.com",
        "sec-fetch-site": "same-origin",
        host: "app.example.com",
        "x-original-method": "GET",
        "x-forwarded-for": "192.0.2.7",
        "identity-authorize": "claims=email",
        "content-length": "7",
        "content-type": "application/json"
      }
    })
    const [request] = sent
    assert.isDefined(request)
    assert.strictEqual(request.url, "http://identity.internal/id/authorize?claims=email,name&aal=1&verified=0")
    assert.deepStrictEqual([request.method, request.redirect, request.cache], ["POST", "manual", "no-store"])
    assert.deepStrictEqual(Object.fromEntries(request.headers), {
      ...trace,
      authorization: "Bearer token",
      cookie: "__Host-identity-session=token",
      origin: "https://app.example.com",
      "sec-fetch-site": "same-origin"
    })
  })

  it("of a request without credentials asks nobody", async () => {
    const { client, sent } = clientOf(allowed)
    for (const headers of [{}, { cookie: "theme=dark" }, { authorization: "Basic YTpi" }]) {
      assert.isNull(await client.session({ method: "GET", headers }))
    }
    assert.isNull(await client.session(new Headers()))
    assert.isEmpty(sent)
  })

  it("understands a good answer", async () => {
    const session = await clientOf(allowed).client.session(visitor)
    assert.deepStrictEqual(session, {
      id: "ses_1",
      account_id: "acct_1",
      account: { email: "ada@example.com", display_name: "Ada Löv" },
      aal: 1,
      amr: ["pwd"],
      authenticated_at: "2026-03-01T12:00:00.123Z"
    })
  })

  const html = { headers: { "content-type": "text/html" } }

  const malformed: ReadonlyArray<readonly [name: string, answer: () => Response]> = [
    ["200 with a page", () => new Response("<h1>Welcome</h1>", html)],
    ["200 without one of the headers", () => {
      const { "identity-account-id": _, ...headers } = ALLOWED
      return new Response(null, { headers })
    }],
    ["200 with an empty header", () => new Response(null, { headers: { ...ALLOWED, "identity-session-id": "" } })],
    [
      "200 with a broken name",
      () => new Response(null, { headers: { ...ALLOWED, "identity-display-name": "%E0%A4%A" } })
    ],
    ["302", () => new Response(null, { status: 302, headers: { location: "https://evil.example" } })],
    ["401 with a page", () => new Response("<h1>Sign in</h1>", { status: 401, ...html })],
    ["401 of somebody else", () => problem(401, "vpn-required")],
    [
      "401 with the problem of another status",
      () => new Response(problem(403, "session-required").body, { status: 401, headers: problem(401, "a").headers })
    ],
    [
      "401 with JSON that is no problem",
      () => new Response("null", { status: 401, headers: problem(401, "a").headers })
    ],
    ["404", () => problem(404, "not-found")],
    ["500", () => problem(500, "internal-error")],
    ["502 with a page", () => new Response("<h1>Bad gateway</h1>", { status: 502, ...html })],
    ["503", () => problem(503, "unavailable")]
  ]

  it.each(malformed)("that is answered %s signs nobody out, nor in", async (_, answer) => {
    assert.instanceOf(await rejection(clientOf(answer).client.session(visitor)), Unavailable)
  })

  it("whose answer never ends is given up in time", async () => {
    const { client } = clientOf(
      () => new Response(new ReadableStream({ pull: () => turn() }), { headers: ALLOWED }),
      20
    )
    assert.instanceOf(await rejection(client.session(visitor)), Unavailable)
  })

  it("can be aborted, which is no outage", async () => {
    const controller = new AbortController()
    const { client } = clientOf(() => new Promise(() => undefined))
    const answer = rejection(client.session(visitor, { signal: controller.signal }))
    controller.abort()
    assert.propertyVal(await answer, "name", "AbortError")
    const { client: unasked, sent } = clientOf(allowed)
    assert.propertyVal(await rejection(unasked.session(visitor, { signal: controller.signal })), "name", "AbortError")
    assert.isEmpty(sent)
  })
})

describe("Equal checks", () => {
  it("at once are one, and the next one is another", async () => {
    const { client, sent } = clientOf(allowed)
    const sessions = await Promise.all(Array.from({ length: 50 }, () => client.session(visitor)))
    assert.lengthOf(new Set(sessions.map((session) => session?.id)), 1)
    assert.lengthOf(sent, 1)
    await client.session(visitor)
    assert.lengthOf(sent, 2)
  })

  it("[ASVS 8.3.2] an answer that is on its way is nobody's who comes later", async () => {
    let isLive = true
    const { open, opened } = gate()
    const { client, sent } = clientOf(async () => {
      const answer = isLive ? allowed() : problem(401, "session-required")
      if (sent.length === 1) await opened
      return answer
    })
    const before = client.session(visitor)
    await turn()
    isLive = false
    const after = [client.session(visitor), client.session(visitor)]
    await turn()
    assert.lengthOf(sent, 1, "one at a time")
    open()
    assert.strictEqual((await before)?.id, "ses_1")
    assert.deepStrictEqual(await Promise.all(after), [null, null])
    assert.lengthOf(sent, 2)
  })

  const other: ReadonlyArray<readonly [name: string, method: string, headers: Readonly<Record<string, string>>]> = [
    ["token", "GET", { authorization: "Bearer other" }],
    ["method", "POST", visitor.headers],
    ["origin", "GET", { ...visitor.headers, origin: "https://app.example.com" }]
  ]

  it.each(other)("have the same %s", async (_, method, headers) => {
    const { client, sent } = clientOf(allowed)
    await Promise.all([client.session(visitor), client.session({ method, headers }), client.session(visitor)])
    assert.lengthOf(sent, 2)
    await Promise.all([client.session(visitor), client.session(visitor, { aal: 2 })])
    assert.lengthOf(sent, 4)
  })

  it("go on when one of those who wait doesn't, and end with the last", async () => {
    const { open, opened } = gate()
    const signals: Array<AbortSignal> = []
    const { client, sent } = clientOf(async (_, signal) => {
      signals.push(signal)
      await opened
      return allowed()
    })
    const [first, second] = [new AbortController(), new AbortController()]
    const shared = [first, second].map(({ signal }) => client.session(visitor, { signal }))
    const outcomes = Promise.allSettled(shared)
    await turn()
    const impatient = new AbortController()
    const waiting = rejection(client.session(visitor, { signal: impatient.signal }))
    await turn()
    impatient.abort()
    await waiting
    const last = client.session(visitor)
    first.abort()
    await turn()
    assert.isFalse(signals[0]?.aborted)
    second.abort()
    await outcomes
    assert.isTrue(signals[0]?.aborted)
    open()
    assert.strictEqual((await last)?.id, "ses_1")
    assert.lengthOf(sent, 2)
  })

  it("each fail for themselves", async () => {
    let answers = 0
    const { client } = clientOf(() => (answers += 1) === 1 ? problem(500, "internal-error") : allowed())
    const failed = rejection(client.session(visitor))
    await turn()
    const later = client.session(visitor)
    assert.instanceOf(await failed, Unavailable)
    assert.strictEqual((await later)?.id, "ses_1")
  })
})

describe("An outage", () => {
  const afterwards = (failures: number, headers: Readonly<Record<string, string>>) => {
    const world = clientOf(() => world.sent.length > failures ? allowed() : problem(503, "unavailable", headers))
    return world
  }

  it("is waited for as long as `Retry-After` says", async () => {
    for (const retryAfter of ["0", new Date(0).toUTCString()]) {
      const { client, sent } = afterwards(2, { "retry-after": retryAfter })
      assert.strictEqual((await client.session(visitor))?.id, "ses_1")
      assert.lengthOf(sent, 3)
    }
  })

  it.each(
    [
      ["it doesn't say", {}, "GET"],
      ["it says nonsense", { "retry-after": "soon" }, "GET"],
      ["that is too late", { "retry-after": "1" }, "GET"],
      ["the request changes something", { "retry-after": "0" }, "POST"]
    ] as const
  )("is not waited for when %s", async (_, headers, method) => {
    const { client, sent } = afterwards(1, headers)
    assert.instanceOf(await rejection(client.session({ ...visitor, method })), Unavailable)
    assert.lengthOf(sent, 1)
  })

  it("is given up after three tries", async () => {
    const { client, sent } = afterwards(9, { "retry-after": "0" })
    const error = await rejection(client.session(visitor))
    assert.deepInclude(error, { name: "Unavailable", code: "unavailable", status: 503, retryAfter: 0 })
    assert.lengthOf(sent, 3)
  })

  it("of the network is not tried again", async () => {
    const cause = new TypeError("fetch failed")
    const { client, sent } = clientOf(() => Promise.reject(cause))
    assert.propertyVal(await rejection(client.session(visitor)), "cause", cause)
    assert.lengthOf(sent, 1)
  })
})
