/**
 * The passwords that guessers try first: common ones, and those that breaches have made known (ASVS 6.2.4, 6.2.12).
 *
 * The list is part of the installation. To ask it tells nobody outside this process which password was chosen, and it
 * answers without a network.
 */
import { Context } from "effect"
import type { Effect } from "effect"
import type { Password } from "../domain/model/Password.ts"

export class PasswordBlocklist extends Context.Service<PasswordBlocklist, {
  /**
   * Whether the list has the whole password, in whatever letter case and compatibility spelling (NFKC). A password that
   * only contains a listed one is not listed (NIST SP 800-63B-4 §3.1.1.2). Of what is shorter than the least accepted
   * length nothing is said.
   */
  readonly contains: (password: Password) => Effect.Effect<boolean>
}>()("identityd/ports/PasswordBlocklist") {}
