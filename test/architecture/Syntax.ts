/** The syntax trees of the sources, for rules that have to know what a name stands for. */
import { parseAst } from "vitest/node"
import type { SourceFile, SourceTree } from "./SourceTree.ts"

/** A node of an ESTree, whatever its type. */
export interface Node {
  readonly type: string
  readonly start: number
  readonly [field: string]: unknown
}

export interface Module {
  readonly file: SourceFile
  /** Every node, with the one around it. */
  readonly nodes: ReadonlyMap<Node, Node | undefined>
}

/** What a name stands for where it is used. */
export type Meaning =
  | { readonly is: "value"; readonly module: Module; readonly value: Node }
  /** `parameter` is as it was declared, at its place in `owner`, a function. */
  | { readonly is: "parameter"; readonly module: Module; readonly owner: Node; readonly parameter: Node }

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && "type" in value && typeof value.type === "string" && "start" in value

/** The nodes in a field, be it one or a list. */
export const inField = (node: Node, field: string): ReadonlyArray<Node> => {
  const value = node[field]
  return (Array.isArray(value) ? value : [value]).filter(isNode)
}

export const only = (node: Node, field: string): Node | undefined => inField(node, field)[0]

/** What an identifier, or the key of a property, is called. */
export const nameOf = (node: Node | undefined): string | undefined =>
  typeof node?.["name"] === "string" ? node["name"] : undefined

const allNodes = (root: Node): ReadonlyMap<Node, Node | undefined> => {
  const nodes = new Map<Node, Node | undefined>([[root, undefined]])
  for (const node of nodes.keys()) {
    for (const field of Object.keys(node)) for (const child of inField(node, field)) nodes.set(child, node)
  }
  return nodes
}

const parsed = new WeakMap<SourceFile, Module>()

export const moduleOf = (file: SourceFile): Module => {
  const known = parsed.get(file)
  if (known !== undefined) return known
  const root: unknown = parseAst(file.text, { lang: "ts" })
  const module = { file, nodes: isNode(root) ? allNodes(root) : new Map<Node, Node | undefined>() }
  parsed.set(file, module)
  return module
}

export const isFunction = (node: Node | undefined): node is Node =>
  node !== undefined && /^(?:Arrow)?Function(?:Expression|Declaration)$/.test(node.type)

/** What a function may answer. */
export const answersOf = (module: Module, owner: Node): ReadonlyArray<Node> => {
  const body = only(owner, "body")
  if (body === undefined) return []
  if (body.type !== "BlockStatement") return [body]
  return [...module.nodes.keys()].flatMap((node) =>
    node.type === "ReturnStatement" && functionAround(module, node) === owner ? inField(node, "argument") : []
  )
}

const functionAround = (module: Module, node: Node): Node | undefined => {
  let around = module.nodes.get(node)
  while (around !== undefined && !isFunction(around)) around = module.nodes.get(around)
  return around
}

/** What a function is kept as: the value of a constant or of a member, also when a wrapper stands around it. */
export const keptAs = (module: Module, owner: Node): { readonly value: Node; readonly member: string | undefined } => {
  const around = module.nodes.get(owner)
  const value = around?.type === "CallExpression" ? around : owner
  const holder = module.nodes.get(value)
  return { value, member: holder?.type === "Property" ? nameOf(only(holder, "key")) : undefined }
}

const declarationsIn = (scope: Node): ReadonlyArray<Node> =>
  inField(scope, "body").map((statement) => only(statement, "declaration") ?? statement)

const declared = (module: Module, declaration: Node, name: string): Meaning | undefined => {
  for (const declarator of inField(declaration, "declarations")) {
    const [id, value] = [only(declarator, "id"), only(declarator, "init")]
    if (value === undefined) continue
    if (nameOf(id) === name && declaration["kind"] === "const") return { is: "value", module, value }
    const place = id?.type === "ArrayPattern" ? inField(id, "elements").findIndex((it) => nameOf(it) === name) : -1
    const element = value.type === "ArrayExpression" ? inField(value, "elements")[place] : undefined
    if (element !== undefined) return { is: "value", module, value: element }
  }
  return undefined
}

/** What a name stands for at a node; `undefined` for what is not a constant, a parameter or an import of one. */
export const meaningOf = (tree: SourceTree, module: Module, at: Node, name: string): Meaning | undefined => {
  for (let scope = module.nodes.get(at); scope !== undefined; scope = module.nodes.get(scope)) {
    const owner = scope
    const parameter = isFunction(owner) ? inField(owner, "params").find((it) => nameOf(it) === name) : undefined
    if (parameter !== undefined) return { is: "parameter", module, owner, parameter }
    for (const declaration of declarationsIn(scope)) {
      const found = declared(module, declaration, name) ?? imported(tree, module, declaration, name)
      if (found !== undefined) return found
    }
  }
  return undefined
}

const imported = (tree: SourceTree, module: Module, declaration: Node, name: string): Meaning | undefined => {
  if (declaration.type !== "ImportDeclaration") return undefined
  const specifier = inField(declaration, "specifiers").find((it) => nameOf(only(it, "local")) === name)
  const exported = specifier === undefined ? undefined : nameOf(only(specifier, "imported"))
  const from = module.file.imports.find((it) => it.specifier === only(declaration, "source")?.["value"])
  const file = from?.path === undefined ? undefined : tree.get(from.path)
  if (exported === undefined || file === undefined) return undefined
  const target = moduleOf(file)
  const [root] = target.nodes.keys()
  return root === undefined
    ? undefined
    : declarationsIn(root).map((it) => declared(target, it, exported)).find((it) => it !== undefined)
}
