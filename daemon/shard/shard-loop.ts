/**
 * A shard's life: decide, persist, reply. It knows neither threads nor LMDB; it
 * is given an inbox, a log, a store, a directory and a clock, and runs the same
 * in a worker, in a test and in a simulator.
 *
 *    load --> serving --fault--> answer UNAVAILABLE, drop the state --> load
 *                |  ^
 *      one batch |  | durable: keep it and reply      no space: undo it and say so
 *                v  |
 *              commit -- in doubt: hand the same page over again
 *                |
 *              fenced --> stopped for good
 */
import type { AllocateCommand, Explanation, Outcome } from '../core/commands.js'
import { countsOf, type ShardCounts } from '../core/counts.js'
import { nextDueMs } from '../core/due.js'
import { explainAllocate } from '../core/explain.js'
import type { ShardState } from '../core/state.js'
import { type CommitAnswer, type Lease, StorageUnavailable } from '../journal/shard-log.js'
import { Batch } from './batch.js'
import { bounds } from './bounds.js'
import { Housekeeping } from './housekeeping.js'
import { fault, Inbox, type Waiting } from './inbox.js'
import { loadState } from './load-state.js'
import type { ShardAnswer } from './shard-client.js'
import { ShardJournal } from './shard-journal.js'
import type { ShardLoopParts } from './shard-loop-parts.js'

interface Serving {
  readonly state: ShardState
  readonly journal: ShardJournal
  directoryVersion: number
}

type Replies = (readonly [Waiting, Outcome])[]

export class ShardLoop {
  readonly inbox = new Inbox()
  #lease: Lease | undefined
  #serving: Serving | undefined
  #stopping = false
  #lastCommitMs = 0
  #storageFull = false
  /** Questions about the state, answered between batches. */
  #asked: ((state: ShardState) => void)[] = []
  readonly #housekeeping: Housekeeping

  constructor(private readonly parts: ShardLoopParts) {
    this.#housekeeping = new Housekeeping(parts.store)
  }

  get ready(): boolean {
    return this.#serving !== undefined
  }

  /** As of the directory's present version; undefined while the state is being loaded. */
  async counts(): Promise<ShardCounts | undefined> {
    return this.ready ? this.#ask(countsOf) : undefined
  }

  /** Of these numbers, how many carry a reservation, as of the directory's present version; waits while loading. */
  occupied(ordinals: readonly number[]): Promise<number> {
    return this.#ask(({ numbers }) => ordinals.filter((ordinal) => numbers.reservations.get(ordinal) > 0).length)
  }

  /** What an Allocate would do now; it changes nothing. undefined while the state is being loaded. */
  async explain(command: AllocateCommand): Promise<Explanation | undefined> {
    if (!this.ready) return undefined
    return this.#ask((state) => {
      const { store, clock } = this.parts
      const nowMs = state.clamp(clock.now())
      store.refresh()
      const { tenant, pool, request } = command
      const known = request && store.request(tenant, pool, request.id, nowMs)
      const binding = known && store.binding(known.seq)
      return explainAllocate(state, command, { known, binding, calls: undefined }, nowMs)
    })
  }

  #ask<T>(question: (state: ShardState) => T): Promise<T> {
    return new Promise((resolve) => {
      this.#asked.push((state) => resolve(question(state)))
      this.inbox.wake()
    })
  }

  submit(waiting: Waiting): void {
    if (this.#stopping) waiting.answer(fault('SHUTTING_DOWN', 'the daemon is shutting down', bounds.retryRestartingMs))
    else if (!this.ready) waiting.answer(restarting())
    else this.inbox.put(waiting)
  }

  /** Finishes what waits, then `run` returns. */
  stop(): void {
    this.#stopping = true
    this.inbox.wake()
  }

  /** Returns when stopped or fenced, a full turn after the last transaction. */
  async run(): Promise<void> {
    this.#lease = await this.parts.log.acquire(this.parts.owner)
    let reloadAfterMs: number = bounds.reloadAfterMs
    while (!this.#mayReturn()) {
      try {
        if (this.#serving === undefined) await this.#load()
        const lost = await this.#serveBatch()
        reloadAfterMs = bounds.reloadAfterMs
        if (lost) break
      } catch (error) {
        this.#drop(error)
        await this.parts.nextTurn()
        await this.parts.sleep(reloadAfterMs)
        reloadAfterMs = Math.min(reloadAfterMs * 2, bounds.reloadAfterMsMax)
      }
    }
    this.#answerAll(fault('SHUTTING_DOWN', 'the shard has stopped', bounds.retryRestartingMs))
    await this.parts.nextTurn()
  }

  #mayReturn(): boolean {
    return this.#stopping && this.inbox.size === 0
  }

  async #load(): Promise<void> {
    const { store, directory, clock, observer, log } = this.parts
    const beganMs = clock.now()
    store.loadReleases()
    const { state, directoryVersion } = await loadState(store, directory)
    await store.loadRequests()
    const { entropy, sleep } = this.parts
    const inDoubt = observer.inDoubt.bind(observer)
    const journal = new ShardJournal({ log, lease: this.#lease!, entropy, sleep, inDoubt }, store.openRun())
    this.#serving = { state, directoryVersion, journal }
    const tookMs = clock.now() - beganMs
    observer.loaded({ bindings: state.bindings.size, numbers: state.numbers.end, head: journal.head, tookMs })
  }

  /** A fault: what is in memory cannot be trusted any more; what is on disk can. */
  #drop(error: unknown): void {
    this.#serving = undefined
    this.parts.observer.failed(error)
    this.#answerAll(restarting())
  }

  #answerAll(answer: ShardAnswer): void {
    for (const waiting of this.inbox.take(Number.POSITIVE_INFINITY)) waiting.answer(answer)
  }

  /** Waits for something to do, and does one page of it. True when the shard is not ours any more. */
  async #serveBatch(): Promise<boolean> {
    const serving = this.#serving!
    await this.inbox.wait(this.#idleMs(serving.state))
    this.parts.observer.queued(this.inbox.size)
    await this.#adoptDirectory(serving)
    const taken = this.inbox.take(bounds.commandsPerPage)
    try {
      const lost = await this.#commitBatch(serving, taken)
      // After what is due: an answer stands on no binding that has ended.
      if (!lost) for (const ask of this.#asked.splice(0)) ask(serving.state)
      return lost
    } catch (error) {
      if (!(error instanceof StorageUnavailable)) {
        for (const waiting of taken) waiting.answer(restarting())
        throw error
      }
      serving.state.undo.rollBack()
      this.#storageFull = true
      this.parts.observer.storageFull(error)
      const answer = fault(
        'STORAGE_FULL',
        'the disk takes no more; nothing of this was done',
        bounds.retryStorageFullMs,
      )
      for (const waiting of taken) waiting.answer(answer)
      await this.parts.sleep(bounds.retryStorageFullMs)
      return false
    }
  }

  async #commitBatch(serving: Serving, taken: readonly Waiting[]): Promise<boolean> {
    const nowMs = serving.state.clamp(this.parts.clock.now())
    this.parts.store.refresh()
    serving.state.undo.begin()
    serving.state.advance({ nowMs })
    const batch = new Batch(serving.state, this.parts.store, nowMs)
    batch.runDue()
    const { decided, putBack } = this.#decideAll(batch, taken)
    this.#tidy(serving, batch, taken.length > 0)
    batch.tellLevels()
    if (batch.events.length === 0) {
      serving.state.undo.keep()
      this.#keepClock(nowMs)
      reply(decided, batch, serving.journal.head)
    } else {
      const answer = await this.#commit(serving, batch, decided.length)
      if ('fenced' in answer) return this.#fenced(decided)
      if ('conflict' in answer)
        throw new Error(`the journal is at page ${answer.head.seq}, not where this shard left it`)
      this.parts.afterCommit?.()
      serving.state.undo.keep()
      reply(decided, batch, answer.seq)
    }
    this.inbox.putBack(putBack)
    await this.parts.nextTurn()
    return false
  }

  #decideAll(batch: Batch, taken: readonly Waiting[]): { decided: Replies; putBack: readonly Waiting[] } {
    const decided: [Waiting, Outcome][] = []
    const { jumped } = this.parts.clock
    for (let i = 0; i < taken.length; i += 1) {
      const waiting = taken[i]!
      if (waiting.cancelled || waiting.deadlineMs <= batch.nowMs) {
        waiting.answer(fault('DEADLINE_EXCEEDED', 'the deadline passed before the command was decided', 0))
      } else if (jumped && waiting.command.type === 'allocate') {
        waiting.answer(fault('CLOCK_JUMPED', 'the wall clock jumped; an operator must confirm it', bounds.retryClockMs))
      } else {
        const outcome = batch.run(waiting.command)
        if (outcome === undefined) return { decided, putBack: taken.slice(i) }
        if (!outcome.ok) this.parts.observer.refused(outcome.refusal.reason)
        decided.push([waiting, outcome])
      }
    }
    return { decided, putBack: [] }
  }

  #tidy({ state }: Serving, batch: Batch, busy: boolean): void {
    const inPassing = this.#housekeeping.inPassing(state, batch.written, batch.nowMs)
    if (inPassing !== undefined) batch.add(inPassing)
    for (const event of this.#housekeeping.sweep(state, batch.nowMs, busy)) batch.add(event)
  }

  async #commit({ journal, directoryVersion }: Serving, batch: Batch, commands: number): Promise<CommitAnswer> {
    const { store, observer } = this.parts
    const beganAt = performance.now()
    const events = batch.coalesced()
    const { nowMs } = batch
    const { answer, bytes } = await journal.commit(events, { nowMs, directoryVersion }, (page) =>
      store.apply(page, events),
    )
    if ('seq' in answer) {
      store.published()
      this.#lastCommitMs = nowMs
      if (this.#storageFull) observer.storageResumed()
      this.#storageFull = false
      observer.committed({ commands, bytes, seconds: (performance.now() - beganAt) / 1_000 })
    }
    return answer
  }

  #fenced(decided: Replies): boolean {
    this.parts.observer.fenced(this.#lease!.epoch)
    for (const [waiting] of decided) waiting.answer(restarting())
    this.#serving = undefined
    this.#stopping = true
    return true
  }

  /** In turns: a million numbers that go live at once must not silence the thread. */
  async #adoptDirectory(serving: Serving): Promise<void> {
    const { directory, nextTurn } = this.parts
    while (directory.version() !== serving.directoryVersion) {
      const { facts, version } = directory.since(serving.directoryVersion)
      let numbers = 0
      for (const fact of facts) {
        serving.state.adopt(fact)
        numbers += fact.type === 'numbers' ? fact.digits.length : 1
        if (numbers < bounds.numbersPerTurn) continue
        numbers = 0
        await nextTurn()
      }
      serving.directoryVersion = version
    }
  }

  #keepClock(nowMs: number): void {
    if (nowMs - this.#lastCommitMs < bounds.idleMs) return
    this.#lastCommitMs = nowMs
    this.parts.store.storeClock(nowMs)
  }

  #idleMs(state: ShardState): number {
    if (this.#asked.length > 0) return 0
    const dueInMs = nextDueMs(state) - this.parts.clock.now()
    return Math.max(0, Math.min(dueInMs, bounds.idleMs))
  }
}

function restarting(): ShardAnswer {
  return fault('SHARD_RESTARTING', 'the shard is loading its state', bounds.retryRestartingMs)
}

/** Whoever waits is shown the binding as the page left it: nobody has to read it back. */
function reply(decided: Replies, batch: Batch, position: number): void {
  for (const [waiting, outcome] of decided) {
    const binding = outcome.ok ? batch.left(outcome.seq) : undefined
    waiting.answer({ kind: 'decided', outcome, position, binding })
  }
}
