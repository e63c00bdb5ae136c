/**
 * What the hash engine does when nothing else is in the way: verifies one password over and over, a number of times at
 * once, for a number of seconds; prints how many a second. In a process of its own, with the thread pool that every
 * Node process has.
 */
import * as argon2 from "@node-rs/argon2"

const [concurrency, seconds] = process.argv.slice(2).map(Number)
const password = "correct horse battery staple"
const hash = await argon2.hash(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 })

let verified = 0
const begun = performance.now()
await Promise.all(Array.from({ length: concurrency ?? 1 }, async () => {
  while (performance.now() - begun < (seconds ?? 1) * 1000) {
    await argon2.verify(hash, password)
    verified++
  }
}))
process.stdout.write(String(verified * 1000 / (performance.now() - begun)))
