/**
 * When exclusive numbers are free: a treap of gaps in order of (start, number),
 * each subtree knowing the latest end in it, so that the numbers free for a whole
 * window are found in O(log n) each, however many are not. A gap is [start, end);
 * a number has as many as its reservations leave.
 *
 *                 [40, 90) 99
 *                /           \
 *        [0, 70) 70      [60, 99) 99      "greatest" end of each subtree
 */
import type { Ordinal } from './binding.js'
import { type F64Column, Rows, type U32Column, u32Column } from './column.js'
import type { UndoLog } from './undo.js'

/** Unix ms, end exclusive; Infinity: for good. */
export interface Gap {
  readonly startMs: number
  readonly endMs: number
}

type Node = number
const none: Node = 0
const cell = { lastNode: 0, freeHead: 1 } as const
/** 40 bytes a node. */
const u32Words = 10

/** The nodes of all trees of a shard; a number's gaps stand in one tree at most. */
export class GapNodes {
  readonly start: F64Column
  readonly end: F64Column
  /** The latest end in the subtree. */
  readonly greatest: F64Column
  readonly left: U32Column
  readonly right: U32Column
  readonly ordinal: U32Column
  /** The next gap of the same number, or the next free node. */
  readonly next: U32Column
  /** A number's first gap. */
  readonly #head: U32Column
  readonly #cells: U32Column

  constructor(undo: UndoLog) {
    const rows = new Rows(undo, u32Words)
    this.start = rows.f64Column(0)
    this.end = rows.f64Column(1)
    this.greatest = rows.f64Column(2)
    this.left = rows.u32Column(6)
    this.right = rows.u32Column(7)
    this.ordinal = rows.u32Column(8)
    this.next = rows.u32Column(9)
    this.#head = u32Column(undo)
    this.#cells = u32Column(undo, 2)
  }

  of(ordinal: Ordinal): Node[] {
    const nodes: Node[] = []
    for (let node = this.#head.get(ordinal); node !== none; node = this.next.get(node)) nodes.push(node)
    return nodes
  }

  /** The gaps of a number in order. */
  gapsOf(ordinal: Ordinal): Gap[] {
    const gaps = this.of(ordinal).map((node) => ({ startMs: this.start.get(node), endMs: this.end.get(node) }))
    return gaps.sort((a, b) => a.startMs - b.startMs)
  }

  add(ordinal: Ordinal, { startMs, endMs }: Gap): Node {
    const node = this.#newNode()
    this.start.set(node, startMs)
    this.end.set(node, endMs)
    this.greatest.set(node, endMs)
    this.left.set(node, none)
    this.right.set(node, none)
    this.ordinal.set(node, ordinal)
    this.next.set(node, this.#head.get(ordinal))
    this.#head.set(ordinal, node)
    return node
  }

  /** Forgets the gaps of a number, which no tree holds any more. */
  drop(ordinal: Ordinal): void {
    for (const node of this.of(ordinal)) {
      this.next.set(node, this.#cells.get(cell.freeHead))
      this.#cells.set(cell.freeHead, node)
    }
    this.#head.set(ordinal, none)
  }

  #newNode(): Node {
    const free = this.#cells.get(cell.freeHead)
    if (free === none) return this.#cells.add(cell.lastNode, 1)
    this.#cells.set(cell.freeHead, this.next.get(free))
    return free
  }
}

/** A window to be had whole, and from which start of a gap on to look. */
export interface WantedGap {
  readonly startMs: number
  readonly endMs: number
  /** Gaps that start earlier are passed over. */
  readonly fromMs: number
}

/** The gaps of one area's exclusive numbers. */
export class GapTree {
  readonly #root: U32Column

  constructor(
    undo: UndoLog,
    private readonly nodes: GapNodes,
  ) {
    this.#root = u32Column(undo, 1)
  }

  /** The number's gaps are these from now on; writes nothing where they are so already. */
  put(ordinal: Ordinal, gaps: readonly Gap[]): void {
    const { nodes } = this
    const former = nodes.of(ordinal)
    const same = (gap: Gap) =>
      former.some((node) => nodes.start.get(node) === gap.startMs && nodes.end.get(node) === gap.endMs)
    if (former.length === gaps.length && gaps.every(same)) return
    for (const node of former) this.#root.set(0, this.#without(this.#root.get(0), node))
    nodes.drop(ordinal)
    for (const gap of gaps) this.#root.set(0, this.#with(this.#root.get(0), nodes.add(ordinal, gap)))
  }

  /** Numbers with a gap that holds the window, in order of the gap's start; a number once at most. */
  *fitting(wanted: WantedGap, latestFirst = false): Generator<Ordinal> {
    for (const node of this.#walk(this.#root.get(0), wanted, latestFirst)) yield this.nodes.ordinal.get(node)
  }

  /** When a number's first gap starts; undefined if it has none. */
  firstStartOf(ordinal: Ordinal): number | undefined {
    return this.nodes.gapsOf(ordinal)[0]?.startMs
  }

  /** When the number's gap that holds the window starts; undefined if none does. */
  startOf(ordinal: Ordinal, wanted: WantedGap): number | undefined {
    const holds = (gap: Gap) => gap.startMs <= wanted.startMs && gap.endMs >= wanted.endMs
    return this.nodes.gapsOf(ordinal).find(holds)?.startMs
  }

  *#walk(node: Node, wanted: WantedGap, latestFirst: boolean): Generator<Node> {
    const { start, end, greatest, left, right } = this.nodes
    if (node === none || greatest.get(node) < wanted.endMs) return
    const before = start.get(node) >= wanted.fromMs ? left.get(node) : none
    const after = start.get(node) <= wanted.startMs ? right.get(node) : none
    yield* this.#walk(latestFirst ? after : before, wanted, latestFirst)
    const within = start.get(node) >= wanted.fromMs && start.get(node) <= wanted.startMs
    if (within && end.get(node) >= wanted.endMs) yield node
    yield* this.#walk(latestFirst ? before : after, wanted, latestFirst)
  }

  #with(tree: Node, node: Node): Node {
    if (tree === none) return node
    const { left, right } = this.nodes
    if (weight(node) > weight(tree)) {
      const [before, after] = this.#split(tree, node)
      return this.#joined(node, before, after)
    }
    return this.#before(node, tree)
      ? this.#joined(tree, this.#with(left.get(tree), node), right.get(tree))
      : this.#joined(tree, left.get(tree), this.#with(right.get(tree), node))
  }

  #without(tree: Node, node: Node): Node {
    const { left, right } = this.nodes
    if (tree === node) return this.#merged(left.get(tree), right.get(tree))
    return this.#before(node, tree)
      ? this.#joined(tree, this.#without(left.get(tree), node), right.get(tree))
      : this.#joined(tree, left.get(tree), this.#without(right.get(tree), node))
  }

  /** What comes before `by`, and what after. */
  #split(tree: Node, by: Node): [Node, Node] {
    if (tree === none) return [none, none]
    const { left, right } = this.nodes
    if (this.#before(tree, by)) {
      const [before, after] = this.#split(right.get(tree), by)
      return [this.#joined(tree, left.get(tree), before), after]
    }
    const [before, after] = this.#split(left.get(tree), by)
    return [before, this.#joined(tree, after, right.get(tree))]
  }

  #merged(before: Node, after: Node): Node {
    if (before === none) return after
    if (after === none) return before
    const { left, right } = this.nodes
    return weight(before) > weight(after)
      ? this.#joined(before, left.get(before), this.#merged(right.get(before), after))
      : this.#joined(after, this.#merged(before, left.get(after)), right.get(after))
  }

  #joined(node: Node, before: Node, after: Node): Node {
    const { end, greatest, left, right } = this.nodes
    if (left.get(node) !== before) left.set(node, before)
    if (right.get(node) !== after) right.set(node, after)
    // Cell 0 is none's, and reads as 0: earlier than any end.
    const latest = Math.max(end.get(node), greatest.get(before), greatest.get(after))
    if (greatest.get(node) !== latest) greatest.set(node, latest)
    return node
  }

  #before(a: Node, b: Node): boolean {
    const starts = this.nodes.start.get(a) - this.nodes.start.get(b)
    return starts !== 0 ? starts < 0 : this.nodes.ordinal.get(a) < this.nodes.ordinal.get(b)
  }
}

/** A treap's priorities: scattered, and the same in every run (I8). A bijection, so that no two are equal. */
function weight(node: Node): number {
  let mixed = Math.imul(node, 0x9e3779b1)
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  return (mixed ^ (mixed >>> 13)) >>> 0
}
