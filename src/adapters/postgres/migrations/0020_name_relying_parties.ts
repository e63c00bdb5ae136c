/**
 * Passkeys belong to a domain, and answer each challenge once: `answered` are the stamps of those that could still be
 * answered again.
 */
export const nameRelyingParties = [
  `ALTER TABLE factors ADD COLUMN rp_id text COLLATE "C"`,
  `ALTER TABLE factors ADD COLUMN answered text[] COLLATE "C"`,
  `CREATE INDEX factors_rp_id ON factors (rp_id) WHERE rp_id IS NOT NULL`
]
