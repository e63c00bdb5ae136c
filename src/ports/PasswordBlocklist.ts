/**
 * The passwords that guessers try first: common ones, and those known from breaches (ASVS 6.2.4, 6.2.12).
 *
 * The list is part of the installation. A lookup needs no network and reveals the chosen password to nobody outside
 * this process.
 */
import { Context } from "effect"
import type { Effect } from "effect"
import type { Password } from "../domain/model/Password.ts"

export class PasswordBlocklist extends Context.Service<PasswordBlocklist, {
  /**
   * Whether the list contains the whole password, in any letter case and compatibility spelling (NFKC). A password that
   * only contains a listed one is not listed (NIST SP 800-63B-4 §3.1.1.2). For texts below the least accepted length,
   * the answer is unspecified.
   */
  readonly contains: (password: Password) => Effect.Effect<boolean>
}>()("identityd/ports/PasswordBlocklist") {}
