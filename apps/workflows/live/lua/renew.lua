-- Renew an executor's leases. ARGV: mark, executor, heartbeat JSON, lease in ms, then (workflow, job, attempt, claim)s.
-- Answers the positions (from 0) of the claims that are no longer its own.
if not is_open() then return 'closed' end
local deadline = now_ms() + tonumber(ARGV[4])
redis.call('SET', 'executor:' .. ARGV[2], ARGV[3], 'PX', ARGV[4] * 2)
local gone = {}
for i = 5, #ARGV, 4 do
  local marker = redis.call('HGET', work(ARGV[i]), 's:' .. ARGV[i + 1])
  if marker == 'r' .. ARGV[i + 2] .. ':' .. ARGV[i + 3] then
    redis.call('ZADD', LEASES, deadline, token(ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]))
  else
    gone[#gone + 1] = (i - 5) / 4
  end
end
return gone
