/** What a page of a shard's journal tells watchers. */
import type { Binding, Seq, TenantId } from '../../core/binding.js'
import { formatBindingId } from '../../core/binding-id.js'
import type { CallPhase as CallPhaseWord, CallReport } from '../../core/calls.js'
import type { ShardEvent } from '../../core/events.js'
import type { DirectoryView } from '../../directory/view.js'
import {
  type Binding as BindingMessage,
  type CallEvent,
  CallPhase,
  type WatchEvent,
  WatchKind,
} from '../../generated/xpool/v1/types.js'
import type { JournalPage } from '../../store/journal-reader.js'
import type { ShardReader } from '../../store/shard-reader.js'
import { bindingMessage } from '../binding-message.js'
import { poolLevelItem } from './pool-level-item.js'
import { type Audience, type Frame, frameOf, type WatchItem } from './watch-item.js'

/** What telling of a shard's bindings stands on. */
export interface ShardSource {
  readonly shard: number
  readonly reader: ShardReader
  readonly directory: DirectoryView
  readonly clock: { now(): number }
}

/** In the order of the page; each entry of an event in bulk is an item of its own. */
export function itemsOfPage({ nowMs, events }: JournalPage, source: ShardSource): WatchItem[] {
  return events.flatMap((event) => itemsOfEvent(event, nowMs, source))
}

function itemsOfEvent(event: ShardEvent, atMs: number, source: ShardSource): WatchItem[] {
  switch (event.type) {
    case 'allocated':
      return [changedItem(WatchKind.WATCH_KIND_ALLOCATED, event.binding, atMs, source)]
    case 'updated':
      return [changedItem(WatchKind.WATCH_KIND_UPDATED, event.binding, atMs, source)]
    case 'released':
      return [readItem(WatchKind.WATCH_KIND_ENDED, event.seq, event.tenant, atMs, source)]
    case 'ended':
      return event.seqs.map((seq, i) => readItem(WatchKind.WATCH_KIND_ENDED, seq, event.tenants[i]!, atMs, source))
    case 'expiring':
      return event.seqs.map((seq, i) => readItem(WatchKind.WATCH_KIND_EXPIRING, seq, event.tenants[i]!, atMs, source))
    case 'called':
      return [callItem(event, atMs, source)]
    case 'pool-level':
      return [poolLevelItem(event, atMs, source.directory)]
    case 'freed':
    case 'purged':
    case 'forgotten':
    case 'requests-dropped':
    case 'rate':
      return []
  }
}

/** What an event about a binding is made of. */
interface Telling {
  readonly kind: WatchKind
  readonly atMs: number
  readonly tenant: TenantId
  readonly seq: Seq
  /** The binding as the event tells of it; undefined where none is kept. */
  readonly binding: Binding | undefined
  /** Moment of its state, unix ms. */
  readonly stateMs: number
  readonly shown: boolean
  readonly report: CallReport | undefined
}

function changedItem(kind: WatchKind, binding: Binding, atMs: number, source: ShardSource): WatchItem {
  const { tenant, seq } = binding
  return item(kind, tenant, source, () => ({
    ...{ kind, atMs, tenant, seq, binding },
    ...{ stateMs: atMs, shown: true, report: undefined },
  }))
}

function readItem(kind: WatchKind, seq: Seq, tenant: TenantId, atMs: number, source: ShardSource): WatchItem {
  return item(kind, tenant, source, () => ({
    ...{ kind, atMs, tenant, seq, binding: source.reader.binding(seq) },
    ...{ stateMs: source.clock.now(), shown: true, report: undefined },
  }))
}

function callItem(event: Extract<ShardEvent, { type: 'called' }>, atMs: number, source: ShardSource): WatchItem {
  const { seq, tenant, report } = event
  const kind = WatchKind.WATCH_KIND_CALL
  // The binding is read for the name of its pool alone.
  return item(kind, tenant, source, () => ({
    ...{ kind, atMs, tenant, seq, binding: source.reader.binding(seq) },
    ...{ stateMs: atMs, shown: false, report },
  }))
}

/** Told lazily: an event that nobody watches costs no look-up and no encoding. */
function item(kind: WatchKind, owner: TenantId, source: ShardSource, tell: () => Telling): WatchItem {
  let telling: Telling | undefined
  let own: Frame | undefined
  let system: Frame | undefined
  const told = () => {
    telling ??= tell()
    return telling
  }
  return {
    kind,
    owner,
    frame(audience: Audience) {
      if (audience === 'system') {
        system ??= frameOf([withoutParties(eventMessage(told(), source))])
        return system
      }
      if (audience !== owner) return undefined
      own ??= frameOf([eventMessage(told(), source)])
      return own
    },
  }
}

function eventMessage(telling: Telling, { shard, directory }: ShardSource): WatchEvent {
  const { kind, atMs, tenant, seq, binding, stateMs, shown, report } = telling
  return {
    kind,
    atMs,
    tenant: directory.tenant(tenant)?.name ?? '',
    pool: (binding && directory.pool(binding.pool)?.name) ?? '',
    bindingId: formatBindingId({ shard, seq }),
    binding: shown && binding !== undefined ? bindingMessage(binding, shard, directory, stateMs) : undefined,
    call: report && callMessage(report),
    poolLevel: undefined,
    numbers: undefined,
  }
}

const phases: Readonly<Record<CallPhaseWord, CallPhase>> = {
  STARTED: CallPhase.CALL_PHASE_STARTED,
  ANSWERED: CallPhase.CALL_PHASE_ANSWERED,
  ENDED: CallPhase.CALL_PHASE_ENDED,
}

function callMessage({ callId, phase, atMs, answered, cause, caller }: CallReport): CallEvent {
  return { callId, phase: phases[phase], atMs, answered, cause, caller: caller ?? '' }
}

const none = Buffer.alloc(0)

/** As an operator may see it: no real number of anybody, and nothing of the tenant's own business. */
function withoutParties(event: WatchEvent): WatchEvent {
  const binding = event.binding && bindingWithoutParties(event.binding)
  return { ...event, binding, call: event.call && { ...event.call, caller: '' } }
}

function bindingWithoutParties(binding: BindingMessage): BindingMessage {
  const options = binding.options && { ...binding.options, callbackNumber: '' }
  return { ...binding, a: undefined, b: undefined, members: [], orderId: '', userData: none, options }
}
