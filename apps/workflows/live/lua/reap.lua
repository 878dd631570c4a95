-- End leases that ran out. ARGV: mark, epoch, most. Answers how many, or -1 for a leader that has lost its leadership.
if not is_open() then return 'closed' end
if redis.call('GET', 'engine:' .. SHARD .. ':epoch') ~= ARGV[2] then return -1 end
local over = redis.call('ZRANGEBYSCORE', LEASES, '-inf', now_ms(), 'LIMIT', 0, ARGV[3])
for _, member in ipairs(over) do
  local workflow, job, attempt, claim = string.match(member, '^([^|]+)|([^|]+)|([^|]+)|(.+)$')
  redis.call('ZREM', LEASES, member)
  if redis.call('HGET', work(workflow), 's:' .. job) == 'r' .. attempt .. ':' .. claim then
    redis.call('HSET', work(workflow), 's:' .. job, 'e' .. attempt .. ':' .. claim)
    redis.call('XADD', JOURNAL, '*', 'k', 'lost', 'w', workflow, 'j', job, 'a', attempt, 'c', claim, 'd', '')
  end
end
return #over
