-- Append entries that do not come from executors. ARGV: mark, then triples (kind, workflow, reference).
-- A start's reference is its job ids, joined by commas: the contract's keys are written with it, where none stand.
-- A command holds its workflow in the same call, so that no executor claims or continues on a state that is
-- about to change.
if not is_open() then return 'closed' end
for i = 2, #ARGV, 3 do
  local kind, workflow, reference = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  if kind == 'start' then
    redis.call('XADD', JOURNAL, '*', 'k', kind, 'w', workflow)
    if reference ~= '' and redis.call('SET', 'workflow:' .. workflow .. ':state', 'INITIALIZED', 'NX') then
      write_jobs(workflow, reference)
    end
  else
    local id = redis.call('XADD', JOURNAL, '*', 'k', kind, 'w', workflow, 'd', reference)
    redis.call('HSET', work(workflow), 'hold', id)
  end
end
return 'done'
