#!lua name=xpool_peer

-- The peer: what a good engineer would build on Redis for the same job. One
-- function call is one atomic step, as one command of a shard is.
--
--   r:<number>   hash    caller -> "callee id start_ms end_ms free_at_ms"      Resolve is one HGET
--   b:<pool>     hash    id -> "tenant number a b start_ms end_ms free_at_ms"
--   due:<pool>   zset    id by the time of what happens to it next: its end, its free_at, its forgetting
--   open:<pool>  zset    numbers with room, by their digits: first fit is the first of them
--   n:<pool>     hash    number -> live bindings
--   t:<tenant>   hash    live, limit: the quota of live bindings
--   p:<pool>     hash    cooldown_ms (1 or more), capacity (live bindings of a number)
--   q:<tenant>:<pool>:<request id>   string "id fingerprint", kept 24 h or till the end, whichever is later

-- What is due is settled in passing, so much of it by each call: an allocation brings three such steps in the end.
local settled_by_a_call = 8
-- A tenant at its quota: before it is refused, what is due to end is ended.
local settled_before_a_refusal = 1000
local candidates_at_a_time = 8
local request_kept_ms = 86400000
local binding_kept_ms = 86400000

local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function route(callee, id, start_ms, end_ms, free_at)
  return callee .. ' ' .. id .. ' ' .. start_ms .. ' ' .. end_ms .. ' ' .. free_at
end

local function binding(pool, id)
  local row = redis.call('HGET', 'b:' .. pool, id)
  if not row then return nil end
  local tenant, x, a, b, start_ms, end_ms, free_at =
    string.match(row, '^(%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+)$')
  return {
    tenant = tenant, x = x, a = a, b = b,
    start_ms = tonumber(start_ms), end_ms = tonumber(end_ms), free_at = tonumber(free_at)
  }
end

local function keep(pool, id, one)
  redis.call('HSET', 'b:' .. pool, id, one.tenant .. ' ' .. one.x .. ' ' .. one.a .. ' ' .. one.b
    .. ' ' .. one.start_ms .. ' ' .. one.end_ms .. ' ' .. one.free_at)
  redis.call('HSET', 'r:' .. one.x,
    one.a, route(one.b, id, one.start_ms, one.end_ms, one.free_at),
    one.b, route(one.a, id, one.start_ms, one.end_ms, one.free_at))
end

-- The number has room again, and the tenant's quota too; the routes stay owned until free_at.
local function leave(pool, one)
  local capacity = tonumber(redis.call('HGET', 'p:' .. pool, 'capacity'))
  if redis.call('HINCRBY', 'n:' .. pool, one.x, -1) == capacity - 1 then
    redis.call('ZADD', 'open:' .. pool, one.x, one.x)
  end
  redis.call('HINCRBY', 't:' .. one.tenant, 'live', -1)
end

local function free_routes(pool, id, one)
  redis.call('HDEL', 'r:' .. one.x, one.a, one.b)
  redis.call('ZADD', 'due:' .. pool, one.free_at + binding_kept_ms, id)
end

local function settle(pool, now, most)
  local due = redis.call('ZRANGEBYSCORE', 'due:' .. pool, '-inf', now, 'WITHSCORES', 'LIMIT', 0, most)
  for i = 1, #due, 2 do
    local id, at = due[i], tonumber(due[i + 1])
    local one = binding(pool, id)
    if at > one.free_at then
      redis.call('HDEL', 'b:' .. pool, id)
      redis.call('ZREM', 'due:' .. pool, id)
    elseif at == one.free_at then
      free_routes(pool, id, one)
    else
      leave(pool, one)
      redis.call('ZADD', 'due:' .. pool, one.free_at, id)
    end
  end
end

-- A route whose time is over and that was not reached by settle as yet is in nobody's way.
local function is_free(pool, held, now)
  if not held then return true end
  local id, free_at = string.match(held, '^%S+ (%S+) %S+ %S+ (%S+)$')
  if tonumber(free_at) > now then return false end
  local one = binding(pool, id)
  if one.end_ms == tonumber(redis.call('ZSCORE', 'due:' .. pool, id)) then leave(pool, one) end
  free_routes(pool, id, one)
  return true
end

-- First fit among the numbers with room: at most 2D - 1 of them are looked at for bindings that start at once.
local function choose(pool, a, b, now)
  local from = 0
  while true do
    local open = redis.call('ZRANGE', 'open:' .. pool, from, from + candidates_at_a_time - 1)
    for _, x in ipairs(open) do
      local held = redis.call('HMGET', 'r:' .. x, a, b)
      if is_free(pool, held[1], now) and is_free(pool, held[2], now) then return x end
    end
    if #open < candidates_at_a_time then return nil end
    from = from + candidates_at_a_time
  end
end

local function has_quota(tenant)
  local quota = redis.call('HMGET', 't:' .. tenant, 'live', 'limit')
  return tonumber(quota[1]) < tonumber(quota[2])
end

local function is_number(digits)
  return #digits >= 3 and #digits <= 20 and string.find(digits, '^%d+$') ~= nil
end

local function refusal(reason)
  return redis.error_reply(reason)
end

-- KEYS: pool; ARGV: tenant, request id, a, b, ttl_ms -> "id number end_ms free_at_ms"
local function allocate(keys, args)
  local pool = keys[1]
  local tenant, request, a, b, ttl = args[1], args[2], args[3], args[4], args[5]
  if not is_number(a) or not is_number(b) then return refusal('INVALID_NUMBER') end
  if a == b then return refusal('SAME_PARTY') end
  local asked = 'q:' .. tenant .. ':' .. pool .. ':' .. request
  local fingerprint = a .. ' ' .. b .. ' ' .. ttl
  local known = redis.call('GET', asked)
  if known then
    local id, print = string.match(known, '^(%S+) (.+)$')
    if print ~= fingerprint then return refusal('REQUEST_ID_REUSED') end
    local one = binding(pool, id)
    return id .. ' ' .. one.x .. ' ' .. one.end_ms .. ' ' .. one.free_at
  end

  local now = now_ms()
  settle(pool, now, settled_by_a_call)
  if redis.call('EXISTS', 't:' .. tenant) == 0 then return refusal('TENANT_NOT_FOUND') end
  if not has_quota(tenant) then
    settle(pool, now, settled_before_a_refusal)
    if not has_quota(tenant) then return refusal('QUOTA_LIVE_BINDINGS') end
  end
  local x = choose(pool, a, b, now)
  if not x then return refusal('POOL_EXHAUSTED') end

  local terms = redis.call('HMGET', 'p:' .. pool, 'cooldown_ms', 'capacity')
  local end_ms = now + tonumber(ttl)
  local one = { tenant = tenant, x = x, a = a, b = b, start_ms = now, end_ms = end_ms, free_at = end_ms + terms[1] }
  local id = redis.call('INCR', 'seq:' .. pool)
  keep(pool, id, one)
  redis.call('ZADD', 'due:' .. pool, end_ms, id)
  if redis.call('HINCRBY', 'n:' .. pool, x, 1) == tonumber(terms[2]) then redis.call('ZREM', 'open:' .. pool, x) end
  redis.call('HINCRBY', 't:' .. tenant, 'live', 1)
  redis.call('SET', asked, id .. ' ' .. fingerprint, 'PX', math.max(request_kept_ms, tonumber(ttl)))
  return id .. ' ' .. x .. ' ' .. end_ms .. ' ' .. one.free_at
end

-- KEYS: pool; ARGV: tenant, id -> "id number end_ms free_at_ms"; a second time the same
local function release(keys, args)
  local pool, tenant, id = keys[1], args[1], args[2]
  local one = binding(pool, id)
  if not one or one.tenant ~= tenant then return refusal('BINDING_NOT_FOUND') end
  local now = now_ms()
  if one.end_ms > now then
    one.free_at = now + (one.free_at - one.end_ms)
    one.end_ms = now
    keep(pool, id, one)
    leave(pool, one)
    redis.call('ZADD', 'due:' .. pool, one.free_at, id)
  end
  return id .. ' ' .. one.x .. ' ' .. one.end_ms .. ' ' .. one.free_at
end

redis.register_function('xpool_allocate', allocate)
redis.register_function('xpool_release', release)
