/** What the gateway counts of its connections, and of what their streams hold. */
import { Counter, Gauge, type Registry } from 'prom-client'
import type { ConnectionBudgets } from './connection-budget.js'
import type { ConnectionTable, TableCounts } from './connection-table.js'

/** Registers what is counted as it happens; once for each registry. */
export function connectionCounts(registry: Registry): TableCounts {
  const opened = new Counter({
    name: 'xpool_connections_opened_total',
    help: 'Connections accepted',
    registers: [registry],
  })
  const retired = new Counter({
    name: 'xpool_connections_retired_total',
    help: 'Connections asked to go (GOAWAY) or cut off, by reason',
    labelNames: ['reason'],
    registers: [registry],
  })
  for (const reason of ['age', 'spread', 'stalled'] as const) retired.inc({ reason }, 0)
  return { opened: () => opened.inc(), retired: (reason) => retired.inc({ reason }) }
}

/** Registers what is read when somebody asks. */
export function connectionGauges(
  registry: Registry,
  thread: string,
  table: Pick<ConnectionTable, 'staying' | 'leaving'>,
  budgets: ConnectionBudgets,
): void {
  new Gauge({
    name: 'xpool_connections',
    help: 'Open connections of a gateway, and those among them that were asked to go',
    labelNames: ['thread', 'state'],
    registers: [registry],
    collect() {
      this.set({ thread, state: 'staying' }, table.staying)
      this.set({ thread, state: 'leaving' }, table.leaving)
    },
  })
  new Gauge({
    name: 'xpool_streams',
    help: 'Streams of batches that are open',
    registers: [registry],
    collect() {
      this.set(budgets.streams)
    },
  })
  new Gauge({
    name: 'xpool_stream_held_bytes',
    help: 'Bytes of requests and answers that streams have read and not yet written out',
    registers: [registry],
    collect() {
      this.set(budgets.bytes)
    },
  })
}
