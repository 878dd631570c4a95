-- Shared by all scripts. ARGV[1] is the open mark "<run id>:<generation>" as the caller knows it.
-- Only commands of Redis 6.2; one primary, so keys are computed here rather than passed.
--
-- work:<gen>:<workflow>, a hash:
--   hold       id of the newest command that the leader has not applied yet
--   base       JSON: the input and facts of the workflow, for jobs that read them
--   s:<job>    marker: "q<attempt>", "r<attempt>:<claim>" or "e<attempt>:<claim>" (queued, running, over)
--   m:<job>    route: pool|score|flags|next job|outcomes it reads, comma-separated
--              flags: b reads base, k outcome is read by others, c repeatable (its successor may be handed over),
--              a runs alone in its process
--   j:<job>    JSON: what an executor needs to run it
--   o:<job>    JSON: its outcome, for jobs that read it
local SHARD = '0'
local OPEN = 'engine:' .. SHARD .. ':open'
local generation = string.match(ARGV[1], ':(%d+)$') or 'none'
local JOURNAL = 'journal:' .. SHARD .. ':' .. generation
local LEASES = 'leases:' .. generation

local function is_open()
  return ARGV[1] ~= '' and redis.call('GET', OPEN) == ARGV[1]
end

-- Only a leader's scripts ask this: it fills a generation before it opens it.
local function may_lead()
  return is_open() or (ARGV[1] ~= '' and redis.call('GET', 'engine:' .. SHARD .. ':building') == ARGV[1])
end

local function work(workflow) return 'work:' .. generation .. ':' .. workflow end
local function ready(pool) return 'ready:' .. generation .. ':' .. pool end
local function wake(pool) return 'wake:' .. generation .. ':' .. pool end

-- The contract's list of job ids, written once. In pieces: Lua unpacks some 8,000 values at most.
local function write_jobs(workflow, names)
  local key = 'workflow:' .. workflow .. ':jobs'
  if redis.call('EXISTS', key) == 1 then return end
  local piece = {}
  for name in string.gmatch(names, '[^,]+') do
    piece[#piece + 1] = name
    if #piece == 1000 then
      redis.call('RPUSH', key, unpack(piece))
      piece = {}
    end
  end
  if #piece > 0 then redis.call('RPUSH', key, unpack(piece)) end
end

local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- What an executor that is to take no more jobs confirms, else false.
local function drain(executor) return redis.call('GET', 'drain:' .. executor) end

local function parse_route(route)
  local pool, score, flags, following, reads = string.match(route, '^([^|]*)|([^|]*)|([^|]*)|([^|]*)|(.*)$')
  return {pool = pool, score = score, flags = flags, following = following, reads = reads}
end

local function token(workflow, job, attempt, claim)
  return workflow .. '|' .. job .. '|' .. attempt .. '|' .. claim
end

-- What an executor gets with a job: workflow, job, attempt, claim, payload, base, flags, then outcome pairs.
local function hand_over(workflow, job, attempt, claim, route)
  local hash = work(workflow)
  local answer = {'job', workflow, job, attempt, claim, redis.call('HGET', hash, 'j:' .. job) or '', '', route.flags}
  if string.find(route.flags, 'b', 1, true) then answer[7] = redis.call('HGET', hash, 'base') or '' end
  for name in string.gmatch(route.reads, '[^,]+') do
    answer[#answer + 1] = name
    answer[#answer + 1] = redis.call('HGET', hash, 'o:' .. name) or ''
  end
  return answer
end

-- The job that a call with this claim id was given before: the answer may have been lost on the way.
local function given_before(claim)
  if claim == '' then return nil end
  for _, member in ipairs(redis.call('ZRANGE', LEASES, 0, -1)) do
    local workflow, job, attempt, holder = string.match(member, '^([^|]+)|([^|]+)|([^|]+)|(.+)$')
    if holder == claim then
      local route = redis.call('HGET', work(workflow), 'm:' .. job)
      if route then return hand_over(workflow, job, attempt, claim, parse_route(route)) end
    end
  end
  return nil
end

-- Take one ready entry, if its marker says that it is worth something and its workflow is not held.
local function claim_one(pool, member, claim, executor, lease_ms, now)
  local workflow, job, attempt = string.match(member, '^([^|]+)|([^|]+)|([^|]+)$')
  local hash = work(workflow)
  local found = redis.call('HMGET', hash, 's:' .. job, 'hold', 'm:' .. job)
  local queued = found[1] == 'q' .. attempt
  if queued and found[2] then return nil end
  redis.call('ZREM', ready(pool), member)
  if not queued then return nil end
  redis.call('HSET', hash, 's:' .. job, 'r' .. attempt .. ':' .. claim)
  redis.call('ZADD', LEASES, now + lease_ms, token(workflow, job, attempt, claim))
  redis.call('XADD', JOURNAL, '*', 'k', 'claimed', 'w', workflow, 'j', job, 'a', attempt, 'c', claim, 'x', executor)
  return hand_over(workflow, job, attempt, claim, parse_route(found[3]))
end

-- Take the best job of a pool that is not held. Nearly always it is the first, so that the others are read only if not.
local function claim_best(pool, claim, executor, lease_ms, now)
  local best = redis.call('ZRANGE', ready(pool), 0, 0)[1]
  if not best then
    redis.call('DEL', wake(pool))
    return {'empty'}
  end
  local taken = claim_one(pool, best, claim, executor, lease_ms, now)
  if taken then return taken end
  for _, member in ipairs(redis.call('ZRANGE', ready(pool), 0, 63)) do
    taken = claim_one(pool, member, claim, executor, lease_ms, now)
    if taken then return taken end
  end
  return {'empty'}
end
