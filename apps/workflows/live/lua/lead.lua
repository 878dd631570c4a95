-- What only the leader may do to Redis outside a batch's effects. A leader that has lost its leadership that wakes up changes nothing.
-- ARGV: mark (not looked at), epoch, then operations: "set" key value, "drop" key -, "trim" key lowest-stream-id,
-- "open" building-key mark: opens what was built, unless Redis was emptied while it was.
local EPOCH = 'engine:' .. SHARD .. ':epoch'
if tonumber(redis.call('GET', EPOCH) or '0') > tonumber(ARGV[2]) then return 'leadership_lost' end
redis.call('SET', EPOCH, ARGV[2])
for i = 3, #ARGV, 3 do
  local operation, key, value = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  if operation == 'set' then redis.call('SET', key, value)
  elseif operation == 'drop' then redis.call('UNLINK', key)
  elseif operation == 'open' then
    if redis.call('GET', key) ~= value then return 'closed' end
    redis.call('DEL', key)
    redis.call('SET', OPEN, value)
  elseif operation == 'trim' then redis.call('XTRIM', key, 'MINID', value) end
end
return 'done'
