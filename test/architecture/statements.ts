/**
 * What is sent to the database is written down in the sources. Only constants and numbers are put into a statement;
 * everything else travels beside it, as a parameter. So no input can become a part of a statement.
 */
import type { Rule } from "./Rule.ts"
import { sourcesIn } from "./SourceTree.ts"
import { StatementTexts } from "./StatementTexts.ts"
import { inField, moduleOf, nameOf, only } from "./Syntax.ts"
import type { Module, Node } from "./Syntax.ts"

const STORE = "src/adapters/postgres/A.ts"

const query = (statement: string) => ({ [STORE]: `const f = (id: string) => connection.query(${statement})` })

const CONDITIONS = {
  "src/adapters/postgres/Conditions.ts":
    "export class Conditions { readonly value = (it: unknown): string => `$${this.parameters.push(it)}` }",
  [STORE]: `import { Conditions } from "./Conditions.ts"
    const f = (id: string) => {
      const conditions = new Conditions()
      const { value } = conditions
      conditions.where(id, (wanted) => \`id = \${value(wanted)}\`)
      return connection.query(\`SELECT id FROM accounts \${conditions.clause}\`, conditions.parameters)
    }`
}

const FRAGMENTS = {
  "src/adapters/postgres/B.ts":
    "const START = '0'\nexport const after = (change: string, first: number) => `${change} = $${first + 1} OR '${START}'`"
}

const BUILDER = {
  "src/adapters/postgres/statement.ts": `const placeholder = (number: number): string => "$" + number
    const under = () => Object.assign((read) => placeholder(reads.push(read)), { of: () => under() })
    export const execute = (connection, statement, input) => connection.query(statement.text, statement.parameters(input))`
}

/** A store whose statement has this text, with the fragment `by` in it somewhere. */
const built = (text: string, by = "id = ${$(({ id }) => id)}") => ({
  ...BUILDER,
  [STORE]: `import { execute, statement } from "./statement.ts"
    const by = ($: Placeholders<{ id: string }>) => \`${by}\`
    const select = statement<{ account: { id: string } }>(($) => {
      const account = $.of((input) => input.account)
      return ${text}
    })
    const f = (input) => execute(connection, select, input)`
})

const SELECT = "`SELECT FROM accounts WHERE ${by(account)} AND id <> ${$(({ account }) => account.id)}`"

const constants: Rule = {
  sentence: "A statement holds constants only, and takes everything else as a parameter",
  violations: (tree) => new StatementTexts(tree).violations(),
  catches: [
    query("`SELECT FROM accounts WHERE id = '${id}'`"),
    query("\"SELECT FROM accounts WHERE id = '\" + id + \"'\""),
    query("\"DELETE FROM accounts WHERE id = \".concat(id)"),
    query("id"),
    query("id.text"),
    built("`DELETE ${input.account.id}`"),
    built(SELECT, "id = ${id}"),
    built("`SELECT ${selectedColumns(accountTable, input.alias)} FROM accounts a`"),
    {
      ...built(SELECT),
      "src/adapters/postgres/statement.ts": "const under = () => Object.assign((it) => it(input), {})"
    },
    { [STORE]: "const f = (text) => execute(connection, { text }, undefined)" },
    { [STORE]: "const f = (name) => column(name, text)" },
    query("statements.get(id)"),
    query("`SELECT FROM accounts ORDER BY ${id === '' ? 'id' : id}`"),
    query("[\"SELECT FROM accounts WHERE id =\", id].join(\" \")"),
    { [STORE]: "let order = 'id'\nconst f = () => connection.query(`SELECT id FROM accounts ORDER BY ${order}`)" },
    { [STORE]: "const by = (id: string) => `id = '${id}'`\nconst f = (id) => connection.query(by(id))" },
    { [STORE]: "const f = ({ id }: Account) => [`select id from accounts where id = '${id}'`]" },
    { "src/adapters/embedded/A.ts": "const f = (name: string) => psql(`CREATE DATABASE ${name}`)" },
    { ...FRAGMENTS, [STORE]: "import { after } from './B.ts'\nconst f = (id) => connection.query(after(id, 1))" },
    { ...CONDITIONS, [STORE]: CONDITIONS[STORE].replace("value(wanted)", "wanted") },
    {
      ...CONDITIONS,
      "src/adapters/postgres/Conditions.ts": "class Conditions { value = (it: unknown): string => `'${it}'` }"
    },
    {
      "src/adapters/postgres/Migrator.ts": "Effect.forEach(it.statements, (statement) => connection.query(statement))",
      [STORE]: "const made = (role: string) => ({ statements: [`GRANT SELECT ON audit_log TO ${role}`] })"
    }
  ],
  permits: [
    query("'SELECT FROM accounts WHERE id = $1', [id]"),
    CONDITIONS,
    built(SELECT),
    built("`INSERT INTO accounts (${columnNames(table)}) SELECT ${columnValues(table, account)} WHERE ${by(account)}`"),
    {
      ...FRAGMENTS,
      [STORE]: "import { after } from './B.ts'\nconst one = `SELECT ${after('changed', 7)}`\n" +
        "const f = (byName: boolean) => connection.query(byName ? one : one + ' LIMIT ' + 1)"
    },
    {
      [STORE]: "const places = (first: number) => Array.from({ length: 3 }, (_, at) => `$${first + at}`).join(', ')\n" +
        "const f = () => connection.query(`SELECT ${places(4)}`)"
    },
    { "src/adapters/cli/A.ts": "const f = (id: string) => `Select an account where you like: ${id}`" }
  ]
}

/** Texts, and what of a text stands before something that is put into it. */
const piecesOf = ({ nodes }: Module) =>
  [...nodes.keys()].flatMap((node) => {
    if (node.type === "TemplateLiteral") {
      const pieces = inField(node, "quasis")
      return pieces.map((piece, at) => ({ node, text: rawOf(piece["value"]), isOpen: at < pieces.length - 1 }))
    }
    const { value } = node
    const isOpen = nodes.get(node)?.type === "BinaryExpression"
    return node.type === "Literal" && typeof value === "string" ? [{ node, text: value, isOpen }] : []
  })

const rawOf = (value: unknown): string =>
  typeof value === "object" && value !== null && "raw" in value ? String(value.raw) : ""

/** The replacement of a pattern, where `$1` is something else. */
const isReplacement = ({ nodes }: Module, node: Node): boolean => {
  const around = nodes.get(node)
  const callee = around?.type === "CallExpression" ? only(around, "callee") : undefined
  return callee !== undefined && nameOf(only(callee, "property")) === "replace"
}

const numbering: Rule = {
  sentence: "Only the builder of statements numbers parameters",
  violations: (tree) =>
    sourcesIn(tree, "src/adapters/postgres").filter(({ path }) => !path.endsWith("/statement.ts")).flatMap((file) => {
      const module = moduleOf(file)
      return piecesOf(module).filter(({ isOpen, node, text }) =>
        (/\$\d/.test(text) || (isOpen && text.endsWith("$"))) && !isReplacement(module, node)
      ).map(({ node }) => `${file.path}:${file.text.slice(0, node.start).split("\n").length} a parameter has a number`)
    }),
  catches: [
    query("'SELECT FROM accounts WHERE id = $1'"),
    { [STORE]: "const select = statement(($) => `SELECT FROM accounts WHERE id = ${$(id)} AND email = $2`)" },
    { [STORE]: "const by = (first: number) => `id = $${first}`" },
    { [STORE]: "const by = (first: number) => 'id = $' + first" },
    { [STORE]: "const count = countEnded('$7')" }
  ],
  permits: [
    built(SELECT),
    { [STORE]: "// like $1\nconst host = text.replace(/(a)/, '$1localhost')\nconst is = `~ '^[0-9]+$'`" },
    { "src/adapters/postgres/statement.ts": "const placeholder = (number: number): string => `$${number}`" }
  ]
}

export const statementRules: ReadonlyArray<Rule> = [constants, numbering]
