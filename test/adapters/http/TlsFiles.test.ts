import { assert, describe, it } from "@effect/vitest"
import { DateTime } from "effect"
import { judgeValidity } from "../../../src/adapters/http/listener/TlsFiles.ts"
import { selfSignedCertificate } from "../../support/self-signed-certificate.ts"

const quarterly = selfSignedCertificate(["260101000000Z", "260401000000Z"]).cert
const weekly = selfSignedCertificate(["260101000000Z", "260107000000Z"]).cert
const expired = selfSignedCertificate(["250101000000Z", "260102000000Z"]).cert

const judge = (cert: string, now: string) => judgeValidity({ cert }, DateTime.makeUnsafe(now))

describe("the validity of a certificate", () => {
  it.each(
    [
      [
        "before it begins",
        quarterly,
        "2025-12-31T23:59:59Z",
        "failure",
        "is not valid before 2026-01-01T00:00:00.000Z"
      ],
      ["from its first second", quarterly, "2026-01-01T00:00:00Z", "ok", "expires at 2026-04-01T00:00:00.000Z"],
      ["two weeks before its end", quarterly, "2026-03-18T00:00:00Z", "ok", "expires at"],
      ["later than that", quarterly, "2026-03-18T00:00:01Z", "warning", "expires at 2026-04-01T00:00:00.000Z"],
      ["at its end", quarterly, "2026-04-01T00:00:00Z", "failure", "expired at 2026-04-01T00:00:00.000Z"],
      ["with a third of six days left", weekly, "2026-01-05T00:00:00Z", "ok", "expires at"],
      ["with less than a third", weekly, "2026-01-05T00:00:01Z", "warning", "expires at"],
      [
        "when another one of the chain is over",
        quarterly + expired,
        "2026-02-01T00:00:00Z",
        "failure",
        "expired at 2026-01-02"
      ]
    ] as const
  )("%s", (_, cert, now, outcome, detail) => {
    const finding = judge(cert, now)
    assert.deepInclude(finding, { check: "tls", outcome })
    assert.include(finding.detail, detail)
    assert.strictEqual(finding.advice === undefined, outcome === "ok")
  })
})
