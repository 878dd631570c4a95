-- What a committed batch sends to Redis. Each operation is idempotent: a batch may be sent again.
-- ARGV: mark, epoch, then operations, each its name and a fixed number of arguments.
if not may_lead() then return 'closed' end
if redis.call('GET', 'engine:' .. SHARD .. ':epoch') ~= ARGV[2] then return 'leadership_lost' end

local function marker_attempt(marker)
  return tonumber(string.match(marker, '^%a(%d+)'))
end

-- Whether one stream id comes after another.
local function after(left, right)
  local left_ms, left_seq = string.match(left, '(%d+)-(%d+)')
  local right_ms, right_seq = string.match(right, '(%d+)-(%d+)')
  left_ms, right_ms = tonumber(left_ms), tonumber(right_ms)
  return left_ms > right_ms or (left_ms == right_ms and tonumber(left_seq) > tonumber(right_seq))
end

-- Pools with work for sleeping executors, and for how many of them.
local roused = {}
local function rouse(pool)
  roused[pool] = math.min((roused[pool] or 0) + 1, 256)
end

local operations = {
  -- base: workflow, JSON
  base = {2, function(a) redis.call('HSETNX', work(ARGV[a]), 'base', ARGV[a + 1]) end},
  -- layout: workflow, job, route, payload. A job that may be handed over before it is queued.
  layout = {4, function(a)
    redis.call('HSET', work(ARGV[a]), 'm:' .. ARGV[a + 1], ARGV[a + 2], 'j:' .. ARGV[a + 1], ARGV[a + 3])
  end},
  -- outcome: workflow, job, JSON
  outcome = {3, function(a) redis.call('HSET', work(ARGV[a]), 'o:' .. ARGV[a + 1], ARGV[a + 2]) end},
  -- enqueue: workflow, job, attempt, pool, score. Nothing if that attempt is queued, running or over.
  enqueue = {5, function(a)
    local hash, field = work(ARGV[a]), 's:' .. ARGV[a + 1]
    local marker = redis.call('HGET', hash, field)
    if marker and marker_attempt(marker) >= tonumber(ARGV[a + 2]) then return end
    redis.call('HSET', hash, field, 'q' .. ARGV[a + 2])
    redis.call('ZADD', ready(ARGV[a + 3]), ARGV[a + 4], ARGV[a] .. '|' .. ARGV[a + 1] .. '|' .. ARGV[a + 2])
    rouse(ARGV[a + 3])
  end},
  -- lease: workflow, job, attempt, claim, lease in ms. A rebuild keeps whoever still runs it.
  lease = {5, function(a)
    local hash, field = work(ARGV[a]), 's:' .. ARGV[a + 1]
    local marker = redis.call('HGET', hash, field)
    if marker and marker_attempt(marker) >= tonumber(ARGV[a + 2]) then return end
    redis.call('HSET', hash, field, 'r' .. ARGV[a + 2] .. ':' .. ARGV[a + 3])
    redis.call('ZADD', LEASES, now_ms() + tonumber(ARGV[a + 4]), token(ARGV[a], ARGV[a + 1], ARGV[a + 2], ARGV[a + 3]))
  end},
  -- settle: workflow, job, attempt, pool. Whatever holds that attempt or an older one holds it no longer.
  settle = {4, function(a)
    local hash, field = work(ARGV[a]), 's:' .. ARGV[a + 1]
    local marker = redis.call('HGET', hash, field)
    if marker then
      local status, attempt, claim = string.match(marker, '^(%a)(%d+):?(.*)$')
      if tonumber(attempt) > tonumber(ARGV[a + 2]) then return end
      if status == 'q' then redis.call('ZREM', ready(ARGV[a + 3]), ARGV[a] .. '|' .. ARGV[a + 1] .. '|' .. attempt) end
      if status == 'r' then redis.call('ZREM', LEASES, token(ARGV[a], ARGV[a + 1], attempt, claim)) end
      if status == 'e' and tonumber(attempt) == tonumber(ARGV[a + 2]) then return end
    end
    redis.call('HSET', hash, field, 'e' .. ARGV[a + 2] .. ':')
  end},
  -- unhold: workflow, entry, pools joined by commas. Lifted unless a command came after that entry; what was held may be
  -- claimed.
  unhold = {3, function(a)
    local hold = redis.call('HGET', work(ARGV[a]), 'hold')
    if not hold or after(hold, ARGV[a + 1]) then return end
    redis.call('HDEL', work(ARGV[a]), 'hold')
    for pool in string.gmatch(ARGV[a + 2], '[^,]+') do rouse(pool) end
  end},
  -- jobs: workflow, job ids joined by commas. Contract's list, written once.
  jobs = {2, function(a) write_jobs(ARGV[a], ARGV[a + 1]) end},
  -- state: workflow, state, current job
  state = {3, function(a)
    local prefix = 'workflow:' .. ARGV[a] .. ':'
    redis.call('SET', prefix .. 'state', ARGV[a + 1])
    if ARGV[a + 2] == '' then redis.call('DEL', prefix .. 'currentJob')
    else redis.call('SET', prefix .. 'currentJob', ARGV[a + 2]) end
  end},
  -- finish: workflow, state, seconds to live
  finish = {3, function(a)
    local prefix = 'workflow:' .. ARGV[a] .. ':'
    redis.call('SET', prefix .. 'state', ARGV[a + 1], 'EX', ARGV[a + 2])
    redis.call('DEL', prefix .. 'currentJob')
    redis.call('EXPIRE', prefix .. 'jobs', ARGV[a + 2])
    redis.call('DEL', work(ARGV[a]))
  end},
  -- result: command. Wakes the service that waits for it.
  result = {1, function(a)
    redis.call('LPUSH', 'result:' .. ARGV[a], 1)
    redis.call('EXPIRE', 'result:' .. ARGV[a], 10)
  end},
  -- failure: workflow, job, attempt, claim, data. For a report that could not be stored.
  failure = {5, function(a)
    redis.call('XADD', JOURNAL, '*', 'k', 'failed', 'w', ARGV[a], 'j', ARGV[a + 1], 'a', ARGV[a + 2],
      'c', ARGV[a + 3], 'd', ARGV[a + 4])
  end},
  -- timer: workflow, job, attempt, kind. Due now; its entry goes behind every report already there.
  timer = {4, function(a)
    redis.call('XADD', JOURNAL, '*', 'k', 'timer', 'w', ARGV[a], 'j', ARGV[a + 1], 'a', ARGV[a + 2], 'd', ARGV[a + 3])
  end},
}

local i = 3
while i <= #ARGV do
  local operation = operations[ARGV[i]]
  operation[2](i + 1)
  i = i + 1 + operation[1]
end
for pool, count in pairs(roused) do
  local tokens = {}
  for token = 1, count do tokens[token] = 1 end
  redis.call('LPUSH', wake(pool), unpack(tokens))
  redis.call('LTRIM', wake(pool), 0, 255)
end
return 'done'
