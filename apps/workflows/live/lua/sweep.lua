-- Look whether jobs that SQL calls live are so in Redis; what is not is made ready to be mended.
-- ARGV: mark, epoch, then (status, workflow, job, attempt, claim, pool)s. Answers the positions (from 0) of those
-- that were not: a QUEUED one is to be enqueued again, a RUNNING one gets its "lost" here.
-- Whoever ends an attempt sets its marker and drops its lease in one script, so "e" means: the journal
-- has an entry that the leader has not applied yet. Nothing is wrong then.
if not is_open() then return 'closed' end
if redis.call('GET', 'engine:' .. SHARD .. ':epoch') ~= ARGV[2] then return 'deposed' end
local wrong = {}
for i = 3, #ARGV, 6 do
  local status, workflow, job, attempt, claim, pool = unpack(ARGV, i, i + 5)
  local field, member = 's:' .. job, workflow .. '|' .. job .. '|' .. attempt
  local marker = redis.call('HGET', work(workflow), field)
  if status == 'QUEUED' then
    local waits = marker == 'q' .. attempt
    if not marker or (waits and not redis.call('ZSCORE', ready(pool), member)) then
      redis.call('HDEL', work(workflow), field)
      wrong[#wrong + 1] = (i - 3) / 6
    end
  else
    local mine = 'r' .. attempt .. ':' .. claim
    if not marker or (marker == mine and not redis.call('ZSCORE', LEASES, token(workflow, job, attempt, claim))) then
      redis.call('HSET', work(workflow), field, 'e' .. attempt .. ':' .. claim)
      redis.call('XADD', JOURNAL, '*', 'k', 'lost', 'w', workflow, 'j', job, 'a', attempt, 'c', claim, 'd', '')
      wrong[#wrong + 1] = (i - 3) / 6
    end
  end
end
return wrong
