-- Look whether jobs that SQL calls live are so in Redis; what is not is made ready to be mended.
-- ARGV: mark, epoch, then (status, workflow, job, attempt, claim)s. Answers the positions (from 0) of those
-- that were not: a QUEUED one is to be enqueued again, a RUNNING one gets its "lost" here.
-- Whoever ends an attempt sets its marker and drops its lease in one script, so "e" means: the journal
-- has an entry that the leader has not applied yet. Nothing is wrong then.
if not is_open() then return 'closed' end
if redis.call('GET', 'engine:' .. SHARD .. ':epoch') ~= ARGV[2] then return 'leadership_lost' end
local wrong = {}
for i = 3, #ARGV, 5 do
  local status, workflow, job, attempt, claim = unpack(ARGV, i, i + 4)
  local field, member = 's:' .. job, workflow .. '|' .. job .. '|' .. attempt
  local found = redis.call('HMGET', work(workflow), field, 'm:' .. job)
  local marker = found[1]
  if status == 'QUEUED' then
    local waits = marker == 'q' .. attempt
    if not marker or (waits and not (found[2] and redis.call('ZSCORE', ready(parse_route(found[2]).pool), member))) then
      redis.call('HDEL', work(workflow), field)
      wrong[#wrong + 1] = (i - 3) / 5
    end
  else
    local mine = 'r' .. attempt .. ':' .. claim
    if not marker or (marker == mine and not redis.call('ZSCORE', LEASES, token(workflow, job, attempt, claim))) then
      redis.call('HSET', work(workflow), field, 'e' .. attempt .. ':' .. claim)
      redis.call('XADD', JOURNAL, '*', 'k', 'lost', 'w', workflow, 'j', job, 'a', attempt, 'c', claim, 'd', '')
      wrong[#wrong + 1] = (i - 3) / 5
    end
  end
end
return wrong
