-- ARGV: mark, pool, claim, executor, lease in ms, longest journal, "1" if this claim may have been made already.
if not is_open() then return 'closed' end
local pool, claim, executor, lease_ms = ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
if ARGV[7] == '1' then
  -- The answer to the first call was lost: hand the same job over again.
  for _, member in ipairs(redis.call('ZRANGE', LEASES, 0, -1)) do
    local workflow, job, attempt, holder = string.match(member, '^([^|]+)|([^|]+)|([^|]+)|(.+)$')
    if holder == claim then
      local route = redis.call('HGET', work(workflow), 'm:' .. job)
      if route then return hand_over(workflow, job, attempt, claim, parse_route(route)) end
    end
  end
end
if redis.call('XLEN', JOURNAL) > tonumber(ARGV[6]) then return {'full'} end
return claim_best(pool, claim, executor, lease_ms, now_ms())
