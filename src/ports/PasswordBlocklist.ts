/**
 * The passwords that guessers try first: common ones, and those known from breaches (ASVS 6.2.4, 6.2.12).
 *
 * The list is part of the installation. A lookup needs no network and reveals the chosen password to nobody outside
 * this process.
 */
import { Context } from "effect"
import type { Effect, Redacted } from "effect"

export class PasswordBlocklist extends Context.Service<PasswordBlocklist, {
  /**
   * Whether the list contains the whole text, in any letter case and compatibility spelling (NFKC). A text that only
   * contains a listed one is not listed (NIST SP 800-63B-4 §3.1.1.2). Texts of four characters and more may be listed:
   * a longer password can be a variation of one.
   */
  readonly contains: (text: Redacted.Redacted) => Effect.Effect<boolean>
}>()("identityd/ports/PasswordBlocklist") {}
