import { Effect } from "effect"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { selfSignedCertificate } from "./self-signed-certificate.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

/** A certificate of its own for 127.0.0.1, and the files a server reads it from. */
export const tlsFiles = Effect.suspend(() => tlsFilesOf(selfSignedCertificate()))

/** The files of a certificate. */
export const tlsFilesOf = Effect.fnUntraced(function*({ cert, key }: ReturnType<typeof selfSignedCertificate>) {
  const directory = yield* temporaryDirectory("identity-tls-")
  const files = { cert: join(directory, "cert.pem"), key: join(directory, "key.pem") }
  yield* Effect.promise(() => Promise.all([writeFile(files.cert, cert), writeFile(files.key, key)]))
  return { cert, files }
})
