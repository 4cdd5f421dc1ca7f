-- The load of every scenario, for wrk: one request after another on each connection, no pipelining.
--
-- BENCH_METHOD, BENCH_TARGET, BENCH_HEADERS (a header a line) and BENCH_BODY describe the request.
-- In each of them {home} becomes the number of a heat pump, one after another; {user} and {pump} the
-- ends of the simulator's ids of that heat pump; {n} a number that was never used before; {value} a
-- temperature. With BENCH_SECRET the body is signed. BENCH_SEED keeps {n} apart from earlier loads.
-- BENCH_FIRST heat pumps are left out at first; the first BENCH_STILL always, so that what they show
-- does not change.
-- With BENCH_REQUESTS the load ends after so many answers, whatever time that takes.
local ffi = require("ffi")

local method, target = os.getenv("BENCH_METHOD"), os.getenv("BENCH_TARGET")
local body, secret = os.getenv("BENCH_BODY") or "", os.getenv("BENCH_SECRET") or ""
local homes, homes_per_user = tonumber(os.getenv("BENCH_HOMES")), tonumber(os.getenv("BENCH_PER_USER"))
local seed = os.getenv("BENCH_SEED")
local headers, changing = {}, {}
for name, value in (os.getenv("BENCH_HEADERS") or ""):gmatch("([^:\n]+): ([^\n]+)") do
  headers[name] = value
  if value:find("{%l+}") then changing[name] = value end
end
if body == "" then body = nil end

-- The same library as wrk's own TLS; a signature costs about a microsecond.
local crypto, digest
if secret ~= "" then
  ffi.cdef [[
    const void *EVP_sha256(void);
    unsigned char *HMAC(const void *kind, const void *key, int key_length,
                        const char *text, size_t length, unsigned char *digest, unsigned *size);
  ]]
  crypto = ffi.load("crypto.so.3")
  digest = ffi.new("unsigned char[32]")
end

local function sign(text)
  crypto.HMAC(crypto.EVP_sha256(), secret, #secret, text, #text, digest, nil)
  local hex = {}
  for index = 0, 31 do hex[index + 1] = string.format("%02x", digest[index]) end
  return table.concat(hex)
end

local count = tonumber(os.getenv("BENCH_FIRST")) or 0
local still = tonumber(os.getenv("BENCH_STILL")) or 0
local moving = homes - still
local function place() return still + (count - 1) % moving end
local values = {
  home = function() return place() + 1 end,
  user = function() return string.format("%012x", math.floor(place() / homes_per_user) + 1) end,
  pump = function() return string.format("%012x", place() + 1) end,
  n = function() return seed .. "-" .. count end,
  -- Another one each time that a heat pump's turn comes, so that no write is without effect.
  value = function() return 45 + math.floor(count / moving) % 15 .. ".5" end,
}

local function fill(text)
  return (text:gsub("{(%l+)}", function(name) return values[name] and values[name]() end))
end

local function make()
  count = count + 1
  local filled = body and fill(body)
  if crypto then headers["X-Signature"] = "sha256=" .. sign(filled) end
  for name, value in pairs(changing) do headers[name] = fill(value) end
  return wrk.format(method, fill(target), headers, filled)
end

if crypto or next(changing) or target:find("{%l+}") or (body and body:find("{%l+}")) then
  request = make
else
  -- One ready request, sent without a call into this script.
  function init()
    wrk.method, wrk.path, wrk.body = method, target, body
    for name, value in pairs(headers) do wrk.headers[name] = value end
  end
end

local most = tonumber(os.getenv("BENCH_REQUESTS"))
if most then
  ffi.cdef "int getpid(void); int kill(int process, int signal);"
  local answers, interrupt = 0, 2
  function response()
    answers = answers + 1
    -- The main thread sleeps until the load's end, unless a signal wakes it.
    if answers == most then ffi.C.kill(ffi.C.getpid(), interrupt) end
  end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    "RESULT %d %d %d %d %d %d\n", summary.requests, summary.duration, latency:percentile(50),
    latency:percentile(99), latency.max,
    errors.connect + errors.read + errors.write + errors.timeout + errors.status))
end
