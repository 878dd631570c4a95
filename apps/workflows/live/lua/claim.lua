-- ARGV: mark, pool, claim, executor, lease in ms, longest journal, "1" if this claim may have been made already.
if not is_open() then return 'closed' end
local pool, claim, executor, lease_ms = ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
local before = ARGV[7] == '1' and given_before(claim)
if before then return before end
local draining = drain(executor)
if draining then return {'drain', draining} end
if redis.call('XLEN', JOURNAL) > tonumber(ARGV[6]) then return {'full'} end
return claim_best(pool, claim, executor, lease_ms, now_ms())
