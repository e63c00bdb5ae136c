#!/usr/bin/env bash
# Node 26.10.0 answers pipelined requests over HTTP, and not all of the same requests over HTTPS. It pauses its parser
# while answers wait to be sent. A TLS socket that shall read no more still hands on what it has decrypted, and the
# paused parser reports that as an error of the client: `clientError` with HPE_PAUSED, where a server usually answers
# 400. All are answered if the listener puts `error.rawPacket` back into the socket, which the parser reads as a stream
# from then on.
#
# Seen: the three lines below.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund node@26.10.0
export PATH="$folder/node_modules/node/bin:$PATH"
openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost -keyout key.pem -out cert.pem 2> /dev/null
cat > run.js <<'JS'
import { readFileSync } from "node:fs"
import http from "node:http"
import https from "node:https"
import net from "node:net"
import tls from "node:tls"

const page = "a".repeat(20_000)
const get = "GET / HTTP/1.1\r\nhost: a\r\n"
const requests = `${`${get}\r\n`.repeat(1999)}${get}connection: close\r\n\r\n`
const [key, cert] = ["key.pem", "cert.pem"].map((name) => readFileSync(name))

const outcome = async (create, connect, putsBack) => {
  const codes = new Set()
  const server = create((_, response) => response.end(page))
  server.on("clientError", (error, socket) => {
    codes.add(error.code)
    if (putsBack) {
      socket.on("data", () => {})
      socket.unshift(error.rawPacket)
    } else socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")
  })
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening))
  const socket = connect(server.address().port)
  socket.write(requests)
  const chunks = []
  await new Promise((done) => socket.on("data", (chunk) => chunks.push(chunk)).on("close", done))
  server.close()
  const statuses = Buffer.concat(chunks).toString().match(/(?<=HTTP\/1.1 )\d{3}/g)
  const answered = statuses.length === 2000 ? "all" : "not all"
  return `${answered} answered, by ${[...new Set(statuses)].join(" and ")}; ${[...codes].join() || "no error"}`
}

const secure = (handler) => https.createServer({ key, cert }, handler)
const trusting = (port) => tls.connect({ port, host: "127.0.0.1", rejectUnauthorized: false })
console.log(`http: ${await outcome(http.createServer, (port) => net.connect(port, "127.0.0.1"), false)}`)
console.log(`https: ${await outcome(secure, trusting, false)}`)
console.log(`https, put back: ${await outcome(secure, trusting, true)}`)
JS
output=$(timeout 60 node run.js)
echo "$output"
[[ "$output" == "http: all answered, by 200; no error
https: not all answered, by 200; HPE_PAUSED
https, put back: all answered, by 200; HPE_PAUSED" ]]
