-- Sends requests drawn by their shares with customer numbers drawn at random; told what by the arguments after `--`.

local first, last, follow
local kinds, shares = {}, 0
local head, tail = 1, 0
local queue, threads = {}, {}

written, authorized, seen = 0, 0, 0

-- Counts answers by what they say, and lines up what is to follow: the next free connection takes it.
local function look(status, _, body)
  if status == 204 then
    written = written + 1
  elseif status == 200 then
    local code = follow and body:match('"AuthCode":"(%w+)"')
    if code then
      authorized = authorized + 1
      tail = tail + 1
      queue[tail] = { code, body:match('"Ref":"(%w+)"') }
    else
      seen = seen + 1
    end
  end
end

-- A text in pieces, every other one a name of what stands there: cut once, since the generator shares the processors.
local function cut(text)
  local pieces, from = {}, 1
  for before, name, after in text:gmatch("()@(%a+)@()") do
    table.insert(pieces, text:sub(from, before - 1))
    table.insert(pieces, name)
    from = after
  end
  table.insert(pieces, text:sub(from))
  return pieces
end

local known, filled = { number = 0 }, {}

local function fill(pieces)
  for place = 1, #pieces do
    filled[place] = place % 2 == 1 and pieces[place] or known[pieces[place]]
  end
  return table.concat(filled, "", 1, #pieces)
end

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  first, last = tonumber(args[1]), tonumber(args[2])
  math.randomseed(tonumber(args[3]))
  wrk.headers["Authorization"] = "Bearer " .. args[4]
  for i = 6, #args, 4 do
    local kind = { begin = args[i] .. " ", path = cut(args[i + 1]), share = tonumber(args[i + 3]) }
    kind.between = " HTTP/1.1\r\n"
    for name, value in pairs(wrk.headers) do
      kind.between = kind.between .. name .. ": " .. value .. "\r\n"
    end
    if args[i + 2] ~= "" then
      kind.body = cut(args[i + 2])
      kind.between = kind.between .. "Content-Type: application/json\r\nContent-Length: "
    end
    shares = shares + kind.share
    kind.upto = shares
    table.insert(kinds, kind)
    if kind.share == 0 then
      follow = kind
    end
  end
  if args[5] == "look" then
    response = look -- only where needed: wrk is slower with it
  end
end

function request()
  local kind
  known.number = known.number + 1
  if head <= tail then
    known.code, known.customer = queue[head][1], queue[head][2]
    queue[head] = nil
    head = head + 1
    kind = follow
  else
    known.code, known.customer = "", string.format("B%06d", math.random(first, last))
    local drawn = math.random(shares)
    for _, one in ipairs(kinds) do
      if one.share > 0 and drawn <= one.upto then
        kind = one
        break
      end
    end
  end
  local start = kind.begin .. fill(kind.path) .. kind.between
  if kind.body == nil then
    return start .. "\r\n"
  end
  local body = fill(kind.body)
  return start .. #body .. "\r\n\r\n" .. body
end

-- One line of JSON; times in microseconds. A status above 399 is an error, and so is an answer that never came.
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    '\nfigures {"requests": %d, "duration": %d, "status": %d, "socket": %d, "p50": %d, "p99": %d, '
      .. '"written": %d, "authorized": %d, "read": %d}\n',
    summary.requests, summary.duration, e.status, e.connect + e.read + e.write + e.timeout,
    latency:percentile(50), latency:percentile(99),
    threads[1]:get("written"), threads[1]:get("authorized"), threads[1]:get("seen")
  ))
end
