/**
 * The values of a label: those of a type of the code, all of them and no other, each with what it means unless its name
 * says it.
 */
export const valuesOf = <Value extends string>(meanings: Readonly<Record<Value, string>>): string => {
  const entries = Object.entries<string>(meanings)
  const values = entries.map(([value, meaning]) => `\`${value}\`${meaning === "" ? "" : `: ${meaning}`}`)
  return values.join(entries.every(([, meaning]) => meaning === "") ? ", " : "; ")
}
