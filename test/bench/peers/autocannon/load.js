/** What `requests.lua` does with wrk: sends the requests of a file in random order and tells the outcome. */
import autocannon from "autocannon"
import { readFileSync } from "node:fs"

const [url, file, connections, seconds] = process.argv.slice(2)

const prepared = readFileSync(file, "utf8").trimEnd().split("\n").map((line) => {
  const [method, path, body, ...rest] = line.split("\t")
  const headers = Object.fromEntries(rest.flatMap((name, index) => index % 2 === 0 ? [[name, rest[index + 1]]] : []))
  return { method, path, headers, body: body === "" ? undefined : body }
})

const result = await autocannon({
  url,
  connections: Number(connections),
  duration: Number(seconds),
  requests: [{
    setupRequest: (request) => ({ ...request, ...prepared[Math.floor(Math.random() * prepared.length)] })
  }]
})

process.stdout.write(`OUTCOME ${
  JSON.stringify({
    requests: result["2xx"] + result.non2xx,
    seconds: result.duration,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    failures: result.non2xx + result.errors + result.timeouts
  })
}\n`)
