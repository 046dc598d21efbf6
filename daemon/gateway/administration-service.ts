/** AdministrationService: tenants, pools, numbers, bans and counts. It shows no party in clear. */
import type { UntypedServiceImplementation } from '@grpc/grpc-js'
import * as wire from '../generated/xpool/v1/administration.js'
import type { AdministrationParts } from './administration-parts.js'
import { banCaller, listBans, unbanCaller } from './ban-methods.js'
import { type Explainers, explainAny } from './explain/explain-methods.js'
import { addNumbers, getNumber, listNumbers, removeNumbers, setNumberState } from './number-methods.js'
import { getStats } from './stats-method.js'
import { getPool, getTenant, listPools, listTenants, writePool, writeTenant } from './tenant-methods.js'
import { answeredAtOnce, answeredLater, type Frame } from './unary.js'
import type { WatchHub } from './watch/watch-hub.js'
import { watchMethods, watchOfSystem } from './watch/watch-methods.js'
import { unaryMethod } from './wire-codec.js'

const names = wire.AdministrationServiceService

export const administrationMethods = {
  createTenant: unaryMethod(names.createTenant.path, wire.CreateTenantRequest, wire.CreateTenantResponse),
  updateTenant: unaryMethod(names.updateTenant.path, wire.UpdateTenantRequest, wire.UpdateTenantResponse),
  getTenant: unaryMethod(names.getTenant.path, wire.GetTenantRequest, wire.GetTenantResponse),
  listTenants: unaryMethod(names.listTenants.path, wire.ListTenantsRequest, wire.ListTenantsResponse),
  createPool: unaryMethod(names.createPool.path, wire.CreatePoolRequest, wire.CreatePoolResponse),
  updatePool: unaryMethod(names.updatePool.path, wire.UpdatePoolRequest, wire.UpdatePoolResponse),
  getPool: unaryMethod(names.getPool.path, wire.GetPoolRequest, wire.GetPoolResponse),
  listPools: unaryMethod(names.listPools.path, wire.ListPoolsRequest, wire.ListPoolsResponse),
  addNumbers: unaryMethod(names.addNumbers.path, wire.AddNumbersRequest, wire.AddNumbersResponse),
  removeNumbers: unaryMethod(names.removeNumbers.path, wire.RemoveNumbersRequest, wire.RemoveNumbersResponse),
  getNumber: unaryMethod(names.getNumber.path, wire.GetNumberRequest, wire.GetNumberResponse),
  listNumbers: unaryMethod(names.listNumbers.path, wire.ListNumbersRequest, wire.ListNumbersResponse),
  setNumberState: unaryMethod(names.setNumberState.path, wire.SetNumberStateRequest, wire.SetNumberStateResponse),
  banCaller: unaryMethod(names.banCaller.path, wire.BanCallerRequest, wire.BanCallerResponse),
  unbanCaller: unaryMethod(names.unbanCaller.path, wire.UnbanCallerRequest, wire.UnbanCallerResponse),
  listBans: unaryMethod(names.listBans.path, wire.ListBansRequest, wire.ListBansResponse),
  explainAny: unaryMethod(names.explainAny.path, wire.ExplainAnyRequest, wire.ExplainAnyResponse),
  watchSystem: watchMethods.watchSystem,
  getStats: unaryMethod(names.getStats.path, wire.GetStatsRequest, wire.GetStatsResponse),
  confirmClock: unaryMethod(names.confirmClock.path, wire.ConfirmClockRequest, wire.ConfirmClockResponse),
} as const

export function administrationService(
  parts: AdministrationParts,
  explainers: Explainers,
  hub: WatchHub,
  frame: (method: string) => Frame,
): UntypedServiceImplementation {
  return {
    createTenant: answeredLater(frame('CreateTenant'), (request: wire.CreateTenantRequest) =>
      writeTenant('create', request, parts),
    ),
    updateTenant: answeredLater(frame('UpdateTenant'), (request: wire.UpdateTenantRequest) =>
      writeTenant('update', request, parts),
    ),
    getTenant: answeredAtOnce(frame('GetTenant'), (request: wire.GetTenantRequest) => getTenant(request, parts)),
    listTenants: answeredAtOnce(frame('ListTenants'), (request: wire.ListTenantsRequest) =>
      listTenants(request, parts),
    ),
    createPool: answeredLater(frame('CreatePool'), (request: wire.CreatePoolRequest) =>
      writePool('create', request, parts),
    ),
    updatePool: answeredLater(frame('UpdatePool'), (request: wire.UpdatePoolRequest) =>
      writePool('update', request, parts),
    ),
    getPool: answeredAtOnce(frame('GetPool'), (request: wire.GetPoolRequest) => getPool(request, parts)),
    listPools: answeredAtOnce(frame('ListPools'), (request: wire.ListPoolsRequest) => listPools(request, parts)),
    addNumbers: answeredLater(frame('AddNumbers'), (request: wire.AddNumbersRequest) => addNumbers(request, parts)),
    removeNumbers: answeredLater(frame('RemoveNumbers'), (request: wire.RemoveNumbersRequest) =>
      removeNumbers(request, parts),
    ),
    getNumber: answeredAtOnce(frame('GetNumber'), (request: wire.GetNumberRequest) => getNumber(request, parts)),
    listNumbers: answeredLater(frame('ListNumbers'), (request: wire.ListNumbersRequest, context) =>
      listNumbers(request, parts, context.signal),
    ),
    setNumberState: answeredLater(frame('SetNumberState'), (request: wire.SetNumberStateRequest) =>
      setNumberState(request, parts),
    ),
    banCaller: answeredLater(frame('BanCaller'), (request: wire.BanCallerRequest) =>
      banCaller(request, 'any tenant', parts),
    ),
    unbanCaller: answeredLater(frame('UnbanCaller'), (request: wire.UnbanCallerRequest) =>
      unbanCaller(request, 'any tenant', parts),
    ),
    listBans: answeredLater(frame('ListBans'), (request: wire.ListBansRequest, context) =>
      listBans(request, parts, context.signal),
    ),
    explainAny: answeredLater(frame('ExplainAny'), (request: wire.ExplainAnyRequest) =>
      explainAny(request, explainers),
    ),
    watchSystem: watchOfSystem(hub, frame('WatchSystem')),
    getStats: answeredLater(frame('GetStats'), (request: wire.GetStatsRequest) => getStats(request, parts)),
    confirmClock: answeredLater(frame('ConfirmClock'), async () => ({ nowMs: await parts.confirmClock() })),
  }
}
