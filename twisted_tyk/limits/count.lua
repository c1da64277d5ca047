-- Counts one request against each of several limits, up to the first that refuses it.
--
-- ARGV[1] is 1 for a request that is to leave no trace where a rate refuses it, ARGV[2] the
-- gateway's time in nanoseconds, ARGV[3] the same in seconds. Then, for each limit, its kind
-- and arguments; KEYS holds the keys of all of them in the same order.
-- Returned: how many limits let the request pass, what smoothing did, and for each limit that
-- was asked how many may still pass and in how many milliseconds there will be more.

-- Windows outlive what they count for by this much, in milliseconds: the request of a gateway
-- that was held up on the way is of a time that is over here, and must find what it counts on.
local LATE = 10000

local gently, now, seconds = ARGV[1] == "1", ARGV[2], tonumber(ARGV[3])
local key, argument = 1, 4
local answer = {0, 0}

local function next_key()
  key = key + 1
  return KEYS[key - 1]
end

local function next_argument()
  argument = argument + 1
  return ARGV[argument - 1]
end

local function next_number()
  return tonumber(next_argument())
end

local function stands(left, wait)
  answer[#answer + 1] = math.max(0, left)
  answer[#answer + 1] = math.max(0, math.ceil(wait))
end

local function quota()
  local name, limit, renewal = next_key(), next_number(), next_number()
  local wait = redis.call("PTTL", name)
  if renewal > 0 and wait < 0 then
    redis.call("SET", name, 0, "PX", renewal)
    wait = renewal
  end
  local count = redis.pcall("INCR", name)
  if type(count) ~= "number" then
    -- What is no number begins anew.
    count = 1
    redis.call("SET", name, count)
    if renewal > 0 then
      redis.call("PEXPIRE", name, renewal)
    end
  end
  stands(limit - count, wait)
  return count <= limit
end

local function fixed()
  local name, limit, wait = next_key(), next_number(), next_number()
  if gently and tonumber(redis.call("GET", name) or 0) >= limit then
    stands(0, wait)
    return false
  end
  local count = redis.call("INCR", name)
  redis.call("PEXPIRE", name, wait + LATE)
  stands(limit - count, wait)
  return count <= limit
end

-- Seconds of a time in the format of RFC 3339, whatever its zone.
local function parsed(text)
  local pattern = "^(%d+)-(%d+)-(%d+)T(%d+):(%d+):(%d+%.?%d*)(.*)$"
  local year, month, day, hour, minute, second, zone = string.match(text or "", pattern)
  if not year then
    return 0
  end
  year, month, day = tonumber(year), tonumber(month), tonumber(day)
  if month <= 2 then
    year, month = year - 1, month + 12
  end
  local leaps = math.floor(year / 4) - math.floor(year / 100) + math.floor(year / 400)
  local days = 365 * year + leaps + math.floor((153 * (month - 3) + 2) / 5) + day - 719469
  local sign, hours, minutes = string.match(zone, "^([+-])(%d+):(%d+)$")
  local offset = sign and (tonumber(hours) * 3600 + tonumber(minutes) * 60) or 0
  if sign == "-" then
    offset = -offset
  end
  return days * 86400 + hour * 3600 + minute * 60 + tonumber(second) - offset
end

-- How many requests smoothing allows at present.
local function smoothed(name, count, most)
  local threshold, trigger, step = math.min(next_number(), most), next_number(), next_number()
  local delay, moves = next_argument(), next_argument()
  local held = redis.call("HMGET", name, "delay", "current", "nextUpdateAt")
  local current, target = tonumber(held[2] or nil), nil
  if (tonumber(held[1] or nil) or 0) == 0 or not current then
    current, target = threshold, threshold
  elseif seconds > parsed(held[3]) then
    if count >= current - trigger * step then
      target = math.min(current + step, most)
    elseif count <= current - step - trigger * step then
      target = math.max(current - step, threshold)
    end
    if target == current then
      target = nil
    elseif target then
      answer[2] = target > current and 1 or -1
      current = target
    end
  end
  if target then
    redis.call("HSET", name, "delay", delay, "current", current, "nextUpdateAt", moves)
  end
  redis.call("EXPIRE", name, 2 * tonumber(delay))
  return math.min(current, most)
end

-- The next number, as text: there are too many digits for a number of Lua.
local function after(text)
  local head, tail = string.sub(text, 1, -10), tonumber(string.sub(text, -9)) + 1
  if tail == 1000000000 then
    return string.format("%d%09d", (tonumber(head) or 0) + 1, 0)
  end
  return string.format("%s%09d", head, tail)
end

local function rolling(by_sentinel)
  local name, sentinel, allowance = next_key(), next_key(), next_key()
  local limit, began, per = next_number(), next_argument(), next_number()
  local sets, smooths = by_sentinel or next_argument() == "1", next_argument() == "1"
  redis.call("ZREMRANGEBYSCORE", name, "-inf", began)
  local count = redis.call("ZCARD", name)
  local allowed = smooths and smoothed(allowance, count, limit) or limit
  local locked = by_sentinel and redis.call("PTTL", sentinel) or 0
  local passes = count < allowed
  if by_sentinel then
    passes = locked <= 0
  end
  if passes or not gently then
    local member = now
    while redis.call("ZADD", name, "NX", member, member) == 0 do
      member = after(member)
    end
    redis.call("PEXPIRE", name, per + LATE)
    count = count + 1
    local full = count > allowed
    if by_sentinel then
      full = count >= allowed
    end
    if sets and full and redis.call("SET", sentinel, "1", "NX", "PX", per) then
      locked = per
    end
  end
  local wait = 0
  if by_sentinel then
    wait = math.max(0, locked)
  elseif count >= allowed then
    local oldest = redis.call("ZRANGE", name, -allowed, -allowed)[1]
    wait = (tonumber(oldest) - tonumber(began)) / 1000000
  end
  stands(wait > 0 and 0 or allowed - count, wait)
  return passes
end

local kinds = {
  quota = quota,
  fixed = fixed,
  rolling = function() return rolling(false) end,
  sentinel = function() return rolling(true) end,
}

while argument <= #ARGV and kinds[next_argument()]() do
  answer[1] = answer[1] + 1
end
return answer
