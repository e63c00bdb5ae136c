/** Finds what is sent to the database, and judges whether it is made of constants only. */
import type { SourceTree } from "./SourceTree.ts"
import { sourcesIn } from "./SourceTree.ts"
import { answersOf, inField, isFunction, keptAs, meaningOf, moduleOf, nameOf, only } from "./Syntax.ts"
import type { Meaning, Module, Node } from "./Syntax.ts"

/** The methods that take a statement first, of connections and of nothing else that we use. */
const EXECUTES = /^(?:query|queryValues|unsafe|executeRaw)$/

/** Whatever else reads like a statement, in whichever case. */
const SQL =
  /\bselect\b.*\bfrom\b|\binsert\s+into\b|\bupdate\s+\S+\s+set\b|\bdelete\s+from\b|\b(?:create|alter|drop)\s+(?:database|index|role|table)\b|\bwhere\s+\S+\s*(?:[<=>~]|in\s*\(|like\s+')/is

/** Collects conditions and parameters for a statement; its `value` answers `$1`, `$2`, …. */
const BUILDER = "Conditions"

/** The type of what answers the placeholder of each value, and the function that writes a statement with one. */
const PLACEHOLDERS = "Placeholders"
const WRITER = "statement"

/** What is made of the names of columns, which are judged where a column is made. */
const COLUMN_LIST = /^(?:columnNames|columnValues|selectedColumns)$/

export class StatementTexts {
  readonly #tree: SourceTree
  readonly #modules: ReadonlyArray<Module>
  /** What is being judged counts as constant, so that a name that leads back to itself comes to an end. */
  readonly #judged = new Map<Node, boolean>()

  constructor(tree: SourceTree) {
    this.#tree = tree
    this.#modules = sourcesIn(tree, "src", "bin").map(moduleOf)
  }

  violations(): ReadonlyArray<string> {
    return this.#modules.flatMap((module) => {
      const sent = new Set([...module.nodes.keys()].flatMap((node) => this.#statementsAt(module, node)))
      return [...sent].filter((it) => !this.#isConstant(module, it)).map((it) => {
        const line = module.file.text.slice(0, it.start).split("\n").length
        return `${module.file.path}:${line} a statement holds more than constants`
      })
    })
  }

  /** What a node sends to the database, or makes a part of what is sent. */
  #statementsAt(module: Module, node: Node): ReadonlyArray<Node> {
    const text = textOf(module, node)
    if (text !== undefined) return SQL.test(text) ? [node] : []
    if (node.type !== "CallExpression") return []
    const callee = only(node, "callee") ?? node
    const method = nameOf(only(callee, "property")) ?? ""
    const [first, second, third] = inField(node, "arguments")
    if (EXECUTES.test(method) && first !== undefined) return [first]
    if (nameOf(callee) === WRITER && first !== undefined) return isFunction(first) ? answersOf(module, first) : [first]
    if (nameOf(callee) === "execute" && second !== undefined && third !== undefined) return [second]
    if (nameOf(callee) === "column") return [first, third].filter((it) => it !== undefined)
    return method === "where" && second !== undefined && isFunction(second) ? answersOf(module, second) : []
  }

  #isConstant(module: Module, node: Node): boolean {
    const known = this.#judged.get(node)
    if (known !== undefined) return known
    this.#judged.set(node, true)
    const constant = this.#judge(module, node)
    this.#judged.set(node, constant)
    return constant
  }

  #areConstant(module: Module, nodes: ReadonlyArray<Node>): boolean {
    return nodes.every((node) => this.#isConstant(module, node))
  }

  #judge(module: Module, node: Node): boolean {
    const parts = (...fields: ReadonlyArray<string>) =>
      this.#areConstant(module, fields.flatMap((field) => inField(node, field)))
    switch (node.type) {
      case "Literal":
        return true
      case "TemplateLiteral":
        return parts("expressions")
      case "BinaryExpression":
        return parts("left", "right")
      case "ConditionalExpression":
        return parts("consequent", "alternate")
      case "MemberExpression":
        return nameOf(only(node, "property")) === "text"
          ? parts("object")
          : nameOf(only(node, "property")) === "clause" && this.#isBuilder(module, only(node, "object"))
      case "Identifier":
        return this.#isConstantName(module, node)
      case "CallExpression":
        return this.#isConstantCall(module, node)
      default:
        return false
    }
  }

  #isConstantName(module: Module, node: Node): boolean {
    const meaning = meaningOf(this.#tree, module, node, nameOf(node) ?? "")
    if (meaning === undefined) return false
    return meaning.is === "value"
      ? this.#isConstant(meaning.module, meaning.value)
      : this.#isConstantParameter(meaning)
  }

  /** A number, an element of a list of constants, or what every caller gives. */
  #isConstantParameter({ module, owner, parameter }: Meaning & { readonly is: "parameter" }): boolean {
    const type = only(only(parameter, "typeAnnotation") ?? parameter, "typeAnnotation")?.type
    if (type === "TSNumberKeyword") return true
    const index = inField(owner, "params").indexOf(parameter)
    const around = module.nodes.get(owner)
    const list = around?.type === "CallExpression" ? inField(around, "arguments") : []
    if (calleeName(around) === "from") return index === 1
    if (calleeName(around) === "forEach" && list[0] !== undefined) {
      return index === 0 && this.#areConstantElements(module, list[0])
    }
    const given = this.#callsOf(module, owner).map(([caller, call]) => ({
      caller,
      value: inField(call, "arguments")[index]
    }))
    return given.length > 0 &&
      given.every(({ caller, value }) => value !== undefined && this.#isConstant(caller, value))
  }

  /** Every call of a function by its own name, or by that of the member it is. */
  #callsOf(module: Module, owner: Node): ReadonlyArray<readonly [Module, Node]> {
    const { member, value } = keptAs(module, owner)
    const isCall = (caller: Module, node: Node): boolean => {
      const callee = node.type === "CallExpression" ? only(node, "callee") : undefined
      if (callee === undefined) return false
      const name = nameOf(callee)
      if (name === undefined) return member !== undefined && nameOf(only(callee, "property")) === member
      const meaning = meaningOf(this.#tree, caller, node, name)
      return meaning?.is === "value" && meaning.value === value
    }
    const knows = ({ file }: Module) =>
      member !== undefined || file === module.file || file.imports.some(({ path }) => path === module.file.path)
    return this.#modules.filter(knows).flatMap((caller) =>
      [...caller.nodes.keys()].flatMap((node) => isCall(caller, node) ? [[caller, node] as const] : [])
    )
  }

  #isConstantCall(module: Module, node: Node): boolean {
    const callee = only(node, "callee")
    if (callee === undefined) return false
    if (calleeName(node) === "join") {
      const list = only(callee, "object")
      return list !== undefined && this.#areConstantElements(module, list) &&
        this.#areConstant(module, inField(node, "arguments"))
    }
    // The new length of a list, a number.
    if (calleeName(node) === "push") return true
    if (calleeName(node) === "repeat") return this.#areConstant(module, inField(callee, "object"))
    if (this.#arePlaceholders(module, callee)) return this.#isCounter()
    const name = nameOf(callee)
    if (name === undefined) return false
    if (COLUMN_LIST.test(name)) {
      const texts = name === "selectedColumns" ? inField(node, "arguments").slice(1) : []
      return this.#areConstant(module, texts)
    }
    if (name === WRITER) return this.#areConstant(module, this.#statementsAt(module, node))
    const meaning = meaningOf(this.#tree, module, node, name)
    if (meaning?.is !== "value") return name === "value" && this.#isTakenFromBuilder(module)
    return isFunction(meaning.value) && this.#areConstant(meaning.module, answersOf(meaning.module, meaning.value))
  }

  #areConstantElements(module: Module, node: Node): boolean {
    if (node.type === "ArrayExpression") return this.#areConstant(module, inField(node, "elements"))
    if (node.type === "Identifier") {
      const meaning = meaningOf(this.#tree, module, node, nameOf(node) ?? "")
      return meaning?.is === "value" && this.#areConstantElements(meaning.module, meaning.value)
    }
    if (node.type === "MemberExpression") return this.#areConstantMembers(nameOf(only(node, "property")))
    const place = ["map", "from"].indexOf(calleeName(node) ?? "")
    const make = inField(node, "arguments")[place]
    return make !== undefined && isFunction(make) && this.#areConstant(module, answersOf(module, make))
  }

  /** Whether all lists that are members of this name hold constants. */
  #areConstantMembers(name: string | undefined): boolean {
    return name !== undefined && this.#modules.every((module) =>
      [...module.nodes.keys()].every((node) => {
        const list = node.type === "Property" && nameOf(only(node, "key")) === name ? only(node, "value") : undefined
        return list === undefined || this.#areConstantElements(module, list)
      })
    )
  }

  #isBuilder(module: Module, node: Node | undefined): boolean {
    const meaning = node === undefined ? undefined : meaningOf(this.#tree, module, node, nameOf(node) ?? "")
    return meaning?.is === "value" && meaning.value.type === "NewExpression" &&
      nameOf(only(meaning.value, "callee")) === BUILDER
  }

  /** What a statement or a fragment of one is written with, or what it gives a fragment. */
  #arePlaceholders(module: Module, node: Node): boolean {
    const method = calleeName(node)
    if (method !== undefined) {
      const object = only(only(node, "callee") ?? node, "object")
      return method === "of" && object !== undefined &&
        (this.#isBuilder(module, object) || this.#arePlaceholders(module, object))
    }
    const meaning = meaningOf(this.#tree, module, node, nameOf(node) ?? "")
    if (meaning?.is === "value") return this.#arePlaceholders(meaning.module, meaning.value)
    if (meaning === undefined) return false
    const type = only(only(meaning.parameter, "typeAnnotation") ?? meaning.parameter, "typeAnnotation")
    return nameOf(type === undefined ? undefined : only(type, "typeName")) === PLACEHOLDERS ||
      calleeName(meaning.module.nodes.get(meaning.owner)) === WRITER
  }

  /** Whether placeholders are numbers: the function that also has the member `of` answers constants. */
  #isCounter(): boolean {
    return this.#modules.filter(({ file }) => file.path.endsWith(`/${WRITER}.ts`)).every((module) =>
      [...module.nodes.keys()].every((node) => {
        const [answer] = calleeName(node) === "assign" ? inField(node, "arguments") : []
        return answer === undefined || !isFunction(answer) || this.#areConstant(module, answersOf(module, answer))
      })
    )
  }

  /** `const { value } = conditions`, where `value` answers constants. */
  #isTakenFromBuilder(module: Module): boolean {
    const takings = [...module.nodes.keys()].filter((node) =>
      node.type === "VariableDeclarator" &&
      inField(only(node, "id") ?? node, "properties").some((it) => nameOf(only(it, "value")) === "value")
    )
    return takings.length > 0 && takings.every((taking) => this.#isBuilder(module, only(taking, "init"))) &&
      this.#modules.filter(({ file }) => file.path.endsWith(`/${BUILDER}.ts`)).every((builder) =>
        [...builder.nodes.keys()].every((node) => {
          const make = node.type === "PropertyDefinition" && nameOf(only(node, "key")) === "value"
            ? only(node, "value")
            : undefined
          return make === undefined || this.#areConstant(builder, answersOf(builder, make))
        })
      )
  }
}

/** The last word of what is called. */
const calleeName = (node: Node | undefined): string | undefined => {
  const callee = node?.type === "CallExpression" ? only(node, "callee") : undefined
  return nameOf(callee) ?? (callee === undefined ? undefined : nameOf(only(callee, "property")))
}

/** The whole of a text that is put together by interpolation or addition, as it stands in the source. */
const textOf = (module: Module, node: Node): string | undefined => {
  if (!isText(node) || isText(module.nodes.get(node))) return undefined
  return module.file.text.slice(node.start, typeof node["end"] === "number" ? node["end"] : undefined)
}

const isText = (node: Node | undefined): boolean =>
  node?.type === "TemplateLiteral" || (node?.type === "BinaryExpression" && node["operator"] === "+")
