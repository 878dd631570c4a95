-- Behind the scripts' own prelude: queue many jobs as effects.lua does, a hundred a workflow.
-- ARGV: mark, pool, first number, how many, payload
local pool, first, count, payload = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5]
for number = first, first + count - 1 do
  local workflow, job = string.format('00000000-0000-4000-8000-%012d', math.floor(number / 100)), 'job_' .. number
  local score = string.format('%d.000000', number)
  redis.call('HSET', work(workflow), 's:' .. job, 'q1', 'm:' .. job, pool .. '|' .. score .. '|||', 'j:' .. job, payload)
  redis.call('ZADD', ready(pool), score, workflow .. '|' .. job .. '|1')
end
return redis.call('ZCARD', ready(pool))
