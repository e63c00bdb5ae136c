/**
 * Guesses whether the next rows of an import are all of new accounts. Then nobody has to look for their accounts first.
 * A wrong guess costs an insertion that is undone, so after one the guess is only made again when many parts had nobody
 * known.
 */
export interface ImportNewness {
  readonly isLikely: () => boolean
  /** Notes whether some rows' accounts were known. */
  readonly note: (someKnown: boolean) => void
}

const PARTS_AFTER_KNOWN = 8

export const makeImportNewness = (): ImportNewness => {
  let partsToExamine = 1
  return {
    isLikely: () => partsToExamine === 0,
    note: (someKnown) => {
      partsToExamine = someKnown ? PARTS_AFTER_KNOWN : Math.max(0, partsToExamine - 1)
    }
  }
}
