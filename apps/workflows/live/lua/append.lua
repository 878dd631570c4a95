-- Append entries that do not come from executors: pairs of (kind, workflow, reference).
-- ARGV: mark, then triples. Any act but a start holds its workflow in the same call, so that
-- no executor claims or continues on a state that is about to change.
if not is_open() then return 'closed' end
for i = 2, #ARGV, 3 do
  local kind, workflow = ARGV[i], ARGV[i + 1]
  local id = redis.call('XADD', JOURNAL, '*', 'k', kind, 'w', workflow, 'd', ARGV[i + 2])
  if kind ~= 'start' then redis.call('HSET', work(workflow), 'hold', id) end
end
return 'done'
