import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Logger, Queue } from "effect"
import { TestClock } from "effect/testing"
import { X509Certificate } from "node:crypto"
import { writeFile } from "node:fs/promises"
import * as CertificateReloads from "../../../src/adapters/http/listener/CertificateReloads.ts"
import { readCertificate } from "../../../src/adapters/http/listener/TlsFiles.ts"
import type { Certificate, TlsFiles } from "../../../src/adapters/http/listener/TlsFiles.ts"
import { valueOf, withOwnMetrics } from "../../support/metrics.ts"
import { openConnection } from "../../support/raw-exchange.ts"
import { listening } from "../../support/RunningServer.ts"
import { selfSignedCertificate } from "../../support/self-signed-certificate.ts"
import { tlsFiles } from "../../support/tls-files.ts"
import { http2Send, https1Get } from "../../support/tls-requests.ts"

const write = (files: TlsFiles, pair: Certificate) =>
  Effect.promise(() => Promise.all([writeFile(files.cert, pair.cert), writeFile(files.key, pair.key)]))

/** The log lines about certificates, in order. */
const logging = Effect.gen(function*() {
  const lines = yield* Queue.unbounded<string>()
  const logger = Logger.make<unknown, void>(({ logLevel, message }) => {
    if (/TLS files|certificate/.test(String(message))) Queue.offerUnsafe(lines, `${logLevel} ${String(message)}`)
  })
  return { logger, next: Effect.timeout(Queue.take(lines), "5 seconds") }
})

describe("a listener that is asked to read its TLS files again", () => {
  it.live("has new connections use the new certificate, and ends none that are open", () =>
    Effect.gen(function*() {
      const { logger, next } = yield* logging
      const { cert, files } = yield* tlsFiles
      const asked = yield* Queue.unbounded<void>()
      const port = yield* listening({ tls: files, tlsReloads: Queue.take(asked) }, [logger])
      const open = yield* openConnection(port, cert)
      const renewed = selfSignedCertificate()
      yield* write(files, renewed)
      yield* Queue.offer(asked, undefined)
      assert.match(yield* next, /^Info .*new connections get the new certificate/)
      assert.strictEqual((yield* https1Get(port, renewed.cert, "/sessions/me")).status, 401)
      const head = { ":method": "GET", ":path": "/sessions/me" }
      assert.strictEqual((yield* http2Send(port, renewed.cert, head)).status, 401)
      yield* open.write("GET /sessions/me HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
      assert.include(yield* open.ended, "HTTP/1.1 401")
      yield* Queue.offer(asked, undefined)
      assert.match(yield* next, /^Info .*are the same/)
    }))

  it.live("keeps the certificate when the new pair can't be used, says so, and takes the next that can", () =>
    Effect.gen(function*() {
      const { logger, next } = yield* logging
      const { cert, files } = yield* tlsFiles
      const asked = yield* Queue.unbounded<void>()
      const port = yield* listening({ tls: files, tlsReloads: Queue.take(asked) }, [logger])
      const [one, other] = [selfSignedCertificate(), selfSignedCertificate()]
      yield* write(files, { cert: one.cert, key: other.key })
      yield* Queue.offer(asked, undefined)
      assert.match(yield* next, /^Error .*IDENTITY_TLS_CERT.* The certificate in use stays\.$/)
      assert.strictEqual((yield* https1Get(port, cert, "/sessions/me")).status, 401)
      yield* write(files, other)
      yield* Queue.offer(asked, undefined)
      yield* next
      assert.strictEqual((yield* https1Get(port, other.cert, "/sessions/me")).status, 401)
    }))
})

it.effect("a replaced certificate is noticed within a minute", () =>
  Effect.gen(function*() {
    const { files } = yield* tlsFiles
    const renewed = selfSignedCertificate()
    const used = yield* Deferred.make<Certificate>()
    yield* CertificateReloads.watch({
      files,
      certificate: yield* readCertificate(files),
      asked: Effect.never,
      use: (certificate) => Deferred.doneUnsafe(used, Effect.succeed(certificate))
    })
    yield* write(files, renewed)
    yield* TestClock.adjust("1 minute")
    assert.deepStrictEqual(yield* Deferred.await(used), renewed)
  }).pipe(Effect.provide(Logger.layer([]))))

it.effect("a metric says when the certificate in use expires", () =>
  Effect.gen(function*() {
    const { files } = yield* tlsFiles
    const renewed = selfSignedCertificate(["200101000000Z", "301231235959Z"])
    const used = yield* Deferred.make<Certificate>()
    const certificate = yield* readCertificate(files)
    const expires = ({ cert }: Certificate) => new X509Certificate(cert).validToDate.getTime() / 1000
    yield* CertificateReloads.watch({
      files,
      certificate,
      asked: Effect.never,
      use: (certificate) => Deferred.doneUnsafe(used, Effect.succeed(certificate))
    })
    assert.strictEqual(yield* valueOf("identity_tls_certificate_expiry_timestamp_seconds"), expires(certificate))
    yield* write(files, renewed)
    yield* TestClock.adjust("1 minute")
    yield* Deferred.await(used)
    yield* Effect.yieldNow
    assert.strictEqual(yield* valueOf("identity_tls_certificate_expiry_timestamp_seconds"), expires(renewed))
  }).pipe(Effect.provide(Logger.layer([])), withOwnMetrics))
