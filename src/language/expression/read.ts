import type { Field } from '../fields/index.ts'
import { snake } from '../names.ts'
import type { Problem } from '../problem.ts'
import type { Source } from './source.ts'
import type { Condition } from './tree.ts'
import type { Scope } from './types.ts'

/** A rule as another one may name it. */
export type NamedRule = { title: string; source: string; when?: Condition; must: Condition }

/** A figure of the rules table: what it is called, with its unit (UN/ECE, or WD for working days). */
export type Law = { title: string; unit: string }

/** What an expression may speak of. */
export type ExpressionContext = {
  source: Source
  /** Sources of the kinds that references lead to. */
  sources(name: string): Source | undefined
  /** Other rules, and the one that is being read, so that a circle is noticed. */
  rules?(id: string): NamedRule | undefined
  self?: string
  /** Figures of the rules table by name. */
  laws?: ReadonlyMap<string, Law>
}

/** Parts that an expression may have: a statement's time grows with them. */
export const nodesMax = 80
const deepest = 12

/** Notes problems while a tree is read, and bounds it. */
export class Reader {
  readonly problems: Problem[] = []
  /** Top-level fields that the expression looks at. */
  readonly used = new Set<string>()
  readonly context: ExpressionContext
  private nodes = 0

  constructor(context: ExpressionContext) {
    this.context = context
  }

  problem(code: string, text: string, at: string): undefined {
    if (this.problems.length < 50) this.problems.push({ code, text, at })
    return undefined
  }

  /** A node of the tree as an object with an operator. */
  node(value: unknown, at: string): (Record<string, unknown> & { op: string }) | undefined {
    if (++this.nodes > nodesMax) {
      if (this.nodes === nodesMax + 1) this.problem('too-large', `条件太多，最多 ${nodesMax} 个部分，请拆成几条`, at)
      return undefined
    }
    if (at.split('/').length > deepest * 2) return this.problem('too-deep', '条件嵌套太深，请拆成几条', at)
    if (
      typeof value !== 'object' ||
      value === null ||
      Array.isArray(value) ||
      typeof (value as { op?: unknown }).op !== 'string'
    )
      return this.problem('missing', '请填写完整这一部分', at)
    return value as Record<string, unknown> & { op: string }
  }

  fieldOf(scope: Scope, name: string, at: string): Field | undefined {
    const field = Object.hasOwn(scope.fields, name) ? scope.fields[name] : undefined
    if (!field) return this.problem('unknown-field', `${scope.source.title}没有名为“${name.slice(0, 60)}”的字段`, at)
    if (!scope.isLine) this.used.add(name)
    return field
  }

  titleOf(scope: Scope, name: string): string {
    return scope.fields[name]?.title ?? name
  }

  /** The lines of a record as a scope of their own. */
  linesOf(scope: Scope, name: unknown, at: string): (Scope & { title: string; sql: string }) | undefined {
    if (typeof name !== 'string') return this.problem('missing', '请选择明细', at)
    const field = this.fieldOf(scope, name, at)
    if (!field) return undefined
    if (field.type !== 'lines') return this.problem('wrong-type', `“${field.title}”不是明细`, at)
    return {
      row: 'l',
      fields: field.fields,
      source: { ...scope.source, title: field.title, name },
      isLine: true,
      title: field.title,
      sql: `${scope.row}.${snake(name)}`,
    }
  }
}
