-- Report an attempt's end and, if asked to, take the next job in the same call.
-- ARGV: mark, workflow, job, attempt, claim, kind ("succeeded", "failed", "lost"), data,
--       next claim ("" for none), executor, lease in ms, longest journal
if not is_open() then return 'closed' end
local workflow, job, attempt, claim, kind, data = ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7]
local next_claim, executor, lease_ms, longest = ARGV[8], ARGV[9], tonumber(ARGV[10]), tonumber(ARGV[11])
local hash = work(workflow)
local mine = attempt .. ':' .. claim
local found = redis.call('HMGET', hash, 's:' .. job, 'm:' .. job, 'hold')
if found[1] == 'e' .. mine then return given_before(next_claim) or {'done'} end
if found[1] ~= 'r' .. mine then
  local before = given_before(next_claim)
  if before then return before end
  if kind == 'lost' then return {'refused'} end
  redis.call('XADD', JOURNAL, '*', 'k', 'late', 'w', workflow, 'j', job, 'a', attempt, 'c', claim, 'x', executor, 'd', data)
  return {'refused'}
end

local held_lease = redis.call('ZSCORE', LEASES, token(workflow, job, attempt, claim))
redis.call('ZREM', LEASES, token(workflow, job, attempt, claim))
redis.call('HSET', hash, 's:' .. job, 'e' .. mine)
local route = parse_route(found[2])
if kind == 'succeeded' and string.find(route.flags, 'k', 1, true) then redis.call('HSET', hash, 'o:' .. job, data) end

if next_claim ~= '' and drain(executor) then next_claim = '' end
local now = now_ms()
local following = nil
if next_claim ~= '' and kind == 'succeeded' and route.following ~= '' and string.find(route.flags, 'c', 1, true)
    and not found[3] and held_lease and tonumber(held_lease) > now then
  local next_found = redis.call('HMGET', hash, 's:' .. route.following, 'm:' .. route.following)
  if not next_found[1] and next_found[2] then
    following = parse_route(next_found[2])
    local best = redis.call('ZRANGE', ready(following.pool), 0, 0, 'WITHSCORES')
    if best[2] and tonumber(best[2]) < tonumber(following.score) then following = nil end
  end
end

local entry = {'k', kind, 'w', workflow, 'j', job, 'a', attempt, 'c', claim, 'd', data}
if following then
  entry[13], entry[14], entry[15], entry[16], entry[17], entry[18] = 'n', route.following, 'nc', next_claim, 'x', executor
end
redis.call('XADD', JOURNAL, '*', unpack(entry))
if following then
  redis.call('HSET', hash, 's:' .. route.following, 'r1:' .. next_claim)
  redis.call('ZADD', LEASES, now + lease_ms, token(workflow, route.following, '1', next_claim))
  return hand_over(workflow, route.following, '1', next_claim, following)
end
if next_claim == '' or redis.call('XLEN', JOURNAL) > longest then return {'done'} end
return claim_best(route.pool, next_claim, executor, lease_ms, now)
