import { identity } from "effect"
import type { EmailKey } from "../../../domain/model/Email.ts"
import { accountColumns, passwordColumns } from "../rows.ts"
import { statement } from "../statement.ts"
import type { Placeholders } from "../statement.ts"

/** The row of the account with an email, for `toAccountOfEmail`. There is none only if there are no accounts at all. */
// For an email that nobody has it reads a neighbour's account, so that neither takes a different time (ASVS 6.3.8).
export const accountOfEmail = ($: Placeholders<EmailKey>): string => {
  const key = $(identity)
  return `
  SELECT ${accountColumns}, ${passwordColumns}, e.email_key = ${key} AS is_owner, EXISTS (
      SELECT FROM factors f
      WHERE f.account_id = a.id AND f.confirmed_at IS NOT NULL AND f.type <> 'recovery_codes'
    ) AS has_second_factor
  FROM (
      (SELECT * FROM account_emails WHERE email_key >= ${key} ORDER BY email_key LIMIT 1)
      UNION ALL
      (SELECT * FROM account_emails WHERE email_key < ${key} ORDER BY email_key DESC LIMIT 1)
      LIMIT 1
    ) e
    JOIN accounts a ON a.id = e.account_id`
}

export const selectByEmail = statement<EmailKey>(($) => `${accountOfEmail($)}`)
