-- Sends one kind of request with customer numbers drawn at random; told what by the arguments after `--`.

local method, path, body, first, last

function init(args)
  method, path, body = args[1], args[2], args[3]
  first, last = tonumber(args[4]), tonumber(args[5])
  math.randomseed(tonumber(args[6]))
  wrk.headers["Authorization"] = "Bearer " .. args[7]
  if body == "" then
    body = nil
  else
    wrk.headers["Content-Type"] = "application/json"
  end
end

function request()
  local number = string.format("B%06d", math.random(first, last))
  local filled = body and body:gsub("@customer@", number)
  return wrk.format(method, (path:gsub("@customer@", number)), wrk.headers, filled)
end

-- One line of JSON; times in microseconds. A status above 399 is an error, and so is an answer that never came.
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    '\nfigures {"requests": %d, "duration": %d, "status": %d, "socket": %d, "p50": %d, "p99": %d}\n',
    summary.requests, summary.duration, e.status, e.connect + e.read + e.write + e.timeout,
    latency:percentile(50), latency:percentile(99)
  ))
end
