/** Watchers who see the same: one audience, the same kinds. What they get is composed once. */
import type { TenantId } from '../../core/binding.js'
import { type Message, MessageBuilder } from './message-builder.js'
import type { Audience, WatchItem } from './watch-item.js'
import type { Watcher } from './watcher.js'

/** One such group: its watchers and the message that is being gathered for them. */
export class AudienceGroup {
  readonly audience: Audience
  /** Bit n stands for WatchKind n. */
  readonly kinds: number
  readonly watchers = new Set<Watcher>()
  /** Bytes of events in the tick that goes on. */
  tickBytes = 0
  /** When its watchers were last sent anything, ms of the tail's clock. */
  sentMs: number
  readonly builder = new MessageBuilder((message) => this.send(message))

  constructor(audience: Audience, kinds: number, nowMs: number) {
    this.audience = audience
    this.kinds = kinds
    this.sentMs = nowMs
  }

  wants(item: WatchItem): boolean {
    return wantsKind(this.kinds, item.kind)
  }

  /** The same to every reader. */
  send(message: Message): void {
    for (const watcher of this.watchers) watcher.send(message)
  }
}

export function wantsKind(kinds: number, kind: number): boolean {
  return (kinds & (1 << kind)) !== 0
}

/** The groups that have a watcher, found by whom an item concerns. */
export class AudienceGroups {
  readonly #groups = new Map<string, AudienceGroup>()
  readonly #byAudience = new Map<Audience, Set<AudienceGroup>>()

  get all(): Iterable<AudienceGroup> {
    return this.#groups.values()
  }

  get size(): number {
    return this.#groups.size
  }

  add(watcher: Watcher, nowMs: number): void {
    const { audience, kinds } = watcher
    const key = `${audience}:${kinds}`
    let group = this.#groups.get(key)
    if (group === undefined) {
      group = new AudienceGroup(audience, kinds, nowMs)
      this.#groups.set(key, group)
      const siblings = this.#byAudience.get(audience) ?? new Set()
      this.#byAudience.set(audience, siblings.add(group))
    }
    group.watchers.add(watcher)
  }

  remove(watcher: Watcher): void {
    const { audience, kinds } = watcher
    const key = `${audience}:${kinds}`
    const group = this.#groups.get(key)
    if (group === undefined) return
    group.watchers.delete(watcher)
    if (group.watchers.size > 0) return
    this.#groups.delete(key)
    const siblings = this.#byAudience.get(audience)!
    siblings.delete(group)
    if (siblings.size === 0) this.#byAudience.delete(audience)
  }

  /** Calls back with the groups that an item may concern. */
  eachConcerned({ owner }: { readonly owner: TenantId | undefined }, visit: (group: AudienceGroup) => void): void {
    if (owner === undefined) {
      for (const group of this.#groups.values()) visit(group)
      return
    }
    for (const group of this.#byAudience.get(owner) ?? []) visit(group)
    for (const group of this.#byAudience.get('system') ?? []) visit(group)
  }
}
