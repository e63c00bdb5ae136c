/** Examples of what browsers are asked for and answer about passkeys, by the names of their schemas. */

const descriptor = { id: "Yw7mVb2kQ1mJ3dRrT0sC5A", type: "public-key", transports: ["internal", "hybrid"] }

const asked = { challenge: "azEuMDlrM2Zx…", timeout: 300_000 }

const answered = { id: descriptor.id, rawId: descriptor.id, type: "public-key" }

const clientDataJSON = "eyJ0eXBlIjoid2ViYXV0aG4uZ2V0Iiwi…"

export const passkeyExamples: Readonly<Record<string, unknown>> = {
  PasskeyCreationOptions: {
    ...asked,
    rp: { id: "example.com", name: "Example" },
    user: { id: "YWNjdF8wMmdo…", name: "ada@example.com", displayName: "Ada Lovelace" },
    pubKeyCredParams: [{ type: "public-key", alg: -7 }],
    excludeCredentials: [descriptor],
    authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
    attestation: "none"
  },
  PasskeyRequestOptions: {
    ...asked,
    rpId: "example.com",
    allowCredentials: [descriptor],
    userVerification: "required"
  },
  PasskeyRegistration: { ...answered, response: { clientDataJSON, attestationObject: "o2NmbXRkbm9uZWdh…" } },
  PasskeyAssertion: {
    ...answered,
    response: { clientDataJSON, authenticatorData: "o3mm9u6vuaVeN4wR…", signature: "MEUCIQDTGvxhrxZs…" }
  }
}
