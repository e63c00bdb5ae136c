/**
 * People who use the service while it suffers: each signs up, signs in, checks sessions, renames and signs out, as a
 * seed says. Everybody does one thing at a time, so what must come of it is known. Somebody who gets no answer to a
 * sign-up asks again with the same key, and somebody who gets none to a new password leaves.
 */
import { setTimeout as pause } from "node:timers/promises"
import { IN_PROGRESS } from "./Checker.ts"
import { Dice } from "./Dice.ts"
import { isRefused } from "./Recorder.ts"
import type { Asked, Exchange, Recorder, Session } from "./Recorder.ts"

export interface CrowdOptions {
  /** How many people there are at a time. */
  readonly size: number
  /** Between two requests of one person. */
  readonly pauseMs?: number
}

interface Person {
  readonly email: string
  readonly password: string
  readonly sessions: Array<Session>
}

/** Sessions that were signed out last, for others to try. */
const GRAVEYARD_MAX = 200

/** How many of those who signed up last are looked at by others. */
const NEIGHBOURS = 50

/** The checks at the end, of sessions that live and of those that ended. */
const CHECKS_AT_END = 400

/** Before what was refused is asked again. */
const RETRY_MS = 25

/** A claim of a request that was cut off is taken over after ten seconds. */
const SETTLING_MS = 14_000

export class Crowd {
  readonly #recorder: Recorder
  readonly #servers: () => ReadonlyArray<string>
  readonly #seed: number
  readonly #living: Array<Person> = []
  readonly #graveyard: Array<Session> = []
  readonly #unsettled: Array<Asked> = []
  readonly #begun = new Map<number, number>()
  #lanes: ReadonlyArray<Promise<void>> = []
  #isOver = false
  #people = 0
  #pauseMs = 0

  /** `servers` answers the addresses of those that run, for each request anew. */
  constructor(recorder: Recorder, servers: () => ReadonlyArray<string>, seed: number) {
    this.#recorder = recorder
    this.#servers = servers
    this.#seed = seed
  }

  /** Begins; goes on until it is stopped. */
  start({ pauseMs = 0, size }: CrowdOptions): void {
    this.#isOver = false
    this.#pauseMs = pauseMs
    this.#lanes = Array.from({ length: size }, (_, lane) => this.#live(lane))
  }

  /** Ends once everybody has the answer they wait for. */
  async stop(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#lanes)
  }

  /** Waits until nobody is left who is here now, and forgets those. */
  async renewed(): Promise<void> {
    const before = new Map(this.#begun)
    const people = this.#living.length
    while ([...before].some(([lane, count]) => this.#begun.get(lane) === count)) await pause(10)
    this.#living.splice(0, people)
  }

  /** Asks again for what is in doubt, and then for a part of all sessions, whether they live. */
  async settle(): Promise<void> {
    const dice = new Dice(this.#seed)
    const until = performance.now() + SETTLING_MS
    await Promise.all(
      this.#unsettled.splice(0).map(async (asked) => {
        let answer = await this.#ask(dice, asked)
        while (isInDoubt(answer) && performance.now() < until) {
          await pause(10 * RETRY_MS)
          answer = await this.#ask(dice, asked)
        }
      })
    )
    const living = this.#living.flatMap(({ email, sessions }) => sessions.map((session) => ({ email, session })))
    const ended = this.#graveyard.map((session) => ({ email: "", session }))
    for (const { email, session } of [...living.slice(-CHECKS_AT_END), ...ended]) {
      await this.#ask(dice, checkOf(email, session))
    }
  }

  async #live(lane: number): Promise<void> {
    const dice = new Dice(this.#seed * 1_000 + lane)
    for (let count = 0; !this.#isOver; count++) {
      this.#begun.set(lane, count)
      const person: Person = {
        email: `person-${this.#people += 1}@example.com`,
        password: `a well kept secret ${dice.between(0, 1_000_000)}`,
        sessions: []
      }
      if (!await this.#signUp(dice, person)) continue
      this.#living.push(person)
      for (let deeds = dice.between(10, 60); deeds > 0 && !this.#isOver; deeds--) {
        if (!await this.#act(dice, person)) break
        if (this.#pauseMs > 0) await pause(this.#pauseMs)
      }
    }
  }

  /** Does one of the usual things; answers whether this person stays. */
  async #act(dice: Dice, person: Person): Promise<boolean> {
    const { email } = person
    const session = dice.pick(person.sessions)
    if (session === undefined) {
      await this.#signIn(dice, person)
      return true
    }
    const deed = dice.between(0, 40)
    if (deed === 0) await this.#signIn(dice, person)
    else if (deed === 1) return await this.#changePassword(dice, person, session)
    else if (deed < 5) await this.#signOut(dice, person, session)
    else if (deed < 20) await this.#ask(dice, renameOf(email, session, `${email} ${dice.between(0, 1_000_000)}`))
    else if (deed < 23) await this.#lookAtOthers(dice)
    else if (deed < 25) await this.#ask(dice, { kind: "list", method: "GET", path: "/sessions", email, session })
    else await this.#ask(dice, checkOf(email, session))
    return true
  }

  /** Now and then two servers are asked at the same time for one address. */
  async #signUp(dice: Dice, { email, password }: Person): Promise<boolean> {
    const asked: Asked = {
      kind: "sign-up",
      method: "POST",
      path: "/accounts",
      email,
      json: { email, password, display_name: email },
      headers: { "idempotency-key": `sign-up-${email}` }
    }
    if (dice.between(0, 10) === 0) {
      const { headers: _, ...rest } = asked
      const twin: Asked = { ...rest, kind: "contested sign-up" }
      const answers = await Promise.all([this.#ask(dice, twin), this.#ask(dice, twin)])
      return answers.some(({ status }) => status === 201)
    }
    let answer = await this.#ask(dice, asked)
    while (isInDoubt(answer) && !this.#isOver) {
      await this.#lookAtOthers(dice)
      await pause(RETRY_MS)
      answer = await this.#ask(dice, asked)
    }
    if (isInDoubt(answer)) this.#unsettled.push(asked)
    return answer.status === 201
  }

  async #signIn(dice: Dice, { email, password, sessions }: Person): Promise<void> {
    const answer = await this.#ask(dice, {
      kind: "sign-in",
      method: "POST",
      path: "/sessions",
      email,
      json: { email, password }
    })
    if (answer.status === 201) sessions.push(sessionIn(answer))
  }

  async #signOut(dice: Dice, { email, sessions }: Person, session: Session): Promise<void> {
    sessions.splice(sessions.indexOf(session), 1)
    const answer = await this.#ask(dice, { kind: "sign-out", method: "DELETE", path: "/sessions/me", email, session })
    if (answer.status === 204) this.#bury([session])
  }

  async #changePassword(dice: Dice, person: Person, session: Session): Promise<boolean> {
    const { email, password, sessions } = person
    const answer = await this.#ask(dice, {
      kind: "change-password",
      method: "PUT",
      path: "/accounts/me/password",
      email,
      session,
      json: { current_password: password, new_password: `${password} and another` }
    })
    const ended = sessions.splice(0)
    if (answer.status === 200) {
      this.#bury(ended)
      sessions.push(sessionIn(answer))
    }
    // A person with a new password leaves, so that everybody has one.
    return false
  }

  /** Checks a session that somebody may end just now, and one that has ended. */
  async #lookAtOthers(dice: Dice): Promise<void> {
    const other = dice.pick(this.#living.slice(-NEIGHBOURS))
    const sessions = [dice.pick(other?.sessions ?? []), dice.pick(this.#graveyard)]
    for (const session of sessions) if (session !== undefined) await this.#ask(dice, checkOf("", session))
  }

  #bury(sessions: ReadonlyArray<Session>): void {
    this.#graveyard.push(...sessions)
    this.#graveyard.splice(0, this.#graveyard.length - GRAVEYARD_MAX)
  }

  async #ask(dice: Dice, asked: Asked): Promise<Exchange> {
    const answer = await this.#recorder.send(await this.#server(dice), asked)
    // Nobody gains from asking a server that is away as fast as it can be refused.
    if (isRefused(answer)) await pause(RETRY_MS)
    return answer
  }

  /** Waits while there is none. */
  async #server(dice: Dice): Promise<string> {
    for (;;) {
      const server = dice.pick(this.#servers())
      if (server !== undefined) return server
      await pause(1)
    }
  }
}

/** Whether it may have happened, or is under way. */
const isInDoubt = ({ code, status }: Exchange): boolean => status === 0 || status === 503 || code === IN_PROGRESS

const sessionIn = ({ body }: Exchange): Session => ({ id: String(body["id"]), token: String(body["token"]) })

export const checkOf = (email: string, session: Session): Asked => ({
  kind: "check",
  method: "GET",
  path: "/sessions/me",
  email,
  session
})

export const renameOf = (email: string, session: Session, name: string): Asked => ({
  kind: "rename",
  method: "PATCH",
  path: "/accounts/me",
  email,
  session,
  headers: { "if-match": "*" },
  json: { display_name: name }
})
